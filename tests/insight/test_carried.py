"""Cohorts and medians that are kept and carried on: whatever is done to the past or the present, they are what reading all gives."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.insight.asked import year_before
from loudou.insight.figures import narrowed
from loudou.insight.figures.flow import Span
from loudou.insight.figures.narrowed import Lasting, Narrowed, Untold
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.times import HALF, QUARTER, Times
from loudou.insight.lens import InsightLens
from loudou.insight.queries.by_period import paces
from loudou.insight.queries.closes import wins
from loudou.insight.queries.kept import cohorts as carrying
from loudou.insight.queries.kept import courses as past_courses
from loudou.insight.queries.kept import sheets, waterfalls
from loudou.insight.queries.kept.cohorts import Cohorts, carried, carried_with_wins
from loudou.insight.queries.leaks import reasons
from loudou.insight.tasks import days_back, look_ahead, look_back, quarters_back
from loudou.kernel import clock
from loudou.kernel.numbers import Ratio
from loudou.people.queries import organisation
from loudou.pipeline import kept
from loudou.pipeline.models import Deal, Funnel, Kept, Move
from loudou.pipeline.verbs._history import rebuild
from tests.cast import Cast
from tests.doors import enter
from tests.histories import END, Histories
from tests.insight.test_kept_waterfall import _act, happened

FIRST = END + timedelta(days=60)  # by then all that happened is known
SHARES = [(HALF,), (HALF,), (HALF, QUARTER)]
STEPS, ACTS = 8, 60


@pytest.fixture
def cast(own_database: str, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(carrying, "LEAST_KEPT", 0)
    monkeypatch.setattr(carrying, "CARRIED_ON", 15)
    monkeypatch.setattr(narrowed, "MARGIN", 3)
    return Cast()


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How each look was answered: from what was kept, or read anew, because nothing was kept or it did not tell."""
    looks: list[str] = []
    look, carry = kept.look_with, carrying._carried_on

    def looked(key: str, reading: Any) -> Any:
        sums, seen = look(key, reading)
        looks.append("nothing" if sums is None else "kept")
        return sums, seen

    def carried_on(*asked: Any) -> Any:
        try:
            return carry(*asked)
        except Untold:
            looks[-1] = "untold"
            raise

    monkeypatch.setattr(kept, "look_with", looked)
    monkeypatch.setattr(carrying, "_carried_on", carried_on)
    return looks


def asks(cast: Cast, world: Histories, now: datetime) -> Iterator[Cohorts]:
    """Two periods that are over and one that goes on; everybody, a department, one person.

    Losses, and a year's wins, of a period that is over, or of the one that goes on.
    """
    ends = [END - timedelta(days=days) for days in (170, 100, 45)]
    spans = [Span(now, since, until, None) for since, until in zip(ends, [*ends[1:], None], strict=True)]
    with clock.at(now):
        unit = InsightLens.read({"unit": "D1"}, None).scope
    year = timedelta(days=200)
    for scope in (Scope(), unit, Scope(owner=cast.lina.pk)):
        place = -1 if scope is unit else 1
        until = spans[0].until if place > 0 else now
        assert until is not None
        yield Cohorts(
            *(list(world.stages), scope, spans[::place], SHARES[::place], [world.funnel.pk]),
            losses=True,
            year=Span(now, until - year, until, None),
        )


def both(wanted: Cohorts) -> tuple[Any, Any]:
    """What is carried on, and what reading all courses tells."""
    told, won = carried_with_wins(wanted)
    quick: list[Any] = [
        {stage: (one.conversion, list(one.quantiles)) for stage, one in each.items()} for each in told
    ]
    slow: list[Any] = [
        {stage: (cohort, times.quantiles(shares)) for stage, (cohort, times) in each.items()}
        for each, shares in zip(paces(wanted.stages, wanted.scope, wanted.spans), wanted.shares, strict=True)
    ]
    if wanted.year is not None:
        lost = reasons(wanted.stages, wanted.scope, wanted.spans[0])
        quick += [won, {stage: one.lost for stage, one in told[0].items() if one.lost}]
        slow += [wins(wanted.scope, wanted.year, wanted.stages)]
        slow += [{stage: dict(some) for stage, some in lost.items()}]
    return quick, slow


