"""The closes of deals whose past was known otherwise than their rows tell (M05, M07), and the parts they count in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from loudou.insight.figures.cycle import A_DAY
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.winrate import WinRate, born_of, close_in, cycle_of, standing_close
from loudou.insight.queries.courses import Key
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.rivals import Rivals
from loudou.pipeline.figures.courses import MICROSECOND


@dataclass(frozen=True)
class Parts:
    """What the parts of the whole are: of a unit, owner, source, product or competitor, or of the times from `edges` on.

    A part of time is keyed by its place among the edges, all the rest as `conversions` are.
    """

    by: str = ""
    edges: Sequence[datetime] = ()

    @property
    def kind(self) -> str:
        """Of what kind its keys are, as the database calls it."""
        return "text" if self.by in ("source", RIVALS) else "bigint"


WHOLE = Parts()
RIVALS = "competitor"


class Close(NamedTuple):
    """The close of a deal as it was known: when, at which stage, for whom, how, and to whom it was lost."""

    at: datetime
    stage: int
    owner: int | None
    unit: int | None
    won: bool
    amount: Decimal
    took: int | None
    quick: bool
    lost_to: str


def known_close(other: Otherwise, scope: Scope, span: Span, named: Rivals) -> Close | None:
    """The close of a deal as it was known, where it counts."""
    close = close_in(other.known, scope, span) if other.known is not None else None
    if other.known is None or close is None or close.left_at is None or close.left_amount is None:
        return None
    at, created_at, won = close.left_at, other.deal.created_at, close.left_by == "won"
    took, quick = None, False
    if created_at is not None:
        took = cycle_of(close, other.known, created_at) // MICROSECOND
        quick = at <= created_at + A_DAY
    # Who won it instead is written on the deal, for the close that stands.
    stands = standing_close(other.told, None)
    still = close.left_by == "lost" and stands is not None and stands.left_at == at
    lost_to = named.lost_to if still else ""
    return Close(
        at, close.stage, close.left_owner, close.left_unit, won, close.left_amount, took, quick, lost_to
    )


def known_closes(
    otherwise: Sequence[Otherwise], scope: Scope, span: Span, parts: Parts, named: Mapping[int, Rivals]
) -> Iterator[tuple[Key, bool, Decimal, int | None, bool, bool]]:
    """The closes of deals as they were known, a row for each part they count in."""
    for other in otherwise:
        rivals = named[other.deal.pk]
        close = known_close(other, scope, span, rivals)
        if close is None:
            continue
        mine = _Whose(close.at, close.owner, close.unit, close.at)
        for key in _parts_of(mine, other, scope, parts, rivals):
            lost_to = close.lost_to == key if parts.by == RIVALS else bool(close.lost_to)
            yield key, close.won, close.amount, close.took, close.quick, lost_to


class _Whose(NamedTuple):
    """When something counts, and who had the deal then: of what was created, when it first stood on the funnel."""

    at: datetime
    owner: int | None
    unit: int | None
    since: datetime


def _parts_of(mine: _Whose, other: Otherwise, scope: Scope, parts: Parts, named: Rivals) -> Collection[Key]:
    """The parts in which something of a deal counts."""
    if parts.by == RIVALS:
        return named.names
    if parts.edges:
        return [bisect_right(parts.edges, mine.at) - 1]
    if parts.by == "unit":
        belonging = scope.belonging(mine.unit, mine.since)
        return [belonging.branch if belonging is not None else mine.unit]
    if parts.by == "product":
        return other.products
    if parts.by == "owner":
        return [mine.owner]
    return [other.deal.source if parts.by == "source" else None]


def known_births(
    otherwise: Sequence[Otherwise], scope: Scope, span: Span, parts: Parts, named: Mapping[int, Rivals]
) -> Iterator[tuple[Key, WinRate]]:
    """What became of those that were created, as it was known, once for each part they count in."""
    for other in otherwise:
        if other.known is None or other.deal.created_at is None:
            continue
        one = born_of(other.known, other.deal.created_at, scope, span)
        if one.created:
            first = other.known.stays[0]
            mine = _Whose(other.deal.created_at, first.owner, first.unit, first.entered_at)
            for key in _parts_of(mine, other, scope, parts, named[other.deal.pk]):
                yield key, one
