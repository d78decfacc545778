"""Moving a deal forward through its gate."""

from __future__ import annotations

import pytest

from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.pipeline import verbs
from loudou.pipeline.models import Move, Visit
from tests import make
from tests.cast import Cast


def test_it_is_held_back_while_evidence_is_missing_and_the_refusal_is_on_record(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    with pytest.raises(verbs.GateShut) as shut:
        verbs.move(deal, to=make.specs_of(deal)[1], by=cast.chenan)
    assert [item.code for item in shut.value.missing] == ["budget", "need", "time", "chain", "screened"]
    deal.refresh_from_db()
    assert deal.spec.stage.code == "verify"
    entry = Entry.objects.get(event="deal.gate_refused")
    assert entry.actor == cast.chenan
    assert entry.particulars["to_stage"] == "开发"


def test_it_passes_with_its_gate_filled_and_leaves_a_move_a_visit_and_an_entry(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    make.fill_gate(deal, cast.chenan)
    moved = verbs.move(deal, to=make.specs_of(deal)[1], by=cast.chenan)
    assert moved.request is None
    assert moved.deal.spec.stage.code == "develop"
    assert [move.kind for move in Move.objects.filter(deal=deal).order_by("id")] == ["enter", "enter"]
    first, second = Visit.objects.filter(deal=deal).order_by("seq")
    assert (first.left_by, second.entered_by, second.left_at) == ("forward", "forward", None)
    assert Entry.objects.filter(event="deal.moved", subject_id=deal.pk).count() == 1


def test_it_waits_for_the_manager_where_the_stage_asks_for_confirmation(cast: Cast) -> None:
    deal = make.advance(make.deal(cast.chenan))
    make.fill_gate(deal, cast.chenan)
    moved = verbs.move(deal, to=make.specs_of(deal)[2], by=cast.chenan)
    assert moved.request is not None
    assert moved.request.signer == cast.wumin
    assert moved.deal.spec.stage.code == "develop"
    confirmed = verbs.confirm(moved.request, opinion="需求清单已核对，同意进入提案阶段", by=cast.wumin)
    assert confirmed.spec.stage.code == "propose"


def test_a_manager_of_the_deal_confirms_by_moving_it_themselves(cast: Cast) -> None:
    deal = make.advance(make.deal(cast.chenan))
    make.fill_gate(deal, None)
    moved = verbs.move(deal, to=make.specs_of(deal)[2], by=cast.wumin)
    assert moved.request is None
    assert moved.deal.spec.stage.code == "propose"


def test_a_manager_does_not_confirm_their_own_deal(cast: Cast) -> None:
    deal = make.advance(make.deal(cast.wumin))
    make.fill_gate(deal, None)
    moved = verbs.move(deal, to=make.specs_of(deal)[2], by=cast.wumin)
    assert moved.request is not None
    assert moved.request.signer == cast.heli


def test_a_jump_over_a_stage_is_refused(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    make.fill_gate(deal, None)
    with pytest.raises(Refused) as refusal:
        verbs.move(deal, to=make.specs_of(deal)[2], by=cast.chenan)
    assert refusal.value.field == "stage"


def test_a_stale_version_gets_both_values(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    seen = deal.version
    verbs.edit(deal, by=cast.chenan, next_step="打电话")
    with pytest.raises(Stale) as stale:
        verbs.edit(deal, by=cast.wumin, next_step="去拜访", version=seen)
    assert stale.value.differences == {"next_step": ("打电话", "去拜访")}


def test_somebody_elses_deal_is_not_moved(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    with pytest.raises(Forbidden):
        verbs.move(deal, to=make.specs_of(deal)[1], by=cast.maxiao)


def test_moving_to_where_it_stands_does_nothing(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    before = Move.objects.count()
    verbs.move(deal, to=make.specs_of(deal)[0], by=cast.chenan)
    assert Move.objects.count() == before
