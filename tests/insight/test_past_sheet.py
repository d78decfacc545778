"""The forecast sheet of a past day: each deal by the rate of its own version, and no question more for many late deals."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.insight.figures.scope import Scope
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.live import LiveDeals
from loudou.insight.queries.stocks import piles
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.numbers import ZERO
from loudou.pipeline.figures.history import Fact, as_known, unfold
from loudou.pipeline.models import Deal, FunnelVersion, StageSpec, State
from loudou.pipeline.queries import funnels
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.histories import BEGIN, END, Histories

pytestmark = pytest.mark.django_db
NOW = END + timedelta(days=60)
THEN = BEGIN + (END - BEGIN) * 0.6


def test_each_deal_is_weighed_by_the_rate_of_its_own_version(cast: Cast) -> None:
    """A stage whose rate another version changed is told apart by the deals' versions; the others have one rate."""
    world = Histories([cast.chenan, cast.lina]).write(60, seed=41)
    stages = list(world.stages)
    newer = _another_version(stages[1], Decimal("0.99"))
    on_newer = [deal.pk for deal in list(world.deals.values())[::2]]
    Deal.objects.filter(pk__in=on_newer).update(funnel_version=newer)
    older = {spec.stage_id: spec.probability for spec in funnels.specs(world.funnel.current_id or 0)}
    stood = [
        state
        for state in State.objects.filter(since__lt=THEN, outcome__in=("open", "on_hold"))
        if (state.until is None or state.until >= THEN) and (state.void_at is None or state.void_at >= THEN)
    ]
    wanted = LiveDeals(Scope(), NOW, THEN.date(), THEN, sheet=True)
    told = piles(wanted, otherwise=known_otherwise(None, Scope()))
    for stage in stages:
        here = [state for state in stood if state.stage_id == stage]
        expected = ZERO
        for state in here:
            rate = Decimal("0.99") if stage == stages[1] and state.deal_id in on_newer else older[stage]
            expected += state.base_amount * (state.probability if state.probability is not None else rate)
        assert sum(pile.weighted() for pile in told if pile.stage == stage) == expected
    both = {pile.rate for pile in told if pile.stage == stages[1]}
    assert both == {Decimal("0.99"), older[stages[1]]}


def _another_version(stage: int, rate: Decimal) -> FunnelVersion:
    """The funnel published once more, with another rate in one stage."""
    first = FunnelVersion.objects.get(pk=StageSpec.objects.filter(stage=stage).earliest("pk").version_id)
    newer = FunnelVersion.objects.create(
        funnel=first.funnel, number=first.number + 1, published_at=first.published_at
    )
    for spec in StageSpec.objects.filter(version=first):
        spec.pk, spec.version = None, newer
        spec.probability = rate if spec.stage_id == stage else spec.probability
        spec.save()
    funnels.forget()
    return newer


def test_each_deal_stands_with_who_had_it_then(cast: Cast) -> None:
    """Whoever a deal was handed to later is not its owner of that day (B0.8), told late or in time."""
    world = Histories([cast.chenan, cast.lina]).write(120, seed=3)
    with clock.at(NOW):
        late = {other.deal.code for other in known_otherwise(THEN, Scope())}
        told = run("forecast-sheet", {"as_of": THEN.isoformat(), "period": "all"}, None)
    shown = {deal["code"]: deal["owner"] for stage in told["stages"] for deal in stage["deals"]}
    name_of = {user.pk: user.name for user in (cast.chenan, cast.lina)}
    had = {
        world.deals[key].code: name_of[unfold(known, world.order).now.owner]
        for key, facts in world.facts.items()
        if (known := as_known(facts, THEN))
    }
    assert shown == {code: had[code] for code in shown}
    now = dict(Deal.objects.values_list("code", "owner__name"))
    handed_over = {code for code in shown if now[code] != had[code]}
    assert handed_over & late and handed_over - late


def test_a_stage_of_another_funnel_nobody_knew_to_be_reached_is_not_on_the_sheet(cast: Cast) -> None:
    world = Histories([cast.chenan], make.funnel("car"))
    first, second, *_rest = world.stages
    worth = {"amount": Decimal(100), "base_amount": Decimal(100), "currency": "CNY"}
    whose = {"owner": cast.chenan.pk, "unit": cast.chenan.unit_id, "expected_on": NOW.date()}
    born = Fact("enter", THEN - timedelta(days=9), THEN - timedelta(days=9), stage=first, **worth, **whose)
    world.of(born, Fact("enter", THEN - timedelta(days=5), THEN + timedelta(days=5), stage=second))
    with clock.at(NOW):
        told, since = (
            run("forecast-sheet", {"as_of": at.isoformat(), "period": "all"}, None)["stages"]
            for at in (THEN, THEN + timedelta(days=6))
        )
    assert [(one["funnel"], len(one["deals"])) for one in told if one["funnel"] == "car"] == [("car", 1)]
    assert [one["code"] for one in told if one["deals"]] != [one["code"] for one in since if one["deals"]]


def test_many_late_deals_are_named_with_one_question(cast: Cast, client: Client) -> None:
    counts = []
    enter(client, cast.hezong)
    for more in (25, 75):
        Histories([cast.chenan, cast.lina]).write(more, seed=more)
        with clock.at(NOW):
            late = known_otherwise(THEN, Scope())
            client.get(
                f"/analysis/forecast-sheet/?as_of={THEN.date()}&period=all"
            )  # what is read once a process
            with CaptureQueriesContext(connection) as queries:
                page = client.get(f"/analysis/forecast-sheet/?as_of={THEN.date()}&period=all")
            told = run("forecast-sheet", {"as_of": str(THEN.date()), "period": "all"}, None)
        assert page.status_code == 200
        counts.append((len(late), len(queries)))
    names = {deal["owner"] for stage in told["stages"] for deal in stage["deals"]}
    assert names == {cast.chenan.name, cast.lina.name}
    (few, once), (many, again) = counts
    assert many > few + 5 and again == once <= 20
