"""Counting what was handed in on every form: by whom, opened in time, used, with a red flag."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from django.db.models import CharField, DateTimeField, F, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Least

from loudou.customers import events as customers
from loudou.customers.models import Customer
from loudou.daylog.figures.flags import Stop as Place
from loudou.daylog.figures.flags import batch_filled, impossible_travel, near_duplicate
from loudou.daylog.models import DayLog, DeskLog, SpotCheck, Support
from loudou.fieldwork.models import Activity, PhoneCall, VisitPlan, VisitRecord
from loudou.forecasts.models import Submission
from loudou.forms.figures.worth import READ_WITHIN, Tally
from loudou.forms.models import BuiltIn, Form, FormRecord
from loudou.forms.queries.suspicion import COMPARED, LETTERS
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.scope import whose
from loudou.journal.queries import done_between
from loudou.kernel.periods import midnight
from loudou.kernel.workdays import WorkCalendar
from loudou.signoff.models import Request

FAR = 1000  # metres from the customer's place that are another place


@dataclass(frozen=True)
class Handed:
    """One submission: by whom, when, when somebody opened it first; `None` where nothing tells."""

    author: int
    at: datetime
    opened_at: datetime | None = None
    used: bool = False
    flagged: bool = False
    minutes: Decimal | None = None


@dataclass(frozen=True)
class Asked:
    """What is counted: handed in from `since` until before `until`, of a scope's units and person.

    What became of it counts as known at an instant, also after the period: the last days' forms have time to be read.
    """

    since: datetime
    until: datetime
    known: datetime
    calendar: WorkCalendar
    zone: tzinfo
    scope: Scope = field(default_factory=Scope)

    def handed(self, rows: Any, at: str, owner: str, unit: str = "unit") -> Any:
        """Rows handed in within the time by this person, in these units while they counted."""
        within = Q(**{f"{at}__gte": self.since, f"{at}__lt": self.until})
        return rows.filter(within, whose(self.scope, owner=owner, unit=unit, at=at))


def tallies(forms: Iterable[Form], asked: Asked) -> dict[int, Tally]:
    """Every form's tally by its key; a constant number of queries, whatever the number of forms."""
    forms = list(forms)
    records = _records(asked, [form.pk for form in forms if not form.built_in])
    told = _told(asked, {form.built_in for form in forms})
    found = {}
    for form in forms:
        counter = _PAGES.get(form.built_in)
        if counter is not None:
            handed = counter(asked)
        else:
            handed = told.get(form.built_in, []) if form.built_in else records.get(form.pk, [])
        declared = form.current.minutes if form.current is not None else Decimal(0)
        found[form.pk] = _tally(handed, declared, asked, traced=form.built_in not in _UNTRACED)
    return found


def _tally(handed: list[Handed], declared: Decimal, asked: Asked, *, traced: bool) -> Tally:
    deadlines: dict[date, datetime] = {}

    def in_time(one: Handed) -> bool:
        if one.opened_at is None or one.opened_at >= asked.known:
            return False
        day = one.at.astimezone(asked.zone).date()
        if day not in deadlines:
            last = asked.calendar.add(day, READ_WITHIN)
            deadlines[day] = midnight(last + timedelta(days=1), asked.zone)
        return one.opened_at < deadlines[day]

    return Tally(
        declared=declared,
        by_person=Counter(one.author for one in handed),
        minutes=[one.minutes for one in handed if one.minutes is not None],
        opened=sum(map(in_time, handed)) if traced else None,
        used=sum(one.used for one in handed),
        flagged=sum(one.flagged for one in handed),
    )


def _records(asked: Asked, keys: list[int]) -> dict[int, list[Handed]]:
    rows = FormRecord.objects.current().filter(form__in=keys)
    found: dict[int, list[Handed]] = defaultdict(list)
    columns = ("form", "author", "submitted_at", "opened_at", "used_at", "flags", "minutes")
    told = asked.handed(rows, "submitted_at", "author").values_list(*columns)
    for form, author, at, opened_at, used_at, flags, minutes in told:
        used = used_at is not None and used_at < asked.known
        found[form].append(Handed(author, at, opened_at, used, bool(flags), minutes))
    return found


def _day_logs(asked: Asked) -> list[Handed]:
    logs = DayLog.objects.current().filter(submitted_at__lte=F("locks_at"))
    logs = asked.handed(logs, "submitted_at", "user")
    columns = ("user", "submitted_at", "flags", "check_made__result", "check_made__checked_at")
    rows = logs.annotate(opened=_opened("daylog.daylog")).values_list(*columns, "opened")
    return [
        Handed(
            author,
            at,
            _first(opened, checked_at if _is_checked(checked_at, asked) else None),
            _is_checked(checked_at, asked),
            bool(flags) or result == SpotCheck.Result.FALSE,
        )
        for author, at, flags, result, checked_at, opened in rows
    ]


def _is_checked(checked_at: datetime | None, asked: Asked) -> bool:
    return checked_at is not None and checked_at < asked.known


def _customers(asked: Asked) -> list[Handed]:
    """Customers that were added by hand, each by who did it; of units as the customer was in when it came."""
    done = done_between(Customer, customers.ADDED, asked.since, min(asked.until, asked.known))
    told = {key: (actor, at) for key, actor, at in done.values_list("subject_id", "actor", "at")}
    seen = replace(asked.scope, owner=None)
    rows = Customer.objects.filter(whose(seen, at="recorded_at"), pk__in=list(told)).order_by("pk")
    by = (told[key] for key in rows.values_list("pk", flat=True))
    return [Handed(actor, at) for actor, at in by if asked.scope.owner in (None, actor)]


