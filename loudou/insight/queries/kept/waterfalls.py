"""Waterfalls from kept sums (M13, M11): what was known at an instant, and the deals that something was learned of since.

As known then a waterfall does not change any more, so that its sums are kept (`pipeline.kept`). One that runs on to the
present is kept as of the last look: the deals of which a fact became known since are taken out as they stood then and
put in as they stand now; of all others nothing is known that was not known then. Both are counted by the same
statements, over these deals alone. What was handed over between units of a changed tree, or is valued at rates of the
day, is counted directly.
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
from loudou.insight.figures.waterfall import ENTRIES, Waterfall
from loudou.insight.queries.scope import ever, whose_plain
from loudou.insight.queries.slippage import fates_of, start_outcomes
from loudou.insight.queries.waterfall import Found, Past, count, count_each, late_deals, load
from loudou.insight.queries.ways import Asked
from loudou.pipeline import kept
from loudou.pipeline.models import Move

MOST_CHANGED = 20_000  # beyond so many deals it is quicker to count all of them
LEAST_KEPT = 500  # fewer are counted as quickly as found
CARRIED_ON = 100  # after so many changed deals it is kept anew, so that the next look has fewer
_ENDS = ("won_at_start", "lost", "moved_out", "still_open")


@dataclass(frozen=True)
class Told:
    """A waterfall, and what became of its start."""

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


def told(asked: Asked, *, runs: bool = False) -> tuple[Told, Mapping[int, Past]]:
    """The waterfall with what became of its start (`Asked.begun`), and the deals no statement can know.

    Whether it `runs` on to the present, says who asks: the next look is one at another instant then.
    """
    until = asked.between.until
    if not _keepable(asked):
        return _anew(asked, late_deals(asked))
    key = _key(asked, runs=runs)
    found, seen = kept.look(key)
    at = datetime.fromisoformat(found["at"]) if found is not None else until
    changed = _changed(at, until, asked.scope) if at < until else []
    late = late_deals(asked, also=at)
    if found is None or at > until or len(changed) > MOST_CHANGED or _turned(asked.scope, at, until):
        answer, pasts = _anew(asked, late)
        anew = answer.size >= LEAST_KEPT
    else:
        then = replace(asked, between=replace(asked.between, until=at))
        answer, pasts = _carried_on(Told.read(found), then, replace(asked, only=changed), late)
        anew = len(changed) >= CARRIED_ON
    if anew:
        kept.keep(key, until, {"at": until.isoformat(), **answer.plain()}, seen)
    return answer, pasts


def directly(asked: Asked) -> Told:
    """The same, counted from the states: the waterfall and what became of its start each for itself."""
    found = count(asked)
    return Told(found.waterfall, start_outcomes(_looked_forward(asked), found.pasts))


def _anew(asked: Asked, late: Mapping[int, int]) -> tuple[Told, Mapping[int, Past]]:
    """It counted from the states, and the pasts of the late deals."""
    found = count(asked, late)
    return told_by(found, asked), found.pasts


def told_by(found: Found, asked: Asked) -> Told:
    """A waterfall that was counted, with what became of its start."""
    return Told(
        found.waterfall, found.begun + fates_of(_looked_forward(asked), {**found.pasts, **found.seen})
    )


def _looked_forward(asked: Asked) -> Asked:
    return replace(asked, between=replace(asked.between, window=asked.begun))


def _carried_on(
    found: Told, then: Asked, now: Asked, late: Mapping[int, int]
) -> tuple[Told, Mapping[int, Past]]:
    """What was kept, with the changed deals as they stand now and not as they stood then; the pasts of the late deals."""
    if not now.only:
        return found, load(late)
    then = replace(then, only=now.only)
    (before, since), pasts = count_each([then, now], late)
    return found + -told_by(before, then) + told_by(since, now), pasts


def _keepable(asked: Asked) -> bool:
    between, scope = asked.between, asked.scope
    by_plan = between.rates.on is None and not between.rates.frozen
    whole = scope.owner is None and not scope.by_deal and asked.funnels is None
    return between.since < between.until and whole and by_plan


def _turned(scope: Scope, since: datetime, until: datetime) -> bool:
    """Whether a unit began or ceased to count in between: what stands at an instant is whose it was just before."""
    edges = (edge for one in scope.units or () for edge in (one.since, one.until))
    return any(edge is not None and since <= edge < until for edge in edges)


def _changed(since: datetime, until: datetime, scope: Scope) -> list[int]:
    """The scope's deals of which a fact became known in between, one too many at most.

    No fact is known before it happens. A deal that the scope never had brings nothing to either waterfall.
    """
    moves = Move.objects.filter(ever(scope, deal="deal"), known_at__gte=since, known_at__lt=until)
    return list(moves.values_list("deal", flat=True).distinct()[: MOST_CHANGED + 1])


def _key(asked: Asked, *, runs: bool) -> str:
    """All that is asked, as one name."""
    between = asked.between
    return kept.key_of(
        "waterfall",
        between.since.timestamp(),
        None if runs else between.until.timestamp(),
        str(between.zone),
        between.window,
        asked.begun,
        sorted(between.rates.start.items()),
        sorted(between.rates.end.items()),
        whose_plain(asked.scope),
    )


def _plain(parts: Mapping[str, Amounts]) -> dict[str, list[Any]]:
    return {name: [amounts.count, str(amounts.amount)] for name, amounts in parts.items()}


def _amounts(plain: Mapping[str, list[Any]]) -> dict[str, Amounts]:
    return {name: Amounts(number, Decimal(amount)) for name, (number, amount) in plain.items()}
