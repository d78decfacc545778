"""Changing what a deal says."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.journal.record import changes, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import events
from loudou.pipeline.figures.gates import deviates, jumps
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.flags import thresholds
from loudou.pipeline.verbs._asking import AMOUNT, PROBABILITY, ask_amount, ask_probability
from loudou.pipeline.verbs._history import (
    add_move,
    business_time,
    confirms,
    derive,
    in_base,
    note_move,
    touch,
)
from loudou.pipeline.verbs._said import refuse_category, refuse_customer, refuse_plain, tidy
from loudou.pipeline.verbs._search import deal_vector
from loudou.pipeline.verbs._taking import refuse_unless_live, take, withdraw_moot
from loudou.signoff.models import Request

# What changes only with a reason, since history shows it to others (C2).
REASONED = ("amount", "currency", "expected_on", "probability", "category")
PLAIN = ("title", "customer", "customer_name", "next_step", "next_on", "source", "note", "extra")


@dataclass
class Edited:
    """How an edit ended: the deal, the signatures it still waits for, and whether anything was written."""

    deal: Deal
    requests: list[Request] = field(default_factory=list)
    is_written: bool = True


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
    values = tidy(values)
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
    result.is_written = bool(written)
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


def _check_values(deal: Deal, values: dict[str, Any], by: User | None) -> None:
    unknown = set(values) - set(REASONED) - set(PLAIN)
    if unknown:
        raise Refused(_("“{field}” cannot be changed this way.").format(field=sorted(unknown)[0]))
    refuse_plain(values)
    refuse_category(values.get("category"))
    if values.get("customer") != deal.customer:
        refuse_customer(values.get("customer"), by)
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


def _far(deal: Deal, amount: Decimal, currency: str) -> bool:
    """Whether this would change the amount by more than it may; another currency is compared in the base currency."""
    limit = thresholds().amount_change
    if currency == deal.currency:
        return jumps(deal.amount, amount, limit)
    return jumps(deal.base_amount, in_base(amount, currency, clock.now()), limit)


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


def _tell(deal: Deal, changed: dict[str, Any], by: User | None, reason: str) -> None:
    """Tell what an edit changed; an amount with the currency it is in, unless that changed as well."""
    beside: dict[str, Any] = (
        {"currency": deal.currency} if "amount" in changed and "currency" not in changed else {}
    )
    record(events.EDITED, deal, by=by, changes=changed, reason=reason, **beside)
