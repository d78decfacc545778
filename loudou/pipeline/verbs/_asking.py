"""Asking for the signatures that acts on deals need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Contact
from loudou.kernel import clock
from loudou.kernel.money import Money
from loudou.people.models import User
from loudou.pipeline.models import Deal, StageSpec
from loudou.pipeline.models.deal import Outcome, Reason
from loudou.pipeline.queries.gates import FIELDS, Shown, Standing, standing
from loudou.signoff.facts import change, days_of, share
from loudou.signoff.models import Request
from loudou.signoff.verbs import ask

if TYPE_CHECKING:
    from loudou.pipeline.verbs.lines import LineInput

PROMOTION = "pipeline.promotion"
SKIP = "pipeline.skip"
AMOUNT = "pipeline.amount"
PROBABILITY = "pipeline.probability"
WIN = "pipeline.win"
CLOSE_CHECK = "pipeline.close_check"
REOPEN = "pipeline.reopen"

CHECK_DAYS = 3  # working days to verify a loss (战败核实)


Told = list[tuple[Any, Any]]


def ask_promotion(deal: Deal, *, to: StageSpec, by: User, reason: str, at: datetime | None) -> Request:
    """A manager confirms the entry to a stage."""
    return _ask(deal, PROMOTION, by=by, payload=_from_to(deal, to, at), reason=reason, first=[_to(to)])


def ask_skip(deal: Deal, *, to: StageSpec, by: User, reason: str, at: datetime | None) -> Request:
    """A manager lets a deal pass a gate that lacks something, or jump a stage."""
    return _ask(deal, SKIP, by=by, payload=_from_to(deal, to, at), reason=reason, first=[_to(to)])


def ask_amount(deal: Deal, *, amount: Decimal, currency: str, by: User, reason: str) -> Request:
    """A manager agrees to a change of the amount by more than half."""
    payload = {"amount": amount, "currency": currency}
    return _ask(deal, AMOUNT, by=by, payload=payload, reason=reason, becomes=Money(amount, currency))


def ask_lines(deal: Deal, *, lines: Sequence[LineInput], amount: Decimal, by: User, reason: str) -> Request:
    """A manager agrees to lines that change the amount by more than half."""
    kept = [[line.product.pk, line.quantity, line.price, line.system_of_record] for line in lines]
    names = [f"{line.product.name} × {line.quantity.normalize():f}" for line in lines]
    payload = {"amount": amount, "currency": deal.currency, "lines": kept}
    becomes = Money(amount, deal.currency)
    return _ask(
        deal, AMOUNT, by=by, payload=payload, reason=reason, first=[(_("products"), names)], becomes=becomes
    )


def ask_probability(deal: Deal, *, probability: Decimal, by: User, reason: str) -> Request:
    """A manager agrees to a success rate far from the stage's."""
    first: Told = [(_("own success rate"), change(share(deal.chance), share(probability)))]
    return _ask(deal, PROBABILITY, by=by, payload={"probability": probability}, reason=reason, first=first)


def ask_win(deal: Deal, *, by: User, amount: Decimal, at: datetime | None, reason: str) -> Request:
    """Sales operations or finance verify that the contract is effective (C2, C7)."""
    return _ask(
        deal,
        WIN,
        by=by,
        payload={"amount": amount, "at": at},
        reason=reason,
        first=[(_("contract in effect"), at)] if at else [],
        becomes=Money(amount, deal.currency),
        needs="pipeline.confirm_win",
        pool=True,
    )


def ask_close_check(deal: Deal, *, by: User, outcome: Outcome, code: Reason) -> Request:
    """A manager verifies within three working days why a deal ended (战败核实)."""
    first: Told = [(_("outcome"), outcome.label), (_("reason"), code.names)]
    if deal.lost_to:
        first.append((_("lost to"), deal.lost_to))
    payload = {"outcome": outcome.value}
    return _ask(
        deal, CLOSE_CHECK, by=by, payload=payload, reason=deal.review, first=first, working_days=CHECK_DAYS
    )


