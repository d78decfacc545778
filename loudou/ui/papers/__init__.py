"""Papers: tables that leave the house, as PDF to be signed and as a workbook to go on with.

A room says what stands on a paper in raw values; here they are written out in the reader's language, or handed to the
spreadsheet as numbers. Every paper says who took it out, when, and that it is the company's own.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from django.conf import settings
from django.utils.translation import gettext as _
from rustpy_xlsxwriter import Format, write_worksheets

from loudou.kernel.numbers import CENT, MILLIONTH, rounded
from loudou.ui import format as f
from loudou.ui.press import typeset

Value = str | int | Decimal | date | None
TEMPLATE = Path(__file__).parent / "paper.typ"
MOST_ON_PAPER = 1_000  # lines of a PDF; a workbook has them all
MOST_IN_WORKBOOK = 50_000
# How a spreadsheet writes the numbers of a column; what it holds has all their places.
_NUMBERS = {
    "money": "#,##0.00",
    "figure": "#,##0.00",
    "number": "#,##0",
    "percent": "0.0%",
    "days": "#,##0.0",
}
_MEASURED, _NARROWEST, _WIDEST = 100, 10, 48  # rows looked at for a column's width, and its bounds in digits
_MOST_DIGITS = 15  # that a spreadsheet's number holds exactly
_NO_SHEET = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_TAKEN = ("", "loudou", "history")  # ours, and what spreadsheets keep for themselves
_RIGHT = frozenset({"money", "number", "figure", "percent", "days"})


@dataclass(frozen=True)
class Column:
    """A column: its name, what its values are (text, money, number, figure with cents, percent, day, days), its share of the width.

    `right` sets figures that are written out already where figures stand.
    """

    name: str
    kind: str = "text"
    wide: int = 0  # 0: as wide as what stands in it
    right: bool = False


@dataclass(frozen=True)
class Group:
    """Rows that belong together, with what they sum to."""

    rows: Sequence[Sequence[Value]]
    heading: str = ""
    sum: Sequence[Value] = ()


@dataclass(frozen=True)
class Table:
    """A table of groups with a last line; `by` says what the headings of its groups are, if there are any."""

    columns: Sequence[Column]
    groups: Sequence[Group]
    heading: str = ""
    total: Sequence[Value] = ()
    by: str = ""


@dataclass(frozen=True)
class Paper:
    """A paper: title, what it is about, tables, notes; `author` takes it out, `currency` is that of its amounts."""

    title: str
    author: str
    made: str
    tables: Sequence[Table]
    facts: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    signatures: Sequence[str] = ()
    currency: str = "CNY"
    landscape: bool = True
    drawing: str = ""  # SVG that stands above the tables
    name: str = field(default="report")  # of the file, without its ending

    @property
    def footer(self) -> str:
        """Who took it out and when, and whose it is (R098)."""
        taken = _("taken out by %(name)s on %(when)s") % {"name": self.author, "when": self.made}
        return _("Internal document; not to be passed on without permission.") + f" · {taken}"


def made_at(now: datetime, zone: tzinfo) -> str:
    """When a paper was made, as it says so itself."""
    local = now.astimezone(zone)
    return f"{f.day(local, year=True)} {local:%H:%M}"


def as_pdf(paper: Paper) -> bytes:
    """The paper as PDF."""
    data = {
        "title": paper.title,
        "author": paper.author,
        "watermark": f"{paper.author} {paper.made}",
        "footer": paper.footer,
        "landscape": paper.landscape,
        "facts": [list(fact) for fact in paper.facts],
        "drawing": paper.drawing,
        "tables": [_set(table, paper.currency) for table in paper.tables],
        "notes": list(paper.notes),
        "signatures": list(paper.signatures),
    }
    return typeset(TEMPLATE, data, language=_script(), folder=settings.ENVIRONMENT.data / "fonts")


def as_workbook(paper: Paper) -> bytes:
    """The paper as a workbook: a sheet a table, and one that says what it is about.

    A text is a cell of text whatever it begins with, so none is ever taken for a formula. What stands on paper as the
    heading of a group is a column of its own, so that every row says where it belongs.
    """
    out = io.BytesIO()
    sheets: list[tuple[str, Any]] = []
    formats: dict[str, dict[str, Format] | list[Format]] = {}
    widths: dict[str, dict[str, float] | list[float]] = {}
    for number, table in enumerate(paper.tables):
        name, flat = _sheet_name(paper.title, table.heading, number), _flat(table)
        names = _told_apart([column.name for column in flat.columns])
        sheets.append((name, _records(flat, names)))
        formats[name] = {
            told: Format().set_num_format(_NUMBERS[column.kind])
            for told, column in zip(names, flat.columns, strict=True)
            if column.kind in _NUMBERS
        }
        widths[name] = _widths(flat)
    about = [*paper.facts, *(("", note) for note in paper.notes), ("", paper.footer)]
    sheets.append(("Loudou", iter([{"": name, " ": value} for name, value in about])))
    write_worksheets(
        sheets,
        out,
        header_format={"general": Format().set_bold()},
        freeze_panes={name: {"row": 1, "col": 0} for name, _rows in sheets[:-1]},
        column_width={sheets[-1][0]: 16.0},
        column_widths=widths,
        column_formats=formats,
        datetime_format="yyyy-mm-dd",
    )
    return out.getvalue()


def _sheet_name(title: str, heading: str, number: int) -> str:
    """A name that spreadsheets take: short, of its own, without what stands in their formulas."""
    told = heading or title if number else title
    plain = " ".join(told.translate(_NO_SHEET).split())[:28].strip(" '")
    return f"{plain} {number}".strip() if number or plain.casefold() in _TAKEN else plain


def as_text(paper: Paper, *, most: int) -> str:
    """The paper in plain text, for mails: what it is about, and the first lines of every table, column under column."""
    lines = [f"{label}: {value}" for label, value in paper.facts]
    for table in paper.tables:
        kinds = [column.kind for column in table.columns]
        told = [[column.name for column in table.columns]]
        for group in table.groups:
            rows = [*group.rows, *([group.sum] if group.sum else [])]
            told += [[group.heading]] if group.heading else []
            told += [
                [written(value, kind, paper.currency) for value, kind in zip(row, kinds, strict=True)]
                for row in rows
            ]
        left = len(told) - most - 1
        told = told[: most + 1]
        if table.total:
            told.append([written(v, k, paper.currency) for v, k in zip(table.total, kinds, strict=True)])
        lines += ["", *([table.heading] if table.heading else []), *_aligned(told, kinds)]
        if left > 0:
            lines.append(_("… and %(n)s more lines") % {"n": f.number(left)})
    return "\n".join([*lines, "", *paper.notes, paper.footer])


def _aligned(rows: Sequence[Sequence[str]], kinds: Sequence[str]) -> list[str]:
    """Rows as lines; a row of one cell is a heading and stands by itself."""
    whole = [row for row in rows if len(row) == len(kinds)]
    widths = [max(_width(row[place]) for row in whole) for place in range(len(kinds))]
    lines = []
    for row in rows:
        if len(row) < len(kinds):
            lines.append(f"· {row[0]}")
            continue
        cells = [
            " " * (wide - _width(cell)) + cell if kind in _RIGHT else cell + " " * (wide - _width(cell))
            for cell, kind, wide in zip(row, kinds, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _width(text: str) -> int:
    """How many columns a text takes where every letter is as wide as the others, and a character twice that."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def written(value: Value, kind: str, currency: str, *, cents: bool = False) -> str:
    """A value as people read it; `cents` writes those of round sums too."""
    if value is None:
        return f.DASH
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return f.day(value, year=True)
    if kind == "money":
        return f.money(value, currency, full=True, cents=cents)
    if kind == "percent":
        return f.percent(Decimal(value))
    return f.number(value, {"days": 1, "figure": 2}.get(kind, 0))


