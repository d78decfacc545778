"""Recording activities, correcting and annulling them; what follows for deals and counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.fieldwork import verbs
from loudou.fieldwork.models import Activity
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import Organisation
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast
from tests.make import day, instant

NOON = instant("2026-04-14 12:00")


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan)


@pytest.fixture
def deal(cast: Cast, customer: Customer) -> Deal:
    with clock.at(instant("2026-04-01 09:00")):
        return make.deal(cast.chenan, customer=customer)


def visit(by: Any, **said: Any) -> Activity:
    said = {"kind": "visit", "contact": "许明华", "result": "需求已确认", **said}
    return verbs.log_activity(by=by, **said)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def events_of(row: Any) -> list[str]:
    about = Entry.objects.filter(subject_type=row._meta.label_lower, subject_id=row.pk)
    return list(about.order_by("pk").values_list("event", flat=True))


def test_the_customer_was_heard_of_when_they_were_last_in_contact(cast: Cast) -> None:
    """An earlier contact that is told later moves nothing."""
    with clock.at(instant("2026-04-01 09:00")):
        customer = customers.add_customer(name="宁波海天机电有限公司", by=cast.chenan)
    with clock.at(NOON):
        for hour in ("10:30", "09:00"):
            visit(cast.chenan, customer=customer, at=instant(f"2026-04-14 {hour}"))
    assert (fresh(customer).touched_at, fresh(customer).version) == (instant("2026-04-14 10:30"), 1)


def test_it_is_recorded_and_the_deal_knows_its_last_contact(cast: Cast, deal: Deal) -> None:
    with clock.at(NOON):
        activity = visit(cast.chenan, deal=deal, at=instant("2026-04-14 09:30"))
    assert (activity.code[:3], activity.customer_id, activity.unit_id) == (
        "HD-",
        deal.customer_id,
        cast.chenan.unit_id,
    )
    assert (activity.valid, activity.counts, activity.day) == (True, True, day("2026-04-14"))
    assert fresh(deal).last_contact_at == instant("2026-04-14 09:30")
    assert events_of(activity) == ["activity.logged"]
    assert "deal.contacted" in events_of(deal)


def test_a_next_step_with_its_date_becomes_the_deals(cast: Cast, deal: Deal) -> None:
    with clock.at(NOON):
        visit(cast.chenan, deal=deal, next_step="送样件", next_on=day("2026-04-20"))
        assert (fresh(deal).next_step, fresh(deal).next_on) == ("送样件", day("2026-04-20"))
        visit(cast.chenan, deal=deal, next_step="补一张照片", next_on=day("2026-04-13"))
    assert fresh(deal).next_step == "送样件"


def test_a_closed_deal_keeps_its_next_step(cast: Cast, deal: Deal) -> None:
    with clock.at(NOON):
        lost = pipeline.lose(deal, by=None, code=make.reason(), review="价格")
        visit(cast.chenan, deal=lost, next_step="年底再问", next_on=day("2026-12-01"))
    assert fresh(deal).next_step != "年底再问"


def test_a_visit_without_a_person_does_not_count(cast: Cast, deal: Deal) -> None:
    with clock.at(NOON):
        empty = visit(cast.chenan, deal=deal, contact="")
        assert (empty.valid, empty.counts) == (False, False)
        assert fresh(deal).last_contact_at is None
        mended = verbs.edit_activity(empty, by=cast.chenan, contact="许明华", version=1)
    assert (mended.valid, mended.counts, mended.version) == (True, True, 2)
    assert fresh(deal).last_contact_at == NOON


def test_what_a_phone_sends_again_is_one_record(cast: Cast, deal: Deal) -> None:
    with clock.at(NOON):
        first = visit(cast.chenan, deal=deal, next_step="送样", next_on=day("2026-04-20"))
        again = visit(cast.chenan, deal=deal, next_step="送样", next_on=day("2026-04-20"))
        assert again == first and events_of(first) == ["activity.logged"]
        others = [
            visit(cast.chenan, deal=deal, next_step="送样"),  # says another thing
            visit(cast.wumin, customer=deal.customer, next_step="送样"),  # somebody else does
            visit(cast.chenan, deal=deal, next_step="送样", code="HD-7"),  # has a number of its own
            verbs.log_activity(kind="call", deal=deal, by=cast.chenan),
            verbs.log_activity(kind="call", deal=deal, by=cast.chenan),  # of two without a word nobody knows
        ]
        assert len({first.pk, *(one.pk for one in others)}) == 6
        verbs.annul_activity(first, by=cast.chenan, reason="记错了")
        assert visit(cast.chenan, deal=deal, next_step="送样", next_on=day("2026-04-20")) != first


def test_the_second_of_a_day_counts_when_the_first_is_annulled(cast: Cast, deal: Deal) -> None:
    with clock.at(NOON):
        first, second = visit(cast.chenan, deal=deal), visit(cast.chenan, deal=deal, result="交期已确认")
        assert (first.counts, second.counts) == (True, False)
        annulled = verbs.annul_activity(first, by=cast.wangfang, reason="客户说没来过", version=1)
        assert verbs.annul_activity(annulled, by=cast.wangfang, reason="又一次").version == 2
    assert fresh(second).counts
    assert (annulled.is_annulled, annulled.annulled_by) == (True, cast.wangfang)
    assert events_of(first) == ["activity.logged", "activity.annulled"]


def test_without_any_record_left_the_deal_was_never_contacted(cast: Cast, deal: Deal) -> None:
    with clock.at(NOON):
        only = visit(cast.chenan, deal=deal)
        verbs.annul_activity(only, by=cast.chenan, reason="记错了商机")
        with pytest.raises(Refused):
            verbs.edit_activity(only, by=cast.chenan, result="改一下")
    assert fresh(deal).last_contact_at is None


def test_annulling_takes_a_reason(cast: Cast, deal: Deal) -> None:
    activity = visit(cast.chenan, deal=deal)
    with pytest.raises(Refused) as refused:
        verbs.annul_activity(activity, by=cast.chenan, reason=" ")
    assert refused.value.field == "reason"


def test_it_may_go_to_another_deal_and_another_day(cast: Cast, deal: Deal) -> None:
    with clock.at(NOON):
        other = make.deal(cast.chenan, customer=deal.customer)
        activity = visit(cast.chenan, deal=deal)
        at = NOON - timedelta(days=1)
        moved = verbs.edit_activity(activity, by=cast.chenan, deal=other, at=at)
    assert (moved.day, moved.known_at) == (day("2026-04-13"), NOON)
    assert (fresh(deal).last_contact_at, fresh(other).last_contact_at) == (None, at)


def test_the_same_again_is_no_change(cast: Cast, deal: Deal) -> None:
    activity = visit(cast.chenan, deal=deal)
    assert verbs.edit_activity(activity, by=cast.chenan, contact=" 许明华 ").version == 1
    with pytest.raises(Stale):
        verbs.edit_activity(activity, by=cast.chenan, contact="韩磊", version=7)


def refused_field(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.field


def test_time_is_bounded(cast: Cast, deal: Deal) -> None:
    old = NOON - timedelta(days=3, seconds=1)
    with clock.at(NOON):
        assert refused_field(lambda: visit(cast.chenan, deal=deal, at=NOON + timedelta(seconds=1))) == "at"
        assert refused_field(lambda: visit(cast.chenan, deal=deal, at=old)) == "at"
        assert refused_field(lambda: visit(cast.wumin, deal=deal, at=old)) == "at"
        assert visit(cast.wumin, owner=cast.chenan, deal=deal, at=old).owner == cast.chenan
        Organisation.objects.update(closed_through=day("2026-04-13"))
        late = NOON - timedelta(days=1)
        assert (
            visit(None, owner=cast.chenan, deal=deal, at=late).at == late
        )  # for targets it counts later (C20)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "seance"}, "kind"),
        ({"contact": "名" * 121}, "contact"),
        ({"result": "\x00"}, "result"),
        ({"next_on": "tomorrow"}, "next_on"),
        ({"mood": "good"}, "mood"),
        ({"deal": None}, "customer"),
    ],
)
def test_what_cannot_be_kept_is_refused(cast: Cast, deal: Deal, said: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        visit(cast.chenan, **{"deal": deal, **said})
    assert refused.value.field == field


def test_the_deal_is_one_with_the_customer(cast: Cast, deal: Deal) -> None:
    other = customers.add_customer(name="海天精工", by=cast.chenan)
    with pytest.raises(Refused) as refused:
        visit(cast.chenan, deal=deal, customer=other)
    assert refused.value.field == "deal"


def test_a_number_is_given_once(cast: Cast, deal: Deal) -> None:
    visit(cast.chenan, deal=deal, code="A-1")
    with pytest.raises(Refused) as refused:
        visit(cast.chenan, deal=deal, code="A-1")
    assert refused.value.field == "code"


def test_numbers_taken_by_hand_are_passed_over(cast: Cast, deal: Deal) -> None:
    first = visit(cast.chenan, deal=deal)
    following = f"HD-{int(first.code[3:]) + 1:06d}"
    visit(cast.chenan, deal=deal, code=following)
    assert visit(cast.chenan, deal=deal).code > following


def test_rights(cast: Cast, deal: Deal, customer: Customer) -> None:
    activity = visit(cast.chenan, deal=deal)
    with pytest.raises(Refused) as refused:
        verbs.log_activity(kind="call", by=None, deal=deal)
    assert refused.value.field == "owner"
    for act in (
        lambda: visit(cast.maxiao, deal=deal),
        lambda: visit(cast.maxiao, customer=customer),
        lambda: visit(cast.lina, owner=cast.chenan, deal=deal),
        lambda: visit(cast.yanzheng, deal=deal),
        lambda: verbs.edit_activity(activity, by=cast.lina, contact="韩磊"),
        lambda: verbs.annul_activity(activity, by=cast.lina, reason="不是我的"),
    ):
        with pytest.raises(Forbidden):
            act()


def test_it_follows_its_customer_into_a_merge_and_back(cast: Cast, customer: Customer) -> None:
    other = customers.add_customer(name="甬江集团", by=cast.chenan)
    with clock.at(NOON):
        one, two = visit(cast.chenan, customer=customer), visit(cast.chenan, customer=other)
    merge = customers.merge_customers(customer, merged=other, by=cast.wumin)
    assert (fresh(two).customer, fresh(one).counts, fresh(two).counts) == (customer, True, False)
    customers.unmerge(merge, by=cast.wumin)
    assert (fresh(two).customer, fresh(two).counts) == (other, True)


def test_nothing_happens_to_what_is_not_there(cast: Cast) -> None:
    verbs.withdraw_activities([], by=None)
    assert verbs.import_activities([], by=None) == []
