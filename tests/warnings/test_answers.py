"""Answering a warning, and a superior's word on a dispute."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.models import Request
from loudou.signoff.queries import inbox
from loudou.warnings import verbs
from loudou.warnings.models import EarlyWarning
from tests import make
from tests.cast import Cast

OPINION = "客户邮件我看过了，确实约在下月"


@pytest.fixture
def warning(cast: Cast) -> EarlyWarning:
    deal = make.deal(cast.chenan)
    verbs.watch([deal.pk], allowed={}, by=None)
    return EarlyWarning.objects.select_related("deal").get()


def events(warning: EarlyWarning) -> list[str]:
    rows = Entry.objects.filter(subject_type="pipeline.deal", subject_id=warning.deal_id)
    return list(rows.filter(event__startswith="warning.").order_by("pk").values_list("event", flat=True))


def test_its_owner_says_it_is_being_done(cast: Cast, warning: EarlyWarning) -> None:
    fresh = verbs.finish(warning, by=cast.chenan, version=1)
    assert (fresh.state, fresh.answered_by, fresh.version, fresh.is_standing) == (
        "done",
        cast.chenan,
        2,
        True,
    )
    assert events(warning) == ["warning.raised", "warning.done"]
    with pytest.raises(Stale):
        verbs.finish(warning, by=cast.chenan, version=1)


def test_it_is_put_off_within_a_month_with_a_reason(cast: Cast, warning: EarlyWarning) -> None:
    today = organisation().today
    for until, reason, field in (
        (today, "停产", "until"),
        (today + timedelta(days=31), "停产", "until"),
        (today + timedelta(days=3), "  ", "reason"),
    ):
        with pytest.raises(Refused) as refusal:
            verbs.snooze(warning, until=until, reason=reason, by=cast.chenan)
        assert refusal.value.field == field
    fresh = verbs.snooze(warning, until=today + timedelta(days=30), reason=" 停产 ", by=cast.wumin)
    assert (fresh.state, fresh.until, fresh.reason) == ("snoozed", today + timedelta(days=30), "停产")


def test_others_do_not_answer_it(cast: Cast, warning: EarlyWarning) -> None:
    for user in (cast.lina, cast.maxiao, cast.wangfang, cast.qianjin):
        with pytest.raises(Forbidden):
            verbs.finish(warning, by=user)


def test_a_superior_accepts_a_dispute_and_it_is_asked_about_no_more(
    cast: Cast, warning: EarlyWarning
) -> None:
    disputed = verbs.dispute(warning, reason="已约定下月", by=cast.chenan)
    request = Request.objects.get()
    assert (disputed.state, request.signer, request.reason) == ("disputed", cast.wumin, "已约定下月")
    with pytest.raises(Refused):
        verbs.finish(warning, by=cast.chenan)
    with pytest.raises(Forbidden):
        verbs.confirm_dispute(request, opinion=OPINION, by=cast.chenan)
    dismissed = verbs.confirm_dispute(request, opinion=OPINION, by=cast.wumin)
    assert dismissed.state == "dismissed"
    assert verbs.watch([warning.deal_id], allowed={}, by=None) == (0, 0)
    with clock.at(clock.now() + timedelta(days=20)):
        assert verbs.ask_again(by=None) == verbs.escalate(by=None) == 0
    assert Notice.objects.filter(recipient=cast.chenan, entry__event="signoff.signed").exists()


def test_a_dispute_that_was_accepted_counts_nowhere(cast: Cast, warning: EarlyWarning) -> None:
    from loudou.pipeline import verbs as pipeline

    verbs.dispute(warning, reason="已约定下月", by=cast.chenan)
    verbs.confirm_dispute(Request.objects.get(), opinion=OPINION, by=cast.wumin)
    today = organisation().today
    pipeline.edit(warning.deal, by=cast.chenan, next_step="送样", next_on=today + timedelta(days=30))
    verbs.watch([warning.deal_id], allowed={}, by=None)
    assert EarlyWarning.objects.get().how == "void"


def test_a_dispute_sent_back_waits_for_an_answer_again(cast: Cast, warning: EarlyWarning) -> None:
    verbs.dispute(warning, reason="已约定下月", by=cast.chenan)
    with clock.at(clock.now() + timedelta(hours=3)):
        upheld = verbs.refuse_dispute(
            Request.objects.get(), opinion="没有看到客户的回执，请补上", by=cast.wumin
        )
    assert upheld.state == "open" and upheld.asked_at > warning.asked_at
    assert Notice.objects.filter(recipient=cast.chenan, entry__event="signoff.returned").exists()


def test_with_nobody_above_it_waits_for_whoever_judges_everywhere(cast: Cast) -> None:
    User.objects.filter(username="maxiao").update(manager=None)
    maxiao = User.objects.get(username="maxiao")
    deal = make.deal(maxiao)
    verbs.watch([deal.pk], allowed={}, by=None)
    verbs.dispute(EarlyWarning.objects.get(), reason="已约定下月", by=maxiao)
    request = Request.objects.get()
    assert request.signer is None and request in inbox(cast.hezong)


def test_who_has_nobody_above_decides_alone(cast: Cast) -> None:
    deal = make.deal(cast.hezong)
    verbs.watch([deal.pk], allowed={}, by=None)
    assert verbs.dispute(EarlyWarning.objects.get(), reason="我亲自跟", by=cast.hezong).state == "dismissed"
    assert not Request.objects.exists()


def test_what_has_ended_is_answered_no_more(cast: Cast, warning: EarlyWarning) -> None:
    from loudou.pipeline import verbs as pipeline

    verbs.dispute(warning, reason="已约定下月", by=cast.chenan)
    request = Request.objects.get()
    today = organisation().today
    pipeline.edit(warning.deal, by=cast.chenan, next_step="送样", next_on=today + timedelta(days=30))
    verbs.watch([warning.deal_id], allowed={}, by=None)
    with pytest.raises(Refused):
        verbs.snooze(warning, until=today + timedelta(days=2), reason="晚", by=cast.chenan)
    with pytest.raises(Refused):
        verbs.confirm_dispute(request, opinion=OPINION, by=cast.wumin)


def test_only_disputes_are_decided_here(cast: Cast) -> None:
    from loudou.pipeline import verbs as pipeline

    deal = make.deal(cast.chenan)
    asked = pipeline.skip(deal, to=make.specs_of(deal)[2], by=cast.chenan, reason="客户直接招标").request
    assert asked is not None
    with pytest.raises(Refused):
        verbs.confirm_dispute(asked, opinion=OPINION, by=cast.wumin)


def test_a_dispute_about_what_is_over_changes_nothing_any_more(cast: Cast, warning: EarlyWarning) -> None:
    verbs.dispute(warning, reason="已约定下月", by=cast.chenan)
    EarlyWarning.objects.update(how="prevented", ended_at=clock.now())
    told = verbs.refuse_dispute(Request.objects.get(), opinion="没有看到客户的回执，请补上", by=cast.wumin)
    assert told.state == "disputed" and told.ended_at is not None
