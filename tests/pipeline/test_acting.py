"""What can be done to a deal as it stands, and which deals want a look."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.kernel import clock
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.acting import acts_on
from loudou.pipeline.queries.flags import urgent, watched
from tests import make
from tests.cast import Cast

CLOSING = {"lose", "cancel", "invalidate"}
REVIEW = "价格高出一成，没有谈拢"


def test_an_open_deal_is_moved_closed_or_laid_aside(cast: Cast) -> None:
    first, last = make.deal(cast.chenan), make.at_last_stage(cast.chenan)
    assert acts_on(first, cast.chenan) >= {"edit", "parts", "move", "skip", "hold", *CLOSING}
    assert not acts_on(first, cast.chenan) & {"win", "step_back", "resume", "reopen"}
    assert {"win", "step_back"} <= acts_on(last, cast.chenan)
    assert not acts_on(last, cast.chenan) & {"move", "skip"}


def test_one_that_rests_is_taken_up_or_closed(cast: Cast) -> None:
    wake_on = organisation().today + timedelta(days=9)
    resting = verbs.hold(make.deal(cast.chenan), by=cast.chenan, wake_on=wake_on, reason="等预算")
    assert acts_on(resting, cast.chenan) >= {"resume", *CLOSING}
    assert not acts_on(resting, cast.chenan) & {"move", "skip", "hold", "win"}


@pytest.mark.parametrize(("kind", "comes_back"), [("lost", True), ("cancelled", True), ("invalid", False)])
def test_of_closed_ones_only_the_lost_and_the_cancelled_come_back(
    cast: Cast, kind: str, comes_back: bool
) -> None:
    act = {"lost": verbs.lose, "cancelled": verbs.cancel, "invalid": verbs.invalidate}[kind]
    codes = {"lost": "price", "cancelled": "no_decision", "invalid": "duplicate"}
    closed = act(make.deal(cast.chenan), by=None, code=make.reason(kind, codes[kind]), review=REVIEW)
    assert ("reopen" in acts_on(closed, cast.chenan)) is comes_back
    assert not acts_on(closed, cast.chenan) & {"parts", "move", "hold", "resume", *CLOSING}


def test_a_deal_that_is_won_stays_won(cast: Cast) -> None:
    won = verbs.win(make.at_last_stage(cast.chenan), by=None).deal
    assert not acts_on(won, cast.chenan) & {"reopen", "step_back", "win", *CLOSING}


def test_what_is_urgent_is_not_told_a_second_time_as_worth_a_look(cast: Cast) -> None:
    now, today = clock.now(), organisation().today
    late, bare = make.deal(cast.chenan), make.deal(cast.chenan)
    Deal.objects.filter(pk=late.pk).update(expected_on=today - timedelta(days=1), next_on=None)
    Deal.objects.filter(pk=bare.pk).update(expected_on=today + timedelta(days=90), next_on=None)
    assert list(Deal.objects.filter(urgent(now, today))) == [late]
    assert list(Deal.objects.filter(watched(now, today))) == [bare]


def test_who_verifies_wins_may_win_what_they_could_not_close_otherwise(cast: Cast) -> None:
    last = make.at_last_stage(cast.chenan)
    assert acts_on(last, cast.linjing) & {"win", *CLOSING} == {"win"}
    assert "win" not in acts_on(make.deal(cast.chenan), cast.linjing)
