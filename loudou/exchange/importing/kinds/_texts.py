"""Cells that several kinds of field work have: whole numbers, several short texts in one, yes or no."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from loudou.exchange.importing import cells
from loudou.exchange.importing.alike import narrow
from loudou.exchange.importing.reading import Bad, Parser, Reading

_APART = re.compile(r"[\n;；]+")
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


def several(most: int) -> Parser:
    """Several short texts in one cell, a line or a semicolon apart."""
    read = cells.text(most)

    def parse(raw: str, reading: Reading) -> list[str]:
        return [part for piece in _APART.split(read(raw, reading)) if (part := piece.strip())]

    return parse


def yes(raw: str, reading: Reading) -> bool:
    """Whether a cell says yes."""
    return bool(_read_yes(raw, reading) == "yes")
