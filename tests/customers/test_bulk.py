"""Many customers at once, under the rules of one at a time."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError

from loudou.customers import verbs
from loudou.customers.models import Contact, Customer, Inquiry, Term
from loudou.customers.verbs import _sure, bulk
from loudou.journal.models import Entry, Notice
from loudou.kernel.refusals import Forbidden, Refused
from tests.cast import Cast

USCC, OTHER = "91110000600037341L", "91310115MA1K3BTP2B"


def _told(outcomes: list[Any]) -> list[str]:
    return [outcome.field if isinstance(outcome, Refused) else outcome.name for outcome in outcomes]


def test_good_rows_are_written_and_bad_ones_refused_each_in_its_place(cast: Cast) -> None:
    verbs.add_customer(name="先来的", by=cast.lina, uscc=USCC, code="A-1")
    known = verbs.add_customer(name="电话已核实", by=cast.lina, phone="13800001111")
    verbs.verify_phone(known, by=cast.lina)
    rows = [
        {"name": "甲公司", "owner": cast.chenan, "tags": ["a", "b"], "extra": {"x": "y\t"}},
        {"name": ""},
        {"owner": cast.chenan},
        {"name": "乙公司", "code": "A-1"},
        {"name": "丙公司", "uscc": USCC},
        {"name": "丁公司", "phone": "13800001111"},
        {"name": "戊公司", "uscc": OTHER, "code": "B-1"},
        {"name": "己公司", "uscc": OTHER},
        {"name": "庚公司", "code": "B-1"},
        {"name": "辛公司", "phone": "nothing"},
        {"name": "壬公司", "colour": "red"},
    ]
    outcomes = verbs.add_customers(rows, by=cast.linjing)
    assert _told(outcomes) == [
        *("甲公司", "name", "name", "code", "uscc", "phone"),
        *("戊公司", "uscc", "code", "phone", "colour"),
    ]
    assert Customer.objects.count() == 4
    first = Customer.objects.get(name="甲公司")
    assert outcomes[0] == first
    assert (first.owner, first.unit, first.tags, first.extra) == (
        cast.chenan,
        cast.chenan.unit,
        ["a", "b"],
        {"x": "y\t"},
    )
    assert Customer.objects.found("戊公司").exists()
    assert Customer.objects.get(name="戊公司").owner is None
    assert Term.objects.filter(kind="tag", value="a").exists()


def test_their_history_is_that_of_one_at_a_time_but_nobody_is_told_of_each(cast: Cast) -> None:
    verbs.add_customers([{"name": "甲公司"}, {"name": "乙公司"}], by=cast.chenan)
    entries = Entry.objects.filter(event="customer.added")
    assert {entry.subject_id for entry in entries} == set(Customer.objects.values_list("pk", flat=True))
    assert {entry.particulars["owner"]["name"] for entry in entries} == {"陈安"}
    assert not Notice.objects.exists()


def test_a_dry_run_says_the_same_and_writes_nothing(cast: Cast) -> None:
    rows = [{"name": "甲公司", "uscc": USCC}, {"name": "乙公司", "uscc": USCC}]
    outcomes = verbs.add_customers(rows, by=cast.linjing, dry_run=True)
    assert _told(outcomes) == ["甲公司", "uscc"]
    assert not Customer.objects.exists()
    assert not Entry.objects.filter(event="customer.added").exists()
    assert verbs.add_customers([], by=cast.linjing) == []


def test_codes_made_pass_over_those_the_file_brings(cast: Cast) -> None:
    made = verbs.add_customer(name="甲公司", by=cast.chenan)
    following = f"KH-{int(made.code[3:]) + 1:06}"
    outcomes = verbs.add_customers(
        [{"name": "乙公司"}, {"name": "丙公司", "code": following}], by=cast.linjing
    )
    assert [outcome.code for outcome in outcomes if isinstance(outcome, Customer)][1] == following
    assert len(set(Customer.objects.values_list("code", flat=True))) == 3


def test_rights_hold_row_by_row(cast: Cast) -> None:
    outcomes = verbs.add_customers(
        [{"name": "甲公司", "owner": cast.lina}, {"name": "乙公司"}], by=cast.chenan
    )
    assert isinstance(outcomes[0], Forbidden)
    assert outcomes[1].owner_id == cast.chenan.pk  # type: ignore[union-attr]
    with pytest.raises(Forbidden):
        verbs.add_customers([{"name": "甲公司"}], by=cast.wangfang)


def test_hidden_customers_stay_hidden_and_rows_count_as_questions(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    verbs.add_customer(name="宁波甬江机电", by=cast.maxiao, uscc=USCC)
    outcomes = verbs.add_customers([{"name": "甲公司", "uscc": USCC}], by=cast.chenan, dry_run=True)
    assert isinstance(outcomes[0], verbs.Taken)
    assert outcomes[0].hidden
    assert Inquiry.objects.get(user=cast.chenan).asked == 1
    monkeypatch.setattr(_sure, "ROWS_A_DAY", 3)
    with pytest.raises(Refused):
        verbs.add_customers([{"name": str(number)} for number in range(3)], by=cast.chenan)
    verbs.add_customers([{"name": str(number)} for number in range(5)], by=cast.linjing)


def test_large_files_go_in_by_helpings(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_CHUNK", 2)
    outcomes = verbs.add_customers(
        [{"name": f"公司{number}", "code": f"C{number // 2}"} for number in range(5)], by=None
    )
    assert _told(outcomes) == ["公司0", "code", "公司2", "code", "公司4"]
    assert Customer.objects.count() == 3


def test_one_added_meanwhile_is_found_on_looking_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = bulk._codes_in_use
    looks: list[int] = []

    def blind_once(codes: set[str]) -> set[str]:
        looks.append(1)
        return set() if len(looks) == 1 else honest(codes)

    verbs.add_customer(name="甲公司", by=cast.lina, code="A-1")
    monkeypatch.setattr(bulk, "_codes_in_use", blind_once)
    outcomes = verbs.add_customers([{"name": "乙公司", "code": "A-1"}, {"name": "丙公司"}], by=cast.linjing)
    assert _told(outcomes) == ["code", "丙公司"]
    monkeypatch.setattr(bulk, "_codes_in_use", lambda codes: set())
    with pytest.raises(IntegrityError):
        verbs.add_customers([{"name": "丁公司", "code": "A-1"}], by=cast.linjing)


def test_a_file_of_bad_rows_writes_nothing(cast: Cast) -> None:
    assert _told(verbs.add_customers([{"name": ""}, {"name": "甲", "phone": "x"}], by=cast.linjing)) == [
        "name",
        "phone",
    ]
    assert not Customer.objects.exists()


def test_many_people_come_to_their_customers_nobody_twice(cast: Cast) -> None:
    mine = verbs.add_customer(name="甬江机电", by=cast.chenan)
    theirs = verbs.add_customer(name="恒力自动化", by=cast.maxiao)
    verbs.add_contact(mine, name="许明华", phone="13912340002", by=cast.chenan)
    rows: list[tuple[Customer, dict[str, Any]]] = [
        (mine, {"name": "郑国栋", "part": "tb", "phone": "139 1234 0001"}),
        (mine, {"name": "许明华", "phone": "13912340002"}),
        (mine, {"name": ""}),
        (mine, {"name": "罗建", "part": "king"}),
        (theirs, {"name": "别人的"}),
    ]
    wanted = ["郑国栋", "phone", "name", "part", ""]
    assert _told(verbs.add_contacts(rows, by=cast.chenan, dry_run=True)) == wanted
    assert Contact.objects.count() == 1
    outcomes = verbs.add_contacts(rows, by=cast.chenan)
    assert _told(outcomes) == wanted
    assert isinstance(outcomes[4], Forbidden)
    made = Contact.objects.found("zgd").get()
    assert (made, made.customer, made.part) == (outcomes[0], mine, "tb")
    told = Entry.objects.filter(event="contact.added").latest("id")
    assert (told.subject_id, told.actor) == (made.pk, cast.chenan)
