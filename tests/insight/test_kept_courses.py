"""Cohorts, times and leaks of past instants that are kept: whatever is done to the past, they are what reading anew gives."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from loudou.insight.figures.flow import Amounts, Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.times import HALF, QUARTER
from loudou.insight.queries.by_period import paces
from loudou.insight.queries.kept import courses as keeping
from loudou.insight.queries.kept.cohorts import Cohorts
from loudou.insight.queries.kept.courses import leaks_then, times_then, told_then
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.leaks import reasons, silent
from loudou.insight.queries.times import stage_times
from loudou.insight.reports import run
from loudou.insight.words import why_lost
from loudou.kernel import clock
from loudou.pipeline.models import Kept, Reason
from loudou.pipeline.verbs._history import rebuild
from tests.cast import Cast
from tests.doors import enter
from tests.histories import BEGIN, END, Histories
from tests.insight.test_kept_flows import asks
from tests.insight.test_kept_waterfall import NOW, _act, cast, found

__all__ = ["cast", "found"]
STEPS, ACTS = 6, 100
SHARES = [(HALF, QUARTER), (HALF,)]


@pytest.fixture
def few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LEAST_KEPT", 0)
    monkeypatch.setattr(keeping, "LEAST_LEAKED", 0)


def both(world: Histories, scope: Scope, spans: list[Span]) -> tuple[Any, Any]:
    """What is kept (or kept now), and what is read anew."""
    otherwise = known_otherwise(spans[0].known, scope)
    stages = list(world.stages)
    limits = {stage: 86_400_000_000 * 5 * place or None for place, stage in enumerate(stages)}
    quick = [
        told_then(Cohorts(stages, scope, spans, SHARES), otherwise),
        *map(_counted, leaks_then(stages, limits, scope, spans[0], otherwise)),
        times_then(stages, scope, spans[0], otherwise),
    ]
    slow = [
        paces(stages, scope, spans, otherwise=otherwise),
        _counted(reasons(stages, scope, spans[0], otherwise)),
        _counted(silent(limits, scope, spans[0], otherwise)),
        {s: one.told for s, one in stage_times(stages, scope, spans[0], otherwise=otherwise).items()},
    ]
    quick[0] = [{s: (one.conversion, one.quantiles) for s, one in each.items()} for each in quick[0]]
    slow[0] = [
        {s: (conversion, times.quantiles(shares)) for s, (conversion, times) in each.items()}
        for shares, each in zip(SHARES, slow[0], strict=True)
    ]
    return quick, slow


def _counted(found: Any) -> Any:
    return {(stage, name): one for stage, parts in found.items() for name, one in parts.items() if one.count}


def _asked() -> list[tuple[Scope, list[Span]]]:
    some = [(scope, next(iter(spans.values()))) for scope, spans, _by in asks()]
    return [(scope, [span, _before(span)]) for scope, span in some]


def _before(span: Span) -> Span:
    assert span.since is not None
    return Span(NOW, span.since - timedelta(days=70), span.since, span.known)


@pytest.mark.usefixtures("few_are_kept")
def test_they_stay_true_whatever_is_done_to_the_past(cast: Cast, found: list[bool]) -> None:
    dice = random.Random(12)
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(60, seed=24)
    looks, told = [], set()
    for step in range(STEPS):
        # Nothing, then facts as they happen, then whatever can be done to a past.
        touched = {_act(dice, world, (0, 1, 2)[step % 3]) for _ in range(ACTS if step % 3 else 0)}
        deals = [world.deals[key] for key in sorted(touched) if key in world.deals]
        rebuild(deals)
        for deal in deals:
            deal.save()
        found.clear()
        for scope, spans in _asked()[:2]:
            quick, slow = both(world, scope, spans)
            assert quick == slow, (step, scope, spans)
            told |= {place for place, some in enumerate(quick) if some}
        looks.append(found[:])
    assert told == {0, 1, 2, 3}
    # A storm is read anew, and kept until the next.
    assert looks == [[False] * 6, [True] * 6, [False] * 6, [True] * 6, [True] * 6, [False] * 6]


@pytest.mark.usefixtures("few_are_kept")
def test_what_may_be_another_tomorrow_is_not_kept(cast: Cast, found: list[bool]) -> None:
    """What deals are, and what runs on beyond the instant."""
    world = Histories([cast.chenan]).write(20, seed=5)
    known = END - timedelta(days=9)
    for scope, until in ((Scope(source="web"), known), (Scope(), None)):
        span = Span(NOW, known - timedelta(days=40), until, known)
        quick, slow = both(world, scope, [span, _before(span)])
        assert quick == slow
    assert not found and not Kept.objects.exists()


def test_few_are_read_each_time(cast: Cast) -> None:
    world = Histories([cast.chenan]).write(20, seed=5)
    for _look in range(2):
        quick, slow = both(world, *_asked()[0])
        assert quick == slow
    assert not Kept.objects.exists()


@pytest.mark.usefixtures("few_are_kept")
def test_page_and_reports_of_a_past_instant_read_what_was_kept(
    cast: Cast, found: list[bool], client: Client
) -> None:
    Histories([cast.chenan, cast.lina, cast.sunqiang]).write(60, seed=6)
    enter(client, cast.heli)
    past = (BEGIN + (END - BEGIN) * 0.6).date()
    pages = [client.get(f"/analysis/bottlenecks/?as_of={past}") for _look in range(2)]
    assert found == [False] * 2 + [True] * 2
    assert [page.status_code for page in pages] == [200, 200]
    first, second = (re.findall(r"<t[dh].*?</t[dh]>", page.content.decode()) for page in pages)
    assert first == second and len(first) > 40
    with clock.at(NOW):
        told = [run("leakage", {"as_of": str(past), "period": "2025-Q4"}, None) for _look in range(2)]
    assert told[0] == told[1] and any(stage["lost"] for stage in told[0]["stages"])


@pytest.mark.usefixtures("few_are_kept")
def test_the_first_look_at_a_past_instant_asks_no_more_than_twenty_questions(
    cast: Cast, found: list[bool], client: Client
) -> None:
    """What is read is also kept, late facts are put right, and the person sees a part of the company."""
    Histories([cast.chenan, cast.lina, cast.sunqiang]).write(60, seed=6)
    past = (BEGIN + (END - BEGIN) * 0.6).date()
    assert known_otherwise(BEGIN + (END - BEGIN) * 0.6, Scope())
    for person in (cast.hezong, cast.heli, cast.wumin, cast.chenan):
        enter(client, person)
        client.get(f"/analysis/bottlenecks/?as_of={past - timedelta(days=1)}")  # what is read once a process
        found.clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/analysis/bottlenecks/?as_of={past}").status_code == 200
        assert not any(found) and len(queries) <= 20, person


@pytest.mark.usefixtures("few_are_kept")
def test_conversions_and_cohorts_by_month_of_a_past_instant_are_kept(
    cast: Cast, found: list[bool], client: Client
) -> None:
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(60, seed=6)
    enter(client, cast.heli)
    past = (BEGIN + (END - BEGIN) * 0.6).date()
    asked = {"as_of": str(past), "period": "2025-Q4"}
    with clock.at(NOW):
        for report, looks in (("conversion", 2), ("cohort-grid", 1), ("stage-time", 1)):
            found.clear()
            first, second = (run(report, asked, None) for _look in range(2))
            assert found == [False] * looks + [True] * looks
            assert first == second and first["months" if report == "cohort-grid" else "stages"]
        for page, looks in (("funnel/?view=cohort&compare=before", 5), ("cohorts/?", 1)):
            found.clear()
            told = [client.get(f"/analysis/{page}&as_of={past}").content.decode() for _look in range(2)]
            cells = [re.findall(r"<t[dh].*?</t[dh]>", text, re.S) for text in told]
            assert cells[0] == cells[1] and len(cells[0]) > 20
            assert found == [False] * looks + [True] * looks
    scope, spans = _asked()[0]
    otherwise = known_otherwise(spans[0].known, scope)
    told_cohorts = told_then(Cohorts(list(world.stages), scope, spans), otherwise)
    slow = paces(list(world.stages), scope, spans, otherwise=otherwise)
    assert [{stage: one.conversion for stage, one in each.items()} for each in told_cohorts] == [
        {stage: conversion for stage, (conversion, _times) in each.items()} for each in slow
    ]
    assert not any(one.quantiles for each in told_cohorts for one in each.values())


def test_two_kinds_of_loss_with_one_name_are_told_apart(db: None) -> None:
    """“No budget” is a reason for losing to nobody and for cancelling: two lines of one name would look like a mistake."""
    lost, cancelled = Reason.objects.filter(code="no_budget").order_by("-kind")
    price = Reason.objects.get(code="price")
    told = [(lost, Amounts(3)), (price, Amounts(2)), (cancelled, Amounts(1)), (None, Amounts(1))]
    with override("en"):
        names = [name for name, _amounts in why_lost(told)]
    assert names == ["No budget · lost", "Price", "No budget · cancelled by the customer", "none named"]
