"""Handing in, level by level (C12): the number below is never overwritten, and everything is kept."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import transaction

from loudou.forecasts import queries, verbs
from loudou.forecasts.branches import below
from loudou.forecasts.models import Submission, Terms
from loudou.forecasts.tasks import lock_due, remind
from loudou.journal.queries import notices
from loudou.kernel import clock
from loudou.kernel.money import LARGEST
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs as people
from loudou.people.models import User
from loudou.pipeline import verbs as deals
from tests import make
from tests.cast import Cast
from tests.exchange.calling import Calls, problem
from tests.jobs import run
from tests.make import instant

APRIL = Fiscal().parse("2026-04")
MARCH = Fiscal().parse("2026-03")


@pytest.fixture(autouse=True)
def monday(cast: Cast) -> Iterator[None]:
    with clock.at(instant("2026-04-13 10:00")):
        yield


def hand_in(user: User, amount: int, **more: object) -> Submission:
    return verbs.submit(user, period=APRIL, submitted=Decimal(amount), by=user, **more)  # type: ignore[arg-type]


def test_a_person_starts_from_what_the_funnel_says(cast: Cast) -> None:
    first = make.deal(cast.chenan, amount=1_000_000, expected_on=make.day("2026-04-30"))
    make.deal(cast.chenan, amount=900_000, expected_on=make.day("2026-05-01"))
    won = make.at_last_stage(cast.chenan, amount=200_000, expected_on=make.day("2026-04-20"))
    deals.win(won, by=None)
    made = hand_in(cast.chenan, 500_000, comment="稳")
    assert made.base == made.weighted == 200_000 + 1_000_000 * first.spec.probability
    assert made.adjustment == 500_000 - made.base
    assert (made.closed, made.pipeline, made.commit) == (200_000, 1_000_000, 0)
    assert (made.level, made.number, made.is_late, made.comment) == ("rep", 1, False, "稳")


def test_what_is_past_its_date_counts_nowhere_and_what_is_omitted_in_its_own_column(cast: Cast) -> None:
    with clock.at(instant("2026-04-02 10:00")):
        make.deal(cast.chenan, amount=700_000, expected_on=make.day("2026-04-10"))
    out = make.deal(cast.chenan, amount=300_000, expected_on=make.day("2026-04-29"))
    deals.edit(out, by=cast.chenan, category="omitted", reason="预算未批")
    made = hand_in(cast.chenan, 0)
    assert (made.omitted, made.pipeline) == (300_000, 0)
    assert made.weighted == 300_000 * out.spec.probability


def test_a_manager_starts_from_the_roll_up_and_says_why(cast: Cast) -> None:
    hand_in(cast.zhangwei, 1_150_000)
    hand_in(cast.lina, 900_000)
    with pytest.raises(Refused) as refusal:
        hand_in(cast.wumin, 1_900_000)
    assert refusal.value.field == "reason"
    made = hand_in(cast.wumin, 1_900_000, reason="两单要到五月")
    assert (made.base, made.adjustment, made.level) == (2_050_000, -150_000, "manager")
    assert Submission.objects.get(user=cast.lina).submitted == 900_000
    above = hand_in(cast.heli, 1_900_000)
    assert (above.base, above.level) == (1_900_000, "director")


def test_who_has_not_handed_in_counts_weighted(cast: Cast) -> None:
    deal = make.deal(cast.chenan, amount=1_000_000, expected_on=make.day("2026-04-30"))
    view = queries.rolled_up(cast.heli, APRIL, queries.organisation(), clock.now())
    assert view.base == view.says.weighted == 1_000_000 * deal.spec.probability


def test_people_whom_nobody_manages_hand_in_to_their_unit(cast: Cast) -> None:
    people.edit_person(cast.chenan, by=None, manager=None)
    assert cast.chenan in below(cast.wumin)
    assert below(cast.chenan) == []


def test_less_than_is_won_already_is_kept_with_a_reason(cast: Cast) -> None:
    won = make.at_last_stage(cast.chenan, amount=200_000, expected_on=make.day("2026-04-20"))
    deals.win(won, by=None)
    with pytest.raises(Refused) as refusal:
        hand_in(cast.chenan, 199_999, reason="  ")
    assert refusal.value.field == "reason" and "¥200,000" in refusal.value.sentence
    said = {"period": "2026-04", "submitted": "199999.00"}
    assert "reason" in problem(Calls(cast.chenan).post("/forecasts", said), 422, "")["fields"]
    assert Calls(cast.chenan).post("/forecasts", {**said, "reason": "客户在谈退货"}).status_code == 201
    assert Submission.objects.get(user=cast.chenan).reason == "客户在谈退货"
    with pytest.raises(Refused):  # the roll-up itself is less than what was won below
        hand_in(cast.wumin, 199_999)
    hand_in(cast.wumin, 199_999, reason="同一单")
    assert hand_in(cast.chenan, 200_000).reason == ""


def test_every_number_is_kept(cast: Cast) -> None:
    hand_in(cast.chenan, 100)
    second = hand_in(cast.chenan, 200, seen=1)
    assert second.number == 2
    assert [row.submitted for row in queries.history(cast.chenan, APRIL)] == [200, 100]
    with pytest.raises(Stale):
        hand_in(cast.chenan, 300, seen=1)


def test_after_the_deadline_it_is_late(cast: Cast) -> None:
    with clock.at(instant("2026-04-13 12:30")):
        assert hand_in(cast.chenan, 100).is_late
        assert not hand_in(cast.wumin, 100).is_late
        may = verbs.submit(cast.lina, period=Fiscal().parse("2026-05"), submitted=Decimal(1), by=cast.lina)
    assert not may.is_late and may.deadline == instant("2026-05-01 12:00")  # a Friday, its first day


def test_nobody_hands_in_for_another_one_or_for_what_is_over(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.submit(cast.chenan, period=APRIL, submitted=Decimal(1), by=cast.wumin)
    with pytest.raises(Forbidden):
        hand_in(cast.qianjin, 1)
    with pytest.raises(Refused):
        verbs.submit(cast.chenan, period=MARCH, submitted=Decimal(1), by=cast.chenan)
    with clock.at(instant("2026-05-01")), pytest.raises(Refused):
        hand_in(cast.chenan, 1)
    for amount in (Decimal(-1), Decimal(10) ** 14):
        with pytest.raises(Refused):
            verbs.submit(cast.chenan, period=APRIL, submitted=amount, by=cast.chenan)


def test_what_is_locked_does_not_move(cast: Cast) -> None:
    official = hand_in(cast.chenan, 100)
    outside = hand_in(cast.maxiao, 70)
    assert [row.pk for row in verbs.lock_period(APRIL, by=cast.heli)] == [official.pk]
    with clock.at(instant("2026-04-20 10:00")):
        hand_in(cast.chenan, 300)
        assert [row.pk for row in verbs.lock_period(APRIL, by=None)] == [outside.pk]
    official.refresh_from_db()
    assert official.is_official
    with pytest.raises(Forbidden):
        verbs.lock_period(APRIL, by=cast.wumin)
    with pytest.raises(Refused):
        verbs.lock_period(Fiscal().parse("2026-05"), by=None)


def test_reopened_it_waits_for_a_new_number(cast: Cast) -> None:
    hand_in(cast.chenan, 100)
    (official,) = verbs.lock_period(APRIL, by=None)
    with pytest.raises(Forbidden):
        verbs.reopen(official, reason="撤单", by=cast.heli)
    with pytest.raises(Refused):
        verbs.reopen(official, reason=" ", by=cast.linjing)
    verbs.reopen(official, reason="客户撤单", by=cast.linjing)
    assert notices(cast.chenan)[0].entry.event == "forecast.reopened"
    with pytest.raises(Refused):
        verbs.reopen(official, reason="客户撤单", by=cast.linjing)
    assert verbs.lock_period(APRIL, by=None) == []
    anew = hand_in(cast.chenan, 80)
    assert [row.pk for row in verbs.lock_period(APRIL, by=None)] == [anew.pk]


def test_what_was_handed_in_before_the_reopening_is_not_locked_in_its_place(cast: Cast) -> None:
    hand_in(cast.chenan, 100)
    (official,) = verbs.lock_period(APRIL, by=None)
    with clock.at(instant("2026-04-20 10:00")):
        hand_in(cast.chenan, 90)
    with clock.at(instant("2026-04-21 10:00")):
        verbs.reopen(official, reason="客户撤单", by=cast.linjing)
        assert run(lock_due) == 0
        assert verbs.lock_period(APRIL, by=cast.heli) == []
    with clock.at(instant("2026-04-21 11:00")):
        anew = hand_in(cast.chenan, 80)
        assert run(lock_due) == 1
    anew.refresh_from_db()
    assert anew.is_official


def test_the_rules_are_the_organisations(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.set_terms(by=cast.wumin, rep_limit=Decimal("0.5"))
    with pytest.raises(Refused):
        verbs.set_terms(by=cast.linjing, rep_limit=Decimal("1.5"))
    verbs.set_terms(by=cast.linjing, rep_limit=Decimal("0.5"), version=1)
    verbs.set_terms(by=cast.linjing, rep_limit=Decimal("0.5"))
    assert Terms.objects.get().limit("rep") == Decimal("0.5")
    with pytest.raises(Stale):
        verbs.set_terms(by=cast.linjing, rep_limit=Decimal("0.4"), version=1)


def test_an_import_can_be_withdrawn_and_not_told_otherwise(cast: Cast) -> None:
    at = instant("2026-04-03 18:00")
    made = verbs.import_submission(
        cast.lina, period=APRIL, submitted=Decimal(900), adjustment=Decimal(-100), locked_at=at, by=None
    )
    assert made is not None and made.base == 1000
    assert (
        verbs.import_submission(
            cast.lina, period=APRIL, submitted=Decimal(900), adjustment=Decimal(-100), locked_at=at, by=None
        )
        is None
    )
    for more in ({"submitted": Decimal(901)}, {"submitted": Decimal(1), "adjustment": Decimal(-(10**14))}):
        with pytest.raises(Refused), transaction.atomic():
            verbs.import_submission(cast.lina, period=APRIL, locked_at=at, by=None, **more)  # type: ignore[arg-type]
    assert verbs.withdraw_submissions([made.pk], by=None) == 1
    assert not Submission.objects.exists()


def test_the_largest_amount_there_is_can_be_handed_in_and_no_larger_one(cast: Cast) -> None:
    made = verbs.submit(cast.chenan, period=APRIL, submitted=LARGEST, by=cast.chenan)
    assert made.submitted == LARGEST
    with pytest.raises(Refused):
        verbs.submit(cast.chenan, period=APRIL, submitted=LARGEST + CENT, by=cast.chenan)


def test_they_are_reminded_in_the_hours_before(cast: Cast) -> None:
    hand_in(cast.chenan, 100)
    with clock.at(instant("2026-04-13 09:05")):
        count = run(remind)
    assert count > 0
    assert notices(cast.lina)[0].entry.event == "forecast.reminded"
    assert not [one for one in notices(cast.chenan) if one.entry.event == "forecast.reminded"]
    with clock.at(instant("2026-04-13 10:05")):
        assert run(remind) == 0


def test_a_reminder_that_was_missed_is_made_up_for_before_the_deadline(cast: Cast) -> None:
    """No worker from eight until half past eleven: whoever is due at twelve hears of it all the same, once."""
    with clock.at(instant("2026-04-13 08:05")):
        assert run(remind) == 0
    with clock.at(instant("2026-04-13 11:30")):
        assert run(remind) > 0
    with clock.at(instant("2026-04-13 11:35")):
        assert run(remind) == 0
    for when in ("2026-04-13 12:00", "2026-04-13 12:05"):
        with clock.at(instant(when)):
            assert run(remind) == 0
    with clock.at(instant("2026-04-13 15:05")):
        assert run(remind) > 0  # the managers, by six
    assert [one.entry.event for one in notices(cast.lina)] == ["forecast.reminded"]


def test_the_worker_locks_when_the_hour_has_come(cast: Cast) -> None:
    with clock.at(instant("2026-04-01 10:00")):
        hand_in(cast.chenan, 100)
    with clock.at(instant("2026-04-02 18:10")):
        assert run(lock_due) == 0
    with clock.at(instant("2026-04-03 18:10")):
        assert run(lock_due) == 1
