"""Targets, what other systems tell of results, and closed books."""

from __future__ import annotations

from ninja import Router

from loudou.exchange.api.targets import actuals, closings, targets

router = Router()
for part in (targets, actuals, closings):
    router.add_router("", part.router)

__all__ = ["router"]
