"""Forecasts that count with what was learned of each deal (M04, M20): the choice, the chances told, what they change."""

from __future__ import annotations

import json
import random
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client

from loudou.forecasts.queries import says
from loudou.insight import verbs as rates
from loudou.insight.figures.forecast import chance
from loudou.insight.lens import InsightLens
from loudou.insight.models import Foretold
from loudou.insight.queries.calibration import chosen
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.live import LiveDeals, configured
from loudou.insight.queries.sheet import lines
from loudou.insight.queries.stocks import piles
from loudou.insight.reports import run
from loudou.insight.reports.records import number_of
from loudou.insight.verbs import choose_rates
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Forbidden, Refused
from loudou.odds import tasks, verbs
from loudou.odds.commands import learn as learn_command
from loudou.odds.commands import success_rates
from loudou.odds.figures.features import FEATURES
from loudou.odds.models import Lesson
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal, Funnel
from loudou.pipeline.queries.funnels import specs
from loudou.pipeline.verbs import step_back
from loudou.pipeline.verbs.editing import touch_probability
from tests import jobs
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.histories import Histories
from tests.insight import examples, reference
from tests.insight.test_calibration import closed_deals
from tests.insight.test_pages import cells
from tests.insight.test_reference import NOW, _scopes, _spans, world
from tests.insight.test_worked_examples import _brought
from tests.make import instant

__all__ = ["world"]
CHOSEN, TOLD = "2026-05-11 09:00", "2026-05-11 09:05"
AFTER = "2026-05-11 12:00"
SPRING = Period(NOW.date(), date(2026, 7, 1))
HALF = 0.0  # the log odds of one half


@pytest.fixture
def d2(cast: Cast, tmp_path: Path) -> Funnel:
    """张伟's sheet of D2, 1,150,000 by the deck's rates, beside forty closed deals."""
    with clock.at(instant("2026-05-10 09:00")):
        _brought(examples.d2(tmp_path))
        _brought(closed_deals(tmp_path))
    return Funnel.objects.get(code="b2b")


def lesson(funnel: Funnel, *, brier: float = 0.15, weight: float = 0.0, number: int = 1) -> Lesson:
    """A lesson by which every deal has a chance of one half, more or less by its stage where that weighs."""
    trial = {
        "n": 60,
        "won": 30,
        **{"auc": 0.8, "auc_low": 0.7, "auc_high": 0.9, "lift": 1.5},
        **{"brier": brier, "brier_stage": 0.2, "brier_base": 0.25},
        "bins": [{"told": 0.5, "won": 0.5, "n": 60}],
    }
    weights = [{"name": FEATURES[0], "mean": 0.0, "spread": 1.0, "weight": weight}]
    return Lesson.objects.create(
        funnel=funnel,
        number=number,
        state=Lesson.State.LEARNED,
        asked_at=instant("2026-05-10 10:00"),
        learned_at=instant("2026-05-10 10:01"),
        told={
            **{"n": 200, "won": 100, "first": "2025-01-01", "cut": "2026-01-01", "last": "2026-05-01"},
            "model": {"intercept": HALF, "weights": weights},
            "trial": trial,
            "given_away": [],
        },
    )


@pytest.fixture
def counting(d2: Funnel, cast: Cast) -> Funnel:
    """The same, where every open deal counts with one half."""
    lesson(d2)
    with clock.at(instant(CHOSEN)):
        verbs.choose(d2, "learned", reason="布里尔分 0.15 对 0.20", by=cast.linjing)
    with clock.at(instant(TOLD)):
        jobs.run(tasks.foretell)
    return d2


def sheet(at: str = AFTER, **params: str) -> str:
    with clock.at(instant(at)):
        total: str = run("forecast-sheet", {"owner": "zhangwei", "period": "2026-Q2", **params}, None)[
            "total_weighted"
        ]
    return total


def test_what_foretells_no_better_than_the_stage_table_cannot_be_chosen(d2: Funnel, cast: Cast) -> None:
    with pytest.raises(Refused, match="没有学到"):
        verbs.choose(d2, "learned", reason="试试", by=cast.linjing)
    lesson(d2, brier=0.21)
    with pytest.raises(Refused, match="没有学到"):
        verbs.choose(d2, "learned", reason="试试", by=cast.linjing)
    lesson(d2, number=2)
    with pytest.raises(Forbidden):
        verbs.choose(d2, "learned", reason="试试", by=cast.heli)
    with pytest.raises(Refused):
        verbs.choose(d2, "learned", reason=" ", by=cast.linjing)
    assert not chosen(None)


