"""Form load, waste, use, water and verdicts (M47, P12), as one lens sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from loudou.daylog.queries.duty import Duty, duties
from loudou.forms.figures.worth import BUDGET, MERGE, SMALL, Overlap, Tally, load, verdict
from loudou.forms.models import Form
from loudou.forms.queries.catalogue import alike
from loudou.forms.queries.counting import Asked, tallies
from loudou.forms.queries.demand import demand
from loudou.forms.reports.coverage import Line, map_of
from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import missing, ratio, when
from loudou.kernel.numbers import CENT, Ratio, rounded
from loudou.kernel.periods import Period, midnight


@dataclass(frozen=True)
class Row:
    """A form in force, what came in on it, with what it should be merged, and what is to become of it."""

    form: Form
    tally: Tally
    into: str
    verdicts: Sequence[str]

    @property
    def is_small(self) -> bool:
        """Too few submissions for rates to mean much (B0.7)."""
        return self.tally.submissions < SMALL

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        version = self.form.current
        return {
            "form": self.form.code,
            "name": str(version),
            "submissions": self.tally.submissions,
            "minutes": str(rounded(self.tally.each, CENT)),
            "total_minutes": str(rounded(self.tally.total, CENT)),
            **(
                {"opened": self.tally.opened}
                if self.tally.opened is not None
                else missing("opened", "not_recorded")
            ),
            "used": self.tally.used,
            "flagged": self.tally.flagged,
            **ratio("waste", self.tally.waste),
            **ratio("use", self.tally.use),
            **ratio("water", self.tally.water),
            "serves": list(version.serves) if version else [],
            "merge_with": self.into or None,
            "small_n": self.is_small,
            "verdicts": list(self.verdicts),
        }


@dataclass(frozen=True)
class FormLoad:
    """What forms cost and give in a period."""

    lens: InsightLens
    period: Period
    rows: Sequence[Row]
    people: Sequence[Duty]
    working_days: int
    overlaps: Sequence[Overlap]
    gaps: Sequence[Line]

    @cached_property
    def reps(self) -> list[int]:
        """Whose load it is."""
        return [duty.user.pk for duty in self.people]

    @cached_property
    def person_days(self) -> int:
        """Salespeople × working days, for as long as each belonged to the units."""
        return sum(map(days_of, self.people))

    @cached_property
    def load(self) -> Ratio:
        """Minutes a salesperson and working day."""
        return load(self.minutes, self.person_days)

    @cached_property
    def minutes(self) -> Decimal:
        """All the minutes the salespeople spent on forms."""
        return sum((row.tally.minutes_of(self.reps) for row in self.rows), Decimal(0))

    @cached_property
    def demand(self) -> Decimal:
        """Minutes a day that the forms in force say they take."""
        return demand([row.form for row in self.rows])

    @property
    def is_over(self) -> bool:
        """Whether forms take more of the day than they may."""
        return self.load.value is not None and self.load.value > BUDGET

    @cached_property
    def by_person(self) -> list[tuple[Duty, Ratio]]:
        """Each salesperson's minutes a day, the most loaded first."""
        told = [
            (
                duty,
                load(
                    sum((row.tally.minutes_of([duty.user.pk]) for row in self.rows), Decimal(0)),
                    days_of(duty),
                ),
            )
            for duty in self.people
        ]
        return sorted(told, key=lambda line: (-(line[1].value or 0), line[0].user.name_key, line[0].user.pk))

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "as_of": when(self.lens.instant),
            "from": when(self.period.start),
            "to": when(self.period.end),
            "reps": len(self.people),
            "working_days": self.working_days,
            "person_days": self.person_days,
            "minutes": str(rounded(self.minutes, CENT)),
            **ratio("load", self.load, CENT),
            "budget": str(BUDGET),
            "over_budget": self.is_over,
            "demand": str(rounded(self.demand, CENT)),
            "rows": [row.plain() for row in self.rows],
            "people": [
                {
                    "who": duty.user.username,
                    "name": duty.user.name,
                    "days": days_of(duty),
                    **ratio("load", told, CENT),
                }
                for duty, told in self.by_person
            ],
            "overlaps": [
                {"form": one.smaller, "with": one.larger, "shared": one.shared, "of": one.of}
                for one in self.overlaps
            ],
            "gaps": [line.code for line in self.gaps],
        }


def form_load(lens: InsightLens) -> FormLoad:
    """The forms in force that a lens may see, and what came in on them in its period; retired ones that got any."""
    period, company = lens.or_this_quarter(), lens.company
    scope, calendar = lens.seen_by("forms.see_records"), company.calendar.work_calendar()
    since, until = midnight(period.start, company.zone), midnight(period.end, company.zone)
    known = lens.instant
    asked = Asked(since, min(until, known), known, calendar, company.zone, scope)
    seen = Form.objects.visible_to(lens.user).exclude(current=None)
    forms = list(seen.select_related("current").order_by("code"))
    told = tallies(forms, asked)
    shown = [form for form in forms if form.is_issued or told[form.pk].submissions]
    overlaps = alike(form for form in shown if form.is_issued)
    merges = {one.smaller: one.larger for one in reversed(overlaps) if one.too_much}
    rows = [_row(form, told[form.pk], merges.get(form.code, "")) for form in shown]
    last = min(period.end, lens.today + timedelta(days=1))
    days = calendar.days(Period(period.start, last)) if last > period.start else []
    people = duties(days, scope, company.zone)
    gaps = map_of(form for form in forms if form.is_issued).gaps
    return FormLoad(lens, period, rows, people, len(days), overlaps, gaps)


def figures(row: Row) -> Mapping[str, Any]:
    """What a review keeps of a form's quarter."""
    told = row.plain()
    names = ("submissions", "minutes", "total_minutes", "opened", "used", "flagged", "waste", "use", "water")
    return {name: told[name] for name in names}


def days_of(duty: Duty) -> int:
    """The working days somebody belonged to the units; days of leave are working days of the house (M47)."""
    return len(duty.within)


def _row(form: Form, tally: Tally, into: str) -> Row:
    serves = form.current is not None and bool(form.current.serves)
    found = verdict(tally, serves=serves, merges=bool(into))
    return Row(form, tally, into if MERGE in found else "", found)
