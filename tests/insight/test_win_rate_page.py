"""The page of win rate and cycle (`domain.md` M05, M07, M09): D3 to the digit, the same through page, command and API."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client

from loudou.insight.charts import MOST_LISTED, closing_chart, cycle_chart
from loudou.insight.lens import InsightLens
from loudou.insight.papers import paper
from loudou.insight.reports import run
from loudou.insight.reports.records import number_of
from loudou.insight.reports.winrate import win_rate
from loudou.kernel import clock
from loudou.pipeline import verbs
from loudou.pipeline.models import Competitor, Deal, Move
from loudou.pipeline.verbs._history import derive
from loudou.ui import printed
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.histories import Histories
from tests.insight import examples
from tests.insight.test_cycles import name_rivals
from tests.insight.test_opening import RECKONED, _told
from tests.insight.test_pages import cells
from tests.insight.test_records import world
from tests.insight.test_worked_examples import END_OF_Q1, _brought
from tests.make import instant
from tests.opening import numbers, read

__all__ = ["world"]

ASKED = {"from": "2026-01-01", "to": "2026-04-01", "as_of": END_OF_Q1}


@pytest.fixture
def d3(cast: Cast, tmp_path: Path) -> Iterator[None]:
    with clock.at(instant("2026-04-02 09:00")):
        _brought(examples.d3(tmp_path))
    with clock.at(instant("2026-04-02 10:00")):
        yield


def test_d3_on_the_page(d3: None, cast: Cast, client: Client) -> None:
    """60 % [23.1, 88.2], 50 % by amount, [33.3, 77.8] of the created; 58.0 and 60.0 days, lost 28.0; 13,793 a day."""
    enter(client, cast.linjing)
    page = client.get("/analysis/win-rate/", ASKED).content.decode()
    whole, *months = (row for row in cells(page, "numbers beside") if row)
    assert whole[1:] == [
        *("3 ¥100万", "2 ¥100万"),
        *("60.0% 23.1% – 88.2%", "50.0%", "100.0%"),
        *("9", "33.3% – 77.8%"),
        *("58.0", "60.0 n= 3", "0"),
        *("28.0", "28.0 n= 2", "0"),
    ]
    assert [row[0] for row in months] == ["2026 年 1 月", "2026 年 2 月", "2026 年 3 月"]
    assert [(row[1], row[9]) for row in months] == [
        ("0 ¥0", "— n= 0"),
        ("1 ¥50万", "50.0 n= 1"),
        ("2 ¥50万", "62.0 n= 2"),
    ]
    assert [row[-1] for row in cells(page, "velocity")] == ["4.0", "60.0%", "¥33.3万", "58.0", "¥1.38万"]


def test_of_a_long_time_the_charts_begin_with_the_first_deals(d3: None, cast: Cast) -> None:
    lens = InsightLens.read({"from": "2020-01-01", "to": "2027-01-01", "by": "month"}, cast.hezong)
    report = win_rate(lens)
    names = [part.row.start.isoformat() for part in report.parts]
    filled = [name for name, part in zip(names, report.parts, strict=True) if part.closing.size]
    for draw in (closing_chart, cycle_chart):
        chart = draw(report, names, lambda _what, _part: "")
        drawn = chart.option["xAxis"]["data"]
        assert (drawn[0], drawn[-1]) == (filled[0], filled[-1])
        assert len(drawn) < len(chart.table_rows) == len(report.parts)
        assert {len(one["data"]) for one in chart.option["series"]} == {len(drawn)}
        assert any(chart.option["series"][0]["data"])


def test_of_many_owners_the_tables_of_the_charts_name_those_of_the_table_below(d3: None, cast: Cast) -> None:
    """A company of a thousand had them all in three tables of one page."""
    report = win_rate(InsightLens.read(ASKED | {"by": "owner"}, cast.hezong))
    parts = report.parts * (MOST_LISTED // len(report.parts) + 1)
    many = replace(report, parts=parts)
    names = [f"{place} {part.row}" for place, part in enumerate(parts)]
    assert len(names) > MOST_LISTED
    for draw in (closing_chart, cycle_chart):
        chart = draw(many, names, lambda _what, _part: "")
        assert [row[0] for row in chart.table_rows] == names[:MOST_LISTED]
        assert chart.option["xAxis"]["data"] == names[: len(chart.option["xAxis"]["data"])]


def test_d3_on_paper(d3: None, cast: Cast) -> None:
    """The whole below its months; N × p × A ÷ L of the velocity with each of the four."""
    lens = InsightLens.read(ASKED, cast.linjing)
    closes, speed = paper("win_rate", lens, cast.linjing, form="xlsx").paper.tables
    names = [row[0] for group in closes.groups for row in group.rows]
    assert names == ["2026 年 1 月", "2026 年 2 月", "2026 年 3 月"]
    assert tuple(closes.total[1:5]) == (3, 2, Decimal("0.6"), Decimal("0.5"))
    assert tuple(closes.total[8:12]) == (58, 60, 3, 0)
    told = [round(Decimal(str(row[1])), 2) for group in speed.groups for row in group.rows]
    assert told == [4, 60, Decimal("333333.33"), 58, Decimal("13793.10")]


def test_the_velocity_opens_to_itself_its_four_and_the_wins_of_the_year(
    d3: None, cast: Cast, client: Client
) -> None:
    enter(client, cast.hezong)
    asked = {"what": "velocity", "funnel": "b2b", **ASKED}
    page = read(client.get("/analysis/records/", asked).content.decode())
    values = [one.text for one in page.every() if one.kinds >= {"value"}]
    assert values[:5] == ["¥1.38万", "4.0", "60.0%", "¥33.3万", "58.0"]
    assert values[5] == "3" and sum("data-walk" in one.attributes for one in page.every()) == 3


@pytest.mark.parametrize("asked", ["", "&as_of=2026-03-20"])
def test_numbers_of_a_competitor_open_to_its_deals(
    world: Histories, cast: Cast, client: Client, asked: str
) -> None:
    name_rivals(world, random.Random(46))
    enter(client, cast.linjing)
    page = client.get(f"/analysis/win-rate/?by=competitor&period=2026-Q1{asked}").content.decode()
    assert {row[0].lower() for row in cells(page, "numbers beside") if row[1:]} >= {"dahua", "海康"}
    links = [link for number in numbers(read(page)) for link in number.every() if link.tag == "a"]
    queries = [(dict(parse_qsl(urlsplit(link.attributes["href"]).query)), link.value) for link in links]
    against = [(query, said) for query, said in queries if "competitor" in query]
    assert len(against) > 20
    for query, said in against:
        told = _told(query, cast.linjing)
        assert query["what"] in RECKONED or " – " in said or said in told, (query, said, told)


@pytest.mark.parametrize(("rival", "lost"), [("大华", 1), ("海康", 0), ("", 1)])
def test_lost_to_one_competitor_is_not_lost_to_another_that_was_there(
    cast: Cast, rival: str, lost: int
) -> None:
    """Also of a deal of whose past something became known later."""
    with clock.at(instant("2026-03-02 09:00")):
        deal = make.at_last_stage(cast.chenan)
        Competitor.objects.create(deal=deal, name="海康")
    with clock.at(instant("2026-03-10 09:00")):
        verbs.lose(deal, by=None, code=make.reason(), review="比价", lost_to="大华")
    Move.objects.filter(deal=deal, stage=make.specs_of(deal)[1].stage).update(
        known_at=instant("2026-04-05 09:00")
    )
    derive(Deal.objects.get(pk=deal.pk))
    with clock.at(instant("2026-04-10 09:00")):
        asked = {"period": "2026-Q1", **({"competitor": rival} if rival else {})}
        for late in ({"as_of": "2026-03-31"}, {}):
            lens = InsightLens.read(asked | late, None)
            assert bool(lens.otherwise) == bool(late)
            assert number_of(lens, "lost_to_rivals").counted().count == lost


@pytest.mark.parametrize("name", ["win-rate", "velocity", "stage-time", "conversion"])
def test_d3_is_the_same_through_command_and_api(d3: None, cast: Cast, name: str) -> None:
    told = run(name, ASKED, cast.linjing)
    assert json.loads(printed.as_json(told)) == told
    assert Calls(cast.linjing).get(f"/reports/{name}?{urlencode(ASKED)}").json() == told
