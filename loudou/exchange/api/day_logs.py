"""Day logs of people (F08): read, and handed in by whoever wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.customers.models import Customer
from loudou.daylog import verbs
from loudou.daylog.lens import DayLens
from loudou.daylog.models import DayLog, Expense, Line
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.rows import named, tagged
from loudou.exchange.api.shapes import (
    VERSIONED,
    Amount,
    CustomerRef,
    Day,
    In,
    Instant,
    Key,
    Money,
    OfPeriod,
    Out,
    Page,
    PersonRef,
    Short,
    UnitRef,
    Version,
    When,
    customer_ref,
    person_ref,
    unit_ref,
)
from loudou.people.access import fetch, require
from loudou.people.models import User

router = Router(tags=["day logs"])
ORDER = ("-day", "-id")
Text = Annotated[str, Field(max_length=2000)]
Words = Annotated[str, Field(max_length=120)]
Result = Literal["", "advanced", "agreed", "nothing", "not_met"]
For = Literal["travel", "local", "lodging", "meals", "hospitality", "other"]


class StopRow(Out):
    at: When | None
    place: str
    customer: CustomerRef | None
    customer_name: str
    persons: str
    topics: str
    outcome: str
    result: str
    unsolved: str


class DayLogRow(Out):
    id: int
    version: int
    user: PersonRef
    unit: UnitRef | None
    day: date
    edition: int
    standing: str
    reflection: str
    help_needed: str
    plan: str
    late_reason: str
    flags: list[str]
    differing: int | None
    unpaired: int | None
    submitted_at: When
    signed_at: When | None
    returned_at: When | None
    annulled_at: When | None
    annulled_reason: str


class ExpenseRow(Out):
    kind: str
    amount: Money
    currency: str
    note: str


class DayLogWhole(DayLogRow):
    stops: list[StopRow]
    expenses: list[ExpenseRow]


class DayLogPage(Page[DayLogRow]):
    pass


class DayLogFilter(OfPeriod):
    state: Short = ""


class NewStop(In):
    at: Instant | None = None
    place: Annotated[str, Field(max_length=200)] = ""
    customer: Key | None = None
    customer_name: Words = ""
    persons: Words = ""
    topics: Text = ""
    outcome: Result = ""
    result: Text = ""
    unsolved: Text = ""


class NewExpense(In):
    kind: For
    amount: Annotated[Amount, Field(description="In the organisation's own currency; above zero.")]
    note: Annotated[str, Field(max_length=200)] = ""


class ItemAnswer(In):
    item: Key
    done: bool = False
    cause: Annotated[str, Field(max_length=300)] = ""
    to: Day | None = None


class NewDayLog(In):
    day: Day
    stops: Annotated[list[NewStop], Field(max_length=40)] = []
    expenses: Annotated[list[NewExpense], Field(max_length=20)] = []
    items: Annotated[
        list[ItemAnswer], Field(max_length=60, description="What became of each item due that day.")
    ] = []
    reflection: Annotated[str, Field(max_length=4000)] = ""
    help_needed: Text = ""
    plan: Text = ""
    late_reason: Annotated[str, Field(max_length=300)] = ""


class AnnulledLog(In):
    version: Version | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]


@router.get("/day-logs", response=DayLogPage, summary=_("Day logs"))
def list_day_logs(request: Call, asked: Query[DayLogFilter]) -> Page[DayLogRow]:
    """The last edition of each day, the latest first; annulled ones among them. Where somebody was stands in the single one.

    How a log compares with what the desk heard is null for its author until it is final.
    """
    require(request.user, "daylog.see")
    found = looked(DayLens, asked, request.user).logs
    return page(
        request, found, asked, DayLogPage, order=ORDER, load=_load, shape=partial(day_log_row, request.user)
    )


@router.get("/day-logs/{int:id}", response=DayLogWhole, summary=_("A day log"))
def get_day_log(request: Call, id: Key) -> DayLogWhole:
    """Reading the day of another person is on record."""
    found = fetch(request.user, DayLog, id)
    verbs.read_log(found, by=request.user)
    return _told(request, id)


@router.post("/day-logs", response={201: DayLogWhole}, summary=_("Hand in a day log"))
def hand_in_day_log(request: Call, body: NewDayLog) -> Status[DayLogWhole]:
    """One's own, in time until 22:00 of the day, with a reason until noon of the next working day; twice is once."""
    log = verbs.submit_log(
        request.user,
        day=body.day,
        stops=told_stops(request, body.stops),
        expenses=[verbs.Spent(**one.model_dump()) for one in body.expenses],
        items={one.item: verbs.Done(one.done, one.cause, one.to) for one in body.items},
        by=request.user,
        **body.model_dump(include={"reflection", "help_needed", "plan", "late_reason"}),
    )
    request.place = f"/api/v1/day-logs/{log.pk}"
    return Status(201, _told(request, log.pk))


@router.post(
    "/day-logs/{int:id}/annul",
    response=DayLogWhole,
    summary=_("Annul a day log"),
    openapi_extra=VERSIONED,
)
def annul_log(request: Call, id: Key, body: AnnulledLog) -> DayLogWhole:
    """It stays readable and counts as missing. Twice is once."""
    version, log = sent_version(request, body.version), fetch(request.user, DayLog, id, to="daylog.annul")
    verbs.annul_log(log, reason=body.reason, by=request.user, version=version)
    return _told(request, id)


_SAME = (
    *("version", "day", "edition", "standing", "reflection", "help_needed", "plan", "late_reason"),
    *("submitted_at", "signed_at", "returned_at", "annulled_at", "annulled_reason"),
)


def day_log_row(reader: User, log: DayLog) -> DayLogRow:
    """A day in a list, as somebody may read it."""
    return DayLogRow(**_of_log(reader, log))


def told_stops(request: Call, stops: Sequence[NewStop]) -> list[verbs.Stop]:
    """The stops of a body, customers in place of their keys."""
    return [
        verbs.Stop(
            customer=named(request.user, Customer, one.customer, "stops"),
            **one.model_dump(exclude={"customer"}),
        )
        for one in stops
    ]


def stop_row(line: Line) -> StopRow:
    """One stop of either log."""
    same = ("at", "place", "customer_name", "persons", "topics", "outcome", "result", "unsolved")
    return StopRow(customer=customer_ref(line.customer), **{name: getattr(line, name) for name in same})


def _expense_row(cost: Expense) -> ExpenseRow:
    return ExpenseRow(**{name: getattr(cost, name) for name in ("kind", "amount", "currency", "note")})


def _of_log(reader: User, log: DayLog) -> dict[str, Any]:
    same = {name: getattr(log, name) for name in _SAME}
    hidden = log.hides_from(reader)
    return {
        "id": log.pk,
        "user": person_ref(log.user),
        "unit": unit_ref(log.unit),
        "flags": log.flags_for(reader),
        "differing": None if hidden else log.differing,
        "unpaired": None if hidden else log.unpaired,
        **same,
    }


def _load(keys: Sequence[int]) -> list[DayLog]:
    return list(DayLog.objects.filter(pk__in=keys).select_related("user", "unit"))


def _told(request: Call, key: int) -> DayLogWhole:
    log = tagged(request, _load([key])[0])
    lines = log.lines.select_related("customer")
    return DayLogWhole(
        **_of_log(request.user, log),
        stops=[stop_row(line) for line in lines],
        expenses=[_expense_row(cost) for cost in log.expenses.all()],
    )
