"""Flows of past instants that are kept: whatever is done to the past, they are what counting anew gives."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from typing import Any

from django.test import Client

from loudou.insight.figures.flow import STAY, Span
from loudou.insight.figures.forecast import Pile
from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.queries.flows import flows
from loudou.insight.queries.kept.flows import flows_known, piles_known
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.live import LiveDeals
from loudou.insight.queries.stocks import piles
from loudou.kernel import clock
from loudou.pipeline.models import Kept, State
from loudou.pipeline.queries.funnels import every_spec
from loudou.pipeline.verbs._history import rebuild
from tests.cast import Cast
from tests.doors import enter
from tests.histories import BEGIN, END, Histories
from tests.insight.test_kept_waterfall import NOW, _act, cast, found

__all__ = ["cast", "found"]
STEPS, ACTS = 6, 100


def both(world: Histories, asked: tuple[Scope, dict[str, Span], str]) -> tuple[Any, Any]:
    """What is kept (or kept now), and what is counted anew."""
    scope, spans, by = asked
    otherwise = known_otherwise(next(iter(spans.values())).known, scope)
    stages = list(world.stages)
    quick = flows_known(stages, scope, spans, by=by, otherwise=otherwise)
    return _plain(quick), _plain(flows(stages, scope, spans, by=by, otherwise=otherwise))


def _plain(counted: Any) -> Any:
    return {
        (name, part, stage, kind): (amounts.count, amounts.amount)
        for name, parts in counted.items()
        for part, stages in parts.items()
        for stage, kinds in stages.items()
        for kind, amounts in kinds.items()
        if amounts.count or amounts.amount
    }


def asks() -> list[tuple[Scope, dict[str, Span], str]]:
    """Two past instants; everything, a department, by owner."""
    with clock.at(NOW):
        unit = InsightLens.read({"unit": "D1"}, None).scope
    early, late = BEGIN + (END - BEGIN) * 0.5, END - timedelta(days=9, hours=5)
    return [
        (Scope(), {"it": _span(early), "before": _span(early, back=90)}, ""),
        (unit, {"it": _span(late)}, ""),
        (Scope(), {"it": _span(late)}, "owner"),
    ]


def _span(known: Any, back: int = 0) -> Span:
    until = known - timedelta(days=back)
    return Span(NOW, until - timedelta(days=40, hours=3), until, known)


def test_they_stay_true_whatever_is_done_to_the_past(cast: Cast, found: list[bool]) -> None:
    dice = random.Random(11)
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(60, seed=22)
    for step in range(STEPS):
        # Nothing, then facts as they happen, then whatever can be done to a past.
        touched = {_act(dice, world, (0, 1, 2)[step % 3]) for _ in range(ACTS if step % 3 else 0)}
        deals = [world.deals[key] for key in sorted(touched) if key in world.deals]
        rebuild(deals)
        for deal in deals:
            deal.save()
        for asked in asks():
            quick, slow = both(world, asked)
            assert quick == slow, (step, asked)
    # A storm is read anew, and kept until the next.
    looks = [found[step * 3 : step * 3 + 3] for step in range(STEPS)]
    assert looks == [[False] * 3, [True] * 3, [False] * 3, [True] * 3, [True] * 3, [False] * 3]


def test_what_stood_is_weighed_without_counting_it_again(cast: Cast) -> None:
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(90, seed=23)
    stages, specs = list(world.stages), every_spec(world.funnel)
    assert State.objects.exclude(probability=None).exists()
    for scope, spans, _by in asks():
        span = spans["it"]
        otherwise = known_otherwise(span.known, scope)
        stood = {
            stage: kinds[STAY]
            for stage, kinds in flows(stages, scope, spans, otherwise=otherwise)["it"][None].items()
        }
        wanted = LiveDeals(scope, NOW, NOW.date(), span.known)
        quick = piles_known(wanted, stages, otherwise, stood=stood, specs=specs)
        assert _weighed(quick, stages) == _weighed(piles(wanted, stages, otherwise), stages)
        by_one_rate = piles_known(wanted, stages, otherwise, stood=stood, specs=specs[:1])
        assert _weighed(by_one_rate, stages) == _weighed(quick, stages)


def _weighed(some: list[Pile], stages: list[int]) -> list[Any]:
    here = {stage: [pile for pile in some if pile.stage == stage] for stage in stages}
    return [
        (sum(p.count for p in found), sum(p.amount for p in found), sum(p.weighted() for p in found))
        for found in here.values()
    ]


def test_what_may_be_another_tomorrow_is_not_kept(cast: Cast) -> None:
    """The present, what runs on beyond the instant, deals by what they are."""
    world = Histories([cast.chenan]).write(20, seed=5)
    known = END - timedelta(days=9)
    for asked in (
        (Scope(), {"it": Span(NOW, known)}, ""),
        (Scope(), {"it": Span(NOW, None, None, known)}, ""),
        (Scope(source="web"), {"it": _span(known)}, ""),
        (Scope(), {"it": _span(known)}, "source"),
    ):
        quick, slow = both(world, asked)
        assert quick == slow
    assert not Kept.objects.exists()


def test_the_page_of_a_past_instant_reads_what_was_kept(
    cast: Cast, found: list[bool], client: Client
) -> None:
    Histories([cast.chenan, cast.lina, cast.sunqiang]).write(30, seed=6)
    enter(client, cast.heli)
    past = (BEGIN + (END - BEGIN) * 0.6).date()
    pages = [client.get(f"/analysis/funnel/?as_of={past}&period=2025&by=unit") for _look in range(2)]
    assert found == [False, False, True, True]
    assert [page.status_code for page in pages] == [200, 200]
    first, second = (re.findall(r"<t[dh].*?</t[dh]>", page.content.decode()) for page in pages)
    assert first == second and len(first) > 40
