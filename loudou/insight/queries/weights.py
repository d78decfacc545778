"""What the deals behind a number weigh: the weighted amount it was shown with, and each deal's success rate (M20)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from loudou.insight.figures.forecast import Calibrated, Pile, chance
from loudou.insight.queries.foretold import chances
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.live import LiveDeals, configured, past, stands
from loudou.insight.queries.records import COUNT, Asked
from loudou.insight.queries.stocks import piles
from loudou.pipeline.models import Deal, State

WEIGHED = (
    COUNT,
    "due",
)  # numbers that pages show weighted, too: what stands on the funnel, what a sheet counts


def due_piles(asked: Asked, otherwise: Sequence[Otherwise]) -> list[Pile]:
    """What such a number counts, piled as funnel and forecast sheet add it up; two queries at most."""
    wanted = replace(asked.wanted, sheet=asked.what != COUNT)
    return [pile for pile in piles(wanted, asked.stages, otherwise) if pile.bucket == "due"]


def rates_of(
    keys: Collection[int], asked: Asked, otherwise: Sequence[Otherwise], calibrated: Calibrated
) -> dict[int, Decimal]:
    """The success rate each of these deals counts with; two queries."""
    wanted = asked.wanted
    told = {other.deal.pk: other for other in otherwise if other.deal.pk in keys}
    learned = chances(keys, wanted.learned, wanted.known)
    found = {
        key: chance(own, rate, calibrated.get(stage), learned.get(key))
        for key, stage, rate, own in _standing([key for key in keys if key not in told], wanted)
    }
    for key, other in told.items():
        stand = stands(other.known, wanted)
        if stand is not None:
            rate = configured(stand.stage, other.version)
            found[key] = chance(stand.probability, rate, calibrated.get(stand.stage), learned.get(key))
    return found


def _standing(keys: Collection[int], wanted: LiveDeals) -> list[tuple[int, int, Decimal, Decimal | None]]:
    """Each deal with its stage, that stage's configured rate and its own, now or at the instant."""
    rows: Any
    if wanted.known is None:
        rows = Deal.objects.filter(pk__in=keys)
        return list(rows.values_list("pk", "spec__stage", "spec__probability", "probability"))
    rows = State.objects.filter(past(wanted), deal__in=keys)
    told = rows.values_list("deal", "stage", "deal__funnel_version", "probability")
    return [(key, stage, configured(stage, version), own) for key, stage, version, own in told]
