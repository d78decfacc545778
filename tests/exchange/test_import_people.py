"""Lists of people: whoever is named at one company becomes a contact of one customer."""

from __future__ import annotations

from pathlib import Path

import pytest

from loudou.customers import verbs
from loudou.customers.models import Contact, Customer
from loudou.exchange.importing.handing import Order, hand_in
from tests.cast import Cast
from tests.exchange.test_import_formats import bring, outcome

HUBSPOT = "Record ID,First Name,Last Name,Email,Phone Number,Job Title,Company Name,Contact owner\n"
ADA = "7,Ada,Byron,ada@acme.example,+86 138 0013 8011,Engineer,Acme Ltd,chenan\n"
BOB = "8,Bob,Boole,bob@acme.example,+86 138 0013 8012,Buyer,Acme Ltd,lina\n"
EVE = "9,Eve,Euler,eve@other.example,,,Other Ltd,lina\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def told(customer: str) -> dict[str, str]:
    """The contacts of a customer and their phones."""
    return dict(Contact.objects.filter(customer__name=customer).values_list("name", "phone"))


def test_two_people_of_one_company_are_one_customer(cast: Cast, file: Path) -> None:
    assert outcome(bring(file, "customers", HUBSPOT + ADA + EVE + BOB, dry=True)) == (2, 1, 0, 0)
    assert not Customer.objects.exists()
    assert outcome(bring(file, "customers", HUBSPOT + ADA + EVE + BOB)) == (2, 1, 0, 0)
    assert told("Acme Ltd") == {"Ada Byron": "+8613800138011", "Bob Boole": "+8613800138012"}
    assert told("Other Ltd") == {"Eve Euler": ""}
    acme = Customer.objects.get(name="Acme Ltd")
    assert (acme.owner, acme.phone) == (cast.chenan, "")
    assert outcome(bring(file, "customers", HUBSPOT + ADA + EVE + BOB)) == (0, 0, 3, 0)
    assert outcome(bring(file, "customers", HUBSPOT + BOB + ADA)) == (0, 0, 2, 0)
    acme.refresh_from_db()
    assert (acme.owner, acme.version, Contact.objects.count()) == (cast.chenan, 1, 3)


def test_somebody_who_comes_later_joins_them(cast: Cast, file: Path) -> None:
    bring(file, "customers", HUBSPOT + ADA)
    assert outcome(bring(file, "customers", HUBSPOT + BOB + ADA)) == (0, 1, 1, 0)
    assert set(told("Acme Ltd")) == {"Ada Byron", "Bob Boole"}


def test_a_company_that_is_there_takes_them_in_and_stays_as_it_is(cast: Cast, file: Path) -> None:
    bring(file, "customers", "Record ID,Company name,Company owner\n7,Acme Ltd,zhangwei\n")
    assert outcome(bring(file, "customers", HUBSPOT + ADA + BOB)) == (0, 2, 0, 0)
    assert Customer.objects.get().owner == cast.zhangwei
    assert len(told("Acme Ltd")) == 2


def test_a_company_renamed_here_keeps_its_name_and_its_people(cast: Cast, file: Path) -> None:
    bring(file, "customers", HUBSPOT + ADA + BOB)
    verbs.edit_customer(Customer.objects.get(), name="艾科", by=cast.chenan)
    assert outcome(bring(file, "customers", HUBSPOT + ADA + BOB)) == (0, 0, 2, 0)
    assert Customer.objects.get().name == "艾科"


def test_which_of_two_companies_of_one_name_nobody_can_say(cast: Cast, file: Path) -> None:
    for code in ("A1", "A2"):
        verbs.add_customer(name="Acme Ltd", code=code, by=cast.chenan)
    result = bring(file, "customers", HUBSPOT + ADA + BOB)
    assert outcome(result) == (1, 1, 0, 0)
    assert [note.column for note in result.notes] == ["name"]
    assert Customer.objects.count() == 3 and len(told("Acme Ltd")) == 2


def test_files_without_ids_say_it_by_the_name_alone(cast: Cast, file: Path) -> None:
    pipedrive = "Person - Name*,Person - Email (Work),Organization - Name*,Organization - Address\n"
    rows = "Tony Turner,tony@moveer.example,Moveer,Fincham Road\nTina Turner,,Moveer,Fincham Road\n"
    assert outcome(bring(file, "customers", pipedrive + rows)) == (1, 1, 0, 0)
    assert set(told("Moveer")) == {"Tony Turner", "Tina Turner"}
    assert outcome(bring(file, "customers", pipedrive + rows)) == (0, 0, 2, 0)


