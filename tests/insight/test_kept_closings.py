"""What was closed and how long it took, kept and carried on: whatever is done to the past, it is what reading all of it gives."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import pytest
from django.test import Client

from loudou.insight.asked import year_before
from loudou.insight.figures import middle
from loudou.insight.figures.cycle import Closing
from loudou.insight.figures.flow import Span
from loudou.insight.figures.middle import Middle
from loudou.insight.figures.narrowed import Untold
from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.queries.courses import Key
from loudou.insight.queries.cycles import Ask, read
from loudou.insight.queries.kept import closings as keeping
from loudou.insight.queries.kept.closings import closings_known
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.known_closes import WHOLE, Parts
from loudou.insight.reports.velocity import velocity
from loudou.insight.tasks import look_ahead, look_back
from loudou.kernel import clock
from loudou.people.queries import organisation
from loudou.pipeline import kept
from loudou.pipeline.models import Deal, Disturbance, Kept, Move
from loudou.pipeline.verbs._history import rebuild
from tests.cast import Cast
from tests.doors import enter
from tests.histories import BEGIN, END, Histories
from tests.insight.test_kept_waterfall import _act, happened

FIRST = END + timedelta(days=60)  # by then all that happened is known
STEPS, ACTS = 8, 60


@pytest.fixture
def cast(own_database: str, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(keeping, "LEAST_KEPT", 0)
    monkeypatch.setattr(keeping, "LEAST_KEPT_THEN", 0)
    monkeypatch.setattr(keeping, "CARRIED_ON", 15)
    monkeypatch.setattr(middle, "MARGIN", 2)
    return Cast()


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How each look was answered: from what was kept, or read anew, because nothing was kept or it did not tell."""
    looks: list[str] = []
    looking = kept._looked
    told = keeping._told

    def looked(*asked: Any) -> Any:
        answer = looking(*asked)
        looks.append("nothing" if answer[1] is None else "kept")
        return answer

    def telling(cells: Any) -> Any:
        try:
            return told(cells)
        except Untold:
            looks[-1] = "untold"
            raise

    monkeypatch.setattr(kept, "_looked", looked)
    monkeypatch.setattr(keeping, "_told", telling)
    return looks


def present(cast: Cast, now: datetime, funnel: int) -> list[list[Ask]]:
    """A period that goes on and one that is over, by months, persons and departments; and the year up to now."""
    with clock.at(now):
        lens = InsightLens.read({"by": "unit"}, None)
        unit = InsightLens.read({"unit": "D1"}, None).scope
    over = Span(now, END - timedelta(days=120), END - timedelta(days=30), None)
    runs = Span(now, END - timedelta(days=80), None, None)
    edges = [END - timedelta(days=days) for days in (150, 110, 70, 30)]
    months = Parts(edges=edges)
    since_edges = Span(now, edges[0], None, None)
    year = Ask(
        Scope(),
        Span(now, now - timedelta(days=150), now, None),
        funnels=[funnel],
        sums_only=True,
        slides=True,
    )
    return [
        [Ask(Scope(), runs), Ask(Scope(), since_edges, months), year],
        [Ask(Scope(), over), Ask(lens.split, over, Parts("unit")), year],
        [Ask(unit, runs), Ask(unit, runs, Parts("owner"), funnels=[funnel])],
        [replace(year, scope=Scope(owner=cast.lina.pk))],
    ]


def past() -> list[list[Ask]]:
    """The same as known at an instant of the past."""
    found = []
    for known in (END - timedelta(days=9, hours=5), END - timedelta(days=70)):
        span = Span(FIRST, known - timedelta(days=90), known, known)
        otherwise = known_otherwise(known, Scope())
        asks = [Ask(Scope(), span, parts, otherwise=otherwise) for parts in (WHOLE, Parts("owner"))]
        found.append([*asks, replace(asks[0], sums_only=True)])
    return found


def same(asks: list[Ask]) -> bool:
    """Whether what is kept and carried on tells what reading all of it does."""
    quick = closings_known(asks)
    slow = [{key: one.told for key, one in cells.items()} for cells in read(asks)]
    return all(
        _said(ask, some) == _said(ask, others) for ask, some, others in zip(asks, quick, slow, strict=True)
    )


def _said(ask: Ask, told: dict[Key, Closing]) -> Any:
    if ask.sums_only:
        return {
            key: (one.rate, one.won.count, one.won.took, one.lost.quick)
            for key, one in told.items()
            if one.size
        }
    return {key: one for key, one in told.items() if one.size}


