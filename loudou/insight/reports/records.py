"""A number, opened: what it counts, and the deals behind it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from loudou.insight.figures.flow import Amounts
from loudou.insight.lens import InsightLens
from loudou.insight.queries import records
from loudou.insight.queries.known import Otherwise, known_otherwise
from loudou.insight.queries.records import Asked
from loudou.insight.queries.stocks import Wanted
from loudou.insight.reports.conversion import late_facts
from loudou.insight.reports.forecast import sheet_period
from loudou.insight.reports.leakage import allowed
from loudou.pipeline.models import Deal


@dataclass(frozen=True)
class Number:
    """What a lens asks for by `what`, `stage` and `part`."""

    asked: Asked
    otherwise: Sequence[Otherwise]

    def counted(self) -> Amounts:
        """The number and its amount, as the page shows them that the question came from."""
        return records.counted(self.asked, self.otherwise)

    def deals(self) -> QuerySet[Deal]:
        """The deals it counts, whoever may see them."""
        return records.records(self.asked, self.otherwise)

    def of_each(self, keys: Collection[int]) -> Mapping[int, Amounts]:
        """What each of these deals contributes."""
        return records.of_each(keys, self.asked, self.otherwise)


def number_of(lens: InsightLens) -> Number:
    """The number a lens asks for: of one stage, of all of the chosen funnel, else of all there are."""
    chosen = lens.stage is not None or lens.funnel is not None
    funnels = [lens.shown_funnel.pk] if chosen else None
    wanted = Wanted(
        lens.scope, lens.now, lens.today, lens.known, sheet_period(lens), sheet=True, funnels=funnels
    )
    stages = [lens.stage.stage_id] if lens.stage is not None else lens.stage_keys if chosen else None
    otherwise = known_otherwise(lens.known, lens.scope, funnels)
    if lens.what == records.LEAK:
        otherwise = late_facts(lens)
    limits = allowed(lens, otherwise) if lens.what == records.LEAK else {}
    if lens.stage is not None:
        limits = {stage: limit for stage, limit in limits.items() if stage == lens.stage.stage_id}
    return Number(Asked(lens.what, wanted, lens.span, stages, limits), otherwise)