def test_a_chinese_list_too_but_not_where_places_differ(cast: Cast, file: Path) -> None:
    rows = (
        "甬江物业,张经理,13800138011,宁波\n甬江物业,李主管,13800138012,宁波\n甬江物业,王总,13800138013,绍兴\n"
    )
    assert outcome(bring(file, "customers", "名称,联系人,手机,地址\n" + rows)) == (2, 1, 0, 0)
    assert sorted(Customer.objects.values_list("address", flat=True)) == ["宁波", "绍兴"]
    assert Contact.objects.filter(customer__address="宁波").count() == 2


def test_people_who_are_customers_themselves_stay_apart(cast: Cast, file: Path) -> None:
    rows = "张伟,张伟,13800138011\n张伟,张伟,13800138012\n"
    assert outcome(bring(file, "customers", "名称,联系人,电话\n" + rows)) == (2, 0, 0, 0)


def test_a_row_that_tells_of_the_company_takes_the_others_along(cast: Cast, file: Path) -> None:
    head = "名称,联系人,电话\n"
    rows = "甬江物业,张经理,keine\n甬江物业,李主管,13800138012\n"
    result = bring(file, "customers", head + rows)
    assert outcome(result) == (0, 0, 0, 2)
    assert [(note.line, note.column) for note in result.notes] == [(2, "phone"), (3, "name")]
    assert "2" in result.notes[1].reason
    assert not Customer.objects.exists()


def test_a_person_who_cannot_be_added_is_refused_the_company_stays(cast: Cast, file: Path) -> None:
    result = bring(file, "customers", HUBSPOT + ADA + BOB.replace("+86 138 0013 8012", "keine"))
    assert outcome(result) == (1, 0, 0, 1)
    assert [(note.line, note.column) for note in result.notes] == [(3, "contact_phone")]
    assert set(told("Acme Ltd")) == {"Ada Byron"}


def test_a_company_somebody_may_not_see_is_not_theirs_to_add_to(cast: Cast, file: Path) -> None:
    verbs.add_customer(name="Acme Ltd", by=cast.sunqiang)
    file.write_text(HUBSPOT + ADA, "utf-8")
    result = hand_in(Order("customers", file, username="chenan"), dry_run=False, all_or_nothing=False)
    assert (outcome(result), result.notes) == ((1, 0, 0, 0), [])
    assert Contact.objects.get().customer.owner == cast.chenan


def test_who_names_no_company_is_a_customer_in_person(cast: Cast, file: Path) -> None:
    alone = "10,Ida,Rhodes,ida@home.example,+86 138 0013 8013,Consultant,,chenan\n"
    nobody = "11,,,,,,,chenan\n"
    assert outcome(bring(file, "customers", HUBSPOT + alone + ADA + nobody)) == (2, 0, 0, 1)
    ida = Customer.objects.get(name="Ida Rhodes")
    assert (ida.kind, ida.phone, ida.owner) == ("person", "+8613800138013", cast.chenan)
    contact = Contact.objects.get(customer=ida)
    assert (contact.name, contact.email, contact.phone) == ("Ida Rhodes", "ida@home.example", ida.phone)
    assert outcome(bring(file, "customers", HUBSPOT + alone + ADA + nobody)) == (0, 0, 2, 1)
    assert Customer.objects.get(name="Acme Ltd").kind == "company"


def test_a_list_that_has_no_companies_is_one_of_customers_in_person(cast: Cast, file: Path) -> None:
    header = "Record ID,First Name,Last Name,Email,Phone Number,Associated Company IDs\n"
    rows = "12,Ida,Rhodes,ida@home.example,+86 138 0013 8013,\n"
    assert outcome(bring(file, "customers", header + rows)) == (1, 0, 0, 0)
    contact = Contact.objects.select_related("customer").get()
    assert (contact.customer.kind, contact.customer.name, contact.email) == (
        "person",
        "Ida Rhodes",
        "ida@home.example",
    )


def test_the_same_in_a_list_without_ids(cast: Cast, file: Path) -> None:
    pipedrive = "Person - Name*,Person - Phone,Organization - Name*\n"
    rows = "Tony Turner,13800138014,\nTina Turner,13800138015,Moveer\n"
    assert outcome(bring(file, "customers", pipedrive + rows)) == (2, 0, 0, 0)
    assert set(Customer.objects.values_list("name", "kind")) == {
        ("Tony Turner", "person"),
        ("Moveer", "company"),
    }
    assert outcome(bring(file, "customers", pipedrive + rows)) == (0, 0, 2, 0)


def test_a_list_of_companies_still_asks_for_their_names(cast: Cast, file: Path) -> None:
    result = bring(file, "customers", "名称,联系人,电话\n,张经理,13800138011\n")
    assert outcome(result) == (0, 0, 0, 1)
    assert [note.column for note in result.notes] == ["name"]