def test_they_stay_true_whatever_happens(cast: Cast, found: list[str]) -> None:
    dice = random.Random(51)
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(80, seed=52)
    now, answers = FIRST, 0
    for step in range(STEPS):
        before, now = now, now + timedelta(hours=dice.randrange(1, 40))
        # Facts as they happen, few or many; nothing; then whatever can be done to a past.
        acts = (8, ACTS, 0, ACTS)[step % 4]
        touched = {
            _act(dice, world, 2) if step % 4 == 3 else happened(dice, world, before, now) for _ in range(acts)
        }
        deals = [world.deals[key] for key in sorted(touched) if key in world.deals]
        rebuild(deals)
        for deal in deals:
            deal.lost_to = dice.choice(("", "Ying", "Feng"))
            deal.save()
        with clock.at(now):
            for asks in present(cast, now, world.funnel.pk):
                assert same(asks), (step, asks)
                assert same(asks), (step, asks)
                answers += sum(one.closed for one in closings_known(asks)[0].values())
    assert answers > 300
    assert found.count("kept") >= 12
    assert found.count("untold") >= 1
    assert found.count("nothing") >= 4


def test_of_a_past_they_stay_true_whatever_is_done_to_it(cast: Cast, found: list[str]) -> None:
    dice = random.Random(53)
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(60, seed=54)
    for step in range(6):
        # Nothing, then facts as they happen, then whatever can be done to a past.
        touched = {_act(dice, world, (0, 1, 2)[step % 3]) for _ in range(ACTS if step % 3 else 0)}
        deals = [world.deals[key] for key in sorted(touched) if key in world.deals]
        rebuild(deals)
        for deal in deals:
            deal.lost_to = dice.choice(("", "Ying"))
            deal.save()
        for asks in past():
            assert same(asks), (step, asks)
    looks = [found[step * 2 : step * 2 + 2] for step in range(6)]
    assert looks == [[how] * 2 for how in ("nothing", "kept", "nothing", "kept", "kept", "nothing")]


def test_a_first_day_that_is_another_is_not_missed(cast: Cast, found: list[str]) -> None:
    """A deal's moves may stay as they are: an imported row says since when it was there."""
    world = Histories([cast.chenan, cast.sunqiang]).write(60, seed=56)
    asks = [past()[0], present(cast, FIRST, world.funnel.pk)[0]]
    with clock.at(FIRST):
        assert all(same(some) for some in asks)
        seen = Disturbance.objects.count()
        for deal in Deal.objects.exclude(created_at=None):
            deal.touched_at = FIRST
            deal.save()
        assert Disturbance.objects.count() == seen
        assert all(same(some) for some in asks)
        for deal in Deal.objects.exclude(created_at=None)[:20]:
            deal.created_at -= timedelta(days=3)
            deal.save()
        assert all(same(some) for some in asks)
    assert found == ["nothing", "nothing", "kept", "kept", "nothing", "nothing"]


def test_to_whom_a_deal_was_lost_is_told_as_it_is_known_now(cast: Cast, found: list[str]) -> None:
    """Of a past instant too: whoever is named today, and nobody once the deal is open again."""
    world = Histories([cast.chenan, cast.sunqiang]).write(80, seed=57)
    asks = [past()[0], present(cast, FIRST, world.funnel.pk)[2]]
    counted = []
    with clock.at(FIRST):
        for name in ("", "Ying", ""):
            Deal.objects.filter(outcome="lost").update(lost_to=name)
            assert all(same(some) for some in asks)
            counted.append([closings_known(some)[0][None].rivals for some in asks])
    (none, some, again) = counted
    assert none == again == [0, 0] and min(some) > 0
    assert found[2:] == ["kept"] * 10


def test_what_a_deal_may_be_another_of_tomorrow_is_not_kept(cast: Cast) -> None:
    Histories([cast.chenan]).write(20, seed=5)
    span = past()[0][0].span
    for ask in (
        Ask(Scope(source="web"), span),
        Ask(Scope(), span, Parts("source")),
        Ask(Scope(), span, Parts("competitor")),
        Ask(Scope(), replace(span, until=None)),
    ):
        assert same([replace(ask, otherwise=known_otherwise(span.known, ask.scope))])
    assert not Kept.objects.exists()


def test_a_look_from_before_the_last_one_is_read_anew(cast: Cast, found: list[str]) -> None:
    """As when a clock was set back."""
    world = Histories([cast.chenan, cast.lina]).write(30, seed=58)
    for now in (FIRST + timedelta(hours=9), FIRST, FIRST + timedelta(hours=10)):
        with clock.at(now):
            assert same(present(cast, now, world.funnel.pk)[0])
    assert found == ["nothing", "kept", "kept"]


