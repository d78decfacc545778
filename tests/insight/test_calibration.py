"""Calibrated success rates (M04): the figure, the report to the digit, the choice, and what it changes."""

from __future__ import annotations

import json
import random
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from loudou.insight.figures.calibration import Closed, brier, calibrate, monotone
from loudou.insight.figures.scope import Scope
from loudou.insight.models import Calibrated
from loudou.insight.queries.calibration import closed_by_stage, rates_in_force
from loudou.insight.queries.known import known_otherwise
from loudou.insight.reports import run
from loudou.insight.verbs import choose_rates
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.queries import organisation
from loudou.pipeline.models import Funnel
from tests.cast import Cast
from tests.doors import enter
from tests.histories import Histories
from tests.insight import examples, reference
from tests.insight.test_pages import cells
from tests.insight.test_reference import NOW, _scopes, _spans, world
from tests.insight.test_worked_examples import END_OF_Q1, _brought
from tests.make import instant

__all__ = ["world"]
TODAY = "2026-05-10 09:00"


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=1, max_size=8))
def test_what_falls_is_pooled(shares: list[tuple[int, int]]) -> None:
    """The greatest of the least means from here on (min-max formula of isotonic regression)."""
    found = monotone([(Decimal(top), bottom) for top, bottom in shares])

    def mean(first: int, last: int) -> Fraction:
        part = shares[first : last + 1]
        return Fraction(sum(top for top, _ in part), sum(bottom for _, bottom in part))

    places = range(len(shares))
    for place, rate in enumerate(found):
        wanted = max(min(mean(first, last) for last in places[place:]) for first in places[: place + 1])
        assert abs(Fraction(rate) - wanted) < Fraction(1, 10**20)


def test_the_example_of_the_page() -> None:
    stages = [(1, Decimal("0.5")), (2, Decimal("0.6"))]
    first, second = calibrate(stages, {1: Closed(3, 7), 2: Closed(1, 9)})
    assert first.calibrated == second.calibrated == Decimal("0.375")
    assert (first.counts, first.used, first.gap) == (False, Decimal("0.5"), Decimal("-0.125"))
    assert brier([]).reason == "no_base"


def closed_deals(folder: Path) -> dict[str, Path]:
    """Forty deals of the year: ten lost in the first stage, ten in the second, twenty won through all four."""
    deals, moves = [], []
    for number in range(40):
        code, day = f"K{number:02}", f"2026-01-{number % 20 + 1:02}"
        deals.append((code, f"商机 {code}", "b2b", "chenan", 100_000, "CNY", "2026-04-30", day))
        stages = ("验证",) if number < 10 else ("验证", "开发")
        stages = stages if number < 20 else ("验证", "开发", "提案", "成交")
        for place, stage in enumerate(stages):
            moves.append((code, f"2026-02-{place + 1:02}T09:00:00+08:00", "enter", stage, "", "", ""))
        close, reason = ("won", "") if number >= 20 else ("lost", "price")
        moves.append((code, "2026-03-20T09:00:00+08:00", close, "", "", reason, ""))
    return {
        "deals": examples.write(folder / "closed.csv", examples._DEALS, deals),
        "moves": examples.write(folder / "closed-moves.csv", examples._MOVES, moves),
    }


@pytest.fixture
def d2(cast: Cast, tmp_path: Path) -> Funnel:
    with clock.at(instant(TODAY)):
        _brought(examples.d2(tmp_path))
        _brought(closed_deals(tmp_path))
    return Funnel.objects.get(code="b2b")


def told(name: str = "stage-probability", at: str = TODAY, **params: str) -> dict[str, object]:
    with clock.at(instant(at)):
        return run(name, params, None)


def column(found: dict[str, object], name: str) -> list[object]:
    stages = found["stages"]
    assert isinstance(stages, list)
    return [stage[name] for stage in stages]


