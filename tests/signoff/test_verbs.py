"""Asking for a signature, giving it, sending back, withdrawing, reminding, escalating."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from loudou.journal.models import Delivery, Entry, Notice
from loudou.journal.sentences import sentence
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal
from loudou.signoff import verbs
from loudou.signoff.models import Request
from loudou.signoff.queries import (
    addressees,
    answered_about,
    due,
    due_before,
    inbox,
    late_at,
    next_above,
    next_in,
    rows,
    waiting_about,
    waiting_keys,
)
from loudou.signoff.tasks import escalate, remind
from tests import make
from tests.cast import Cast
from tests.jobs import run

OPINION = "预算已经核实，同意办理此事"


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return make.deal(cast.chenan)


def ask(deal: Deal, by: User, **details: Any) -> Request:
    """A request about a deal, to its owner's superior."""
    values: dict[str, Any] = {
        "act": "pipeline.skip",
        "needs": "pipeline.confirm",
        "url": "pipeline:confirm",
        "by": by,
        "owner": deal.owner,
        "unit": deal.unit,
        "payload": {"to": 3},
        "facts": [("客户", deal.title)],
        "reason": "客户直接招标",
        **details,
    }
    return verbs.ask(deal, **values)


# Asking ----------------------------------------------------------------------------------------------------------


def test_it_goes_to_the_owners_nearest_superior_with_the_right(deal: Deal, cast: Cast) -> None:
    request = ask(deal, cast.chenan)
    assert (request.signer, request.state, request.subject_label) == (cast.wumin, "waiting", "柔性产线")
    assert waiting_about(deal) == [request]
    entry = Entry.objects.get(event="signoff.asked")
    assert Notice.objects.filter(recipient=cast.wumin, entry=entry).exists()


def test_a_superior_who_left_or_lacks_the_right_is_passed_over(deal: Deal, cast: Cast) -> None:
    User.objects.filter(pk=cast.wumin.pk).update(is_active=False)
    assert ask(deal, cast.chenan).signer == cast.heli
    User.objects.filter(pk=cast.heli.pk).update(roles=["hr"])
    assert ask(deal, cast.chenan, act="pipeline.amount").signer == cast.hezong


def test_it_never_goes_to_who_asked(deal: Deal, cast: Cast) -> None:
    assert ask(deal, cast.wumin).signer == cast.heli


def test_a_pool_is_whoever_has_the_right(deal: Deal, cast: Cast) -> None:
    request = ask(deal, cast.chenan, needs="pipeline.confirm_win", pool=True)
    assert (request.signer, Notice.objects.filter(entry__event="signoff.asked").count()) == (None, 0)
    assert {user.username for user in addressees([request])} == {"linjing", "qianjin"}


def test_without_an_owner_it_is_the_askers_own(deal: Deal, cast: Cast) -> None:
    assert ask(deal, cast.chenan, owner=None).owner == cast.chenan


def test_asking_again_while_one_waits_is_refused(deal: Deal, cast: Cast) -> None:
    ask(deal, cast.chenan)
    with pytest.raises(Refused):
        ask(deal, cast.chenan)
    assert ask(deal, cast.chenan, act="pipeline.amount").pk


def test_it_is_due_at_six_on_a_working_day(deal: Deal, cast: Cast) -> None:
    with clock.at(make.instant("2026-11-20 09:00")):  # a Friday
        assert ask(deal, cast.chenan).due_at == make.instant("2026-11-23 18:00")
        assert due(3) == make.instant("2026-11-25 18:00")


def test_what_a_signature_covers_has_a_fingerprint(deal: Deal, cast: Cast) -> None:
    request = ask(deal, cast.chenan)
    before = request.content_hash
    assert before == verbs.content_hash(request)
    for covered, other in (("payload", {"to": 4}), ("facts", [["客户", "别的"]]), ("act", "pipeline.win")):
        told = getattr(request, covered)
        setattr(request, covered, other)
        assert verbs.content_hash(request) != before
        setattr(request, covered, told)


# Answering -------------------------------------------------------------------------------------------------------


