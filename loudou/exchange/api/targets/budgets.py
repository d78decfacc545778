"""Budgets with their lines, and what is spent of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, known_version, sent_version
from loudou.exchange.api.listing import page
from loudou.exchange.api.people import named_unit
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    GUARDED,
    VERSIONED,
    Amount,
    Asked,
    Day,
    In,
    Key,
    Money,
    Out,
    Page,
    Signed,
    UnitRef,
    Version,
    When,
    absent,
    sent,
    unit_ref,
)
from loudou.exchange.api.targets._shared import (
    PeriodName,
    Withdrawal,
    Words,
    period_named,
    seen,
    to_withdraw,
)
from loudou.kernel.refusals import Refused
from loudou.people.access import company_of, fetch
from loudou.people.models import Unit
from loudou.steering import verbs
from loudou.steering.models import Budget, Cost
from loudou.steering.queries.budgets import adjustments, cards

router = Router(tags=["budgets"])
Category = Literal[
    "travel",
    "entertainment",
    "promotion",
    "exhibition",
    "channel",
    "samples",
    "training",
    "labour",
    "other",
]
State = Literal["committed", "approved"]
Plan = Annotated[str, Field(max_length=1000)]


class BudgetRow(Out):
    id: int
    version: int
    unit: UnitRef | None
    period: str
    demand: str
    resources: str
    strategy: str


class BudgetLineRow(Out):
    category: str
    month: date
    amount: Money


class AdjustedRow(Out):
    category: str
    month: date
    before: Money
    after: Money
    reason: str
    at: When


class CardRow(Out):
    category: str
    budget: Money
    approved: Money
    committed: Money
    left: Money
    status: str | None


class BudgetDetail(BudgetRow):
    lines: list[BudgetLineRow]
    cards: list[CardRow]
    adjustments: list[AdjustedRow]


class BudgetPage(Page[BudgetRow]):
    pass


class OfUnit(Asked):
    unit: Key | None = None


class NewBudget(In):
    unit: Key
    period: PeriodName


class BudgetChange(In):
    version: Version | None = None
    demand: Plan = absent
    resources: Plan = absent
    strategy: Plan = absent


class NewBudgetLine(In):
    version: Version | None = None
    category: Category
    month: Annotated[Day, Field(description="The month's first day.")]
    amount: Amount
    reason: Annotated[Words, Field(description="Needed where the line stands already.")] = ""


class CostRow(Out):
    id: int
    version: int
    unit: UnitRef | None
    category: str
    day: date
    counts_on: date
    relates_to: int | None
    corrects: int | None
    amount: Money
    state: str
    note: str
    source_system: str
    source_id: str
    recorded_at: When


class CostPage(Page[CostRow]):
    pass


class CostFilter(OfUnit):
    relates_to: Annotated[Key | None, Field(description="What came late for this closing.")] = None
    category: Category | Literal[""] = ""
    state: State | Literal[""] = ""


class NewCost(In):
    unit: Key
    category: Category
    day: Day
    amount: Annotated[Signed, Field(description="Below zero for what was paid back.")]
    state: State = "approved"
    note: Words = ""
    source_system: Annotated[str, Field(max_length=60)] = ""
    source_id: Annotated[str, Field(max_length=120)] = ""


class CostChange(In):
    version: Version | None = None
    amount: Signed = absent
    state: State = absent
    note: Words = absent


@router.get("/budgets", response=BudgetPage, summary=_("Budgets"))
def list_budgets(request: Call, asked: Query[OfUnit]) -> Page[BudgetRow]:
    """The newest first. Plan against actual of a period is the report `budget-vs-actual`."""
    found = seen(request, Budget, unit=asked.unit)
    rows = Budget.objects.select_related("unit")
    return page(
        request,
        found,
        asked,
        BudgetPage,
        shape=lambda row: BudgetRow(**_plan(request, row)),
        load=lambda keys: rows.filter(pk__in=keys),
    )


@router.get("/budgets/{int:id}", response=BudgetDetail, summary=_("A budget"))
def get_budget(request: Call, id: Key) -> BudgetDetail:
    """Its lines month by month, what is used of each category, and how lines were adjusted."""
    return _budget(request, fetch(request.user, Budget, id))


@router.post("/budgets", response={201: BudgetDetail}, summary=_("Set up a budget"))
def set_budget(request: Call, body: NewBudget) -> Status[BudgetDetail]:
    """Of a unit and whole months; the one that stands already is the same one."""
    period = period_named(request, body.period)
    made = verbs.set_budget(unit=_unit(body.unit), period=period, by=request.user)
    request.place = f"/api/v1/budgets/{made.pk}"
    return Status(201, _budget(request, made))


@router.patch(
    "/budgets/{int:id}", response=BudgetDetail, summary=_("Change a budget's plan"), openapi_extra=GUARDED
)
def describe_budget(request: Call, id: Key, body: BudgetChange) -> BudgetDetail:
    """Demand, resources, strategy."""
    found = fetch(request.user, Budget, id)
    version = known_version(request, body.version, "steering.budget_set", found)
    return _budget(
        request, verbs.describe_budget(found, version=version, by=request.user, **sent(body, "version"))
    )


@router.post(
    "/budgets/{int:id}/lines",
    response=BudgetDetail,
    summary=_("Set or adjust a line"),
    openapi_extra=VERSIONED,
)
def set_budget_line(request: Call, id: Key, body: NewBudgetLine) -> BudgetDetail:
    """What may be spent of a category in a month; a line that stands is adjusted with its reason."""
    found = fetch(request.user, Budget, id)
    version = sent_version(request, body.version)
    verbs.set_line(found, version=version, by=request.user, **sent(body, "version"))
    return _budget(request, Budget.objects.select_related("unit").get(pk=found.pk))


@router.get("/costs", response=CostPage, summary=_("Costs"))
def list_costs(request: Call, asked: Query[CostFilter]) -> Page[CostRow]:
    """The newest first."""
    found = seen(request, Cost, **asked.model_dump(include={"unit", "category", "state", "relates_to"}))
    rows = Cost.objects.select_related("unit")
    return page(request, found, asked, CostPage, shape=_cost, load=lambda keys: rows.filter(pk__in=keys))


@router.get("/costs/{int:id}", response=CostRow, summary=_("A cost"))
def get_cost(request: Call, id: Key) -> CostRow:
    return _cost(tagged(request, fetch(request.user, Cost, id)))


@router.post("/costs", response={201: CostRow}, summary=_("Record a cost"))
def record_cost(request: Call, body: NewCost) -> Status[CostRow]:
    """As it was, within the budget or not."""
    said = verbs.CostRow(_unit(body.unit), **{**body.model_dump(exclude={"unit"})})
    made = verbs.record_costs([said], by=request.user)[0]
    if isinstance(made, Refused):
        raise made
    request.place = f"/api/v1/costs/{made.pk}"
    return Status(201, _cost(tagged(request, made)))


@router.patch("/costs/{int:id}", response=CostRow, summary=_("Correct a cost"), openapi_extra=GUARDED)
def correct_cost(request: Call, id: Key, body: CostChange) -> CostRow:
    """Its amount, its state once it was claimed, its note."""
    cost = fetch(request.user, Cost, id)
    version = known_version(request, body.version, "steering.spend", cost)
    fresh = verbs.correct_cost(cost, version=version, by=request.user, **sent(body, "version"))
    return _cost(tagged(request, fresh))


@router.post(
    "/costs/{int:id}/withdraw", response={204: None}, summary=_("Withdraw a cost"), openapi_extra=VERSIONED
)
def withdraw_cost(request: Call, id: Key, body: Withdrawal) -> Status[None]:
    """For what was told by mistake."""
    verbs.withdraw_costs([to_withdraw(request, Cost, id, body).pk], by=request.user)
    return Status(204, None)


def _unit(key: int) -> Unit:
    unit = named_unit(key, "unit")
    assert unit is not None
    return unit


def _plan(request: Call, row: Budget) -> dict[str, Any]:
    return {
        "id": row.pk,
        "unit": unit_ref(row.unit),
        "period": company_of(request.user).fiscal.name(row.period),
        **{name: getattr(row, name) for name in ("version", *verbs.WORDS)},
    }


def _budget(request: Call, row: Budget) -> BudgetDetail:
    return BudgetDetail(
        **_plan(request, tagged(request, row)),
        lines=[
            BudgetLineRow(category=line.category, month=line.month, amount=line.amount)
            for line in row.lines.order_by("month", "category")
        ],
        cards=[
            CardRow(
                category=category,
                status=card.status,
                **{name: getattr(card, name) for name in ("budget", "approved", "committed", "left")},
            )
            for category, card in cards(row).items()
        ],
        adjustments=[
            AdjustedRow(
                category=one.line.category,
                month=one.line.month,
                **{name: getattr(one, name) for name in ("before", "after", "reason", "at")},
            )
            for one in adjustments(row)
        ],
    )


def _cost(row: Cost) -> CostRow:
    plain = ("version", "category", "day", "amount", "state", "note", "source_system", "source_id")
    return CostRow(
        id=row.pk,
        unit=unit_ref(row.unit),
        relates_to=row.relates_to_id,
        corrects=row.corrects_id,
        **{name: getattr(row, name) for name in (*plain, "counts_on", "recorded_at")},
    )
