"""Cohorts by month, where open deals stand still, and what covers a target: reports and pages."""

from __future__ import annotations

import html
import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from loudou.insight.figures.flow import Amounts
from loudou.insight.figures.heat import HeatMap
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.pipeline import verbs
from loudou.targets import verbs as targets
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.histories import Histories
from tests.insight import examples
from tests.insight.test_worked_examples import END_OF_Q1, _brought
from tests.make import instant

COUNTS = ("cohort", "advanced", "exited", "inflight")


@pytest.fixture
def d3(cast: Cast, tmp_path: Path) -> Iterator[None]:
    with clock.at(instant("2026-04-02 09:00")):
        _brought(examples.d3(tmp_path))
    with clock.at(instant("2026-04-02 10:00")):
        yield


def test_d3_month_by_month(d3: None, cast: Cast) -> None:
    told = run("cohort-grid", {"period": "2026-Q1", "as-of": END_OF_Q1}, cast.linjing)
    first = {month["month"]: month["stages"][0] for month in told["months"]}
    assert {name: [stage[one] for one in (*COUNTS, "rate", "maturity")] for name, stage in first.items()} == {
        "2026-01": [6, 5, 1, 0, "0.833333", "1.000000"],
        "2026-02": [3, 2, 0, 1, "1.000000", "0.666667"],
        "2026-03": [0, 0, 0, 0, None, None],
    }


@pytest.mark.parametrize("as_of", [None, "2026-02-10T00:00:00+08:00"])
def test_the_months_of_a_quarter_add_up_to_its_cohorts(cast: Cast, as_of: str | None) -> None:
    Histories([cast.chenan, cast.lina]).write(40, seed=11)
    asked = {"period": "2026-Q1", **({"as-of": as_of} if as_of else {})}
    grid, whole = run("cohort-grid", asked, None), run("conversion", asked, None)
    for place, stage in enumerate(whole["stages"]):
        summed = [sum(month["stages"][place][name] for month in grid["months"]) for name in COUNTS]
        assert summed == [stage[name] for name in COUNTS], stage["stage"]
    assert sum(stage["cohort"] for stage in whole["stages"]) > 0


def test_unasked_it_is_the_last_twelve_months(d3: None, cast: Cast) -> None:
    months = [month["month"] for month in run("cohort-grid", {}, cast.linjing)["months"]]
    assert (len(months), months[0], months[-1]) == (12, "2025-05", "2026-04")
    ahead = run("cohort-grid", {"period": "2026-Q3"}, cast.linjing)["months"]
    assert [month["month"] for month in ahead] == ["2026-07"]


def test_the_seventh_day_is_in_the_first_column_and_an_edge_in_the_row_above_it(cast: Cast) -> None:
    now = instant("2026-06-01 09:00")
    places = {
        (0, Decimal(0)): (0, 0),
        (7, Decimal("99999.99")): (0, 0),
        (8, Decimal(100_000)): (1, 1),
        (14, Decimal(500_000)): (2, 1),
        (90, Decimal(1_000_000)): (3, 4),
        (91, Decimal(5_000_000)): (4, 5),
    }
    for days, amount in sorted(places, reverse=True):
        with clock.at(now - timedelta(days=days)):
            make.deal(cast.chenan, amount=amount)
    with clock.at(now):
        rows = run("stay-map", {}, cast.chenan)["rows"]
    found = {
        (row, column): cell["count"]
        for row, line in enumerate(rows)
        for column, cell in enumerate(line["cells"])
        if cell["count"]
    }
    assert found == Counter(places.values())


def test_a_cell_is_as_dark_as_its_amount_beside_the_largest() -> None:
    heat = HeatMap({(0, 0): Amounts(1, Decimal(50)), (4, 5): Amounts(2, Decimal(200))}, Amounts())
    assert [heat.shade(0, 0), heat.shade(4, 5), heat.shade(1, 1)] == [2, 5, 0]
    assert heat.whole == Amounts(3, Decimal(250)) and HeatMap({}, Amounts()).shade(0, 0) == 0


def test_deals_stand_by_days_without_holds_and_amount(cast: Cast) -> None:
    began = instant("2026-03-02 09:00")
    with clock.at(began):
        small = make.deal(cast.chenan, title="小", amount=50_000)
        large = make.deal(cast.chenan, title="大", amount=2_000_000)
        resting = make.deal(cast.chenan, title="歇", amount=300_000)
    with clock.at(began + timedelta(days=2)):
        verbs.hold(resting, by=cast.chenan, wake_on=make.day("2026-03-20"), reason="客户搬厂")
    with clock.at(began + timedelta(days=16)):
        verbs.resume(resting, by=cast.chenan)
        make.advance(small)
    with clock.at(began + timedelta(days=20)):
        told = run("stay-map", {}, cast.chenan)
        page = enter(Client(), cast.chenan).get("/analysis/cohorts/?row=3&column=2").content.decode()
        sums = {
            place: enter(Client(), cast.chenan).get(f"/analysis/cohorts/?{place}").content.decode()
            for place in ("row=3", "column=0", "row=all", "row=9", "")
        }
        other = run("stay-map", {}, cast.lina)
        past = run("stay-map", {"as-of": "2026-03-10"}, cast.chenan)
    cells = {
        (row["below"], cell["up_to_days"]): (cell["count"], cell["amount"])
        for row in told["rows"]
        for cell in row["cells"]
        if cell["count"]
    }
    assert cells == {
        ("100000.00", "7"): (1, "50000.00"),
        ("500000.00", "7"): (1, "300000.00"),
        ("5000000.00", "30"): (1, "2000000.00"),
    }
    assert not any(cell["count"] for row in other["rows"] for cell in row["cells"])
    assert (past["rows"], past["rows_reason"]) == (None, "not_kept")
    opened = page[page.index('id="deals"') :]
    assert f"/deals/{large.pk}/" in opened and f"/deals/{small.pk}/" not in opened
    # So do the sums of a row, of a column, and of all.
    behind = {
        place: [deal.title for deal in (small, large, resting) if f"/deals/{deal.pk}/" in text]
        for place, text in ((place, page.partition('id="deals"')[2]) for place, page in sums.items())
    }
    assert behind == {
        "row=3": ["大"],
        "column=0": ["小", "歇"],
        "row=all": ["小", "大", "歇"],
        "row=9": [],
        "": [],
    }