def test_signed_with_an_opinion(deal: Deal, cast: Cast) -> None:
    signed = verbs.sign(ask(deal, cast.chenan), opinion=f" {OPINION} ", by=cast.wumin)
    assert (signed.state, signed.opinion, signed.answered_by) == ("signed", OPINION, cast.wumin)
    assert signed.answered_at is not None
    assert answered_about(deal) == [signed]
    assert Notice.objects.filter(recipient=cast.chenan, entry__event="signoff.signed").exists()


def test_sent_back_with_an_opinion(deal: Deal, cast: Cast) -> None:
    assert verbs.send_back(ask(deal, cast.chenan), opinion=OPINION, by=cast.wumin).state == "returned"
    assert Entry.objects.get(event="signoff.returned").particulars["opinion"] == OPINION


@pytest.mark.parametrize(
    "opinion", ["", "同意", "同 意 同 意 同 意 同 意 同", "同意，但要注意：", "先核实："]
)
def test_too_little_is_no_opinion(deal: Deal, cast: Cast, opinion: str) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.sign(ask(deal, cast.chenan), opinion=opinion, by=cast.wumin)
    assert refusal.value.field == "opinion"


def test_ten_letters_are_enough(deal: Deal, cast: Cast) -> None:
    assert (
        verbs.sign(ask(deal, cast.chenan), opinion="一二三四五 六七八九十", by=cast.wumin).state == "signed"
    )


def test_a_suggestion_as_it_stands_is_no_opinion(deal: Deal, cast: Cast) -> None:
    request = ask(deal, cast.chenan, starters=[("Get this first: %(what)s, ", "客户签回的技术需求清单")])
    for outcome in (verbs.sign, verbs.send_back):
        with pytest.raises(Refused) as refusal:
            outcome(request, opinion="先拿到客户签回的技术需求清单，", by=cast.wumin)
        assert refusal.value.field == "opinion"
    assert (
        verbs.sign(request, opinion="先拿到客户签回的技术需求清单，周五前给我看", by=cast.wumin).state
        == "signed"
    )


def test_the_same_words_again_are_no_opinion_after_twenty_others_they_are(cast: Cast) -> None:
    def answer(opinion: str) -> None:
        verbs.sign(ask(make.deal(cast.chenan), cast.chenan), opinion=opinion, by=cast.wumin)

    answer(OPINION)
    with pytest.raises(Refused):
        answer(f" {OPINION} ")
    for number in range(20):
        answer(f"第 {number} 次的意见，各不相同")
    answer(OPINION)


def test_nobody_signs_what_they_asked_for_nor_what_is_theirs(deal: Deal, cast: Cast) -> None:
    own = make.deal(cast.wumin)
    with pytest.raises(Forbidden, match="自己报批的"):
        verbs.sign(ask(deal, cast.chenan), opinion=OPINION, by=cast.chenan)
    with pytest.raises(Forbidden, match="上一级"):
        verbs.sign(ask(own, cast.zhenghao), opinion=OPINION, by=cast.wumin)


def test_others_with_the_right_sign_as_well_but_nobody_else(deal: Deal, cast: Cast) -> None:
    request = ask(deal, cast.chenan)
    for stranger in (cast.lina, cast.liuyang, cast.linjing, cast.maxiao):
        with pytest.raises(Forbidden):
            verbs.sign(request, opinion=OPINION, by=stranger)
    assert verbs.sign(request, opinion=OPINION, by=cast.heli).answered_by == cast.heli


def test_answered_once_and_as_it_was_seen(deal: Deal, cast: Cast) -> None:
    request = ask(deal, cast.chenan)
    with pytest.raises(Stale):
        verbs.sign(request, opinion=OPINION, by=cast.wumin, version=9)
    verbs.sign(request, opinion=OPINION, by=cast.wumin, version=request.version)
    with pytest.raises(Refused):
        verbs.send_back(request, opinion="不同意了，请先补材料再来", by=cast.wumin)


# Withdrawing, readdressing, opening --------------------------------------------------------------------------------


