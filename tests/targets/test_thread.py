"""The thread beside the sheet: read and written without leaving it, and what a proposal would change there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client

from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import Unit
from loudou.people.queries import organisation
from loudou.targets import verbs
from loudou.targets.lens import may_say
from loudou.targets.models import Negotiation
from loudou.targets.queries.agreeing import negotiations_of
from loudou.targets.queries.sheet import sheet_of
from loudou.targets.queries.thread import MOST_ROUNDS, thread_of
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.make import instant
from tests.targets.test_agreeing import YEAR, approve, propose
from tests.targets.test_pages import text

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def december() -> Iterator[None]:
    with clock.at(instant("2025-12-10 10:00")):
        yield


@pytest.fixture
def talk(cast: Cast) -> Negotiation:
    """何立 offers 直销一部 27 million."""
    unit = Unit.objects.get(pk=cast.wumin.unit_id)
    return verbs.open_negotiation(
        unit=unit, metric="bookings", period=YEAR, envelope=Decimal(27_000_000), by=cast.heli
    )


def test_a_word_changes_no_number_and_nobodys_turn(cast: Cast, talk: Negotiation) -> None:
    with pytest.raises(Refused, match="请写下"):
        verbs.say_in_negotiation(talk, text="  ", by=cast.wumin)
    with pytest.raises(Forbidden):
        verbs.say_in_negotiation(talk, text="我也说", by=cast.chenan)
    verbs.say_in_negotiation(talk, text="三月太紧", by=cast.wumin)
    (notice,) = Notice.objects.filter(entry__event="negotiation.said")
    assert notice.recipient == cast.heli
    verbs.say_in_negotiation(talk, text="说说理由", by=cast.heli)
    talk.refresh_from_db()
    assert (talk.version, talk.state, talk.proposed) == (1, "draft", None)
    last = talk.rounds.last()
    assert last is not None and (last.from_above, last.amount, last.evidence) == (True, None, {})
    assert Notice.objects.get(entry=Entry.objects.latest("id")).recipient == cast.wumin  # who leads the unit
    talk = propose(talk, cast, parts=(972, 972, 810, 400))
    verbs.say_in_negotiation(talk, text="还差一点", by=cast.heli)
    assert Notice.objects.get(entry=Entry.objects.latest("id")).recipient == cast.wumin  # who proposed
    verbs.submit_target(talk, by=cast.wumin)
    with pytest.raises(Refused, match="签"):
        verbs.say_in_negotiation(talk, text="等等", by=cast.wumin)


def test_a_talk_the_house_began_tells_nobody_above(cast: Cast, talk: Negotiation) -> None:
    Negotiation.objects.update(opened_by=None)
    talk.refresh_from_db()
    verbs.say_in_negotiation(talk, text="三月太紧", by=cast.wumin)
    assert not Notice.objects.filter(entry__event="negotiation.said").exists()


def test_the_proposal_stands_beside_what_the_sheet_has(cast: Cast, talk: Negotiation) -> None:
    assert thread_of(talk).offers == []
    for person, amount in ((None, 27_000_000), (cast.lina, 9_000_000)):
        verbs.set_target(
            unit=talk.unit, person=person, metric="bookings", period=YEAR, amount=Decimal(amount), by=None
        )
    talk = propose(talk, cast, parts=(972, 972, 810, 400))
    found = thread_of(talk, may_say=may_say(cast.wumin, talk))
    told = {one.name: (one.before, one.after) for one in found.offers}
    assert told["直销一部"] == (27_000_000, 27_000_000) and told["李娜"] == (9_000_000, 9_720_000)
    assert found.taken == {
        f"p{one.pk}": amount
        for one, amount in (
            (cast.chenan, "9720000.00"),
            (cast.lina, "9720000.00"),
            (cast.zhangwei, "8100000.00"),
            (cast.zhoukai, "4000000.00"),
        )
    }
    assert found.carried == (9_000_000, 31_540_000)
    assert found.check.shortfall == 860_000 and found.may_say
    assert not may_say(cast.chenan, talk)
    for n in range(MOST_ROUNDS):
        verbs.say_in_negotiation(talk, text=f"第{n}句", by=cast.wumin)
    long = thread_of(talk)
    assert (long.count, len(long.rounds), long.rounds[-1].text) == (MOST_ROUNDS + 2, MOST_ROUNDS, "第39句")


def test_what_is_open_stands_first_and_what_is_agreed_offers_nothing(cast: Cast, talk: Negotiation) -> None:
    approve(propose(talk, cast), cast)
    talk.refresh_from_db()
    assert thread_of(talk).offers == [] and not may_say(cast.wumin, talk)
    other = verbs.open_negotiation(
        unit=cast.unit("CENTER"), metric="bookings", period=YEAR, envelope=Decimal(60_000_000), by=cast.hezong
    )
    with clock.at(instant("2025-12-11 10:00")):
        assert negotiations_of(cast.heli, other.unit, "bookings", YEAR) == [other, talk]


def test_it_is_read_and_written_on_the_sheet(cast: Cast, talk: Negotiation, client: Client) -> None:
    talk = propose(talk, cast, parts=(972, 972, 810, 400))
    wumin = enter(client, cast.wumin)
    asked = f"/targets/sheet/?unit={talk.unit.code}&period=2026"
    page = text(wumin.get(asked))
    assert "协商记录" in page and "31,540,000" in page and "差 860,000" in page and "采纳到目标表" in page
    say = f"/targets/negotiations/{talk.pk}/say/"
    answer = wumin.post(say, {"text": "周凯二月才转正"}, headers=HTMX)
    assert answer.status_code == 200 and "周凯二月才转正" in text(answer)
    refused = wumin.post(say, {"text": ""}, headers=HTMX)
    assert refused.status_code == 422 and 'role="alert"' in refused.content.decode()
    refused = wumin.post(say, {"text": " \u3000"}, headers=HTMX)
    assert refused.status_code == 422
    plainly = wumin.post(say, {"text": "没有脚本也行"}, follow=True)
    assert "没有脚本也行" in text(plainly) and plainly.request["PATH_INFO"].endswith(f"/{talk.pk}/")
    assert "必填" in text(wumin.post(say, {"text": ""}, follow=True))
    thread = f"/targets/negotiations/{talk.pk}/thread/"
    assert "没有脚本也行" in text(wumin.get(thread, headers=HTMX))
    assert wumin.get(thread).status_code == 302
    verbs.open_negotiation(
        unit=cast.unit("CENTER"), metric="bookings", period=YEAR, envelope=Decimal(60_000_000), by=cast.hezong
    )
    both = enter(Client(), cast.heli).get("/targets/sheet/?unit=CENTER&period=2026").content.decode()
    assert (
        f"/targets/negotiations/{talk.pk}/thread/" in both
    )  # the other talk of the branch is one press away
    said = Calls(cast.heli).post(f"/negotiations/{talk.pk}/say", {"text": "用接口也行"}).json()
    assert said["turns"][-1]["text"] == "用接口也行" and said["turns"][-1]["from_above"]


def test_units_are_told_with_who_leads_them(cast: Cast) -> None:
    found = sheet_of(cast.hezong, cast.unit("HQ"), "bookings", YEAR, organisation())
    leaders = {row.name: row.leader for row in found.rows if row.person is None}
    assert (leaders["恒远设备"], leaders["营销中心"], leaders["直销一部"]) == ("何总", "何立", "吴敏")
    assert leaders["华南直销部"] == ""
    assert [column.quarter for column in found.columns[:4]] == [
        *[found.columns[0].quarter] * 3,
        found.columns[3].quarter,
    ]
    assert found.columns[0].quarter != found.columns[3].quarter and found.whole.quarter is None
