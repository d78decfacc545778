"""Losing, cancelling and invalidating a deal, and having it verified."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.queries import work_calendar
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Visit
from loudou.signoff.models import Request
from loudou.signoff.verbs import withdraw
from tests import make
from tests.cast import Cast
from tests.doors import enter

REVIEW = "报价比对手高两成，技术交流太晚"


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.deal(cast.chenan)


def test_a_loss_says_why_and_what_was_learned(deal: Deal, cast: Cast) -> None:
    lost = verbs.lose(deal, by=cast.chenan, code=make.reason(), review=f" {REVIEW} ")
    assert (lost.outcome, lost.reason, lost.review) == ("lost", make.reason(), REVIEW)
    assert lost.closed_at is not None
    assert lost.close_verified_at is None
    assert Visit.objects.get(deal=deal).left_by == "lost"
    entry = Entry.objects.get(event="deal.lost")
    assert (entry.particulars["reason"], entry.particulars["review"]) == (make.reason().names, REVIEW)


def test_a_manager_has_three_working_days_to_verify_it(deal: Deal, cast: Cast) -> None:
    with clock.at(make.instant("2026-11-05 10:00")):  # a Thursday
        deal = make.deal(cast.chenan)
        verbs.lose(deal, by=cast.chenan, code=make.reason(), review=REVIEW)
    request = Request.objects.get(act="pipeline.close_check", subject_id=deal.pk)
    assert work_calendar().works(make.day("2026-11-10"))
    assert (request.signer, request.due_at) == (cast.wumin, make.instant("2026-11-10 18:00"))
    assert request.reason == REVIEW
    verified = verbs.confirm(request, opinion="和客户采购通过电话，属实", by=cast.wumin)
    assert verified.close_verified_at is not None
    assert Entry.objects.filter(event="deal.close_verified", actor=cast.wumin).exists()


def test_the_check_of_a_loss_is_not_taken_back_by_who_lost_it(deal: Deal, cast: Cast) -> None:
    lost = verbs.lose(deal, by=cast.chenan, code=make.reason(), review=REVIEW)
    request = Request.objects.about(lost).waiting().get()
    with pytest.raises(Forbidden):
        withdraw(request, by=cast.chenan)
    page = enter(Client(), cast.chenan).get(reverse("signoff:request", args=[request.pk])).content.decode()
    assert "等 吴敏 签" in page and reverse("signoff:withdraw", args=[request.pk]) not in page
    withdraw(request, by=None)  # the system does, where it has become pointless


def test_one_that_a_manager_closes_needs_no_verifying(deal: Deal, cast: Cast) -> None:
    lost = verbs.lose(deal, by=cast.wumin, code=make.reason(), review=REVIEW)
    assert lost.close_verified_at is not None
    assert not Request.objects.exists()


def test_a_managers_own_loss_is_verified_one_level_up(cast: Cast) -> None:
    deal = verbs.lose(make.deal(cast.wumin), by=cast.wumin, code=make.reason(), review=REVIEW)
    assert Request.objects.get(subject_id=deal.pk).signer == cast.heli
    with pytest.raises(Forbidden):
        verbs.verify_close(deal, by=cast.wumin)
    assert verbs.verify_close(deal, by=cast.heli).close_verified_at is not None
    assert Request.objects.get(subject_id=deal.pk).state == Request.State.WITHDRAWN


def test_verifying_twice_or_a_win_is_nothing(deal: Deal, cast: Cast) -> None:
    lost = verbs.lose(deal, by=cast.wumin, code=make.reason(), review=REVIEW)
    won = verbs.win(make.at_last_stage(cast.chenan), by=cast.linjing).deal
    for closed in (lost, won, make.deal(cast.chenan)):
        assert verbs.verify_close(closed, by=cast.heli).version == closed.version


def test_a_loss_to_a_competitor_says_to_whom(deal: Deal, cast: Cast) -> None:
    code = make.reason("lost", "competitor")
    with pytest.raises(Refused) as refusal:
        verbs.lose(deal, by=cast.chenan, code=code, review=REVIEW)
    assert refusal.value.field == "lost_to"
    lost = verbs.lose(deal, by=cast.chenan, code=code, review=REVIEW, lost_to=" 沈阳新松 ")
    assert lost.lost_to == "沈阳新松"
    facts = Request.objects.get(subject_id=deal.pk).facts
    assert ["lost to", "沈阳新松"] in facts


def test_the_customer_may_give_it_up(deal: Deal, cast: Cast) -> None:
    code = make.reason("cancelled", "no_decision")
    assert verbs.cancel(deal, by=cast.chenan, code=code, review="董事会搁置").outcome == "cancelled"
    assert Entry.objects.filter(event="deal.cancelled").exists()


def test_what_was_none_leaves_every_figure(deal: Deal, cast: Cast) -> None:
    code = make.reason("invalid", "duplicate")
    void = verbs.invalidate(deal, by=cast.chenan, code=code, review="和 SJ-1 是同一个")
    assert void.outcome == "invalid"
    assert Visit.objects.get(deal=deal).void_at == void.closed_at
    assert Entry.objects.filter(event="deal.invalidated").exists()


def test_people_say_what_was_learned_the_system_need_not(deal: Deal, cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.lose(deal, by=cast.chenan, code=make.reason(), review="  ")
    assert refusal.value.field == "review"
    assert verbs.lose(deal, by=None, code=make.reason()).close_verified_at is not None


def test_the_reason_is_one_for_this_and_still_in_use(deal: Deal, cast: Cast) -> None:
    for code in (make.reason("cancelled", "no_budget"), _retired()):
        with pytest.raises(Refused) as refusal:
            verbs.lose(deal, by=cast.chenan, code=code, review=REVIEW)
        assert refusal.value.field == "reason"


def _retired() -> object:
    price = make.reason()
    return verbs.set_reason(kind="lost", code=price.code, names=price.names, by=None, retired=True)


def test_a_resting_deal_may_be_lost_and_its_rest_ends(deal: Deal, cast: Cast) -> None:
    verbs.hold(deal, by=cast.chenan, wake_on=clock.now().date() + timedelta(days=9), reason="等预算")
    lost = verbs.lose(deal, by=cast.chenan, code=make.reason(), review=REVIEW)
    assert (lost.held_at, lost.wake_on) == (None, None)


def test_it_ends_once(deal: Deal, cast: Cast) -> None:
    verbs.lose(deal, by=cast.chenan, code=make.reason(), review=REVIEW)
    with pytest.raises(Refused):
        verbs.cancel(deal, by=cast.chenan, code=make.reason("cancelled", "no_budget"), review=REVIEW)


def test_open_questions_end_with_it(deal: Deal, cast: Cast) -> None:
    asked = verbs.skip(deal, to=make.specs_of(deal)[2], by=cast.chenan, reason="招标").request
    assert asked is not None
    verbs.lose(deal, by=cast.chenan, code=make.reason(), review=REVIEW)
    asked.refresh_from_db()
    assert asked.state == Request.State.WITHDRAWN


def test_who_may_not_does_not_and_who_saw_another_version_is_told(deal: Deal, cast: Cast) -> None:
    for stranger in (cast.lina, cast.linjing):
        with pytest.raises(Forbidden):
            verbs.lose(deal, by=stranger, code=make.reason(), review=REVIEW)
    verbs.edit(deal, by=cast.chenan, title="新线")
    with pytest.raises(Stale):
        verbs.lose(deal, by=cast.chenan, code=make.reason(), review=REVIEW, version=deal.version)
