"""What became of the starts of periods that are over, by who had the deals then: kept, since it changes no more (M10, M11).

It holds for as long as nothing that was written reaches back before the end of the last of them (`pipeline.kept`). Not
kept is what a deal may be another of tomorrow, and what is valued at rates of the day. Few deals are kept as well: in a
house of a million they are found among those of all others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from loudou.insight.figures.flow import Amounts
from loudou.insight.figures.slippage import Outcomes
from loudou.insight.queries.scope import whose_plain
from loudou.insight.queries.slippage import by_holder
from loudou.insight.queries.ways import Asked
from loudou.kernel import clock
from loudou.pipeline import kept


@dataclass(frozen=True)
class Starts:
    """The starts of several periods: of all of them by owner, of each by unit."""

    of_owner: Mapping[int, Outcomes]
    of_unit: Sequence[Mapping[int | None, Outcomes]]

    def plain(self) -> Any:
        """As it is kept."""
        return [_plain(self.of_owner), *map(_plain, self.of_unit)]

    @classmethod
    def read(cls, plain: Any) -> Starts:
        """From what was kept."""
        owners, *units = map(_read, plain)
        return cls(owners, units)


def starts(some: Sequence[Asked]) -> Starts:
    """What became of the starts of several spans of one scope, the earliest first; from what was kept, one query."""
    until = some[-1].between.until
    if until >= clock.now() or not all(map(_keepable, some)):
        return _counted(some)
    return Starts.read(kept.remembered(_key(some), until, lambda: _counted(some).plain()))


def _counted(some: Sequence[Asked]) -> Starts:
    owners: dict[int, Outcomes] = defaultdict(Outcomes)
    units: list[dict[int | None, Outcomes]] = []
    for told in by_holder(some):
        here: dict[int | None, Outcomes] = defaultdict(Outcomes)
        for holder, one in told.items():
            owners[holder.owner] += one
            here[holder.unit] += one
        units.append(dict(here))
    return Starts(dict(owners), units)


def _keepable(asked: Asked) -> bool:
    by_plan = asked.between.rates.on is None and not asked.between.rates.frozen
    return by_plan and not asked.scope.by_deal and asked.funnels is None and asked.only is None


def _key(some: Sequence[Asked]) -> str:
    """All that is asked, as one name."""
    edges = [
        (
            str(one.between.since),
            str(one.between.until),
            str(one.between.window),
            sorted((code, str(rate)) for code, rate in one.between.rates.start.items()),
            str(one.between.rates.unit),
        )
        for one in some
    ]
    scope = some[0].scope
    return kept.key_of("starts", scope.owner, whose_plain(scope), edges)


def _plain(found: Mapping[Any, Outcomes]) -> list[list[Any]]:
    return [
        [
            key,
            *((part.count, str(part.amount)) for part in _parts(one)),
            str(one.won),
        ]
        for key, one in found.items()
    ]


def _parts(one: Outcomes) -> tuple[Amounts, ...]:
    return one.won_at_start, one.lost, one.moved_out, one.still_open


def _read(rows: Sequence[Any]) -> dict[Any, Outcomes]:
    found = {}
    for key, *parts, brought in rows:
        won, lost, moved_out, still_open = (Amounts(count, Decimal(amount)) for count, amount in parts)
        found[key] = Outcomes(won, lost, moved_out, still_open, Decimal(brought))
    return found
