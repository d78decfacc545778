"""Targets: negotiated, set, followed up, what time weighs; results of other systems, budgets, closed books."""

from __future__ import annotations

from ninja import Router

from loudou.exchange.api.targets import (
    actuals,
    budgets,
    closings,
    decomposing,
    following,
    negotiations,
    targets,
    timing,
)

router = Router()
for part in (targets, decomposing, timing, negotiations, following, actuals, budgets, closings):
    router.add_router("", part.router)

__all__ = ["router"]
