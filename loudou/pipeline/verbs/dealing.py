"""Opening a deal and changing what it says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from loudou.customers.models import SOURCES, Customer
from loudou.journal import numbers
from loudou.journal.bulk import reserve_keys
from loudou.journal.record import changes, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import events
from loudou.pipeline.figures.gates import deviates, jumps
from loudou.pipeline.models import Deal, Funnel
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.models.funnel import Category
from loudou.pipeline.queries.flags import thresholds
from loudou.pipeline.queries.funnels import specs, usable_funnels
from loudou.pipeline.verbs import _hand
from loudou.pipeline.verbs._asking import AMOUNT, PROBABILITY, ask_amount, ask_probability
from loudou.pipeline.verbs._history import (
    When,
    add_move,
    business_time,
    confirms,
    derive,
    in_base,
    note_move,
    sane_amount,
    touch,
)
from loudou.pipeline.verbs._search import deal_vector
from loudou.pipeline.verbs._taking import refuse_owner, refuse_unless_live, take, withdraw_moot
from loudou.pipeline.verbs._texts import sane_texts
from loudou.signoff.models import Request
from loudou.ui.texts import visible

# What changes only with a reason, since history shows it to others (C2).
REASONED = ("amount", "currency", "expected_on", "probability", "category")
_NAMES = ("title", "customer_name", "next_step")
_TEXTS = ("title", "customer_name", "next_step", "source", "note", "category")
PLAIN = ("title", "customer", "customer_name", "next_step", "next_on", "source", "note", "extra")


@dataclass
class Edited:
    """How an edit ended: the deal, and the signatures it still waits for."""

    deal: Deal
    requests: list[Request] = field(default_factory=list)


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
    details = _tidy(details)
    deal = _begun(owner, funnel, customer, when, code=code, title=title, **details)
    _check_plain({name: getattr(deal, name) for name in ("code", *_NAMES, "source", "note")})
    _check_category(details.get("category"))
    _check_customer(customer, by)
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


@verb
def edit(
    deal: Deal, *, by: User | None, version: int | None = None, reason: str = "", **values: Any
) -> Edited:
    """Change what a deal says.

    A success rate or category of one's own asks for a reason; amount, currency and expected date do once they were
    set. A change of the amount by more than half, and a success rate more than 20 points off the stage's, wait for a
    manager's signature unless the person is one for this deal. The rest is written at once. Another customer brings
    contacts of its own: those of the former one leave the deal.
    """
    fresh = take(deal, "pipeline.edit", by=by, version=version, sent=values)
    values = _tidy(values)
    _check_values(fresh, values, by)
    changed = changes(fresh, values)
    if not changed:
        return Edited(fresh)
    if not fresh.is_live and set(changed) & set(REASONED):
        raise Refused(_("A closed deal's amount and dates stay as they are; reopen it first."))
    if _needs_reason(fresh, changed) and not reason.strip():
        raise Refused(_("Say why this changes; others will read it."), field="reason")
    result = Edited(fresh)
    for name in PLAIN:
        if name in changed:
            setattr(fresh, name, values[name])
    if "customer" in changed:
        fresh.customer_name = fresh.customer.name if fresh.customer else ""
        fresh.parts.exclude(contact__customer=fresh.customer_id).delete()
    fresh.search = deal_vector(fresh)
    written = {name: pair for name, pair in changed.items() if name in PLAIN}
    _edit_amount(result, changed, values, written, by, reason)
    _edit_forecast(result, changed, values, written, by, reason)
    if set(written) - set(PLAIN):
        derive(fresh)
    else:
        touch(fresh)
    if written:
        _tell(fresh, written, by, reason.strip())
    return result


@verb
def touch_amount(deal: Deal, *, amount: Decimal, currency: str, by: User | None, reason: str) -> Deal:
    """Set the amount once nothing stands in its way any more."""
    refuse_unless_live(deal)
    when = business_time(deal, None, by)
    changed = changes(deal, {"amount": amount, "currency": currency})
    base = in_base(amount, currency, when.at)
    add_move(
        deal,
        "amount",
        by=by,
        when=when,
        amount=amount,
        currency=currency,
        base_amount=base,
        reason=reason[:500],
    )
    _tell(deal, changed, by, reason)
    return deal


@verb
def touch_probability(deal: Deal, *, probability: Decimal | None, by: User | None, reason: str) -> Deal:
    """Set the person's own success rate once nothing stands in its way any more."""
    refuse_unless_live(deal)
    before = deal.probability
    deal.probability_reason = reason[:300] if probability is not None else ""
    when = business_time(deal, None, by)
    add_move(deal, "probability", by=by, when=when, probability=probability, reason=reason[:500])
    record(events.EDITED, deal, by=by, changes={"probability": [before, probability]}, reason=reason)
    return deal


def _tell(deal: Deal, changed: dict[str, Any], by: User | None, reason: str) -> None:
    """Tell what an edit changed; an amount with the currency it is in, unless that changed as well."""
    beside: dict[str, Any] = (
        {"currency": deal.currency} if "amount" in changed and "currency" not in changed else {}
    )
    record(events.EDITED, deal, by=by, changes=changed, reason=reason, **beside)


def _far(deal: Deal, amount: Decimal, currency: str) -> bool:
    """Whether this would change the amount by more than it may; another currency is compared in the base currency."""
    limit = thresholds().amount_change
    if currency == deal.currency:
        return jumps(deal.amount, amount, limit)
    return jumps(deal.base_amount, in_base(amount, currency, clock.now()), limit)


