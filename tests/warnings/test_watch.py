"""The watch: what it raises, when it ends it, that looking twice or late changes nothing, and whom silence is told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from loudou.fieldwork import verbs as fieldwork
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal
from loudou.signoff.models import Request
from loudou.warnings import tasks, verbs
from loudou.warnings.models import EarlyWarning, Watch
from loudou.warnings.queries import watching
from tests import jobs, make
from tests.cast import Cast
from tests.make import day, instant

BEGAN = instant("2026-03-02 09:00")  # a Monday; the first stage of b2b warns after 16 days and allows 20


@pytest.fixture
def deal(cast: Cast) -> Deal:
    with clock.at(BEGAN):
        return make.deal(
            cast.chenan, next_step="送样", next_on=day("2026-06-01"), expected_on=day("2026-06-30")
        )


def look(*deals: Deal, at: datetime, allowed: dict[int, int | None] | None = None) -> tuple[int, int]:
    with clock.at(at):
        return verbs.watch([deal.pk for deal in deals], allowed=allowed or {}, by=None)


def standing(deal: Deal) -> dict[str, int]:
    return dict(EarlyWarning.objects.standing().filter(deal=deal).values_list("sign", "number"))


def ended(deal: Deal) -> list[tuple[str, str, datetime | None, bool]]:
    rows = EarlyWarning.objects.exclude(ended_at=None).filter(deal=deal).order_by("pk")
    return list(rows.values_list("sign", "how", "ended_at", "announced"))


def shown(deal: Deal, at: datetime) -> None:
    """Something is shown for the gate, so that the stage is not bare."""
    with clock.at(at):
        kind = make.specs_of(deal)[0].evidence_kinds.all()[0]
        pipeline.give_evidence(deal, kind=kind, by=deal.owner, note="客户已书面确认")


def test_it_warns_before_the_limit_and_then_of_the_loss(cast: Cast, deal: Deal) -> None:
    shown(deal, BEGAN)
    assert look(deal, at=BEGAN + timedelta(days=15)) == (0, 0)
    assert look(deal, at=BEGAN + timedelta(days=17)) == (1, 0)
    assert standing(deal) == {"near_limit": 3}
    warning = EarlyWarning.objects.get()
    assert warning.comes_at == BEGAN + timedelta(days=20) == Deal.objects.get().stage_limit_at
    assert (warning.owner, warning.unit, warning.amount) == (cast.chenan, cast.chenan.unit, deal.base_amount)
    assert look(deal, at=BEGAN + timedelta(days=17)) == (0, 0)
    assert look(deal, at=BEGAN + timedelta(days=23)) == (1, 1)
    assert ended(deal) == [("near_limit", "occurred", BEGAN + timedelta(days=20), True)]
    assert standing(deal) == {"over_stay": 3}
    events = Entry.objects.filter(subject_id=deal.pk, event__startswith="warning.").order_by("pk")
    assert [(one.event, one.particulars["sign"]) for one in events] == [
        ("warning.raised", "near_limit"),
        ("warning.raised", "over_stay"),
        ("warning.ended", "near_limit"),
    ]


def test_moved_on_in_time_was_prevented_though_the_watch_came_late(deal: Deal) -> None:
    look(deal, at=BEGAN + timedelta(days=17))
    moved = BEGAN + timedelta(days=19)
    with clock.at(moved):
        make.advance(deal)
    assert look(deal, at=BEGAN + timedelta(days=25)) == (0, 2)
    assert ("near_limit", "prevented", moved, True) in ended(deal)
    assert ("no_evidence", "prevented", moved, True) in ended(deal)


def test_a_limit_nobody_warned_of_is_told_once(deal: Deal) -> None:
    shown(deal, BEGAN)
    for _time in range(2):
        look(deal, at=BEGAN + timedelta(days=23))
    assert ended(deal) == [("near_limit", "occurred", BEGAN + timedelta(days=20), False)]
    assert standing(deal) == {"over_stay": 3}


def test_what_came_before_a_deal_was_on_record_nobody_could_warn_of(cast: Cast) -> None:
    with clock.at(BEGAN + timedelta(days=40)):
        late = make.deal(cast.chenan, next_step="送样", next_on=day("2026-06-01"))
        Deal.objects.filter(pk=late.pk).update(stage_since=BEGAN, stage_limit_at=BEGAN + timedelta(days=20))
    look(late, at=BEGAN + timedelta(days=41))
    assert ended(late) == [] and "over_stay" in standing(late)


def test_a_near_date_warns_where_stages_are_left_and_passes_at_midnight(cast: Cast) -> None:
    with clock.at(BEGAN):
        last = make.at_last_stage(cast.chenan, expected_on=day("2026-03-10"))
        deal = make.deal(
            cast.chenan,
            title="早",
            expected_on=day("2026-03-10"),
            next_step="送样",
            next_on=day("2026-05-01"),
        )
    look(deal, last, at=BEGAN)
    assert standing(deal) == {"due_soon": 8} and "due_soon" not in standing(last)
    look(deal, at=instant("2026-03-12 08:00"))
    assert ("due_soon", "occurred", instant("2026-03-11"), True) in ended(deal)
    assert standing(deal)["overdue"] == 2


def test_a_date_moved_in_time_was_prevented(cast: Cast, deal: Deal) -> None:
    look(deal, at=instant("2026-06-20"))
    assert "due_soon" in standing(deal)
    with clock.at(instant("2026-06-25 10:00")):
        pipeline.edit(deal, by=cast.chenan, expected_on=day("2026-09-30"), reason="预算下季度")
    look(deal, at=instant("2026-07-05"))
    assert ("due_soon", "prevented", instant("2026-06-25 10:00"), True) in ended(deal)


def test_a_lost_deal_is_what_was_warned_of(cast: Cast, deal: Deal) -> None:
    with clock.at(BEGAN):
        bare = make.deal(cast.chenan, title="无下一步", expected_on=day("2026-06-30"))
    look(bare, at=BEGAN)
    assert standing(bare) == {"no_next_step": 0}
    lost = BEGAN + timedelta(days=3)
    with clock.at(lost):
        pipeline.lose(bare, by=cast.chenan, code=make.reason(), review="输在价格，方案没有讲透收益")
    look(bare, at=BEGAN + timedelta(days=4))
    assert ended(bare) == [("no_next_step", "occurred", lost, True)]


def test_silence_and_standing_far_too_long_are_warned_of(cast: Cast, deal: Deal) -> None:
    shown(deal, BEGAN)
    with clock.at(BEGAN + timedelta(days=1)):
        fieldwork.log_activity(kind="call", by=cast.chenan, deal=deal, contact="许明华", result="谈了")
    look(deal, at=BEGAN + timedelta(days=15))
    assert standing(deal) == {}
    week = 7 * 86_400_000_000
    look(deal, at=BEGAN + timedelta(days=15, minutes=1), allowed={deal.spec.stage_id: week})
    assert standing(deal) == {"silent": 15, "stuck": 15}
    with clock.at(BEGAN + timedelta(days=15, minutes=2)):
        fieldwork.log_activity(kind="call", by=cast.chenan, deal=deal, contact="许明华", result="又谈了")
    look(deal, at=BEGAN + timedelta(days=15, minutes=3))
    assert {sign: how for sign, how, _at, _announced in ended(deal)} == {
        "silent": "prevented",
        "stuck": "prevented",
    }


def test_a_stages_limit_is_learned_from_those_that_came_into_it_within_a_year(cast: Cast) -> None:
    with clock.at(BEGAN):
        deals = [make.deal(cast.chenan, title=f"商机 {number}") for number in range(4)]
    for number, deal in enumerate(deals, 1):
        with clock.at(BEGAN + timedelta(days=number)):
            make.advance(deal)
    with clock.at(BEGAN + timedelta(days=10)):
        found = watching.limits(clock.now())
    first = make.specs_of(deals[0])[0].stage_id
    assert found[first] == 3 * 86_400_000_000 * 3 // 2


def test_a_warning_follows_its_deal_to_a_new_owner(cast: Cast, deal: Deal) -> None:
    look(deal, at=BEGAN + timedelta(days=17))
    pipeline.hand_over(deal, owner=cast.lina, by=cast.wumin, reason="区域调整")
    look(deal, at=BEGAN + timedelta(days=18))
    assert EarlyWarning.objects.get(sign="near_limit").owner == cast.lina
    assert standing(deal)["near_limit"] == 2


def test_an_answer_runs_out_while_the_sign_stands(cast: Cast, deal: Deal) -> None:
    look(deal, at=BEGAN + timedelta(days=17))
    done, later = EarlyWarning.objects.order_by("sign")
    with clock.at(BEGAN + timedelta(days=17)):
        verbs.finish(done, by=cast.chenan)
        verbs.snooze(later, until=day("2026-03-21"), reason="客户在外", by=cast.chenan)
        assert verbs.ask_again(by=None) == 0
    with clock.at(instant("2026-03-21 02:00")):
        assert verbs.ask_again(by=None) == 1
    later.refresh_from_db()
    assert (later.state, later.asked_at) == ("open", instant("2026-03-21 02:00"))
    with clock.at(BEGAN + timedelta(days=24)):
        assert verbs.ask_again(by=None) == 1
    assert Entry.objects.filter(event="warning.asked_again").count() == 2


def test_what_nobody_answers_is_told_to_one_superior_after_the_other(cast: Cast, deal: Deal) -> None:
    friday = instant("2026-03-20 10:00")
    look(deal, at=friday)
    count = EarlyWarning.objects.count()
    told: list[list[str]] = []
    for moment in (
        "2026-03-23 02:00",
        "2026-03-25 02:00",
        "2026-03-25 03:00",
        "2026-03-27 02:00",
        "2026-04-03 02:00",
    ):
        with clock.at(instant(moment)):
            verbs.escalate(by=None)
        notices = Notice.objects.filter(entry__event="warning.escalated").order_by("pk")
        told.append([one.recipient.username for one in notices.select_related("recipient")])
    assert told == [[], ["wumin"], ["wumin"], ["wumin", "heli"], ["wumin", "heli"]]
    assert set(EarlyWarning.objects.values_list("level", flat=True)) == {2}
    entry = Entry.objects.filter(event="warning.escalated").first()
    assert entry is not None and entry.particulars["count"] == count


def test_who_has_nobody_above_is_told_of_to_nobody(cast: Cast) -> None:
    with clock.at(BEGAN):
        deal = make.deal(cast.hezong)
    look(deal, at=BEGAN)
    with clock.at(BEGAN + timedelta(days=30)):
        assert verbs.escalate(by=None) == 0


def test_a_disputed_warning_that_ends_takes_its_request_back(cast: Cast, deal: Deal) -> None:
    look(deal, at=BEGAN + timedelta(days=17))
    warning = EarlyWarning.objects.get(sign="near_limit")
    verbs.dispute(warning, reason="客户已确认延期验收", by=cast.chenan)
    with clock.at(BEGAN + timedelta(days=18)):
        make.advance(deal)
    look(deal, at=BEGAN + timedelta(days=19))
    assert Request.objects.get(act="warnings.dispute").state == "withdrawn"


def test_the_job_looks_at_everything_once_a_night_and_at_changes_between(cast: Cast, deal: Deal) -> None:
    with clock.at(instant("2026-03-19 00:30")):
        assert jobs.run(tasks.keep_watch) == (2, 0)
    assert Watch.kept() == (day("2026-03-19"), instant("2026-03-19 00:30"))
    with clock.at(instant("2026-03-19 10:00")):
        pipeline.edit(deal, by=cast.chenan, next_step="", next_on=None)
    with clock.at(instant("2026-03-19 10:10")):
        assert jobs.run(tasks.keep_watch) == (1, 0)
    with clock.at(instant("2026-03-23 00:10")):
        assert jobs.run(tasks.keep_watch) == (0, 0)
    with clock.at(instant("2026-03-23 01:10")):
        assert jobs.run(tasks.keep_watch) == (1, 1)
    assert Watch.kept()[0] == organisation().today.replace(year=2026, month=3, day=23)
    assert set(standing(deal)) == {"over_stay", "no_evidence", "no_next_step"}
    assert str(Watch.objects.get())
