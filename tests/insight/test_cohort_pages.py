"""The cohort view of the funnel, where it narrows and leaks, and the deals behind their numbers."""

from __future__ import annotations

import html
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from loudou.insight.lens import InsightLens
from loudou.insight.queries.records import WHATS
from loudou.insight.reports import run
from loudou.insight.reports.records import number_of
from loudou.kernel import clock
from loudou.ui import format as f
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.histories import Histories
from tests.insight import examples
from tests.insight.test_pages import cells
from tests.insight.test_papers import _sheet
from tests.insight.test_records import LINK, _holds, _opened, made_of, what_of, world
from tests.insight.test_worked_examples import END_OF_Q1, _brought
from tests.make import instant

QUERY = "?from=2026-01-01&to=2026-04-01&as_of=2026-03-31&view=cohort"
__all__ = ["world"]


@pytest.fixture
def d3(cast: Cast, tmp_path: Path) -> Iterator[None]:
    with clock.at(instant("2026-04-02 09:00")):
        _brought(examples.d3(tmp_path))
    with clock.at(instant("2026-04-02 10:00")):
        yield


def test_d3_the_page_has_the_numbers_of_the_report(d3: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    page = client.get("/analysis/funnel/" + QUERY).content.decode()
    params = {"from": "2026-01-01", "to": "2026-04-01", "as-of": END_OF_Q1}
    told = run("conversion", params, cast.linjing)
    *rows, _whole = [row for row in cells(page) if row]
    assert [row[1:5] for row in rows] == [
        [str(stage[name]) for name in ("cohort", "advanced", "exited", "inflight")]
        for stage in told["stages"]
    ]
    assert [row[5].split()[0] for row in rows] == ["87.5%", "83.3%", "100.0%", "100.0%"]
    times = [row for row in cells(page, "times") if row]
    assert times[1][1:3] == ["20.0", "30.0"] and times[1][6] == "5"
    calls = Calls(cast.linjing)
    for name in ("conversion", "stage-time", "velocity", "leakage", "bottlenecks"):
        answer = calls.get(f"/reports/{name}?from=2026-01-01&to=2026-04-01&as_of=2026-03-31").json()
        assert answer == run(name, params, cast.linjing)


def test_d3_the_workbook_of_the_cohort(d3: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    rows = _sheet(client, "funnel", QUERY)[1:-1]
    assert [row[1:5] for row in rows] == [[9, 7, 1, 1], [7, 5, 1, 1], [5, 4, 0, 1], [4, 3, 0, 1]]


def test_where_it_narrows_comes_as_part_and_as_page(d3: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    part = client.get("/analysis/bottlenecks/" + QUERY, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<section id="narrow"') and "无法指出瓶颈" in part
    assert "<html" in client.get("/analysis/bottlenecks/" + QUERY).content.decode()


def test_a_bottleneck_is_a_sentence_with_its_value(
    world: Histories, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loudou.insight.figures.bottlenecks.FEW", 2)
    enter(client, cast.linjing)
    told = run("bottlenecks", {"period": "2026-Q1"}, cast.linjing)
    page = client.get("/analysis/bottlenecks/?period=2026-Q1").content.decode()
    assert told["bottleneck"] is not None
    assert told["bottleneck"] in page.split('class="verdict"')[1].split("</p>")[0]
    stage = next(one for one in told["stages"] if one["stage"] == told["bottleneck"])
    formula = html.unescape(page.split('class="verdict"')[1].split("</p>")[1])
    parts = (
        f"{stage['inflight']} 个在途",
        f"({f.percent(Decimal(stage['base_rate']))} − {f.percent(Decimal(stage['rate']))})",
        f"下游赢率 {f.percent(Decimal(stage['downstream']))}",
        f"均单 {f.money(Decimal(told['won_amount_mean']))}",
    )
    assert (told["worse"] and Decimal(stage["value"]) > 0) == all(part in formula for part in parts)
    assert f"what=in_flight&stage={stage['code']}" in html.unescape(page) or not told["worse"]


@pytest.mark.parametrize(
    "page",
    [
        "funnel/?view=cohort&period=2026-Q1&compare=before&by=unit",
        "funnel/?view=cohort&period=all&by=owner",
        "cumulative/?period=2026-Q1",
        "cumulative/?period=2026-Q1&goal=next&stage=verify&as_of=2026-03-20&unit=CENTER",
        "funnel/?view=cohort&period=2026-Q1&as_of=2026-02-20&by=source",
        "funnel/?view=cohort&period=2026-Q1&by=product&unit=CENTER",
        "bottlenecks/?period=2026-Q1",
        "bottlenecks/?period=2026-Q1&as_of=2026-03-05&unit=SOUTH",
    ],
)
def test_every_number_is_what_its_deals_add_up_to(
    page: str, world: Histories, cast: Cast, client: Client
) -> None:
    enter(client, cast.linjing)
    response = client.get(f"/analysis/{page}")
    assert response.status_code == 200
    links = sorted(set(LINK.findall(response.content.decode())))
    assert links
    for query, text in random.Random(page).sample(links, min(20, len(links))):
        shown = html.unescape(text).strip()
        if what_of(query) not in WHATS:
            made_of(query, shown, cast.linjing)
            continue
        whole = _holds(_opened(query, cast.linjing))
        assert shown in (f.number(whole.count), f.money(whole.amount)), (page, query)


def test_leaks_of_one_stage_are_those_of_its_line(world: Histories, cast: Cast) -> None:
    for params in ({"period": "2026-Q1"}, {"period": "2026-Q1", "as-of": "2026-03-20"}):
        told = run("leakage", params, cast.linjing)
        asked = {name.replace("-", "_"): value for name, value in params.items()}
        for stage in told["stages"]:
            lens = InsightLens.read({**asked, "what": "leak", "stage": stage["code"]}, cast.linjing)
            whole = _holds(number_of(lens))
            assert (whole.count, f"{whole.amount:.2f}") == (stage["silent"], stage["silent_amount"])
