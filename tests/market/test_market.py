"""Walks (M48) and the market picture (P24): digits, refusals, what counts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from loudou.customers import verbs as customers
from loudou.daylog import verbs as daylog
from loudou.daylog.verbs import Stop
from loudou.exchange.exporting.handing import hand
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.market import verbs
from loudou.market.figures.voices import heard, names_in, rivals, sentences
from loudou.market.figures.walks import Walked
from loudou.market.models import Walk
from loudou.market.verbs import Met
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from tests import make
from tests.cast import Cast
from tests.daylog.files import bring
from tests.doors import enter, led
from tests.make import day, instant
from tests.world import World

RIVALS = {"沈阳新松": "沈阳新松", "abb": "ABB"}


def today() -> date:
    return organisation().today


def walked(owner: User, on: date, *names: str) -> Walk:
    made = verbs.import_walk(owner, day=on, met=[Met(customer_name=name) for name in names], by=None)
    assert made is not None
    return made


def test_a_fifth_of_the_working_days_is_enough() -> None:
    assert Walked(20, 4).share.value == Decimal("0.2") and Walked(20, 4).passed is True
    assert Walked(21, 4).passed is False
    assert Walked(0, 0).passed is None
    assert Walked(10, 2, 5) + Walked(11, 1, 1) == Walked(21, 3, 6)


def test_sentences_tell_of_competitors_and_prices() -> None:
    assert sentences("一。二！\n三 four. Five") == ["一。", "二！", "三 four.", "Five"]
    said = heard(RIVALS, anything=["ABB 报价低一成。客户下周出差。", "别家打8折"])
    assert [(one.about, one.text, one.competitors) for one in said] == [
        ("competitor", "ABB 报价低一成。", ("ABB",)),
        ("price", "ABB 报价低一成。", ("ABB",)),
        ("price", "别家打8折", ()),
    ]
    told = heard(RIVALS, competitors="沈阳新松送样机", prices="12 万", customers=["交期太长", " "])
    assert [one.about for one in told] == ["competitor", "price", "customer"]
    assert heard({"a": "A"}, competitors="a 公司")[0].competitors == ()
    assert rivals([]) == []


def test_a_name_is_the_longest_at_its_place_and_no_part_of_a_word() -> None:
    known = {"ge": "GE", "海天": "海天", "海天精工": "海天精工", "c++ 软件": "C++ 软件"}
    said = {
        "海天精工又来了": ("海天精工",),
        "海天和海天精工都来了": ("海天", "海天精工"),
        "客户看了GE的机床，agenda 未定": ("GE",),
        "on the agenda of gears": (),
        "他们用C++ 软件": ("C++ 软件",),
    }
    assert {text: names_in(text, known) for text in said} == said
    assert names_in("海天", {}) == ()
    assert [one.about for one in heard({}, anything=["对方price更低"])] == ["price"]


def test_as_of_a_past_instant_the_picture_has_what_stood_then(cast: Cast, tmp_path: Path) -> None:
    """A file's log counts from its own day, as on the 3E board; who annuls it later takes nothing back from before."""
    row = {"username": "chenan", "customer": "甬江机电", "place": "宁波", "result": "推进"}
    days = [
        {**row, "day": f"2026-04-{day}", "submitted_at": f"2026-04-{day} 20:00", "topics": text}
        for day, text in (("14", "对方降价"), ("15", "打9折"))
    ]
    bring(tmp_path, "day-logs", days)
    false = {"username": "chenan", "day": "2026-04-15", "result": "不实", "finding": "客户没见过他"}
    told = {**false, "checker_username": "wangfang", "checked_at": "2026-04-20 10:00"}
    assert bring(tmp_path, "spot-checks", [told]).counts.new == 1
    met = [Met(customer_name="甬江机电", prices="九折")]
    with clock.at(instant("2026-04-16 09:00")):
        walk = verbs.record_walk(cast.wumin, day=day("2026-04-16"), met=met, by=cast.wumin)
    with clock.at(instant("2026-04-21 09:00")):
        verbs.annul_walk(walk, reason="没有去", by=cast.wumin)

    def texts(**past: str) -> list[str]:
        rows = run("market-picture", {"period": "2026-04", **past}, None)["rows"]
        return sorted(one["text"] for one in rows)

    assert texts(as_of="2026-04-14") == ["对方降价"]
    assert texts(as_of="2026-04-18") == ["九折", "对方降价", "打9折"]
    assert texts(as_of="2026-04-20") == ["九折", "对方降价"]
    assert texts(as_of="2026-04-22") == texts() == ["对方降价"]


