"""Exports of market walks, a row a customer met."""

from __future__ import annotations

from datetime import tzinfo

from django.utils.translation import gettext_lazy

from loudou.exchange.exporting.cells import Cell
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.market.lens import WalkLens
from loudou.market.models import Stop
from loudou.people.models import User


def _walks(user: User | None, filters: Filters) -> Rows:
    seen = WalkLens.read(filters, user).walks.order_by().values("pk")
    stops = Stop.objects.filter(walk__in=seen).select_related("walk__owner", "walk__beside", "customer")
    return stops.defer("customer__search", "customer__extra").order_by(
        "walk__day", "walk__owner__username", "walk_id", "position"
    )


def _walk(stop: Stop, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    walk = stop.walk
    customer = stop.customer.code if stop.customer is not None else stop.customer_name
    return (
        walk.owner.username,
        walk.day,
        walk.area,
        walk.beside.username if walk.beside else None,
        customer,
        *(stop.persons, stop.heard, stop.competitors, stop.prices),
        *(walk.learned, walk.follows),
    )


WALK_SHEETS = (
    Sheet(
        "market-walks",
        gettext_lazy("Market walks"),
        (
            *("username", "day", "area", "beside_username", "customer", "persons"),
            *("heard", "competitors", "prices", "learned", "follows"),
        ),
        "market.see",
        _walks,
        _walk,
        lens=WalkLens,
        persons=True,
    ),
)
