"""Forms, and what is handed in on them."""

from __future__ import annotations

from ninja import Router

from loudou.exchange.api.forms import catalogue, records, reviews

router = Router()
for part in (catalogue, records, reviews):
    router.add_router("", part.router)

__all__ = ["router"]
