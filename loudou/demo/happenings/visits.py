"""Visits to come: planned for today and the next days, most of them signed, some still waiting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from loudou.customers.models import Contact
from loudou.demo.happenings.setting import Setting, Told, deal_of, present
from loudou.demo.tempers import temper
from loudou.demo.visiting import purpose_of, sign_visit
from loudou.fieldwork import verbs
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.models import Request

_HOURS = (9.5, 14.0, 10.5, 15.5)
_AHEAD = 4  # working days that are planned ahead


def happenings(setting: Setting) -> Iterator[Told]:
    """The day before the last, everybody plans for today and what follows; superiors sign that evening."""
    today = setting.calendar.add(setting.until, 0)
    eve = setting.on(setting.calendar.latest(today - timedelta(days=1)), 16.6)
    reps = sorted(
        (user for user in setting.people.values() if "rep" in user.roles), key=lambda user: user.username
    )
    for place, user in enumerate(reps):
        for number in range(2 if temper(user.username).care > 0.8 else 1):
            ahead = (place + number * 2) % _AHEAD
            starts = setting.on(setting.calendar.add(today, ahead), _HOURS[(place + number) % 4])
            planned = eve + timedelta(minutes=place)
            yield planned, partial(_plan, user, starts, place + number)
            if (place + number) % 4:
                yield planned + timedelta(minutes=50), partial(_sign, user, starts)


def _plan(user: User, starts_at: datetime, turn: int) -> None:
    deal = deal_of(user, turn)
    if deal is None or deal.customer is None or not present(user, organisation().today):
        return
    contact = Contact.objects.filter(customer=deal.customer, left_at=None).order_by("pk").first()
    name = contact.name if contact is not None else ""
    plan = verbs.plan_visit(by=user, deal=deal, starts_at=starts_at, **purpose_of(deal, name, turn))
    verbs.submit_visit(plan, by=user)


def _sign(user: User, starts_at: datetime) -> None:
    asked = Request.objects.waiting().filter(act="fieldwork.visit", asker=user).select_related("signer")
    for request in asked:
        if request.signer is not None and present(request.signer, organisation().today):
            sign_visit(request)
