"""Phone records (F13): what one says, what follows from it, who sees it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.daylog.queries.drafts import draft
from loudou.fieldwork import verbs
from loudou.fieldwork.lens.calls import CallLens
from loudou.fieldwork.models import Activity, PhoneCall
from loudou.fieldwork.queries.calls import callers, with_number
from loudou.forms.models import Form
from loudou.forms.queries.counting import Asked, tallies
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal
from loudou.tasks import verbs as tasks
from loudou.tasks.models import Task
from tests import make
from tests.cast import Cast


@pytest.fixture
def customer(cast: Cast) -> Customer:
    made = customers.add_customer(name="宁波甬江机电有限公司", phone="0574 8765 4321", by=cast.chenan)
    customers.add_contact(made, name="许明华", phone="138 1234 5678", by=cast.chenan)
    return made


def tomorrow() -> date:
    return organisation().today + timedelta(days=1)


def test_a_call_from_a_customer_is_a_contact_of_whoever_answered(cast: Cast, customer: Customer) -> None:
    deal = make.deal(cast.chenan, customer=customer)
    call = verbs.take_call(
        by=cast.chenan, deal=deal, name="许明华", phone="13812345678", matter="样件何时到", reply="周一"
    )
    assert (call.caller, call.customer, call.phone) == ("customer", customer, "+8613812345678")
    contact = call.activity
    assert contact is not None and (contact.kind, contact.contact, contact.deal) == ("call", "许明华", deal)
    assert contact.result == "样件何时到\n周一" and contact.counts
    assert Deal.objects.get(pk=deal.pk).last_contact_at == call.at
    assert call.owner is None and not call.is_waiting and call.code.startswith("DH-")


def test_the_title_of_a_call_back_does_not_tell_a_number_to_everybody(cast: Cast) -> None:
    call = verbs.take_call(by=cast.wangfang, phone="13912345678", matter="要目录", owner=cast.chenan)
    assert call.phone == "+8613912345678"
    title = Task.objects.get().title
    assert "12345678" not in title and "139****5678" in title


def test_the_same_words_about_the_same_instant_are_noted_once(cast: Cast, customer: Customer) -> None:
    said = {"customer": customer, "name": "许明华", "matter": "样件何时到", "at": clock.now()}
    first = verbs.take_call(by=cast.chenan, owner=cast.chenan, **said)
    assert verbs.take_call(by=cast.chenan, owner=cast.chenan, **said) == first
    assert (PhoneCall.objects.count(), Activity.objects.count(), Task.objects.count()) == (1, 1, 1)
    verbs.annul_call(first, reason="记错了", by=cast.chenan)
    assert verbs.take_call(by=cast.chenan, owner=cast.chenan, **said) != first
    verbs.take_call(by=cast.lina, owner=cast.chenan, **{**said, "customer": None})
    verbs.take_call(by=cast.chenan, owner=cast.chenan, **said, code="DH-77")  # its own number: another call
    assert PhoneCall.objects.count() == 4


def test_who_rings_is_a_customer_a_colleague_or_unknown(cast: Cast, customer: Customer) -> None:
    said = {"by": cast.chenan, "matter": "问价", "reply": "已报"}
    assert verbs.take_call(customer=customer, **said).rang_as == "客户"
    assert verbs.take_call(colleague=cast.lina, **said).rang_as == "业务员"
    assert verbs.take_call(phone="13912345678", **said).rang_as == "陌生来电"


def test_a_call_from_a_colleague_is_no_contact(cast: Cast, customer: Customer) -> None:
    call = verbs.take_call(
        by=cast.wangfang, colleague=cast.chenan, customer=customer, matter="要样品单", reply="已发"
    )
    assert (call.caller, call.name, call.activity) == ("colleague", "陈安", None)
    assert not Activity.objects.exists()


def test_somebody_unknown_is_kept_as_typed(cast: Cast) -> None:
    call = verbs.take_call(by=cast.wangfang, phone="内线 12", matter="问产品", reply="转业务")
    assert (call.phone, call.name, call.customer, call.activity) == ("内线 12", "", None, None)


def test_what_is_to_be_followed_up_is_a_task_and_ends_with_it(cast: Cast, customer: Customer) -> None:
    call = verbs.take_call(
        by=cast.wangfang,
        customer=customer,
        name="许明华",
        matter="要报价",
        owner=cast.chenan,
        due_on=tomorrow(),
    )
    task = Task.objects.get()
    assert (task.owner, task.setter, task.due_on) == (cast.chenan, cast.wangfang, tomorrow())
    assert (task.customer, task.origin) == (customer, "call")
    assert "许明华" in task.title and "要报价" in task.title
    assert call.task == task and call.is_waiting
    later = tomorrow() + timedelta(days=3)
    tasks.postpone_tasks([task], due_on=later, by=cast.chenan)
    tasks.hand_over_task(task, owner=cast.wumin, by=cast.wumin)
    call.refresh_from_db()
    assert (call.owner, call.due_on) == (cast.wumin, later)
    tasks.edit_task(Task.objects.get(), due_on=None, by=cast.wumin)
    tasks.finish_task(Task.objects.get(), result="已报 12 万", by=cast.wumin)
    call.refresh_from_db()
    assert (call.due_on, call.result, call.is_waiting) == (later, "已报 12 万", False)
    tasks.reopen_task(Task.objects.get(), by=cast.wumin)
    call.refresh_from_db()
    assert call.is_waiting and call.result == ""
    tasks.drop_task(Task.objects.get(), reason="客户不要了", by=cast.wumin)
    call.refresh_from_db()
    assert (call.result, call.is_waiting) == ("客户不要了", False)


def test_whoever_follows_up_hears_of_no_customer_they_may_not_see(cast: Cast, customer: Customer) -> None:
    deal = make.deal(cast.chenan, customer=customer)
    call = verbs.take_call(
        by=cast.wangfang, deal=deal, matter="货到了没有", owner=cast.maxiao, due_on=tomorrow()
    )
    task = Task.objects.get()
    assert (task.customer, task.deal) == (None, None)
    assert call.customer == customer


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"phone": "", "matter": "问价", "reply": "好"}, "caller"),
        ({"name": "许", "matter": " ", "reply": "好"}, "matter"),
        ({"name": "许", "matter": "问价"}, "reply"),
        ({"name": "许", "matter": "问价", "reply": "好", "minutes": 601}, "minutes"),
        ({"name": "许", "matter": "问价", "reply": "好", "minutes": -1}, "minutes"),
        ({"name": "许" * 121, "matter": "问价", "reply": "好"}, "name"),
    ],
)
def test_what_makes_no_record_is_refused_beside_its_field(
    cast: Cast, said: dict[str, str], field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.take_call(by=cast.chenan, **said)
    assert refusal.value.field == field
    assert not PhoneCall.objects.exists()


def test_a_follow_up_has_a_person_and_a_day_that_is_not_over(cast: Cast) -> None:
    said = {"by": cast.chenan, "name": "许", "matter": "问价", "reply": "好"}
    company = organisation()
    next_day = company.calendar.work_calendar().add(company.today, 1)
    assert verbs.take_call(**said, owner=cast.chenan).due_on == next_day == Task.objects.get().due_on
    for more, field in (
        ({"due_on": tomorrow()}, "owner"),
        ({"owner": cast.chenan, "due_on": tomorrow() - timedelta(days=2)}, "due_on"),
    ):
        with pytest.raises(Refused) as refusal:
            verbs.take_call(**said, **more)
        assert refusal.value.field == field


def test_its_time_obeys_the_same_rule_as_every_record(cast: Cast) -> None:
    said = {"name": "许", "matter": "问价", "reply": "好"}
    old = clock.now() - timedelta(days=40)
    for at in (clock.now() + timedelta(hours=1), old):
        with pytest.raises(Refused) as refusal:
            verbs.take_call(by=cast.chenan, at=at, **said)
        assert refusal.value.field == "at"
    assert verbs.take_call(by=cast.wumin, taker=cast.chenan, at=old, **said).at == old
    with pytest.raises(Refused) as refusal:
        verbs.take_call(by=None, **said)
    assert refusal.value.field == "taker"


def test_a_deal_and_a_customer_that_do_not_belong_together_are_refused(
    cast: Cast, customer: Customer
) -> None:
    other = customers.add_customer(name="另一家", by=cast.chenan)
    deal = make.deal(cast.chenan, customer=other)
    with pytest.raises(Refused) as refusal:
        verbs.take_call(by=cast.chenan, customer=customer, deal=deal, matter="问价", reply="好")
    assert refusal.value.field == "deal"


def test_nobody_keeps_a_call_for_somebody_else_or_about_what_they_may_not_see(
    cast: Cast, customer: Customer
) -> None:
    with pytest.raises(Forbidden):
        verbs.take_call(by=cast.lina, taker=cast.chenan, name="许", matter="问价", reply="好")
    with pytest.raises(Forbidden):
        verbs.take_call(by=cast.maxiao, customer=customer, matter="问价", reply="好")


def test_a_number_once(cast: Cast) -> None:
    said = {"by": cast.chenan, "name": "许", "matter": "问价", "reply": "好", "code": "T-1"}
    verbs.take_call(**said)
    with pytest.raises(Refused) as refusal:
        verbs.take_call(**said)
    assert refusal.value.field == "code"


def test_an_annulled_call_counts_nowhere_and_its_task_is_dropped(cast: Cast, customer: Customer) -> None:
    call = verbs.take_call(
        by=cast.chenan, customer=customer, matter="要报价", owner=cast.chenan, due_on=tomorrow()
    )
    with pytest.raises(Refused):
        verbs.annul_call(call, reason=" ", by=cast.chenan)
    with pytest.raises(Stale):
        verbs.annul_call(call, reason="记错了", by=cast.chenan, version=9)
    verbs.annul_call(call, reason="记错了", by=cast.wumin)
    call.refresh_from_db()
    contact = Activity.objects.get()
    assert contact.is_annulled and contact.annulled_reason == "记错了"
    assert (Task.objects.get().state, call.annulled_by, call.is_waiting) == ("dropped", cast.wumin, False)
    assert verbs.annul_call(call, reason="再一次", by=cast.wumin).annulled_reason == "记错了"
    with pytest.raises(Forbidden):
        verbs.annul_call(call, reason="记错了", by=cast.lina)


def test_a_contact_that_comes_from_a_call_is_not_changed_beside_it(cast: Cast, customer: Customer) -> None:
    call = verbs.take_call(by=cast.chenan, customer=customer, matter="要报价", reply="已报")
    assert call.activity is not None
    with pytest.raises(Refused):
        verbs.edit_activity(call.activity, by=cast.chenan, result="别的")
    verbs.annul_activity(call.activity, reason="没说清", by=cast.chenan)
    call.refresh_from_db()
    verbs.annul_call(call, reason="记错了", by=cast.chenan)
    assert Activity.objects.get().annulled_reason == "没说清"


def test_calls_follow_their_customer_into_a_merger_and_back(cast: Cast, customer: Customer) -> None:
    call = verbs.take_call(by=cast.chenan, customer=customer, matter="要报价", reply="已报")
    kept = customers.add_customer(name="宁波甬江机电", by=cast.chenan)
    merge = customers.merge_customers(kept, merged=customer, by=cast.chenan)
    call.refresh_from_db()
    assert call.customer == kept
    customers.unmerge(merge, by=cast.chenan)
    call.refresh_from_db()
    assert call.customer == customer


def test_the_register_is_narrowed_by_everything_it_shows(cast: Cast, customer: Customer) -> None:
    mine = verbs.take_call(
        by=cast.chenan, customer=customer, name="许明华", phone="13812345678", matter="问价", reply="好"
    )
    late = verbs.take_call(
        by=cast.wangfang, name="王工", matter="投诉", owner=cast.chenan, due_on=organisation().today
    )
    over = verbs.take_call(by=cast.wangfang, colleague=cast.lina, matter="要样品", reply="已发")
    verbs.annul_call(over, reason="记错了", by=cast.wangfang)

    def found(**asked: str) -> list[int]:
        return sorted(CallLens.read(asked, cast.wangfang).calls.values_list("pk", flat=True))

    assert found() == [mine.pk, late.pk, over.pk]
    assert found(q="许明华") == found(q="5678") == found(customer=str(customer.pk)) == [mine.pk]
    assert found(q="13812345678") == []  # the desk sees numbers masked: only the last four find
    assert sorted(CallLens.read({"q": "13812345678"}, cast.chenan).calls) == [mine]
    assert found(caller="colleague") == found(state="annulled") == [over.pk]
    assert found(state="waiting") == found(follower="chenan") == [late.pk]
    assert found(state="overdue") == found(state="ended") == []
    assert found(owner="chenan") == found(unit=cast.chenan.unit.code) == [mine.pk]
    assert CallLens.read({"state": "gone"}, cast.wangfang).problems == ("state",)


def test_one_sees_what_one_answered_and_what_one_is_to_follow_up(cast: Cast) -> None:
    said = {"name": "王工", "matter": "投诉", "owner": cast.lina, "due_on": tomorrow()}
    call = verbs.take_call(by=cast.chenan, **said)
    seen = {
        name: PhoneCall.objects.visible_to(getattr(cast, name)).filter(pk=call.pk).exists()
        for name in ("chenan", "lina", "zhangwei", "maxiao", "wumin", "wangfang", "yanzheng", "gaoming")
    }
    assert [name for name, there in seen.items() if there] == [
        *("chenan", "lina", "wumin", "wangfang", "yanzheng")
    ]


def test_a_caller_is_found_by_number_and_name_as_far_as_one_sees(cast: Cast, customer: Customer) -> None:
    assert [one.name for one in callers("许明华", cast.chenan)] == ["许明华"]
    assert [(one.name, one.phone and one.phone.text) for one in callers("13812345678", cast.chenan)] == [
        ("许明华", "138 1234 5678")
    ]
    assert [(one.name, one.phone and one.phone.text) for one in callers("5678", cast.wangfang)] == [
        ("许明华", "138****5678")
    ]
    assert callers("13812345678", cast.maxiao) == [] == callers("1", cast.chenan)
    assert [one.token for one in callers("李娜", cast.chenan)] == [f"colleague-{cast.lina.pk}"]
    assert with_number("+8613812345678", cast.chenan) == customer.contacts.get()
    assert with_number("+8657487654321", cast.chenan) == customer
    assert with_number("+8613812345678", cast.maxiao) is None is with_number("", cast.chenan)


def test_a_call_stands_in_the_draft_of_its_takers_day_log(cast: Cast, customer: Customer) -> None:
    verbs.take_call(by=cast.chenan, customer=customer, name="许明华", matter="样件何时到", reply="周一")
    found = draft(cast.chenan, organisation().today, organisation()).stops
    assert [(stop["customer"], stop["persons"], stop["result"]) for stop in found] == [
        ("宁波甬江机电有限公司", "许明华", "样件何时到\n周一")
    ]


def test_each_call_is_one_filled_in_card_whether_or_not_it_is_a_contact(
    cast: Cast, customer: Customer
) -> None:
    verbs.take_call(by=cast.chenan, customer=customer, matter="样件何时到", reply="周一")
    verbs.take_call(by=cast.wangfang, colleague=cast.lina, matter="要样品", reply="已发")
    verbs.log_activity(kind="call", by=cast.chenan, customer=customer, result="回访")
    form, now, day = Form.objects.get(code="F13"), clock.now(), timedelta(days=1)
    calendar = organisation().calendar.work_calendar()
    asked = Asked(
        since=now - day, until=now + day, known=now + day, calendar=calendar, zone=organisation().zone
    )
    assert tallies([form], asked)[form.pk].by_person == {cast.chenan.pk: 2, cast.wangfang.pk: 1}
