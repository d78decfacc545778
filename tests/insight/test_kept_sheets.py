"""Forecast sheets of past days that are kept: whatever is done to the past, they are what counting anew gives."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.queries.kept import sheets as keeping
from loudou.insight.queries.kept.sheets import past_sheet
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.live import LiveDeals
from loudou.insight.queries.sheet import lines
from loudou.insight.queries.stocks import piles
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.pipeline.models import FunnelVersion, Kept, StageSpec
from loudou.pipeline.queries import funnels
from loudou.pipeline.verbs._history import rebuild
from tests.cast import Cast
from tests.doors import enter
from tests.histories import BEGIN, END, Histories
from tests.insight.test_kept_waterfall import NOW, _act, cast, found

__all__ = ["cast", "found"]
STEPS, ACTS, MOST = 6, 100, 5


@pytest.fixture(autouse=True)
def few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LEAST_KEPT", 0)


def asks() -> list[LiveDeals]:
    """Two past instants; everything of all time, a department's quarter."""
    with clock.at(NOW):
        unit = InsightLens.read({"unit": "D1"}, None).scope
    early, late = BEGIN + (END - BEGIN) * 0.5, END - timedelta(days=9, hours=5)
    quarter = Period(late.date(), late.date() + timedelta(days=90))
    common: Any = {"sheet": True}
    return [
        LiveDeals(Scope(), NOW, early.date(), early, **common),
        LiveDeals(unit, NOW, late.date(), late, period=quarter, **common),
    ]


def both(world: Histories, wanted: LiveDeals) -> tuple[Any, Any]:
    """What is kept (or kept now), and what is counted anew."""
    otherwise, stages = known_otherwise(wanted.known, wanted.scope), list(world.stages)
    asked: dict[str, Any] = {"calibrated": {}, "most": MOST}
    slow = piles(wanted, None, otherwise), lines(wanted, stages, otherwise, **asked)
    past = past_sheet(wanted, MOST)
    if past is None:
        return slow, slow
    quick = past.piles(otherwise), lines(wanted, stages, otherwise, only=past.largest, **asked)
    past.keep(*quick)
    return (_summed(quick[0]), quick[1]), (_summed(slow[0]), slow[1])


def _summed(some: Any) -> Any:
    found: dict[Any, list[Any]] = {}
    for pile in some:
        sums = found.setdefault((pile.stage, pile.rate, pile.bucket), [0, 0, 0, 0])
        for place, one in enumerate((pile.count, pile.amount, pile.own_weighted, pile.plain)):
            sums[place] += one
    return {key: sums for key, sums in found.items() if any(sums)}


def test_they_stay_true_whatever_is_done_to_the_past(cast: Cast, found: list[bool]) -> None:
    dice = random.Random(13)
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(80, seed=25)
    looks = []
    for step in range(STEPS):
        # Nothing, then facts as they happen, then whatever can be done to a past.
        touched = {_act(dice, world, (0, 1, 2)[step % 3]) for _ in range(ACTS if step % 3 else 0)}
        deals = [world.deals[key] for key in sorted(touched) if key in world.deals]
        rebuild(deals)
        for deal in deals:
            deal.save()
        found.clear()
        for wanted in asks():
            quick, slow = both(world, wanted)
            assert quick == slow, (step, wanted)
            assert quick[0] and quick[1]
        looks.append(found[:])
    # A storm is read anew, and kept until the next.
    assert looks == [[False] * 2, [True] * 2, [False] * 2, [True] * 2, [True] * 2, [False] * 2]


def test_what_may_be_another_tomorrow_is_not_kept(cast: Cast) -> None:
    """What deals are, what was learned, the present, and rates that versions do not share."""
    world = Histories([cast.chenan]).write(40, seed=5)
    wanted = asks()[0]
    changes: list[dict[str, Any]] = [{"scope": Scope(source="web")}, {"known": None}, {"learned": [1]}]
    assert [past_sheet(replace(wanted, **change), MOST) for change in changes] == [None] * 3
    assert past_sheet(wanted, MOST) is not None
    spec = StageSpec.objects.filter(version=world.funnel.current)[0]
    newer = FunnelVersion.objects.create(funnel=world.funnel, number=99, published_at=NOW)
    spec.pk, spec.version, spec.probability = None, newer, Decimal("0.99")
    spec.save()
    funnels.forget()
    assert past_sheet(wanted, MOST) is None


def test_few_are_counted_each_time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LEAST_KEPT", 10_000)
    world = Histories([cast.chenan]).write(20, seed=5)
    quick, slow = both(world, asks()[0])
    assert quick == slow and not Kept.objects.exists()


def test_the_page_of_a_past_day_reads_what_was_kept(cast: Cast, found: list[bool], client: Client) -> None:
    Histories([cast.chenan, cast.lina, cast.sunqiang]).write(40, seed=6)
    enter(client, cast.heli)
    past = (BEGIN + (END - BEGIN) * 0.6).date()
    pages = [client.get(f"/analysis/forecast-sheet/?as_of={past}&period=all") for _look in range(2)]
    assert found == [False, True]
    first, second = (re.findall(r"<t[dh].*?</t[dh]>", page.content.decode(), re.S) for page in pages)
    assert first == second and len(first) > 20
