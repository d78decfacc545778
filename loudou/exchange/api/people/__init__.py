"""People, units, rates and calendars; oneself."""

from __future__ import annotations

from ninja import Router

from loudou.exchange.api.people import oneself, persons, rates, units
from loudou.exchange.api.people.persons import named_person
from loudou.exchange.api.people.units import named_unit

router = Router()
for part in (oneself, persons, units, rates):
    router.add_router("", part.router)

__all__ = ["named_person", "named_unit", "router"]
