"""Cohorts followed to the win and cumulated over the days since (M02, M05): by hand, against a slow way, on page and paper."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loudou.insight.figures.conversion import Conversion
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.through import DAYS, GOALS, Grown, arrived, grown_of, is_over, through_of
from loudou.insight.lens import InsightLens
from loudou.insight.queries.kept.through import grown_then, whole_then
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.through import grown, through, whole_way
from loudou.insight.reports import run
from loudou.insight.reports.records import number_of
from loudou.insight.reports.terms import opened, quotient_of
from loudou.kernel import clock
from loudou.pipeline import kept
from loudou.pipeline.figures.courses import Course, courses, stages_in_order
from loudou.pipeline.figures.history import History, as_known, unfold
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.funnels import order_in, specs
from loudou.pipeline.queries.history import facts_of
from tests.cast import Cast
from tests.doors import enter
from tests.histories import Histories
from tests.insight import examples
from tests.insight.test_pages import cells
from tests.insight.test_papers import _sheet
from tests.insight.test_records import world
from tests.insight.test_worked_examples import END_OF_Q1, _brought
from tests.make import instant

__all__ = ["world"]
Q1 = {"from": "2026-01-01", "to": "2026-04-01", "as-of": END_OF_Q1}


@pytest.fixture
def d3(cast: Cast, tmp_path: Path) -> Iterator[None]:
    with clock.at(instant("2026-04-02 09:00")):
        _brought(examples.d3(tmp_path))
    with clock.at(instant("2026-06-10 10:00")):
        yield


def test_d3_from_the_first_stage_to_the_win(d3: None, cast: Cast) -> None:
    whole = run("conversion", Q1, cast.linjing)["whole"]
    assert [whole[name] for name in ("cohort", "won", "lost", "inflight", "n")] == [9, 3, 2, 4, 5]
    assert (whole["rate"], whole["low"], whole["high"]) == ("0.600000", "0.333333", "0.777778")
    assert (whole["maturity"], whole["ripe"], whole["won_in_period"]) == ("0.555556", False, 3)
    # The bounds are those of the cohort win rate (M05).
    bounds = run("win-rate", Q1, cast.linjing)
    assert (whole["low"], whole["high"]) == (bounds["cohort_low"], bounds["cohort_high"])


def test_d3_cumulated(d3: None, cast: Cast) -> None:
    """Of the six of January O3 was won after 50 days, O1 after exactly 60, O6 after 74; O5 alone never left the first stage."""
    asked = {"period": "2026-Q1", "as-of": END_OF_Q1}
    january, *_rest, march = run("cumulative-conversion", asked, cast.linjing)["months"]
    assert january["cohort"] == 6 and march["cohort"] == 0
    told = [(one["over"], one["share"]) for one in january["after"]]
    assert told[:2] == [(True, "0.000000"), (False, None)]
    assert january["after"][1]["share_reason"] == "immature"
    later = run("cumulative-conversion", {"period": "2026-Q1"}, cast.linjing)["months"][0]
    assert [one["count"] for one in later["after"][:4]] == [0, 2, 3, 3]
    assert [one["share"] for one in later["after"][:4]] == ["0.000000", "0.333333", "0.500000", "0.500000"]
    beyond = run("cumulative-conversion", {**asked, "goal": "next"}, cast.linjing)
    assert (beyond["code"], beyond["goal"]) == (run("conversion", Q1, None)["whole"]["from_stage"], "next")
    assert beyond["months"][0]["after"][0]["share"] == "0.833333"


def test_the_last_moment_of_a_number_of_days_belongs_to_it() -> None:
    day = timedelta(days=30)
    assert arrived(2, day).after == (2, 2, 2, 2, 2, 2)
    assert arrived(1, day + timedelta(microseconds=1)).after == (0, 1, 1, 1, 1, 1)
    assert arrived(1, timedelta(days=181)) + Grown(1) == Grown(1, (0,) * 6)
    month = instant("2026-02-01")
    assert is_over(month, 30, month + day) and not is_over(month, 31, month + day)
    assert Grown().share(0).reason == "no_base"


def _ways(known: Any) -> Iterator[tuple[Course, History]]:
    """Every course of every deal, as it was known."""
    facts = facts_of(list(Deal.objects.values_list("pk", flat=True)))
    for deal in Deal.objects.select_related("funnel"):
        order = order_in(deal.funnel)
        every = facts[deal.pk] if known is None else as_known(facts[deal.pk], known)
        if every:
            history = unfold(every, order)
            version = [spec.stage_id for spec in specs(deal.funnel_version_id)]
            for course in courses(history, stages_in_order(version, history, order)):
                yield course, history


def _as_kept(key: str, until: Any, read: Any, enough: Any) -> Any:
    """As if it had been kept: what was read comes back as JSON gives it."""
    assert key and until
    plain = read()
    assert enough(plain) in (False, True)
    return json.loads(json.dumps(plain))


@pytest.mark.parametrize("known", [None, "2026-02-10 15:30", "2026-03-25 00:00"])
def test_it_is_what_the_slow_way_tells(
    cast: Cast, known: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(90, seed=5)
    now, then = instant("2026-06-01"), instant(known) if known else None
    edges = [instant(f"2025-{month}-01") for month in (11, 12)] + [
        instant(f"2026-{month:02}-01") for month in (1, 2, 3, 4)
    ]
    spans = [
        Span(now, since, until if then is None or until < then else then, then)
        for since, until in pairwise(edges)
        if then is None or since < then
    ]
    every = list(_ways(then))
    monkeypatch.setattr(kept, "remembered", _as_kept)
    for scope in (Scope(), Scope(cast.chenan.pk)):
        otherwise = known_otherwise(then, scope)
        for stage in made.stages:
            mine = [(course, history) for course, history in every if course.stage == stage]
            slow = [sum((through_of(*one, span, scope) for one in mine), Conversion()) for span in spans]
            assert through(stage, scope, spans, otherwise) == slow
            for goal in GOALS:
                grew = [sum((grown_of(*one, goal, span, scope) for one in mine), Grown()) for span in spans]
                assert grown(stage, goal, scope, spans, otherwise) == grew
                assert grown_then(stage, goal, scope, spans, otherwise) == grew
            asked = stage, made.stages, scope, spans, otherwise
            assert whole_way(*asked) == whole_then(*asked)


@pytest.mark.parametrize("as_of", ["", "2026-03-05"])
@pytest.mark.parametrize(
    "what", ["through_won", "through_lost", "through_open", "passed_within", "won_within"]
)
def test_its_deals_add_up_with_a_stage_and_without(
    world: Histories, cast: Cast, what: str, as_of: str
) -> None:
    for stage in ("", "verify", "propose"):
        params = {"what": what, "period": "2026-Q1", "within": "30", "funnel": "b2b"}
        lens = InsightLens.read(
            {**params, **({"stage": stage} if stage else {}), **({"as_of": as_of} if as_of else {})},
            cast.linjing,
        )
        assert lens.problems == ()
        number = number_of(lens)
        keys = list(number.deals().values_list("pk", flat=True))
        each = number.of_each(keys)
        assert sum(one.count for one in each.values()) == number.counted().count
        if stage and what in ("passed_within", "won_within"):
            rate = {"passed_within": "passed_share", "won_within": "won_share"}[what]
            asked = InsightLens.read({**params, "what": rate, "stage": stage}, cast.linjing)
            quotient = quotient_of(asked, opened(asked))
            assert quotient is not None and (as_of or quotient.top == number.counted())


def test_the_page_shows_the_whole_way_and_opens_it(d3: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    query = "?from=2026-01-01&to=2026-04-01&as_of=2026-03-31&view=cohort&compare=before"
    page = html.unescape(client.get("/analysis/funnel/" + query).content.decode())
    row = cells(page)[-1]
    assert row[0].startswith("创建 → 赢单") and [one.split()[0] for one in row[1:5]] == ["9", "3", "2", "4"]
    assert row[5].startswith("60.0%") and row[7] == "33.3% – 77.8%" and "未成熟" in row[8]
    drawn = page.split("<svg")[1] if 'class="funnel"' in page.split("<svg")[1] else page
    assert "赢单: 3" in drawn and "what=won_deals" in page
    assert "/analysis/cumulative/?" in page
    sheet = _sheet(client, "funnel", query)
    assert sheet[-1][:5] == ["创建 → 赢单", 9, 3, 2, 4]


def test_the_grid_comes_as_part_and_as_page_and_on_paper(d3: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    query = "?period=2026-Q1"
    part = client.get("/analysis/cumulative/" + query, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<section id="cumulative"')
    page = html.unescape(client.get("/analysis/cumulative/" + query + "&goal=next").content.decode())
    assert "<html" in page and "验证 → 开发" in page and "创建 → 赢单" in page
    rows = [row for row in cells(html.unescape(part), "months cumulative") if row]
    assert rows[0] == ["6", "0.0%", "33.3%", "50.0%", "50.0%", "—", "—"]
    assert "what=won_share&" in html.unescape(part) and "within=60" in html.unescape(part)
    last = client.get("/analysis/cumulative/?period=2026-Q1&goal=next&stage=close").content.decode()
    assert "成交 → 赢单" in html.unescape(last)
    whole = client.get("/analysis/cumulative/?period=2026-Q1&stage=propose").content.decode()
    assert "提案 → 赢单" in html.unescape(whole)
    assert DAYS[0] == 30


def test_days_that_are_not_told_are_left_out(cast: Cast) -> None:
    lens = InsightLens.read({"within": "31", "goal": "soon"}, cast.linjing)
    assert set(lens.problems) == {"within", "goal"} and (lens.within, lens.goal) == (180, "won")
