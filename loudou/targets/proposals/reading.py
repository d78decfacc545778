"""Reading what is asked of a decomposition: periods, steps, amounts, files of weights."""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from loudou.kernel.money import LARGEST, parse_amount
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.queries import organisation
from loudou.targets.figures.progress import RATES
from loudou.targets.figures.typed import PerCent, as_ratio, parse_target
from loudou.ui.objects import read_json
from loudou.ui.workbooks import MARKS, write_csv

MOST_WEIGHTS = 20_000
_KEYS = (
    *("key", "unit_code", "username", "period", "month", "code", "unit", "person", "family", "segment"),
    *("期间", "期間", "月份", "部门", "部門", "人员", "人員"),
)
_WEIGHTS = ("weight", "index", "share", "权重", "權重")
_LOCKED = ("locked", "amount", "锁定", "鎖定")


@dataclass(frozen=True)
class Weight:
    """A line of a weights file: the weight by hand, and the amount where it is fixed."""

    weight: Decimal
    locked: Decimal | None = None


Weights = Mapping[str, Weight]
Line = tuple[str, str, str]


def read_period(text: str) -> Period:
    """A period by its name."""
    try:
        period = organisation().fiscal.parse(text.strip())
    except (ValueError, OverflowError):
        raise Refused(
            _("“{value}” is not understood as {name}.").format(value=text[:40], name="period"), field="period"
        ) from None
    if not 1990 <= period.start.year <= 2100:
        raise Refused(_("The year must lie between 1990 and 2100."), field="period")
    return period


def refuse_per_cent(amount: Decimal, metric: str, field: str = "amount") -> None:
    """Refuse an amount that was written with the sign where only a rate may be."""
    if isinstance(amount, PerCent) and metric not in RATES:
        raise Refused(_("Only a conversion is written in per cent."), field=field)


def refuse_beyond_whole(amount: Decimal, metric: str, field: str = "amount") -> None:
    """Refuse a rate above all there is: nobody wins more deals than were closed."""
    if metric in RATES and as_ratio(amount) > 1:
        raise Refused(_("A conversion is at most 100 %."), field=field)


def read_step(text: str) -> Decimal:
    """What parts are multiples of: a positive amount of whole cents."""
    step = read_amount(text, "step")
    refuse_no_step(step)
    return step


def refuse_no_step(step: Decimal) -> None:
    """Refuse what no part can be a multiple of."""
    if step <= 0 or step != step.quantize(CENT):
        raise Refused(_("A step is an amount above zero, such as 10000."), field="step")


def read_weights(content: bytes) -> dict[str, Weight]:
    """A file of weights: CSV or a workbook of `key,weight[,locked]` with or without a head, or JSON of key → weight."""
    text = _text(content)
    try:
        rows = _json_rows(text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text)
    except (ValueError, RecursionError, csv.Error):
        raise _unreadable() from None
    return weights_of(rows)


def weights_of(rows: Sequence[Line]) -> dict[str, Weight]:
    """Weights as texts of (key, weight, amount it is fixed at or nothing), in the order they came."""
    if len(rows) > MOST_WEIGHTS:
        raise Refused(_("Too many cells at once."), field="weights")
    found: dict[str, Weight] = {}
    for key, weight, locked in rows:
        if key in found:
            raise twice(key)
        fixed = read_amount(locked, "weights", parse_target) if locked else None
        found[key] = Weight(_weight(weight, key), fixed)
    if not found:
        raise Refused(_("The file has no weights."), field="weights")
    return found


def twice(key: str) -> Refused:
    """What says that a part was weighed twice."""
    return Refused(_("“{key}” has two weights.").format(key=key[:40]), field="weights")


def _text(content: bytes) -> str:
    """In UTF-8, in UTF-16 with its mark, else in GB18030; of a workbook its first sheet; a picture is none."""
    if content.startswith(MARKS):
        return _workbook_text(content)
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return content.decode("utf-16")
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    if "\ufffd" in text:
        raise _unreadable()
    return text


def _workbook_text(content: bytes) -> str:
    with tempfile.TemporaryDirectory(prefix="loudou-weights-") as folder:
        book, sheet = Path(folder, "weights.xlsx"), Path(folder, "weights.csv")
        book.write_bytes(content)
        write_csv(book, sheet, field="weights")
        return sheet.read_text("utf-8")


def _unreadable() -> Refused:
    return Refused(_("The file is neither CSV, a workbook nor JSON."), field="weights")


def _json_rows(text: str) -> list[Line]:
    said = read_json(text)
    if isinstance(said, dict):
        return [(str(key).strip(), str(weight), "") for key, weight in said.items()]
    rows = [row for row in said if isinstance(row, dict)]
    return [
        (str(_first(row, _KEYS)).strip(), str(_first(row, _WEIGHTS)), str(_first(row, _LOCKED)))
        for row in rows
    ]


def _first(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((row[name] for name in names if row.get(name) not in (None, "", False)), "")


def _csv_rows(text: str) -> list[Line]:
    first = text.partition("\n")[0]
    delimiter = next((mark for mark in (",", ";", "\t", "，") if mark in first), ",")
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    rows = [row for row in rows if any(row)]
    if not rows:
        return []
    head = [cell.lower() for cell in rows[0]]
    places = {name: place for place, name in enumerate(head)}
    if any(name in places for name in _WEIGHTS):
        named = [{name: row[place] for name, place in places.items() if place < len(row)} for row in rows[1:]]
        return [
            (str(_first(row, _KEYS)), str(_first(row, _WEIGHTS)), str(_first(row, _LOCKED))) for row in named
        ]
    return [(row[0], row[1] if len(row) > 1 else "", row[2] if len(row) > 2 else "") for row in rows]


def _weight(raw: str, key: str) -> Decimal:
    try:
        weight = parse_amount(raw.strip().removesuffix("%").removesuffix("％") or "0")
    except ValueError:
        raise Refused(
            _("The weight of “{key}” is no number.").format(key=key[:40]), field="weights"
        ) from None
    if weight < 0:
        raise Refused(_("A weight must not be negative."), field="weights")
    if weight > LARGEST:
        raise Refused(_("The amount is too large."), field="weights")
    return weight


def read_amount(raw: str, field: str, parse: Callable[[str], Decimal] = parse_amount) -> Decimal:
    """An amount as `parse` reads it: as files write it, or what is typed for a target (`parse_target`)."""
    try:
        amount = parse(raw)
    except ValueError:
        raise Refused(_("Write an amount such as 1,234.50 or 12万."), field=field) from None
    if abs(amount) > LARGEST:
        raise Refused(_("The amount is too large."), field=field)
    return amount
