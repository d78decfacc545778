"""What deals are found by."""

from __future__ import annotations

from loudou.pipeline.models import Deal
from loudou.ui.search import vector


def deal_vector(deal: Deal) -> str:
    """Title, customer and number."""
    return vector([deal.title, deal.customer_name], codes=[deal.code])
