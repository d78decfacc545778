"""The few rows of a single act: put in or changed in one statement, locked rows written back column by column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from loudou.catalog.models import Product
from loudou.journal.lines import Part, put_lines, put_whole, write_back
from loudou.journal.record import lock
from loudou.pipeline.models import Deal, TeamMember
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


TEAM = ("deal_id", "user_id", "share", "task")


def _team(deal: Deal) -> dict[int, tuple[int, str]]:
    """Who works on it, by key: the row's own key, which stays as long as the row, and the task."""
    rows = TeamMember.objects.filter(deal=deal).values_list("user_id", "pk", "task")
    return {user: (key, task) for user, key, task in rows}


def test_a_whole_is_made_what_is_said_in_one_statement(cast: Cast, django_assert_num_queries: Any) -> None:
    deal, other = make.deal(cast.chenan), make.deal(cast.chenan)
    TeamMember.objects.create(deal=other, user=cast.lina)
    first, same, added = cast.lina.pk, cast.sunqiang.pk, cast.wumin.pk
    begun = [(deal.pk, one, Decimal(0), "量尺") for one in (first, same)]
    put_whole("deal_id", [], [Part(TeamMember, TEAM, "user_id", begun)])
    before = _team(deal)
    wanted = [(deal.pk, same, Decimal(0), "量尺"), (deal.pk, added, Decimal("0.2500"), "")]
    with django_assert_num_queries(1):
        put_whole("deal_id", [deal.pk], [Part(TeamMember, TEAM, "user_id", wanted)])
    after = _team(deal)
    assert set(after) == {same, added} and after[same] == before[same]
    assert TeamMember.objects.get(deal=deal, user=added).share == Decimal("0.25")
    assert set(_team(other)) == {first}


def test_only_what_differs_is_written(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    lines = [(deal.pk, cast.lina.pk, Decimal(0), "量尺"), (deal.pk, cast.sunqiang.pk, Decimal(0), "")]
    put_whole("deal_id", [deal.pk], [Part(TeamMember, TEAM, "user_id", lines)])
    before = _versions(deal)
    lines[1] = (deal.pk, cast.sunqiang.pk, Decimal(0), "安装")
    put_whole("deal_id", [deal.pk], [Part(TeamMember, TEAM, "user_id", lines)])
    after = _versions(deal)
    assert after[cast.lina.pk] == before[cast.lina.pk]
    assert after[cast.sunqiang.pk] != before[cast.sunqiang.pk]


def _versions(deal: Deal) -> dict[int, str]:
    """Where each row's present version lies in the table: another place once it was written anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT user_id, ctid::text FROM pipeline_teammember WHERE deal_id = %s", [deal.pk])
        return dict(cursor.fetchall())


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
