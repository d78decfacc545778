"""Opening a deal."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.journal import numbers
from loudou.journal.bulk import reserve_keys
from loudou.journal.record import record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import events
from loudou.pipeline.models import Deal, Funnel
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.queries.funnels import specs, usable_funnels
from loudou.pipeline.verbs import _hand
from loudou.pipeline.verbs._history import When, add_move, business_time, in_base, sane_amount
from loudou.pipeline.verbs._said import NAMES, refuse_category, refuse_customer, refuse_plain, tidy
from loudou.pipeline.verbs._search import deal_vector
from loudou.pipeline.verbs._taking import refuse_owner
from loudou.ui.texts import visible


@verb
def open_deal(
    *,
    title: str,
    by: User | None,
    owner: User | None = None,
    customer: Customer | None = None,
    funnel: Funnel | None = None,
    amount: Decimal = Decimal(0),
    currency: str = "",
    expected_on: date | None = None,
    at: datetime | None = None,
    code: str = "",
    **details: Any,
) -> Deal:
    """Open a deal at the first stage of its funnel's version in force; `at` is its business time."""
    owner = _opened_for(owner, by)
    when = business_time(None, at, by, owner=owner)
    funnel = _opened_on(funnel, owner, by)
    if expected_on is not None and expected_on < when.at.astimezone(organisation().zone).date():
        raise Refused(_("The expected date lies in the past."), field="expected_on")
    if predecessor := details.get("predecessor"):
        _check_predecessor(predecessor, by)
        customer = customer or predecessor.customer
        details["source"] = details.get("source") or predecessor.source
    details = tidy(details)
    deal = _begun(owner, funnel, customer, when, code=code, title=title, **details)
    refuse_plain({name: getattr(deal, name) for name in ("code", *NAMES, "source", "note")})
    refuse_category(details.get("category"))
    refuse_customer(customer, by)
    deal.search = deal_vector(deal)
    worth = _worth(amount, currency, when)
    held = {"expected_on": expected_on, "owner": owner, "unit": owner.unit}
    _bear(deal, by=by, when=when, category=details.get("category") or "", **worth, **held)
    record(
        events.OPENED,
        deal,
        by=by,
        customer=customer,
        amount=worth["amount"],
        currency=worth["currency"],
        stage=deal.spec.names,
        at=when.at,
        back_dated=when.back,
        notify=[owner],
    )
    return deal


def _opened_for(owner: User | None, by: User | None) -> User:
    """Whose deal it becomes: who opens it, or whom they may hand deals over to."""
    require(by, "pipeline.open")
    owner = owner or by
    if owner is None:
        raise Refused(_("A deal needs an owner."), field="owner")
    if by is not None and owner.pk != by.pk:
        require(by, "pipeline.hand_over", Deal(owner=owner, unit=owner.unit))
    refuse_owner(owner, by)
    return owner


def _opened_on(funnel: Funnel | None, owner: User, by: User | None) -> Funnel:
    """The funnel it climbs: the one asked for, or the first its owner may use."""
    usable = usable_funnels(owner) if by is not None or funnel is None else []
    funnel = funnel or next(iter(usable), None)
    if funnel is None or funnel.current is None or funnel.retired_at is not None:
        raise Refused(_("There is no funnel to open it on."), field="funnel")
    if by is not None and funnel not in usable:
        raise Refused(_("This funnel is not for the owner's unit."), field="funnel")
    return funnel


def _check_predecessor(deal: Deal, by: User | None) -> None:
    require(by, "pipeline.see", deal)
    if deal.outcome not in (Outcome.LOST, Outcome.CANCELLED):
        raise Refused(_("Only a lost or cancelled deal has a successor."), field="predecessor")


def _begun(
    owner: User,
    funnel: Funnel,
    customer: Customer | None,
    when: When,
    *,
    code: str,
    title: str,
    **details: Any,
) -> Deal:
    """The deal as it is first written down, at the first stage."""
    assert funnel.current is not None
    now = clock.now()
    deal = Deal(
        code=code.strip(),
        title=visible(title.strip()),
        customer=customer,
        customer_name=customer.name if customer else details.get("customer_name") or "",
        funnel=funnel,
        funnel_version=funnel.current,
        spec=specs(funnel.current)[0],
        owner=owner,
        unit=owner.unit,
        created_at=when.at,
        recorded_at=now,
        touched_at=now,
    )
    for name in ("next_step", "next_on", "source", "note", "extra", "predecessor"):
        if details.get(name) is not None:
            setattr(deal, name, details[name])
    return deal


def _worth(amount: Decimal, currency: str, when: When) -> dict[str, Any]:
    """An amount as a move holds it: with its currency, and in the base currency at the plan rate."""
    currency, amount = currency or organisation().base_currency, sane_amount(amount)
    return {"amount": amount, "currency": currency, "base_amount": in_base(amount, currency, when.at)}


def _bear(deal: Deal, *, by: User | None, when: When, **columns: Any) -> None:
    """Write a new deal with its first fact, once and as that fact leaves it, under its number: the next one if none is given."""
    (deal.pk,) = reserve_keys(Deal, 1)
    deal.code = deal.code or next_codes()[0]
    _hand.begin(deal)
    try:
        add_move(deal, "enter", by=by, when=when, stage=deal.spec.stage, **columns)
    except IntegrityError as error:
        if error.__cause__.diag.constraint_name != "one_deal_a_code":  # type: ignore[union-attr] # psycopg's own
            raise
        sentence = _("A deal with the number “{code}” exists.")
        raise Refused(sentence.format(code=deal.code), field="code") from None


def next_codes(count: int = 1, besides: Collection[str] = ()) -> list[str]:
    """The next deal numbers, `SJ-2611-0417`."""
    month = clock.now().astimezone(organisation().zone).strftime("%y%m")
    return numbers.next_codes(Deal, "pipeline_deal_number", f"SJ-{month}-", count, besides, width=4)
