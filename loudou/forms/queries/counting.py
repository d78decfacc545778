"""Counting what was handed in on every form: by whom, opened in time, used, with a red flag."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from loudou.daylog.figures.flags import Stop as Place
from loudou.daylog.figures.flags import batch_filled, impossible_travel, near_duplicate
from loudou.daylog.models import DayLog, DeskLog, SpotCheck, Support
from loudou.fieldwork.models import Activity, PhoneCall, VisitPlan, VisitRecord
from loudou.forecasts.models import Submission
from loudou.forms.figures.worth import READ_WITHIN, Tally
from loudou.forms.models import BuiltIn, Form, FormRecord
from loudou.forms.queries.suspicion import COMPARED, LETTERS
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
    """What is counted: handed in from `since` until before `until`, as known then, of these units, of one person."""

    since: datetime
    until: datetime
    calendar: WorkCalendar
    zone: tzinfo
    units: Collection[int] | None = None
    owner: int | None = None

    def of(self, rows: Any, owner: str, unit: str = "unit") -> Any:
        """Rows of these units and this person."""
        if self.units is not None:
            rows = rows.filter(**{f"{unit}__in": sorted(self.units)})
        return rows.filter(**{owner: self.owner}) if self.owner is not None else rows

    def within(self, name: str) -> Q:
        """Handed in within the time."""
        return Q(**{f"{name}__gte": self.since, f"{name}__lt": self.until})


def tallies(forms: Iterable[Form], asked: Asked) -> dict[int, Tally]:
    """Every form's tally by its key; a constant number of queries, whatever the number of forms."""
    forms = list(forms)
    records = _records(asked, [form.pk for form in forms if not form.built_in])
    found = {}
    for form in forms:
        counter = _PAGES.get(form.built_in)
        handed = counter(asked) if counter is not None else records.get(form.pk, [])
        declared = form.current.minutes if form.current is not None else Decimal(0)
        found[form.pk] = _tally(handed, declared, asked, traced=form.built_in not in _UNTRACED)
    return found


def _tally(handed: list[Handed], declared: Decimal, asked: Asked, *, traced: bool) -> Tally:
    deadlines: dict[date, datetime] = {}

    def in_time(one: Handed) -> bool:
        if one.opened_at is None or one.opened_at >= asked.until:
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
    rows = FormRecord.objects.current().filter(asked.within("submitted_at"), form__in=keys)
    found: dict[int, list[Handed]] = defaultdict(list)
    columns = ("form", "author", "submitted_at", "opened_at", "used_at", "flags", "minutes")
    for form, author, at, opened_at, used_at, flags, minutes in asked.of(rows, "author").values_list(
        *columns
    ):
        used = used_at is not None and used_at < asked.until
        found[form].append(Handed(author, at, opened_at, used, bool(flags), minutes))
    return found


def _day_logs(asked: Asked) -> list[Handed]:
    logs = DayLog.objects.current().filter(asked.within("submitted_at"), submitted_at__lte=F("locks_at"))
    rows = list(
        asked.of(logs, "user").values_list("pk", "user", "submitted_at", "flags", "check_made__result")
    )
    opened = _opened("daylog.daylog", [row[0] for row in rows])
    checked = dict(
        SpotCheck.objects.filter(log__in=[row[0] for row in rows], checked_at__lt=asked.until).values_list(
            "log", "checked_at"
        )
    )
    return [
        Handed(
            author,
            at,
            _first(opened.get(key), checked.get(key)),
            key in checked,
            bool(flags) or result == SpotCheck.Result.FALSE,
        )
        for key, author, at, flags, result in rows
    ]


def _visit_plans(asked: Asked) -> list[Handed]:
    plans = VisitPlan.objects.filter(asked.within("submitted_at"))
    rows = list(
        asked.of(plans, "owner").values_list("pk", "owner", "submitted_at", "approved_at", "executed_at")
    )
    opened = _opened("fieldwork.visitplan", [row[0] for row in rows])
    return [
        Handed(
            author,
            at,
            _first(opened.get(key), approved_at),
            approved_at is not None and executed_at is not None,
        )
        for key, author, at, approved_at, executed_at in rows
    ]


def _visit_records(asked: Asked) -> list[Handed]:
    kept = VisitRecord.objects.filter(asked.within("recorded_at")).select_related(
        "plan__activity", "plan__customer"
    )
    rows = list(
        asked.of(kept, "plan__owner", "plan__unit")
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


def _desk_logs(asked: Asked) -> list[Handed]:
    logs = asked.of(DeskLog.objects.filter(asked.within("reported_at")), "user").exclude(reported_by=None)
    return [Handed(author, at) for author, at in logs.values_list("reported_by", "reported_at")]


def _calls(asked: Asked) -> list[Handed]:
    """Phone records; a call that was only noted among the activities is one as well."""
    within = asked.within("recorded_at")
    calls = Activity.objects.known().filter(within, kind=Activity.Kind.CALL, phone_record=None)
    told = asked.of(calls, "owner").values_list("owner", "recorded_at")
    kept = asked.of(PhoneCall.objects.standing().filter(within), "taker").values_list("taker", "recorded_at")
    return [Handed(author, at) for author, at in (*told, *kept)]


def _forecasts(asked: Asked) -> list[Handed]:
    sent = asked.of(Submission.objects.filter(asked.within("submitted_at")), "user")
    rows = sent.values_list("user", "submitted_at", "locked_at")
    return [Handed(author, at, locked, locked is not None) for author, at, locked in rows]


def _support(asked: Asked) -> list[Handed]:
    calls = asked.of(Support.objects.filter(asked.within("asked_at")), "asker")
    rows = calls.values_list("asker", "asked_at", "answered_at")
    return [Handed(author, at, answered, answered is not None) for author, at, answered in rows]


def _opened(label: str, keys: list[int]) -> dict[int, datetime]:
    """When a signer first had each before them."""
    found: dict[int, datetime] = {}
    rows = Request.objects.filter(subject_type=label, subject_id__in=keys)
    for key, opened_at, answered_at in rows.values_list("subject_id", "opened_at", "answered_at"):
        seen = _first(found.get(key), opened_at, answered_at)
        if seen is not None:
            found[key] = seen
    return found


def _first(*times: datetime | None) -> datetime | None:
    return min((one for one in times if one is not None), default=None)


_PAGES: dict[str, Callable[[Asked], list[Handed]]] = {
    BuiltIn.CUSTOMER: lambda asked: [],
    BuiltIn.VISIT_PLAN: _visit_plans,
    BuiltIn.VISIT_RECORD: _visit_records,
    BuiltIn.DAY_LOG: _day_logs,
    BuiltIn.DESK_LOG: _desk_logs,
    BuiltIn.CALL: _calls,
    BuiltIn.FORECAST: _forecasts,
    BuiltIn.SUPPORT: _support,
}
# Pages of which nothing tells whether anybody opened what was handed in.
_UNTRACED = (BuiltIn.CUSTOMER, BuiltIn.CALL, BuiltIn.DESK_LOG)
