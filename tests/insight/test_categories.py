"""Forecast categories (M21): the example, what a person's judgement and a win change, and the slow count beside the fast."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from loudou.insight.figures.categories import COLUMNS
from loudou.insight.queries.categories import categories
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.live import LiveDeals
from loudou.insight.reports import run
from loudou.insight.reports.categories import SUMS
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, StageSpec
from tests.cast import Cast
from tests.doors import enter
from tests.histories import Histories
from tests.insight import examples, reference
from tests.insight.test_pages import cells
from tests.insight.test_reference import NOW, _scopes, _spans, world
from tests.insight.test_worked_examples import _brought
from tests.make import day, instant

__all__ = ["world"]
TODAY = "2026-05-10 09:00"
LATER = "2026-05-12 09:00"


@pytest.fixture
def d2(cast: Cast, tmp_path: Path) -> None:
    with clock.at(instant(TODAY)):
        _brought(examples.d2(tmp_path))


def told(at: str = TODAY, **params: str) -> dict[str, Any]:
    with clock.at(instant(at)):
        return run("forecast-categories", params, None)


def test_d2_by_the_categories_of_its_stages(d2: None) -> None:
    """验证 and 开发 are pipeline, 提案 (50 %) best case, 成交 (80 %) commit."""
    found = told(owner="zhangwei")
    assert [found[name] for name in COLUMNS] == [
        *("0.00", "450000.00", "0.00"),
        *("1000000.00", "1500000.00", "0.00"),
    ]
    assert [found[name] for name in SUMS] == ["450000.00", "1450000.00", "2950000.00"]
    assert (found["commitment_of_target"], found["commitment_of_target_reason"]) == (None, "no_target")
    with_target = told(owner="zhangwei", target="1000000")
    assert (with_target["commitment_of_target"], with_target["optimistic_of_target"]) == (
        "0.450000",
        "1.450000",
    )


def test_a_judgement_and_a_win_move_deals_and_the_past_stays(d2: None, cast: Cast) -> None:
    by_stage = {deal.spec.probability: deal for deal in Deal.objects.select_related("spec").order_by("pk")}
    sure, likely = by_stage[Decimal("0.5")], by_stage[Decimal("0.3")]
    with clock.at(instant("2026-05-11 09:00")):
        verbs.edit(sure, by=cast.zhangwei, category="commit", reason="合同已在走流程")
        verbs.edit(likely, by=cast.zhangwei, category="omitted", reason="预算冻结")
    before, after = told(LATER, owner="zhangwei"), told(LATER, **{"as-of": "2026-05-10T20:00:00+08:00"})
    assert Decimal(before["commit"]) == 450_000 + sure.base_amount
    assert Decimal(before["omitted"]) == likely.base_amount
    assert Decimal(before["open"]) == 2_950_000 - likely.base_amount
    assert (after["commit"], after["omitted"], after["open"]) == ("450000.00", "0.00", "2950000.00")


def test_what_is_due_at_another_time_is_named(d2: None, cast: Cast) -> None:
    found = told(period="2026-Q3")
    assert found["open"] == "0.00" and found["left_out"]["outside"]["amount"] == "2950000.00"


def test_the_parts_sum_to_the_whole(d2: None, cast: Cast) -> None:
    for by in ("unit", "owner"):
        found = told(by=by)
        for name in (*COLUMNS, *SUMS):
            assert sum(Decimal(part[name]) for part in found["parts"]) == Decimal(found[name])
    assert [part["part"] for part in told(by="owner")["parts"]] == ["zhangwei"]


def test_the_fast_count_is_the_slow_one(world: Histories, cast: Cast) -> None:
    of_stage = {(spec.version_id, spec.stage_id): spec.category for spec in StageSpec.objects.all()}
    for span in _spans(random.Random(31)):
        today = ((span.known or NOW) - timedelta(microseconds=1)).astimezone(reference.ZONE).date()
        period = Period(day("2026-01-01"), day("2026-07-01"))
        for scope, takes, has in _scopes(cast):
            wanted = LiveDeals(scope, NOW, today, span.known, period, sheet=True)
            found = categories(wanted, span, otherwise=known_otherwise(span.known, scope))[None]
            expected: dict[str, Any] = defaultdict(lambda: (0, Decimal(0)))
            deals = reference.known(world, span.known, lambda key, has=has: has(world, key))
            for one in deals:
                stand = reference.standing(one.history, span.known)
                if stand is None or stand.outcome != "open":
                    continue
                first = max(today, period.start)
                due = [some for on, some in reference.portions(stand) if on and first <= on < period.end]
                if due and takes(stand.owner, stand.unit, span.known or NOW):
                    name = stand.category or of_stage[one.deal.funnel_version_id, stand.stage]
                    expected[name] = (expected[name][0] + 1, expected[name][1] + sum(due))
            for one, stay in reference.closes(deals, span.since, span.until):
                mine = takes(stay.left_owner or 0, stay.left_unit, stay.left_at or NOW)
                if one.history.now.outcome == "won" and mine:
                    count, amount = expected["closed"]
                    expected["closed"] = (count + 1, amount + (stay.left_amount or 0))
            for name in COLUMNS:
                amounts = getattr(found, name)
                assert (amounts.count, amounts.amount) == expected[name], (span, scope, name)


def test_the_page_says_what_the_report_says(d2: None, cast: Cast, client: Client) -> None:
    with clock.at(instant(TODAY)):
        enter(client, cast.linjing)
        page = client.get("/analysis/forecast-categories/?by=owner").content.decode()
        assert "承诺" in page and "张伟" in page
        assert ["张伟", "¥0", "¥45万", "¥0", "¥100万"] in [row[:5] for row in cells(page)]
