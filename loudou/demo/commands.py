"""`loudou demo`: tell the story, or make a big world for measurements."""

from __future__ import annotations

from datetime import datetime

import click

from loudou.launch.django import ready


@click.command()
@click.option("--seed", type=int, default=7, show_default=True, help="Another number tells another story.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The story's last day (default: today).")
@click.option("--quiet", is_flag=True, help="Say nothing on the way.")
def demo(seed: int, until: datetime | None, quiet: bool) -> None:
    """Fill an empty organisation with a believable company, told day by day."""
    with ready("demo"):
        from loudou.demo.story import tell

        shown = ""

        def heard(act: object, number: int, total: int) -> None:
            nonlocal shown
            line = f"{act.at:%Y-%m} {number * 100 // total}%"  # type: ignore[attr-defined]
            if not quiet and line != shown:
                shown = line
                click.echo(line)

        told = tell(seed=seed, until=until.date() if until else None, heard=heard)
    click.echo(f"{told} acts told")
