"""Taking a target apart: D1 of the book to the digit, other numbers, and what always holds."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loudou.exchange.exporting.files import write_xlsx
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.kernel.refusals import Refused
from loudou.kernel.workdays import WorkCalendar
from loudou.people import verbs as people
from loudou.people.models import Unit
from loudou.targets import verbs
from loudou.targets.figures.decompose import (
    Piece,
    Seasons,
    Timing,
    decompose,
    over_assigned,
    sums_up,
    whole,
)
from loudou.targets.proposals import Asked, propose, read_weights
from tests.cast import Cast

INDEX = ["0.8", "0.6", "1.1", "1.0", "1.0", "1.1", "0.9", "0.9", "1.1", "1.0", "1.1", "1.4"]
MONTHS = [402, 230, 579, 502, 454, 553, 495, 452, 579, 431, 553, 770]


def seasons() -> None:
    for place, index in enumerate(INDEX):
        verbs.set_season(month=place + 1, index=Decimal(index), by=None)


def asked(**said: str) -> dict[str, Any]:
    said = {"unit": "R1", "metric": "bookings", "period": "2026", "step": "10000", "by": "month", **said}
    weights = said.pop("weights", "")
    proposal = propose(Asked.read(**said), read_weights(weights.encode()) if weights else None)
    return proposal.plain()


def in_wan(plain: dict[str, Any]) -> list[int]:
    return [int(Decimal(part["amount"]) / 10_000) for part in plain["parts"]]


@pytest.fixture
def house(cast: Cast) -> Cast:
    """Two regions of the book beside the cast's own units, with four people in the east."""
    root = people.add_unit(code="R1", name="样板公司", kind="company", parent=None, by=None)
    for code, name in (("EAST", "东区"), ("NORD", "北区"), ("WEST", "西区")):
        people.add_unit(code=code, name=name, kind="region", parent=root, by=None)
    east = Unit.objects.get(code="EAST")
    for number in range(1, 5):
        people.add_person(username=f"e{number}", name=f"东{number}", roles_held=["rep"], unit=east, by=None)
    people.add_person(username="wu", name="吴经理", roles_held=["manager"], unit=east, by=None)
    return cast


def test_the_year_of_the_book_by_months_and_quarters(house: Cast) -> None:
    seasons()
    year = asked(total="60000000")
    assert [part["weight"] for part in year["parts"][:3]] == ["16.800000", "9.600000", "24.200000"]
    assert [part["raw"] for part in year["parts"][:2]] == ["4019138.76", "2296650.72"]
    assert in_wan(year) == MONTHS and year["sum"] == "60000000.00"
    assert [part["key"] for part in year["parts"]][::11] == ["2026-01", "2026-12"]
    assert year["checks"] == [{"rule": "sum", "passed": True, "shortfall": "0.00"}]
    assert [sum(MONTHS[at : at + 3]) for at in (0, 3, 6, 9)] == [1211, 1509, 1526, 1754]


def test_its_april_by_weeks_clipped_at_the_month_and_a_week_by_days(house: Cast) -> None:
    seasons()
    april = asked(total="5020000", period="2026-04", by="week")
    assert in_wan(april) == [72, 96, 119, 119, 96]
    assert [part["weight"] for part in april["parts"]] == [f"{n}.000000" for n in (3, 4, 5, 5, 4)]
    assert [part["key"] for part in april["parts"]] == [
        "2026-04-01..2026-04-06",
        "2026-W15",
        "2026-W16",
        "2026-W17",
        "2026-04-27..2026-05-01",
    ]
    days = asked(total="1190000", period="2026-W16", by="day", step="1")
    assert [part["amount"] for part in days["parts"]] == ["238000.00"] * 5
    assert days["parts"][0]["key"] == "2026-04-13"


def test_its_regions_and_people_and_the_check_of_120_percent(house: Cast) -> None:
    regions = asked(total="60000000", by="unit", weights="unit_code,weight\nEAST,45%\nNORD,35\nWEST,20\n")
    assert in_wan(regions) == [2700, 2100, 1200]
    east = Unit.objects.get(code="EAST")
    year = Fiscal().parse("2026")
    verbs.set_target(unit=east, metric="bookings", period=year, amount=Decimal(27_000_000), by=None)
    by_people = {"unit": "EAST", "by": "person"}
    weights = "username,weight\ne1,30\ne2,30\ne3,25\ne4,15\n"
    proposal = asked(total="32400000", weights=weights, **by_people)
    assert in_wan(proposal) == [972, 972, 810, 486]
    assert proposal["checks"][1] == {"rule": "over_assignment", "passed": True, "shortfall": "0.00"}
    lowered = asked(total="31540000", weights="e1,30\ne2,30\ne3,25\ne4,15,4000000\n", **by_people)
    assert in_wan(lowered) == [972, 972, 810, 400] and lowered["parts"][3]["locked"] is True
    assert lowered["checks"][1] == {"rule": "over_assignment", "passed": False, "shortfall": "860000.00"}
    fixed = "e1,1,9720000\ne2,1,9720000\ne3,1,8100000\ne4,1,4000000\n"
    all_locked = asked(total="32400000", weights=fixed, **by_people)
    assert all_locked["sum"] == "31540000.00"
    assert [check["shortfall"] for check in all_locked["checks"]] == ["860000.00", "860000.00"]


