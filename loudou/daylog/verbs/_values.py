"""What logs may say, and where and when a day of somebody belongs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.daylog.figures.discipline import Deadlines, deadlines
from loudou.daylog.models import DayLog, DeskLog, Expense, Line, Outcome
from loudou.fieldwork.models import Activity
from loudou.kernel.money import LARGEST
from loudou.kernel.numbers import CENT
from loudou.kernel.refusals import Refused
from loudou.people.models import Organisation, User
from loudou.people.queries import organisation
from loudou.people.tables import Tables
from loudou.ui.texts import kept

MOST_LINES = 40
MOST_EXPENSES = 20
_LONGEST = {
    **{"place": 200, "customer_name": 120, "persons": 120, "topics": 2000, "result": 2000, "unsolved": 2000},
    **{"late_reason": 300, "reflection": 4000, "help_needed": 2000, "plan": 2000, "reason": 300},
    **{
        "text": 300,
        "cause": 300,
        "answer": 2000,
        "matter": 2000,
        "finding": 2000,
        "deviation": 300,
        "note": 200,
    },
}
_PARAGRAPHS = {
    "topics",
    "result",
    "unsolved",
    "reflection",
    "help_needed",
    "plan",
    "answer",
    "matter",
    "finding",
}


@dataclass(frozen=True)
class Stop:
    """One stop of a day as it is told; a customer may be one of the house or only a name."""

    at: datetime | None = None
    place: str = ""
    customer: Customer | None = None
    customer_name: str = ""
    persons: str = ""
    topics: str = ""
    outcome: str = ""
    result: str = ""
    unsolved: str = ""
    activity: Activity | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was told."""
        return not any(getattr(self, one.name) for one in fields(self) if one.name not in ("at", "activity"))


@dataclass(frozen=True)
class Spent:
    """Something a day cost, as it is told, in the organisation's own currency."""

    kind: str
    amount: Decimal
    note: str = ""


class BadStop(Refused):
    """A rule was broken by one stop: by `name` of the one at `index` of those that were told."""

    def __init__(self, sentence: str, *, index: int, name: str) -> None:
        super().__init__(sentence, field=f"stops.{index}.{name}")
        self.index = index
        self.name = name


def text(name: str, value: Any, refusal: str = "") -> str:
    """A text as it is kept; with `refusal` it must not be empty."""
    return kept(value, name, longest=_LONGEST[name], lines=name in _PARAGRAPHS, needed=refusal)


def lines_of(stops: Sequence[Stop], **owner: DayLog | DeskLog) -> list[Line]:
    """The unsaved lines of a log, in order; empty stops are left out, one of another day is refused."""
    told = [(index, stop) for index, stop in enumerate(stops) if not stop.is_empty]
    if len(told) > MOST_LINES:
        raise Refused(_("At most {n} stops a day.").format(n=MOST_LINES), field="lines")
    day, zone = next(iter(owner.values())).day, organisation().zone
    for index, stop in told:
        at = stop.at.astimezone(zone) if stop.at is not None else None
        if at is not None and at.date() != day:
            sentence = _("{at} is not on {day}, the day of the log.")
            raise BadStop(sentence.format(at=f"{at:%Y-%m-%d %H:%M}", day=day), index=index, name="at")
    return [_line(stop, position, owner) for position, (_index, stop) in enumerate(told, 1)]


def _line(stop: Stop, position: int, owner: Mapping[str, DayLog | DeskLog]) -> Line:
    if stop.outcome and stop.outcome not in Outcome.values:
        raise Refused(_("Choose what came of it."), field="lines")
    named = stop.customer.name if stop.customer is not None else stop.customer_name
    return Line(
        position=position,
        at=stop.at,
        customer=stop.customer,
        customer_name=text("customer_name", named[:120]),
        outcome=stop.outcome,
        activity=stop.activity,
        **{
            name: text(name, getattr(stop, name))
            for name in ("place", "persons", "topics", "result", "unsolved")
        },
        **owner,
    )


def expenses_of(spent: Sequence[Spent], log: DayLog) -> list[Expense]:
    """The unsaved expenses of a log, in order; refuses the first that cannot be kept."""
    if len(spent) > MOST_EXPENSES:
        raise Refused(_("At most {n} expenses a day.").format(n=MOST_EXPENSES), field="expenses")
    currency = organisation().base_currency
    for index, one in enumerate(spent):
        if one.kind not in Expense.Kind.values:
            raise Refused(_("Choose what it was for."), field=f"expenses.{index}.kind")
        if not (0 < one.amount <= LARGEST and one.amount == one.amount.quantize(CENT)):
            sentence = _("Write an amount above zero, with at most two decimal places.")
            raise Refused(sentence, field=f"expenses.{index}.amount")
    return [
        Expense(
            log=log,
            position=position,
            kind=one.kind,
            amount=one.amount,
            currency=currency,
            note=text("note", one.note),
        )
        for position, one in enumerate(spent, 1)
    ]


def limits(day: date, company: Organisation) -> Deadlines:
    """Until when the log of a day is in time and can be made up for."""
    return deadlines(day, company.calendar.work_calendar(), company.zone)


def unit_on(user: User, day: date, tables: Tables) -> int | None:
    """The unit somebody belonged to on a day."""
    return tables.unit_of(user, datetime.combine(day, time(12), tables.company.zone))
