"""How the cells of one run are read, and what is said of a cell that cannot be meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any


class Bad(ValueError):
    """A cell that cannot be meant; the message is one sentence for people."""


class Ambiguous(Bad):
    """A cell that may be meant in two ways, until somebody says how the file is written: its `dates`, its `numbers`."""

    def __init__(self, sentence: str, asks: str) -> None:
        super().__init__(sentence)
        self.asks = asks


@dataclass(frozen=True)
class Reading:
    """How the cells of one run are read.

    `zone` is that of times without one, `now` the present; `formats` of dates are tried first; `home` is the currency
    of the house. `decimal` is the mark that somebody said stands before the parts of a whole, a point or a comma; of a
    `workbook` the cells that hold numbers have points whatever its texts have. Numbers of days are counted from 1900, or
    `since` 1904.
    """

    zone: tzinfo
    now: datetime
    formats: tuple[str, ...] = ()
    home: str = "CNY"
    decimal: str = ""
    workbook: bool = False
    since: int = 1900


Parser = Callable[[str, Reading], Any]
