"""Taking an import back: what it made goes, what it changed is as before; what somebody has touched since stays.

Every step is a verb of the room that owns the records, with the rights of who takes back, and stands in history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import ProtectedError
from django.utils import translation
from django.utils.translation import gettext as _

from loudou.catalog import verbs as catalog
from loudou.catalog.models import Product
from loudou.customers import verbs as customers
from loudou.customers.models import Contact, Customer
from loudou.daylog import verbs as daylog
from loudou.daylog.models import Absence, DayLog, DeskLog, Item, SpotCheck, Support
from loudou.exchange.models import Batch, Import, Origin
from loudou.exchange.verbs.importing import finish_undo
from loudou.fieldwork import verbs as fieldwork
from loudou.fieldwork.models import Activity, ContactRule, PhoneCall, VisitPlan
from loudou.forecasts import verbs as forecasts
from loudou.forecasts.models import Submission
from loudou.forms import verbs as forms
from loudou.forms.models import FormRecord
from loudou.journal import channel
from loudou.journal.queries import touched
from loudou.journal.record import acting
from loudou.kernel.refusals import Refused
from loudou.market import verbs as market
from loudou.market.models import Walk
from loudou.people import verbs as people
from loudou.people.models import Rate, Unit, User
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal, Move
from loudou.pipeline.verbs.importing import (
    DealRow,
    correct_deals,
    restore_lines,
    withdraw_deals,
    withdraw_moves,
)
from loudou.problems import verbs as problems
from loudou.problems.models import Problem, Rule
from loudou.signoff import verbs as signoff
from loudou.signoff.models import Request
from loudou.steering import verbs as steering
from loudou.steering.models import BudgetLine, Cost, Measure, Note
from loudou.targets import verbs as targets
from loudou.targets.models import Actual, Negotiation, SeasonalIndex, SellingCalendar, Target
from loudou.tasks import verbs as tasks
from loudou.tasks.models import Task


@dataclass
class Undoing:
    """An import on its way back: by whom, how much is back, what stays and why."""

    run: Import
    by: User | None
    taken: int = 0
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)

    def keep(self, label: str, reason: str, count: int = 1) -> None:
        """Let records stay, and say why."""
        self.kept[label, reason] += count

    @property
    def count(self) -> int:
        """How many records were asked about."""
        return self.taken + sum(self.kept.values())


def take_back(pk: int, by: int | None) -> Import:
    """Take back an import that waits for it; one that does not stays as it is. A job cut off goes on where it was."""
    run = Import.objects.get(pk=pk)
    if run.state != Import.State.UNDOING:
        return run
    undoing = Undoing(run, User.objects.select_related("unit").filter(pk=by).first() if by else None)
    with (
        translation.override(run.language or settings.LANGUAGE_CODE),
        channel.through("import", run.request_id),
    ):
        for batch in run.batches.order_by("-id"):
            _take_batch(batch, undoing)
        kept = [[label, reason, count] for (label, reason), count in sorted(undoing.kept.items())]
        return finish_undo(run, taken=undoing.taken, count=undoing.count, kept_back=kept, by=undoing.by)


def _take_batch(batch: Batch, undoing: Undoing) -> None:
    """The last first: told history, then changes, then what was made, children before what they hang on."""
    made = dict(batch.made)
    if told := made.pop("told", []):
        _take_moves(told, undoing)
    for change in reversed(batch.changed):
        _change_back(change, undoing)
    for label in sorted(made, key=_ORDER.index):
        _take_made(label, made[label], undoing)


def _take_moves(keys: Sequence[str], undoing: Undoing) -> None:
    moves = dict(Move.objects.filter(import_key__in=keys).values_list("import_key", "deal_id"))
    touched = _touched("pipeline.deal", set(moves.values()), undoing)
    if late := [key for key, deal in moves.items() if deal in touched]:
        undoing.keep("pipeline.move", _since(), len(late))
    free = [key for key, deal in moves.items() if deal not in touched]
    _each_or_halves(free, "pipeline.move", lambda some: withdraw_moves(some, by=undoing.by), undoing)


def _take_made(label: str, keys: Sequence[int], undoing: Undoing) -> None:
    model, act = _MADE.get(label, (None, None))
    if model is None or act is None:
        undoing.keep(label, _("A rate stays, for amounts have been counted with it; set another."), len(keys))
        return
    there = set(model._default_manager.filter(pk__in=keys).values_list("pk", flat=True))
    touched = _touched(label, there, undoing)
    if touched:
        undoing.keep(label, _since(), len(touched))
    free = [key for key in reversed(keys) if key in there and key not in touched]

    def withdraw(some: Sequence[int]) -> None:
        act(some, undoing.by)
        Origin.objects.filter(kind=undoing.run.kind, object_id__in=some).delete()

    _each_or_halves(free, label, withdraw, undoing)


def _each_or_halves(
    keys: Sequence[Any], label: str, act: Callable[[Sequence[Any]], object], undoing: Undoing
) -> None:
    """Do it to all together; where one cannot go, to the halves, until that one is found and stays."""
    if not keys:
        return
    try:
        with acting():
            act(keys)
        undoing.taken += len(keys)
    except (Refused, ProtectedError) as problem:
        if len(keys) > 1:
            middle = len(keys) // 2
            _each_or_halves(keys[:middle], label, act, undoing)
            _each_or_halves(keys[middle:], label, act, undoing)
            return
        used = _("Something else refers to it by now.")
        undoing.keep(label, problem.sentence if isinstance(problem, Refused) else used)


def _change_back(change: Mapping[str, Any], undoing: Undoing) -> None:
    label, key = change["label"], change["id"]
    model, act = _CHANGED[label]
    row = model._default_manager.filter(pk=key).first()
    if row is None or _touched(label, {key}, undoing):
        undoing.keep(label, _since())
        return
    try:
        with acting():
            act(row, change["before"], undoing.by)
        undoing.taken += 1
    except Refused as refusal:
        undoing.keep(label, refusal.sentence)


def _touched(label: str, keys: Collection[int], undoing: Undoing) -> set[int]:
    """Those that anything else happened to since, other than by imports that were taken back themselves."""
    assert undoing.run.began_at is not None
    undone = Import.objects.filter(state=Import.State.UNDONE).values_list("request_id", flat=True)
    own = [undoing.run.request_id, *undone]
    return touched(label, keys, since=undoing.run.began_at, besides=own)


def _since() -> str:
    return _("It has changed since.")


# Rooms' verbs for what was made ---------------------------------------------------------------------------------


def _close_accounts(keys: Sequence[int], by: User | None) -> None:
    for user in User.objects.filter(pk__in=keys):
        if Customer.objects.filter(owner=user).exists() or Deal.objects.filter(owner=user).exists():
            raise Refused(_("Customers or deals belong to this person."))
        people.deactivate(user, by=by)


def _withdraw_days(model: type[models.Model], keys: Sequence[int], by: User | None) -> None:
    daylog.withdraw_days(model, keys, by=by)


def _close_units(keys: Sequence[int], by: User | None) -> None:
    for unit in Unit.objects.filter(pk__in=keys).order_by("-path"):
        people.retire_unit(unit, by=by)


def _drop_rules(keys: Sequence[int], by: User | None) -> None:
    rules = ContactRule.objects.filter(pk__in=keys)
    fieldwork.set_contact_rules({(rule.grade, rule.stage_id): None for rule in rules}, by=by)


_MADE: dict[str, tuple[type[models.Model], Callable[[Sequence[int], User | None], object]]] = {
    "customers.customer": (Customer, lambda keys, by: customers.withdraw_customers(keys, by=by)),
    "customers.contact": (Contact, lambda keys, by: customers.withdraw_contacts(keys, by=by)),
    "catalog.product": (Product, lambda keys, by: catalog.withdraw_products(keys, by=by)),
    "pipeline.deal": (Deal, lambda keys, by: withdraw_deals(keys, by=by)),
    "tasks.task": (Task, lambda keys, by: tasks.withdraw_tasks(keys, by=by)),
    "fieldwork.contactrule": (ContactRule, _drop_rules),
    "fieldwork.visitplan": (VisitPlan, lambda keys, by: fieldwork.withdraw_visits(keys, by=by)),
    "fieldwork.phonecall": (PhoneCall, lambda keys, by: fieldwork.withdraw_calls(keys, by=by)),
    "fieldwork.activity": (Activity, lambda keys, by: fieldwork.withdraw_activities(keys, by=by)),
    **{
        model._meta.label_lower: (model, partial(_withdraw_days, model))
        for model in (DayLog, DeskLog, Item, Support, SpotCheck, Absence)
    },
    "forms.formrecord": (FormRecord, lambda keys, by: forms.withdraw_records(keys, by=by)),
    "signoff.request": (Request, lambda keys, by: signoff.withdraw_signatures(keys, by=by)),
    "problems.problem": (Problem, lambda keys, by: problems.withdraw_problems(keys, by=by)),
    "market.walk": (Walk, lambda keys, by: market.withdraw_walks(keys, by=by)),
    "problems.rule": (Rule, lambda keys, by: problems.withdraw_rules(keys, by=by)),
    "people.user": (User, _close_accounts),
    "people.unit": (Unit, _close_units),
    "forecasts.submission": (Submission, lambda keys, by: forecasts.withdraw_submissions(keys, by=by)),
    "targets.target": (Target, lambda keys, by: targets.withdraw_targets(keys, by=by)),
    "steering.budgetline": (BudgetLine, lambda keys, by: steering.withdraw_lines(keys, by=by)),
    "steering.cost": (Cost, lambda keys, by: steering.withdraw_costs(keys, by=by)),
    "targets.actual": (Actual, lambda keys, by: targets.withdraw_actuals(keys, by=by)),
    "targets.seasonalindex": (SeasonalIndex, lambda keys, by: targets.withdraw_seasons(keys, by=by)),
    "targets.sellingcalendar": (
        SellingCalendar,
        lambda keys, by: targets.withdraw_selling_days(keys, by=by),
    ),
    "targets.negotiation": (Negotiation, lambda keys, by: targets.withdraw_negotiations(keys, by=by)),
    "steering.measure": (Measure, lambda keys, by: steering.withdraw_measures(keys, by=by)),
    "steering.note": (Note, lambda keys, by: steering.withdraw_notes(keys, by=by)),
}


# What hangs on others goes before them.
_ORDER = [
    "market.walk",
    "problems.problem",
    "problems.rule",
    "signoff.request",
    "forms.formrecord",
    "daylog.spotcheck",
    "daylog.item",
    "daylog.support",
    "daylog.desklog",
    "daylog.daylog",
    "daylog.absence",
    "fieldwork.contactrule",
    "fieldwork.phonecall",
    "fieldwork.visitplan",
    "tasks.task",
    "fieldwork.activity",
    "forecasts.submission",
    "steering.cost",
    "steering.budgetline",
    "steering.measure",
    "steering.note",
    "targets.negotiation",
    "targets.actual",
    "targets.target",
    "targets.seasonalindex",
    "targets.sellingcalendar",
    "customers.contact",
    "pipeline.deal",
    "customers.customer",
    "catalog.product",
    "people.user",
    "people.unit",
    "people.rate",
]

# …and for what was changed ---------------------------------------------------------------------------------------


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
        restore_lines(row, lines=before["lines"], by=by)
    elif "lines" in before:
        products = Product.objects.in_bulk([line[0] for line in before["lines"]])
        lines = [
            pipeline.LineInput(products[line[0]], Decimal(line[1]), Decimal(line[2]), line[3])
            for line in before["lines"]
        ]
        pipeline.set_lines(row, lines=lines, by=by, reason=reason)
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
    row = people.edit_unit(row, by=by, name=before["name"], kind=before["kind"])
    people.move_unit(row, to=Unit.objects.filter(pk=before["parent_id"]).first(), by=by)


def _rate_back(row: Rate, before: Mapping[str, Any], by: User | None) -> None:
    people.set_rate(
        currency=row.currency, kind=row.kind, valid_from=row.valid_from, rate=Decimal(before["rate"]), by=by
    )


def _target_back(row: Target, before: Mapping[str, Any], by: User | None) -> None:
    targets.adjust_target(
        row, amount=Decimal(before["amount"]), currency=before["currency"], cause="import", by=by
    )


def _actual_back(row: Actual, before: Mapping[str, Any], by: User | None) -> None:
    targets.correct_actual(row, amount=Decimal(before["amount"]), currency=before["currency"], by=by)


def _line_back(row: BudgetLine, before: Mapping[str, Any], by: User | None) -> None:
    amount, reason = Decimal(before["amount"]), _("import taken back")
    steering.set_line(row.budget, category=row.category, month=row.month, amount=amount, reason=reason, by=by)


def _cost_back(row: Cost, before: Mapping[str, Any], by: User | None) -> None:
    steering.correct_cost(row, by=by, **_values(Cost, before))


def _season_back(row: SeasonalIndex, before: Mapping[str, Any], by: User | None) -> None:
    targets.set_season(month=row.month, year=row.year, index=Decimal(before["index"]), by=by)


def _selling_back(row: SellingCalendar, before: Mapping[str, Any], by: User | None) -> None:
    holiday = Decimal(before["holiday"]) if before["holiday"] is not None else None
    weekdays = [Decimal(day) for day in before["weekdays"]]
    targets.set_selling_days(unit=row.unit, funnel=row.funnel, weekdays=weekdays, holiday=holiday, by=by)


_CHANGED: dict[str, tuple[type[models.Model], Callable[[Any, Mapping[str, Any], User | None], None]]] = {
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
    "steering.budgetline": (BudgetLine, _line_back),
    "steering.cost": (Cost, _cost_back),
    "targets.actual": (Actual, _actual_back),
    "targets.seasonalindex": (SeasonalIndex, _season_back),
    "targets.sellingcalendar": (SellingCalendar, _selling_back),
}


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