def test_walks_are_counted_by_days_with_a_customer(cast: Cast) -> None:
    walked(cast.wumin, day("2026-04-14"), "甬江机电", "越城纺机")
    walked(cast.wumin, day("2026-04-15"), "甬江机电")
    walked(cast.wumin, day("2026-04-16"))
    annulled = walked(cast.wumin, day("2026-04-17"), "甬江机电")
    verbs.annul_walk(annulled, reason="没有去", by=cast.wumin)
    told = run("market-walks", {"period": "2026-04"}, cast.wumin)
    (row,) = told["rows"]
    assert (row["who"], row["working_days"], row["field_days"], row["customers"]) == ("wumin", 21, 2, 3)
    assert (row["share"], row["passed"]) == ("0.095238", False)
    assert run("market-walks", {"period": "2026-04"}, cast.chenan)["rows"] == []
    whole = run("market-walks", {"period": "2026-04"}, cast.heli)
    assert {one["who"] for one in whole["rows"]} >= {"heli", "wumin", "liuyang"}
    mine = run("market-walks", {"period": "2026-04", "owner": "wumin"}, None)
    assert [one["field_days"] for one in mine["rows"]] == [2]
    before = run("market-walks", {"period": "2026-04", "as_of": "2026-04-16"}, cast.wumin)
    assert before["rows"][0]["field_days"] == 2 and before["rows"][0]["working_days"] == 11
    assert run("market-walks", {"period": "2030-04"}, cast.wumin)["rows"] == []


def test_a_walk_brought_is_known_at_its_own_time_and_one_written_down_from_then_on(cast: Cast) -> None:
    with clock.at(instant("2026-04-20 09:00")):
        walked(cast.wumin, day("2026-04-14"), "甬江机电")
        met = [Met(customer_name="越城纺机", heard="交期太长")]
        verbs.record_walk(cast.wumin, day=day("2026-04-15"), met=met, by=cast.wumin)
    for as_of, days in (("2026-04-13", 0), ("2026-04-14", 1), ("2026-04-19", 1), ("2026-04-20", 2)):
        told = run("market-walks", {"period": "2026-04", "as_of": as_of}, cast.wumin)
        assert told["rows"][0]["field_days"] == days, as_of


def test_a_walk_is_recorded_within_a_week_and_once_a_day(cast: Cast) -> None:
    met = [Met(customer_name="甬江机电", heard="交期太长")]
    with pytest.raises(Forbidden):
        verbs.record_walk(cast.chenan, day=today(), met=met, by=cast.chenan)
    with pytest.raises(Forbidden):
        verbs.record_walk(cast.liuyang, day=today(), met=met, by=cast.wumin)
    for wrong, field in (
        ({"day": today() + timedelta(days=1)}, "day"),
        ({"day": today() - timedelta(days=8)}, "day"),
        ({"met": []}, "met"),
        ({"met": [Met(heard="有人说")]}, "met"),
        ({"met": met * 21}, "met"),
        ({"area": "长" * 121}, "area"),
    ):
        with pytest.raises(Refused) as refused:
            verbs.record_walk(cast.wumin, by=cast.wumin, **{"day": today(), "met": met, **wrong})  # type: ignore[arg-type]
        assert refused.value.field == field
    walk = verbs.record_walk(cast.wumin, day=today(), met=met, beside=cast.chenan, by=cast.wumin)
    assert walk.unit == cast.wumin.unit
    with pytest.raises(Refused):
        verbs.record_walk(cast.wumin, day=today(), met=met, by=cast.wumin)
    with pytest.raises(Refused):
        verbs.annul_walk(walk, reason=" ", by=cast.wumin)
    walk = verbs.annul_walk(walk, reason="日期写错", by=cast.wumin)
    with pytest.raises(Refused):
        verbs.annul_walk(walk, reason="再一次", by=cast.wumin)
    assert verbs.record_walk(cast.wumin, day=today(), met=met, by=cast.wumin).pk != walk.pk


