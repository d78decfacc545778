"""A number, opened: what it counts, and the deals behind it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.db.models import QuerySet

from loudou.fieldwork.queries.activities import last_contacts
from loudou.insight.figures.flow import Amounts
from loudou.insight.figures.forecast import Calibrated, Pile
from loudou.insight.lens import InsightLens
from loudou.insight.queries import records, weights
from loudou.insight.queries.calibration import RatesInForce, year_before
from loudou.insight.queries.cycles import OF_CYCLES
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.records import Asked
from loudou.insight.queries.rivals import rivals_of
from loudou.insight.reports.conversion import late_facts
from loudou.insight.reports.forecast import sheet_period
from loudou.insight.reports.leakage import allowed
from loudou.kernel.numbers import ZERO
from loudou.pipeline.models import Deal


class Weight(NamedTuple):
    """What a deal weighs in a number: its success rate, and the amount it counts with times that, unrounded."""

    chance: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Number:
    """What a lens asks for by `what`, `stage` and `part`."""

    asked: Asked
    otherwise: Sequence[Otherwise]
    calibrated: Calibrated

    def counted(self) -> Amounts:
        """The number and its amount, as the page shows them that the question came from."""
        if self.is_weighed:
            amount = sum((pile.amount for pile in self._piles), ZERO)
            return Amounts(sum(pile.count for pile in self._piles), amount)
        return records.counted(self.asked, self.otherwise)

    def deals(self) -> QuerySet[Deal]:
        """The deals it counts, whoever may see them."""
        return records.records(self.asked, self.otherwise)

    def of_each(self, keys: Collection[int]) -> Mapping[int, Amounts]:
        """What each of these deals contributes."""
        return records.of_each(keys, self.asked, self.otherwise)

    @property
    def is_weighed(self) -> bool:
        """Whether pages show it weighted, too."""
        return self.asked.what in weights.WEIGHED

    def weighted(self) -> Decimal | None:
        """Its weighted amount, as those pages show it; None where they show none."""
        if not self.is_weighed:
            return None
        return sum((pile.weighted(self.calibrated) for pile in self._piles), ZERO)

    def weights(self, each: Mapping[int, Amounts]) -> Mapping[int, Weight]:
        """What these deals weigh that contribute so; nothing where it is not weighed."""
        if not self.is_weighed:
            return {}
        rates = weights.rates_of(list(each), self.asked, self.otherwise, self.calibrated)
        return {key: Weight(rate, each[key].amount * rate) for key, rate in rates.items()}

    @cached_property
    def _piles(self) -> Sequence[Pile]:
        return weights.due_piles(self.asked, self.otherwise)


def number_of(lens: InsightLens, what: str = "") -> Number:
    """The number a lens asks for, or `what`: of one stage, of all of the chosen funnel, else of all there are."""
    what = what or lens.what
    beyond, what = what == records.BEYOND, "due" if what == records.BEYOND else what
    chosen = lens.stage is not None or lens.funnel is not None
    funnels = [lens.shown_funnel.pk] if chosen else None
    rates = lens.rates_chosen if what in weights.WEIGHED else RatesInForce({}, frozenset())
    wanted = replace(
        lens.wanted, period=sheet_period(lens), sheet=True, funnels=funnels, learned=rates.learned
    )
    stages = [lens.stage.stage_id] if lens.stage is not None else lens.stage_keys if chosen else None
    if beyond and stages and lens.stage is not None:
        stages = lens.stage_keys[lens.stage_keys.index(lens.stage.stage_id) :]
    alone = lens.stage is not None and lens.funnel is None
    otherwise = lens.known_otherwise(funnels) if alone else lens.otherwise
    leaks = what in records.LEAKS
    if leaks:
        otherwise = late_facts(lens)
    limits = allowed(lens, otherwise) if leaks else {}
    late = [other.deal.pk for other in otherwise] if leaks else []
    lasts = last_contacts(late, lens.known) if leaks and lens.known is not None else {}
    if lens.stage is not None:
        limits = {stage: limit for stage, limit in limits.items() if stage == lens.stage.stage_id}
    rivaled = what in (*records.CLOSES, *OF_CYCLES)
    rivals = rivals_of([other.deal.pk for other in otherwise]) if rivaled else {}
    why = lens.why if what == records.GONE else None
    span = year_before(lens.now, lens.known, lens.company) if what in records.TAUGHT else lens.span
    asked = Asked(
        what, wanted, span, stages, limits, lasts, why, lens.rival if rivaled else "", rivals, lens.within
    )
    return Number(asked, otherwise, rates.calibrated)