def test_the_rates_of_d3(cast: Cast, tmp_path: Path) -> None:
    """O1, O3 and O6 are won; O5 was lost in the first, O2 in the second stage: (3 + 10 × 0.1) ÷ 15 in the first."""
    with clock.at(instant("2026-04-02 09:00")):
        _brought(examples.d3(tmp_path))
    found = told(at="2026-04-02 10:00", **{"as-of": END_OF_Q1})
    assert column(found, "won") == [3, 3, 3, 3] and column(found, "lost") == [2, 1, 0, 0]
    assert column(found, "calibrated") == ["0.266667", "0.428571", "0.615385", "0.846154"]
    assert (
        column(found, "used")
        == column(found, "configured")
        == ["0.100000", "0.300000", "0.500000", "0.800000"]
    )
    assert column(found, "gap") == ["0.166667", "0.128571", "0.115385", "0.046154"]
    assert column(found, "brier")[0] == "0.351111"  # (3 × 11² + 2 × 4²) ÷ 15² ÷ 5
    assert column(found, "brier_configured")[0] == "0.490000"
    assert (found["brier_foretold"], found["brier_foretold_reason"]) == (None, "small_n")
    early = told(at="2026-04-02 10:00", **{"as-of": "2026-03-10T12:00:00+08:00"})
    assert column(early, "won") == [2, 2, 2, 2] and column(early, "lost") == [3, 2, 1, 0]


def test_d2_stays_to_the_digit_until_somebody_chooses(d2: Funnel, cast: Cast) -> None:
    found = told()
    assert found["chosen"] is False
    assert column(found, "n") == [40, 30, 20, 20]
    assert column(found, "calibrated") == ["0.420000", "0.575000", "0.833333", "0.933333"]
    assert column(found, "used") == ["0.420000", "0.575000", "0.500000", "0.800000"]
    assert told("forecast-sheet", owner="zhangwei")["total_weighted"] == "1150000.00"
    with clock.at(instant("2026-05-11 09:00")):
        choose_rates(d2, calibrated=True, reason="布里尔分更小", by=cast.linjing)
        choose_rates(d2, calibrated=True, reason="布里尔分更小", by=cast.linjing)
    after = "2026-05-12 09:00"
    sheet = told("forecast-sheet", at=after, owner="zhangwei")
    assert column(sheet, "probability") == ["0.420000", "0.575000", "0.500000", "0.800000"]
    assert column(sheet, "weighted") == ["336000.00", "402500.00", "500000.00", "360000.00"]
    assert column(told("funnel", at=after, owner="zhangwei"), "weighted") == column(sheet, "weighted")
    before = {"owner": "zhangwei", "as-of": "2026-05-10T09:00:00+08:00"}
    assert told("forecast-sheet", at=after, **before)["total_weighted"] == "1150000.00"
    then = {"owner": "zhangwei", "as-of": "2026-05-11T10:00:00+08:00"}
    assert told("forecast-sheet", at=after, **then)["total_weighted"] == "1598500.00"
    with clock.at(instant(after)):
        choose_rates(d2, calibrated=False, reason="布里尔分更小", by=cast.linjing)
        choose_rates(d2, calibrated=False, reason="布里尔分更小", by=cast.linjing)
    assert told("forecast-sheet", at="2026-05-12 10:00", owner="zhangwei")["total_weighted"] == "1150000.00"
    events = Entry.objects.filter(event__startswith="funnel.rates").order_by("pk")
    assert [entry.event for entry in events] == ["funnel.rates_calibrated", "funnel.rates_configured"]


def test_a_submitted_number_starts_from_the_chosen_rates(d2: Funnel, cast: Cast) -> None:
    from loudou.forecasts.queries import says
    from loudou.people.queries import organisation

    with clock.at(instant(TODAY)):
        company = organisation()
        period = company.fiscal.parse("2026-Q2")
        key = cast.zhangwei.pk
        assert says([key], period, company, clock.now())[key].open_weighted == 1_150_000
        choose_rates(d2, calibrated=True, reason="布里尔分更小", by=cast.linjing)
    with clock.at(instant("2026-05-10 09:01")):
        assert says([key], period, company, clock.now())[key].open_weighted == 1_598_500


