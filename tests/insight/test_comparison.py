"""Side by side: each part's figures are those of its own report, to the digit, and lead to its deals."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.test import Client

from loudou.insight.figures.scope import Scope
from loudou.insight.figures.times import Times
from loudou.insight.figures.winrate import WinRate
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import closes_by, win_rate
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.times import stage_times, times_by
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.pipeline import verbs as pipeline
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.histories import Histories
from tests.insight import examples
from tests.insight.test_pages import cells
from tests.insight.test_reference import NOW, _spans, world
from tests.insight.test_worked_examples import END_OF_Q1, _brought
from tests.make import instant

__all__ = ["world"]
AT = "2026-04-02 10:00"


def _same(found: Times, told: Times) -> bool:
    return (sorted(found.ended), sorted(found.waiting), sorted(found.onward), found.promoted) == (
        *(sorted(told.ended), sorted(told.waiting), sorted(told.onward)),
        told.promoted,
    )


def test_each_part_is_the_figure_of_its_own_scope(world: Histories, cast: Cast) -> None:
    """Every owner, source, product and branch counted at once is what it is counted alone, at every instant."""
    with clock.at(NOW):
        lens = InsightLens.read({"by": "unit"}, None)
    for span in _spans(random.Random(41))[:8]:
        for by in ("owner", "source", "product", "unit"):
            scope = lens.split if by == "unit" else Scope()
            otherwise = known_otherwise(span.known, scope)
            timed = times_by(by, world.stages, scope, span, otherwise=otherwise)
            closes = closes_by(by, scope, span, otherwise=otherwise)
            for key in {*timed, *closes} - {None, ""}:
                alone = _alone(scope, by, key)
                own = known_otherwise(span.known, alone)
                times = stage_times(world.stages, alone, span, otherwise=own)
                for stage in world.stages:
                    here = timed.get(key, {}).get(stage, Times())
                    assert _same(here, times.get(stage, Times())), (span, by, key, stage)
                told, whole = closes.get(key, WinRate()), win_rate(alone, span, otherwise=own)
                for name in ("won", "lost", "won_amount", "lost_amount"):
                    assert getattr(told, name) == getattr(whole, name), (span, by, key)


def _alone(scope: Scope, by: str, key: Any) -> Scope:
    if by == "unit":
        return replace(scope, units=tuple(one for one in scope.units or () if one.branch == key))
    return replace(scope, **{by: key})


def test_d3_side_by_side(cast: Cast, tmp_path: Path) -> None:
    """All of D3 is one person's: the person, the source nobody named and the whole say the same."""
    with clock.at(instant("2026-04-02 09:00")):
        _brought(examples.d3(tmp_path))
    with clock.at(instant(AT)):
        params = {"period": "2026-Q1", "as-of": END_OF_Q1}
        found = run("comparison", {**params, "by": "owner"}, None)
        cohorts = run("conversion", params, None)["stages"]
        times = run("stage-time", params, None)["stages"]
        leaks = run("leakage", params, None)["stages"]
        wins = run("win-rate", params, None)
    assert [part["part"] for part in found["parts"]] == ["chenan"]
    assert (found["whole"]["won"], found["whole"]["lost"]) == (wins["won"], wins["lost"])
    assert found["whole"]["win_rate"] == wins["rate"]
    for one in (found["whole"], found["parts"][0]):
        for place, stage in enumerate(one["stages"]):
            assert (stage["rate"], stage["n"]) == (cohorts[place]["rate"], cohorts[place]["n"])
            assert stage["interval_low"] == cohorts[place]["interval_low"]
            assert (stage["median_days"], stage["left"]) == (
                times[place]["median_days"],
                times[place]["left"],
            )
            assert (stage["leak_rate"], stage["lost"]) == (leaks[place]["rate"], leaks[place]["lost"])


def test_periods_stand_in_order(cast: Cast, tmp_path: Path) -> None:
    with clock.at(instant("2026-04-02 09:00")):
        _brought(examples.d3(tmp_path))
        found = run("comparison", {"by": "period", "period": "2026-Q1"}, None)
        whole = run("comparison", {"by": "period", "period": "all"}, None)
    assert [part["part"] for part in found["parts"]] == ["2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1"]
    assert found["parts"][3]["stages"] == found["whole"]["stages"]
    assert found["parts"][0]["win_rate_reason"] == "no_base"
    assert len(whole["parts"]) == 1


def test_the_page_has_a_line_a_part(cast: Cast, tmp_path: Path, client: Client) -> None:
    with clock.at(instant("2026-04-02 09:00")):
        _brought(examples.d3(tmp_path))
        enter(client, cast.linjing)
        for by, name in (("owner", "陈安"), ("period", "2025"), ("source", "未注明"), ("product", "")):
            page = client.get(f"/analysis/comparison/?by={by}&period=2026-Q1").content.decode()
            assert any(name in row[0] for row in cells(page, "numbers beside") if row), by


def test_what_has_no_value_says_why(cast: Cast) -> None:
    whole = run("comparison", {"by": "owner"}, None)["whole"]
    assert (whole["interval_low"], whole["interval_low_reason"], whole["interval_high_reason"]) == (
        None,
        "no_base",
        "no_base",
    )
    assert whole["stages"][0]["interval_high_reason"] == "no_base"
    weeks = run("sales-progress", {"period": "2026-Q1"}, None)["weeks"]
    assert weeks and {week["on_pace_reason"] for week in weeks} == {week["progress_reason"] for week in weeks}
    backward = run("funnel-backward", {"target": "100"}, None)
    assert (backward["latest_creation"], backward["latest_creation_reason"]) == (
        None,
        backward["cycle_days_reason"],
    )


def test_a_unit_at_the_top_for_a_time_counts_once_then_too(cast: Cast) -> None:
    """What was won in a unit while it stood at the top is told of it later on, what was won before of what was above it."""
    center = cast.unit("CENTER")
    house = center.parent
    assert house is not None

    def parts() -> dict[str, int]:
        found = run("comparison", {"by": "unit", "period": "all"}, None)
        assert found["whole"]["won"] == sum(part["won"] for part in found["parts"])
        return {part["part"]: part["won"] for part in found["parts"] if part["won"]}

    found = []
    for day, above in (("2025-12-10", house), ("2026-01-10", None), ("2026-03-01", house)):
        with clock.at(instant(day)):
            people.move_unit(center, to=above, by=None)
            pipeline.win(make.at_last_stage(cast.chenan), by=cast.linjing)
        with clock.at(instant(f"{day} 12:00")):
            found.append(parts())
    assert found == [{center.code: 1}, {house.code: 1, center.code: 1}, {center.code: 3}]
