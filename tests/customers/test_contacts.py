"""The people at a customer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loudou.customers import verbs
from loudou.customers.models import Contact, Customer
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from tests.cast import Cast


@pytest.fixture
def customer(cast: Cast) -> Customer:
    return verbs.add_customer(name="宁波甬江机电", by=cast.chenan)


def test_somebody_there_is_kept_with_their_part_and_found(cast: Cast, customer: Customer) -> None:
    contact = verbs.add_contact(
        customer,
        name="许明华",
        by=cast.chenan,
        title="生产副总",
        part="eb",
        phone="13912340002",
        email="x@example.com",
    )
    assert (contact.phone, contact.attitude) == ("+8613912340002", "unknown")
    for typed in ("明华", "xmh", "0002", "13912340002"):
        assert Contact.objects.found(typed).get() == contact, typed
    before = customer.touched_at
    customer.refresh_from_db()
    assert customer.touched_at > before
    entry = Entry.objects.get(event="contact.added")
    assert (entry.subject_id, entry.particulars["customer"]["id"]) == (contact.pk, customer.pk)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("part", "boss"),
        ("attitude", ""),
        ("email", "no mail"),
        ("phone", "1"),
        ("wechat", "x" * 61),
        ("owner", 1),
    ],
)
def test_what_cannot_be_is_refused(cast: Cast, customer: Customer, field: str, value: object) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.add_contact(customer, **{"name": "许明华", "by": cast.chenan, field: value})  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_nobody_is_there_twice(cast: Cast, customer: Customer) -> None:
    first = verbs.add_contact(customer, name="许明华", by=cast.chenan, phone="13912340002")
    with pytest.raises(Refused) as refusal:
        verbs.add_contact(customer, name="许明华", by=cast.chenan, phone="139-1234-0002")
    assert refusal.value.field == "phone"
    verbs.add_contact(customer, name="郑国栋", by=cast.chenan, phone="13912340002")  # a phone can be shared
    verbs.mark_left(first, by=cast.chenan)
    verbs.add_contact(customer, name="许明华", by=cast.chenan, phone="13912340002")
    with pytest.raises(Refused):
        verbs.mark_back(first, by=cast.chenan)


def test_what_is_known_can_change(cast: Cast, customer: Customer) -> None:
    contact = verbs.add_contact(customer, name="许明华", by=cast.chenan)
    edited = verbs.edit_contact(contact, by=cast.wumin, name="许明", attitude="supports", part="coach")
    assert (edited.version, edited.attitude) == (2, "supports")
    assert verbs.edit_contact(contact, by=cast.wumin, name="许明").version == 2
    assert verbs.edit_contact(contact, by=cast.wumin, note="见过一次").version == 3
    with pytest.raises(Stale):
        verbs.edit_contact(contact, by=cast.chenan, version=1, title="总监")
    assert Entry.objects.filter(event="contact.edited").first().particulars["changes"]["attitude"] == [
        "unknown",
        "supports",
    ]  # type: ignore[union-attr]


def test_who_leaves_is_remembered_and_may_come_back(cast: Cast, customer: Customer) -> None:
    contact = verbs.add_contact(customer, name="老王", by=cast.chenan)
    when = clock.now() - timedelta(days=3)
    assert verbs.mark_left(contact, by=cast.chenan, at=when).left_at == when
    assert verbs.mark_left(contact, by=cast.chenan).left_at == when
    assert not Contact.objects.current().exists()
    assert verbs.mark_back(contact, by=cast.chenan).left_at is None
    assert verbs.mark_back(contact, by=cast.chenan).version == 3
    with pytest.raises(Refused):
        verbs.mark_left(contact, by=cast.chenan, at=clock.now() + timedelta(days=1))


def test_strangers_change_nobody(cast: Cast, customer: Customer) -> None:
    contact = verbs.add_contact(customer, name="老王", by=cast.chenan)
    for act in (
        lambda: verbs.add_contact(customer, name="x", by=cast.lina),
        lambda: verbs.edit_contact(contact, by=cast.lina, name="x"),
        lambda: verbs.mark_left(contact, by=cast.lina),
        lambda: verbs.mark_back(contact, by=cast.lina),
    ):
        with pytest.raises(Forbidden):
            act()


def test_whose_a_contact_is_stands_with_it_and_follows_its_customer(cast: Cast, customer: Customer) -> None:
    """Added, edited, handed over, moved along with their owner, merged, written past the verbs."""
    first = verbs.add_contact(customer, name="许明华", by=cast.chenan)
    other = verbs.add_customer(name="宁波甬江电子", by=cast.maxiao)
    second = verbs.add_contact(other, name="许明花", by=cast.maxiao)
    (mine, theirs) = ([person.pk, -person.unit_id] for person in (cast.chenan, cast.maxiao))
    assert (_marks(first), _marks(second)) == (mine, theirs)
    verbs.edit_contact(first, by=cast.chenan, title="厂长")
    assert _marks(first) == mine
    verbs.hand_over(customer, owner=cast.maxiao, by=None, reason="调整片区")
    assert _marks(first) == theirs
    verbs.merge_customers(customer, merged=other, by=None)
    assert _marks(second) == theirs
    Customer.objects.filter(pk=customer.pk).update(unit=None)
    assert _marks(first) == _marks(second) == [cast.maxiao.pk]
    Customer.objects.filter(pk=customer.pk).update(owner=None, unit=cast.chenan.unit)
    assert _marks(first) == [-cast.chenan.unit_id]
    Contact.objects.update(marks=[1])
    assert _marks(first) == [-cast.chenan.unit_id]


def _marks(contact: Contact) -> list[int]:
    return Contact.objects.values_list("marks", flat=True).get(pk=contact.pk)