def test_a_year_later_the_rates_are_held_against_what_came(d2: Funnel) -> None:
    """In May 2027 no deal closed for a year; just before March 2027 the forty are the year, and nothing taught before."""
    assert told(at="2027-05-10 09:00")["brier_reason"] == "no_base"
    found = told(at="2027-03-01 09:00")
    assert column(found, "n") == [40, 30, 20, 20] and found["brier_foretold_reason"] == "small_n"
    assert told(at="2027-04-01 09:00")["brier_foretold_reason"] == "no_base"


def test_only_who_sets_up_funnels_chooses(d2: Funnel, cast: Cast, client: Client) -> None:
    with pytest.raises(Forbidden):
        choose_rates(d2, calibrated=True, reason="布里尔分更小", by=cast.heli)
    with clock.at(instant(TODAY)):
        enter(client, cast.heli)
        assert (
            b'<form method="post" action="/analysis/success-rates/'
            not in client.get("/analysis/success-rates/").content
        )
        enter(client, cast.linjing)
        page = client.get("/analysis/success-rates/").content.decode()
        rows = [row for row in cells(page, "rates") if any(row)]
        assert [row[1:7] for row in rows[:2]] == [
            ["40", "20", "20", "50.0%", "10.0%", "42.0%"],
            ["30", "20", "10", "66.7%", "30.0%", "57.5%"],
        ]
        address = f"/analysis/success-rates/{d2.pk}/"
        assert f'href="{address}?rates=calibrated"' in page
        assert 'value="True"' in client.get(f"{address}?rates=calibrated").content.decode()
        answer = client.post(address, {"calibrated": "True", "reason": " "})
        assert answer.status_code == 422
        answer = client.post(address, {"calibrated": "True", "reason": "布里尔分更小"})
        assert answer.url == "/analysis/success-rates/?funnel=b2b"
    with clock.at(instant("2026-05-10 09:01")):
        page = client.get(answer.url).content.decode()
        assert f'href="{address}?rates=configured"' in page
        assert cells(page, "cards chosen")[1][2:4] == ["林静", "布里尔分更小"]
        assert "10.0% → 42.0%" in cells(page, "cards chosen")[1][4]
        client.post(address, {"calibrated": "", "reason": "太乐观"})
    with clock.at(instant("2026-05-10 09:02")):
        page = client.get(answer.url).content.decode()
        assert f'href="{address}?rates=calibrated"' in page and "太乐观" in page


def rows(at: str = "2026-05-31 09:00", **params: str) -> list[tuple[object, ...]]:
    found = told(at=at, **params)["choices"]
    assert isinstance(found, list)
    return [(one["since"][:10], one["until"] and one["until"][:10], one["reason"]) for one in found]


def test_a_choice_may_be_announced_and_taken_back(d2: Funnel, cast: Cast) -> None:
    """From 1 June on, decided on 10 May; before that day the configured rates count, and the plan can be dropped."""
    linjing = cast.linjing
    with clock.at(instant(TODAY)):
        for field, reason, since in (("reason", " ", None), ("since", "早", date(2026, 5, 9))):
            with pytest.raises(Refused) as refusal:
                choose_rates(d2, calibrated=True, reason=reason, since=since, by=linjing)
            assert refusal.value.field == field
        choose_rates(d2, calibrated=True, reason="六月起", since=date(2026, 6, 1), by=linjing)
    sheet = {"owner": "zhangwei", "period": "2026-Q2"}
    assert told("forecast-sheet", at="2026-05-31 23:59", **sheet)["total_weighted"] == "1150000.00"
    assert told("forecast-sheet", at="2026-06-01 00:01", **sheet)["total_weighted"] == "1598500.00"
    with clock.at(instant("2026-05-20 09:00")):
        choose_rates(d2, calibrated=False, reason="再等等", by=linjing)
        choose_rates(d2, calibrated=False, reason="再等等", by=linjing)
    assert told("forecast-sheet", at="2026-06-01 00:01", **sheet)["total_weighted"] == "1150000.00"
    assert [one[1] for one in rows()] == ["2026-05-31"]  # midnight of 1 June, told in UTC: it never began
    then = {"as-of": "2026-05-15T09:00:00+08:00"}
    assert rows(**then) == [("2026-05-31", None, "六月起")]  # as was known then
    assert rows(**{"as-of": "2026-05-09T09:00:00+08:00"}) == []
    with clock.at(instant("2026-05-20 09:05")):
        choose_rates(d2, calibrated=True, reason="今天", since=date(2026, 5, 20), by=linjing)
        choose_rates(d2, calibrated=False, reason="月底止", since=date(2026, 6, 10), by=linjing)
    assert told("forecast-sheet", at="2026-06-09 09:00", **sheet)["total_weighted"] == "1598500.00"
    assert told("forecast-sheet", at="2026-06-10 09:00", **sheet)["total_weighted"] == "1150000.00"
    with clock.at(
        instant("2026-05-20 09:10")
    ):  # the end that was announced gives way: it goes on from then on
        choose_rates(d2, calibrated=True, reason="继续", since=date(2026, 6, 10), by=linjing)
    assert told("forecast-sheet", at="2026-06-10 09:00", **sheet)["total_weighted"] == "1598500.00"
    with clock.at(instant("2026-05-20 09:15")):  # and a beginning that was announced, to an earlier one
        choose_rates(d2, calibrated=True, reason="提前", since=date(2026, 5, 25), by=linjing)
    assert [one[2] for one in rows() if one[1] is None] == ["提前"]
    assert told("forecast-sheet", at="2026-06-20 09:00", **sheet)["total_weighted"] == "1598500.00"


