"""`loudou success-rates`: with which rates forecasts count; `loudou learn`: let the win probability be learned."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from loudou.launch.django import ready

if TYPE_CHECKING:
    from loudou.pipeline.models import Funnel


@click.command("success-rates")
@click.argument("funnel", metavar="FUNNEL")
@click.argument("rates", type=click.Choice(["calibrated", "learned", "configured"]))
@click.option("--reason", required=True, help="Why.")
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on (default: now).")
@click.option("--by", "username", metavar="USER", help="Who chooses (default: the system).")
def success_rates(funnel: str, rates: str, reason: str, since: datetime | None, username: str | None) -> None:
    """Let forecasts of FUNNEL count with the rates its closed deals teach, or with the configured ones again.

    What the closed deals teach of the stages, and how well that foretells, is told by `report stage-probability
    --funnel FUNNEL`, what they teach of each deal by `report win-probability --funnel FUNNEL`.
    """
    with ready():
        from loudou.insight.reports import run
        from loudou.odds.verbs import choose
        from loudou.people.queries import person_called

        by, found = person_called(username, "by"), _funnel(funnel)
        day = since.date() if since is not None else None
        choose(found, rates, reason=reason, since=day, by=by)
        click.echo(_json(run("stage-probability", {"funnel": found.code}, by)))


@click.command("learn")
@click.argument("funnel", metavar="FUNNEL")
@click.option("--stop", is_flag=True, help="Stop what is being learned; the lesson before stays in force.")
@click.option("--by", "username", metavar="USER", help="Who asks for it (default: the system).")
def learn(funnel: str, username: str | None, *, stop: bool) -> None:
    """Let the worker learn the win probability of FUNNEL's deals from its closed deals.

    How far it has come (`running`), what was learned and how well it foretells is told by `report win-probability
    --funnel FUNNEL`; it changes no forecast unless `success-rates FUNNEL learned` is chosen.
    """
    with ready():
        from loudou.insight.reports import run
        from loudou.odds.verbs import ask_lesson, stop_learning
        from loudou.people.queries import person_called

        by, found = person_called(username, "by"), _funnel(funnel)
        (stop_learning if stop else ask_lesson)(found, by=by)
        click.echo(_json(run("win-probability", {"funnel": found.code}, by)))


def _funnel(name: str) -> Funnel:
    from loudou.pipeline.queries.funnels import funnel_named

    found = funnel_named(name)
    if found is None:
        raise click.UsageError(f"There is no funnel “{name}”.")
    return found


def _json(plain: dict[str, Any]) -> str:
    return json.dumps(plain, ensure_ascii=False, indent=2)
