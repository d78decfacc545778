"""What a person is looking at: whom, when, as known when. Read from the query string, and narrowed to what they may see.

A room's own lens extends this one with what it filters by, and turns it into querysets that are permitted already:
access enters a report here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet

from loudou.kernel import clock
from loudou.kernel.periods import Grain, Period, midnight, parse_instant
from loudou.people.access import company_of, reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Membership, Organisation, Unit, User
from loudou.people.queries import IDLE_DAYS, Standing, found, standings_below
from loudou.people.roles import ROLES


@dataclass(frozen=True)
class PeopleLens:
    """Whom (`unit` with everything below it, `owner`), when (`period`), as known when (`as_of`).

    `asked` keeps the parameters as they were understood; what could not be understood is left out and named in
    `problems`, so that a mistyped address shows a page and says so.
    """

    user: User | None
    company: Organisation
    unit: Unit | None = None
    owner: User | None = None
    period: Period | None = None
    as_of: datetime | None = None
    asked: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    see = "people.see"  # the verb whose reach bounds what the lens may show; rooms name their own

    @classmethod
    def read(cls, params: Mapping[str, Any], user: User | None) -> Self:
        """Read the query string (or a command's options). `None` as user is the system: everything."""
        lens = cls(user, company_of(user))
        for name in lens.names():
            raw = str(params.get(name) or "").strip()
            if not raw:
                continue
            try:
                lens = lens._take(name, raw)
            except (ValueError, OverflowError):
                lens = replace(lens, problems=(*lens.problems, name))
            else:
                lens = replace(lens, asked={**lens.asked, name: raw})
        return lens

    def names(self) -> tuple[str, ...]:
        """The parameters it understands, in the order they are read."""
        return ("unit", "owner", "period", "from", "to", "as_of")

    def href(self, **changes: str | None) -> str:
        """The query string with some parameters changed; None takes one out."""
        kept = {name: value for name, value in {**self.asked, **changes}.items() if value}
        return "?" + urlencode(kept)

    def without(self, *names: str) -> str:
        """The query string without these parameters: a filter chip's ×."""
        return self.href(**dict.fromkeys(names))

    @property
    def far(self) -> Reach:
        """How far the person sees with this lens."""
        return reach(self.user, self.see)

    @cached_property
    def units(self) -> frozenset[int] | None:
        """The units the chosen one has below it today, cut to what the person may see; None: no unit was chosen."""
        if self.unit is None:
            return None
        below = frozenset(Unit.objects.filter(path__startswith=self.unit.path).values_list("pk", flat=True))
        if self.user is None or self.far is Reach.ALL:
            return below
        return below & unit_ids(self.user, self.far)

    @cached_property
    def standings(self) -> list[Standing] | None:
        """Every unit that ever stood below the chosen one, with when: how flows of the past are attributed (B0.8)."""
        return standings_below(self.unit) if self.unit is not None else None

    def rows_then(self, at: str, unit: str = "unit", zone: tzinfo | None = None) -> Q:
        """Rows of what stood below the chosen unit at their own time, as reports count them (B0.8); all without a unit.

        The column `at` holds days; with a `zone`, instants.
        """
        if self.standings is None:
            return Q()
        always = [one.unit_id for one in self.standings if one.since is None and one.until is None]
        wanted = Q(**{f"{unit}__in": sorted(always)})
        for one in self.standings:
            if one.unit_id not in always:
                edges = {f"{at}__gte": one.since, f"{at}__lt": one.until}
                known = {name: day for name, day in edges.items() if day is not None}
                within = {name: midnight(day, zone) if zone else day for name, day in known.items()}
                wanted |= Q(**{unit: one.unit_id}, **within)
        return wanted

    @cached_property
    def unit_choices(self) -> list[Unit]:
        """The units the person may choose, as a tree in order."""
        units = Unit.objects.filter(retired_at=None).order_by("path")
        if self.user is not None and self.far is not Reach.ALL:
            units = units.filter(pk__in=unit_ids(self.user, self.far))
        return list(units)

    @cached_property
    def owner_choices(self) -> list[User]:
        """The people the person may choose: those of the chosen unit, else of all they may see; at most 200."""
        people = User.objects.active().exclude(unit=None)
        within = self.units
        if within is None and self.user is not None and self.far is not Reach.ALL:
            within = unit_ids(self.user, self.far)
        if self.user is not None and self.far is Reach.OWN:
            return [self.user]
        if within is not None:
            people = people.filter(unit__in=within)
        return list(people.only("username", "name").order_by("name_key")[:200])

    def period_choices(self) -> list[tuple[str, Period]]:
        """This, the last and the next quarter, month and year, as (name, period)."""
        fiscal, today = self.company.fiscal, self.company.today
        chosen = []
        for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
            now = fiscal.of(today, grain)
            chosen += [fiscal.previous(now), now, fiscal.of(now.end, grain)]
        return [(fiscal.name(period), period) for period in chosen]

    def or_this_quarter(self) -> Period:
        """The chosen period, else the present quarter."""
        return self.period or self.company.fiscal.of(self.company.today, Grain.QUARTER)

    def before(self) -> Period:
        """The equal period just before."""
        return self.company.fiscal.previous(self.or_this_quarter())

    def _take(self, name: str, raw: str) -> Self:
        """This lens with one more parameter; raises `ValueError` for what it does not understand."""
        if name == "unit":
            return replace(self, unit=self._unit(raw))
        if name == "owner":
            return replace(self, owner=self._owner(raw))
        if name == "period":
            return replace(self, period=self.company.fiscal.parse(raw))
        if name == "from":
            return replace(self, period=Period(date.fromisoformat(raw), date.max))
        if name == "to":
            start = self.period.start if self.period else date.min
            return replace(self, period=Period(start, date.fromisoformat(raw)))
        if name == "as_of":
            return replace(self, as_of=parse_instant(raw, self.company.zone))
        raise ValueError(name)

    def _unit(self, raw: str) -> Unit:
        own = self.user.unit if self.user is not None else None  # came with the person
        unit = own if own is not None and own.code == raw else Unit.objects.filter(code=raw).first()
        if unit is None:
            raise ValueError(raw)
        if (
            self.user is not None
            and self.far is not Reach.ALL
            and unit.pk not in unit_ids(self.user, self.far)
        ):
            raise ValueError(raw)
        return unit

    def _owner(self, raw: str) -> User:
        if raw == "me" and self.user is not None:
            return self.user
        user = User.objects.filter(username__iexact=raw).first()
        if user is None:
            raise ValueError(raw)
        return user


def parameters(lens: PeopleLens) -> dict[str, Any]:
    """The lens' own fields, for a room's lens to be built from another room's."""
    return {item.name: getattr(lens, item.name) for item in fields(PeopleLens)}


@dataclass(frozen=True)
class DirectoryLens(PeopleLens):
    """Which people a list shows: found by a text, of a unit, with a role, in a state."""

    text: str = ""
    role: str = ""
    state: str = ""

    # active is what the list shows unasked
    STATES = ("active", "closed", "idle", "no_second_factor")

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "q", "role", "state")

    @property
    def people(self) -> QuerySet[User]:
        """The people asked for, cut to whom the person may see."""
        wanted = found(self.text).select_related("unit", "manager")
        if self.user is not None and self.far is not Reach.ALL:
            wanted = wanted.filter(pk__in=[self.user.pk, self.user.manager_id])
        if self.unit is not None:
            wanted = wanted.filter(unit__path__startswith=self.unit.path)
        if self.role:
            wanted = wanted.filter(roles__contains=[self.role])
        wanted = wanted.filter(is_active=self.state != "closed")
        if self.state == "idle":
            since = clock.now() - timedelta(days=IDLE_DAYS)
            wanted = wanted.filter(Q(last_login__lt=since) | Q(last_login=None) & _here_before(since.date()))
        if self.state == "no_second_factor":
            wanted = wanted.filter(totp_secret="")
        return wanted

    def _take(self, name: str, raw: str) -> Self:
        if name == "q":
            return replace(self, text=raw[:60])
        if name == "role" and raw in ROLES:
            return replace(self, role=raw)
        if name == "state" and raw in self.STATES:
            return replace(self, state=raw)
        return super()._take(name, raw)


def _here_before(day: date) -> Q:
    """People who were here before a day: by when they joined, else by when their first unit got them."""
    places = Membership.objects.filter(user=OuterRef("pk"))
    known = Q(Exists(places.filter(since__lt=day))) | ~Q(Exists(places))
    return Q(joined_on__lt=day) | Q(joined_on=None) & known