def test_the_sheet_counts_with_what_was_told_and_with_nothing_before(counting: Funnel, cast: Cast) -> None:
    """2,950,000 at one half; until the chances were told, the calibrated rates of M04 stood in (1,598,500)."""
    assert sheet("2026-05-11 09:00") == "1150000.00"
    assert sheet() == "1475000.00"
    assert sheet(**{"as-of": "2026-05-11T09:00:00+08:00"}) == "1150000.00"
    assert sheet(**{"as-of": "2026-05-11T09:02:00+08:00"}) == "1598500.00"
    assert sheet(**{"as-of": "2026-05-11T10:00:00+08:00"}) == "1475000.00"
    with clock.at(instant(AFTER)):
        told = run("forecast-sheet", {"owner": "zhangwei"}, None)
        assert {deal["probability"] for stage in told["stages"] for deal in stage["deals"]} == {"0.500000"}
        funnel = run("funnel", {"owner": "zhangwei"}, None)["stages"]
        assert [one["weighted"] for one in funnel] == [one["weighted"] for one in told["stages"]]
        for what in ("due", "count"):  # both open to deals that weigh so much
            opened = number_of(InsightLens.read({"what": what, "owner": "zhangwei"}, None))
            each = opened.of_each(list(opened.deals().values_list("pk", flat=True)))
            assert {weight.chance for weight in opened.weights(each).values()} == {Decimal("0.5")}
            assert opened.weighted() == 1_475_000
        company = organisation()
        period, key = company.fiscal.parse("2026-Q2"), cast.zhangwei.pk
        assert says([key], period, company, clock.now())[key].open_weighted == 1_475_000
        backward = run("funnel-backward", {"owner": "zhangwei", "target": "5000000"}, None)
        assert backward["weighted_open"] == "1475000.00"
        rates_told = run("stage-probability", {}, None)
    assert (rates_told["rates"], rates_told["chosen"]) == ("learned", False)
    assert rates_told["choices"][0]["scores"] == {
        "lesson": 1,
        "brier": "0.150000",
        "brier_stage": "0.200000",
    }


def test_an_approved_rate_of_a_deals_own_goes_before(counting: Funnel, cast: Cast) -> None:
    deal = Deal.objects.get(code="C006")
    with clock.at(instant("2026-05-11 10:00")):
        touch_probability(deal, probability=Decimal("0.9"), by=None, reason="已口头中标")
    assert sheet() == "1655000.00"  # 1,475,000 + 450,000 × 0.4
    assert sheet(**{"as-of": "2026-05-11T09:30:00+08:00"}) == "1475000.00"


def test_the_way_back(counting: Funnel, cast: Cast) -> None:
    with clock.at(instant("2026-05-12 09:00")):
        verbs.choose(counting, "configured", reason="还是按阶段", by=cast.linjing)
    assert sheet("2026-05-12 09:01") == "1150000.00"
    with clock.at(instant("2026-05-12 09:05")):
        assert jobs.run(tasks.foretell) == Foretold.objects.count() > 0
        assert jobs.run(tasks.foretell) == 0
    assert sheet("2026-05-13 09:00", **{"as-of": "2026-05-11T20:00:00+08:00"}) == "1475000.00"
    with clock.at(instant("2026-05-13 09:00")):  # and to the calibrated ones, which end the choice before
        verbs.choose(counting, "learned", reason="再用", by=cast.linjing)
    with clock.at(instant("2026-05-13 09:01")):
        verbs.choose(counting, "calibrated", reason="不用了", by=cast.linjing)
    assert sheet("2026-05-13 09:02") == "1598500.00"
    events = Entry.objects.filter(event__startswith="funnel.rates").order_by("pk")
    assert [entry.event.rpartition("_")[2] for entry in events] == [
        "learned",
        "configured",
        "learned",
        "calibrated",
    ]


