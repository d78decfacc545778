"""Asking for the signatures that acts on deals need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from loudou.people.models import User
from loudou.pipeline.models import Deal, StageSpec
from loudou.pipeline.models.deal import Reason
from loudou.pipeline.queries.gates import standing
from loudou.signoff.models import Request
from loudou.signoff.verbs import ask

if TYPE_CHECKING:
    from loudou.pipeline.verbs.joining import LineInput

PROMOTION = "pipeline.promotion"
SKIP = "pipeline.skip"
AMOUNT = "pipeline.amount"
PROBABILITY = "pipeline.probability"
WIN = "pipeline.win"
CLOSE_CHECK = "pipeline.close_check"
REOPEN = "pipeline.reopen"

CHECK_DAYS = 3  # working days to verify a loss (战败核实)


def ask_promotion(deal: Deal, *, to: StageSpec, by: User, reason: str, at: datetime | None) -> Request:
    """A manager confirms the entry to a stage."""
    payload = _from_to(deal, to, at)
    return _ask(deal, PROMOTION, by=by, payload=payload, reason=reason, extra=[(_("to"), str(to))])


def ask_skip(deal: Deal, *, to: StageSpec, by: User, reason: str, at: datetime | None) -> Request:
    """A manager lets a deal pass a gate that lacks something, or jump a stage."""
    missing = "、".join(item.name for item in standing(deal, deal.spec).missing) or "—"
    extra = [(_("to"), str(to)), (_("missing"), missing)]
    return _ask(deal, SKIP, by=by, payload=_from_to(deal, to, at), reason=reason, extra=extra)


def ask_amount(deal: Deal, *, amount: Decimal, currency: str, by: User, reason: str) -> Request:
    """A manager agrees to a change of the amount by more than half."""
    extra = [(_("new amount"), {"amount": str(amount), "currency": currency})]
    return _ask(
        deal, AMOUNT, by=by, payload={"amount": amount, "currency": currency}, reason=reason, extra=extra
    )


def ask_lines(deal: Deal, *, lines: Sequence[LineInput], amount: Decimal, by: User, reason: str) -> Request:
    """A manager agrees to lines that change the amount by more than half."""
    kept = [[line.product.pk, line.quantity, line.price, line.system_of_record] for line in lines]
    names = [f"{line.product.name} × {line.quantity.normalize():f}" for line in lines]
    extra = [(_("new amount"), {"amount": str(amount), "currency": deal.currency}), (_("products"), names)]
    payload = {"amount": amount, "currency": deal.currency, "lines": kept}
    return _ask(deal, AMOUNT, by=by, payload=payload, reason=reason, extra=extra)


def ask_probability(deal: Deal, *, probability: Decimal, by: User, reason: str) -> Request:
    """A manager agrees to a success rate far from the stage's."""
    extra = [(_("own success rate"), f"{probability * 100:.0f}%")]
    return _ask(deal, PROBABILITY, by=by, payload={"probability": probability}, reason=reason, extra=extra)


def ask_win(deal: Deal, *, by: User, payload: dict[str, Any], reason: str) -> Request:
    """Sales operations or finance verify that the contract is effective (C2, C7)."""
    return _ask(deal, WIN, by=by, payload=payload, reason=reason, needs="pipeline.confirm_win", pool=True)


def ask_close_check(deal: Deal, *, by: User, outcome: str, code: Reason) -> Request:
    """A manager verifies within three working days why a deal ended (战败核实)."""
    extra = [(_("outcome"), outcome), (_("reason"), str(code)), (_("review"), deal.review or "—")]
    return _ask(deal, CLOSE_CHECK, by=by, payload={"outcome": outcome}, working_days=CHECK_DAYS, extra=extra)


def ask_reopen(deal: Deal, *, by: User, reason: str, at: datetime | None) -> Request:
    """A manager lets a lost deal come back."""
    return _ask(deal, REOPEN, by=by, payload={"at": at}, reason=reason)


def _from_to(deal: Deal, to: StageSpec, at: datetime | None) -> dict[str, Any]:
    return {"from": deal.spec.stage_id, "to": to.stage_id, "at": at}


def _ask(
    deal: Deal,
    act: str,
    *,
    by: User,
    payload: dict[str, Any],
    reason: str = "",
    extra: list[tuple[str, Any]] | None = None,
    needs: str = "pipeline.confirm",
    working_days: int = 1,
    pool: bool = False,
) -> Request:
    facts = [
        (_("customer"), deal.customer_name or "—"),
        (_("amount"), {"amount": str(deal.amount), "currency": deal.currency}),
        (_("stage"), str(deal.spec)),
        (_("evidence"), f"{deal.gate_done}/{deal.gate_total}"),
        (_("expected order date"), deal.expected_on),
        (_("next step"), deal.next_step or "—"),
        *(extra or []),
    ]
    return ask(
        deal,
        act=act,
        needs=needs,
        url="pipeline:confirm",
        by=by,
        owner=deal.owner,
        unit=deal.unit,
        payload=payload,
        facts=facts,
        reason=reason.strip(),
        working_days=working_days,
        pool=pool,
    )