def test_the_command_line_chooses(d2: Funnel, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from loudou.odds.commands import success_rates

    monkeypatch.setattr("loudou.odds.commands.ready", nullcontext)
    with clock.at(instant(TODAY)):
        unknown = CliRunner().invoke(success_rates, ["nothing", "calibrated", "--reason", "x"])
        assert unknown.exit_code == 2
        words = ["b2b", "calibrated", "--reason", "布里尔分更小", "--from", "2026-06-01", "--by", "linjing"]
        found = json.loads(CliRunner().invoke(success_rates, words).output)
    assert found["choices"][0]["by"] == "linjing" and found["chosen"] is False
    assert found["choices"][0]["seen"][0] == {
        "code": "verify",
        "configured": "0.100000",
        "calibrated": "0.420000",
        "n": 40,
    }


def test_random_pasts_counted_slowly(world: Histories, cast: Cast) -> None:
    for span in _spans(random.Random(11)):
        for scope, takes, has in _scopes(cast):
            otherwise = known_otherwise(span.known, scope)
            found = closed_by_stage(world.funnel.pk, scope, span, otherwise)
            wanted: dict[int, Closed] = dict.fromkeys(world.stages, Closed())
            deals = reference.known(world, span.known, lambda key, has=has: has(world, key))
            for one, stay in reference.closes(deals, span.since, span.until):
                assert stay.left_owner is not None and stay.left_at is not None
                if not takes(stay.left_owner, stay.left_unit, stay.left_at):
                    continue
                won = one.history.now.outcome == "won"
                furthest = max(world.order[each.stage] for each in one.history.stays)
                for stage in world.stages:
                    if (
                        won
                        or any(each.left_by == "won" for each in one.history.stays)
                        or world.order[stage] <= furthest
                    ):
                        wanted[stage] += Closed(int(won), int(not won))
            assert {stage: found.get(stage, Closed()) for stage in world.stages} == wanted, (span, scope)


def test_everything_and_nothing_is_counted(cast: Cast) -> None:
    from loudou.insight.figures.flow import Span

    assert closed_by_stage(Funnel.objects.get(code="b2b").pk, Scope(), Span(NOW)) == {}


def test_many_funnels_with_taught_rates_ask_as_often_as_one(cast: Cast) -> None:
    company, counts = organisation(), []
    for funnel in Funnel.objects.exclude(current=None):
        Calibrated.objects.create(funnel=funnel, since=NOW - timedelta(days=3), chosen_at=NOW)
        with clock.at(NOW):
            rates_in_force(NOW, None, company)  # the first one fills what a process remembers of funnels
        with clock.at(NOW), CaptureQueriesContext(connection) as queries:
            assert set(rates_in_force(NOW, None, company).closed) >= {funnel.pk}
        counts.append(len(queries))
    assert len(counts) > 2 and set(counts) == {2}