def test_the_small_case_and_people_without_a_file(house: Cast) -> None:
    months = asked(
        total="200000", period="2026-Q1", step="1", weights="month,weight\n1月,1\n02,1\n2026-03,1\n"
    )
    assert [part["amount"] for part in months["parts"]] == ["66667.00", "66667.00", "66666.00"]
    equal = asked(total="1000000", unit="EAST", by="person", step="1", period="2026-Q1")
    assert [part["key"] for part in equal["parts"]] == ["e1", "e2", "e3", "e4"]  # who sells, not the manager
    assert equal["checks"][1] == {"rule": "over_assignment", "passed": False, "shortfall": "200000.00"}


def test_other_calendars_and_seasons_of_one_year(house: Cast) -> None:
    verbs.set_season(month=2, index=Decimal("0.5"), by=None)
    verbs.set_season(month=2, year=2027, index=Decimal("0.25"), by=None)
    weights = {
        code: [
            part["weight"] for part in asked(total="100", step="1", period="2026-Q1", calendar=code)["parts"]
        ]
        for code in ("CN", "TW", "HK")
    }
    assert weights["CN"] == ["21.000000", "8.000000", "22.000000"]
    assert weights["HK"] != weights["CN"] != weights["TW"]
    later = asked(total="100", step="1", period="2027-02")
    assert later["parts"][0]["amount"] == "100.00"
    assert later["provisional"] in (True, False)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"unit": "NOWHERE"}, "unit"),
        ({"metric": "fame"}, "metric"),
        ({"period": "2026-13"}, "period"),
        ({"period": "0001"}, "period"),
        ({"total": "12a"}, "total"),
        ({"total": "99999999999999999"}, "total"),
        ({"total": "5"}, "total"),
        ({"step": "0"}, "step"),
        ({"step": "0.001"}, "step"),
        ({"by": "hour"}, "by"),
        ({"calendar": "MARS"}, "calendar"),
        ({"by": "unit", "unit": "EAST"}, "unit"),
        ({"period": "1990-01-01..2050-01-01"}, "period"),
        ({"by": "unit", "weights": "X,1\n"}, "weights"),
        ({"weights": "2025-01,1\n"}, "weights"),
        ({"weights": "\n"}, "weights"),
        ({"weights": "1,-1\n"}, "weights"),
        ({"weights": "1,many\n"}, "weights"),
        ({"weights": "1,1\n1,2\n"}, "weights"),
        ({"weights": "[1"}, "weights"),
        ({"weights": "1,0\n"}, "total"),
        ({"weights": "1,1,90000000\n2,1\n"}, "total"),
        ({"weights": "1,1\n01,2\n"}, "weights"),
        ({"by": "unit", "weights": "EAST,1\n东区,2\n"}, "weights"),
        ({"by": "week", "weights": "5,1\n"}, "weights"),
        ({"weights": "1," + "9" * 40}, "weights"),
        ({"weights": "1,NaN"}, "weights"),
        ({"weights": "[" * 100_000}, "weights"),
        ({"weights": "1,1\r2\r"}, "weights"),
        ({"weights": "".join(f"{line},1\n" for line in range(20_001))}, "weights"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(house: Cast, said: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        asked(**{"total": "60000000", **said})
    assert refusal.value.field == field and refusal.value.sentence


def test_weights_come_as_json_and_in_other_codes_too() -> None:
    assert read_weights(b'{"1": 2, "2": "3.5"}')["2"].weight == Decimal("3.5")
    rows = [{"username": "e1", "weight": 3}, {"username": "e2", "weight": 1, "locked": 40}, "nonsense"]
    assert read_weights(json.dumps(rows).encode())["e2"].locked == 40
    assert read_weights("username,权重\n东1,3\n".encode("gb18030"))["东1"].weight == 3


def test_weights_by_excel_in_utf_16_or_with_a_mark() -> None:
    text = "月份,权重,锁定\n1月,3,\n2月,1,40\n"
    for content in (text.encode("utf-16"), text.encode("utf-8-sig"), text.encode("gb18030")):
        assert {key: (one.weight, one.locked) for key, one in read_weights(content).items()} == {
            "1月": (3, None),
            "2月": (1, 40),
        }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04\x14\x00", "工作簿已损坏；请用 Excel 打开并重新保存。"),
        (b"\xff\xfe1", "文件既不是 CSV、工作簿，也不是 JSON。"),
        (b"\x89PNG\xff\xff\xff,1\n", "文件既不是 CSV、工作簿，也不是 JSON。"),
    ],
)
def test_what_is_no_text_is_refused_in_one_sentence(db: None, content: bytes, sentence: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_weights(content)
    assert (refusal.value.sentence, refusal.value.field) == (sentence, "weights")


def test_weights_come_in_a_workbook_whose_months_are_dates(house: Cast) -> None:
    rows = [[date(2026, month, 1), month, 40 if month == 2 else None] for month in range(1, 13)]
    out = io.BytesIO()
    write_xlsx(out, ["月份", "权重", "锁定"], rows, title="权重", notes=[])
    weights = read_weights(out.getvalue())
    said = Asked.read(unit="R1", metric="deals", period="2026", total="800", step="1", by="month")
    shares = propose(said, weights).shares
    assert [str(share.weight) for share in shares] == [str(month) for month in range(1, 13)]
    # 760 by 76 parts: ten each; February keeps its 40.
    assert [share.amount for share in shares] == [10, 40, *(10 * month for month in range(3, 13))]


def test_the_command_prints_it_and_writes_nothing(house: Cast, tmp_path: Path) -> None:
    from contextlib import nullcontext
    from unittest.mock import patch

    from click.testing import CliRunner

    from loudou.targets.commands import decompose as command
    from loudou.targets.models import Target

    file = tmp_path / "w.csv"
    file.write_text("EAST,45\nNORD,35\nWEST,20\n", "utf-8")
    words = "--unit R1 --metric bookings --period 2026 --total 6000万 --step 10000 --by unit --weights"
    with patch("loudou.targets.commands.ready", nullcontext):
        result = CliRunner().invoke(command, [*words.split(), str(file)])
        listed = CliRunner().invoke(command, [*words.split(), str(file), "--format", "csv"])
    assert result.exit_code == 0, result.output
    assert in_wan(json.loads(result.output)) == [2700, 2100, 1200]
    rows = [line.split(",") for line in listed.output.splitlines()]
    assert rows[0][:5] == ["key", "weight", "raw", "amount", "locked"]
    assert [row[0] for row in rows[1:]] == ["EAST", "NORD", "WEST"]
    assert rows[1][3:5] == ["27000000.00", "false"]
    plain = "--unit R1 --period 2026 --total 300 --by unit --metric"
    with patch("loudou.targets.commands.ready", nullcontext):
        told = [
            CliRunner().invoke(command, [*plain.split(), name]).output
            for name in ("new_customers", "new-customers")
        ]
    assert told[0] == told[1] and json.loads(told[0])["metric"] == "new_customers"
    assert not Target.objects.exists()


WEIGHTS = st.lists(
    st.decimals(min_value=0, max_value=500, places=2, allow_nan=False, allow_infinity=False),
    min_size=1,
    max_size=30,
)


@given(st.integers(0, 10**9), WEIGHTS, st.sampled_from([1, 100, 10_000]), st.data())
def test_parts_always_sum_to_the_whole(
    steps: int, weights: list[Decimal], step: int, data: st.DataObject
) -> None:
    total = Decimal(steps * step)
    locked = data.draw(st.sets(st.integers(0, len(weights) - 1), max_size=len(weights) - 1))
    pieces = [
        Piece(str(place), weight + 1, Decimal(0) if place in locked else None)
        for place, weight in enumerate(weights)
    ]
    shares = decompose(total, pieces, Decimal(step))
    assert whole(shares) == total and sums_up(total, shares).passed
    assert all(share.amount % step == 0 for share in shares)
    assert all(abs(share.amount - share.raw) < step for share in shares)


@settings(deadline=None)
@given(st.dates(date(2015, 1, 1), date(2030, 1, 1)), st.integers(1, 800), st.integers(1, 12))
def test_weeks_months_and_days_weigh_what_their_period_weighs(start: date, length: int, first: int) -> None:
    end = date.fromordinal(start.toordinal() + length)
    timing = Timing(Fiscal(first), WorkCalendar(), Seasons({1: Decimal("0.5"), 7: Decimal("1.75")}))
    period = Period(start, end)
    for grain in (Grain.QUARTER, Grain.MONTH, Grain.WEEK, Grain.DAY):
        pieces = timing.pieces(period, grain)
        assert sum((piece.weight for piece in pieces), Decimal(0)) == timing.weight(period)
        assert len({piece.key for piece in pieces}) == len(pieces)
        for piece in pieces:
            assert timing.fiscal.parse(piece.key).length > 0


@given(st.decimals(0, 10**9, places=2), st.decimals(0, 10**9, places=2))
def test_the_check_of_120_percent_is_inclusive(target: Decimal, carried: Decimal) -> None:
    check = over_assigned(target, carried)
    assert check.passed == (carried * 10 >= target * 12)
    assert check.passed or carried + check.shortfall == target * Decimal("1.2")
