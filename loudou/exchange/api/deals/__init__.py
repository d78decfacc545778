"""Deals: the list, the deal itself, what can be done to it, and what hangs on it."""

from __future__ import annotations

from ninja import Router

from loudou.exchange.api.deals import acts, gates, parts, past, records, remarks

router = Router()
for part in (records, acts, gates, parts, remarks, past):
    router.add_router("", part.router)

__all__ = ["router"]
