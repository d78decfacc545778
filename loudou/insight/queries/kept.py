"""Waterfalls from kept sums (M13, M11): what was known at a midnight, and the deals that something was learned of since.

As known then a waterfall does not change any more, so that its sums are kept (`pipeline.kept`). For a later instant
the deals of which a fact became known in between are taken out as they stood at midnight and put in as they stood at
the instant; of all others nothing is known that was not known then. Both are counted by the same statements, over
these deals alone. What was handed over between units of a changed tree, or is valued at rates of the day, is counted
directly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from loudou.insight.figures.flow import Amounts
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.slippage import Outcomes
from loudou.insight.figures.waterfall import ENTRIES, Between, Waterfall
from loudou.insight.queries.scope import ever, whose_plain
from loudou.insight.queries.slippage import start_outcomes
from loudou.insight.queries.waterfall import Asked, Found, Past, count, count_each, late_pasts
from loudou.kernel.periods import Period, midnight
from loudou.pipeline import kept
from loudou.pipeline.models import Move

MOST_CHANGED = 20_000  # beyond so many deals it is quicker to count all of them
LEAST_KEPT = 500  # fewer are counted as quickly as found; keeping asks once more on a day's first look
_ENDS = ("won_at_start", "lost", "moved_out", "still_open")


@dataclass(frozen=True)
class Told:
    """A waterfall, and what became of its start in a window."""

    waterfall: Waterfall
    outcomes: Outcomes

    def __add__(self, other: Told) -> Told:
        return Told(self.waterfall + other.waterfall, self.outcomes + other.outcomes)

    def __neg__(self) -> Told:
        buckets = {name: -amounts for name, amounts in self.waterfall.buckets.items()}
        turned = {name: -getattr(self.outcomes, name) for name in (*_ENDS, "won")}
        return Told(Waterfall(buckets), Outcomes(**turned))

    @property
    def size(self) -> int:
        """How many deals came in by some door."""
        return sum(self.waterfall[name].count for name in ENTRIES)

    def plain(self) -> Any:
        """As it is kept."""
        parts = {name: getattr(self.outcomes, name) for name in _ENDS}
        return {
            "waterfall": _plain(self.waterfall.buckets),
            "outcomes": _plain(parts),
            "won": str(self.outcomes.won),
        }

    @classmethod
    def read(cls, plain: Any) -> Told:
        """From what was kept."""
        parts: Any = _amounts(plain["outcomes"])
        return cls(Waterfall(_amounts(plain["waterfall"])), Outcomes(**parts, won=Decimal(plain["won"])))


def told(asked: Asked, window: Period, late: Mapping[int, Past]) -> Told:
    """The waterfall, and what became of what stood in `window` at its start; `late` as `late_then` gives them."""
    at = _midnight(asked.between)
    if not _keepable(asked, at):
        return directly(asked, window, late)
    then = replace(asked, between=replace(asked.between, until=at))
    found, seen = kept.look(_key(then, window))
    if found is not None:
        changed = _changed(at, asked.between.until, asked.scope)
        if len(changed) <= MOST_CHANGED:
            return _carried_on(Told.read(found), then, replace(asked, only=changed), window, late)
    answer = directly(asked, window, late)
    if found is None and answer.size >= LEAST_KEPT:
        kept.keep(_key(then, window), at, directly(then, window).plain(), seen)
    return answer


def late_then(asked: Asked) -> dict[int, Past]:
    """The deals that no statement can know at the instants of a waterfall and at the midnight it is kept for."""
    return late_pasts(asked, also=_midnight(asked.between))


def directly(asked: Asked, window: Period, late: Mapping[int, Past] | None = None) -> Told:
    """The same, counted from the states."""
    return told_by(count(asked, late), asked, window)


def told_by(found: Found, asked: Asked, window: Period) -> Told:
    """A waterfall that was counted, with what became of its start."""
    pasts = {key: found.pasts[key] for key in found.late}
    wanted = replace(asked, between=replace(asked.between, window=window))
    return Told(found.waterfall, start_outcomes(wanted, pasts))


def _carried_on(found: Told, then: Asked, now: Asked, window: Period, late: Mapping[int, Past]) -> Told:
    """What was kept, with the changed deals as they stand now and not as they stood then."""
    if not now.only:
        return found
    then = replace(then, only=now.only)
    before, since = count_each([then, now], late)
    return found + -told_by(before, then, window) + told_by(since, now, window)


def _keepable(asked: Asked, at: datetime) -> bool:
    between, scope = asked.between, asked.scope
    turned = any(
        edge is not None and at < edge <= between.until
        for one in scope.units or ()
        for edge in (one.since, one.until)
    )
    by_plan = between.rates.on is None and not between.rates.frozen
    whole = scope.owner is None and not scope.by_deal and asked.funnels is None
    return between.since < at and whole and by_plan and not turned


def _midnight(between: Between) -> datetime:
    return midnight(between.until.astimezone(between.zone).date(), between.zone)


def _changed(since: datetime, until: datetime, scope: Scope) -> list[int]:
    """The scope's deals of which a fact became known in between, one too many at most.

    No fact is known before it happens. A deal that the scope never had brings nothing to either waterfall.
    """
    moves = Move.objects.filter(ever(scope, deal="deal"), known_at__gte=since, known_at__lt=until)
    return list(moves.values_list("deal", flat=True).distinct()[: MOST_CHANGED + 1])


def _key(asked: Asked, window: Period) -> str:
    """All that is asked, as one name."""
    between = asked.between
    return kept.key_of(
        "waterfall",
        between.since.timestamp(),
        between.until.timestamp(),
        str(between.zone),
        between.window,
        window,
        sorted(between.rates.start.items()),
        sorted(between.rates.end.items()),
        whose_plain(asked.scope),
    )


def _plain(parts: Mapping[str, Amounts]) -> dict[str, list[Any]]:
    return {name: [amounts.count, str(amounts.amount)] for name, amounts in parts.items()}


def _amounts(plain: Mapping[str, list[Any]]) -> dict[str, Amounts]:
    return {name: Amounts(number, Decimal(amount)) for name, (number, amount) in plain.items()}
