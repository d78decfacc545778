"""What of a won deal falls on each product family."""

from __future__ import annotations

from typing import Any

from django.db.models import DecimalField, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, NullIf

from loudou.kernel.numbers import ZERO
from loudou.pipeline.models import Line

_LINE = "deal__lines__"


def by_family(wins: Any) -> Any:
    """Visits that ended in a win, one row a funnel's line (R096) of a product `family`, with its `share` of the amount.

    The amount is shared in the proportion of the lines' own amounts, whatever was given off the price; of lines that
    all cost nothing in the proportion of their pieces.
    """
    lines = Line.objects.filter(deal=OuterRef("deal"), system_of_record=Line.Record.FUNNEL)
    of_deal = lines.order_by().values("deal")
    own = {f"{_LINE}system_of_record": Line.Record.FUNNEL, f"{_LINE}product__family__gt": ""}
    wins = wins.filter(**own).annotate(
        family=F(f"{_LINE}product__family"),
        whole=Subquery(of_deal.annotate(n=Sum(F("quantity") * F("price"))).values("n")),
        pieces=Subquery(of_deal.annotate(n=Sum("quantity")).values("n")),
    )
    quantity, won = F(f"{_LINE}quantity"), F("left_amount")
    share = Coalesce(
        quantity * F(f"{_LINE}price") * won / NullIf(F("whole"), ZERO),
        quantity * won / NullIf(F("pieces"), ZERO),
        ZERO,
        output_field=DecimalField(max_digits=40, decimal_places=12),
    )
    return wins.annotate(share=share)
