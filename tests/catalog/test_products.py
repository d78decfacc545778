"""Products: adding, changing, taking off sale."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from loudou.catalog import verbs
from loudou.catalog.models import Product
from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused, Stale
from tests.cast import Cast

PRICE, COST = Decimal("1380000.00"), Decimal("910000.00")


def test_a_product_is_numbered_and_found_by_name_pinyin_code_and_family(cast: Cast) -> None:
    product = verbs.add_product(
        name=" 柔性线  主机 ",
        by=cast.linjing,
        family="柔性产线",
        measure="套",
        list_price=PRICE,
        tax_rate=Decimal("0.13"),
    )
    assert (product.name, product.currency) == ("柔性线 主机", "CNY")
    assert product.code.startswith("CP-0")
    for typed in ("柔性", "rouxing", "rxx", product.code, "产线"):
        assert Product.objects.found(typed).get() == product, typed
    assert Entry.objects.get(event="product.added").actor == cast.linjing


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("name", ""), ("name", "x" * 201), ("name", "a\x00"), ("name", "\ud800"), ("code", "x" * 61)),
        *(("list_price", Decimal(-1)), ("list_price", Decimal("NaN")), ("list_price", Decimal(10) ** 20)),
        *(("list_price", Decimal("0.001")), ("list_price", 1.5), ("currency", "yuan"), ("currency", "¥¥¥")),
        *(
            ("tax_rate", Decimal(1)),
            ("tax_rate", Decimal("-0.1")),
            ("tax_rate", Decimal("0.12345")),
            ("tax_rate", "13%"),
        ),
        *(("extra", []), ("retired_at", None)),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(cast: Cast, field: str, value: object) -> None:
    with pytest.raises(Refused) as refusal:
        verbs.add_product(**{"name": "主机", "by": cast.linjing, field: value})  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert not Product.objects.exists()


def test_empty_values_are_no_values(cast: Cast) -> None:
    product = verbs.add_product(
        name="主机",
        by=cast.linjing,
        list_price="",
        cost=None,
        tax_rate="",
        currency="",
        family=None,
        extra={"x": 1},
    )
    assert (product.list_price, product.cost, product.tax_rate, product.currency) == (None, None, None, "CNY")


def test_who_may_not_see_costs_sets_none(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.add_product(name="主机", by=cast.gaoming, cost=COST)
    product = verbs.add_product(name="主机", by=cast.linjing, cost=COST)
    for value in (Decimal(1), None, COST):
        with pytest.raises(Forbidden):
            verbs.edit_product(product, by=cast.gaoming, cost=value)
    verbs.edit_product(product, by=cast.gaoming, name="新主机")
    product.refresh_from_db()
    assert product.cost == COST
    with pytest.raises(Forbidden):
        verbs.add_product(name="主机", by=cast.wumin)


def test_a_code_is_nobodys_twice_and_made_ones_pass_over_those_taken(cast: Cast) -> None:
    first = verbs.add_product(name="甲", by=None)
    following = f"CP-{int(first.code[3:]) + 1:04}"
    verbs.add_product(name="乙", by=None, code=following)
    third = verbs.add_product(name="丙", by=None)
    assert third.code == f"CP-{int(first.code[3:]) + 2:04}"
    for act in (
        lambda: verbs.add_product(name="丁", by=None, code=following),
        lambda: verbs.edit_product(third, by=None, code=following),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.field == "code"


def test_a_change_is_on_record_and_a_stale_one_told(cast: Cast) -> None:
    product = verbs.add_product(name="主机", by=None, list_price=PRICE)
    edited = verbs.edit_product(product, by=cast.linjing, list_price=Decimal(1), family="主机类", code="")
    assert (edited.version, edited.code) == (2, product.code)
    assert verbs.edit_product(product, by=cast.linjing, family="主机类").version == 2
    changes = Entry.objects.get(event="product.edited").particulars["changes"]
    assert changes == {"list_price": ["1380000.00", "1"], "family": ["", "主机类"]}
    with pytest.raises(Stale):
        verbs.edit_product(product, by=cast.linjing, version=1, family="别的")


def test_it_goes_off_sale_and_back(cast: Cast) -> None:
    product = verbs.add_product(name="主机", by=None)
    for _ in range(2):
        assert verbs.retire_product(product, by=cast.linjing).retired_at
    assert not Product.objects.on_sale().exists()
    for _ in range(2):
        assert verbs.restore_product(product, by=cast.linjing).retired_at is None
    assert Entry.objects.filter(event__in=("product.retired", "product.restored")).count() == 2
    for act in (verbs.retire_product, verbs.restore_product):
        with pytest.raises(Forbidden):
            act(product, by=cast.wumin)


def _told(outcomes: list[Any]) -> list[str]:
    return [outcome.field if isinstance(outcome, Refused) else outcome.name for outcome in outcomes]


def test_many_at_once_good_rows_are_written_and_bad_ones_refused(cast: Cast) -> None:
    verbs.add_product(name="先来的", by=None, code="A-1")
    rows = [
        {"name": "甲", "code": "B-1", "cost": COST},
        {"name": "乙", "code": "A-1"},
        {"name": "丙", "code": "B-1"},
        {"code": "C-1"},
        {"name": "丁"},
        {"name": "戊"},
        {"name": "己", "list_price": Decimal(-1)},
    ]
    assert _told(verbs.add_products(rows, by=cast.linjing, dry_run=True)) == [
        *("甲", "code", "code", "name", "丁", "戊", "list_price")
    ]
    assert Product.objects.count() == 1
    assert _told(verbs.add_products(rows, by=cast.linjing)) == [
        "甲",
        "code",
        "code",
        "name",
        "丁",
        "戊",
        "list_price",
    ]
    assert Product.objects.count() == 4
    assert Entry.objects.filter(event="product.added").count() == 4
    assert _told(verbs.add_products([{"name": "庚", "cost": COST}], by=cast.gaoming)) == [""]


def test_one_added_meanwhile_stops_the_file(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    verbs.add_product(name="先来的", by=None, code="CP-9")
    monkeypatch.setattr(verbs, "_next_code", lambda besides=frozenset(): "CP-9")
    with pytest.raises(Refused):
        verbs.add_products([{"name": "甲"}], by=None)


def test_what_an_import_brought_by_mistake_is_taken_back(cast: Cast) -> None:
    product = verbs.add_product(name="主机", by=None)
    with pytest.raises(Forbidden):
        verbs.withdraw_products([product.pk], by=cast.wumin)
    verbs.withdraw_products([product.pk], by=cast.linjing)
    assert not Product.objects.exists()
    assert Entry.objects.latest("id").subject_label == "主机"
