"""The list of customers."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from loudou.customers import verbs
from loudou.customers.lens import CustomerLens
from loudou.customers.models import Customer
from loudou.people.models import User
from tests.cast import Cast
from tests.world import World

LIST = "/customers/"


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _names(user: User, **params: str) -> set[str]:
    return {row.name for row in CustomerLens.read(params, user).page().rows}


@pytest.fixture
def four(cast: Cast) -> None:
    add = verbs.add_customer
    add(
        name="宁波甬江机电",
        by=cast.chenan,
        industry="机电",
        region="浙江 宁波",
        source="visit",
        grade="vip",
        tags=["展会"],
    )
    add(name="广东恒力自动化", by=cast.lina, industry="自动化", region="广东 深圳", phone="13812345678")
    add(name="常州新誉轨交", by=cast.sunqiang, kind="person")
    add(name="无主的公司", by=cast.linjing)


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("chenan", {"宁波甬江机电"}),
        ("wumin", {"宁波甬江机电", "广东恒力自动化"}),
        ("heli", {"宁波甬江机电", "广东恒力自动化", "常州新誉轨交"}),
        ("hezong", {"宁波甬江机电", "广东恒力自动化", "常州新誉轨交", "无主的公司"}),
        ("maxiao", set()),
        ("gaoming", set()),
    ],
)
def test_everybody_sees_what_the_access_rule_says(cast: Cast, four: None, who: str, names: set[str]) -> None:
    user = getattr(cast, who)
    assert _names(user) == names
    assert names == {row.name for row in Customer.objects.visible_to(user)}


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"industry": "机电"}, {"宁波甬江机电"}),
        ({"region": "浙江"}, {"宁波甬江机电"}),
        ({"region": "宁波"}, {"宁波甬江机电"}),
        ({"source": "visit", "grade": "vip", "tag": "展会"}, {"宁波甬江机电"}),
        ({"kind": "person"}, {"常州新誉轨交"}),
        ({"owner": "lina"}, {"广东恒力自动化"}),
        ({"owner": "none"}, {"无主的公司"}),
        ({"unit": "D2"}, {"常州新誉轨交"}),
        ({"unit": "CENTER", "q": "gd"}, {"广东恒力自动化"}),
        ({"q": "5678"}, {"广东恒力自动化"}),
        ({"q": "甬江", "industry": "自动化"}, set()),
    ],
)
def test_filters_narrow_it(cast: Cast, four: None, params: dict[str, str], names: set[str]) -> None:
    assert _names(cast.hezong, **params) == names


def test_filters_never_widen_it(cast: Cast, four: None) -> None:
    assert _names(cast.chenan, owner="lina") == set()
    assert _names(cast.chenan, owner="me") == {"宁波甬江机电"}
    assert _names(cast.chenan, unit="D1") == {"宁波甬江机电"}
    assert _names(cast.wumin, unit="D2") == {"宁波甬江机电", "广东恒力自动化"}  # not theirs to choose
    assert _names(cast.wumin, unit="D1", owner="lina") == {"广东恒力自动化"}


def test_shared_ones_and_a_leaders_own_elsewhere_belong_to_it(cast: Cast, four: None) -> None:
    customer = Customer.objects.get(name="常州新誉轨交")
    verbs.share(customer, user=cast.chenan, by=cast.sunqiang)
    own = verbs.add_customer(name="经理的", by=cast.wumin)
    Customer.objects.filter(pk=own.pk).update(unit=cast.unit("S1"))
    assert "常州新誉轨交" in _names(cast.chenan)
    assert "经理的" in _names(cast.wumin)
    assert "常州新誉轨交" in _names(cast.chenan, q="常州")


def test_who_may_not_read_phones_finds_them_by_the_last_four_alone(cast: Cast, four: None) -> None:
    assert _names(cast.wangfang, q="13812345678") == set()
    assert _names(cast.wangfang, q="5678") == {"广东恒力自动化"}
    assert _names(cast.lina, q="138 1234 5678") == {"广东恒力自动化"}


def test_what_is_not_understood_is_left_out_and_named(cast: Cast, four: None) -> None:
    asked = {
        "source": "mars",
        "kind": "x",
        "sort": "colour",
        "columns": "a,b",
        "q": "x",
        "industry": "\x07",
        "unit": "?",
        "grade": "长" * 99,
    }
    lens = CustomerLens.read(asked, cast.hezong)
    assert set(lens.problems) == set(asked)
    said = _as(cast.hezong).get(LIST, asked).content.decode()
    assert "notice-bar" in said and "搜索词（至少两个字）" in said


def test_it_is_sorted_and_shows_the_columns_asked_for(cast: Cast, four: None) -> None:
    lens = CustomerLens.read({"sort": "name"}, cast.hezong)
    assert [row.name for row in lens.page().rows] == [
        "常州新誉轨交",
        "广东恒力自动化",
        "宁波甬江机电",
        "无主的公司",
    ]
    newest = CustomerLens.read({"sort": "newest"}, cast.hezong)
    assert newest.page().rows[0].name == "无主的公司"
    text = _as(cast.hezong).get(LIST, {"columns": "code,size,source,tags,unit,created"}).content.decode()
    assert 'data-label="规模"' in text
    shown = CustomerLens.read({"columns": "code"}, cast.hezong)
    assert shown.shown == ("code",)
    assert "columns=code%2Cphone" in shown.toggled("phone")
    assert "columns" not in CustomerLens.read(
        {"columns": "industry,region,grade,touched"}, cast.hezong
    ).toggled("phone")
    assert CustomerLens.read({"q": "甬江", "sort": "name"}, cast.hezong).cleared() == "?sort=name"


def test_phones_are_masked_in_the_source_of_the_page(cast: Cast, four: None) -> None:
    for user, whole in (
        (cast.lina, True),
        (cast.wumin, True),
        (cast.wangfang, False),
        (cast.qianjin, False),
        (cast.yanzheng, False),
    ):
        for address in (LIST, "/customers/suggest/?q=恒力"):
            text = _as(user).get(address).content.decode()
            assert ("138 1234 5678" in text) == whole
            assert ("13812345678" in text) == (whole and address == LIST)
            assert ("138****5678" in text) != whole


def test_a_long_list_pages_by_key_and_counts_honestly(cast: Cast) -> None:
    verbs.add_customers(
        [{"name": f"公司 {number:03}", "owner": cast.chenan, "industry": "机电"} for number in range(120)],
        by=None,
    )
    client = _as(cast.chenan)
    seen: list[str] = []
    lens = CustomerLens.read({"sort": "name"}, cast.chenan)
    page = lens.page()
    assert (page.count, page.count_text) == (120, "120")
    while True:
        seen += [row.name for row in page.rows]
        if not page.next:
            break
        rows = client.get(
            LIST, {"sort": "name", "after": page.next}, headers={"HX-Request": "true"}
        ).content.decode()
        page = lens.page(page.next)
        assert all(row.name in rows for row in page.rows)
        assert "<html" not in rows
    assert seen == sorted(seen)
    assert len(seen) == 120
    filtered = client.get(LIST, {"industry": "机电"}).content.decode()
    assert "50+" in filtered
    assert "/customers/count/?industry=" in filtered
    assert ">120<" in client.get("/customers/count/", {"industry": "机电"}).content.decode()
    assert CustomerLens.read({"q": "119"}, cast.chenan).page().count in (1, 2)  # and who is numbered so


def test_typing_brings_the_list_alone_with_its_count(cast: Cast, four: None) -> None:
    text = _as(cast.hezong).get(LIST, {"q": "甬江"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert 'hx-swap-oob="true"' in text
    assert "宁波甬江机电" in text


def test_whom_nobody_knows_yet_can_be_added_from_where_one_is_looked_for(cast: Cast, four: None) -> None:
    def offered(user: User, typed: str) -> bool:
        text = _as(user).get("/customers/suggest/", {"customer_text": typed}).content.decode()
        return f'data-href="/customers/add/?name={quote(typed)}"' in text

    assert offered(cast.chenan, "全新 & 客户")
    assert (
        'value="全新 &amp; 客户"'
        in _as(cast.chenan).get("/customers/add/?name=全新 %26 客户").content.decode()
    )
    assert not offered(cast.hezong, "甬江")  # is there
    assert not offered(cast.hezong, "")
    assert not offered(cast.qianjin, "全新 & 客户")  # may not add any


@pytest.mark.parametrize(
    "typed", ["\x01\x01", "\ud800a", "a" * 5000, "' | \\ & !:*", "%%", "龘" * 300, "\x1f\x1f"]
)
def test_whatever_is_typed_finds_something_or_nothing(cast: Cast, four: None, typed: str) -> None:
    client = _as(cast.hezong)
    raw = typed.encode("utf-8", "surrogatepass")
    for name in ("q", "tag", "industry", "after", "unit", "owner"):
        query = f"{name}=" + "".join(f"%{byte:02X}" for byte in raw)
        assert client.get(f"{LIST}?{query}").status_code == 200, name
    assert (
        client.get("/customers/suggest/", {"customer_text": typed.encode("utf-8", "replace")}).status_code
        == 200
    )


@pytest.mark.parametrize(
    "values", [["\x00", 1], ["\ud800", 1], ["a", 10**40], [1, "x"], [None, None], 7, [["a"], 1], ["a"]]
)
def test_a_cursor_somebody_wrote_themselves_starts_from_the_beginning_or_goes_on(
    cast: Cast, four: None, values: object
) -> None:
    after = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
    for sort in ("name", "touched", "newest"):
        assert _as(cast.hezong).get(LIST, {"after": after, "sort": sort}).status_code == 200, sort


def test_a_chip_fetches_what_it_can_be_set_to(cast: Cast, four: None) -> None:
    client = _as(cast.hezong)
    for which, said in (("unit", "直销一部"), ("owner", "owner=none"), ("industry", "机电"), ("tag", "展会")):
        text = client.get(f"/customers/choices/{which}/", {"sort": "name"}, headers={"HX-Request": "true"})
        assert said in text.content.decode(), which
        assert "sort=name" in text.content.decode()
    assert "<html" in client.get("/customers/choices/region/").content.decode()
    assert client.get("/customers/choices/phone/").status_code == 404
    assert "owner=none" not in _as(cast.wumin).get("/customers/choices/owner/").content.decode()
    assert "choices/owner" not in _as(cast.chenan).get(LIST).content.decode()


def test_an_empty_list_says_what_to_do(cast: Cast) -> None:
    assert "/customers/add/" in _as(cast.chenan).get(LIST).content.decode()
    assert 'href="/customers/"' in _as(cast.chenan).get(LIST, {"q": "甬江"}).content.decode()


def test_several_are_handed_over_at_once_with_one_reason(cast: Cast, four: None) -> None:
    client = _as(cast.wumin)
    keys = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    address = reverse("customers:hand_over_several")
    asked = client.post(
        address, {"chosen": keys, "back": "?sort=name"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert asked.count('name="chosen"') == 2
    assert "常州新誉轨交" not in asked
    assert client.post(address, {"chosen": keys, "reason": ""}).status_code == 422
    answer = client.post(
        address, {"chosen": keys, "reason": "调岗", "owner": cast.zhoukai.pk, "back": "?sort=name&x=1"}
    )
    assert answer.headers["Location"] == "/customers/?sort=name"
    assert set(Customer.objects.filter(owner=cast.zhoukai).values_list("name", flat=True)) == {
        "宁波甬江机电",
        "广东恒力自动化",
    }


def test_either_all_are_handed_over_or_none(cast: Cast, four: None) -> None:
    client = _as(cast.hezong)
    keys = list(Customer.objects.values_list("pk", flat=True))
    answer = client.post(
        reverse("customers:hand_over_several"),
        {"chosen": [*keys, "x", "9" * 30], "reason": " \t", "owner": cast.zhoukai.pk},
    )
    assert answer.status_code == 422
    assert not Customer.objects.filter(owner=cast.zhoukai).exists()


def test_several_are_tagged_at_once(cast: Cast, four: None) -> None:
    client = _as(cast.wumin)
    keys = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    address = reverse("customers:tag_several")
    assert client.post(address, {"chosen": keys, "add": " ， ", "remove": ""}).status_code == 422
    assert client.post(address, {"chosen": keys, "add": "x" * 41, "remove": ""}).status_code == 422
    answer = client.post(
        address, {"chosen": keys, "add": "重点、春季", "remove": "展会"}, headers={"HX-Request": "true"}
    )
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/customers/?")
    assert Customer.objects.get(name="宁波甬江机电").tags == ["重点", "春季"]
    assert Customer.objects.get(name="常州新誉轨交").tags == []


def test_while_one_types_filters_order_and_export_go_on_with_what_is_looked_for(
    cast: Cast, four: None
) -> None:
    part = _as(cast.hezong).get(LIST, {"q": "甬江"}, headers={"HX-Request": "true"}).content.decode()
    chips = part.split('id="customer-chips"')[1]
    assert 'hx-swap-oob="true"' in chips[:40]
    looked_for = "q=%E7%94%AC%E6%B1%9F"
    assert f"{looked_for}&amp;sort=name" in chips or f"sort=name&amp;{looked_for}" in chips
    export = part.split('id="customer-export"')[1].split("</a>")[0]
    assert looked_for in export and 'hx-swap-oob="true"' in export


def test_nothing_of_theirs_chosen_leads_back(cast: Cast, four: None) -> None:
    answer = _as(cast.chenan).post(reverse("customers:tag_several"), {"chosen": []})
    assert answer.status_code == 200
    assert "/customers/?" in answer.content.decode()


def test_a_page_takes_as_many_questions_with_ten_times_the_data(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    world = World()
    _ = world.contact
    client = _as(cast.wumin)
    for grown in (2, 20):
        world.grow(grown)
        with django_assert_max_num_queries(20):  # type: ignore[operator]
            assert client.get(LIST).status_code == 200
        with django_assert_max_num_queries(20):  # type: ignore[operator]
            assert client.get(reverse("customers:customer", args=[world.customer.pk])).status_code == 200
