"""`loudou report`: the same figures as the pages and `/api/v1/reports/NAME`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from loudou.launch.django import ready
from loudou.ui.printed import WRITERS


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("name")
@click.option("--as", "username", metavar="USER", help="As this person sees it (default: everything).")
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="table", show_default=True)
@click.pass_context
def report(context: click.Context, name: str, username: str | None, form: str) -> None:
    """Print the report NAME.

    Its parameters are options: --as-of INSTANT, --from DATE --to DATE (or --period 2026-Q2), --unit CODE,
    --owner USERNAME, --funnel NAME, --product CODE, --source NAME; of a waterfall also --window PERIOD,
    --rates plan|current, --bucket NAME; of coverage --target AMOUNT; of quota --target AMOUNT, --zone-rates zones|deck;
    of funnel-backward --target, --deal-amount, --win-rate, --lead-rate, --visits-per-opp, --cycle-days, --quota,
    --attainment-factor.
    """
    params = _parameters(context.args)
    with ready():
        from loudou.insight.reports import run
        from loudou.people.queries import person_called

        click.echo(WRITERS[form](run(name, params, person_called(username, "as"))))


def _parameters(words: Sequence[str]) -> dict[str, str]:
    """`--as-of X --unit=Y` as parameters; `--param unit=Y` says the same."""
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, mark, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise click.UsageError(f"“{word}” is no parameter; parameters are --name value.")
        if not mark:
            if not rest:
                raise click.UsageError(f"--{name} wants a value.")
            value = rest.pop(0)
        if name == "param":
            name, mark, value = value.partition("=")
            if not mark:
                raise click.UsageError("--param wants name=value.")
        found[name] = value
    return found
