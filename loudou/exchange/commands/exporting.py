"""`loudou export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from loudou.launch.django import ready


@click.command()
@click.argument("kind")
@click.option("--as", "username", metavar="USER", help="Only what this person may see (default: everything).")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of the screen."
)
@click.option("--format", "form", type=click.Choice(["csv", "xlsx"]), help="By the file's name, else csv.")
@click.option(
    "--filter", "filters", metavar="NAME=VALUE", multiple=True, help="A parameter of the list; repeatable."
)
@click.option("--bom", is_flag=True, help="Begin a CSV file with a byte order mark, for Excel.")
def export(
    kind: str,
    username: str | None,
    output: Path | None,
    form: str | None,
    filters: tuple[str, ...],
    bom: bool,
) -> None:
    """Write KIND (customers, deals, moves, targets, visits, …) as import reads it.

    docs/export.md has every kind; one that is none names them all.
    """
    chosen = form or ("xlsx" if output is not None and output.suffix.lower() == ".xlsx" else "csv")
    if chosen == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("A workbook goes to a file: add -o FILE.")
    wanted = dict(_pair(text) for text in filters)
    with ready():
        from loudou.exchange.exporting.handing import hand

        rows = hand(kind, username=username, output=output, form=chosen, filters=wanted, bom=bom)
    if output is not None:
        click.echo(f"{rows} rows written to {output}", err=True)


def _pair(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise click.UsageError(f"--filter wants NAME=VALUE, not “{text}”.")
    return name, value
