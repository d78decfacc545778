"""Deals. Whoever may import history takes them over as they began elsewhere; everybody else opens them like on the page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from loudou.exchange.importing.kinds.deals.columns import COLUMNS
from loudou.exchange.importing.kinds.deals.taking import also, key, take
from loudou.exchange.importing.spec import Kind, register

register(
    Kind(
        name="deals",
        title=gettext_lazy("Deals"),
        rights=("pipeline.open", "exchange.import_history"),
        order=50,
        keeps=True,
        take=take,
        key=key,
        also=also,
        columns=COLUMNS,
    )
)