def test_who_asked_takes_it_back_and_so_does_the_system(deal: Deal, cast: Cast) -> None:
    request = ask(deal, cast.chenan)
    with pytest.raises(Forbidden):
        verbs.withdraw(request, by=cast.wumin)
    gone = verbs.withdraw(request, by=cast.chenan)
    assert (gone.state, gone.answered_by) == ("withdrawn", cast.chenan)
    assert verbs.withdraw(request, by=cast.chenan).answered_at == gone.answered_at
    assert verbs.withdraw(ask(deal, cast.chenan), by=None).answered_by is None


def given_to(deal: Deal, owner: User) -> Deal:
    """The deal as it stands once it has changed hands."""
    deal.owner, deal.unit = owner, owner.unit
    deal.save()
    return deal


def test_a_thing_that_changes_hands_takes_its_requests_along(deal: Deal, cast: Cast) -> None:
    named, pooled = (
        ask(deal, cast.chenan),
        ask(deal, cast.chenan, act="x", needs="pipeline.confirm_win", pool=True),
    )
    assert verbs.readdress(given_to(deal, cast.sunqiang), to=cast.sunqiang, by=cast.heli) == 2
    named.refresh_from_db()
    pooled.refresh_from_db()
    assert (named.signer, named.owner, named.unit) == (cast.liuyang, cast.sunqiang, cast.sunqiang.unit)
    assert (pooled.signer, pooled.owner) == (None, cast.sunqiang)


def test_what_waits_for_who_leaves_does_not_come_to_the_records_owner(cast: Cast) -> None:
    request = ask(make.deal(cast.wumin), cast.zhenghao)
    assert request.signer == cast.heli
    assert verbs.pass_on(cast.heli, to=cast.wumin, by=None) == 1
    request.refresh_from_db()
    assert request.signer == cast.hezong


def test_when_its_signer_first_saw_it_is_kept(deal: Deal, cast: Cast) -> None:
    request = ask(deal, cast.chenan)
    for stranger in (cast.chenan, cast.lina, cast.yanzheng):
        assert verbs.open_request(request, by=stranger).opened_at is None
    first = verbs.open_request(request, by=cast.wumin).opened_at
    assert first is not None
    assert verbs.open_request(request, by=cast.heli).opened_at == first


# The inbox -------------------------------------------------------------------------------------------------------


def test_each_sees_what_waits_for_them(deal: Deal, cast: Cast) -> None:
    named = ask(deal, cast.chenan)
    orphan = ask(make.deal(cast.maxiao), cast.maxiao)
    pooled = ask(deal, cast.chenan, act="x", needs="pipeline.confirm_win", pool=True)
    boxes = {
        user.username: set(inbox(user))
        for user in (cast.wumin, cast.heli, cast.hezong, cast.linjing, cast.chenan)
    }
    assert boxes == {
        "wumin": {named},
        "heli": set(),
        "hezong": {orphan},
        "linjing": {pooled},
        "chenan": set(),
    }


def test_after_the_last_that_waits_comes_the_first(cast: Cast) -> None:
    first, second, last = (
        ask(make.deal(owner), owner, working_days=days)
        for owner, days in ((cast.chenan, 1), (cast.lina, 2), (cast.chenan, 3))
    )
    rows = inbox(cast.wumin)
    assert [next_in(rows, one) for one in (first, second, last)] == [second, last, first]
    assert next_in(rows.filter(pk=last.pk), last) is None


def test_ones_own_is_in_nobodys_inbox(cast: Cast) -> None:
    own = make.deal(cast.wumin)
    request = ask(own, cast.zhenghao, pool=True)
    assert request not in inbox(cast.wumin)
    assert request in inbox(cast.heli)
    assert request not in inbox(cast.zhenghao)


