"""`loudou report`."""

from __future__ import annotations

import click

from loudou.launch.django import ready


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("name")
@click.option("--as", "username", metavar="USER", help="As this person sees it (default: everything).")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)
@click.pass_context
def report(context: click.Context, name: str, username: str | None, form: str) -> None:
    """Print the report NAME; its parameters are options: --as-of INSTANT, --unit CODE, --from DATE --to DATE, …"""
    wanted = _parameters(context.args)
    with ready():
        from loudou.exchange.reporting import printed

        click.echo(printed(name, wanted, username=username, form=form))


def _parameters(args: list[str]) -> dict[str, str]:
    """`--as-of X --unit=Y` as parameters: as_of, unit."""
    found: dict[str, str] = {}
    words = list(args)
    while words:
        word = words.pop(0)
        name, mark, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise click.UsageError(f"“{word}” is no parameter; parameters are --name value.")
        if not mark:
            if not words or words[0].startswith("--"):
                raise click.UsageError(f"--{name} wants a value.")
            value = words.pop(0)
        found[name.replace("-", "_")] = value
    return found
