"""`loudou import`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from loudou.launch.django import ready


@click.command("import")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything and write nothing.")
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What columns mean (TOML, JSON).",
)
@click.option(
    "--by", "username", metavar="USER", help="With this person's rights and reach (default: everything)."
)
@click.option(
    "--error-file", type=click.Path(dir_okay=False, path_type=Path), help="Where refused rows go (CSV, XLSX)."
)
@click.option("--all-or-nothing", is_flag=True, help="Write nothing if a row is refused.")
@click.option("--encoding", help="The file's encoding (default: found out).")
@click.option("--sheet", help="The sheet of a workbook (default: the first with rows of this kind).")
@click.option("--numbers", type=click.Choice(["1,234.50", "1.234,50"]), help="How the file writes numbers.")
@click.option(
    "--dates", type=click.Choice(["day", "month"]), help="Which comes first in dates such as 03/04/2026."
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def import_file(
    kind: str,
    file: Path,
    dry_run: bool,
    map_file: Path | None,
    username: str | None,
    error_file: Path | None,
    all_or_nothing: bool,
    encoding: str | None,
    sheet: str | None,
    numbers: str | None,
    dates: str | None,
    form: str,
) -> None:
    """Import FILE (CSV, XLSX, XLS) as KIND: units, people, customers, deals, moves, targets, actuals, visits, …

    docs/import.md has every kind and its columns; a kind that is none names them all.
    """
    with ready("import"):
        from loudou.exchange.importing.handing import Order, UnknownKind, hand_in

        order = Order(
            *(kind, file, map_file, username, error_file),
            encoding=encoding or "",
            sheet=sheet or "",
            numbers=numbers or "",
            dates=dates or "",
        )
        try:
            result = hand_in(order, dry_run=dry_run, all_or_nothing=all_or_nothing)
        except UnknownKind as unknown:
            raise click.UsageError(unknown.sentence) from None
        click.echo(result.as_json() if form == "json" else result.as_text())
    if result.refused:
        click.echo(result.refusal, err=True)
        sys.exit(1)
