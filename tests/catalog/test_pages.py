"""The pages of products."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from loudou.catalog import verbs
from loudou.catalog.models import Product
from loudou.people.models import User
from tests.cast import Cast


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def product(cast: Cast) -> Product:
    return verbs.add_product(
        name="柔性线主机", by=None, family="柔性产线", list_price=Decimal(1_380_000), cost=Decimal(910_011)
    )


def test_a_cost_is_in_no_page_of_who_may_not_see_it(cast: Cast, product: Product) -> None:
    verbs.edit_product(product, by=None, cost=Decimal(910_022))
    pages = [
        reverse("catalog:list"),
        reverse("catalog:product", args=[product.pk]),
        reverse("catalog:suggest") + "?q=柔性",
    ]
    for user, seen in (
        (cast.chenan, False),
        (cast.gaoming, False),
        (cast.yanzheng, False),
        (cast.qianjin, True),
    ):
        text = "".join(_as(user).get(page).content.decode() for page in pages)
        assert "1,380,000" in text
        assert ("910,022" in text) == seen, user.username
        assert ("910,011" in text) == seen, user.username
    form = reverse("catalog:edit", args=[product.pk])
    assert "910022" not in _as(cast.gaoming).get(form).content.decode()
    assert "910022" in _as(cast.linjing).get(form).content.decode()


def test_the_list_is_filtered_by_text_family_and_state(cast: Cast, product: Product) -> None:
    verbs.retire_product(verbs.add_product(name="旧款镀膜机", by=None), by=None)
    client, address = _as(cast.chenan), reverse("catalog:list")
    assert "旧款镀膜机" not in client.get(address).content.decode()
    assert "旧款镀膜机" in client.get(address, {"state": "retired"}).content.decode()
    assert "柔性线主机" in client.get(address, {"q": "rouxing", "family": "柔性产线"}).content.decode()
    assert "柔性线主机" not in client.get(address, {"family": "别的"}).content.decode()
    assert client.get(address, {"q": "x", "state": "lost", "family": "长" * 99}).status_code == 200


def test_while_one_types_count_and_export_go_on_with_what_is_looked_for(cast: Cast, product: Product) -> None:
    verbs.add_product(name="镀膜机", by=None)
    client, address = _as(cast.linjing), reverse("catalog:list")
    assert '<span class="muted only-desk" data-counted>2<' in client.get(address).content.decode()
    part = client.get(address, {"q": "镀膜"}, headers={"HX-Request": "true"}).content.decode()
    assert '<span hx-swap-oob="innerHTML:[data-counted]">1</span>' in part
    export = part.split('id="product-export"')[1].split("</a>")[0]
    assert 'hx-swap-oob="true"' in export
    assert "q=%E9%95%80%E8%86%9C" in export


def test_a_long_list_pages_by_key(cast: Cast) -> None:
    for number in range(52):
        verbs.add_product(name=f"产品 {number:03}", by=None)
    client, address = _as(cast.chenan), reverse("catalog:list")
    first = client.get(address)
    assert first.content.decode().count("data-walk") == 50
    (more,) = set(re.findall(r'hx-get="([^"]*after=[^"]*)"', first.content.decode()))
    rest = client.get(unescape(more), headers={"HX-Request": "true"}).content.decode()
    assert rest.count("data-walk") == 2 and "产品 051" in rest


def test_a_product_is_added_and_changed_by_its_forms(cast: Cast) -> None:
    client = _as(cast.linjing)
    given = {
        "name": "柔性线主机",
        "list_price": "138万",
        "currency": "CNY",
        "tax_rate": "13",
        "cost": "91万",
        "measure": "套",
    }
    assert client.post(reverse("catalog:add"), given).status_code == 302
    product = Product.objects.get()
    assert (product.list_price, product.cost, product.tax_rate) == (
        Decimal(1_380_000),
        Decimal(910_000),
        Decimal("0.13"),
    )
    edit = reverse("catalog:edit", args=[product.pk])
    answer = client.post(edit, {**given, "name": "新主机", "version": 1}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (
        204,
        reverse("catalog:product", args=[product.pk]),
    )
    assert client.post(edit, {**given, "name": "更新的", "version": 1}).status_code == 409
    bad = client.post(edit, {**given, "list_price": "-1", "version": 2})
    assert bad.status_code == 422
    assert 'aria-invalid="true"' in bad.content.decode()
    assert client.post(reverse("catalog:add"), {**given, "code": product.code}).status_code == 422


def test_it_goes_off_sale_and_back_by_a_press(cast: Cast, product: Product) -> None:
    client = _as(cast.linjing)
    client.post(reverse("catalog:retire", args=[product.pk]), {"version": 1})
    assert Product.objects.get().retired_at
    client.post(reverse("catalog:restore", args=[product.pk]), {"version": 2})
    assert Product.objects.get().retired_at is None


def test_several_go_off_sale_and_back_at_once(cast: Cast, product: Product) -> None:
    other = verbs.add_product(name="备件包", by=None)
    client, keys = _as(cast.linjing), [product.pk, other.pk, "x", "9" * 30]
    answer = client.post(reverse("catalog:retire_several"), {"chosen": keys, "back": "?family=备件&x=1"})
    assert answer.headers["Location"].startswith(reverse("catalog:list") + "?family=")
    assert not Product.objects.on_sale().exists()
    retired = client.get(reverse("catalog:list"), {"state": "retired"}).content.decode()
    assert reverse("catalog:restore_several") in retired
    client.post(reverse("catalog:restore_several"), {"chosen": keys})
    assert Product.objects.on_sale().count() == 2
    assert "data-select" not in _as(cast.chenan).get(reverse("catalog:list")).content.decode()


def test_who_manages_products_without_seeing_costs_has_no_field_for_them(
    cast: Cast, product: Product
) -> None:
    form = _as(cast.gaoming).get(reverse("catalog:edit", args=[product.pk])).content.decode()
    assert 'name="list_price"' in form
    assert 'name="cost"' not in form


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"list_price": "NaN"}, "list_price"),
        ({"list_price": "1e99"}, "list_price"),
        ({"tax_rate": "101"}, "tax_rate"),
        ({"name": "主\x00机"}, "name"),
        ({"name": "长" * 1_000_000}, "name"),
        ({"code": "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace") * 99}, "code"),
        ({"currency": "zzz"}, "currency"),
    ],
)
def test_hostile_input_gets_one_sentence_beside_its_field(
    cast: Cast, given: dict[str, str], said: str
) -> None:
    answer = _as(cast.linjing).post(
        reverse("catalog:add"), {"name": "主机", "currency": "CNY", **given}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 422
    beside = answer.content.decode().split(f'id="id_{said}-note"')[1]
    assert beside.split("</ul>")[0].count("<li>") == 1
    assert not Product.objects.exists()


def test_a_mistyped_address_shows_the_list_and_says_so(cast: Cast, product: Product) -> None:
    text = (
        _as(cast.chenan)
        .get(reverse("catalog:list"), {"state": "lost", "q": "x", "family": "\x01"})
        .content.decode()
    )
    assert "notice-bar" in text
    assert product.name in text
