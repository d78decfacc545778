"""The few rows of a single act: put in or changed in one statement, locked rows written back column by column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from loudou.catalog.models import Product
from loudou.journal.lines import put_lines, write_back
from loudou.journal.record import lock
from tests import make
from tests.cast import Cast

COLUMNS = ("code", "name", "name_key", "family", "measure", "currency", "list_price", "extra", "version")


def _line(number: int, name: str = "机床", price: Decimal | None = None) -> tuple[Any, ...]:
    return (f"P{number}", name, "", "", "台", "CNY", price, {"颜色": '红\t"\\N'}, 1)


def test_lines_go_in_and_tell_their_keys_in_order(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        keys = put_lines(Product, COLUMNS, [_line(2, price=Decimal("12.50")), _line(1)])
    rows = [Product.objects.get(pk=key) for key in keys]
    assert [(row.code, row.name, row.list_price) for row in rows] == [
        ("P2", "机床", Decimal("12.50")),
        ("P1", "机床", None),
    ]
    assert rows[0].extra == {"颜色": '红\t"\\N'}


def test_no_lines_ask_nothing(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert put_lines(Product, COLUMNS, []) == []


def test_more_lines_than_go_at_once_go_in_turn(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loudou.journal.lines._AT_ONCE", 2)
    keys = put_lines(Product, COLUMNS, [_line(number) for number in range(5)])
    assert [Product.objects.get(pk=key).code for key in keys] == ["P0", "P1", "P2", "P3", "P4"]


def test_a_line_that_is_there_is_changed(db: None) -> None:
    (key,) = put_lines(Product, COLUMNS, [_line(1)])
    again = put_lines(Product, COLUMNS, [_line(1, "铣床", Decimal(3)), _line(2)], over=("code",))
    assert again[0] == key
    assert list(Product.objects.order_by("code").values_list("name", "list_price")) == [
        ("铣床", Decimal(3)),
        ("机床", None),
    ]


def test_only_what_changed_since_the_lock_is_written(cast: Cast) -> None:
    deal = make.deal(cast.chenan, amount=100)
    fresh = lock(deal)
    type(deal).objects.filter(pk=deal.pk).update(title="Meanwhile, by the same act")
    fresh.amount, fresh.expected_on, fresh.extra["colour"] = Decimal("7.25"), date(2026, 3, 1), "red"
    write_back(fresh)
    stored = type(deal).objects.get(pk=deal.pk)
    assert (stored.amount, stored.expected_on, stored.extra) == (
        Decimal("7.25"),
        date(2026, 3, 1),
        {"colour": "red"},
    )
    assert stored.title == "Meanwhile, by the same act"


def test_written_twice_the_second_time_counts_from_the_first(cast: Cast) -> None:
    fresh = lock(make.deal(cast.chenan))
    fresh.next_step = "call"
    write_back(fresh)
    fresh.next_step = ""
    write_back(fresh)
    assert type(fresh).objects.get(pk=fresh.pk).next_step == ""


def test_a_row_nobody_locked_is_saved_whole(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    deal.title = "Another title"
    write_back(deal)
    assert type(deal).objects.get(pk=deal.pk).title == "Another title"


def test_what_did_not_change_asks_nothing(db: None, django_assert_num_queries: Any) -> None:
    (key,) = put_lines(Product, COLUMNS, [_line(1)])
    row = lock(Product(pk=key))
    del row.extra
    with django_assert_num_queries(0):
        write_back(row)