def test_they_stay_true_whatever_happens(
    cast: Cast, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(narrowed, "MARGIN", 0)  # so that some medians leave what is kept
    dice = random.Random(31)
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(80, seed=32)
    now = FIRST
    for step in range(STEPS):
        before, now = now, now + timedelta(hours=dice.randrange(1, 40))
        # Facts as they happen, few or many; nothing; then whatever can be done to a past.
        acts = (8, ACTS, 0, ACTS)[step % 4]
        touched = {
            _act(dice, world, 2) if step % 4 == 3 else happened(dice, world, before, now) for _ in range(acts)
        }
        rebuild([world.deals[key] for key in sorted(touched) if key in world.deals])
        for wanted in asks(cast, world, now):
            with clock.at(now):
                quick, slow = both(wanted)
            assert quick == slow, (step, wanted.scope)
    assert found.count("kept") >= 12
    assert found.count("untold") >= 1
    assert found.count("nothing") >= 3 * 2


def test_what_is_kept_tells_the_median_for_as_long_as_it_can() -> None:
    """Times come and go at random; what is told is what all of them tell, and what cannot be told is not told."""
    dice, told = random.Random(33), 0
    for _round in range(60):
        now = 10**6
        size = dice.randrange(1, 400)
        ended = [dice.randrange(500) for _ in range(size)]
        running = [now - dice.randrange(100, 900) for _ in range(dice.randrange(80))]
        resting = [dice.randrange(100, 900) for _ in range(dice.randrange(20))]
        cell = Narrowed.of(Lasting(ended, running, resting), now)
        cell = Narrowed.read(_narrow(cell, now).plain())
        for _change in range(dice.randrange(60)):
            now += dice.randrange(3)
            gone = [ended.pop(dice.randrange(len(ended))) for _ in range(min(len(ended), dice.randrange(3)))]
            come = [dice.randrange(500) for _ in range(dice.randrange(3))]
            left = [running.pop() for _ in range(min(len(running), 1))]
            ended += come
            running += (more := [now - dice.randrange(200) for _ in range(dice.randrange(2))])
            cell = cell.changed(Lasting(gone, left), Lasting(come, more))
            times = Times(ended, [*(now - since for since in running), *resting])
            assert cell.size == len(ended) + len(running) + len(resting)
            for share in (HALF, QUARTER):
                try:
                    assert cell.quantiles((share,), now) == times.quantiles((share,))
                    told += 1
                except Untold:
                    assert cell.floor > narrowed.LEAST or cell.ceiling < narrowed.MOST
    assert told > 500


def _narrow(cell: Narrowed, now: int) -> Narrowed:
    return cell.narrowed((HALF, QUARTER), now)


def test_times_that_are_alike_at_the_edges_stay_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of few different times many lie on the edges of what is kept: each is kept or counted, and never both."""
    monkeypatch.setattr(narrowed, "MARGIN", 1)
    monkeypatch.setattr(narrowed, "PART", 10**9)
    dice, told, now = random.Random(12), 0, 1_000

    def some(most: int, longest: int) -> list[int]:
        return [dice.randrange(1, longest) for _ in range(dice.randrange(most))]

    for _round in range(400):
        ended, running, resting = some(40, 12), [now - took for took in some(9, 16)], some(9, 16)
        cell = _narrow(Narrowed.of(Lasting(ended, running, resting), now), now)
        taken = Lasting(ended[:2], running[:2], resting[:2])
        put = Lasting(some(3, 12), [now - took for took in some(3, 16)], some(3, 16))
        cell = cell.changed(taken, put)
        waiting = [*(now - since for since in (*running[2:], *put.running)), *resting[2:], *put.resting]
        times = Times([*ended[2:], *put.ended], waiting)
        for share in (HALF, QUARTER):
            with contextlib.suppress(Untold):
                assert cell.quantiles((share,), now) == times.quantiles((share,))
                told += 1
    assert told > 400


def test_what_lies_on_an_edge_is_told_and_what_lies_before_it_is_not() -> None:
    kept_times = Lasting([5, 6])
    assert Narrowed(kept_times, 100, ceiling=6, beyond=2).quantiles((HALF,), 100) == [
        Times([5, 6, 7, 7]).median
    ]
    with pytest.raises(Untold):  # the median is the longest of those that are only counted
        Narrowed(kept_times, 100, floor=5, below=2).quantiles((HALF,), 100)
    put = Narrowed(kept_times, 100, floor=5, below=2).changed(Lasting(), Lasting([4, 5]))
    assert (put.below, list(put.within.ended)) == (3, [5, 5, 6])


def test_what_becomes_known_at_the_very_instant_of_keeping_is_not_missed(
    cast: Cast, found: list[str]
) -> None:
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(40, seed=6)
    with clock.at(FIRST):
        carried(next(asks(cast, world, FIRST)))
    deal = next(deal for deal in world.deals.values() if deal.outcome == "open")
    for kind, amount in (("lost", None), ("amount", 7)):
        Move.objects.create(
            **{"deal": deal, "kind": kind, "at": FIRST, "known_at": FIRST, "recorded_at": FIRST},
            **{"channel": "import", "amount": amount, "base_amount": amount},
            currency="CNY" if amount else "",
        )
    rebuild([deal])
    now = FIRST + timedelta(hours=1)
    with clock.at(now):
        quick, slow = both(next(asks(cast, world, now)))
    assert quick == slow and found == ["nothing", "kept"]


@pytest.mark.parametrize("kind", ["hold", "resume"])
def test_a_rest_that_begins_or_ends_at_the_very_instant_of_keeping(
    cast: Cast, found: list[str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A rest lasts from its first instant up to its last, and without that (`State`): not yet at its begin, no more at its end."""
    monkeypatch.setattr(
        narrowed, "MARGIN", 10**6
    )  # no time is only counted, so that each is found again or missed
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(40, seed=6)
    live = [deal for deal in world.deals.values() if deal.outcome in ("open", "on_hold")]
    assert len(live) > 5
    if kind == "resume":
        _write(live, "hold", END)
    with clock.at(FIRST):
        carried(next(asks(cast, world, FIRST)))
    _write(live, kind, FIRST)
    now = FIRST + timedelta(hours=1)
    with clock.at(now):
        quick, slow = both(next(asks(cast, world, now)))
    assert quick == slow and found == ["nothing", "kept"]


def _write(deals: list[Deal], kind: str, at: datetime) -> None:
    for deal in deals:
        Move.objects.create(deal=deal, kind=kind, at=at, known_at=at, recorded_at=at, channel="import")
    rebuild(deals)


def test_what_lies_far_from_the_median_is_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrowed, "MARGIN", 10)
    ended = [*range(1, 1_001)]
    cell = _narrow(Narrowed.of(Lasting(ended, [5_000 - 2_000] * 4, [900, 3_000]), 5_000), 5_000)
    assert (cell.below, cell.beyond, cell.longer) == (482, 225, 6)
    assert len(cell.within.ended) == 1_000 - 482 - 225
    assert cell.quantiles((HALF,), 5_000) == [Times(ended, [2_000] * 4 + [900, 3_000]).median]
    assert cell.narrowed((HALF,), 5_000) is cell
    with pytest.raises(Untold):
        cell.quantiles((Decimal("0.9"),), 5_000)
    with pytest.raises(Untold):
        cell.quantiles((Decimal("0.1"),), 5_000)
    with pytest.raises(Untold):  # taken out what was never put in
        cell.changed(Lasting([600, 600]), Lasting())
    with pytest.raises(Untold):  # one that waits for less than all that is kept
        cell.changed(Lasting(), Lasting(running=[4_990])).quantiles((HALF,), 5_000)
    nobody = Narrowed.of(Lasting(), 5_000)
    assert nobody.quantiles((HALF,), 5_000) == [Ratio.missing("no_base")] and _narrow(nobody, 5_000) is nobody


