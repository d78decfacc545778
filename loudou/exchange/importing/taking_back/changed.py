"""How what an import changed becomes again what it was, kind by kind: by the verbs of the room, from the values kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from loudou.catalog import verbs as catalog
from loudou.catalog.models import Product
from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.fieldwork import verbs as fieldwork
from loudou.fieldwork.models import Activity, ContactRule, VisitPlan
from loudou.kernel.refusals import Refused
from loudou.people import verbs as people
from loudou.people.access import may
from loudou.people.figures import Stay
from loudou.people.models import Rate, Unit, User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal
from loudou.pipeline.verbs.importing import (
    DealRow,
    correct_deals,
    restore_lines,
)
from loudou.steering import verbs as steering
from loudou.steering.models import BudgetLine, Cost, Measure, Note
from loudou.targets import verbs as targets
from loudou.targets.models import Actual, Closing, Negotiation, SeasonalIndex, SellingCalendar, Target
from loudou.tasks import verbs as tasks
from loudou.tasks.models import Task
from loudou.warnings import verbs as warnings
from loudou.warnings.models import EarlyWarning


def _customer_back(row: Customer, before: Mapping[str, Any], by: User | None) -> None:
    values = _values(Customer, before)
    owner = values.pop("owner_id", None)
    if values:
        row = customers.edit_customer(row, by=by, **values)
    if owner is not None:
        customers.hand_over(row, owner=User.objects.get(pk=owner), by=by, reason=_("import taken back"))


def _product_back(row: Product, before: Mapping[str, Any], by: User | None) -> None:
    catalog.edit_product(row, by=by, **_values(Product, before))


def _deal_back(row: Deal, before: Mapping[str, Any], by: User | None) -> None:
    reason = _("import taken back")
    if "brought" in before:
        for outcome in correct_deals([(row, _deal_row(row, before["brought"]))], by=by):
            if isinstance(outcome, Refused):
                raise outcome
    elif "lines" in before and row.brought is not None:
        restore_lines(row, lines=before["lines"], born=before.get("born"), by=by)
    elif "lines" in before:
        products = Product.objects.in_bulk([line[0] for line in before["lines"]])
        lines = [
            pipeline.LineInput(products[line[0]], Decimal(line[1]), Decimal(line[2]), line[3])
            for line in before["lines"]
        ]
        pipeline.set_lines(row, lines=lines, by=by, reason=reason)
    elif "deliveries" in before:
        parts = [Part(date.fromisoformat(day), Decimal(amount)) for day, amount in before["deliveries"]]
        history = may(by, "exchange.import_history")
        pipeline.set_deliveries(row, parts=parts, by=by, reason=reason, history=history)
    else:
        values = _values(Deal, before)
        owner = values.pop("owner_id", None)
        if values:
            row = pipeline.edit(row, by=by, reason=reason, **values).deal
        if owner is not None:
            pipeline.hand_over(row, owner=User.objects.get(pk=owner), by=by, reason=reason)


def _deal_row(deal: Deal, brought: Mapping[str, Any]) -> DealRow:
    """The row of a deal as it came the time before."""
    return DealRow(
        code=deal.code,
        title=brought["title"],
        funnel=deal.funnel,
        owner=User.objects.get(pk=brought["owner"]),
        currency=brought["currency"],
        amount=Decimal(brought["amount"]),
        customer=Customer.objects.filter(pk=brought["customer"]).first(),
        customer_name=brought["customer_name"],
        expected_on=date.fromisoformat(brought["expected_on"]) if brought["expected_on"] else None,
        at=datetime.fromisoformat(brought["at"]) if brought["at"] else None,
        source=brought["source"],
        extra=brought["extra"],
    )


def _activity_back(row: Activity, before: Mapping[str, Any], by: User | None) -> None:
    fieldwork.edit_activity(row, by=by, **_values(Activity, before))


def _rule_back(row: ContactRule, before: Mapping[str, Any], by: User | None) -> None:
    fieldwork.set_contact_rules({(row.grade, row.stage_id): before["days"]}, by=by)


def _visit_back(row: VisitPlan, before: Mapping[str, Any], by: User | None) -> None:
    fieldwork.edit_visit(row, by=row.owner, **_values(VisitPlan, before))


def _task_back(row: Task, before: Mapping[str, Any], by: User | None) -> None:
    if "state" not in before:
        tasks.edit_task(row, by=by, **_values(Task, before))
    elif before["state"] == Task.State.OPEN:
        tasks.reopen_task(row, by=by)
    elif before["state"] == Task.State.DONE:
        tasks.finish_task(row, result=before["outcome"], by=by)
    else:
        tasks.drop_task(row, reason=before["outcome"], by=by)


def _person_back(row: User, before: Mapping[str, Any], by: User | None) -> None:
    if "memberships" in before:
        people.tell_memberships(row, stays=stays_of(before["memberships"]), by=by)
        return
    if before["is_active"] and not row.is_active:
        row = people.reactivate(row, by=by)
    manager = User.objects.filter(pk=before["manager_id"]).first()
    joined_on, left_on = _day(before["joined_on"]), _day(before["left_on"])
    row = people.edit_person(
        row, by=by, name=before["name"], manager=manager, joined_on=joined_on, left_on=left_on
    )
    row = people.grant_roles(row, roles_held=list(before["roles"]), by=by)
    people.join_unit(row, unit=Unit.objects.filter(pk=before["unit_id"]).first(), by=by)


def _unit_back(row: Unit, before: Mapping[str, Any], by: User | None) -> None:
    same = {name: before[name] for name in ("name", "kind", "position") if name in before}
    row = people.edit_unit(row, by=by, **same)
    people.move_unit(row, to=Unit.objects.filter(pk=before["parent_id"]).first(), by=by)


def _rate_back(row: Rate, before: Mapping[str, Any], by: User | None) -> None:
    people.set_rate(
        currency=row.currency, kind=row.kind, valid_from=row.valid_from, rate=Decimal(before["rate"]), by=by
    )


def _target_back(row: Target, before: Mapping[str, Any], by: User | None) -> None:
    if "editions" in before:
        targets.tell_editions(row, told=[_edition(told) for told in before["editions"]], by=by)
        return
    amount, currency = Decimal(before["amount"]), before["currency"]
    if (row.amount, row.currency) != (amount, currency):
        row = targets.adjust_target(row, amount=amount, currency=currency, cause="import", by=by)
    targets.describe_target(row, by=by, **{name: before[name] for name in targets.WORDS if name in before})


def _edition(told: Sequence[Any]) -> targets.EditionRow:
    amount, currency, cause, reason, effective_on, set_at, by = told
    return targets.EditionRow(
        amount=Decimal(amount),
        currency=currency,
        cause=cause,
        reason=reason,
        effective_on=_day(effective_on),
        set_at=datetime.fromisoformat(set_at),
        set_by=User.objects.filter(pk=by).first(),
    )


def _closing_back(row: Closing, before: Mapping[str, Any], by: User | None) -> None:
    targets.thaw(row, by=by)


def _warning_back(row: EarlyWarning, before: Mapping[str, Any], by: User | None) -> None:
    warnings.restore_warning(row, before=_values(EarlyWarning, before), by=by)


def _actual_back(row: Actual, before: Mapping[str, Any], by: User | None) -> None:
    targets.correct_actual(row, amount=Decimal(before["amount"]), currency=before["currency"], by=by)


def _line_back(row: BudgetLine, before: Mapping[str, Any], by: User | None) -> None:
    amount, reason = Decimal(before["amount"]), _("import taken back")
    steering.set_line(row.budget, category=row.category, month=row.month, amount=amount, reason=reason, by=by)


def _measure_back(row: Measure, before: Mapping[str, Any], by: User | None) -> None:
    steering.reopen_measure(row, by=by)


def _note_back(row: Note, before: Mapping[str, Any], by: User | None) -> None:
    steering.restore_note(row, text=before["text"], by=by)


def _talk_back(row: Negotiation, before: Mapping[str, Any], by: User | None) -> None:
    raise Refused(_("What was said in a negotiation stays; say something else in it."))


def _cost_back(row: Cost, before: Mapping[str, Any], by: User | None) -> None:
    steering.correct_cost(row, by=by, **_values(Cost, before))


def _season_back(row: SeasonalIndex, before: Mapping[str, Any], by: User | None) -> None:
    targets.set_season(month=row.month, year=row.year, index=Decimal(before["index"]), by=by)


def _selling_back(row: SellingCalendar, before: Mapping[str, Any], by: User | None) -> None:
    holiday = Decimal(before["holiday"]) if before["holiday"] is not None else None
    weekdays = [Decimal(day) for day in before["weekdays"]]
    targets.set_selling_days(unit=row.unit, funnel=row.funnel, weekdays=weekdays, holiday=holiday, by=by)


CHANGED: dict[str, tuple[type[models.Model], Callable[[Any, Mapping[str, Any], User | None], None]]] = {
    "customers.customer": (Customer, _customer_back),
    "catalog.product": (Product, _product_back),
    "pipeline.deal": (Deal, _deal_back),
    "tasks.task": (Task, _task_back),
    "fieldwork.activity": (Activity, _activity_back),
    "fieldwork.contactrule": (ContactRule, _rule_back),
    "fieldwork.visitplan": (VisitPlan, _visit_back),
    "people.user": (User, _person_back),
    "people.unit": (Unit, _unit_back),
    "people.rate": (Rate, _rate_back),
    "targets.target": (Target, _target_back),
    "targets.closing": (Closing, _closing_back),
    "warnings.earlywarning": (EarlyWarning, _warning_back),
    "steering.budgetline": (BudgetLine, _line_back),
    "steering.cost": (Cost, _cost_back),
    "steering.measure": (Measure, _measure_back),
    "steering.note": (Note, _note_back),
    "targets.negotiation": (Negotiation, _talk_back),
    "targets.actual": (Actual, _actual_back),
    "targets.seasonalindex": (SeasonalIndex, _season_back),
    "targets.sellingcalendar": (SellingCalendar, _selling_back),
}


def stays_of(kept: Sequence[Sequence[Any]]) -> list[Stay]:
    """A past of belonging as it was kept: `[where, since, until]` each."""
    return [Stay(date.fromisoformat(since), _day(until), where) for where, since, until in kept]


def _day(raw: str | None) -> date | None:
    return date.fromisoformat(raw) if raw else None


def _values(model: type[models.Model], before: Mapping[str, Any]) -> dict[str, Any]:
    """Former values as the verbs take them, from the plain ones that were kept."""
    return dict(_value(model, name, raw) for name, raw in before.items())


def _value(model: type[models.Model], name: str, raw: Any) -> tuple[str, Any]:
    if name.endswith("_id"):
        return name, raw
    column: Any = model._meta.get_field(name)
    if column.is_relation:
        return name, column.related_model._default_manager.filter(pk=raw["id"]).first() if raw else None
    return name, column.to_python(raw)
