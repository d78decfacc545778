"""How the cells of one run are read, and what is said of a cell that cannot be meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any


class Bad(ValueError):
    """A cell that cannot be meant; the message is one sentence for people."""


@dataclass(frozen=True)
class Reading:
    """How the cells of one run are read.

    `zone` is that of times without one, `now` the present; `formats` of dates are tried first; `home` is the currency
    of the house. `decimal` is the mark that somebody said stands before the parts of a whole, a point or a comma; of a
    `workbook` the cells that hold numbers have points whatever its texts have.
    """

    zone: tzinfo
    now: datetime
    formats: tuple[str, ...] = ()
    home: str = "CNY"
    decimal: str = ""
    workbook: bool = False


Parser = Callable[[str, Reading], Any]
