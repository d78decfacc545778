"""Asking who has not handed in, and the tree of people it is done from."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client

from loudou.forecasts import lines, queries, verbs
from loudou.forecasts.branches import below
from loudou.journal.models import Entry
from loudou.journal.queries import notices
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people import verbs as people
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls, problem
from tests.forecasts.test_pages import read
from tests.forecasts.test_submit import APRIL, MARCH, hand_in
from tests.make import day, instant
from tests.markup import tight


@pytest.fixture(autouse=True)
def monday(cast: Cast) -> Iterator[None]:
    with clock.at(instant("2026-04-13 10:00")):
        yield


def asked(cast: Cast) -> list[str]:
    told = Entry.objects.filter(event="forecast.chased").order_by("pk")
    names = {user.pk: name for name, user in cast.everybody.items()}
    return [names[row.subject_id] for row in told if row.subject_id is not None]


def base(user: User) -> Decimal:
    return queries.rolled_up(user, APRIL, organisation(), clock.now()).base


def test_who_has_not_handed_in_is_asked_once_a_day(cast: Cast) -> None:
    with clock.at(instant("2026-04-06 10:00")):
        hand_in(cast.lina, 100)  # last week's does not count
    hand_in(cast.chenan, 100)
    told = verbs.chase(None, period=APRIL, by=cast.wumin)
    assert {one.username for one in told} == {"lina", "zhangwei", "zhoukai"} == set(asked(cast))
    entry = notices(cast.lina)[0].entry
    assert (entry.event, entry.actor, entry.particulars["period"]) == (
        "forecast.chased",
        cast.wumin,
        "2026-04",
    )
    assert "2026-04-13T12:00" in entry.particulars["deadline"]
    for by in (cast.wumin, cast.heli):
        with pytest.raises(Refused):  # whoever does it
            verbs.chase([cast.lina], period=APRIL, by=by)
    assert verbs.chase([cast.liuyang], period=APRIL, by=cast.heli) == [cast.liuyang]
    assert "2026-04-13T18:00" in notices(cast.liuyang)[0].entry.particulars["deadline"]
    with clock.at(instant("2026-04-14 00:10")):
        assert verbs.chase([cast.lina, cast.chenan], period=APRIL, by=cast.wumin) == [cast.lina]


def test_only_leaders_ask_those_below_for_what_is_not_over(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.chase(None, period=APRIL, by=cast.chenan)
    with pytest.raises(Forbidden):
        verbs.chase(None, period=APRIL, by=cast.qianjin)
    for wanted, period in (([cast.sunqiang], APRIL), ([cast.lina, cast.heli], APRIL), (None, MARCH)):
        with pytest.raises(Refused):
            verbs.chase(wanted, period=period, by=cast.wumin)
    assert asked(cast) == []


def test_everybody_has_handed_in(cast: Cast) -> None:
    for user in below(cast.wumin):
        hand_in(user, 100)
    with pytest.raises(Refused):
        verbs.chase(None, period=APRIL, by=cast.wumin)


def test_from_the_page(cast: Cast, client: Client) -> None:
    hand_in(cast.lina, 100)
    enter(client, cast.wumin)
    row = row_of(read(client, "/forecasts/"), "张伟")
    assert "未提交" in row and f'value="{cast.zhangwei.pk}">催交' in tight(row)
    assert client.post("/forecasts/chase/?period=2026-04", {"person": cast.zhangwei.pk}).status_code == 302
    page = tight(read(client, "/forecasts/"))
    assert "4-13 10:00 催过" in row_of(page, "张伟") and "催交</button>" not in row_of(page, "张伟")
    assert "催交" not in row_of(page, "李娜") and "催交</button>" in row_of(page, "陈安")
    client.post("/forecasts/chase/", {"person": cast.sunqiang.pk})  # of another department: nobody is left
    assert asked(cast) == ["zhangwei"]
    assert client.post("/forecasts/chase/").status_code == 302
    assert sorted(asked(cast)) == ["chenan", "zhangwei", "zhoukai"]
    assert "催交所有未提交的人" not in read(client, "/forecasts/")
    assert "催交" not in read(client, "/forecasts/?period=2026-03")
    enter(client, cast.zhangwei)
    notice = notices(cast.zhangwei)[0]
    assert "吴敏" in (told := read(client, "/notices/")) and "的预测" in told
    assert client.post(f"/notices/{notice.pk}/").headers["Location"] == "/forecasts/"


def test_from_the_api(cast: Cast) -> None:
    calls = Calls(cast.wumin)
    answer = calls.post("/forecasts/chase", {"period": "2026-04", "people": [cast.lina.pk]})
    assert answer.json() == {"asked": [cast.lina.pk]}
    problem(calls.post("/forecasts/chase", {"period": "2026-04", "people": [cast.lina.pk]}), 422, "")
    problem(calls.post("/forecasts/chase", {"period": "2026-04", "people": [cast.sunqiang.pk]}), 422, "")
    assert len(calls.post("/forecasts/chase", {"period": "2026-04"}).json()["asked"]) == 3


def test_under_each_leader_stand_their_people(cast: Cast, client: Client) -> None:
    make.deal(cast.wumin, amount=300_000, expected_on=day("2026-04-29"))
    pipeline.win(make.at_last_stage(cast.wumin, amount=200_000, expected_on=day("2026-04-20")), by=None)
    make.deal(cast.lina, amount=100_000, expected_on=day("2026-04-29"))
    hand_in(cast.lina, 90_000)
    enter(client, cast.heli)
    page = read(client, "/forecasts/")
    places = [page.index(f">{name}</a>") for name in ("刘洋", "孙强", "吴敏", "李娜", "吴敏自己的商机")]
    assert places == sorted(places)
    leader, below_it = row_of(page, "吴敏"), row_of(page, "李娜")
    assert 'aria-expanded="true"' in leader and f'data-within="{cast.wumin.pk}"' in below_it
    # 李娜's number, the funnel's of those who handed in none, and what 吴敏 has.
    assert "暂按下级汇总 ¥32万 计入" in leader and base(cast.heli) == 320_000
    assert "¥9万" in below_it


def test_a_large_branch_is_opened_leader_by_leader(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST_OPEN", 3)
    hand_in(cast.lina, 70_000)
    enter(client, cast.hezong)
    page = read(client, "/forecasts/")
    assert ">吴敏</a>" not in page and f"open={cast.heli.pk}" in page
    page = read(client, f"/forecasts/?open={cast.wumin.pk}")
    assert ">吴敏</a>" in page and ">李娜</a>" in page and ">孙强</a>" not in page
    assert f'data-within="{cast.heli.pk} {cast.wumin.pk}"' in row_of(page, "李娜")
    assert "¥7万" in row_of(page, "李娜") and base(cast.hezong) == 70_000
    assert ">吴敏</a>" not in read(client, "/forecasts/?open=987654321")
    assert "未能理解，已忽略：open" in read(client, "/forecasts/?open=吴敏")


def test_whom_a_leader_of_the_unit_rolls_up_the_director_does_not_count_again(cast: Cast) -> None:
    """陈安 is nobody's in particular: 吴敏 leads the unit, so that 何立 counts 吴敏's number alone."""
    people.edit_person(cast.chenan, by=None, manager=None)
    make.deal(cast.chenan, amount=1_000_000, expected_on=day("2026-04-29"))
    assert cast.chenan in below(cast.wumin) and cast.chenan not in below(cast.heli)
    assert base(cast.heli) == base(cast.wumin) == 100_000
    hand_in(cast.chenan, 70_000)
    assert base(cast.heli) == base(cast.wumin) == 70_000
    hand_in(cast.wumin, 50_000, reason="一单延期")
    assert base(cast.heli) == 50_000


def test_who_left_with_deals_in_hand_still_stands_there(cast: Cast, client: Client) -> None:
    make.deal(cast.zhoukai, amount=400_000, expected_on=day("2026-04-29"))
    User.objects.filter(pk__in=[cast.zhoukai.pk, cast.zhangwei.pk]).update(is_active=False)
    enter(client, cast.heli)
    page = read(client, "/forecasts/")
    assert "周凯" in page and ">张伟</a>" not in page


def row_of(page: str, name: str) -> str:
    """The row of the tree that somebody leads."""
    return next(row for row in page.split("<tr") if f">{name}</a>" in row)
