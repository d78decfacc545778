"""Large deals that are delivered in parts: planned with the customer, and planned otherwise later (M20)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from loudou.demo.happenings.setting import Setting, Told, deal_of
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.deliveries import planned

# Whose largest deal, and which shares of it come how many days after the order is expected.
_PLANS = (
    ("chenan", ((15, 30), (75, 50), (160, 20))),
    ("zhangwei", ((10, 60), (100, 40))),
    ("sunqiang", ((20, 25), (50, 25), (110, 25), (200, 25))),
)
_LATER = timedelta(days=21)


def happenings(setting: Setting) -> Iterator[Told]:
    """Three weeks before the end, and one of them once more in the last week."""
    for place, (name, shares) in enumerate(_PLANS):
        yield setting.at(20 - place, 15.4), partial(_plan, setting.people[name], shares)
    yield setting.at(5, 10.7), partial(_put_off, setting.people["chenan"])


def _plan(who: User, shares: tuple[tuple[int, int], ...]) -> None:
    deal = deal_of(who)
    if deal is None or deal.amount < 10_000 or deal.expected_on is None:
        return
    first = max(deal.expected_on, organisation().today)
    amounts = [(deal.amount * share / 100).quantize(Decimal(1000)) for _days, share in shares[:-1]]
    amounts.append(deal.amount - sum(amounts))
    days = [first + timedelta(days=days) for days, _share in shares]
    parts = [Part(day, amount) for day, amount in zip(days, amounts, strict=True)]
    verbs.set_deliveries(deal, parts=parts, by=who)


def _put_off(who: User) -> None:
    deals = Deal.objects.live().filter(owner=who, planned=True).order_by("pk")
    for deal in deals[:1]:
        parts = [Part(part.due_on, part.amount) for part in planned(deal)]
        last: date = parts[-1].due_on + _LATER
        parts[-1] = Part(last, parts[-1].amount)
        verbs.set_deliveries(deal, parts=parts, by=who, reason="客户厂房晚交付三周，最后一批顺延")
