"""`loudou demo`: tell the story, or make a big world for measurements."""

from __future__ import annotations

from datetime import datetime

import click

from loudou.launch.django import ready
from loudou.launch.parents import end_with_parent

SEED = 7


@click.command()
@click.option("--seed", type=int, default=SEED, show_default=True, help="Another number tells another story.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The story's last day (default: today).")
@click.option(
    "--scale",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="Instead: a company with N thousand deals, made in bulk, for measurements.",
)
@click.option("--quiet", is_flag=True, help="Say nothing on the way.")
def demo(seed: int, until: datetime | None, scale: int | None, quiet: bool) -> None:
    """Fill an empty organisation with a believable company, told day by day."""
    if scale is not None:
        _make_world(scale, seed, until)
        return
    click.echo(f"{_tell(seed, until, quiet=quiet)} acts told")


@click.command()
def demo_part() -> None:
    """The story under `serve`."""
    end_with_parent()
    _tell(quiet=True)


def _tell(seed: int = SEED, until: datetime | None = None, *, quiet: bool) -> int:
    """Tell the story, or what is missing of it; how many acts were told."""
    with ready("demo"):
        from loudou.demo.story import tell

        shown = ""

        def heard(act: object, number: int, total: int) -> None:
            nonlocal shown
            line = f"{act.at:%Y-%m} {number * 100 // total}%"  # type: ignore[attr-defined]
            if not quiet and line != shown:
                shown = line
                click.echo(line)

        return tell(seed=seed, until=until.date() if until else None, heard=heard)


def _make_world(scale: int, seed: int, until: datetime | None) -> None:
    with ready("demo"):
        from loudou.demo.world import PASSWORD, build, scaled

        made = build(scaled(scale), seed=seed, until=until.date() if until else None)
    for name, count in made.items():
        click.echo(f"{count:>12,}  {name.partition('.')[2]}")
    click.echo(f"gm, director1, manager1, rep1 … sign in with {PASSWORD}")
