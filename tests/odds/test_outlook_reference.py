"""The forecast of a period from packed numbers and from what was kept is what a slow reading deal by deal tells."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.kernel import clock
from loudou.odds import outlooks, teaching
from loudou.odds.figures.chances import FAR, Shares, Stays, Ways, microseconds
from loudou.odds.figures.outlook import MOST_MISSES, STUDENT, Wins, stretches
from loudou.odds.outlooks import period_forecast
from loudou.pipeline import kept
from loudou.pipeline.models import Deal, Kept, State
from loudou.pipeline.verbs._history import rebuild
from tests.cast import Cast
from tests.histories import BEGIN, END, Histories
from tests.insight.test_kept_waterfall import _act, happened
from tests.odds.slow_outlook import Grown, SlowWays, Stood, Win, slow_forecast, slow_stretches

AT = datetime(2026, 6, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = END + timedelta(days=60, hours=5)
THEN = BEGIN + (END - BEGIN) * 0.9
ASKED: tuple[dict[str, str], ...] = (
    {},
    {"unit": "D1"},
    {"owner": "chenan"},
    {"source": "web"},
    {"funnel": "b2b", "period": "2026"},
    {"period": "2026-03"},
)
CENT = Decimal("0.01")  # sums of floats, added up in another order


def same(asked: dict[str, str]) -> int:
    """That a forecast is what the slow one is; how many deals it has open, and periods it was tried on."""
    lens = InsightLens.read(asked, None)
    report, slow = period_forecast(lens), slow_forecast(lens)
    quick = [report.told, *(one.told for one in report.tried)]
    told = [one for one, _actual in slow[1:] if one is not None]
    assert len(quick) == len(told) + 1, asked
    for one, other in zip(quick, [slow[0][0], *told], strict=True):
        assert (one is None) == (other is None), asked
        if one is not None and other is not None:
            assert (one.won, one.deals) == (other.won, other.deals), asked
            assert (one.misses, one.widened) == (other.misses, other.widened), asked
            for name in ("open", "unborn", "low", "middle", "high"):
                assert abs(getattr(one, name) - getattr(other, name)) <= CENT, (asked, name)
    assert [one.actual for one in report.tried] == [actual for one, actual in slow[1:] if one is not None]
    return (report.told.deals if report.told is not None else 0) + len(report.tried)


@pytest.mark.django_db
@pytest.mark.parametrize("below", [outlooks.SMALL, 0])
def test_it_is_what_a_slow_reading_tells(cast: Cast, below: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where states are looked through in parts, as in a big house."""
    monkeypatch.setattr(outlooks, "SMALL", below)
    Histories([cast.chenan, cast.lina, cast.sunqiang]).write(160, seed=41)
    with clock.at(NOW):
        counted = [
            same(asked | as_of)
            for asked in ASKED
            for as_of in ({}, {"as_of": THEN.isoformat()}, {"as_of": "2026-04-01"})
        ]
    assert sum(counted) > 100


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each look for what is kept found some."""
    looks: list[bool] = []
    looking = kept._looked

    def looked(*asked: Any) -> Any:
        answer = looking(*asked)
        looks.append(answer[1] is not None)
        return answer

    monkeypatch.setattr(kept, "_looked", looked)
    return looks


def test_what_was_kept_stays_true_whatever_is_done(
    own_database: str, found: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlooks, "LEAST_KEPT", 1)
    cast, dice = Cast(), random.Random(43)
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(90, seed=42)
    now, first = NOW, []
    for step in range(6):
        before, now = now, now + timedelta(hours=dice.randrange(1, 30))
        touched = {
            _act(dice, world, 2) if step % 3 == 2 else happened(dice, world, before, now)
            for _ in range((0, 25, 25)[step % 3])
        }
        rebuild([world.deals[key] for key in sorted(touched) if key in world.deals])
        with clock.at(now):
            for asked in ({}, {"unit": "D1"}, {"as_of": THEN.isoformat()}):
                first.append(len(found))
                same(asked)
                looks = len(found)
                same(asked)  # and from what was kept just now
                assert found[looks:] == [True]
    assert {found[place] for place in first} == {True, False}
    assert Kept.objects.exists()


def test_who_looks_first_sees_what_everybody_else_will(own_database: str, found: list[bool]) -> None:
    cast = Cast()
    Histories([cast.chenan, cast.lina, cast.sunqiang]).write(160, seed=46)
    with clock.at(NOW):
        asked = outlooks._Asked.of(InsightLens.read({}, None))
        first = outlooks._foretold(asked)
        looks = len(found)
        assert outlooks._foretold(asked) == first  # as for whoever asks an hour later
    assert True in found[looks:]
    assert first[0][0] is not None and first[0][0].open > 0


@pytest.mark.django_db
def test_what_a_deal_may_be_another_of_tomorrow_is_not_kept(cast: Cast) -> None:
    Histories([cast.chenan, cast.lina]).write(200, seed=44)
    with clock.at(NOW):
        lens = InsightLens.read({"source": "web"}, None)
        before = period_forecast(lens)
        Deal.objects.filter(source="web").update(source="referral")
        after = period_forecast(InsightLens.read({"source": "web"}, None))
    assert before.told is not None and before.told.deals > 0
    assert after.told is not None and after.told.deals == 0


@pytest.mark.django_db
def test_of_many_deals_a_sample_teaches(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same share of closed and open ones, whichever keys they have; late ones by the same rule."""
    Histories([cast.chenan, cast.lina, cast.sunqiang]).write(300, seed=45)
    with clock.at(NOW):
        source = teaching.Source.of(THEN, Scope(), None)
        left = timedelta(days=20) // timedelta(microseconds=1)
        (whole,) = teaching.ways_at(source, [THEN], [left])
        monkeypatch.setattr(teaching, "MOST_TEACH", 40)
        (part,) = teaching.ways_at(source, [THEN], [left])
    assert 0 < part.n < whole.n
    for key, number in State.objects.annotate(number=teaching.Drawn(F("deal"))).values_list("deal", "number"):
        assert teaching.drawn(key) == number


