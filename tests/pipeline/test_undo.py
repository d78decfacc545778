"""Taking back a step just made."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Stage
from loudou.pipeline.verbs import importing
from tests import make
from tests.cast import Cast
from tests.plans import plans


@pytest.fixture
def moved(cast: Cast) -> Deal:
    """A deal that chenan took one stage on a moment ago."""
    return make.advance(make.deal(cast.chenan), by=cast.chenan)


def test_within_a_minute_one_takes_ones_own_step_back(moved: Deal, cast: Cast) -> None:
    with clock.at(clock.now() + timedelta(seconds=50)):
        back = verbs.undo(moved, by=cast.chenan)
    assert (back.spec.position, back.backs) == (0, 1)
    assert Entry.objects.filter(event="deal.moved_back", actor=cast.chenan).count() == 1


def test_it_stays_when_the_minute_is_over_or_somebody_else_made_it(moved: Deal, cast: Cast) -> None:
    with pytest.raises(Refused, match="撤销时限"):
        verbs.undo(moved, by=cast.wumin)
    with clock.at(clock.now() + timedelta(seconds=61)), pytest.raises(Refused, match="撤销时限"):
        verbs.undo(moved, by=cast.chenan)


def test_neither_its_opening_nor_a_step_back_is_taken_back(moved: Deal, cast: Cast) -> None:
    with pytest.raises(Refused, match="撤销时限"):
        verbs.undo(make.deal(cast.chenan), by=cast.chenan)
    back = verbs.step_back(moved, to=make.specs_of(moved)[0], by=cast.chenan, reason="预算没了")
    with pytest.raises(Refused, match="撤销时限"):
        verbs.undo(back, by=cast.chenan)


def test_a_step_out_of_a_stage_that_the_funnel_no_longer_has_is_taken_back_too(cast: Cast) -> None:
    """An import tells of such a stage: the deal is on the version that has it, and finds its way back there."""
    verbs.edit_draft(make.funnel(), stages=plans(make.funnel())[1:], by=None)
    verbs.publish(make.funnel(), by=None)
    deal = make.deal(cast.chenan)
    dropped = Stage.objects.get(funnel=make.funnel(), code="verify")
    row = importing.MoveRow(deal.pk, "enter", clock.now(), stage=dropped.pk)
    assert importing.import_moves([row], by=None) == [True]
    deal.refresh_from_db()
    assert deal.spec.stage == dropped
    moved = make.advance(deal, by=cast.wumin)
    assert moved.spec.stage != dropped
    assert verbs.undo(moved, by=cast.wumin).spec.stage == dropped