def test_with_what_is_on_hold_it_is_the_stock(cast: Cast, client: Client) -> None:
    with clock.at(instant("2026-03-02 09:00")):
        make.deal(cast.chenan, amount=50_000)
        resting = make.deal(cast.chenan, amount=300_000)
    with clock.at(instant("2026-03-04 09:00")):
        verbs.hold(resting, by=cast.chenan, wake_on=make.day("2026-03-20"), reason="客户搬厂")
        told, stock = run("stay-map", {}, cast.chenan), run("funnel", {}, cast.chenan)["stages"]
        page = enter(client, cast.chenan).get("/analysis/cohorts/").content.decode()
        book = client.post("/analysis/files/cohorts.xlsx").content
    standing = sum(cell["count"] for row in told["rows"] for cell in row["cells"])
    assert (standing, told["on_hold"]) == (1, {"count": 1, "amount": "300000.00"})
    assert standing + told["on_hold"]["count"] == sum(stage["count"] for stage in stock) == 2
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book))
    written = str([sheets.get_sheet_by_name(name).to_python() for name in sheets.sheet_names])
    assert "另有 1 个搁置的商机" in page and "另有 1 个搁置的商机" in written


def test_the_page_has_the_numbers_of_the_report(d3: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    page = html.unescape(client.get("/analysis/cohorts/?period=2026-Q1&as_of=2026-03-31").content.decode())
    grid = page[page.index('class="t months"') :]
    assert re.findall(r"<th scope=\"row\"[^>]*>([^<]+)<", grid)[:3] == [
        "2026 年 3 月",
        "2026 年 2 月",
        "2026 年 1 月",
    ]
    assert "83%" in grid and "只能看现在" in page
    link = re.search(r'href="(/analysis/records/[^"]*what=cohort[^"]*from=2026-01-01[^"]*)"', grid)
    assert link is not None
    assert "6" in client.get(link.group(1)).content.decode()


def test_coverage_says_what_is_missing_and_opens_its_numbers(cast: Cast, client: Client) -> None:
    with clock.at(instant("2026-05-04 09:00")):
        won = make.at_last_stage(cast.chenan, amount=200_000, expected_on=make.day("2026-05-20"))
        verbs.win(won, by=None)
        make.deal(cast.chenan, amount=300_000, expected_on=make.day("2026-06-20"))
        bare = enter(client, cast.chenan).get("/analysis/coverage/").content.decode()
        assert "没有为这段期间" in bare
        targets.set_target(
            unit=None,
            person=cast.chenan,
            metric="bookings",
            period=Fiscal().parse("2026-Q2"),
            amount=Decimal(700_000),
            by=None,
        )
        page = client.get("/analysis/coverage/?period=2026-Q2").content.decode()
        told = run("coverage", {"period": "2026-Q2"}, cast.chenan)
        assert (told["remaining"], told["ratio"], told["required"]) == ("500000.00", "0.600000", "3.000000")
        assert "0.60" in page and "3.00" in page and "¥500,000" in page.replace(".00", "")
        assert "¥120万" in page
        behind = html.unescape(re.findall(r'href="(/analysis/records/[^"]*what=due[^"]*)"', page)[0])
        assert "柔性产线" in client.get(behind).content.decode()
        met = client.get("/analysis/coverage/?period=2026-Q2&target=100000").content.decode()
        assert "目标已达成" in met


def test_only_periods_that_are_over_teach_what_coverage_takes(cast: Cast) -> None:
    """A quarter won of what stood there when Q1 began; Q2 runs, what comes after it has not begun (M10)."""
    with clock.at(instant("2025-12-20 09:00")):
        won = make.at_last_stage(cast.chenan, amount=100_000, expected_on=make.day("2026-02-20"))
        make.deal(cast.chenan, amount=300_000, expected_on=make.day("2026-03-20"))
    with clock.at(instant("2026-02-10 09:00")):
        verbs.win(won, by=None)
        make.deal(cast.chenan, amount=1_000_000, expected_on=make.day("2026-05-20"))
        make.deal(cast.chenan, amount=500_000, expected_on=make.day("2026-08-20"))
    with clock.at(instant("2026-05-04 09:00")):
        for period in ("2026-Q2", "2026-Q3", "2027-Q1"):
            told = run("coverage", {"period": period, "target": "1000000"}, None)
            assert (told["yield"], told["required"]) == ("0.250000", "4.000000"), period
