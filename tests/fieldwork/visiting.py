"""Makers for tests of visits: planned on a Monday noon for Tuesday at ten, step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from loudou.fieldwork import verbs
from loudou.fieldwork.models import VisitPlan, VisitRecord
from loudou.kernel import clock
from loudou.people.models import User
from loudou.pipeline.models import Deal
from tests.make import day, instant

MONDAY = instant("2026-04-13 12:00")
TUESDAY = instant("2026-04-14 10:00")
SAID = verbs.Said(
    people=[("许明华", "设备部长"), ("郑国栋", "技术主管")],
    results=["预算来自技改专项", "同意送样"],
    answers=[("预算从哪里来？", "技改专项，五月批")],
    unresolved=["付款方式"],
    concerns="停线时间",
    theirs="周五给图纸",
    next_step="送样件",
    next_on=day("2026-04-20"),
)


def planned(by: User, deal: Deal | None, /, **said: Any) -> VisitPlan:
    """A plan ready to be submitted."""
    said = {
        "deal": deal,
        "starts_at": TUESDAY,
        "contact": "许明华",
        "objectives": ["确认预算来源", "同意送样"],
        "background": "去年问过一次价，没有下文",
        "strategy": "先看现场，再谈样件",
        "questions": ["预算从哪里来？"],
        **said,
    }
    return verbs.plan_visit(by=by, **said)


def approved(plan: VisitPlan, signer: User) -> VisitPlan:
    """Submitted and signed."""
    asked = verbs.submit_visit(plan, by=plan.owner)
    return verbs.confirm_visit(asked, opinion=f"可以去，先问清楚再开口 {plan.code}", by=signer)


def executed(by: User, deal: Deal | None, /, **said: Any) -> VisitPlan:
    """Planned and signed on Monday, checked in on Tuesday at ten."""
    with clock.at(MONDAY - timedelta(hours=1)):
        plan = approved(planned(by, deal, **said), User.objects.get(pk=by.manager_id))
    with clock.at(TUESDAY):
        return verbs.start_visit(plan, by=by)


def recorded(plan: VisitPlan, *, key: str = "", **said: Any) -> VisitRecord:
    """Recorded now."""
    return verbs.record_visit(plan, by=plan.owner, said=replace(SAID, **said), key=key)