def _visit_plans(asked: Asked) -> list[Handed]:
    plans = asked.handed(VisitPlan.objects, "submitted_at", "owner")
    columns = ("owner", "submitted_at", "approved_at", "executed_at")
    rows = plans.annotate(opened=_opened("fieldwork.visitplan")).values_list(*columns, "opened")
    return [
        Handed(
            author,
            at,
            _first(opened, approved_at),
            approved_at is not None and executed_at is not None,
        )
        for author, at, approved_at, executed_at, opened in rows
    ]


def _visit_records(asked: Asked) -> list[Handed]:
    kept = VisitRecord.objects.select_related("plan__activity", "plan__customer")
    rows = list(
        asked.handed(kept, "recorded_at", "plan__owner", "plan__unit")
        .defer("plan__customer__search", "plan__customer__extra")
        .order_by("plan__owner", "recorded_at", "pk")
    )
    flagged = _flagged_visits(rows)
    return [
        Handed(
            row.plan.owner_id,
            row.recorded_at,
            row.plan.reviewed_at,
            bool(row.agreed or row.coaching) and row.plan.reviewed_at is not None,
            row.pk in flagged,
        )
        for row in rows
    ]


def _flagged_visits(rows: list[VisitRecord]) -> set[int]:
    """Records of visits that nobody can have made, or not like this."""
    by_author: dict[int, list[VisitRecord]] = defaultdict(list)
    for row in rows:
        by_author[row.plan.owner_id].append(row)
    return {
        row.pk for mine in by_author.values() for place, row in enumerate(mine) if _is_flagged(mine, place)
    }


def _is_flagged(mine: list[VisitRecord], place: int) -> bool:
    row = mine[place]
    if row.plan.distance is not None and row.plan.distance > FAR:
        return True
    if batch_filled(one.recorded_at for one in mine[max(place - 5, 0) : place + 1]):
        return True
    stops = [_stop(one) for one in mine[max(place - 1, 0) : place + 1]]
    if impossible_travel([stop for stop in stops if stop is not None]):
        return True
    return near_duplicate(_text(row), map(_text, mine[max(place - COMPARED, 0) : place]))


def _stop(row: VisitRecord) -> Place | None:
    on_site = row.plan.method == VisitPlan.Method.ON_SITE and row.plan.executed_at is not None
    return Place(row.plan.executed_at, row.plan.customer.region) if on_site else None  # type: ignore[arg-type]


def _text(row: VisitRecord) -> str:
    said = row.plan.activity.result if row.plan.activity is not None else ""
    return " ".join((*row.results, row.concerns, said))[:LETTERS]


def _told(asked: Asked, pages: Collection[str]) -> dict[str, list[Handed]]:
    """What came in on those pages that tell no more than by whom, when, and when it was answered; one query."""
    wanted = [(page, part) for page, parts in _ANSWERED.items() if page in pages for part in parts(asked)]
    found: dict[str, list[Handed]] = defaultdict(list)
    if not wanted:
        return found
    first, *rest = (
        part.order_by().values_list(Value(page, output_field=CharField()), *columns)
        for page, (part, columns) in wanted
    )
    for page, author, at, answered in first.union(*rest, all=True):
        found[page].append(Handed(author, at, answered, answered is not None))
    return found


_NEVER: Any = Cast(Value(None), DateTimeField())
_Told = list[tuple[Any, tuple[Any, ...]]]


def _desk_logs(asked: Asked) -> _Told:
    logs = asked.handed(DeskLog.objects.exclude(reported_by=None), "reported_at", "user")
    return [(logs, ("reported_by", "reported_at", _NEVER))]


def _calls(asked: Asked) -> _Told:
    """Phone records; a call that was only noted among the activities is one as well. Annulled, they counted until then."""
    calls = Activity.objects.known(asked.known).filter(kind=Activity.Kind.CALL, phone_record=None)
    kept = PhoneCall.objects.standing(asked.known)
    return [
        (asked.handed(calls, "recorded_at", "owner"), ("owner", "recorded_at", _NEVER)),
        (asked.handed(kept, "recorded_at", "taker"), ("taker", "recorded_at", _NEVER)),
    ]


def _forecasts(asked: Asked) -> _Told:
    sent = asked.handed(Submission.objects, "submitted_at", "user")
    return [(sent, ("user", "submitted_at", "locked_at"))]


def _support(asked: Asked) -> _Told:
    calls = asked.handed(Support.objects, "asked_at", "asker")
    return [(calls, ("asker", "asked_at", "answered_at"))]


def _opened(label: str) -> Subquery:
    """When a signer first had it before them."""
    rows = Request.objects.filter(subject_type=label, subject_id=OuterRef("pk")).order_by()
    seen = rows.values("subject_id").annotate(seen=Min(Least("opened_at", "answered_at")))
    return Subquery(seen.values("seen"))


def _first(*times: datetime | None) -> datetime | None:
    return min((one for one in times if one is not None), default=None)


_PAGES: dict[str, Callable[[Asked], list[Handed]]] = {
    BuiltIn.CUSTOMER: _customers,
    BuiltIn.VISIT_PLAN: _visit_plans,
    BuiltIn.VISIT_RECORD: _visit_records,
    BuiltIn.DAY_LOG: _day_logs,
}
_ANSWERED: dict[str, Callable[[Asked], _Told]] = {
    BuiltIn.DESK_LOG: _desk_logs,
    BuiltIn.CALL: _calls,
    BuiltIn.FORECAST: _forecasts,
    BuiltIn.SUPPORT: _support,
}
# Pages of which nothing tells whether anybody opened what was handed in.
_UNTRACED = (BuiltIn.CUSTOMER, BuiltIn.CALL, BuiltIn.DESK_LOG)
