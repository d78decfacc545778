"""What becomes of deals when something happens to their customer (`customers.consequences`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from loudou.customers.consequences import when
from loudou.customers.models import Customer
from loudou.journal.bulk import update_rows
from loudou.journal.record import record_each
from loudou.people.access import may
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.models import Deal
from loudou.pipeline.verbs._search import deal_vector
from loudou.pipeline.verbs.handing_over import hand_over


@when("renamed")
def _follow_name(customer: Customer, *, by: User | None) -> None:
    """Deals are found and listed under the customer's present name."""
    _name_after(Deal.objects.filter(customer=customer), customer)


@when("handed_over")
def _go_along(customer: Customer, *, former: User | None, owner: User, reason: str, by: User | None) -> None:
    """Live deals of the former owner go to the new one, as far as who hands over may do that."""
    for deal in Deal.objects.live().filter(customer=customer, owner=former).order_by("pk"):
        if may(by, "pipeline.hand_over", deal):
            hand_over(deal, owner=owner, by=by, reason=reason)


@when("merged")
def _follow_merge(customer: Customer, *, merged: Customer, by: User | None) -> dict[str, Any]:
    """Deals become those of the customer that stays; which ones is remembered."""
    return {"deals": _give(Deal.objects.filter(customer=merged), merged, customer, by)}


@when("unmerged")
def _return(customer: Customer, *, merged: Customer, moved: dict[str, Any], by: User | None) -> None:
    """Exactly those deals go back that came, unless somebody gave them another customer since."""
    _give(Deal.objects.filter(pk__in=moved.get("deals", ()), customer=customer), customer, merged, by)


def _give(wanted: Iterable[Deal], former: Customer, customer: Customer, by: User | None) -> list[int]:
    deals = list(wanted)
    _name_after(deals, customer)
    change = {"changes": {"customer": [former, customer]}}
    record_each(events.EDITED, ((deal, change) for deal in deals), by=by)
    return [deal.pk for deal in deals]


def _name_after(wanted: Iterable[Deal], customer: Customer) -> None:
    deals: Sequence[Deal] = list(wanted)
    for deal in deals:
        deal.customer, deal.customer_name = customer, customer.name
        deal.search = deal_vector(deal)
    update_rows(Deal, deals, ["customer", "customer_name", "search"])
