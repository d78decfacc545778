"""Finding anything, and the lists of places."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from loudou.catalog.models import Product
from loudou.customers import verbs as customers
from loudou.customers.lens import CustomerLens
from loudou.customers.models import Contact, Customer
from loudou.desk import pages
from loudou.desk.queries.search import search
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.lens import DealLens
from loudou.pipeline.models import Deal
from loudou.ui.search import settle
from tests import make
from tests.cast import Cast
from tests.doors import PEOPLE, enter
from tests.world import World


def kinds(user: object, text: str) -> dict[str, list[str]]:
    return {group.kind: [hit.title for hit in group.hits] for group in search(user, text)}  # type: ignore[arg-type]


def test_one_text_finds_every_kind(cast: Cast) -> None:
    world = World()
    make.deal(cast.chenan, title="甬江柔性线", customer=world.customer)
    customers.add_contact(world.customer, name="甬江人", by=cast.chenan)
    found = kinds(cast.chenan, "甬江")
    assert found["customers"] == ["宁波甬江机电有限公司"]
    assert found["deals"] == ["甬江柔性线"]
    assert found["contacts"] == ["甬江人"]
    assert kinds(cast.chenan, "yongjiang")["customers"] == ["宁波甬江机电有限公司"]
    assert kinds(cast.chenan, "13800001111")["customers"] == ["宁波甬江机电有限公司"]
    assert kinds(cast.chenan, "陈")["people"] == ["陈安", "陈刚"]
    world.product  # noqa: B018 - made when first asked for
    assert kinds(cast.chenan, "柔性线主机")["products"] == ["柔性线主机"]


def test_beginnings_of_phones_and_codes_find_and_the_code_is_shown_that_was_typed(cast: Cast) -> None:
    customer = World().customer
    Customer.objects.filter(pk=customer.pk).update(industry="机电")
    half, number = customer.code[:-1], customer.code[-4:]
    assert number.isdigit()
    assert kinds(cast.chenan, "1380") == kinds(cast.chenan, "138 0000 1") == {"customers": [customer.name]}
    for typed, code in (
        (half, [customer.code]),
        (half.lower(), [customer.code]),
        (number, [customer.code]),
        ("甬江", []),
    ):
        (hit,) = next(group.hits for group in search(cast.chenan, typed) if group.kind == "customers")
        assert hit.note.split(" · ") == [*code, "机电"]


def test_where_too_few_digits_find_nothing_more_are_asked_for(cast: Cast) -> None:
    client = enter(Client(), cast.chenan)
    short, long = (client.get(f"/search/?q={typed}").content.decode() for typed in ("ZZ-26", "ZZ-2605"))
    assert "请多输入几位数字" in short and "没有找到“ZZ-2605”" in long and "请多输入几位数字" not in long


def test_what_one_may_not_see_is_not_found(cast: Cast) -> None:
    make.deal(cast.chenan, title="甬江柔性线")
    assert "deals" not in kinds(cast.maxiao, "甬江")
    from loudou.people import verbs as people

    dealer = people.add_person(username="dealer", name="经销商", unit=None, roles_held=["partner"], by=None)
    assert "people" not in kinds(dealer, "陈安")


def test_each_way_of_seeing_is_one_and_together_they_are_what_one_may_see(cast: Cast) -> None:
    """Own, of the unit, followed, the whole company's, nothing at all."""
    shared = make.deal(cast.lina, title="分享的商机")
    for owner in (cast.chenan, cast.lina, cast.sunqiang):
        make.deal(owner)
    pipeline.follow(shared, user=cast.maxiao, by=cast.wumin)
    pipeline.follow(make.deal(cast.maxiao), user=cast.wumin, by=cast.maxiao)
    people = (cast.chenan, cast.lina, cast.wumin, cast.hezong, cast.gaoming, cast.maxiao, None)
    several = 0
    for person in people:
        for model in (Deal, Customer, Contact, Product):
            ways = model.objects.seen_by(person)
            several = max(several, len(ways))
            each = {row.pk for rows in ways for row in rows}
            assert each == set(model.objects.visible_to(person).values_list("pk", flat=True))
    assert several >= 2


