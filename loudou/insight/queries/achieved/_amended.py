"""Deals whose frozen past is another by what was written since (`domain.md` C20): as it was frozen, and as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from loudou.insight.figures.winrate import LOST, standing_close
from loudou.kernel.numbers import ZERO, rounded
from loudou.pipeline.figures.history import Fact, History, unfold
from loudou.pipeline.models import Deal, Move
from loudou.pipeline.models.history import MoveKind
from loudou.pipeline.queries.courses import courses_of
from loudou.pipeline.queries.funnels import order_in, specs
from loudou.pipeline.queries.history import fact_of

ENDS = ("won", *LOST)


class End(NamedTuple):
    """How a deal ended, and for whom."""

    by: str
    at: datetime
    owner: int
    unit: int | None
    amount: Decimal


class Reach(NamedTuple):
    """When a deal reached a stage, and for whom."""

    stage: int
    at: datetime
    owner: int
    unit: int | None
    amount: Decimal


@dataclass(frozen=True)
class Standing:
    """What targets count of a deal before an instant: its end, the stages it reached."""

    end: End | None = None
    reached: frozenset[Reach] = frozenset()


@dataclass(frozen=True)
class Amended:
    """A deal whose frozen past is another by what came late."""

    deal: int
    customer: int | None
    stood: Standing
    stands: Standing

    @property
    def ends(self) -> list[tuple[int, End]]:
        """The ends to be taken away and added."""
        if self.stood.end == self.stands.end:
            return []
        signed = (-1, self.stood.end), (1, self.stands.end)
        return [(sign, end) for sign, end in signed if end is not None]

    @property
    def reaches(self) -> list[tuple[int, Reach]]:
        """What is to be taken away from stages and added to them."""
        less, more = self.stood.reached - self.stands.reached, self.stands.reached - self.stood.reached
        return [*((-1, one) for one in _in_order(less)), *((1, one) for one in _in_order(more))]


def _in_order(reached: Iterable[Reach]) -> list[Reach]:
    return sorted(reached, key=lambda one: (one.at, one.stage))


def amended_deals(
    deals: Collection[int], before: datetime, written: datetime, known: datetime | None
) -> list[Amended]:
    """Those of the deals that were known when books were closed and count otherwise now (one query).

    `before` is the end of the closed months, `written` when they were closed; `known` what is asked as of.
    """
    moves: dict[int, list[Move]] = defaultdict(list)
    rows = Move.objects.filter(deal__in=deals).select_related("deal__funnel")
    for move in rows.order_by("deal_id", "at", "id") if deals else ():
        moves[move.deal_id].append(move)
    found = []
    for key, some in moves.items():
        deal = some[0].deal
        now = [move for move in some if known is None or move.recorded_at < known]
        stood = _standing(deal, _former(deal, some, written), before)
        stands = _standing(deal, _priced(now), before) if now and now[0] is some[0] else stood
        if stood != stands:
            found.append(Amended(key, deal.customer_id, stood, stands))
    return found


def _former(deal: Deal, moves: Sequence[Move], written: datetime) -> list[Fact]:
    """A deal's facts as they were written when books were closed; that a funnel renamed a stage since is no fact of it.

    A birth that gave way to an earlier one since is a birth again; one that gave way to the first row told is made
    again of what the deal's own row says.
    """
    rows = [move for move in moves if move.recorded_at <= written or move.kind == MoveKind.MIGRATE]
    birth = fact_of(moves[0])
    if all(move.kind == MoveKind.MIGRATE for move in rows):
        return _row_alone(deal, birth)
    if rows[0] is moves[0]:
        return _priced(rows)
    first = fact_of(rows[0])
    return _priced(rows, birth._replace(kind="enter", at=first.at, stage=first.stage, skipped=0))


def _row_alone(deal: Deal, birth: Fact) -> list[Fact]:
    """The birth of an imported deal before anything was told of it; none where its row had no date (C21)."""
    brought = (deal.brought or {}) | (deal.brought or {}).get("first", {})
    if not brought.get("at"):
        return []
    amount = Decimal(brought["amount"] or 0)
    at, first = datetime.fromisoformat(brought["at"]), specs(deal.funnel_version_id)[0].stage_id
    return [birth._replace(at=at, stage=first, amount=amount, base_amount=_in_base(amount, birth), skipped=0)]


def _in_base(amount: Decimal, fact: Fact) -> Decimal:
    """An amount at the rate of a fact."""
    if not fact.amount:
        return amount
    return rounded(amount * (fact.base_amount if fact.base_amount is not None else fact.amount) / fact.amount)


def _priced(moves: Sequence[Move], birth: Fact | None = None) -> list[Fact]:
    """The moves as facts; an imported win without an amount of its own is one at what the deal stood at by these."""
    first = birth or fact_of(moves[0])
    facts, stood = [first], first.amount or ZERO
    for move in moves[1:]:
        fact = fact_of(move)
        if fact.kind == "won" and move.import_key is not None and move.stated is None and fact.amount:
            fact = fact._replace(amount=stood, base_amount=_in_base(stood, fact))
        stood = fact.amount if fact.amount is not None else stood
        facts.append(fact)
    return facts


def _standing(deal: Deal, facts: Sequence[Fact], before: datetime) -> Standing:
    """What counts of a deal of these facts before an instant; nothing of one that is invalid."""
    order = order_in(deal.funnel)
    history = unfold(facts, order) if facts else None
    if history is None or history.now.outcome == "invalid":
        return Standing()
    return Standing(_end(history, before), _reached(deal, history, order, before))


def _end(history: History, before: datetime) -> End | None:
    close = standing_close(history, None)
    if close is None or close.left_at is None or close.left_at >= before or close.left_by not in ENDS:
        return None
    assert close.left_owner is not None and close.left_amount is not None
    return End(close.left_by, close.left_at, close.left_owner, close.left_unit, close.left_amount)


def _reached(deal: Deal, history: History, order: Mapping[int, int], before: datetime) -> frozenset[Reach]:
    if deal.legacy:
        return frozenset()
    ways = courses_of(history, deal.funnel_version_id, order)
    return frozenset(Reach(*way[:5]) for way in ways if way.reached_at < before)