def _set(table: Table, currency: str) -> Mapping[str, Any]:
    """A table as it is set: cents under cents, and its first column takes the room that no other is to have."""
    every = [row for group in table.groups for row in (*group.rows, group.sum) if row]
    every += [table.total] if table.total else []
    cents = [any(_has_cents(row[place]) for row in every) for place in range(len(table.columns))]
    how = [(column.kind, even) for column, even in zip(table.columns, cents, strict=True)]
    loose = not any(column.wide for column in table.columns)

    def line(values: Sequence[Value]) -> list[str]:
        return [
            written(value, kind, currency, cents=even)
            for value, (kind, even) in zip(values, how, strict=True)
        ]

    return {
        "heading": table.heading,
        "columns": [
            {
                "name": column.name,
                "right": column.right or column.kind in _RIGHT,
                "wide": int(loose and place == 0) or column.wide,
            }
            for place, column in enumerate(table.columns)
        ],
        "groups": [
            {
                "heading": group.heading,
                "rows": [line(row) for row in group.rows],
                "sum": line(group.sum) if group.sum else [],
            }
            for group in table.groups
        ],
        "total": line(table.total) if table.total else [],
    }


def _has_cents(value: Value) -> bool:
    return isinstance(value, Decimal) and rounded(value, CENT) != value.to_integral_value()