def ask_reopen(deal: Deal, *, by: User, reason: str, at: datetime | None) -> Request:
    """A manager lets a lost deal come back."""
    first: Told = [(_("outcome"), Outcome(deal.outcome).label)]
    if deal.reason is not None:
        first.append((_("reason"), deal.reason.names))
    return _ask(deal, REOPEN, by=by, payload={"at": at}, reason=reason, first=first)


def _from_to(deal: Deal, to: StageSpec, at: datetime | None) -> dict[str, Any]:
    return {"from": deal.spec.stage_id, "to": to.stage_id, "at": at}


def _to(spec: StageSpec) -> tuple[Any, Any]:
    return _("to"), [[spec.names, share(spec.probability)]]


def _ask(
    deal: Deal,
    act: str,
    *,
    by: User,
    payload: dict[str, Any],
    reason: str,
    first: Sequence[tuple[Any, Any]] = (),
    becomes: Money | None = None,
    needs: str = "pipeline.confirm",
    working_days: int = 1,
    pool: bool = False,
) -> Request:
    judged = standing(deal, deal.spec)
    return ask(
        deal,
        act=act,
        needs=needs,
        url="pipeline:confirm",
        by=by,
        owner=deal.owner,
        unit=deal.unit,
        payload=payload,
        facts=[*first, *_facts(deal, judged, becomes)],
        starters=_starters(deal, judged),
        reason=reason.strip(),
        working_days=working_days,
        pool=pool,
    )


def _facts(deal: Deal, judged: Standing, becomes: Money | None) -> Told:
    """What a signer needs to know of a deal, on one screen: as it stands now."""
    amount = Money(deal.amount, deal.currency)
    facts: Told = [
        (_("customer"), deal.customer_name),
        (_("amount"), change(amount, becomes) if becomes is not None and becomes != amount else amount),
        (_("stage"), [[deal.spec.names, share(deal.chance)], _stay(deal)]),
    ]
    if judged.missing:
        facts.append((_("missing evidence"), [_name(item) for item in judged.missing]))
    else:
        facts.append((_("evidence"), f"{judged.gate.done}/{judged.gate.total}"))
    facts.append((_("expected order date"), deal.expected_on))
    facts.append((_("next step"), [[deal.next_step, deal.next_on]] if deal.next_on else deal.next_step))
    if chain := [_person(contact) for contact in deal.contacts.order_by("part", "pk")]:
        facts.append((_("decision chain"), chain))
    return facts


def _starters(deal: Deal, judged: Standing) -> Told:
    """What an opinion on this deal may begin with: what is missing, whom nobody met, how long it stands."""
    starters: Told = []
    if judged.missing:
        starters.append((_("Get this first: %(what)s, "), _name(judged.missing[0])))
    unmet = deal.contacts.filter(part=Contact.Part.ECONOMIC, attitude=Contact.Attitude.UNKNOWN).first()
    if unmet is not None:
        starters.append((_("Meet %(what)s first, "), unmet.name))
    stay = _stay(deal)
    if stay["of"] is not None and stay["days"] > stay["of"]:
        starters.append((_("Why %(what)s in this stage? "), days_of(stay["days"], None)))
    return starters


def _stay(deal: Deal) -> dict[str, Any]:
    since = deal.stage_since or deal.recorded_at
    return days_of((clock.now() - since).days, deal.spec.max_days)


def _name(item: Shown) -> Any:
    """What is missing, in every language it has."""
    return FIELDS.get(item.code, item.code) if item.kind == "field" else item.names


def _person(contact: Contact) -> list[Any]:
    coach = Contact.Part.COACH
    part = [coach.label if contact.part == coach else contact.part.upper()] if contact.part else []
    return [contact.name, *part, Contact.Attitude(contact.attitude).label]
