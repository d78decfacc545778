"""Columns of results and costs that came late for their books: on which day they count (C20)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.exchange.importing import cells
from loudou.exchange.importing.alike import narrow
from loudou.exchange.importing.kinds._texts import APART
from loudou.exchange.importing.reading import Bad, Reading
from loudou.exchange.importing.spec import Column
from loudou.kernel.numbers import ZERO


def postings(raw: str, reading: Reading) -> dict[date, Decimal]:
    """What was posted on which day: `2026-05-01 -120.00; 2026-06-01 30.00`."""
    found: dict[date, Decimal] = {}
    for piece in APART.split(narrow(raw).strip(" ;；\n")):
        day, _blank, amount = piece.strip().rpartition(" ")
        if not day:
            raise Bad(_("What was posted is written 2026-05-01 -120.00; 2026-06-01 30.00."))
        on = cells.day(day, reading)
        found[on] = found.get(on, ZERO) + cells.signed(amount, reading)
    return found


def counted() -> tuple[Column, Column]:
    """On which day what is late for its books counts, and what was posted for it on later days still (C20)."""
    return (
        Column("counts_on", gettext_lazy("counts on"), cells.day, aliases=("计入日", "計入日")),
        Column("posted", gettext_lazy("posted later"), postings, aliases=("后续调整", "後續調整")),
    )
