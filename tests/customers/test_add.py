"""Adding a customer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.customers import verbs
from loudou.customers.models import Customer, Inquiry, Term
from loudou.customers.verbs import _sure
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from tests.cast import Cast

USCC = "91110000600037341L"


def test_it_is_the_adders_own_numbered_findable_and_on_record(cast: Cast) -> None:
    customer = verbs.add_customer(
        name="宁波甬江机电有限公司", by=cast.chenan, phone="0574-87654321", uscc=USCC.lower()
    )
    assert (customer.owner, customer.unit, customer.uscc) == (cast.chenan, cast.chenan.unit, USCC)
    assert customer.code.startswith("KH-0")
    assert customer.phone == "+8657487654321"
    assert (customer.name_core, customer.name_key[:8]) == ("宁波甬江机电", "ningboyo")
    typed = (
        "甬江",
        "甬江机电有限公司",
        "yongjiang",
        "nbyj",
        "87654321",
        "4321",
        customer.code.lower(),
        USCC,
        "0574 8765 4321",
    )
    for text in typed:
        assert Customer.objects.found(text).get() == customer, text
    assert not Customer.objects.found("8765").exists()
    entry = Entry.objects.get(event="customer.added")
    assert (entry.actor, entry.subject_id) == (cast.chenan, customer.pk)


def test_what_is_told_is_kept_evened_out(cast: Cast) -> None:
    customer = verbs.add_customer(
        name="  宁波\t甬江 ",
        by=cast.chenan,
        kind="person",
        industry=" 机电 ",
        region="浙江 宁波",
        source="referral",
        grade="重要客户",
        tags=["老客户", " 老客户 ", "", "展会"],
        website="www.example.com/a?b",
        note=" 两行\n备注 ",
        created_at=clock.now() - timedelta(days=30),
        extra={"x": 1},
    )
    assert (customer.name, customer.industry, customer.grade) == ("宁波 甬江", "机电", "key")
    assert (customer.tags, customer.note, customer.extra) == (["老客户", "展会"], "两行\n备注", {"x": 1})
    assert str(customer.grade_name) in ("key customer", "重点客户")
    terms = set(Term.objects.values_list("kind", "value"))
    assert {("industry", "机电"), ("region", "浙江"), ("tag", "展会")} <= terms


def test_operations_add_for_nobody_or_for_somebody_who_hears_of_it(cast: Cast) -> None:
    assert verbs.add_customer(name="甲公司", by=cast.linjing).owner is None
    customer = verbs.add_customer(name="乙公司", by=cast.linjing, owner=cast.lina)
    assert (customer.owner, customer.unit) == (cast.lina, cast.lina.unit)
    assert Notice.objects.filter(recipient=cast.lina).exists()
    assert verbs.add_customer(name="丙公司", by=None).owner is None


def test_a_rep_does_not_add_for_others_and_a_manager_only_for_theirs(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.add_customer(name="甲公司", by=cast.chenan, owner=cast.lina)
    verbs.add_customer(name="甲公司", by=cast.wumin, owner=cast.lina)
    with pytest.raises(Forbidden):
        verbs.add_customer(name="甲公司", by=cast.wumin, owner=cast.maxiao)
    with pytest.raises(Forbidden):
        verbs.add_customer(name="甲公司", by=cast.wangfang)


def test_nothing_is_given_to_who_has_left(cast: Cast) -> None:
    cast.lina.is_active = False
    with pytest.raises(Refused) as refusal:
        verbs.add_customer(name="甲公司", by=cast.linjing, owner=cast.lina)
    assert refusal.value.field == "owner"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " \t "),
        ("name", "甲" * 201),
        ("name", "甲" * 1_000_000),
        ("name", "a\x00b"),
        ("name", "a\ud800b"),
        ("kind", "planet"),
        ("kind", None),
        ("source", "nowhere"),
        ("uscc", "123"),
        ("uscc", "91110000600037341N"),
        ("uscc", "9111000060003IOZSV"),
        ("uscc", "04595258"),
        ("phone", "12345"),
        ("phone", "9" * 100_000),
        ("website", "javascript:alert(1)"),
        ("website", "two words"),
        ("grade", "x" * 13),
        ("tags", ["a,b"]),
        ("tags", ["x" * 41]),
        ("tags", [str(number) for number in range(21)]),
        ("tags", ["a\x00"]),
        ("note", "x" * 10_001),
        ("note", "\udfff"),
        ("created_at", "yesterday"),
        ("created_at", clock.now() + timedelta(days=400_000)),
        ("extra", ["x"]),
        ("search", "'x'"),
        ("phone_verified", True),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(cast: Cast, field: str, value: object) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.add_customer(**{"name": "甲公司", "by": cast.chenan, field: value})  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert not Customer.objects.exists()


def test_empty_values_are_no_values(cast: Cast) -> None:
    empty = {
        "uscc": None,
        "phone": " ",
        "website": "",
        "created_at": "",
        "tags": None,
        "note": None,
        "industry": None,
    }
    customer = verbs.add_customer(name="甲公司", by=cast.chenan, **empty)  # type: ignore[arg-type]
    assert (customer.uscc, customer.phone, customer.created_at, customer.tags) == ("", "", None, [])


def test_a_code_is_nobodys_twice_and_made_ones_pass_over_those_taken_by_hand(cast: Cast) -> None:
    made = verbs.add_customer(name="甲公司", by=cast.chenan)
    following = f"KH-{int(made.code[3:]) + 1:06}"
    verbs.add_customer(name="乙公司", by=cast.chenan, code=following)
    assert verbs.add_customer(name="丙公司", by=cast.chenan).code == f"KH-{int(made.code[3:]) + 2:06}"
    with pytest.raises(Refused) as refusal:
        verbs.add_customer(name="丁公司", by=cast.chenan, code=following)
    assert refusal.value.field == "code"


def test_the_same_credit_code_is_refused_with_whose_it_is(cast: Cast) -> None:
    verbs.add_customer(name="宁波甬江机电", by=cast.lina, uscc=USCC)
    with pytest.raises(verbs.Taken) as known:
        verbs.add_customer(name="别的名字", by=cast.wumin, uscc=USCC)
    assert known.value.field == "uscc"
    assert "宁波甬江机电" in known.value.sentence
    assert "李娜" in known.value.sentence


def test_to_who_may_not_see_it_nothing_but_that_it_exists_is_told_and_that_is_counted(cast: Cast) -> None:
    verbs.add_customer(name="宁波甬江机电", by=cast.lina, uscc=USCC)
    with pytest.raises(verbs.Taken) as known:
        verbs.add_customer(name="别的名字", by=cast.maxiao, uscc=USCC)
    assert known.value.hidden
    assert "甬江" not in known.value.sentence
    assert "李娜" not in known.value.sentence
    assert Inquiry.objects.get(user=cast.maxiao).asked == 1
    assert Customer.objects.count() == 1


def test_a_verified_phone_is_refused_too_an_unverified_one_is_not(cast: Cast) -> None:
    first = verbs.add_customer(name="甲公司", by=cast.lina, phone="13800001111")
    verbs.add_customer(name="乙公司", by=cast.maxiao, phone="13800001111")
    verbs.verify_phone(first, by=cast.lina)
    with pytest.raises(verbs.Taken) as known:
        verbs.add_customer(name="丙公司", by=cast.maxiao, phone="138-0000-1111")
    assert (known.value.field, known.value.hidden) == ("phone", True)
    with pytest.raises(verbs.Taken) as seen:
        verbs.add_customer(name="丙公司", by=cast.linjing, phone="138-0000-1111")
    assert "甲公司" in seen.value.sentence


def test_who_tried_too_often_is_not_answered(cast: Cast) -> None:
    Inquiry.objects.create(
        user=cast.chenan,
        hour=clock.now().replace(minute=0, second=0, microsecond=0),
        asked=_sure.ASKED_AN_HOUR,
    )
    with pytest.raises(Refused):
        verbs.add_customer(name="甲公司", by=cast.chenan, uscc=USCC)
    verbs.add_customer(name="没有号码的公司", by=cast.chenan)
    verbs.add_customer(name="甲公司", by=cast.linjing, uscc=USCC)  # who sees everything learns nothing


def test_two_who_add_the_same_code_at_once_end_with_one_customer(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look finds nothing yet, the constraint does: the answer is the same."""
    from loudou.customers.verbs import keeping

    verbs.add_customer(name="甲公司", by=cast.lina, uscc=USCC)
    monkeypatch.setattr(keeping, "refuse_known", lambda *args, **options: None)
    with pytest.raises(verbs.Taken) as known:
        verbs.add_customer(name="乙公司", by=cast.linjing, uscc=USCC)
    assert known.value.field == "uscc"


def test_a_clash_whose_other_side_is_gone_by_now_is_still_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loudou.customers.verbs import _sure

    verbs.add_customer(name="先来的", by=cast.chenan, uscc=USCC)
    monkeypatch.setattr(_sure, "certain_duplicate", lambda asked, besides=None: None)
    with pytest.raises(Refused) as refusal:
        verbs.add_customer(name="后来的", by=cast.chenan, uscc=USCC)
    assert refusal.value.field == "code"