def next_codes(count: int = 1, besides: Collection[str] = ()) -> list[str]:
    """The next deal numbers, `SJ-2611-0417`."""
    month = clock.now().astimezone(organisation().zone).strftime("%y%m")
    return numbers.next_codes(Deal, "pipeline_deal_number", f"SJ-{month}-", count, besides, width=4)


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


def _tidy(values: dict[str, Any]) -> dict[str, Any]:
    """Texts without blanks around them, nothing as an empty text, amounts to the cent."""
    tidy: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items()
    }
    tidy |= {name: "" for name in _TEXTS if name in tidy and tidy[name] is None}
    tidy |= {name: visible(tidy[name]) for name in _NAMES if name in tidy}
    if tidy.get("amount") is not None:
        tidy["amount"] = sane_amount(tidy["amount"])
    return tidy


def _check_values(deal: Deal, values: dict[str, Any], by: User | None) -> None:
    unknown = set(values) - set(REASONED) - set(PLAIN)
    if unknown:
        raise Refused(_("“{field}” cannot be changed this way.").format(field=sorted(unknown)[0]))
    _check_plain(values)
    _check_category(values.get("category"))
    if values.get("customer") != deal.customer:
        _check_customer(values.get("customer"), by)
    amount = values.get("amount", deal.amount)
    if amount is None:
        raise Refused(_("An amount can be changed, not taken away."), field="amount")
    if amount != deal.amount and deal.lines.filter(system_of_record="funnel").exists():
        raise Refused(_("The amount is the sum of the lines; change the lines."), field="amount")
    expected = values.get("expected_on")
    if expected is not None and expected != deal.expected_on and expected < organisation().today:
        raise Refused(_("The expected date lies in the past."), field="expected_on")
    if "expected_on" in values and expected is None and deal.expected_on is not None:
        raise Refused(_("An expected date can be moved, not taken away."), field="expected_on")
    own = values.get("probability")
    if own is not None and not 0 <= own <= 1:
        raise Refused(_("A success rate lies between 0 and 100 %."), field="probability")


def _check_plain(values: dict[str, Any]) -> None:
    sane_texts(Deal, values)
    if "title" in values and not values["title"]:
        raise Refused(_("A deal needs a title."), field="title")
    if values.get("source") and values["source"] not in SOURCES:
        raise Refused(_("There is no such source."), field="source")


def _check_category(category: str | None) -> None:
    if category and category not in Category.values:
        raise Refused(_("There is no such category."), field="category")


def _check_customer(customer: Customer | None, by: User | None) -> None:
    if customer is not None and not may(by, "customers.see", customer):
        raise Refused(_("There is no such customer."), field="customer")


def _check_predecessor(deal: Deal, by: User | None) -> None:
    require(by, "pipeline.see", deal)
    if deal.outcome not in (Outcome.LOST, Outcome.CANCELLED):
        raise Refused(_("Only a lost or cancelled deal has a successor."), field="predecessor")


def _needs_reason(deal: Deal, changed: dict[str, Any]) -> bool:
    """A first amount or date explains itself; what overrules the funnel, or changes what others counted on, does not."""
    first = {
        "amount": deal.amount == 0,
        "currency": deal.amount == 0,
        "expected_on": deal.expected_on is None,
    }
    return any(name in changed and not first.get(name, False) for name in REASONED)


def _edit_amount(
    result: Edited,
    changed: dict[str, Any],
    values: dict[str, Any],
    written: dict[str, Any],
    by: User | None,
    reason: str,
) -> None:
    deal = result.deal
    if not {"amount", "currency"} & set(changed):
        return
    amount = values.get("amount", deal.amount)
    currency = values.get("currency") or deal.currency
    if not confirms(by, deal) and by is not None and _far(deal, amount, currency):
        result.requests.append(ask_amount(deal, amount=amount, currency=currency, by=by, reason=reason))
        return
    withdraw_moot(deal, AMOUNT)
    base = in_base(amount, currency, clock.now())
    _note(deal, "amount", by, reason, amount=amount, currency=currency, base_amount=base)
    written |= {name: changed[name] for name in ("amount", "currency") if name in changed}


def _edit_forecast(
    result: Edited,
    changed: dict[str, Any],
    values: dict[str, Any],
    written: dict[str, Any],
    by: User | None,
    reason: str,
) -> None:
    deal = result.deal
    if "expected_on" in changed:
        _note(deal, "expected_close", by, reason, expected_on=values["expected_on"])
        written["expected_on"] = changed["expected_on"]
    if "category" in changed:
        deal.category_reason = reason[:300]
        _note(deal, "category", by, reason, category=values["category"] or "")
        written["category"] = changed["category"]
    if "probability" in changed:
        own = values["probability"]
        far = own is not None and deviates(own, deal.spec.probability)
        if far and by is not None and not confirms(by, deal):
            result.requests.append(ask_probability(deal, probability=own, by=by, reason=reason))
            return
        withdraw_moot(deal, PROBABILITY)
        deal.probability_reason = reason[:300] if own is not None else ""
        _note(deal, "probability", by, reason, probability=own)
        written["probability"] = changed["probability"]


def _note(deal: Deal, kind: str, by: User | None, reason: str, **columns: Any) -> None:
    """Write a move without deriving yet; the edit derives once at its end."""
    note_move(deal, kind, by=by, when=business_time(deal, None, by), reason=reason[:500], **columns)