def test_who_went_along_reads_the_walk_and_annuls_none(cast: Cast, client: Client) -> None:
    met = [Met(customer_name="甬江机电", heard="交期太长")]
    for beside in (cast.chenan, cast.liuyang):
        walk = verbs.record_walk(cast.wumin, day=today(), met=met, beside=beside, by=cast.wumin)
        assert led(client, beside, "walk.recorded") == (200, f"/market/walks/{walk.pk}/")
        assert Walk.objects.visible_to(beside).latest("pk") == walk
        assert not Walk.objects.visible_to(cast.lina).exists()
        with pytest.raises(Forbidden):
            verbs.annul_walk(walk, reason="记错了", by=beside)
        verbs.annul_walk(walk, reason="记错了", by=cast.wumin)


@pytest.fixture
def field(cast: Cast) -> Cast:
    """A visit, a log and a walk of today that speak of the market."""
    pipeline.set_competitor(make.deal(cast.chenan), name="沈阳新松", by=cast.chenan)
    buyer = customers.add_customer(name="甬江机电", region="浙江", by=cast.chenan)
    stop = Stop(customer=buyer, topics="谈了产线。沈阳新松报价 120 万。", unsolved="担心交期")
    daylog.submit_log(cast.chenan, day=today(), stops=[stop], late_reason="出差在途", by=None)
    World().visit_file  # noqa: B018 - a visit with its record
    met = [Met(customer_name="越城纺机", heard="售后慢", competitors="沈阳新松在送样", prices="便宜一成")]
    verbs.record_walk(cast.wumin, day=today(), met=met, by=cast.wumin)
    return cast


def test_the_picture_is_gathered_from_the_records(field: Cast) -> None:
    told = run("market-picture", {"from": str(today()), "to": str(today() + timedelta(days=1))}, field.wumin)
    mine = [row for row in told["rows"] if row["source"] != "visit"]
    assert {(row["source"], row["about"], row["text"]) for row in mine} == {
        ("log", "customer", "担心交期"),
        ("log", "competitor", "沈阳新松报价 120 万。"),
        ("log", "price", "沈阳新松报价 120 万。"),
        ("walk", "customer", "售后慢"),
        ("walk", "competitor", "沈阳新松在送样"),
        ("walk", "price", "便宜一成"),
    }
    assert (told["competitor"], told["price"], told["truncated"]) == (2, 2, False)
    (rival,) = told["competitors"]
    assert (rival["name"], rival["mentions"], rival["customers"]) == ("沈阳新松", 2, 2)
    assert rival["regions"] == ["浙江"]
    assert told["regions"][0] == {"region": "浙江", "competitor": 1, "price": 1, "customer": 1}
    outside = run("market-picture", {}, field.maxiao)
    assert outside["rows"] == [] and outside["records"] == 0
    then = run("market-picture", {"as_of": str(today() - timedelta(days=1))}, field.wumin)
    assert then["rows"] == []
    only = run("market-picture", {"owner": "wumin"}, field.wumin)
    assert {row["source"] for row in only["rows"]} == {"walk"}
    assert run("market-picture", {"unit": "D2"}, field.heli)["rows"] == []


