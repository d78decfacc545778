"""Taking a deal back to an earlier stage."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Move, Visit
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.advance(make.advance(make.deal(cast.chenan)))


def test_it_is_never_blocked_only_explained(deal: Deal, cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.move(deal, to=make.specs_of(deal)[0], by=cast.chenan)
    assert refusal.value.field == "reason"
    back = verbs.move(deal, to=make.specs_of(deal)[0], by=cast.chenan, reason="预算没了着落").deal
    assert (back.spec.stage.code, back.backs) == ("verify", 1)
    move = Move.objects.filter(deal=deal).latest("id")
    assert (move.backward, move.reason) == (True, "预算没了着落")
    assert [visit.left_by for visit in Visit.objects.filter(deal=deal).order_by("seq")] == [
        "forward",
        "forward",
        "back",
        "",
    ]
    assert Entry.objects.get(event="deal.moved_back").particulars["reason"] == "预算没了着落"


def test_the_owner_hears_of_it_when_somebody_else_does_it(deal: Deal, cast: Cast) -> None:
    verbs.step_back(deal, to=make.specs_of(deal)[1], by=cast.wumin, reason="需求没核实")
    assert Notice.objects.filter(recipient=cast.chenan, entry__event="deal.moved_back").exists()


def test_what_it_had_shown_stays_shown(deal: Deal, cast: Cast) -> None:
    back = verbs.step_back(deal, to=make.specs_of(deal)[1], by=cast.chenan, reason="需求有变")
    assert back.gate_done == back.gate_total > 0


def test_open_questions_about_its_next_step_end(deal: Deal, cast: Cast) -> None:
    make.fill_gate(deal, cast.chenan)
    asked = verbs.move(deal, to=make.specs_of(deal)[3], by=cast.chenan).request
    assert asked is not None
    verbs.step_back(deal, to=make.specs_of(deal)[1], by=cast.chenan, reason="需求有变")
    asked.refresh_from_db()
    assert asked.state == Request.State.WITHDRAWN


def test_a_win_that_was_asked_for_ends_with_it(cast: Cast) -> None:
    deal = make.at_last_stage(cast.chenan)
    asked = verbs.win(deal, by=cast.chenan).request
    assert asked is not None
    verbs.step_back(deal, to=make.specs_of(deal)[2], by=cast.chenan, reason="合同又要改")
    with pytest.raises(Refused):
        verbs.confirm(asked, opinion="合同双方已经盖章生效", by=cast.linjing)


def test_a_rate_fit_for_the_later_stage_does_not_stay(cast: Cast) -> None:
    deal = make.advance(make.advance(make.deal(cast.chenan)))
    verbs.edit(deal, by=cast.chenan, probability=Decimal("0.70"), reason="口头答应")
    back = verbs.step_back(deal, to=make.specs_of(deal)[0], by=cast.chenan, reason="换了采购")
    assert (back.probability, back.chance) == (None, Decimal("0.10"))


def test_forward_is_not_back(deal: Deal, cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.step_back(deal, to=make.specs_of(deal)[3], by=cast.chenan, reason="试试")
    assert refusal.value.field == "to"


def test_somebody_elses_or_a_resting_deal_stays(deal: Deal, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.step_back(deal, to=make.specs_of(deal)[0], by=cast.sunqiang, reason="试试")
    verbs.hold(deal, by=cast.chenan, wake_on=clock.now().date() + timedelta(days=9), reason="等预算")
    with pytest.raises(Refused):
        verbs.step_back(deal, to=make.specs_of(deal)[0], by=cast.chenan, reason="试试")
