"""Exports of phone records."""

from __future__ import annotations

from datetime import tzinfo
from decimal import Decimal

from django.utils.translation import gettext_lazy

from loudou.customers.figures.phones import masked
from loudou.exchange.exporting.cells import Cell, instant
from loudou.exchange.exporting.sheet import Filters, Rows, Sheet
from loudou.fieldwork.lens.calls import CallLens
from loudou.fieldwork.models import PhoneCall
from loudou.people.access import may
from loudou.people.models import User


def _calls(user: User | None, filters: Filters) -> Rows:
    """Those that stand: what was annulled does not come back by an import."""
    seen = CallLens.read(filters, user).calls.standing().visible_to(user, "exchange.export")
    found = seen.select_related("taker", "owner", "colleague", "customer", "deal")
    bulky = ("search", "customer__search", "customer__extra", "deal__search", "deal__extra")
    return found.defer(*bulky).order_by("code")


def _call(call: PhoneCall, user: User | None, zone: tzinfo) -> tuple[Cell, ...]:
    whole = call.caller == PhoneCall.Caller.COLLEAGUE or may(user, "customers.see_phone", call)
    return (
        call.code,
        instant(call.at, zone),
        call.taker.username,
        call.colleague.username if call.colleague else None,
        call.name,
        call.phone if whole or not call.phone else masked(call.phone),
        call.customer.code if call.customer else None,
        call.deal.code if call.deal else None,
        None if call.minutes is None else Decimal(call.minutes),
        call.matter,
        call.reply,
        call.owner.username if call.owner else None,
        call.due_on,
        call.result,
    )


CALL_SHEETS = (
    Sheet(
        "calls",
        gettext_lazy("Phone records"),
        (
            *("code", "at", "taker_username", "colleague_username", "name", "phone", "customer_code"),
            *("deal_code", "minutes", "matter", "reply", "owner_username", "due_on", "result"),
        ),
        "fieldwork.see_calls",
        _calls,
        _call,
        lens=CallLens,
        persons=True,
    ),
)