def test_the_first_that_wait_are_those_of_the_inbox_in_its_order(cast: Cast) -> None:
    """By name, by right, instead of somebody, passed on: each is read by its own index, none twice."""
    deals = [make.deal(cast.chenan, title=f"第{n}单") for n in range(5)]
    asked = [ask(deal, cast.chenan, act="x", needs="pipeline.confirm") for deal in deals[:4]]
    asked.append(ask(deals[4], cast.chenan, act="x", needs="pipeline.confirm_win", pool=True))
    for place, request in enumerate(asked):
        Request.objects.filter(pk=request.pk).update(due_at=clock.now() + timedelta(days=7 - place))
    Request.objects.filter(pk=asked[1].pk).update(escalated_to=cast.heli)
    Request.objects.filter(pk=asked[2].pk).update(signer=cast.heli, escalated_to=cast.wumin)
    Request.objects.filter(pk=asked[3].pk).update(signer=cast.zhangwei, escalated_to=cast.zhangwei)
    today = organisation().today
    verbs.delegate(cast.heli, to=cast.liuyang, first=today, last=today, by=cast.heli)
    found = {}
    for user in User.objects.active():
        found[user.username] = waiting_keys(user)
        assert found[user.username] == list(inbox(user).order_by("due_at", "pk").values_list("pk", flat=True))
    named, late, passed, _elsewhere, pooled = (request.pk for request in asked)
    assert found["wumin"] == [passed, late, named]
    assert found["heli"] == [passed, late]
    assert found["liuyang"] == [passed]
    assert found["linjing"] == [pooled]
    assert [request.pk for request in rows(found["wumin"])] == found["wumin"]


# Reminding and escalating ------------------------------------------------------------------------------------------


@pytest.fixture
def friday(cast: Cast) -> Request:
    """Asked on Thursday 2026-11-19, due on Friday at six."""
    with clock.at(make.instant("2026-11-19 10:00")):
        return ask(make.deal(cast.chenan), cast.chenan)


def test_four_hours_before_it_is_due_its_signer_is_reminded_once(friday: Request, cast: Cast) -> None:
    with clock.at(make.instant("2026-11-20 13:59")):
        assert run(remind) == 0
    with clock.at(make.instant("2026-11-20 14:10")):
        ask(make.deal(cast.lina), cast.lina, working_days=0)
        assert run(remind) == 2
        assert run(remind) == 0
    entry = Entry.objects.get(event="signoff.reminded")
    assert (entry.particulars["count"], entry.subject_id) == (2, friday.pk)
    assert [notice.recipient for notice in Notice.objects.filter(entry=entry)] == [cast.wumin]


def test_a_pool_is_reminded_each_once(cast: Cast) -> None:
    with clock.at(make.instant("2026-11-19 10:00")):
        for _ in range(3):
            ask(make.deal(cast.chenan), cast.chenan, needs="pipeline.confirm_win", pool=True)
    with clock.at(make.instant("2026-11-20 15:00")):
        assert run(remind) == 3
    entries = Entry.objects.filter(event="signoff.reminded")
    heard = set(Notice.objects.filter(entry__in=entries).values_list("recipient__username", flat=True))
    assert heard == {"linjing", "qianjin"}
    assert {entry.particulars["count"] for entry in entries} == {3}


def test_late_it_waits_for_the_next_superior_as_well_and_a_day_later_for_the_one_above(
    friday: Request, cast: Cast
) -> None:
    def at(text: str) -> int:
        with clock.at(make.instant(text)):
            return int(run(escalate))

    assert at("2026-11-20 17:59") == 0
    assert at("2026-11-20 18:01") == 1
    friday.refresh_from_db()
    assert (friday.signer, friday.escalated_to) == (cast.wumin, cast.heli)
    assert friday in inbox(cast.heli)
    assert friday in inbox(cast.wumin)
    assert at("2026-11-23 17:59") == 0  # the weekend does not count
    assert at("2026-11-23 18:01") == 1
    friday.refresh_from_db()
    assert friday.escalated_to == cast.hezong
    assert at("2026-11-24 18:01") == 1  # nobody above: the last one is told again
    friday.refresh_from_db()
    assert friday.escalated_to == cast.hezong
    assert Entry.objects.filter(event="signoff.escalated").count() == 3
    heard = Notice.objects.filter(entry__event="signoff.escalated", recipient=cast.chenan)
    assert heard.count() == 3
    assert verbs.sign(friday, opinion=OPINION, by=cast.hezong).state == "signed"
    assert at("2026-11-30 18:01") == 0


