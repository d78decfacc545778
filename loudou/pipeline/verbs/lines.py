"""The products a deal is made of, line by line, and the amount that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.catalog.models import Product
from loudou.journal.record import lock, record, verb
from loudou.kernel.numbers import rounded
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.figures.gates import jumps
from loudou.pipeline.models import Deal, Line
from loudou.pipeline.queries.flags import thresholds
from loudou.pipeline.verbs import _hand
from loudou.pipeline.verbs._asking import AMOUNT, ask_lines
from loudou.pipeline.verbs._history import business_time, confirms, derive, in_base, note_move, sane_amount
from loudou.pipeline.verbs._taking import listed, refuse_overtaken, refuse_unless_live, take, withdraw_moot
from loudou.pipeline.verbs.editing import Edited

LARGEST_QUANTITY = Decimal(999_999_999)


@dataclass(frozen=True)
class LineInput:
    """A line as it is wanted."""

    product: Product
    quantity: Decimal
    price: Decimal
    system_of_record: str = Line.Record.FUNNEL


@verb
def set_lines(
    deal: Deal,
    *,
    lines: Sequence[LineInput],
    by: User | None,
    version: int | None = None,
    reason: str = "",
) -> Edited:
    """Replace a deal's lines. Its amount becomes the sum of its funnel lines; what the ERP keeps is told apart (R096).

    With ERP lines alone, their sum is taken off the amount that was stated for the whole. An amount that was there
    changes by them as by hand (C2): a person gives a reason, and what changes it by more than half waits for a
    manager's signature.
    """
    fresh = take(deal, "pipeline.edit", by=by)
    if not fresh.is_live:
        raise Refused(_("A closed deal's amount and dates stay as they are; reopen it first."))
    lines = [_sane(line) for line in lines]
    kept = list(fresh.lines.select_related("product"))
    refuse_overtaken(fresh, version, lines=(_told(kept), _told(lines)))
    former = [_plain(line) for line in kept]
    if former == [_plain(line) for line in lines]:
        return Edited(fresh)
    amount, _erp = counted(lines, stated=fresh.amount + fresh.erp_amount)
    if by is not None and fresh.amount and amount != fresh.amount and not reason.strip():
        raise Refused(_("These lines change the amount; say why, others will read it."), field="reason")
    if by is not None and jumps(fresh.amount, amount, thresholds().amount_change) and not confirms(by, fresh):
        asked = ask_lines(fresh, lines=lines, amount=amount, by=by, reason=reason)
        return Edited(fresh, [asked], is_written=False)
    return Edited(write_lines(fresh, lines=lines, by=by, reason=reason))


@verb
def write_lines(deal: Deal, *, lines: Sequence[LineInput], by: User | None, reason: str = "") -> Deal:
    """Write the lines and the amount that follows from them, once nothing stands in the way any more."""
    fresh = lock(deal)
    refuse_unless_live(fresh)
    former = [_said(line) for line in fresh.lines.select_related("product")]
    if fresh.brought is not None and "born" not in fresh.brought:
        # Lines that come by hand change it from now on; what it began with is no longer theirs to say.
        fresh.brought = {**fresh.brought, "born": str(_hand.past(fresh)[0].amount)}
    amount, erp = counted(lines, stated=fresh.amount + fresh.erp_amount)
    fresh.lines.all().delete()
    Line.objects.bulk_create(
        Line(
            deal=fresh,
            product=line.product,
            quantity=line.quantity,
            price=line.price,
            system_of_record=line.system_of_record,
            position=place,
        )
        for place, line in enumerate(lines)
    )
    fresh.erp_amount = erp
    withdraw_moot(fresh, AMOUNT)
    if amount != fresh.amount:
        when = business_time(fresh, None, by)
        base = in_base(sane_amount(amount), fresh.currency, when.at)
        columns = {"amount": amount, "currency": fresh.currency, "base_amount": base}
        note_move(fresh, "amount", by=by, when=when, reason=reason.strip()[:500], **columns)
    derive(fresh)
    record(
        events.LINES_SET,
        fresh,
        by=by,
        before=former,
        after=[_said(line) for line in lines],
        amount=fresh.amount,
        erp_amount=erp,
        currency=fresh.currency,
        reason=reason.strip(),
    )
    return fresh


def counted(lines: Sequence[LineInput | Line], *, stated: Decimal) -> tuple[Decimal, Decimal]:
    """What of a deal counts in the funnel, and what the ERP keeps: (amount, ERP amount), to the cent."""
    own = [line for line in lines if line.system_of_record == Line.Record.FUNNEL]
    erp = _total(line for line in lines if line.system_of_record == Line.Record.ERP)
    return (_total(own) if own else max(stated - erp, Decimal(0))), erp


def _sane(line: LineInput) -> LineInput:
    """The line as its columns can keep it; refused where it cannot be meant."""
    if line.system_of_record not in Line.Record.values:
        raise Refused(_("A line is kept in the funnel or in the ERP."), field="system_of_record")
    finite = line.quantity.is_finite() and line.quantity <= LARGEST_QUANTITY
    quantity = rounded(line.quantity, Decimal("0.001")) if finite else Decimal(0)
    if quantity <= 0:
        raise Refused(_("A quantity is a number above zero."), field="quantity")
    price = sane_amount(line.price, field="price")
    sane_amount(price * quantity, field="price")
    return replace(line, quantity=quantity, price=price)


def _total(lines: Iterable[LineInput | Line]) -> Decimal:
    return rounded(sum((line.quantity * line.price for line in lines), Decimal(0)))


def _plain(line: Line | LineInput) -> list[Any]:
    return [line.product.name, line.quantity, line.price, line.system_of_record]


def _told(lines: Iterable[Line | LineInput]) -> str:
    return listed(map(_said, lines))


def _said(line: Line | LineInput) -> str:
    kept = " (ERP)" if line.system_of_record == Line.Record.ERP else ""
    return f"{line.product.name} {line.quantity.normalize():f} × {line.price:,.2f}{kept}"