@given(
    st.lists(
        st.tuples(
            st.integers(0, 900),
            st.integers(0, 300),
            st.integers(0, 3_000),
            st.integers(0, 3_000),
            st.integers(1, 9),
        ),
        max_size=80,
    ),
    st.integers(0, 200),
    st.integers(0, 900),
)
def test_chances_counted_slowly(rows: list[tuple[int, int, int, int, int]], left: int, age: int) -> None:
    """Stays that began so many days ago, or later for a rest, were left some hours after, and won some hours after that, if at
    all by now."""
    stood, grown, stays = [], [], Stays()
    for ago, rested, hours, more, worth in rows:
        entered = AT - ago * DAY
        since = entered + rested * HOUR
        until = since + hours * HOUR
        won = until + more * HOUR if more % 2 else None
        stood.append(Stood(1, entered, since, until, won))
        stays.add(*map(microseconds, (entered, since, until)), microseconds(won) if won is not None else FAR)
        if won is not None:
            grown.append(Grown(1, won, Decimal(worth), Decimal(more)))
            stays.grown.append((microseconds(won), worth, more))
    micro = DAY // timedelta(microseconds=1)
    slow = SlowWays(stood, grown, AT, left * DAY)
    told, n = Shares.of(stays, microseconds(AT), left * micro)
    assert n == slow.n
    assert told.chance(age * micro) == slow.chance(1, age * DAY)
    assert told.growth == pytest.approx(slow.growth(1))
    ways = Ways.of({1: stays}, microseconds(AT), left * micro)
    assert Ways.read(json.loads(json.dumps(ways.plain))) == ways


@given(
    st.lists(
        st.tuples(
            st.integers(0, 800),
            st.integers(0, 800),
            st.integers(0, 9),
            st.integers(0, 9),
            st.integers(1, 10**9),
        ),
        max_size=12,
    ),
    st.integers(0, 120),
)
def test_stretches_counted_slowly(rows: list[tuple[int, int, int, int, int]], length: int) -> None:
    wins, told = [], Wins()
    for one, other, open_, rest, cents in rows:
        began, won = AT - max(one, other) * DAY, AT - min(one, other) * DAY
        since = min(began + open_ * DAY, won)
        until = min(since + rest * DAY, won)
        wins.append(Win(began, won, Decimal(cents) / 100, [(since, until)]))
        told.add(-FAR, microseconds(began), microseconds(won), cents)
        told.add(microseconds(since), microseconds(until), microseconds(won), cents)
    slow = slow_stretches(wins, AT, length * DAY)
    known = [win for win in wins if win.won_at < AT]
    first = microseconds(min(win.began_at for win in known)) if known else None
    quick = stretches(told, first, microseconds(AT), length * (DAY // timedelta(microseconds=1)))
    assert quick == pytest.approx(slow)


def test_tenths_of_student() -> None:
    assert [round(stats.t.ppf(0.9, freedom), 4) for freedom in range(2, 2 + len(STUDENT))] == list(STUDENT)
    assert len(STUDENT) == MOST_MISSES + 1
