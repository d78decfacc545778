"""What commands print: the same values as JSON, as CSV or as tables for a terminal."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from loudou.ui.cells import guarded


def as_json(plain: Mapping[str, Any]) -> str:
    """As one object."""
    return json.dumps(plain, ensure_ascii=False, indent=2)


def as_csv(plain: Mapping[str, Any]) -> str:
    """The report's own list as rows; without one its values as a single row."""
    rows = _rows(plain) or [{name: value for name, value in plain.items() if not isinstance(value, dict)}]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = _heads(rows)
    writer.writerow(heads)
    for row in rows:
        writer.writerow([_shielded(_cell(row.get(head))) for head in heads])
    return out.getvalue().rstrip("\n")


def _shielded(cell: str) -> str:
    """A cell no spreadsheet takes for a formula; a number stays one, also below zero."""
    return cell if _NUMBER.fullmatch(cell) else guarded(cell)


def as_table(plain: Mapping[str, Any]) -> str:
    """Values one a line, then each list as a table."""
    lines = [f"{name}: {_cell(value)}" for name, value in plain.items() if not isinstance(value, list | dict)]
    for name, value in plain.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            heads = [key for key in _heads(value) if not isinstance(value[0].get(key), list)]
            cells = [heads, *([_cell(row.get(key)) for key in heads] for row in value)]
            widths = [max(_width(row[place]) for row in cells) for place in range(len(heads))]
            lines += ["", name]
            lines += ["  ".join(_padded(*pair) for pair in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(lines)


_MAIN = ("rows", "stages", "parts")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
WRITERS = {"table": as_table, "json": as_json, "csv": as_csv}


def _rows(plain: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The list the report is about, whatever others it has filled; else the first there is."""
    lists = (plain.get(name) for name in (*_MAIN, *plain))
    return next((one for one in lists if isinstance(one, list) and one and isinstance(one[0], dict)), [])


def _heads(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys of all rows, each behind the one it follows: a reason stands only in rows that lack its value."""
    heads: list[str] = []
    for row in rows:
        place = 0
        for key in row:
            if key not in heads:
                heads.insert(place, key)
            place = heads.index(key) + 1
    return heads


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _width(text: str) -> int:
    """How many columns a terminal needs: Chinese characters are two wide."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
