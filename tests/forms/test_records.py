"""What is handed in: checked, never changed, corrected by editions, read, used, doubted, signed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from loudou.customers import verbs as customers
from loudou.forms import verbs
from loudou.forms.figures.fields import Wrong, checked, shown
from loudou.forms.models import Form, FormRecord, Reading
from loudou.forms.verbs import Filled
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.queries import organisation
from loudou.signoff.models import Request
from tests import make
from tests.cast import Cast
from tests.forms.making import field, filled, issued
from tests.make import day, instant

EVERY = (
    field("text", required=True, least=2, most=5),
    field("long", "long"),
    field("number", "number", least=0, most=10),
    field("money", "money"),
    field("date", "date", rule="past"),
    field("later", "date", rule="future"),
    field("one", "choice", choices=("a", "b")),
    field("many", "multi", choices=("a", "b", "c")),
    field("person", "person"),
    field("customer", "customer"),
    field("deal", "deal"),
    field("place", "place"),
)
TODAY = day("2026-04-15")


@pytest.mark.parametrize(
    ("code", "raw", "kept"),
    [
        ("text", "  a  b ", "a b"),
        ("long", " a\r\nb ", "a\nb"),
        ("number", "1,000.50", None),
        ("number", "10", "10"),
        ("number", "1e1", "10"),
        ("number", "1.23456", None),
        ("number", "-1", None),
        ("number", "NaN", None),
        ("number", "eleven", None),
        ("money", "12万", "120000.00"),
        ("money", "1.005", None),
        ("money", "1e30", None),
        ("money", "Infinity", None),
        ("date", "2026-04-15", "2026-04-15"),
        ("date", "2026-04-16", None),
        ("date", "1989-04-16", None),
        ("date", "gestern", None),
        ("later", "2026-04-14", None),
        ("one", "b", "b"),
        ("one", "c", None),
        ("one", ["a"], None),
        ("many", ["c", "a"], ["a", "c"]),
        ("many", "b", ["b"]),
        ("many", ["d"], None),
        ("many", [["a"]], None),
        ("text", "x", None),
        ("text", "x" * 6, None),
        ("text", True, None),
        ("text", {"a": 1}, None),
        ("text", "", None),
        ("text", "a\x00b", None),
        ("place", "x" * 201, None),
        ("long", "x" * 1_000_000, None),
        ("long", "\ud800", None),
    ],
)
def test_answers(code: str, raw: Any, kept: Any) -> None:
    asked = next(one for one in EVERY if one.code == code)
    if kept is None:
        with pytest.raises(Wrong):
            checked(asked, raw, today=TODAY)
    else:
        assert checked(asked, raw, today=TODAY) == kept


def test_answers_as_text() -> None:
    asked = {one.code: one for one in EVERY}
    assert shown(asked["many"], ["a", "c"]) == "a、c"
    assert (shown(asked["one"], "z"), shown(asked["text"], None)) == ("z", "")
    assert shown(asked["deal"], {"id": 1, "name": "产线"}) == "产线"
    assert checked(asked["long"], None, today=TODAY) is None


@pytest.fixture
def form(cast: Cast) -> Form:
    return issued(cast)


def test_it_keeps_whom_it_is_about(cast: Cast) -> None:
    form = issued(cast, fields=EVERY)
    customer = customers.add_customer(name="宁波甬江机电", by=cast.chenan)
    deal = make.deal(cast.chenan, customer=customer)
    made = verbs.fill_form(form, Filled({"text": "abc", "deal": deal, "person": cast.lina}), by=cast.chenan)
    assert (made.customer, made.deal) == (customer, deal)
    assert made.answers["deal"] == {"id": deal.pk, "name": deal.title}
    for answers in (
        {"text": "abc", "customer": customers.add_customer(name="别区客户", by=cast.maxiao)},
        {"text": "abc", "customer": "宁波"},
        {"text": "abc", "strange": "x"},
        {"text": ""},
    ):
        with pytest.raises(Refused):
            verbs.fill_form(form, Filled(answers), by=cast.chenan)
    tomorrow = organisation().today + timedelta(days=1)
    with pytest.raises(Refused):
        verbs.fill_form(form, Filled({"text": "abc"}, day=tomorrow), by=cast.chenan)


def test_a_row_that_must_be_named_is(cast: Cast) -> None:
    form = issued(cast, fields=(field("who", "person", required=True),))
    with pytest.raises(Refused) as refusal:
        verbs.fill_form(form, Filled({}), by=cast.chenan)
    assert refusal.value.field == "who"


def test_twice_sent_it_is_there_once_and_its_minutes_are_measured(cast: Cast, form: Form) -> None:
    now = clock.now()
    said = {"market": "甬江机电月底扩产，正在比价"}
    one = verbs.fill_form(form, Filled(said, now - timedelta(minutes=4), "k1"), by=cast.chenan)
    two = verbs.fill_form(form, Filled(said, now, "k1"), by=cast.chenan)
    assert one.pk == two.pk
    assert one.minutes is not None
    assert Decimal("4.0") <= one.minutes <= Decimal("4.2")
    for begun in (now - timedelta(days=1), now + timedelta(hours=1)):
        assert verbs.fill_form(form, Filled(said, begun), by=cast.chenan).minutes is None


def test_a_correction_is_a_further_edition_with_a_reason(cast: Cast, form: Form) -> None:
    first = filled(form, cast.chenan)
    said = Filled({"market": "更正：扩产推迟到明年"})
    with pytest.raises(Refused):
        verbs.correct_record(first, said, reason=" ", by=cast.chenan)
    second = verbs.correct_record(first, said, reason="听错了日期", by=cast.chenan)
    first.refresh_from_db()
    assert (first.replaced, first.answers["market"][:2]) == (True, "甬江")
    assert (second.code, second.edition, second.origin_id) == (first.code, 2, first.pk)
    assert second.submitted_at == first.submitted_at
    with pytest.raises(Refused):
        verbs.correct_record(first, said, reason="再改", by=cast.chenan)
    with pytest.raises(Forbidden):
        verbs.correct_record(second, said, reason="替人改", by=cast.lina)
    assert FormRecord.objects.current().filter(code=first.code).get() == second


def test_a_reader_counts_and_a_bystander_does_not(cast: Cast, form: Form) -> None:
    made = filled(form, cast.chenan)
    assert not verbs.read_record(made, by=cast.chenan).pk  # one's own is no reading
    assert not verbs.read_record(made, by=cast.qianjin).is_meant
    made.refresh_from_db()
    assert made.opened_at is None
    verbs.read_record(made, by=cast.wumin)
    verbs.read_record(made, by=cast.wumin)
    made.refresh_from_db()
    assert made.opened_at is not None
    assert Reading.objects.filter(record=made).count() == 2
    with pytest.raises(Forbidden):
        verbs.read_record(made, by=cast.lina)


def test_who_uses_it_says_what_for(cast: Cast, form: Form) -> None:
    made = filled(form, cast.chenan)
    with pytest.raises(Refused):
        verbs.use_record(made, use="dinner", note="x", by=cast.wumin)
    with pytest.raises(Refused):
        verbs.use_record(made, use="meeting", note="自己引用自己", by=cast.chenan)
    used = verbs.use_record(made, use="meeting", note="周会上定了报价策略", by=cast.wumin)
    again = verbs.use_record(made, use="decision", note="据此降价", by=cast.wumin)
    made.refresh_from_db()
    assert (again.pk, again.used_at, made.used_at) == (used.pk, used.used_at, used.used_at)


def test_what_cannot_be_verified_is_flagged_once(cast: Cast, form: Form) -> None:
    made = filled(form, cast.chenan)
    verbs.doubt_record(made, reason="客户称无人来访", by=cast.wangfang)
    verbs.doubt_record(made, reason="再次致电无人承认", by=cast.wangfang)
    made.refresh_from_db()
    assert made.flags == ["unverified"]
    with pytest.raises(Forbidden):
        verbs.doubt_record(made, reason="互相举报", by=cast.lina)


def test_the_superior_signs_with_an_opinion(cast: Cast) -> None:
    form = issued(cast, signed=True)
    made = filled(form, cast.chenan)
    corrected = verbs.correct_record(made, Filled({"market": "扩产推迟"}), reason="日期听错", by=cast.chenan)
    assert Request.objects.about(made).waiting().count() == 0
    asked = Request.objects.about(corrected).waiting().get()
    verbs.refuse_record(asked, opinion="请补上对方的联系人姓名", by=cast.wumin)
    corrected.refresh_from_db()
    assert (corrected.returned_at is not None, corrected.opened_at is not None) == (True, True)
    third = verbs.correct_record(
        corrected, Filled({"market": "扩产推迟，许明华说的"}), reason="补联系人", by=cast.chenan
    )
    asked = Request.objects.about(third).waiting().get()
    verbs.confirm_record(asked, opinion="有出处了，下周把竞品报价也问来", by=cast.wumin)
    third.refresh_from_db()
    assert third.signed_at is not None
    with pytest.raises(Refused):
        verbs.correct_record(third, Filled({"market": "又改"}), reason="改", by=cast.chenan)


def test_who_takes_it_out_is_on_record(cast: Cast, form: Form) -> None:
    made = filled(form, cast.chenan)
    verbs.print_record(made, by=cast.wumin)
    verbs.take_out_records(form, count=1, kind="csv", asked={"form": "M1"}, by=cast.wumin)
    told = Entry.objects.filter(event__in=("form.printed", "form.taken_out")).order_by("id")
    assert [entry.subject_id for entry in told] == [made.pk, form.pk]


def test_the_first_of_two_at_once_is_kept(cast: Cast, form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"market": "甬江机电月底扩产，正在比价"}
    first = verbs.fill_form(form, Filled(said, key="k1"), by=cast.chenan)
    monkeypatch.setattr("loudou.forms.verbs.filling._sent_before", lambda author, key: None)
    assert verbs.fill_form(form, Filled(said, key="k1"), by=cast.chenan).pk == first.pk


def test_copied_text_and_many_at_once_are_flagged(cast: Cast, form: Form) -> None:
    text = "甬江机电月底扩产，正在找两家供应商比价，设备科希望样机先到"
    assert filled(form, cast.chenan, market=text).flags == []
    assert filled(form, cast.chenan, market=text + "。").flags == ["near_duplicate"]
    assert filled(form, cast.lina, market=text).flags == []
    for number in range(3):
        filled(form, cast.chenan, market=f"第{number}条")
    assert filled(form, cast.chenan, market="最后一条").flags == ["batch_filled"]


def test_another_place_than_the_visit_is_flagged(cast: Cast) -> None:
    from loudou.fieldwork.models import VisitPlan

    form = issued(cast, fields=(field("customer", "customer"), field("place", "place")))
    customer = customers.add_customer(name="宁波甬江机电", by=cast.chenan, region="宁波")
    now = clock.now()
    VisitPlan.objects.create(
        code="V1",
        owner=cast.chenan,
        unit=cast.chenan.unit,
        customer=customer,
        starts_at=now,
        day=organisation().today,
        place="宁波北仑",
        known_at=now,
        approved_at=now,
        executed_at=now,
    )

    def flags(place: str) -> list[str]:
        return list(
            verbs.fill_form(form, Filled({"customer": customer, "place": place}), by=cast.chenan).flags
        )

    assert flags("北仑") == []
    assert flags("杭州余杭") == ["place_mismatch"]
    assert flags("") == []


def test_nobody_is_in_two_regions_within_an_hour(cast: Cast) -> None:
    from loudou.fieldwork import verbs as fieldwork

    form = issued(cast, fields=(field("customer", "customer"), field("place", "place")))
    here = customers.add_customer(name="宁波甬江机电", by=cast.chenan, region="宁波")
    there = customers.add_customer(name="合肥长虹", by=cast.chenan, region="合肥")
    fieldwork.log_activity(kind="visit", by=cast.chenan, customer=there, contact="许明华", result="看样机")
    made = verbs.fill_form(form, Filled({"customer": here}), by=cast.chenan)
    assert "impossible_travel" in made.flags
    assert "impossible_travel" not in verbs.fill_form(form, Filled({"customer": there}), by=cast.chenan).flags


def test_records_of_elsewhere_keep_their_times_and_go_back(cast: Cast, form: Form) -> None:
    customer = customers.add_customer(name="宁波甬江机电", by=cast.chenan)
    at = instant("2026-04-03 18:00")
    said: dict[str, Any] = {"submitted_at": at, "answers": {"market": "旧系统的记录", "mood": "up"}}
    made = verbs.import_record(
        form, author=cast.chenan, by=None, customer=customer, reader=cast.wumin, read_at=at, **said
    )
    assert made is not None
    assert (made.day, made.opened_at, made.customer) == (day("2026-04-03"), at, customer)
    assert verbs.import_record(form, author=cast.chenan, by=None, **said) is None
    for wrong in ({"market": "x", "strange": "y"}, {"mood": "sideways"}):
        with pytest.raises(Refused):
            verbs.import_record(form, author=cast.lina, submitted_at=at, answers=wrong, by=None)
    with pytest.raises(Refused):
        verbs.import_record(Form.objects.get(code="F08"), author=cast.lina, submitted_at=at, by=None)
    filled, later = (
        verbs.import_record(form, author=cast.lina, by=None, submitted_at=when)
        for when in (at, at + timedelta(days=1))
    )
    assert filled is not None and later is not None
    FormRecord.objects.exclude(pk=filled.pk).update(channel="import")
    verbs.withdraw_records([made.pk, filled.pk], by=None)
    assert set(FormRecord.objects.all()) == {
        filled,
        later,
    }  # what no import brought stays, and what is not named
