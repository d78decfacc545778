"""Visits from plan to review (C3): the gate before them, the record after them, what counts, what the gate gets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.fieldwork import events, verbs
from loudou.fieldwork.models import Activity, VisitPlan, VisitRecord
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs as people
from loudou.people.leaving import held_by
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal, Evidence, File
from loudou.signoff import verbs as signoff
from loudou.signoff.models import Request
from loudou.tasks.models import Task
from loudou.ui import uploads
from tests import make
from tests.cast import Cast
from tests.fieldwork.visiting import MONDAY, SAID, TUESDAY, approved, executed, planned, recorded
from tests.make import day, instant

State = VisitPlan.State


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan)


@pytest.fixture
def deal(cast: Cast, customer: Customer) -> Iterator[Deal]:
    with clock.at(MONDAY - timedelta(days=7)):
        made = make.deal(cast.chenan, customer=customer)
    with clock.at(MONDAY):
        yield made


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.field or caught.value.sentence


def open_request(plan: VisitPlan) -> Request:
    return Request.objects.get(subject_type="fieldwork.visitplan", subject_id=plan.pk, state="waiting")


def test_the_whole_way(cast: Cast, deal: Deal) -> None:
    mark = make.specs_of(deal)[0].evidence_kinds.all()[0]
    plan = planned(cast.chenan, deal, mark=mark)
    assert (plan.state, plan.code[:3], plan.day, plan.customer) == (
        "draft",
        "BF-",
        day("2026-04-14"),
        deal.customer,
    )
    asked = verbs.submit_visit(plan, by=cast.chenan)
    assert (asked.signer, asked.act, asked.due_at) == (cast.wumin, events.VISIT, TUESDAY)
    assert fresh(plan).state == State.SUBMITTED
    verbs.confirm_visit(asked, opinion="先问清预算来源再谈样件", by=cast.wumin)
    assert (fresh(plan).state, fresh(plan).approved_at) == (State.APPROVED, MONDAY)
    with clock.at(TUESDAY + timedelta(minutes=5)):
        started = verbs.start_visit(fresh(plan), by=cast.chenan)
        assert (started.state, started.executed_at) == (State.EXECUTED, TUESDAY + timedelta(minutes=5))
        assert verbs.start_visit(started, by=cast.chenan).version == started.version
    with clock.at(TUESDAY + timedelta(hours=8)):
        kept = recorded(started, marks=[mark])
    activity = Activity.objects.get(plan=plan)
    assert (activity.kind, activity.contact, activity.valid, activity.counts) == (
        "visit",
        "许明华、郑国栋",
        True,
        True,
    )
    assert (activity.at, activity.result) == (started.executed_at, "预算来自技改专项\n同意送样")
    assert (kept.late, fresh(deal).last_contact_at) == (False, started.executed_at)
    assert (fresh(deal).next_step, fresh(deal).next_on) == ("送样件", day("2026-04-20"))
    assert not Evidence.objects.filter(deal=deal).exists()
    with clock.at(TUESDAY + timedelta(days=1)):
        done = verbs.review_visit(
            fresh(plan), by=cast.wumin, opinion="预算问清了，样件周一要到", coaching="下次带技术同事"
        )
    shown = Evidence.objects.get(deal=deal)
    assert (shown.kind, shown.source, shown.given_by) == (mark, f"visit:{plan.pk}", cast.wumin)
    assert (done.state, fresh(kept).agreed, fresh(kept).coaching) == (State.REVIEWED, True, "下次带技术同事")
    about = Entry.objects.filter(subject_type="fieldwork.visitplan", subject_id=plan.pk)
    assert list(about.order_by("pk").values_list("event", flat=True)) == [
        *("visit.planned", "visit.submitted", "visit.approved"),
        *("visit.started", "visit.recorded", "visit.reviewed"),
    ]


def test_no_visit_starts_before_its_signature(cast: Cast, deal: Deal) -> None:
    plan = planned(cast.chenan, deal)
    with pytest.raises(Refused):
        verbs.start_visit(plan, by=cast.chenan)
    verbs.submit_visit(plan, by=cast.chenan)
    with pytest.raises(Refused):
        verbs.start_visit(plan, by=cast.chenan)
    with pytest.raises(Refused):
        verbs.record_visit(plan, by=cast.chenan, said=SAID)
    assert fresh(plan).executed_at is None


def test_a_plan_says_what_for(cast: Cast, deal: Deal) -> None:
    for name, field in (
        ("objectives", "objective_1"),
        ("background", "background"),
        ("strategy", "strategy"),
    ):
        bare = planned(cast.chenan, deal, **{name: [] if name == "objectives" else ""})
        assert refused(lambda plan=bare: verbs.submit_visit(plan, by=cast.chenan)) == field  # type: ignore[misc]


def test_what_no_plan_may_say(cast: Cast, deal: Deal, customer: Customer) -> None:
    other = customers.add_customer(name="海天精工", by=cast.chenan)
    theirs = customers.add_customer(name="别人的客户", by=cast.maxiao)
    mark = make.specs_of(deal)[0].evidence_kinds.all()[0]
    for field, said in {
        "starts_at": {"starts_at": MONDAY - timedelta(seconds=1)},
        "customer": {"customer": theirs, "deal": None},
        "deal": {"customer": other},
        "mark": {"deal": None, "customer": customer, "mark": mark},
        "method": {"method": "seance"},
        "objectives": {"objectives": ["一", "二", "三", "四"]},
        "strategy": {"strategy": "略" * 4001},
        "place": {"place": "\x00"},
        "mood": {"mood": "good"},
    }.items():
        assert refused(lambda said=said: planned(cast.chenan, deal, **said)) == field  # type: ignore[misc]
    nobody = {"customer": None, "deal": None}
    assert refused(lambda: planned(cast.chenan, deal, **nobody)) == "customer"
    with pytest.raises(Forbidden):
        planned(cast.maxiao, deal)
    with pytest.raises(Forbidden):
        planned(cast.yanzheng, deal)


def test_a_change_voids_the_signature(cast: Cast, deal: Deal) -> None:
    plan = approved(planned(cast.chenan, deal), cast.wumin)
    assert (
        verbs.edit_visit(plan, by=cast.chenan, place="二楼会议室", version=plan.version).state == State.DRAFT
    )
    assert fresh(plan).approved_at is None
    waiting = verbs.submit_visit(fresh(plan), by=cast.chenan)
    again = verbs.edit_visit(fresh(plan), by=cast.chenan, starts_at=TUESDAY + timedelta(hours=1))
    assert (again.state, fresh(waiting).state) == (State.DRAFT, "withdrawn")
    assert verbs.edit_visit(again, by=cast.chenan, place="二楼会议室").version == again.version
    with pytest.raises(Stale):
        verbs.edit_visit(again, by=cast.chenan, place="三楼", version=1)


def test_sent_back_it_is_thought_over_and_sent_again(cast: Cast, deal: Deal) -> None:
    plan = planned(cast.chenan, deal)
    verbs.refuse_visit(
        verbs.submit_visit(plan, by=cast.chenan), opinion="目标太空，写清要拿到什么", by=cast.wumin
    )
    assert fresh(plan).state == State.RETURNED
    verbs.edit_visit(fresh(plan), by=cast.chenan, objectives=["拿到技改立项批复复印件"])
    assert verbs.submit_visit(fresh(plan), by=cast.chenan).state == "waiting"


def test_a_request_that_was_withdrawn_is_asked_anew(cast: Cast, deal: Deal) -> None:
    plan = planned(cast.chenan, deal)
    signoff.withdraw(verbs.submit_visit(plan, by=cast.chenan), by=cast.chenan)
    assert verbs.submit_visit(fresh(plan), by=cast.chenan).signer == cast.wumin
    verbs.confirm_visit(open_request(plan), opinion="可以去，注意别提价格", by=cast.wumin)
    with pytest.raises(Refused):
        verbs.submit_visit(fresh(plan), by=cast.chenan)


def test_too_late_to_ask(cast: Cast, deal: Deal) -> None:
    plan = planned(cast.chenan, deal)
    with clock.at(TUESDAY):
        assert refused(lambda: verbs.submit_visit(plan, by=cast.chenan)) == "starts_at"


def test_a_plan_for_today_is_at_short_notice(cast: Cast, deal: Deal) -> None:
    with clock.at(TUESDAY - timedelta(hours=1)):
        asked = verbs.submit_visit(planned(cast.chenan, deal), by=cast.chenan)
    assert asked.facts[-1] == ["submitted", {"say": "at short notice"}]


def test_a_managers_own_visit_goes_one_level_up(cast: Cast, deal: Deal) -> None:
    asked = verbs.submit_visit(planned(cast.wumin, deal), by=cast.wumin)
    assert asked.signer == cast.heli
    with pytest.raises(Forbidden):
        verbs.confirm_visit(asked, opinion="自己给自己签一个字吧", by=cast.wumin)


def test_called_off(cast: Cast, deal: Deal) -> None:
    plan = planned(cast.chenan, deal)
    asked = verbs.submit_visit(plan, by=cast.chenan)
    assert refused(lambda: verbs.cancel_visit(plan, by=cast.chenan, reason=" ")) == "reason"
    off = verbs.cancel_visit(plan, by=cast.chenan, reason="客户出差", by_customer=True)
    assert (off.state, off.by_customer, off.ended_at, fresh(asked).state) == (
        State.CANCELLED,
        True,
        MONDAY,
        "withdrawn",
    )
    for act in (
        lambda: verbs.cancel_visit(off, by=cast.chenan, reason="再来"),
        lambda: verbs.edit_visit(off, by=cast.chenan, place="别处"),
    ):
        with pytest.raises(Refused):
            act()


def test_a_plan_nobody_carried_out_expires_the_day_after_its_own(cast: Cast, deal: Deal) -> None:
    plan, other = approved(planned(cast.chenan, deal), cast.wumin), planned(cast.chenan, deal)
    asked = verbs.submit_visit(other, by=cast.chenan)
    with clock.at(instant("2026-04-15 23:59")):
        assert verbs.expire_visits(by=None) == 0
    with clock.at(instant("2026-04-16 00:01")):
        assert verbs.expire_visits(by=None) == 2
        assert verbs.expire_visits(by=None) == 0
    assert (fresh(plan).state, fresh(asked).state) == (State.EXPIRED, "withdrawn")


def test_check_in_on_the_devices_word(cast: Cast, deal: Deal) -> None:
    plan = approved(planned(cast.chenan, deal), cast.wumin)
    with clock.at(TUESDAY + timedelta(hours=9)):
        for at in (TUESDAY + timedelta(hours=10), TUESDAY - timedelta(hours=4)):
            assert refused(lambda at=at: verbs.start_visit(plan, by=cast.chenan, at=at)) == "at"  # type: ignore[misc]
        started = verbs.start_visit(plan, by=cast.chenan, at=TUESDAY)
    assert (started.executed_at, started.received_at) == (TUESDAY, TUESDAY + timedelta(hours=9))


def test_a_check_in_lies_after_the_signature(cast: Cast, deal: Deal) -> None:
    plan = planned(cast.chenan, deal)
    with clock.at(MONDAY + timedelta(hours=2)):
        approved(plan, cast.wumin)
        assert refused(lambda: verbs.start_visit(fresh(plan), by=cast.chenan, at=MONDAY)) == "at"


@pytest.mark.parametrize(("hours", "late"), [(24, False), (24.01, True), (72, True)])
def test_a_record_is_late_after_a_day(cast: Cast, deal: Deal, hours: float, late: bool) -> None:
    plan = executed(cast.chenan, deal)
    with clock.at(TUESDAY + timedelta(hours=hours)):
        assert recorded(plan).late is late


def test_after_three_days_it_did_not_happen(cast: Cast, deal: Deal) -> None:
    plan = executed(cast.chenan, deal)
    with clock.at(TUESDAY + timedelta(hours=72, seconds=1)), pytest.raises(Refused):
        recorded(plan)
    assert not Activity.objects.exists()


def test_twice_sent_is_once_recorded(cast: Cast, deal: Deal) -> None:
    plan = executed(cast.chenan, deal)
    with clock.at(TUESDAY + timedelta(hours=1)):
        one = recorded(plan, key="a1")
        assert recorded(fresh(plan), key="a1") == one
        for key in ("a2", ""):
            with pytest.raises(Refused):
                recorded(fresh(plan), key=key)
    assert (Activity.objects.count(), VisitRecord.objects.count()) == (1, 1)


def test_a_record_that_names_nobody_does_not_count(cast: Cast, deal: Deal) -> None:
    plan = executed(cast.chenan, deal)
    with clock.at(TUESDAY + timedelta(hours=1)):
        recorded(plan, people=[], marks=[])
    assert (Activity.objects.get().valid, fresh(deal).last_contact_at) == (False, None)


def test_the_record_of_a_visit_stays_as_written(cast: Cast, deal: Deal) -> None:
    with clock.at(TUESDAY + timedelta(hours=1)):
        recorded(executed(cast.chenan, deal))
        activity = Activity.objects.get()
        with pytest.raises(Refused):
            verbs.edit_activity(activity, by=cast.chenan, result="更好看的结果")
        assert verbs.annul_activity(activity, by=cast.wangfang, reason="客户说没来过").is_annulled


def emergency(cast: Cast, deal: Deal, /, **said: Any) -> VisitPlan:
    said = {
        "reason": "客户停线，一小时内要人",
        "consented_by": cast.wumin,
        "objectives": ["恢复生产"],
        **said,
    }
    return verbs.begin_emergency(by=cast.chenan, deal=deal, **said)


def test_an_emergency_counts_once_it_is_signed_within_a_day(cast: Cast, deal: Deal) -> None:
    plan = emergency(cast, deal)
    asked = open_request(plan)
    assert (plan.state, plan.emergency, asked.act, asked.signer) == (
        State.EXECUTED,
        True,
        events.EMERGENCY,
        cast.wumin,
    )
    recorded(plan)
    assert (Activity.objects.get().valid, fresh(deal).last_contact_at) == (False, None)
    with clock.at(MONDAY + timedelta(hours=24)):
        verbs.confirm_visit(asked, opinion="电话里同意过，停线必须去", by=cast.wumin)
    activity = Activity.objects.get()
    assert (activity.valid, activity.counts, fresh(deal).last_contact_at) == (True, True, MONDAY)
    assert fresh(plan).state == State.RECORDED


def test_an_emergency_waits_for_who_agreed_to_it_by_phone(cast: Cast, deal: Deal) -> None:
    """Whoever was asked knows of it; the nearest superior does not."""
    for superior in (cast.wumin, cast.heli):
        plan = emergency(cast, deal, consented_by=superior, reason=f"停线 {superior.username}")
        assert open_request(plan).signer == superior


def test_signed_too_late_or_not_at_all_it_does_not_count(cast: Cast, deal: Deal) -> None:
    late, never = emergency(cast, deal), emergency(cast, deal)
    recorded(late)
    with clock.at(MONDAY + timedelta(hours=24, seconds=1)):
        verbs.confirm_visit(
            Request.objects.get(subject_id=late.pk, act=events.EMERGENCY),
            opinion="晚了一步，下次记得当天就来找我签",
            by=cast.wumin,
        )
        verbs.refuse_visit(open_request(never), opinion="没有人给我打过电话问这件事", by=cast.wumin)
    assert not Activity.objects.get().valid
    assert (fresh(never).approved_at, fresh(never).state) == (None, State.EXECUTED)


def test_what_is_no_emergency(cast: Cast, deal: Deal) -> None:
    for field, said in {
        "reason": {"reason": ""},
        "objective_1": {"objectives": []},
        "consented_by": {"consented_by": cast.lina},
        "at": {"at": MONDAY - timedelta(hours=13)},
    }.items():
        assert refused(lambda said=said: emergency(cast, deal, **said)) == field  # type: ignore[misc]
    assert refused(lambda: emergency(cast, deal, consented_by=cast.chenan)) == "consented_by"
    assert not VisitPlan.objects.exists()


def photo(name: str = "名片.png") -> uploads.Received:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    return uploads.receive(SimpleUploadedFile(name, out.getvalue()), folder="visits")


def test_a_mark_that_wants_a_paper_takes_the_first_photo(cast: Cast, deal: Deal) -> None:
    mark = make.specs_of(deal)[0].evidence_kinds.all()[0]
    type(mark).objects.filter(pk=mark.pk).update(needs_file=True)
    with clock.at(TUESDAY + timedelta(hours=1)):
        bare = executed(cast.chenan, deal)
        recorded(bare, marks=[fresh(mark)])
        verbs.review_visit(fresh(bare), by=cast.wumin, opinion="没有附件，这个标志不成立")
        assert not Evidence.objects.exists()
        full = executed(cast.chenan, deal)
        recorded(full, marks=[fresh(mark)], files=[photo()])
        verbs.review_visit(fresh(full), by=cast.wumin, opinion="照片看到了，标志成立")
    shown, file = Evidence.objects.get(), File.objects.get()
    assert (shown.file, file.name) == (file, "名片.png")


def test_not_agreed_to_nothing_is_shown(cast: Cast, deal: Deal) -> None:
    mark = make.specs_of(deal)[0].evidence_kinds.all()[0]
    with clock.at(TUESDAY + timedelta(hours=1)):
        plan = executed(cast.chenan, deal)
        recorded(plan, marks=[mark])
        verbs.review_visit(fresh(plan), by=cast.wumin, opinion="客户没有正式表态，不算", agreed=False)
        with pytest.raises(Refused):
            verbs.review_visit(fresh(plan), by=cast.wumin, opinion="再来一次也不行的")
    assert (VisitRecord.objects.get().agreed, fresh(plan).state) == (False, State.REVIEWED)
    assert not Evidence.objects.exists()


def test_gone_through_for_a_superior_who_is_away_it_is_shown_by_whose_visit_it_was(
    cast: Cast, deal: Deal
) -> None:
    """liuyang signs for wumin and has no right to the deals there; what was proven is not lost for that."""
    signoff.delegate(cast.wumin, to=cast.liuyang, first=TUESDAY.date(), last=TUESDAY.date(), by=cast.wumin)
    plan = executed(cast.chenan, deal)
    with clock.at(TUESDAY + timedelta(hours=1)):
        recorded(plan, marks=[make.specs_of(deal)[0].evidence_kinds.all()[0]])
        verbs.confirm_visit(open_request(fresh(plan)), opinion="预算问清了，样件周一要到", by=cast.liuyang)
    assert fresh(plan).state == State.REVIEWED
    assert Evidence.objects.get(deal=deal).given_by == cast.chenan


def test_a_deal_that_was_lost_meanwhile_shows_nothing(cast: Cast, deal: Deal) -> None:
    mark = make.specs_of(deal)[0].evidence_kinds.all()[0]
    with clock.at(TUESDAY + timedelta(hours=1)):
        plan = executed(cast.chenan, deal)
        recorded(plan, marks=[mark])
        pipeline.lose(deal, by=None, code=make.reason(), review="价格")
        assert (
            verbs.review_visit(fresh(plan), by=cast.wumin, opinion="单子丢了，记录留着学习").state
            == State.REVIEWED
        )
    assert not Evidence.objects.exists()


def test_marks_of_another_funnel_are_left_out(cast: Cast, deal: Deal, customer: Customer) -> None:
    mark = make.specs_of(deal)[0].evidence_kinds.all()[0]
    with clock.at(TUESDAY + timedelta(hours=1)):
        plan = executed(cast.chenan, deal, deal=None, customer=customer)
        assert list(recorded(plan, marks=[mark]).marks.all()) == []


def test_what_no_record_may_hold(cast: Cast, deal: Deal) -> None:
    plan = executed(cast.chenan, deal)
    with clock.at(TUESDAY + timedelta(hours=1)):
        for field, said in {
            "people": {"people": [("名" * 61, "")]},
            "answers": {"answers": [("问", "答" * 601)]},
            "unresolved": {"unresolved": ["一", "二", "三", "四"]},
            "photos": {"files": [photo()] * 10},
        }.items():
            assert refused(lambda said=said: recorded(plan, **said)) == field  # type: ignore[misc]
        assert refused(lambda: recorded(plan, people=[("人", "")] * 10)) == "people"
    assert not Activity.objects.exists()


def test_another_rooms_request_is_not_signed_here(cast: Cast) -> None:
    other = pipeline.skip(
        make.deal(cast.chenan), to=make.specs_of(make.deal(cast.chenan))[2], by=cast.chenan, reason="直接招标"
    ).request
    assert other is not None
    with pytest.raises(Refused):
        verbs.confirm_visit(other, opinion="可以，注意交付时间", by=cast.wumin)


def test_a_visit_goes_with_its_customer_into_a_merge_and_back(
    cast: Cast, deal: Deal, customer: Customer
) -> None:
    other = customers.add_customer(name="甬江集团", by=cast.chenan)
    plan = planned(cast.chenan, deal, deal=None, customer=other)
    merge = customers.merge_customers(customer, merged=other, by=cast.wumin)
    assert fresh(plan).customer == customer
    customers.unmerge(merge, by=cast.wumin)
    assert fresh(plan).customer == other


def test_an_emergency_signed_before_it_is_recorded_counts_at_once(cast: Cast, deal: Deal) -> None:
    plan = emergency(cast, deal)
    verbs.confirm_visit(open_request(plan), opinion="电话里同意过，停线必须去", by=cast.wumin)
    recorded(fresh(plan))
    assert Activity.objects.get().counts


def test_a_number_that_is_taken_is_passed_over(cast: Cast, deal: Deal) -> None:
    first = planned(cast.chenan, deal)
    taken = f"BF-{int(first.code[3:]) + 1:06d}"
    VisitPlan.objects.filter(pk=first.pk).update(code=taken)
    assert planned(cast.chenan, deal).code > taken


def test_the_signer_is_told_how_long_it_was_silent_and_what_is_to_be_shown(cast: Cast, deal: Deal) -> None:
    mark = make.specs_of(deal)[0].evidence_kinds.all()[0]
    with clock.at(MONDAY - timedelta(days=6)):
        verbs.log_activity(kind="call", by=cast.chenan, deal=deal, contact="许明华")
    asked = verbs.submit_visit(planned(cast.chenan, fresh(deal), mark=mark), by=cast.chenan)
    assert [value for _text, value in asked.starters] == [{"days": 6, "of": None}, mark.names]


def test_planned_visits_of_a_leaver_are_called_off_and_asked_of_the_heir(cast: Cast) -> None:
    customer = customers.add_customer(name="宁海泵业", by=cast.chenan)
    at = clock.now() + timedelta(days=2)
    plan = planned(cast.chenan, None, customer=customer, starts_at=at, objectives=["问清预算", "见到厂长"])
    given = customers.add_customer(name="象山模具", by=cast.chenan)
    other = planned(cast.chenan, None, customer=given, starts_at=at)
    customers.hand_over(given, owner=cast.sunqiang, by=cast.linjing, reason="换区")
    assert "2 次计划中的拜访" in [holding.told(count) for holding, count in held_by(cast.chenan)]
    people.deactivate(cast.chenan, by=cast.gaoming, heir=cast.lina)
    plan.refresh_from_db()
    other.refresh_from_db()
    assert (plan.state, other.state) == ("cancelled", "cancelled")
    asked = list(Task.objects.filter(origin="visit").order_by("pk"))
    assert [(task.owner, task.customer, task.due_on) for task in asked] == [
        (cast.lina, customer, plan.day),
        (cast.lina, None, other.day),
    ]
    assert asked[0].note == "问清预算\n见到厂长"