def test_what_becomes_known_while_it_is_read_is_not_kept(
    cast: Cast, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = Histories([cast.chenan, cast.lina]).write(30, seed=59)
    deal = next(deal for deal in world.deals.values() if deal.outcome == "open")
    asks, reading = present(cast, FIRST, world.funnel.pk)[0], keeping.read
    with clock.at(FIRST):

        def meanwhile(*asked: Any) -> Any:
            Move.objects.create(
                deal=deal, kind="lost", at=FIRST, known_at=FIRST, recorded_at=FIRST, channel="import"
            )
            rebuild([deal])
            monkeypatch.setattr(keeping, "read", reading)
            return reading(*asked)

        monkeypatch.setattr(keeping, "read", meanwhile)
        closings_known(asks)
        assert not Kept.objects.exists()
        assert same(asks)


def test_after_too_much_all_is_read_anew(
    cast: Cast, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dice, world = random.Random(60), Histories([cast.chenan, cast.lina]).write(30, seed=60)
    monkeypatch.setattr(keeping, "MOST_CHANGED", 3)
    with clock.at(FIRST):
        closings_known(present(cast, FIRST, world.funnel.pk)[0])
    later = FIRST + timedelta(hours=9)
    rebuild([world.deals[key] for key in {happened(dice, world, FIRST, later) for _ in range(9)}])
    carrying, refused = keeping._carried_on, []

    def carried_on(*asked: Any) -> Any:
        try:
            return carrying(*asked)
        except Untold:
            refused.append(asked)
            raise

    monkeypatch.setattr(keeping, "_carried_on", carried_on)
    with clock.at(later):
        assert same(present(cast, later, world.funnel.pk)[0])
    assert len(refused) == 1


def test_what_is_in_the_middle_is_the_median_for_as_long_as_it_is_at_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(middle, "MARGIN", 2)
    dice, told, untold = random.Random(61), 0, 0
    for _round in range(200):
        # Of few different numbers many lie on the edges.
        numbers = [dice.randrange(-3, dice.choice((9, 900))) for _ in range(dice.randrange(90))]
        cell = Middle.read(Middle.of(numbers).narrowed(dice.choice((None, 0, 5))).plain())
        for _change in range(dice.randrange(12)):
            dice.shuffle(numbers)
            gone = [numbers.pop() for _ in range(min(len(numbers), dice.randrange(3)))]
            come = [dice.randrange(-9, 900) for _ in range(dice.randrange(3))]
            numbers += come
            cell = cell.changed(Middle.of(gone), Middle.of(come))
            assert cell.below + len(cell.within) + cell.beyond == len(numbers)
            try:
                assert cell.half == (median(numbers) if numbers else None)
                told += 1
            except Untold:
                assert cell.floor > middle.LEAST
                untold += 1
        assert cell.narrowed(0).narrowed(0) == cell.narrowed(0)
    assert told > 500 and untold > 20


def test_a_number_that_is_not_at_hand_cannot_be_taken_out() -> None:
    with pytest.raises(Untold):
        Middle.of([1, 5]).changed(Middle.of([3]), Middle())


@pytest.mark.parametrize(
    "asked", ["", "?from={past}&to={now}&by=owner", "?as_of={past}", "?as_of={past}&by=unit"]
)
def test_the_page_reads_what_was_kept(cast: Cast, found: list[str], client: Client, asked: str) -> None:
    Histories([cast.chenan, cast.lina, cast.sunqiang]).write(40, seed=6)
    enter(client, cast.heli)
    past = (BEGIN + (END - BEGIN) * 0.8).date()
    with clock.at(FIRST):
        url = "/analysis/win-rate/" + asked.format(past=past, now=FIRST.date())
        pages = [client.get(url) for _look in range(2)]
    assert found == ["nothing", "kept"]
    assert [page.status_code for page in pages] == [200, 200]
    first, second = (re.findall(r"<t[dh].*?</t[dh]>", page.content.decode(), re.S) for page in pages)
    assert first == second and len(first) > 10


def test_the_velocity_alone_counts_as_it_does_beside_the_win_rate(cast: Cast, found: list[str]) -> None:
    Histories([cast.chenan, cast.lina]).write(60, seed=8)
    with clock.at(FIRST):
        told = [velocity(InsightLens.read({}, None)).velocity.closes for _look in range(2)]
    assert told[0] == told[1] and told[0].won > 0
    assert found == ["nothing", "kept"]


def test_the_worker_looks_before_anybody_does(cast: Cast, found: list[str], client: Client) -> None:
    """Today's page, and that of a past day which figures are compared with."""
    Histories([cast.chenan, cast.lina]).write(30, seed=6)
    enter(client, cast.hezong)
    with clock.at(FIRST):
        look_ahead()
        look_back()
        day = year_before(organisation().today)
        for asked in ({}, {"as_of": day.isoformat()}):
            found.clear()
            assert client.get("/analysis/win-rate/", asked).status_code == 200
            assert found and set(found) == {"kept"}
