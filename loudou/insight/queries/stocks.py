"""Reading what stands on the funnel, with the success rates it counts with: inventory (M01) and forecast sheet (F16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from loudou.insight.figures.flow import LIVE, is_void, standing_at
from loudou.insight.figures.forecast import Calibrated, Pile, chance, is_due
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.flows import standing
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.scope import which, whose
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period
from loudou.pipeline.figures.history import History, Stand
from loudou.pipeline.models import Deal, StageSpec, State
from loudou.pipeline.queries.funnels import spec_of


@dataclass(frozen=True)
class Wanted:
    """Which of the deals that stand are wanted: at the instant `known` (None: now), seen on the day `today`."""

    scope: Scope
    now: datetime
    today: date
    known: datetime | None = None
    outcomes: Collection[str] = LIVE
    due: Period | None = None

    def takes(self, stand: Stand) -> bool:
        """Whether a deal that stood so is wanted."""
        mine = self.scope.takes(stand.owner, stand.unit, self.known or self.now)
        return mine and stand.outcome in self.outcomes and is_due(stand.expected_on, self.due, self.today)


@dataclass(frozen=True)
class Row:
    """A deal as it stood, for a list: what a state or the deal itself says of it."""

    deal: int
    stage: int
    version: int
    outcome: str
    owner: int
    unit: int | None
    amount: Decimal
    probability: Decimal | None
    expected_on: date | None


def piles(
    stages: Collection[int],
    wanted: Wanted,
    *,
    calibrated: Calibrated | None = None,
    otherwise: Iterable[Otherwise] = (),
) -> list[Pile]:
    """What stands in these stages, piled by success rate; two queries for the present, one for the past."""
    sums: dict[tuple[int, Decimal], list[Any]] = defaultdict(lambda: [0, ZERO])
    learned = calibrated or {}
    for stage, rate, own, count, amount in _grouped(stages, wanted):
        pile = sums[stage, chance(own, rate, learned.get(stage))]
        pile[0] += count
        pile[1] += amount
    for other in otherwise:
        for history, sign in ((other.told, -1), (other.known, 1)):
            stand = _stands(history, wanted)
            if stand is None or stand.stage not in stages:
                continue
            rate = configured(stand.stage, other.deal.funnel_version_id)
            pile = sums[stand.stage, chance(stand.probability, rate, learned.get(stand.stage))]
            pile[0] += sign
            pile[1] += sign * stand.base_amount
    return [Pile(stage, rate, count, amount) for (stage, rate), (count, amount) in sums.items()]


def present(wanted: Wanted) -> Q:
    """Deals that are wanted as they stand now."""
    asked = Q(outcome__in=wanted.outcomes) & whose(wanted.scope, at=wanted.now) & which(wanted.scope, deal="")
    return asked & _due(wanted)


def past(wanted: Wanted) -> Q:
    """States that were wanted at the instant."""
    assert wanted.known is not None
    asked = standing(wanted.known, wanted.known) & Q(outcome__in=wanted.outcomes)
    return asked & whose(wanted.scope, at=wanted.known) & which(wanted.scope) & _due(wanted)


def _grouped(
    stages: Collection[int], wanted: Wanted
) -> Iterator[tuple[int, Decimal, Decimal | None, int, Decimal]]:
    """(stage, its configured rate, own success rate, deals, amount), one for each of their combinations."""
    rows: QuerySet[Any, Any]
    if wanted.known is None:
        rows = Deal.objects.filter(present(wanted), spec__stage__in=stages)
        names = ("spec__stage", "spec__probability", "probability")
    else:
        rows = State.objects.filter(past(wanted), stage__in=stages)
        names = ("stage", "deal__funnel_version", "probability")
    counted = rows.order_by().values(*names).annotate(n=Count("pk"), total=Sum("base_amount"))
    for stage, other, own, count, amount in counted.values_list(*names, "n", "total"):
        yield stage, other if wanted.known is None else configured(stage, other), own, count, amount


def _due(wanted: Wanted) -> Q:
    if wanted.due is None:
        return Q()
    return Q(expected_on__gte=max(wanted.due.start, wanted.today), expected_on__lt=wanted.due.end)


def _stands(history: History | None, wanted: Wanted) -> Stand | None:
    """How a deal stood at the instant, if it is wanted so."""
    if history is None or is_void(history, wanted.known):
        return None
    stand = standing_at(history.stands, wanted.known)
    return stand if stand is not None and wanted.takes(stand) else None


def configured(stage: int, version: int) -> Decimal:
    """A stage's configured success rate: as the deal's version has it, else the newest version that has it."""
    spec = spec_of(version, stage)
    if spec is None:
        spec = StageSpec.objects.filter(stage=stage).order_by("-version__number").first()
    return spec.probability if spec is not None else ZERO
