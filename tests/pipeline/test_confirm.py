"""Signing what somebody asked for about a deal, and sending it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Move
from loudou.signoff.models import Request
from loudou.signoff.verbs import delegate
from tests import make
from tests.cast import Cast
from tests.plans import plans

OPINION = "需求清单已核对，同意进入提案"


@pytest.fixture
def asked(cast: Cast) -> Request:
    """chenan asks to enter the third stage; wumin shall sign."""
    deal = make.advance(make.deal(cast.chenan))
    make.fill_gate(deal, cast.chenan)
    request = verbs.move(deal, to=make.specs_of(deal)[2], by=cast.chenan, reason="两个对手都已报价").request
    assert request is not None
    return request


def deal_of(request: Request) -> Deal:
    return Deal.objects.get(pk=request.subject_id)


def test_the_signature_and_the_step_are_one(asked: Request, cast: Cast) -> None:
    Notice.objects.all().delete()
    moved = verbs.confirm(asked, opinion=f" {OPINION} ", by=cast.wumin, version=asked.version)
    assert moved.spec.stage.code == "propose"
    move = Move.objects.filter(deal=moved).latest("id")
    assert (move.by, move.reason) == (cast.wumin, OPINION)
    asked.refresh_from_db()
    assert (asked.state, asked.opinion, asked.answered_by) == (Request.State.SIGNED, OPINION, cast.wumin)
    signed = Entry.objects.get(event="signoff.signed")
    assert signed.particulars["content_hash"] == asked.content_hash
    assert Entry.objects.filter(event="deal.moved").latest("id").particulars["request"] == asked.pk
    assert [notice.entry for notice in Notice.objects.filter(recipient=cast.chenan)] == [signed]


def test_sent_back_nothing_changes_but_that_it_was_answered(asked: Request, cast: Cast) -> None:
    deal = verbs.refuse(asked, opinion="先让客户签回需求清单再来", by=cast.wumin)
    assert deal.spec.stage.code == "develop"
    asked.refresh_from_db()
    assert asked.state == Request.State.RETURNED
    again = verbs.move(deal, to=make.specs_of(deal)[2], by=cast.chenan).request
    assert again is not None
    assert again != asked


def test_evidence_withdrawn_since_it_was_asked_for_stops_it_and_nothing_is_half_done(
    asked: Request, cast: Cast
) -> None:
    deal = deal_of(asked)
    verbs.withdraw_evidence(deal.evidence.get(kind__code="presales"), by=cast.chenan, reason="改期了")
    with pytest.raises(verbs.GateShut):
        verbs.confirm(asked, opinion=OPINION, by=cast.wumin)
    asked.refresh_from_db()
    assert asked.state == Request.State.WAITING


def test_a_deal_that_moved_on_makes_it_pointless(asked: Request, cast: Cast) -> None:
    verbs.step_back(deal_of(asked), to=make.specs_of(deal_of(asked))[0], by=cast.chenan, reason="预算没了")
    with pytest.raises(Refused):
        verbs.confirm(asked, opinion=OPINION, by=cast.wumin)


def test_a_stage_that_is_gone_cannot_be_entered(asked: Request, cast: Cast) -> None:
    funnel = make.funnel()
    verbs.edit_draft(funnel, by=None, stages=[plan for plan in plans(funnel) if plan.code != "propose"])
    verbs.publish(funnel, by=None)
    verbs.migrate(make.funnel(), mapping={}, by=None)
    with pytest.raises(Refused):
        verbs.confirm(asked, opinion=OPINION, by=cast.wumin)


def test_a_payload_that_no_longer_fits_is_refused(asked: Request, cast: Cast) -> None:
    asked.payload["from"] = 0
    asked.save()
    with pytest.raises(Refused):
        verbs.confirm(asked, opinion=OPINION, by=cast.wumin)


def test_what_another_room_asked_for_is_not_signed_here(asked: Request, cast: Cast) -> None:
    asked.act = "visits.plan"
    asked.save()
    with pytest.raises(Refused):
        verbs.confirm(asked, opinion=OPINION, by=cast.wumin)


def test_who_may_sign_it(asked: Request, cast: Cast) -> None:
    for stranger in (cast.chenan, cast.lina, cast.liuyang, cast.linjing):
        with pytest.raises(Forbidden):
            verbs.confirm(asked, opinion=OPINION, by=stranger)
    assert verbs.confirm(asked, opinion=OPINION, by=cast.heli).spec.stage.code == "propose"


def test_the_owner_does_not_sign_what_a_helper_asked_for(cast: Cast) -> None:
    from decimal import Decimal

    deal = make.deal(cast.wumin)
    verbs.set_team(deal, members=[(cast.zhenghao, Decimal(0), "方案")], by=cast.wumin)
    asked = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.zhenghao, reason="招标").request
    assert asked is not None
    assert (asked.asker, asked.owner, asked.signer) == (cast.zhenghao, cast.wumin, cast.heli)
    with pytest.raises(Forbidden):
        verbs.confirm(asked, opinion=OPINION, by=cast.wumin)


def test_a_helper_from_elsewhere_asks_the_owners_superior(cast: Cast) -> None:
    from decimal import Decimal

    deal = make.deal(cast.chenan)
    verbs.set_team(deal, members=[(cast.sunqiang, Decimal(0), "")], by=cast.chenan)
    asked = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.sunqiang, reason="招标").request
    assert asked is not None
    assert asked.signer == cast.wumin


def test_above_whom_nobody_stands_decides_alone(cast: Cast) -> None:
    deal = make.deal(cast.hezong)
    moved = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.hezong, reason="老客户直接提案")
    assert (moved.request, moved.deal.spec.stage.code) == (None, "propose")


def test_two_at_the_top_sign_for_each_other(cast: Cast) -> None:
    cast.heli.roles, cast.heli.manager = ["gm"], None
    cast.heli.save()
    deal = make.deal(cast.hezong)
    asked = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.hezong, reason="老客户").request
    assert asked is not None
    assert asked.signer is None
    with pytest.raises(Forbidden):
        verbs.confirm(asked, opinion=OPINION, by=cast.hezong)
    assert verbs.confirm(asked, opinion=OPINION, by=cast.heli).spec.stage.code == "propose"


def test_a_rep_without_a_manager_waits_for_whoever_has_the_right(cast: Cast) -> None:
    deal = make.deal(cast.maxiao)
    asked = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.maxiao, reason="招标").request
    assert asked is not None
    assert asked.signer is None
    assert verbs.confirm(asked, opinion=OPINION, by=cast.hezong).spec.stage.code == "propose"


def test_answered_once(asked: Request, cast: Cast) -> None:
    verbs.confirm(asked, opinion=OPINION, by=cast.wumin)
    with pytest.raises(Refused):
        verbs.refuse(asked, opinion="又不同意了，请先补材料", by=cast.heli)


def test_who_saw_another_version_is_told(asked: Request, cast: Cast) -> None:
    with pytest.raises(Stale):
        verbs.confirm(asked, opinion=OPINION, by=cast.wumin, version=asked.version + 1)


# While one is away ---------------------------------------------------------------------------------------------


def _away(cast: Cast) -> None:
    """wumin is away today; liuyang of another unit, who has no right to the deals there, signs instead."""
    today = organisation().today
    delegate(cast.wumin, to=cast.liuyang, first=today, last=today, by=cast.wumin)


def test_who_signs_for_one_who_is_away_carries_it_out_as_well(asked: Request, cast: Cast) -> None:
    _away(cast)
    assert verbs.confirm(asked, opinion=OPINION, by=cast.liuyang).spec.stage.code == "propose"
    deal = deal_of(asked)
    skipping = verbs.skip(deal, to=make.specs_of(deal)[3], by=cast.chenan, reason="客户已定标").request
    assert skipping is not None
    assert (
        verbs.confirm(skipping, opinion="定标通知书已经看过原件", by=cast.liuyang).spec.stage.code == "close"
    )
    lost = verbs.lose(deal, by=cast.chenan, code=make.reason(), review="报价高了两成")
    check = Request.objects.about(lost).waiting().get()
    assert (
        verbs.confirm(check, opinion="已致电客户核实输在价格", by=cast.liuyang).close_verified_at is not None
    )
    back = verbs.reopen(lost, by=cast.chenan, reason="客户重新招标").request
    assert back is not None
    assert verbs.confirm(back, opinion="重新招标公告已经看到", by=cast.liuyang).outcome == "open"


def test_nobody_else_signs_because_somebody_is_away(asked: Request, cast: Cast) -> None:
    _away(cast)
    for stranger in (cast.lina, cast.linjing):
        with pytest.raises(Forbidden):
            verbs.confirm(asked, opinion=OPINION, by=stranger)
    with pytest.raises(Forbidden):
        verbs.move(deal_of(asked), to=make.specs_of(deal_of(asked))[2], by=cast.liuyang)


def test_what_was_asked_for_in_time_is_in_time_however_late_it_is_signed(cast: Cast) -> None:
    """Finance has no right to date back; the contract was in effect when the rep asked, a day before."""
    with clock.at(clock.now() - timedelta(days=6)):
        deal = make.at_last_stage(cast.chenan)
    with clock.at(clock.now() - timedelta(days=4)):
        in_effect = clock.now() - timedelta(days=1)
        asked = verbs.win(deal, by=cast.chenan, at=in_effect, reason="合同 HT-1").request
    assert asked is not None
    won = verbs.confirm(asked, opinion="合同双方已经盖章生效", by=cast.qianjin)
    assert won.closed_at == in_effect
    assert Entry.objects.get(event="deal.won").particulars["back_dated"] is False
