"""Lines of deals that came by import."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from loudou.journal.bulk import copy_in, reserve_keys, update_rows
from loudou.journal.record import record_each, verb
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.models import Deal, Line
from loudou.pipeline.verbs.importing._past import Past
from loudou.pipeline.verbs.importing._pasts import Pasts
from loudou.pipeline.verbs.importing._writing import write


@dataclass(frozen=True)
class LineRow:
    """A line as its row has it, with the key of its deal and of its product.

    `apart`: what lines made of the deal's amount, and when, is told by its first value and its moves.
    """

    deal: int
    product: int
    quantity: Decimal
    price: Decimal
    system_of_record: str = Line.Record.FUNNEL
    apart: bool = False


@verb
def import_lines(rows: Sequence[LineRow], *, by: User | None, dry_run: bool = False) -> list[str]:
    """Add lines to deals that came by import, or change them; `new`, `changed` or `unchanged` a row, in order.

    Lines tell what a deal's first amount was made of (R096), so they correct its birth and no later change: funnel
    lines sum up to it, ERP lines alone are taken off what was stated for the whole. The n-th line of a product in one
    system of record is the n-th there, whenever the file comes again; lines it does not name stay. Where a row tells the
    amount apart, the deal's birth keeps the amount it was brought with.
    """
    require(by, "exchange.import_history")
    pasts = Pasts(row.deal for row in rows)
    said = _said(rows, pasts)
    if dry_run:
        return said.found
    for line, key in zip(said.fresh, reserve_keys(Line, len(said.fresh)), strict=True):
        line.pk = key
    copy_in(Line, said.fresh, with_keys=True)
    update_rows(Line, said.touched, ("quantity", "price"))
    for key, amount in said.apart.items():
        pasts.of[key].deal.brought = {**pasts.of[key].given, "born": amount}
    keys = (*(line.deal_id for line in (*said.fresh, *said.touched)), *said.apart)
    changed = [pasts.of[key] for key in dict.fromkeys(keys)]
    for past in changed:
        pasts.arrange(past)
    write(changed)
    record_each(events.LINES_SET, ((past.deal, _particulars(past)) for past in changed), by=by)
    return said.found


@dataclass(frozen=True)
class _Said:
    """What rows come to: a word for each, lines to add and to change, and first amounts to tell apart, by deal."""

    found: list[str] = field(default_factory=list)
    fresh: list[Line] = field(default_factory=list)
    touched: list[Line] = field(default_factory=list)
    apart: dict[int, str] = field(default_factory=dict)


def _said(rows: Sequence[LineRow], pasts: Pasts) -> _Said:
    stored: dict[tuple[int, int, str], list[Line]] = defaultdict(list)
    for past in pasts.of.values():
        for line in past.lines:
            stored[line.deal_id, line.product_id, line.system_of_record].append(line)
    said = _Said()
    for row in rows:
        past = pasts.of[row.deal]
        if row.apart and "born" not in past.given:
            said.apart.setdefault(row.deal, _first_amount(past))
        alike = stored[row.deal, row.product, row.system_of_record]
        if not alike:
            past.lines.append(_line(row, len(past.lines)))
            said.fresh.append(past.lines[-1])
            said.found.append("new")
        elif ((line := alike.pop(0)).quantity, line.price) == (row.quantity, row.price):
            said.found.append("changed" if row.deal in said.apart else "unchanged")
        else:
            line.quantity, line.price = row.quantity, row.price
            said.touched.append(line)
            said.found.append("changed")
    return said


@verb
def restore_lines(
    deal: Deal, *, lines: Sequence[Sequence[Any]], by: User | None, born: str | None = None
) -> None:
    """Let an imported deal have these lines again, `[product, quantity, price, system of record]` each, in order.

    `born` is the amount it began with where that was told apart from its lines.
    """
    require(by, "exchange.import_history")
    pasts = Pasts([deal.pk])
    past = pasts.of[deal.pk]
    apart = {"born": born} if born is not None else {}
    past.deal.brought = {name: value for name, value in past.given.items() if name != "born"} | apart
    Line.objects.filter(deal=deal).delete()
    rows = [LineRow(deal.pk, line[0], Decimal(line[1]), Decimal(line[2]), line[3]) for line in lines]
    past.lines = Line.objects.bulk_create(_line(row, place) for place, row in enumerate(rows))
    pasts.arrange(past)
    write([past])
    record_each(events.LINES_SET, [(past.deal, _particulars(past))], by=by)


def _first_amount(past: Past) -> str:
    """The amount a deal was brought with, as its row said it first."""
    first: str = (past.given | past.given.get("first", {}))["amount"]
    return first


def _line(row: LineRow, position: int) -> Line:
    return Line(
        deal_id=row.deal,
        product_id=row.product,
        quantity=row.quantity,
        price=row.price,
        system_of_record=row.system_of_record,
        position=position,
    )


def _particulars(past: Past) -> dict[str, object]:
    return {"amount": past.deal.amount, "erp_amount": past.deal.erp_amount, "lines": len(past.lines)}