def test_everybody_finds_what_they_may_see_and_nothing_else_in_two_statements(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    """Of two owners in one unit, others and nobody, shared and helped with: as the slow way finds it."""
    for number, owner in enumerate((cast.chenan, cast.maxiao, cast.lina, cast.wumin, None)):
        customer = customers.add_customer(name=f"宁波甬江机电{number}", owner=owner, by=None)
        customers.add_contact(customer, name=f"甬江人{number}", by=None)
        if number == 2:
            customers.share(customer, user=cast.chenan, by=None)
        if owner:
            pipeline.follow(make.deal(owner, title="甬江线", customer=customer), user=cast.maxiao, by=None)
    for person in (cast.chenan, cast.maxiao, cast.lina, cast.wumin, cast.hezong, cast.gaoming):
        slow = {
            "customers": Customer.objects.visible_to(person)
            .current()
            .found("甬江")
            .values_list("name", flat=True),
            "deals": Deal.objects.visible_to(person).found("甬江").values_list("title", flat=True),
            "contacts": Contact.objects.visible_to(person)
            .current()
            .found("甬江")
            .values_list("name", flat=True),
        }
        kinds(person, "甬江")  # what is shared with them is asked once a request
        with django_assert_max_num_queries(2):
            found = kinds(person, "甬江")
        assert {kind: sorted(names) for kind, names in found.items()} == {
            kind: sorted(names) for kind, names in slow.items() if names
        }, person


def test_lists_find_in_the_words_of_the_index_what_they_find_in_their_own(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For everybody, of everybody, a unit, an owner; few or more than are counted."""
    for number, owner in enumerate((cast.chenan, cast.maxiao, cast.lina, cast.wumin)):
        customer = customers.add_customer(name=f"宁波甬江机电{number}", owner=owner, by=None)
        make.deal(owner, title=f"甬江线{number}", customer=customer)
        customers.share(customer, user=cast.sunqiang, by=None)
        pipeline.follow(make.deal(owner, title="甬江二期"), user=cast.maxiao, by=None)
    found = set()
    for person in (cast.chenan, cast.maxiao, cast.sunqiang, cast.wumin, cast.hezong, cast.gaoming):
        for more in ({}, {"unit": cast.wumin.unit.code}, {"unit": cast.hezong.unit.code}, {"owner": "lina"}):
            of_customers = CustomerLens.read({"q": "甬江", **more}, person)
            of_deals = DealLens.read({"q": "甬江", **more}, person)
            ordered = [row.pk for row in of_customers.customers.order_by(*of_customers.order)]
            assert {row.pk for row in of_customers.sought} == set(ordered)
            among = Deal.objects.filter(of_deals.permitted).found("甬江")
            assert (
                {row.pk for row in of_deals.sought}
                == {row.pk for row in of_deals.deals}
                == {row.pk for row in among}
            )
            for cap in (1000, 1):
                monkeypatch.setattr("loudou.customers.lens.CAP", cap)
                page = of_customers.page()
                assert ([row.pk for row in page.rows], page.count) == (ordered, min(len(ordered), cap + 1))
            found.add((len(ordered), among.count()))
    assert len(found) > 4


def test_what_was_written_is_found_before_the_indexes_have_it_and_after(cast: Cast) -> None:
    settle()
    customers.add_customer(name="宁波甬江机电", by=cast.chenan)
    assert kinds(cast.chenan, "甬江")["customers"] == ["宁波甬江机电"]
    assert settle() > 0
    assert kinds(cast.chenan, "甬江")["customers"] == ["宁波甬江机电"]
    assert settle() == 0


def test_whole_names_come_before_beginnings_before_the_rest(cast: Cast) -> None:
    for title in ("新柔性线", "柔性线二期", "柔性线"):
        make.deal(cast.chenan, title=title)
    assert kinds(cast.chenan, "柔性线")["deals"] == ["柔性线", "柔性线二期", "新柔性线"]


def test_the_dialog_its_results_and_the_page(cast: Cast) -> None:
    make.deal(cast.chenan, title="甬江柔性线")
    client = enter(Client(), cast.chenan)
    whole = client.get("/search/?q=甬江").content.decode()
    assert "<html" in whole and "甬江柔性线" in whole
    dialog = client.get("/search/", headers={"HX-Request": "true", "HX-Target": "dialog"}).content.decode()
    assert 'id="finder"' in dialog and "<html" not in dialog
    part = client.get(
        "/search/?q=甬江", headers={"HX-Request": "true", "HX-Target": "found"}
    ).content.decode()
    assert part.lstrip().startswith("<div") and "甬江柔性线" in part and 'id="finder"' not in part
    assert "在您可见的范围内没有找到“zzzz”。" in client.get("/search/?q=zzzz").content.decode()
    too_short = client.get("/search/?q=甬").content.decode()
    assert "再输一个字" in too_short and "没有找到" not in too_short


def test_pages_are_found_by_name_and_pinyin(cast: Cast) -> None:
    client = enter(Client(), cast.chenan)
    assert 'href="/board/"' in client.get("/search/?q=kanban").content.decode()
    assert 'href="/board/"' in client.get("/search/?q=看板").content.decode()
    assert pages.named(cast.chenan, " ") == []


@pytest.mark.parametrize("kind", [kind for kind in PEOPLE if kind != "anonymous"])
def test_every_place_offered_opens(cast: Cast, kind: str) -> None:
    user = getattr(cast, str(PEOPLE[kind]))
    client = enter(Client(), user)
    offered = {place.address for place in [*pages.places(user), *pages.creatable(user)]}
    offered |= {place.address for _name, group in pages.settings(user) for place in group}
    for address in sorted(offered):
        assert client.get(address).status_code == 200, address


def test_no_two_places_share_their_keys(cast: Cast) -> None:
    keys = [place.keys for place in pages.PLACES if place.keys]
    assert len(keys) == len(set(keys))
    page = enter(Client(), cast.chenan).get("/keys/").content.decode()
    assert "<kbd>g</kbd> <kbd>b</kbd>" in page
    assert 'data-key="g b"' in page
    assert 'data-key="g j"' not in page  # the journal is not theirs
