"""Moving a deal forward through its gate."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import Organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Move, Visit
from loudou.pipeline.queries.funnels import specs
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast
from tests.plans import plans


def test_it_is_held_back_while_evidence_is_missing_and_the_refusal_is_on_record(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    with pytest.raises(verbs.GateShut) as shut:
        verbs.move(deal, to=make.specs_of(deal)[1], by=cast.chenan)
    assert [item.code for item in shut.value.missing] == ["budget", "need", "time", "chain", "screened"]
    deal.refresh_from_db()
    assert deal.spec.stage.code == "verify"
    entry = Entry.objects.get(event="deal.gate_refused")
    assert entry.actor == cast.chenan
    assert entry.particulars["to_stage"]["zh-hans"] == "开发"
    assert entry.particulars["missing"][0]["zh-hans"] == "预算来源"


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


def test_a_manager_who_moves_it_makes_the_question_pointless(cast: Cast) -> None:
    deal = make.advance(make.deal(cast.chenan))
    make.fill_gate(deal, cast.chenan)
    asked = verbs.move(deal, to=make.specs_of(deal)[2], by=cast.chenan).request
    assert asked is not None
    verbs.move(deal, to=make.specs_of(deal)[2], by=cast.wumin)
    asked.refresh_from_db()
    assert asked.state == Request.State.WITHDRAWN


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
    assert refusal.value.field == "to"


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


def test_a_deal_that_rests_or_is_closed_goes_nowhere(cast: Cast) -> None:
    resting, closed = make.deal(cast.chenan), make.deal(cast.chenan)
    verbs.hold(resting, by=cast.chenan, wake_on=clock.now().date() + timedelta(days=9), reason="等预算")
    verbs.lose(closed, by=cast.chenan, code=make.reason(), review="价格没谈拢")
    for deal in (resting, closed):
        with pytest.raises(Refused):
            verbs.move(deal, to=make.specs_of(deal)[1], by=cast.chenan)


def test_a_stage_of_another_funnel_is_none(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    other = make.funnel("car").current
    assert other is not None
    with pytest.raises(Refused) as refusal:
        verbs.move(deal, to=specs(other)[1], by=cast.chenan)
    assert refusal.value.field == "to"


def test_an_amount_from_the_houses_threshold_on_waits_for_the_manager(cast: Cast) -> None:
    Organisation.objects.update(confirm_amount=Decimal(100_000))
    small, large = make.deal(cast.chenan, amount=Decimal("99999.99")), make.deal(cast.chenan, amount=100_000)
    for deal in (small, large):
        make.fill_gate(deal, cast.chenan)
    assert verbs.move(small, to=make.specs_of(small)[1], by=cast.chenan).request is None
    assert verbs.move(large, to=make.specs_of(large)[1], by=cast.chenan).request is not None


def test_asked_for_with_its_day_it_counts_from_that_day_once_signed(cast: Cast) -> None:
    begun = clock.now() - timedelta(days=30)
    with clock.at(begun):
        deal = make.advance(make.deal(cast.chenan))
        make.fill_gate(deal, cast.chenan)
    at = clock.now() - timedelta(days=2)
    asked = verbs.move(deal, to=make.specs_of(deal)[2], by=cast.chenan, at=at).request
    assert asked is not None
    confirmed = verbs.confirm(asked, opinion="需求清单已核对，同意进入提案阶段", by=cast.wumin)
    assert (confirmed.stage_since, confirmed.known_late, confirmed.back_dated) == (at, True, 0)


def test_a_day_further_back_is_refused_before_anybody_is_asked(cast: Cast) -> None:
    with clock.at(clock.now() - timedelta(days=30)):
        deal = make.advance(make.deal(cast.chenan))
        make.fill_gate(deal, cast.chenan)
    with pytest.raises(Forbidden) as refusal:
        verbs.move(deal, to=make.specs_of(deal)[2], by=cast.chenan, at=clock.now() - timedelta(days=4))
    assert refusal.value.field == "at"


def test_it_does_not_count_before_the_deals_last_event(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    make.fill_gate(deal, cast.chenan)
    with pytest.raises(Refused) as refusal:
        verbs.move(deal, to=make.specs_of(deal)[1], by=cast.chenan, at=clock.now() - timedelta(days=1))
    assert refusal.value.field == "at"


def test_a_clock_that_lags_keeps_the_order_of_what_was_written(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    make.fill_gate(deal, cast.chenan)
    with clock.at(clock.now() - timedelta(seconds=2)):
        moved = verbs.move(deal, to=make.specs_of(deal)[1], by=cast.chenan).deal
    assert moved.spec.stage.code == "develop"
    assert moved.stage_since == deal.created_at


def test_a_rate_of_ones_own_that_is_far_from_the_new_stages_ends(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    verbs.edit(deal, by=cast.wumin, probability=Decimal("0.05"), reason="很悬")
    make.fill_gate(deal, cast.chenan)
    moved = verbs.move(deal, to=make.specs_of(deal)[1], by=cast.chenan).deal
    assert (moved.probability, moved.probability_reason, moved.chance) == (None, "", Decimal("0.30"))


def test_a_rate_of_ones_own_that_is_near_stays(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    verbs.edit(deal, by=cast.chenan, probability=Decimal("0.20"), reason="口头答应")
    make.fill_gate(deal, cast.chenan)
    assert verbs.move(deal, to=make.specs_of(deal)[1], by=cast.chenan).deal.probability == Decimal("0.20")


def test_a_deal_stays_on_the_version_it_began_with(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    funnel = make.funnel()
    verbs.edit_draft(funnel, by=None, stages=[plan for plan in plans(funnel) if plan.code != "develop"])
    verbs.publish(funnel, by=None)
    make.fill_gate(deal, cast.chenan)
    assert verbs.move(deal, to=make.specs_of(deal)[1], by=cast.chenan).deal.spec.stage.code == "develop"
    fresh = make.deal(cast.chenan)
    assert [spec.stage.code for spec in make.specs_of(fresh)] == ["verify", "propose", "close"]
