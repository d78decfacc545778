"""What a command found, as a table for people or as JSON or CSV for programs."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

FORMATS = ("table", "json", "csv")


def in_format(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option `--format` of a command that reports; its argument is `form`."""
    choice = click.Choice(FORMATS)
    return click.option(
        "--format", "form", type=choice, default="table", show_default=True, help="How to report."
    )(command)


def say(found: Mapping[str, Any] | Sequence[Mapping[str, Any]], form: str) -> None:
    """Print one finding, or a list of them with the same names."""
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    rows = [found] if isinstance(found, Mapping) else list(found)
    if form == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        click.echo(out.getvalue(), nl=False)
    elif isinstance(found, Mapping):
        widest = max(map(_width, found))
        for name, value in found.items():
            click.echo(f"{_padded(name, widest)}  {_plain(value)}")
    else:
        _table(rows)


def _table(rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    lines = [list(rows[0]), *([_plain(value) for value in row.values()] for row in rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        click.echo("  ".join(_padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _plain(value: Any) -> str:
    return (
        "—"
        if value is None
        else ", ".join(map(str, value))
        if isinstance(value, list | tuple)
        else str(value)
    )


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
