"""What a forecast sheet of a past instant counts (F16), from what is kept: as known then it changes no more.

It holds for as long as nothing that was written reaches back before the instant (`pipeline.kept`). Read each time are
sheets that count with what was learned of deals, or with what a deal may be another of tomorrow (source, product), and
all of them where versions of a funnel differ in a stage's rate: by which of them a deal goes, a funnel's migration
decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, Min

from loudou.insight.figures.forecast import Pile
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.live import LiveDeals
from loudou.insight.queries.scope import whose_plain
from loudou.insight.queries.sheet import Line
from loudou.insight.queries.stocks import piles
from loudou.pipeline import kept
from loudou.pipeline.models import StageSpec

LEAST_KEPT = 500  # fewer deals are counted as quickly as found


@dataclass(frozen=True)
class PastSheet:
    """What is kept of a sheet: what it counts, and which deals are its largest. `found` is None where nothing is."""

    wanted: LiveDeals
    key: str
    until: datetime
    seen: str
    found: Any

    def piles(self, otherwise: Sequence[Otherwise]) -> list[Pile]:
        """What `stocks.piles` tells of all stages."""
        if self.found is None:
            return piles(self.wanted, None, otherwise)
        return [
            Pile(stage, Decimal(rate), count, Decimal(amount), Decimal(own), Decimal(plain), bucket)
            for stage, rate, count, amount, own, plain, bucket in self.found["piles"]
        ]

    @property
    def largest(self) -> list[int] | None:
        """The largest deals of all stages, whatever was learned of them since; None where that is not known."""
        largest: list[int] | None = self.found["largest"] if self.found is not None else None
        return largest

    def keep(self, counted: Sequence[Pile], largest: Sequence[Line] | None) -> None:
        """Keep what was read, where nothing is kept yet and there is enough of it."""
        if self.found is None and sum(pile.count for pile in counted) >= LEAST_KEPT:
            deals = [line.deal for line in largest] if largest is not None else None
            told = {"piles": [_plain(pile) for pile in counted], "largest": deals}
            kept.keep(self.key, self.until, told, self.seen)


def past_sheet(wanted: LiveDeals, most: int | None) -> PastSheet | None:
    """What is kept of a sheet of a past instant, `most` deals of each stage; None where none is kept. Two queries."""
    if wanted.known is None or wanted.learned or wanted.scope.by_deal or _rates_differ():
        return None
    funnels = sorted(wanted.funnels) if wanted.funnels is not None else None
    whose = wanted.scope.owner, whose_plain(wanted.scope)
    when = str(wanted.known), wanted.today, wanted.period
    key = kept.key_of("sheet", *when, wanted.has_plans, funnels, *whose, most)
    found, seen = kept.look(key)
    return PastSheet(wanted, key, wanted.known, seen, found)


def _rates_differ() -> bool:
    published = StageSpec.objects.exclude(version__published_at=None).order_by().values("stage")
    rates = published.annotate(low=Min("probability"), high=Max("probability"))
    return rates.filter(low__lt=F("high")).exists()


def _plain(pile: Pile) -> list[Any]:
    return [value if isinstance(value, int | str) else str(value) for value in astuple(pile)]
