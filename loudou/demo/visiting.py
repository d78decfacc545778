"""Visits of the demo company: planned the day before, signed, made, recorded, gone through; a few begun in a hurry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from loudou.demo.opinions import about_visit
from loudou.demo.tempers import SIGNING_DAYS
from loudou.fieldwork import verbs
from loudou.fieldwork.models import VisitPlan
from loudou.kernel import clock
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.signoff.models import Request

_HOUR = timedelta(hours=1)
PROMPT = 0.5  # a superior who takes more days than that leaves some reviews unsigned
_OBJECTIVES = (
    "确认预算来源与审批人",
    "请技术部门确认节拍与工装",
    "谈定付款方式与交货期",
    "约样板现场参观",
)
_BACKGROUND = "「{title}」处在{stage}阶段，上次联系后客户内部还在比较。"
_STRATEGY = (
    "先看现场再谈方案，价格留到最后。",
    "请使用部门先开口，再找拍板的人。",
    "带同行案例，从停线损失谈起。",
)
_QUESTIONS = ("预算由谁批、什么时候批？", "还有哪一家在谈？", "最晚什么时候要投产？")
_ANSWERS = ("分管副总批，月底开会定。", "还有一家，价格低一些。", "年底前要见到设备。")
_URGENT = ("客户设备停线，电话催人马上到场", "客户总经理临时有空，只有今天下午")


def visit(deal: Deal, who: User, *, contact: str, result: str, agreed: Mapping[str, Any]) -> None:
    """A visit that ends now: what was planned for it, who signed it, what came of it."""
    now, turn = clock.now(), deal.pk + clock.now().day
    plan = _in_a_hurry(deal, who, contact, turn) if turn % 17 == 5 else _by_plan(deal, who, contact, turn)
    said = verbs.Said(
        people=[(contact, "")] if contact else (),
        results=[result],
        answers=[(_QUESTIONS[turn % 3], _ANSWERS[turn % 3])],
        **agreed,
    )
    verbs.record_visit(plan, by=who, said=said)
    asked = Request.objects.about(plan).waiting().order_by("pk")
    slow = who.manager is not None and SIGNING_DAYS.get(who.manager.username, 1) > PROMPT
    for request in asked.exclude(act="fieldwork.review") if slow and turn % 4 == 0 else asked:
        with clock.at(now + 3 * _HOUR):
            sign_visit(request)


def _by_plan(deal: Deal, who: User, contact: str, turn: int) -> VisitPlan:
    now = clock.now()
    with clock.at(now - 26 * _HOUR):
        plan = verbs.plan_visit(
            by=who, deal=deal, starts_at=now - 2 * _HOUR, **purpose_of(deal, contact, turn)
        )
        asked = verbs.submit_visit(plan, by=who)
    with clock.at(now - 22 * _HOUR):
        plan = sign_visit(asked)
    with clock.at(now - 2 * _HOUR):
        return verbs.start_visit(plan, by=who)


def _in_a_hurry(deal: Deal, who: User, contact: str, turn: int) -> VisitPlan:
    assert who.manager is not None
    with clock.at(clock.now() - 2 * _HOUR):
        return verbs.begin_emergency(
            by=who,
            deal=deal,
            contact=contact,
            objectives=[_OBJECTIVES[turn % 4]],
            reason=_URGENT[turn % len(_URGENT)],
            consented_by=who.manager,
        )


def purpose_of(deal: Deal, contact: str, turn: int) -> dict[str, Any]:
    """What a visit is planned for, as F03 asks."""
    return {
        "contact": contact,
        "objectives": [_OBJECTIVES[turn % 4], _OBJECTIVES[(turn + 1) % 4]],
        "background": _BACKGROUND.format(title=deal.title, stage=deal.spec),
        "strategy": _STRATEGY[turn % 3],
        "questions": [_QUESTIONS[turn % 3]],
    }


def sign_visit(request: Request) -> VisitPlan:
    """Its superior's word on a plan, an emergency or a record."""
    signer = request.signer
    assert signer is not None
    plan = VisitPlan.objects.select_related("customer").get(pk=request.subject_id)
    return verbs.confirm_visit(request, opinion=about_visit(plan, signer, request.pk), by=signer)
