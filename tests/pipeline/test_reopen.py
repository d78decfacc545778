"""Bringing a lost deal back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import User
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Visit
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast

REVIEW = "报价比对手高两成"
OPINION = "客户确实重新立项，同意重开"


@pytest.fixture
def lost(cast: Cast) -> Deal:
    return lost_days_ago(cast.chenan, 100)


def lost_days_ago(owner: User, days: int) -> Deal:
    """A deal lost from its second stage that many days ago."""
    with clock.at(clock.now() - timedelta(days=days)):
        deal = make.advance(make.deal(owner))
        return verbs.lose(deal, by=None, code=make.reason(), review=REVIEW)


def test_it_returns_to_the_stage_it_was_closed_from_as_a_new_visit(lost: Deal, cast: Cast) -> None:
    back = verbs.reopen(lost, by=cast.wumin, reason="客户重新立项").deal
    assert (back.outcome, back.spec.stage.code, back.reopen_count) == ("open", "develop", 1)
    assert (back.closed_at, back.reason, back.review, back.close_verified_at) == (None, None, "", None)
    assert back.gate_total > 0
    stays = Visit.objects.filter(deal=lost).order_by("seq")
    assert [(stay.entered_by, stay.left_by) for stay in stays] == [
        ("first", "forward"),
        ("forward", "lost"),
        ("reopen", ""),
    ]
    assert Entry.objects.get(event="deal.reopened").particulars["reason"] == "客户重新立项"


def test_a_rep_asks_for_it(lost: Deal, cast: Cast) -> None:
    asked = verbs.reopen(lost, by=cast.chenan, reason="客户重新立项")
    assert asked.request is not None
    assert (asked.deal.outcome, asked.request.signer) == ("lost", cast.wumin)
    assert ["reason", make.reason().names] in asked.request.facts
    assert verbs.confirm(asked.request, opinion=OPINION, by=cast.wumin).outcome == "open"


def test_one_imported_without_a_reason_comes_back_all_the_same(lost: Deal, cast: Cast) -> None:
    Deal.objects.filter(pk=lost.pk).update(reason=None)
    assert verbs.reopen(lost, by=cast.chenan, reason="客户重新立项").request is not None


def test_a_manager_asks_one_level_up_for_their_own(cast: Cast) -> None:
    asked = verbs.reopen(lost_days_ago(cast.wumin, 10), by=cast.wumin, reason="客户重新立项").request
    assert asked is not None
    assert asked.signer == cast.heli


def test_within_180_days_it_is_the_same_deal_later_a_new_one(cast: Cast) -> None:
    assert verbs.reopen(lost_days_ago(cast.chenan, 179), by=cast.wumin, reason="又来了").deal.is_open
    old = lost_days_ago(cast.chenan, 181)
    for person in (cast.wumin, cast.chenan):
        with pytest.raises(Refused):
            verbs.reopen(old, by=person, reason="又来了")
    assert not Request.objects.exists()


def test_asked_for_in_time_it_may_be_signed_a_little_later(cast: Cast) -> None:
    lost = lost_days_ago(cast.chenan, 179)
    asked = verbs.reopen(lost, by=cast.chenan, reason="客户重新立项").request
    assert asked is not None
    with clock.at(clock.now() + timedelta(days=3)):
        assert verbs.confirm(asked, opinion=OPINION, by=cast.wumin).is_open


def test_only_what_was_lost_or_cancelled_comes_back(cast: Cast) -> None:
    won = verbs.win(make.at_last_stage(cast.chenan), by=cast.linjing).deal
    code = make.reason("invalid", "duplicate")
    void = verbs.invalidate(make.deal(cast.chenan), by=cast.chenan, code=code, review="重复")
    for deal in (won, void, make.deal(cast.chenan)):
        with pytest.raises(Refused):
            verbs.reopen(deal, by=cast.wumin, reason="试试")
    code = make.reason("cancelled", "no_budget")
    cancelled = verbs.cancel(make.deal(cast.chenan), by=cast.wumin, code=code, review="预算砍了")
    assert verbs.reopen(cancelled, by=cast.wumin, reason="预算又有了").deal.is_open


def test_a_check_of_the_loss_ends_with_it(cast: Cast) -> None:
    lost = verbs.lose(make.deal(cast.chenan), by=cast.chenan, code=make.reason(), review=REVIEW)
    verbs.reopen(lost, by=cast.wumin, reason="弄错了")
    assert Request.objects.get(act="pipeline.close_check").state == Request.State.WITHDRAWN


def test_others_will_read_why(lost: Deal, cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.reopen(lost, by=cast.wumin, reason=" ")
    assert refusal.value.field == "reason"


def test_its_own_day_counts(lost: Deal, cast: Cast) -> None:
    at = clock.now() - timedelta(days=2)
    asked = verbs.reopen(lost, by=cast.chenan, reason="客户重新立项", at=at).request
    assert asked is not None
    assert verbs.confirm(asked, opinion=OPINION, by=cast.wumin).stage_since == at


def test_who_may_not_does_not_and_who_saw_another_version_is_told(lost: Deal, cast: Cast) -> None:
    for stranger in (cast.lina, cast.linjing):
        with pytest.raises(Forbidden):
            verbs.reopen(lost, by=stranger, reason="试试")
    with pytest.raises(Stale):
        verbs.reopen(lost, by=cast.wumin, reason="试试", version=lost.version - 1)
