"""Many rows at once: COPY, columns back in one statement, history of all of them."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from loudou.catalog.models import Product
from loudou.journal.bulk import copy_in, mould, reserve_keys, update_rows
from loudou.journal.models import Entry
from loudou.journal.record import acting, record_each
from loudou.journal.verify import verify
from loudou.people import events
from loudou.people.models import User
from loudou.pipeline.models import Deal
from tests.cast import Cast


def _product(number: int, **values: object) -> Product:
    return Product(code=f"P{number}", name=f"机床 {number}", name_key="", **values)


def test_rows_go_in_as_they_stand(db: None) -> None:
    rows = [
        _product(1, list_price=Decimal("12.50"), extra={"颜色": "红\t\n\\N"}),
        _product(2),
    ]
    assert copy_in(Product, rows) == 2
    first, second = Product.objects.order_by("code")
    assert (first.list_price, first.extra) == (Decimal("12.50"), {"颜色": "红\t\n\\N"})
    assert (second.list_price, second.extra, second.version) == (None, {}, 1)


def test_keys_can_be_brought_along(db: None) -> None:
    keys = reserve_keys(Product, 2)
    copy_in(Product, [_product(number, id=key) for number, key in enumerate(keys)], with_keys=True)
    assert sorted(Product.objects.values_list("pk", flat=True)) == sorted(keys)
    assert reserve_keys(Product, 1)[0] > max(keys)


def test_changed_columns_go_back_in_one_statement(db: None, django_assert_num_queries: object) -> None:
    copy_in(Product, [_product(1), _product(2)])
    rows = list(Product.objects.order_by("code"))
    rows[0].name, rows[0].cost, rows[0].extra = "铣床", Decimal("3.20"), {"a": 1}
    rows[1].name = "车床"
    with django_assert_num_queries(1):  # type: ignore[operator]
        update_rows(Product, rows, ["name", "cost", "extra"])
    again = list(Product.objects.order_by("code"))
    assert [(row.name, row.cost, row.extra) for row in again] == [
        ("铣床", Decimal("3.20"), {"a": 1}),
        ("车床", None, {}),
    ]
    update_rows(Product, [], ["name"])


def test_lists_cannot_be_written_that_way(cast: Cast) -> None:
    with pytest.raises(TypeError):
        update_rows(User, [cast.chenan], ["roles"])


def test_each_of_many_has_its_entry_in_the_chain(cast: Cast) -> None:
    people = [cast.chenan, cast.lina]
    with acting():
        record_each(events.EDITED, [(user, {"code": user.username}) for user in people], by=cast.linjing)
    entries = Entry.objects.order_by("-id")[:2]
    assert {(entry.subject_id, entry.particulars["code"], entry.actor_id) for entry in entries} == {
        (user.pk, user.username, cast.linjing.pk) for user in people
    }
    assert verify().good


def test_what_is_undone_leaves_no_entry(cast: Cast) -> None:
    before = Entry.objects.count()
    with acting():
        with contextlib.suppress(ValueError), acting():
            record_each(events.EDITED, [(cast.lina, {})], by=None)
            raise ValueError
        record_each(events.EDITED, [(cast.chenan, {})], by=None)
    assert Entry.objects.count() == before + 1


def test_history_is_written_inside_an_act(cast: Cast) -> None:
    with pytest.raises(RuntimeError):
        record_each(events.EDITED, [(cast.lina, {})], by=None)


def test_rows_of_a_mould_are_rows_like_others(cast: Cast) -> None:
    make = mould(Deal, title="甲")
    one, other = make(code="D1", owner_id=cast.chenan.pk), make(code="D2", extra={"a": 1})
    assert (one.pk, one.title, one.code, one.owner, one._state.adding) == (
        None,
        "甲",
        "D1",
        cast.chenan,
        True,
    )
    one.extra["b"] = 2
    assert (other.extra, make().extra, Deal(title="甲").extra) == ({"a": 1}, {}, {})
    plain = Deal(title="甲", code="D1", owner_id=cast.chenan.pk)
    names = [field.attname for field in Deal._meta.concrete_fields if field.name not in ("extra",)]
    assert [getattr(one, name) for name in names] == [getattr(plain, name) for name in names]


def test_what_the_database_refuses_is_said_as_of_any_statement(db: None) -> None:
    """So that whoever tries again after a clash, or waits for a database that is away, knows it for what it is."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        copy_in(Product, [_product(1), _product(1)])
    assert isinstance(refused.value.__cause__, UniqueViolation)
    assert not Product.objects.exists()
