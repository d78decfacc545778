"""Exports of visits, the plan with what came of it, and of how often customers are to be contacted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from decimal import Decimal

from django.utils.translation import gettext_lazy

from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.fieldwork.lens.visits import VisitLens
from loudou.fieldwork.models import ContactRule, VisitPlan, VisitRecord
from loudou.people.models import User

_PLAN = (
    *("code", "owner_username", "starts_at", "customer_code", "deal_code", "contact", "place", "method"),
    *("background", "objectives", "strategy", "questions", "materials"),
)
_STEPS = ("submitted_at", "approved_at", "executed_at", "recorded_at", "reviewed_at")


def _visits(user: User | None, filters: Filters) -> Rows:
    found = VisitLens.read(filters, user).visits.visible_to(user, "exchange.export")
    bulky = ("customer__search", "customer__extra", "deal__search", "deal__extra")
    return (
        found.select_related("owner", "customer", "deal", "record", "activity").defer(*bulky).order_by("code")
    )


def _visit(plan: VisitPlan, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    return (
        plan.code,
        plan.owner.username,
        instant(plan.starts_at, zone),
        plan.customer.code,
        plan.deal.code if plan.deal else None,
        plan.contact,
        plan.place,
        plan.method,
        plan.background,
        _together(plan.objectives),
        plan.strategy,
        _together(plan.questions),
        plan.materials,
        *(instant(getattr(plan, name), zone) for name in _STEPS),
        plan.emergency_reason,
        plan.cancelled_reason,
        "yes" if plan.by_customer else None,
        *_came_of(plan),
    )


def _came_of(plan: VisitPlan) -> tuple[Cell, ...]:
    kept: VisitRecord | None = getattr(plan, "record", None)
    if kept is None:
        return (None,) * 5
    said = plan.activity
    told = (said.next_step, said.next_on) if said is not None else (None, None)
    persons = _together([name for name, _title in kept.people])
    return (persons, _together(kept.results), _together(kept.unresolved), *told)


def _together(lines: Sequence[str]) -> str:
    return "\n".join(lines)


def _rules(user: User | None, filters: Filters) -> Rows:
    return ContactRule.objects.select_related("stage__funnel").order_by("grade", "stage", "pk")


def _rule(rule: ContactRule, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    stage = rule.stage
    place = (stage.funnel.code, stage.code) if stage is not None else (None, None)
    return (rule.grade, *place, Decimal(rule.days))


VISIT_SHEETS = (
    Sheet(
        "visits",
        gettext_lazy("Visits"),
        (
            *_PLAN,
            *_STEPS,
            *("emergency_reason", "cancelled_reason", "by_customer"),
            *("persons", "results", "unresolved", "next_step", "next_on"),
        ),
        "fieldwork.see",
        _visits,
        _visit,
        lens=VisitLens,
        persons=True,
    ),
    Sheet(
        "contact-rules",
        gettext_lazy("How often customers are contacted"),
        ("grade", "funnel", "stage", "days"),
        "fieldwork.set_up",
        _rules,
        _rule,
    ),
)
