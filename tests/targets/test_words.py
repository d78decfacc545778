"""The words of SMART: a target says its own, else what the whole it is a part of says, on every door."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loudou.kernel.periods import Fiscal
from loudou.people.models import User
from loudou.targets import verbs
from loudou.targets.models import Target
from loudou.targets.queries.words import words_of
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls


def aim(unit: Any, period: str, person: User | None = None, metric: str = "bookings", **more: Any) -> Target:
    whole = Fiscal().parse(period)
    return verbs.set_target(
        unit=unit, person=person, metric=metric, period=whole, amount=Decimal(9), by=None, **more
    )


@pytest.fixture
def year(cast: Cast) -> Target:
    """直销一部 has a year that says everything."""
    words = {"specific": "华东装备", "attainable": "在手商机充足", "relevant": "三年进前五"}
    return aim(cast.unit("D1"), "2027", **words)


def said(target: Target) -> dict[str, tuple[str, int | None]]:
    words = words_of([target])[target.pk]
    return {name: (word.text, word.whole.pk if word.whole else None) for name, word in words.items()}


def test_a_part_says_what_the_nearest_whole_says(cast: Cast, year: Target) -> None:
    top = aim(cast.unit("HQ"), "2027", relevant="海外第一", specific="全国")
    month = aim(cast.unit("D1"), "2027-04")
    mine = aim(None, "2027", cast.lina, attainable="老客户续约")
    april = aim(None, "2027-04", cast.lina)
    assert said(year)["relevant"] == ("三年进前五", None)
    assert said(month) == {name: (getattr(year, name), year.pk) for name in verbs.WORDS}
    assert said(mine)["attainable"] == ("老客户续约", None)
    assert said(april)["attainable"] == ("老客户续约", mine.pk)
    assert said(april)["specific"] == ("华东装备", year.pk)
    verbs.describe_target(year, by=None, specific="")
    assert said(april)["specific"] == ("全国", top.pk)
    assert words_of([]) == {}


def test_what_is_no_part_inherits_nothing(cast: Cast, year: Target) -> None:
    silent = dict.fromkeys(verbs.WORDS, ("", None))
    family = aim(cast.unit("D1"), "2027-Q2", family="机器人", specific="机器人换代")
    others = [
        aim(cast.unit("D2"), "2027"),
        aim(cast.unit("D1"), "2026"),
        aim(cast.unit("D1"), "2027", metric="deals"),
        aim(cast.unit("HQ"), "2027"),
    ]
    assert [said(one) for one in others] == [silent] * len(others)
    assert said(aim(cast.unit("D1"), "2027-04"))["specific"] == ("华东装备", year.pk)
    assert said(aim(cast.unit("D1"), "2027-05", family="机器人"))["specific"] == ("机器人换代", family.pk)
    aim(None, "2027", cast.lina, specific="她自己的")
    assert said(aim(None, "2027-04", cast.chenan))["specific"] == ("华东装备", year.pk)
    nowhere = Target(person=cast.lina, metric="bookings", starts_on=year.starts_on, ends_on=year.ends_on)
    assert words_of([nowhere])[nowhere.pk]["relevant"].text == ""


def page_of(client: Client, target: Target) -> str:
    return re.sub(r"\s+", " ", client.get(f"/targets/{target.pk}/").content.decode())


def test_the_page_says_whose_words_they_are_and_lets_them_be_changed(
    cast: Cast, year: Target, client: Client
) -> None:
    part = aim(None, "2027-04", cast.lina)
    Target.objects.filter(pk=part.pk).update(approved_by=cast.hezong)
    link = f'href="/targets/{year.pk}/"'
    hers = page_of(enter(client, cast.lina), part)
    assert "三年进前五" in hers and "直销一部 2027" in hers
    assert link not in hers and "describe/" not in hers  # the unit's number is not hers to see
    assert link in page_of(enter(client, cast.wumin), part)
    address = f"/targets/{part.pk}/describe/"
    assert 'placeholder="三年进前五"' in client.get(address).content.decode()
    assert client.post(address, {"relevant": "锂电", "version": "9"}).status_code == 409
    assert client.post(address, {"relevant": "长" * 301, "version": "1"}).status_code == 422
    assert client.post(address, {"relevant": "锂电", "version": "1"}).status_code == 302
    assert said(Target.objects.get(pk=part.pk))["relevant"] == ("锂电", None)
    assert client.post(address, {"relevant": "", "version": "2"}).status_code == 302
    assert said(Target.objects.get(pk=part.pk))["relevant"] == ("三年进前五", year.pk)


def test_the_api_names_what_is_inherited(cast: Cast, year: Target) -> None:
    part = aim(None, "2027-04", cast.lina, relevant="锂电")
    call = Calls(cast.wumin)
    row = call.get(f"/targets/{part.pk}").json()
    assert (row["specific"], row["relevant"]) == ("华东装备", "锂电")
    assert row["inherited"] == ["specific", "attainable"]
    listed = {one["id"]: one["inherited"] for one in call.get("/targets").json()["items"]}
    assert listed == {part.pk: ["specific", "attainable"], year.pk: []}


def test_setting_again_with_words_describes_it_too(cast: Cast, year: Target) -> None:
    again = aim(cast.unit("D1"), "2027", relevant="五年第一")
    assert (again.pk, again.relevant, again.specific) == (year.pk, "五年第一", "华东装备")