def _flat(table: Table) -> Table:
    """The same with the headings of its groups as the first column; as it is where no group has one."""
    if not any(group.heading for group in table.groups):
        return table
    groups = [
        Group(
            [(group.heading, *row) for row in group.rows],
            sum=(group.heading, *group.sum) if group.sum else (),
        )
        for group in table.groups
    ]
    columns = [Column(table.by), *table.columns]
    return Table(columns, groups, total=(table.total[0], "", *table.total[1:]) if table.total else ())


def _widths(table: Table) -> list[float]:
    """How wide each column is, in digits: as its name and what stands in its first rows ask for, within bounds."""
    rows = list(islice((row for group in table.groups for row in group.rows), _MEASURED))
    found = []
    for place, column in enumerate(table.columns):
        told = [_width(str(row[place])) for row in rows if row[place] is not None]
        found.append(
            float(min(max([_NARROWEST, _width(column.name) + 2, *(wide + 2 for wide in told)]), _WIDEST))
        )
    return found


def _records(table: Table, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    columns = table.columns
    empty = True

    def cells(row: Sequence[Value]) -> dict[str, Any]:
        values = (_number(value, column.kind) for column, value in zip(columns, row, strict=True))
        return dict(zip(names, values, strict=True))

    for group in table.groups:
        for row in (*group.rows, *([group.sum] if group.sum else [])):
            empty = False
            yield cells(row)
    if table.total:
        yield cells(table.total)
    elif empty:
        yield dict.fromkeys(names)


def _told_apart(names: Sequence[str]) -> list[str]:
    """Names of columns, of which a sheet holds each once: a second one of a name is numbered."""
    found: list[str] = []
    for name in names:
        again = sum(one == name or one.startswith(f"{name} (") for one in found)
        found.append(f"{name} ({again + 1})" if name in found else name)
    return found


def _number(value: Value, kind: str) -> Any:
    """A number, rounded as reports tell it, where a spreadsheet can hold it; a day as a day, everything else as text."""
    if isinstance(value, Decimal):
        exact = rounded(value, CENT if kind in ("money", "days", "figure") else MILLIONTH).normalize()
        return float(exact) if len(exact.as_tuple().digits) <= _MOST_DIGITS else f"{exact:f}"
    return value if value != "" else None


def _script() -> str:
    return {"zh-hans": "zh", "zh-hant": "zh-hant"}.get(f.language(), "en")