def test_the_page_is_cut_to_a_region_a_competitor_a_matter(field: Cast) -> None:
    client = enter(Client(), field.wumin)
    shown = client.get("/market/").content.decode()
    assert "沈阳新松在送样" in shown and "担心交期" in shown
    assert "担心交期" not in client.get("/market/?about=price").content.decode()
    assert "售后慢" not in client.get("/market/?region=浙江").content.decode()
    assert "担心交期" not in client.get("/market/?competitor=沈阳新松").content.decode()
    assert client.get("/market/?about=weather").status_code == 200
    more = client.get("/market/?after=1", HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in more
    for page in ("market/file", "market/walks/file"):
        assert client.post(f"/{page}/pdf/").content.startswith(b"%PDF")
        assert client.post(f"/{page}/xlsx/").content.startswith(b"PK")


def test_a_walk_is_recorded_on_its_page(cast: Cast) -> None:
    client = enter(Client(), cast.wumin)
    blank = {"met-TOTAL_FORMS": "1", "met-INITIAL_FORMS": "0", "day": str(today())}
    assert client.post("/market/walks/record/", blank).status_code == 422
    told = {"met-0-customer": "甬江机电", "met-0-heard": "交期太长", "learned": "备件要前移"}
    sent = client.post("/market/walks/record/", blank | told)
    walk = Walk.objects.get()
    assert sent["Location"] == f"/market/walks/{walk.pk}/"
    shown = client.get(sent["Location"]).content.decode()
    assert "交期太长" in shown and "备件要前移" in shown
    assert "甬江机电" in client.get("/market/walks/").content.decode()
    assert client.post(f"/market/walks/{walk.pk}/annul/", {"reason": ""}).status_code == 422
    client.post(f"/market/walks/{walk.pk}/annul/", {"reason": "写错", "version": "1"})
    assert "甬江机电" not in client.get("/market/walks/").content.decode()
    assert "甬江机电" in client.get("/market/walks/?state=annulled").content.decode()


def test_walks_come_and_go_by_file(cast: Cast, tmp_path: Path) -> None:
    row = {"主管": "wumin", "日期": "2026-04-14", "客户": "甬江机电", "价格": "便宜一成", "同行": "chenan"}
    rows = [row, {**row, "客户": "越城纺机"}, {**row, "主管": "niemand"}, {**row, "日期": "2099-01-01"}]
    result = bring(tmp_path, "market-walks", rows)
    assert (result.counts.new, result.counts.refused) == (2, 2)
    walk = Walk.objects.get()
    assert [stop.customer_name for stop in walk.stops.all()] == ["甬江机电", "越城纺机"]
    assert walk.beside == cast.chenan
    assert bring(tmp_path, "market-walks", rows[:2]).counts.new == 0
    out = tmp_path / "out.csv"
    hand("market-walks", username=None, output=out, form="csv", filters={}, bom=False)
    assert "越城纺机" in out.read_text("utf-8")
    with pytest.raises(Forbidden):
        verbs.withdraw_walks([walk.pk], by=cast.wumin)
    verbs.withdraw_walks([walk.pk], by=cast.linjing)
    assert not Walk.objects.exists()


def test_a_record_that_was_annulled_says_nothing(field: Cast) -> None:
    for walk in Walk.objects.all():
        verbs.annul_walk(walk, reason="没有去", by=None)
    told = run("market-picture", {"owner": "wumin"}, field.wumin)
    assert told["rows"] == []


def test_a_walk_sent_twice_is_there_once(cast: Cast) -> None:
    """The form leaves the device again when its answer was lost."""
    sent = {
        "met-TOTAL_FORMS": "1",
        "met-INITIAL_FORMS": "0",
        "met-0-customer": "宁波甬江机电",
        "met-0-heard": "要降价",
    }
    sent |= {"day": today().isoformat(), "area": "宁波", "learned": "价格战开始了"}
    client, places = enter(Client(), cast.wumin), []
    for _time in range(2):
        answer = client.post("/market/walks/record/", sent, headers={"HX-Request": "true"})
        assert answer.status_code == 204
        places.append(answer["HX-Redirect"])
    assert places[0] == places[1]
    assert Walk.objects.count() == 1
    other = client.post("/market/walks/record/", {**sent, "learned": "另有说法"})
    assert (other.status_code, Walk.objects.count()) == (422, 1)