def test_nothing_is_kept_of_few_or_of_what_may_be_another_tomorrow(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = Histories([cast.chenan]).write(20, seed=5)
    wanted = next(asks(cast, world, FIRST))
    by_source = Cohorts(wanted.stages, Scope(source="web"), wanted.spans, SHARES)
    monkeypatch.setattr(carrying, "LEAST_KEPT", 10_000)
    for one in (wanted, by_source):
        quick, slow = both(one)
        assert quick == slow
    assert not Kept.objects.exists()


def test_it_is_not_kept_as_of_an_instant_after_which_something_is_known_already(cast: Cast) -> None:
    """As when a clock was set back."""
    world = Histories([cast.chenan]).write(20, seed=5)
    wanted = next(asks(cast, world, FIRST))
    with clock.at(END - timedelta(days=60)):
        carried(wanted)
    assert not Kept.objects.exists()


def test_when_very_many_changed_all_are_read(
    cast: Cast, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(9)
    world = Histories([cast.chenan]).write(30, seed=6)
    monkeypatch.setattr(carrying, "MOST_CHANGED", 0)
    for step in range(2):
        now = FIRST + timedelta(hours=step)
        if step:
            rebuild([world.deals[happened(dice, world, FIRST, now)]])
        with clock.at(now):
            quick, slow = both(next(asks(cast, world, now)))
        assert quick == slow
    assert found == ["nothing", "untold"]


def test_the_page_reads_what_was_kept_and_asks_no_more_for_what_changed(
    cast: Cast, found: list[str], client: Client
) -> None:
    dice = random.Random(8)
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(40, seed=6)
    enter(client, cast.heli)
    with clock.at(FIRST):
        first, second = (client.get("/analysis/bottlenecks/") for _look in range(2))
    cells = [re.findall(r"<td.*?</td>", page.content.decode()) for page in (first, second)]
    assert cells[0] == cells[1] and len(cells[0]) > 10
    later = FIRST + timedelta(hours=5)
    rebuild([world.deals[key] for key in {happened(dice, world, FIRST, later) for _ in range(50)}])
    with clock.at(later), CaptureQueriesContext(connection) as queries:
        assert client.get("/analysis/bottlenecks/").status_code == 200
    assert found == ["nothing", "kept", "kept"]
    assert len(queries) <= 20


def test_what_is_large_is_kept_and_the_memory_it_was_sent_from_is_not(cast: Cast) -> None:
    seen = kept.look("large")[1]
    kept.keep("large", FIRST, ["x" * kept.LARGE], seen)
    assert connection.connection is None
    assert kept.look("large")[0] == ["x" * kept.LARGE]
    kept.keep("small", FIRST, ["x"], seen)
    assert connection.connection is not None


def test_what_is_large_is_sent_once_and_remembered_until_it_is_kept_anew(cast: Cast) -> None:
    read: list[Any] = []

    def reading(plain: Any) -> int:
        read.append(plain)
        return len(plain)

    large, larger, small = (["x"] * (kept.LARGE // size) for size in (2, 1, 9))
    seen = kept.look("large")[1]
    kept.keep("large", FIRST, large, seen)
    kept.keep("small", FIRST, small, seen)
    assert [kept.look_with("large", reading)[0] for _look in range(3)] == [len(large)] * 3
    assert read == [large]
    assert [kept.look_with("small", reading)[0] for _look in range(2)] == [len(small)] * 2
    assert read == [large, small, small]
    kept.keep("large", FIRST, larger, seen)
    assert [kept.look_with("large", reading)[0] for _look in range(2)] == [len(larger)] * 2
    assert read[3:] == [larger]


def test_what_is_remembered_holds_no_longer_than_what_is_kept(cast: Cast) -> None:
    """Neither what was taken out, nor what a transaction kept that was rolled back."""
    seen = kept.look("large")[1]
    assert kept.look_with("large", len) == (None, kept.look("large")[1])
    for size in (kept.LARGE, kept.LARGE + 1):
        with transaction.atomic():
            kept.keep("large", FIRST, ["x"] * size, seen)
            assert kept.look_with("large", len)[0] == size
            transaction.set_rollback(True)
        assert kept.look_with("large", len)[0] is None
    kept.keep("large", FIRST, ["x"] * kept.LARGE, seen)
    assert kept.look_with("large", len)[0] == kept.LARGE
    Kept.objects.all().delete()
    assert kept.look_with("large", len)[0] is None


def test_a_process_remembers_no_more_than_so_much(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it read longest ago gives way: here two of three can be remembered."""
    monkeypatch.setattr(kept, "_MEMORY", {})
    monkeypatch.setattr(kept, "MOST_REMEMBERED", 12 * kept.LARGE)
    for key in "abc":
        kept.keep(key, FIRST, ["x"] * kept.LARGE, kept.look("")[1])
    read: list[str] = []
    for key in "ababcab":
        kept.look_with(key, lambda _plain, key=key: read.append(key))  # type: ignore[misc]
    assert "".join(read) == "abcab"


def test_the_worker_looks_before_anybody_does(cast: Cast, found: list[str], client: Client) -> None:
    Histories([cast.chenan, cast.lina]).write(30, seed=6)
    enter(client, cast.hezong)
    with clock.at(FIRST):
        assert look_ahead() == Funnel.objects.exclude(current=None).count() > 0
        for page in ("bottlenecks", "cohorts"):
            assert client.get(f"/analysis/{page}/").status_code == 200
    assert found[-2:] == ["kept", "kept"] and set(found[:-2]) == {"nothing"}


def test_the_worker_looks_at_past_days_before_anybody_does(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    """What the pages of such a day show is found kept, and is what they show of a day that nobody looked at."""
    for room, least in ((past_courses, "LEAST_KEPT"), (past_courses, "LEAST_LEAKED"), (sheets, "LEAST_KEPT")):
        monkeypatch.setattr(room, least, 0)
    monkeypatch.setattr(waterfalls, "LEAST_KEPT", 0)
    looks: list[bool] = []
    look = kept.look

    def watched(key: str) -> Any:
        told = look(key)
        looks.append(told[0] is not None)
        return told

    Histories([cast.chenan, cast.lina]).write(30, seed=6)
    enter(client, cast.hezong)
    pages = ("funnel", "bottlenecks", "forecast-sheet", "waterfall")
    with clock.at(FIRST):
        day = year_before(organisation().today)
        asked = [f"/analysis/{page}/?as_of={day}" for page in pages]
        asked.append(f"/analysis/funnel/?view=cohort&as_of={day}")
        asked += [f"/analysis/waterfall/?period={quarter}" for quarter in quarters_back(organisation())[::7]]
        read = [_cells(client, page) for page in asked]
        Kept.objects.all().delete()
        assert look_back() == len(days_back(organisation().today)) == 14
        monkeypatch.setattr(kept, "look", watched)
        assert [_cells(client, page) for page in asked] == read
    assert len(looks) >= len(asked) and all(looks)


def _cells(client: Client, page: str) -> list[str]:
    answer = client.get(page)
    assert answer.status_code == 200
    return re.findall(r"<td.*?</td>", answer.content.decode(), re.S)
