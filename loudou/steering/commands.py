"""`loudou close-books`: closing a month, as the page does."""

from __future__ import annotations

import json

import click

from loudou.launch.django import ready


@click.command("close-books")
@click.argument("month", metavar="MONTH")
@click.option("--by", "username", metavar="USER", help="Who closes them (default: the system).")
@click.option("--note", default="", help="What is to be remembered about it.")
def close_books(month: str, username: str | None, note: str) -> None:
    """Close all books up to the end of MONTH, such as 2026-04; what was achieved is frozen.

    Opening them again needs two people and is asked for on the page.
    """
    with ready():
        from loudou.people.queries import person_called
        from loudou.steering.verbs import close_month
        from loudou.targets.proposals import read_period

        made = close_month(read_period(month), note=note, by=person_called(username, "by"))
        told = {
            "id": made.pk,
            "from": made.starts_on.isoformat(),
            "closed_through": made.last_day.isoformat(),
            "facts": made.facts.count(),
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
