"""`loudou decompose`: the decomposition that the page would propose; it writes nothing."""

from __future__ import annotations

from pathlib import Path

import click

from loudou.launch.django import ready
from loudou.targets.figures.decompose import BYS, METRICS
from loudou.targets.figures.weighing import METHODS
from loudou.ui.printed import WRITERS


# The API and the page call a method `last_year`, options are written `last-year`: both are understood.
@click.command(context_settings={"token_normalize_func": lambda token: token.replace("_", "-")})
@click.option("--unit", "unit", required=True, metavar="CODE", help="The unit whose target it is.")
@click.option("--metric", required=True, type=click.Choice(METRICS), help="What is counted.")
@click.option("--period", required=True, metavar="PERIOD", help="2026, 2026-Q2, 2026-04, 2026-W17.")
@click.option("--total", required=True, metavar="AMOUNT", help="What is taken apart.")
@click.option("--step", default="1", show_default=True, metavar="AMOUNT", help="Parts are multiples of it.")
@click.option("--by", "by", required=True, type=click.Choice(BYS), help="Into what.")
@click.option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV, XLSX or JSON of key,weight[,locked]: by hand instead of by working days × seasonal index, or equally.",
)
@click.option(
    "--method",
    type=click.Choice([method.replace("_", "-") for method in METHODS]),
    help="What parts weigh without a file: in time season (set by hand), learned from history or equal; "
    "among units and people equal, last-year, funnel (M25) or capacity (M61).",
)
@click.option("--calendar", metavar="CODE", help="CN, TW, HK, … instead of the organisation's own.")
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="json", show_default=True)
def decompose(
    unit: str,
    metric: str,
    period: str,
    total: str,
    step: str,
    by: str,
    weights: Path | None,
    method: str | None,
    calendar: str | None,
    form: str,
) -> None:
    """Print a total taken apart: parts, their sum, the checks. Nothing is written."""
    with ready():
        from loudou.targets.proposals import Asked, propose, read_weights

        asked = Asked.read(
            unit=unit,
            metric=metric,
            period=period,
            total=total,
            step=step,
            by=by,
            calendar=calendar or "",
            method=method or "",
        )
        found = propose(asked, read_weights(weights.read_bytes()) if weights else None)
        click.echo(WRITERS[form](found.plain()))
