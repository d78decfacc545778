"""The demo company: the same seed tells the same story, through verbs that refuse nothing of it, and goes on when cut."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from loudou.demo.plot import Act, Plot
from loudou.demo.story import SELDOM, DemoRefused, tell
from loudou.journal.models import Entry
from loudou.journal.verify import verify
from loudou.kernel import clock
from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import Organisation, User
from loudou.pipeline.models import Deal, Move

UNTIL = date(2026, 11, 20)


def plot(seed: int = 7) -> Plot:
    return Plot(seed=seed, until=UNTIL, calendar=WorkCalendar())


def test_the_same_seed_draws_the_same_story() -> None:
    acts = plot().draw()
    assert [repr(act) for act in acts] == [repr(act) for act in plot().draw()]
    assert [repr(act) for act in acts] != [repr(act) for act in plot(8).draw()]


def test_a_story_is_in_order_and_ends_on_its_day() -> None:
    drawn = plot()
    acts = drawn.draw()
    assert [act.at for act in acts] == sorted(act.at for act in acts)
    assert acts[-1].at <= drawn.end
    kinds = {act.kind for act in acts}
    assert {
        "open",
        "move",
        "back",
        "win",
        "lost",
        "cancelled",
        "invalid",
        "hold",
        "resume",
        "reopen",
    } <= kinds
    assert {"push", "reprice", "hand_over", "depart", "sign", "show", "note", "next_step"} <= kinds


def test_whoever_has_left_does_nothing_any_more() -> None:
    acts = plot().draw()
    gone = next(act for act in acts if act.kind == "depart")
    assert not [act for act in acts if act.who == gone.about and act.at > gone.at]


class Cut(Exception):
    """Somebody pulled the plug."""


def test_a_telling_that_was_cut_goes_on_and_refuses_nothing(
    empty_database: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = plot().draw()[:260]
    monkeypatch.setattr("loudou.demo.story.Plot.draw", lambda self: drawn)

    def cut(act: Act, number: int, total: int) -> None:
        if number == 110:
            raise Cut

    with caplog.at_level(logging.WARNING, "loudou.demo.story"):
        with pytest.raises(Cut):
            tell(until=UNTIL, heard=cut)
        told = (Organisation.objects.get().demo_progress or {})["told"]
        assert told == 100  # what was told together with the act that failed is undone with it
        assert tell(until=UNTIL) == 260
    assert caplog.records == []
    assert Organisation.objects.get().demo_progress is None
    opened = [act for act in drawn if act.kind == "open"]
    assert Deal.objects.count() == len(opened)
    assert Move.objects.filter(kind="enter", stage__isnull=False).count() >= len(opened)
    first = Deal.objects.get(code=opened[0].about)
    assert first.moves.order_by("at", "pk").first().at == opened[0].at  # type: ignore[union-attr]
    assert verify().good
    assert Entry.objects.filter(event="journal.verified").count() == 1
    assert set(User.objects.active().filter(last_login=None).values_list("username", flat=True)) == set(
        SELDOM
    )


def test_evenings_after_the_last_act_are_told_too(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = plot().draw()[:2]
    told: list[datetime] = []
    monkeypatch.setattr("loudou.demo.story.Plot.draw", lambda self: drawn)
    monkeypatch.setattr("loudou.demo.story.Happenings.tell_until", lambda self, now: told.append(now))
    monkeypatch.setattr("loudou.demo.story.Days.tell_until", lambda self, now: told.append(now))
    tonight = drawn[-1].at + timedelta(hours=15)
    with clock.at(tonight):
        tell()
    assert told[-2:] == [tonight, tonight]


def test_nothing_is_told_that_has_not_happened_yet(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = plot().draw()[:60]
    monkeypatch.setattr("loudou.demo.story.Plot.draw", lambda self: drawn)
    totals = []

    def cut(plot: Plot, acts: Sequence[Act]) -> None:
        totals.append(len(acts))
        raise Cut

    monkeypatch.setattr("loudou.demo.story._set_the_stage", cut)
    with clock.at(drawn[29].at), pytest.raises(Cut):
        tell()
    assert totals == [sum(act.at <= drawn[29].at for act in drawn)]
    assert 30 <= totals[0] < 60


def test_an_organisation_with_people_of_its_own_gets_no_demo(empty_database: str) -> None:
    User.objects.create(username="boss", name="Boss", name_key="boss")
    with pytest.raises(DemoRefused):
        tell(until=UNTIL)
    assert User.objects.count() == 1
