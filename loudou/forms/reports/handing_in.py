"""What is asked of salespeople on paper, and how it comes in: logs, plans, records, forms of every period (D6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from loudou.daylog.figures.discipline import Discipline
from loudou.daylog.queries.duty import Duty, duties
from loudou.daylog.reports._asking import SEE
from loudou.daylog.reports.discipline import log_discipline, told
from loudou.forms.figures.handing_in import of_periods, until
from loudou.forms.models import Form
from loudou.forms.queries.handing_in import asked_for, came_in, plans_and_records
from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import of_people, ratio
from loudou.kernel.periods import Grain, Period, midnight

LOGS, PLANS, RECORDS = "day-logs", "visit-plans", "visit-records"
LONGEST_MAKE_UP = timedelta(days=21)  # holidays included, the noon of the next working day lies within
NAMES = {LOGS: _("Day logs"), PLANS: _("Visit plans"), RECORDS: _("Visit records")}


@dataclass(frozen=True)
class Document:
    """One thing that is asked for: how it came in, by person."""

    code: str
    name: str
    of: Mapping[int, Discipline]

    @cached_property
    def total(self) -> Discipline:
        """Of everybody."""
        return sum(self.of.values(), Discipline())


@dataclass(frozen=True)
class HandingIn:
    """Everything that is asked for, of everybody on duty."""

    lens: InsightLens
    documents: Sequence[Document]
    people: Sequence[Duty]

    @cached_property
    def total(self) -> Discipline:
        """All of it together."""
        return sum((document.total for document in self.documents), Discipline())

    def of(self, person: int) -> Discipline:
        """All that is asked of one person."""
        return sum((one.of.get(person, Discipline()) for one in self.documents), Discipline())

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        documents = [
            {"document": one.code, "name": str(one.name), **_told(one.total)} for one in self.documents
        ]
        people = ((duty.user, _told(self.of(duty.user.pk))) for duty in self.people)
        return of_people(self.lens, {**_told(self.total), "documents": documents}, people)


def handing_in(lens: InsightLens) -> HandingIn:
    """What is due by the instant of a lens, in its period, of those on duty that it is about."""
    period, on_record = lens.or_this_quarter(), log_discipline(lens)
    people = [duty for duty, _one in on_record.rows] or _on_duty(lens, period)
    days = people[0].days if people else []
    logs = {duty.user.pk: one for duty, one in on_record.rows}
    plans, records = plans_and_records(lens, period)
    found_of: list[tuple[str, Any, Mapping[int, Discipline]]] = [
        (LOGS, NAMES[LOGS], logs),
        (PLANS, NAMES[PLANS], plans),
        (RECORDS, NAMES[RECORDS], records),
        *((form.code, form.current, found) for form, found in _of_forms(lens, period, days, people) if found),
    ]
    keys = {duty.user.pk for duty in people}
    documents = [
        Document(code, name, {key: one for key, one in found.items() if key in keys})
        for code, name, found in found_of
    ]
    return HandingIn(lens, documents, people)


def _on_duty(lens: InsightLens, period: Period) -> list[Duty]:
    """Who is on duty where no log was ever kept."""
    past = period.overlap(Period(date.min, lens.today + timedelta(days=1)))
    days = lens.company.calendar.work_calendar().days(past) if past is not None else []
    return duties(days, lens.seen_by(SEE), lens.company.zone)


def _of_forms(
    lens: InsightLens, period: Period, days: Sequence[date], people: Sequence[Duty]
) -> Iterator[tuple[Form, dict[int, Discipline]]]:
    """Each form with what came of those periods of it that end within the one looked at."""
    forms, fiscal, zone = asked_for(), lens.company.fiscal, lens.company.zone
    since = midnight(fiscal.of(period.start, Grain.QUARTER).start, zone)
    came = came_in(forms, since, min(lens.instant, midnight(period.end, zone) + LONGEST_MAKE_UP))
    calendar = lens.company.calendar.work_calendar()
    for form in forms:
        version, found = form.current, dict[int, Discipline]()
        assert version is not None and version.issued_at is not None
        issued = version.issued_at.astimezone(zone).date()
        part_of = {day: fiscal.of(day, Grain(version.period)) for day in days}
        whole = {part for part in part_of.values() if part.start >= issued and part.end <= period.end}
        limits = {part: until(part, calendar, zone) for part in whole}
        for duty in people if whole else ():
            if not _concerns(form, duty):
                continue
            mine = [part for part in sorted(whole, key=_start) if duty.owes(part)]
            parts = [(midnight(part.start, zone), limits[part]) for part in mine]
            came_of = came.get((form.pk, duty.user.pk), [])
            found[duty.user.pk] = of_periods(came_of, version.times, parts, lens.instant)
        yield form, found


def _concerns(form: Form, duty: Duty) -> bool:
    """Whether a form is asked of somebody: it is everybody's, or of a unit theirs lies in."""
    unit = duty.user.unit
    return form.unit is None or (unit is not None and unit.path.startswith(form.unit.path))


def _start(part: Period) -> date:
    return part.start


def _told(one: Discipline) -> dict[str, Any]:
    return {**told(one), **ratio("received_rate", one.received_rate)}
