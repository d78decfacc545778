"""Cells that several kinds of field work have: whole numbers, several short texts in one, yes or no."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from loudou.exchange.importing import cells
from loudou.exchange.importing.alike import narrow
from loudou.exchange.importing.reading import Bad, Parser, Reading
from loudou.kernel.periods import Fiscal
from loudou.ui.fields import EARLIEST_YEAR, LATEST_YEAR

APART = re.compile(r"[\n;；]+")
_read_yes = cells.word(
    lambda: {"yes": "yes", "no": "no"}, yes=("是", "1", "true", "y"), no=("否", "0", "false", "n")
)


def whole(most: int) -> Parser:
    """A whole number from nought to `most`."""

    def parse(raw: str, reading: Reading) -> int:
        raw = narrow(raw)
        if not (raw.isascii() and raw.isdigit() and len(raw) < 9 and int(raw) <= most):
            raise Bad(_("A whole number from 0 to {most}.").format(most=most))
        return int(raw)

    return parse


def period(raw: str, reading: Reading) -> str:
    """A period as `2026-Q2`, also written `2026Q2`, `2026年4月`, `2026年第2季度`; one that there is, in years there are."""
    line = "".join(narrow(raw).split()).upper()
    if "年" in line:
        year, _mark, rest = line.partition("年")
        number = "".join(letter for letter in rest if letter.isdigit())
        line = year if not rest else f"{year}-Q{number}" if "季" in rest else f"{year}-{number:0>2}"
    elif line[4:5] in ("Q", "W", "H"):
        line = f"{line[:4]}-{line[4:]}"
    try:
        found = Fiscal().parse(line[:40])
    except (ValueError, OverflowError):
        raise Bad(_("A period is written as 2026, 2026-Q2, 2026-04, 2026-W17 or 2026-04-17.")) from None
    if not EARLIEST_YEAR <= found.start.year <= LATEST_YEAR:
        raise Bad(_("The year must lie between 1990 and 2100."))
    return line


def several(most: int) -> Parser:
    """Several short texts in one cell, a line or a semicolon apart."""
    read = cells.text(most)

    def parse(raw: str, reading: Reading) -> list[str]:
        return [part for piece in APART.split(read(raw, reading)) if (part := piece.strip())]

    return parse


def yes(raw: str, reading: Reading) -> bool:
    """Whether a cell says yes."""
    return bool(_read_yes(raw, reading) == "yes")
