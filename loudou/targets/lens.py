"""What a person may set targets for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q

from loudou.kernel.numbers import key_of
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.people.access import company_of, may, reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Organisation, Unit, User
from loudou.targets.models import Metric, Negotiation, Target
from loudou.ui.fields import EARLIEST_YEAR, LATEST_YEAR

MOST_PEOPLE = 500
STEPS = ("1", "100", "1000", "10000")  # what parts on the sheet are multiples of; the last one unless chosen
GRAINS = (Grain.YEAR, Grain.QUARTER, Grain.MONTH, Grain.WEEK, Grain.DAY)


def settable_units(user: User) -> list[Unit]:
    """The units whose targets this person may set, as a tree in order."""
    units = Unit.objects.filter(retired_at=None).order_by("path")
    far = reach(user, "targets.set")
    if far is not Reach.ALL:
        units = units.filter(pk__in=unit_ids(user, far) if far >= Reach.TEAM else [])
    return list(units)


def settable_people(units: list[Unit]) -> list[User]:
    """The people of those units, by name; at most 500."""
    people = User.objects.active().filter(unit__in=[unit.pk for unit in units])
    return list(people.select_related("unit").order_by("name_key")[:MOST_PEOPLE])


def parts_of(target: Target, user: User) -> list[Target]:
    """What stands of the same owner and metric within a target's period, as this person may see it."""
    found = Target.objects.visible_to(user).filter(
        unit=target.unit_id, person=target.person_id, metric=target.metric, stage=target.stage_id
    )
    within = found.filter(starts_on__gte=target.starts_on, ends_on__lte=target.ends_on)
    same = within.filter(
        Q(family=target.family, segment=target.segment)
        | Q(starts_on=target.starts_on, ends_on=target.ends_on)
    )
    return list(same.exclude(pk=target.pk).order_by("starts_on", "-ends_on", "family", "segment")[:400])


@dataclass(frozen=True)
class SheetLens:
    """Which sheet of targets somebody looks at: whose branch, of what, of which year, in which periods.

    In weeks or days `within` is the month or quarter whose they are. Parts that nobody set are multiples of `step`.
    `since` is the edition of the sheet it is compared with, by its number, 0 with none. `in_wan`: money in tens of
    thousands.
    """

    unit: Unit | None
    metric: str
    period: Period
    grain: Grain
    units: tuple[Unit, ...]
    fiscal: Fiscal
    within: Period | None = None
    step: str = STEPS[-1]
    since: int = 0
    in_wan: bool = False

    @classmethod
    def read(cls, params: Mapping[str, Any], user: User) -> SheetLens:
        """Read the query string; what it does not know is left out."""
        company = company_of(user)
        units = tuple(_visible_units(user))
        code = str(params.get("unit") or "")
        unit = next((one for one in units if one.code == code), units[0] if units else None)
        metric = str(params.get("metric") or "")
        this_year = company.fiscal.of(company.today, Grain.YEAR)
        try:
            period = company.fiscal.of(
                company.fiscal.parse(str(params.get("period") or "")).start, Grain.YEAR
            )
        except (ValueError, OverflowError):
            period = this_year
        if not EARLIEST_YEAR <= period.start.year <= LATEST_YEAR:
            period = this_year
        grain = next((one for one in GRAINS if one.value == params.get("grain")), Grain.MONTH)
        metric = metric if metric in Metric.values else Metric.BOOKINGS.value
        within = _within(str(params.get("within") or ""), period, grain, company)
        step = str(params.get("step"))
        step = step if step in STEPS else STEPS[-1]
        since = key_of(params.get("since")) or 0
        in_wan = params.get("in") == "wan"
        return cls(unit, metric, period, grain, units, company.fiscal, within, step, since, in_wan)

    @property
    def name(self) -> str:
        """The period's name."""
        return self.fiscal.name(self.period)

    @property
    def years(self) -> list[str]:
        """The years around, to choose from."""
        first = self.period.start.year
        return [str(year) for year in range(first - 2, first + 3)]

    @property
    def typed(self) -> Grain:
        """The periods that are typed into: quarters where they are looked at alone, else months."""
        return Grain.QUARTER if self.grain is Grain.QUARTER else Grain.MONTH

    @property
    def stretches(self) -> list[Period]:
        """The quarters with their months, whose weeks or days can be looked at."""
        found = []
        for quarter in self.fiscal.split(self.period, Grain.QUARTER):
            found += [quarter, *self.fiscal.split(quarter, Grain.MONTH)]
        return found

    def href(self, **changes: str) -> str:
        """The query string with some parameters changed."""
        now = {
            "unit": self.unit.code if self.unit is not None else "",
            "metric": self.metric,
            "period": self.name,
            "grain": self.grain.value,
            "within": self.fiscal.name(self.within) if self.within is not None else "",
            "step": self.step if self.step != STEPS[-1] else "",
            "since": str(self.since or ""),
            "in": "wan" if self.in_wan else "",
        } | changes
        always = ("unit", "metric", "period", "grain")
        return "?" + urlencode({name: text for name, text in now.items() if text or name in always})


def _within(text: str, year: Period, grain: Grain, company: Organisation) -> Period | None:
    """The month or quarter of a year whose weeks or days are asked for; else that of today, or the first one."""
    if grain not in (Grain.WEEK, Grain.DAY):
        return None
    fiscal = company.fiscal
    usual = Grain.QUARTER if grain is Grain.WEEK else Grain.MONTH
    day = company.today if company.today in year else year.start
    try:
        asked = fiscal.parse(text)
    except (ValueError, OverflowError):
        return fiscal.of(day, usual)
    fits = asked in (fiscal.of(asked.start, Grain.MONTH), fiscal.of(asked.start, Grain.QUARTER))
    return asked if fits and asked.start in year else fiscal.of(day, usual)


def _visible_units(user: User) -> list[Unit]:
    far = reach(user, "targets.see")
    units = Unit.objects.filter(retired_at=None).order_by("path")
    if far is not Reach.ALL:
        own = unit_ids(user, far) if far >= Reach.TEAM else {user.unit_id}
        units = units.filter(pk__in=[key for key in own if key])
    return list(units)


def above(negotiation: Negotiation) -> Negotiation:
    """What whoever sets the envelope must have the right to: the unit above; of a root the unit itself."""
    parent = negotiation.unit.parent
    return Negotiation(unit=parent) if parent is not None else negotiation


def may_say(user: User, negotiation: Negotiation) -> bool:
    """Whether somebody may write a word in a negotiation: whoever has a turn in it, while it is open."""
    return negotiation.is_open and (
        may(user, "targets.set", negotiation) or may(user, "targets.set", above(negotiation))
    )
