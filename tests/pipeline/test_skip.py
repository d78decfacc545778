"""Passing a gate that lacks something, or jumping stages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import User
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Move, Visit
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.deal(cast.chenan)


def skip(deal: Deal, place: int, by: User, **details: object) -> verbs.Moved:
    return verbs.skip(deal, to=make.specs_of(deal)[place], by=by, **{"reason": "客户直接招标", **details})  # type: ignore[arg-type]


def test_a_manager_lets_a_deal_jump_and_what_it_lacks_stays_owed(deal: Deal, cast: Cast) -> None:
    moved = skip(deal, 2, cast.wumin).deal
    assert (moved.spec.stage.code, moved.skips) == ("propose", 1)
    assert moved.owed_evidence == 5 + 5  # all of verify, all of develop with its two fields
    move = Move.objects.filter(deal=deal).latest("id")
    assert (move.skipped, move.reason, move.by) == (1, "客户直接招标", cast.wumin)
    assert list(Visit.objects.filter(deal=deal).values_list("stage__code", "jumped")) == [
        ("verify", 0),
        ("propose", 1),
    ]
    assert Entry.objects.get(event="deal.skipped").particulars["skipped"] == 1


def test_a_rep_asks_for_it_and_it_is_done_with_the_signature(deal: Deal, cast: Cast) -> None:
    asked = skip(deal, 2, cast.chenan)
    assert (asked.deal.spec.stage.code, asked.deal.skips) == ("verify", 0)
    assert asked.request is not None
    assert asked.request.signer == cast.wumin
    moved = verbs.confirm(asked.request, opinion="招标文件已看过，同意直接提案", by=cast.wumin)
    assert (moved.spec.stage.code, moved.skips) == ("propose", 1)


def test_a_manager_asks_one_level_up_for_their_own(cast: Cast) -> None:
    asked = skip(make.deal(cast.wumin), 1, cast.wumin)
    assert asked.request is not None
    assert asked.request.signer == cast.heli


def test_where_nothing_is_skipped_it_is_a_move_like_any_other(deal: Deal, cast: Cast) -> None:
    make.fill_gate(deal, cast.chenan)
    moved = skip(deal, 1, cast.chenan)
    assert (moved.request, moved.deal.spec.stage.code, moved.deal.skips) == (None, "develop", 0)
    assert Entry.objects.filter(event="deal.moved").exists()


def test_what_is_owed_is_filled_later_and_counted_down(deal: Deal, cast: Cast) -> None:
    skip(deal, 1, cast.wumin)
    kinds = make.specs_of(deal)[0].evidence_kinds.all()
    for kind in kinds[:3]:
        verbs.give_evidence(deal, kind=kind, by=cast.chenan, note="补上")
    deal.refresh_from_db()
    assert deal.owed_evidence == 2


def test_a_step_back_owes_only_what_lies_before_it(deal: Deal, cast: Cast) -> None:
    skip(deal, 2, cast.wumin)
    moved = verbs.move(deal, to=make.specs_of(deal)[0], by=cast.chenan, reason="客户推倒重来").deal
    assert moved.owed_evidence == 0


def test_only_a_stage_further_on_is_skipped_to(deal: Deal, cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        skip(deal, 0, cast.wumin)
    assert refusal.value.field == "to"


def test_others_will_read_why(deal: Deal, cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        skip(deal, 2, cast.wumin, reason=" ")
    assert refusal.value.field == "reason"


def test_a_day_too_far_back_is_refused_before_anybody_is_asked(deal: Deal, cast: Cast) -> None:
    old = clock.now() - timedelta(days=20)
    with clock.at(old):
        deal = make.deal(cast.chenan)
    with pytest.raises(Forbidden):
        skip(deal, 2, cast.chenan, at=clock.now() - timedelta(days=9))
    assert not Request.objects.exists()


def test_who_may_not_does_not_and_who_saw_another_version_is_told(deal: Deal, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        skip(deal, 2, cast.lina)
    verbs.edit(deal, by=cast.chenan, title="新线")
    with pytest.raises(Stale):
        skip(deal, 2, cast.wumin, version=deal.version)


def test_a_resting_deal_is_not_skipped(deal: Deal, cast: Cast) -> None:
    verbs.hold(deal, by=cast.chenan, wake_on=clock.now().date() + timedelta(days=9), reason="等预算")
    with pytest.raises(Refused):
        skip(deal, 2, cast.wumin)