def test_late_it_passes_over_whose_record_it_is(friday: Request, cast: Cast) -> None:
    friday.owner = cast.heli
    assert next_above(friday) == cast.hezong


def test_a_late_pool_is_brought_to_its_mind_again(cast: Cast) -> None:
    with clock.at(make.instant("2026-11-19 10:00")):
        request = ask(make.deal(cast.chenan), cast.chenan, needs="pipeline.confirm_win", pool=True)
    with clock.at(make.instant("2026-11-20 18:01")):
        assert verbs.escalate([request], by=None) == 1
    request.refresh_from_db()
    assert request.escalated_to is None
    heard = set(
        Notice.objects.filter(entry__event="signoff.escalated").values_list("recipient__username", flat=True)
    )
    assert heard == {"linjing", "qianjin", "chenan"}


def test_a_superior_hears_once_of_all_that_is_late(cast: Cast, settings: Any) -> None:
    """After a weekend ten that are late are one notice and one mail to who signs next, and one each to who asked."""
    settings.ENVIRONMENT = SimpleNamespace(mail=object())
    User.objects.filter(pk=cast.heli.pk).update(email="heli@example.org")
    with clock.at(make.instant("2026-11-19 10:00")):
        for who in (cast.chenan, cast.lina):
            ask(make.deal(who, title=f"{who.name}的商机"), who)
    with clock.at(make.instant("2026-11-20 18:01")):
        assert run(escalate) == 2
    told = Notice.objects.filter(recipient=cast.heli).order_by("pk")
    assert [notice.entry.event for notice in told] == ["signoff.late"]
    assert told[0].entry.particulars["count"] == 2
    assert (
        str(sentence(told[0].entry, linked=False))
        == "有 2 条已超时，也等您签批，第一条是 跳过关口 陈安的商机"
    )
    for who in (cast.chenan, cast.lina):
        assert Notice.objects.filter(recipient=who, entry__event="signoff.escalated").count() == 1
    assert {row.escalated_to for row in Request.objects.all()} == {cast.heli}
    mail = Delivery.objects.get()
    assert (mail.recipient, mail.payload["subject"]) == ("heli@example.org", "有 2 条超时的事项等您签批")
    assert "陈安的商机" in mail.payload["body"] and "李娜的商机" in mail.payload["body"]


def test_what_was_answered_meanwhile_is_left_alone(friday: Request, cast: Cast) -> None:
    verbs.sign(friday, opinion=OPINION, by=cast.wumin)
    assert verbs.escalate([friday], by=None) == 0
    assert verbs.remind([friday], by=None) == 0
    assert (due_before(clock.now() + timedelta(days=999)), late_at(clock.now() + timedelta(days=999))) == (
        [],
        [],
    )


def test_a_hand_over_begins_the_ladder_anew(friday: Request, cast: Cast) -> None:
    with clock.at(make.instant("2026-11-20 18:01")):
        run(escalate)
    deal = given_to(Deal.objects.get(pk=friday.subject_id), cast.sunqiang)
    verbs.readdress(deal, to=cast.sunqiang, by=cast.heli)
    friday.refresh_from_db()
    assert (friday.signer, friday.escalated_to) == (cast.liuyang, None)


def test_mail_is_in_the_readers_language_and_only_where_it_can_arrive(
    friday: Request, cast: Cast, settings: Any
) -> None:
    settings.ENVIRONMENT = SimpleNamespace(mail=object())
    User.objects.filter(pk=cast.wumin.pk).update(email="wumin@example.org", language="en")
    User.objects.filter(pk=cast.heli.pk).update(email="heli@example.org", language="zh-hant")
    with clock.at(make.instant("2026-11-20 15:00")):
        run(remind)
    with clock.at(make.instant("2026-11-20 18:01")):
        run(escalate)
    first, second = Delivery.objects.order_by("id")
    assert (first.recipient, first.payload["subject"]) == (
        "wumin@example.org",
        "1 request waits for your signature",
    )
    assert "柔性产线" in first.payload["body"]
    assert (second.recipient, second.payload["subject"]) == ("heli@example.org", "已逾時，請簽核：柔性产线")