def test_chances_are_told_anew_where_something_changed(counting: Funnel, cast: Cast) -> None:
    count = Foretold.objects.count()
    assert count == Deal.objects.live().filter(funnel=counting).count()
    with clock.at(instant("2026-05-11 10:00")):
        assert jobs.run(tasks.foretell_touched) == 0
    lesson(counting, weight=1.0, number=2)  # now the stage weighs: the log odds of its configured rate
    with clock.at(instant("2026-05-11 10:10")):
        assert jobs.run(tasks.foretell_touched) == 0  # nothing happened to any deal
        deal = Deal.objects.get(code="C004")
        first = next(spec for spec in specs(counting.current_id or 0) if spec.stage.code == "develop")
        step_back(deal, to=first, by=None, reason="客户重新比选")
    with clock.at(instant("2026-05-11 10:30")):
        assert jobs.run(tasks.foretell_touched) == 1
        now = Foretold.objects.get(deal=deal, until=None)
        assert (now.chance, now.lesson) == (Decimal("0.3000"), 2)
    with clock.at(instant("2026-05-12 02:00")):
        assert jobs.run(tasks.foretell) > 0
        kept = {one.deal.code: one.chance for one in Foretold.objects.filter(until=None)}
    assert (kept["C002"], kept["C005"]) == (Decimal("0.1000"), Decimal("0.5000"))
    assert Foretold.objects.filter(deal__code="C005").count() == 1  # one half it was, one half it stays


def test_an_announced_choice_waits_for_its_day(d2: Funnel, cast: Cast) -> None:
    lesson(d2)
    with clock.at(instant(CHOSEN)):
        verbs.choose(d2, "learned", reason="六月起", since=instant("2026-06-01").date(), by=cast.linjing)
        verbs.choose(d2, "learned", reason="六月起", since=instant("2026-06-01").date(), by=cast.linjing)
    with clock.at(instant(TOLD)):
        assert jobs.run(tasks.foretell) == 0
    assert sheet() == "1150000.00"
    with clock.at(instant("2026-06-01 01:37")):
        assert jobs.run(tasks.foretell) > 0
    assert sheet("2026-06-01 09:00") == "1475000.00"


def test_who_sets_up_funnels_chooses_on_the_page(d2: Funnel, cast: Cast, client: Client) -> None:
    lesson(d2)
    address = f"/analysis/win-probability/{d2.pk}/choose/"
    with clock.at(instant(CHOSEN)):
        enter(client, cast.heli)
        assert address not in client.get("/analysis/win-probability/").content.decode()
        enter(client, cast.linjing)
        page = client.get("/analysis/win-probability/").content.decode()
        assert f'href="{address}"' in page and "0.1500" in page and "0.2000" in page
        assert "改用学得的赢单概率预测" in client.get(address).content.decode()
        assert client.post(address, {"reason": ""}).status_code == 422
        assert client.post(address, {"reason": "更准"}).url == "/analysis/win-probability/?funnel=b2b"
    with clock.at(instant(TOLD)):
        jobs.run(tasks.foretell)
        page = client.get("/analysis/win-probability/").content.decode()
        assert f"/analysis/success-rates/{d2.pk}/?rates=configured" in page
        deal = Deal.objects.get(code="C001")
        assert "预测按 50.0% 计算" in client.get(f"/deals/{deal.pk}/odds/").content.decode()
        assert "学得的赢单概率" in client.get("/analysis/forecast-sheet/").content.decode()
        page = client.get("/analysis/success-rates/").content.decode()
        assert cells(page, "cards chosen")[1][3] == "更准"
        assert "学得的布里尔分数 0.1500，阶段成功率 0.2000" in page
        enter(client, cast.wumin)
        judged = client.get("/forecasts/deals/?period=2026-Q2").content.decode()
        assert "50%" in judged


