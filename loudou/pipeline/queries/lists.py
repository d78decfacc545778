"""Reading lists of deals: what they come to together, honestly, and the rows of one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from loudou.kernel.numbers import ZERO
from loudou.pipeline.figures.thresholds import Thresholds
from loudou.pipeline.models import Deal, Deals
from loudou.pipeline.queries.board import SHOWN, Card, stay
from loudou.pipeline.queries.flags import flags_of, thresholds
from loudou.pipeline.queries.funnels import spec_by_key
from loudou.pipeline.queries.stock import Whose, stocked
from loudou.ui.paging import CAP
from loudou.ui.prepared import MANY, Prepared, among


def _rows(keys: list[int]) -> QuerySet[Deal]:
    wanted = Deal.objects.filter(among(keys)).select_related("owner", "unit")
    return wanted.only(*SHOWN, "unit__name")


_ROWS = Prepared(_rows, MANY)


@dataclass(frozen=True)
class Total:
    """How many deals a list has and what they come to; beyond the cap neither is known without counting them all."""

    count: int | None = None
    amount: Decimal = ZERO
    weighted: Decimal = ZERO
    read: Sequence[tuple[Any, ...]] | None = None  # key and place in the order of each, where they were read

    @property
    def known(self) -> bool:
        """Whether it is exact."""
        return self.count is not None

    def __add__(self, other: Total) -> Total:
        return Total(
            (self.count or 0) + (other.count or 0), self.amount + other.amount, self.weighted + other.weighted
        )


def stock_total(whose: Whose, resting: list[bool]) -> Total:
    """What stands on all funnels, from what the database keeps of it."""
    rows = stocked(whose, resting)
    return Total(
        count=sum(row.deals for row in rows),
        amount=sum((row.amount for row in rows), ZERO),
        weighted=sum((row.weighted for row in rows), ZERO),
    )


def probe(deals: Deals, order: Sequence[str]) -> Total:
    """What these deals come to, read row by row up to the cap, with their places in an order; unknown beyond it."""
    places = ("pk", *(name.lstrip("-") for name in order))
    columns = (*places, "base_amount", "probability", "spec__probability")
    rows = list(deals.order_by().values_list(*columns)[: CAP + 1])
    if len(rows) > CAP:
        return Total()
    amount = sum((base for *_place, base, _own, _stage in rows), ZERO)
    weighted = sum((base * (stage if own is None else own) for *_place, base, own, stage in rows), ZERO)
    return Total(len(rows), amount, weighted, [row[: len(places)] for row in rows])


def whole(deals: Deals) -> Total:
    """What these deals come to, however many there are: a second or more over a million."""
    found = deals.order_by().aggregate(
        count=Count("pk"),
        amount=Sum("base_amount"),
        own=Sum(F("base_amount") * F("probability")),
        rest=Sum(F("base_amount") * F("spec__probability"), filter=Q(probability=None)),
    )
    weighted = (found["own"] or ZERO) + (found["rest"] or ZERO)
    return Total(found["count"], found["amount"] or ZERO, weighted)


def rows(keys: list[int], now: datetime, today: date) -> list[Card]:
    """The deals of one page of a list, with everything a row shows; one query."""
    limits = thresholds()
    return [_row(deal, now, today, limits) for deal in _ROWS.rows(keys)]


def _row(deal: Deal, now: datetime, today: date, limits: Thresholds) -> Card:
    """A deal as a row shows it: as a card, with all its flags."""
    deal.spec = spec_by_key(deal.funnel_version_id, deal.spec_id) or deal.spec
    return Card(deal, *stay(deal, now), flags_of(deal, now, today, limits))
