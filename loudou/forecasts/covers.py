"""What covers the targets of everybody on a sheet (M10): what is open and due, what is left, what it takes by history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from loudou.forecasts.branches import whose
from loudou.forecasts.lens import CycleLens
from loudou.forecasts.queries import RollUp
from loudou.insight.figures.flow import Amounts
from loudou.insight.figures.slippage import Coverage, Outcomes
from loudou.insight.lens import InsightLens
from loudou.insight.queries.kept.starts import Starts, starts
from loudou.insight.reports.slippage import kept_in, periods_before, start_of
from loudou.kernel.periods import Period
from loudou.people.models import User
from loudou.people.queries import Standing, standings_of


def covers(view: RollUp, lens: CycleLens, me: User, people: Iterable[User]) -> dict[int, Coverage]:
    """The coverage of these people below somebody and of that person, by key; as many queries however many they are.

    What is open and won is what the sheet says of them. Targets and history are a person's own, of a leader those of the
    unit, by the tree as it was when each period began (B0.8).
    """
    everybody = {user.pk: user for user in (*people, me)}
    led = {key: user.unit_id for key, user in everybody.items() if user.unit_id and "unit" in whose(user)}
    kept, history = _kept(me, lens.chosen, everybody, led), _history(lens, me, set(led.values()))
    found = {}
    for key, user in everybody.items():
        said = view.says if user == me else view.says_for(key)
        past = history.of_unit(led[key]) if key in led else history.of_owner(key)
        found[key] = Coverage(Amounts(said.deals, said.due), said.closed, kept.get(key), past)
    return found


@dataclass(frozen=True)
class _History:
    """What became of the starts of the periods before, by who had the deals then."""

    periods: Sequence[Period]
    starts: Starts
    standings: Mapping[int, Sequence[Standing]]

    def of_owner(self, key: int) -> Outcomes:
        """Of what a person had."""
        return self.starts.of_owner.get(key, Outcomes())

    def of_unit(self, key: int) -> Outcomes:
        """Of what the units had that stood below this one when the period began."""
        found = Outcomes()
        for period, start in zip(self.periods, self.starts.of_unit, strict=True):
            stood = {one.unit_id for one in self.standings[key] if one.on(period.start)}
            found = sum((start[unit] for unit in stood if unit in start), found)
        return found


def _history(lens: CycleLens, me: User, units: set[int]) -> _History:
    looking = InsightLens.read({"period": lens.company.fiscal.name(lens.chosen), **whose(me)}, me)
    before = periods_before(looking, lens.chosen)
    told = starts([start_of(looking, one) for one in before])
    return _History(before, told, standings_of(units))


def _kept(me: User, period: Period, people: Iterable[int], led: Mapping[int, int]) -> dict[int, Decimal]:
    """What each of these is to book in a period, of a leader what the unit is to."""
    own = [key for key in people if key not in led]
    rows = kept_in(me, period).filter(Q(person__in=own) | Q(person=None, unit__in=set(led.values())))
    first: dict[tuple[int | None, int | None], Decimal] = {}
    for person, unit, amount in rows.values_list("person", "unit", "base_amount"):
        first.setdefault((person, None if person else unit), amount)
    wanted = {key: (None, led[key]) if key in led else (key, None) for key in people}
    return {key: first[one] for key, one in wanted.items() if one in first}