def test_the_command_line_chooses_and_lets_learn(
    d2: Funnel, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson(d2)
    monkeypatch.setattr("loudou.odds.commands.ready", nullcontext)
    monkeypatch.setattr(verbs, "ENOUGH", 40)
    with clock.at(instant(CHOSEN)):
        words = ["b2b", "learned", "--reason", "更准", "--by", "linjing"]
        assert json.loads(CliRunner().invoke(success_rates, words).output)["choices"][0]["rates"] == "learned"
        assert CliRunner().invoke(learn_command, ["nothing"]).exit_code == 2
        told = json.loads(CliRunner().invoke(learn_command, ["b2b", "--by", "linjing"]).output)
    assert (told["running"], told["lesson"]) == (0, 1)


def test_random_pasts_weighed_slowly(world: Histories, cast: Cast) -> None:
    """Chances told now and then, of some deals: what stands and what is due, weighed deal by deal."""
    dice = random.Random(4)
    keys = sorted(world.deals)
    for days in (300, 120, 40, 0):
        some = {key: Decimal(dice.randrange(10_001)) / 10_000 for key in keys if dice.random() < 0.6}
        with clock.at(NOW - timedelta(days=days, hours=1)):
            rates.foretell(some, lesson=1, by=None)
    told = list(Foretold.objects.all())
    for span in _spans(random.Random(8)):
        then = {
            one.deal_id: one.chance
            for one in told
            if (one.until is None if span.known is None else one.since < span.known)
            and (one.until is None or span.known is None or one.until >= span.known)
        }
        for scope, takes, has in _scopes(cast):
            otherwise = known_otherwise(span.known, scope)
            wanted = LiveDeals(scope, NOW, NOW.date(), span.known, learned=[world.funnel.pk])
            found = piles(wanted, world.stages, otherwise)
            on_sheet = LiveDeals(scope, NOW, NOW.date(), span.known, sheet=True, learned=[world.funnel.pk])
            due = lines(on_sheet, world.stages, otherwise)
            in_spring = replace(on_sheet, period=SPRING)
            parted = piles(in_spring, None, otherwise)
            deals = reference.known(world, span.known, lambda key, has=has: has(world, key))
            for stage in world.stages:
                expected, listed, spring = Decimal(0), Decimal(0), Decimal(0)
                for one in deals:
                    now = one.history.now
                    here = now.stage == stage and now.outcome in reference.LIVE
                    if not here or not takes(now.owner, now.unit, span.known or NOW):
                        continue
                    rate = configured(stage, one.deal.funnel_version_id)
                    share = chance(now.probability, rate, None, then.get(one.deal.pk))
                    expected += now.base_amount * share
                    listed += now.base_amount * share if now.outcome == "open" else 0
                    parts = reference.portions(now) if now.outcome == "open" else []
                    spring += sum(amount for on, amount in parts if on and on in SPRING) * share
                weighed = sum(pile.weighted() for pile in found if pile.stage == stage)
                assert weighed == expected, (span, scope, stage)
                assert sum(line.weighted for line in due if line.stage == stage) == listed, (span, scope)
                here = [pile for pile in parted if pile.stage == stage and pile.bucket == "due"]
                assert sum(pile.weighted() for pile in here) == spring, (span, scope, stage)


def test_choosing_the_stage_table_again_needs_no_lesson(counting: Funnel, cast: Cast) -> None:
    with clock.at(instant("2026-05-12 09:00")):
        choose_rates(counting, calibrated=True, reason="按阶段校准", by=cast.linjing)
        choose_rates(counting, calibrated=True, reason="按阶段校准", by=cast.linjing)
        assert [one.rates for one in chosen(instant("2026-05-12 09:01"))] == ["calibrated"]
    assert sheet("2026-05-12 09:01") == "1598500.00"


def test_the_api_chooses_and_tells_what_was_seen(d2: Funnel, cast: Cast) -> None:
    lesson(d2)
    with clock.at(instant(CHOSEN)):
        calls = Calls(cast.linjing)
        said = {"rates": "learned", "reason": "更准"}
        first = calls.post(f"/funnels/{d2.pk}/success-rates", said).json()["choices"][0]
    assert (first["rates"], first["by"], first["reason"]) == ("learned", "linjing", "更准")
    assert first["scores"] == {"lesson": 1, "brier": "0.150000", "brier_stage": "0.200000"}
    with clock.at(instant(TOLD)):
        jobs.run(tasks.foretell)
        assert calls.get(f"/funnels/{d2.pk}/success-rates").json()["rates"] == "learned"
        back = {"rates": "configured", "reason": "还是按阶段"}
        assert (
            calls.post(f"/funnels/{d2.pk}/success-rates", back).json()["choices"][0]["ended_by"] == "linjing"
        )


def test_a_newer_lesson_that_foretells_worse_changes_no_forecast(
    counting: Funnel, cast: Cast, client: Client
) -> None:
    before = sheet()
    lesson(counting, number=2, brier=0.3, weight=2.0)
    enter(client, cast.linjing)
    with clock.at(instant("2026-05-12 09:00")):
        assert jobs.run(tasks.foretell) == 0
        page = client.get("/analysis/win-probability/").content.decode()
    assert "预测仍按此前优于阶段成功率表的那一版计算" in page
    assert sheet("2026-05-12 09:01") == before
    lesson(counting, number=3, brier=0.1, weight=2.0)
    with clock.at(instant("2026-05-12 09:05")):
        jobs.run(tasks.foretell)
    assert sheet("2026-05-12 09:06") != before
    assert Foretold.objects.filter(until=None, lesson=3).exists()
