"""Weeks and days that follow from their month: to every digit as D1 has it, exact, by the days on which a unit sells."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from loudou.kernel.periods import Fiscal, Grain
from loudou.people.models import Calendar, Unit, User
from loudou.people.queries import organisation
from loudou.targets import verbs
from loudou.targets.figures.decompose import Piece
from loudou.targets.figures.slices import Week, sliced
from loudou.targets.models import Target
from loudou.targets.proposals import Asked, propose
from loudou.targets.queries.sheet import sheet_of
from loudou.targets.queries.slices import Slices, view_of
from loudou.targets.verbs import CellInput
from tests.cast import Cast
from tests.doors import enter
from tests.targets.test_sheet import workbook

YEAR = Fiscal().parse("2026")
APRIL = Fiscal().parse("2026-04")
STEP = Decimal(10_000)
ASKED = "?unit={}&metric=bookings&period=2026&grain={}&within=2026-04"
WEEKS = (
    "2026-04-01..2026-04-06",
    "2026-W15",
    "2026-W16",
    "2026-W17",
    "2026-04-27..2026-05-01",
)


@pytest.fixture
def team(cast: Cast) -> Unit:
    return Unit.objects.get(pk=cast.wumin.unit_id)


def weeks(*weights: int, **set_: Decimal) -> list[Week]:
    return [Week(Piece(str(n), Decimal(weight), set_.get(f"w{n}"))) for n, weight in enumerate(weights)]


def test_a_month_goes_to_its_weeks_and_a_week_to_its_days() -> None:
    """D1: April 502 of 万 over 3, 4, 5, 5, 4 working days; its third week is 238,000 a day."""
    third = Week(Piece("2", Decimal(5)), [Piece(f"d{n}", Decimal(1)) for n in range(5)])
    own = weeks(3, 4, 5, 5, 4)
    own[2] = third
    found = sliced(Decimal(5_020_000), own, STEP)
    assert [found[str(n)] / STEP for n in range(5)] == [72, 96, 119, 119, 96]
    assert {found[f"d{n}"] for n in range(5)} == {Decimal(238_000)}


def test_what_does_not_come_out_in_steps_comes_out_in_units_or_cents() -> None:
    assert list(sliced(Decimal(10), weeks(1, 1, 1), STEP).values()) == [4, 3, 3]
    assert list(sliced(Decimal("0.10"), weeks(1, 1, 1), STEP).values()) == [
        Decimal("0.04"),
        Decimal("0.03"),
        Decimal("0.03"),
    ]


def test_what_was_set_stays_and_the_rest_shares_what_is_left() -> None:
    assert sliced(Decimal(100), weeks(1, 1, 1, w1=Decimal(40)), STEP) == {"0": 30, "1": 40, "2": 30}
    beyond = sliced(Decimal(100), weeks(1, 1, w1=Decimal(140)), STEP)
    assert beyond == {"1": 140}  # what was set comes to more: nobody knows what the other has
    assert sliced(None, weeks(1, 1, w1=Decimal(5)), STEP) == {"1": 5}
    assert sliced(Decimal(7), weeks(0, 0), STEP) == {}  # nobody works
    assert sliced(Decimal(9), weeks(0, 1), STEP) == {"1": 9}


def test_a_rate_is_the_same_in_every_week() -> None:
    found = sliced(Decimal("12.5"), weeks(3, 0, 1, w2=Decimal(20)), STEP, is_rate=True)
    assert found == {"0": Decimal("12.5"), "2": 20}


def _set(unit: Unit, amount: int, person: User | None = None, metric: str = "bookings") -> None:
    verbs.set_cells([CellInput(unit, person, APRIL, Decimal(amount))], metric=metric, by=None)


def _slices(cast: Cast, unit: Unit, grain: Grain, within: Any = APRIL) -> Slices:
    company = organisation()
    found = sheet_of(cast.wumin, unit, "bookings", YEAR, company)
    return Slices(found, within, grain, company.fiscal, STEP)


def test_weeks_are_what_decompose_proposes_and_days_those_of_their_week(cast: Cast, team: Unit) -> None:
    _set(team, 5_020_000)
    row = f"u{team.pk}"
    found = _slices(cast, team, Grain.DAY)
    asked = {"unit": team, "metric": "bookings", "step": STEP}
    proposed = propose(Asked(period=APRIL, total=Decimal(5_020_000), by="week", **asked))
    assert {share.key: share.amount for share in proposed.shares} == {
        key: found.amounts[row, key] for key in WEEKS
    }
    for week in proposed.shares:
        period = Fiscal().parse(week.key)
        days = propose(
            Asked(period=period, total=week.amount, by="day", **asked | {"step": Decimal(1)})
        ).shares
        assert {day.key: day.amount for day in days} == {
            day.key: found.amounts[row, day.key] for day in found.days if day.week == week.key
        }
    assert sum(found.amounts[row, day.key] for day in found.days) == 5_020_000
    assert "2026-04-06" not in {day.key for day in found.days}  # 清明


def test_each_unit_goes_by_the_days_on_which_it_sells(cast: Cast, team: Unit) -> None:
    weights = [Decimal(n) for n in (0, 0, 0, 0, 0, 1, 1)]
    verbs.set_selling_days(unit=team, weekdays=weights, holiday=Decimal(0), by=None)
    above = team.parent
    assert above is not None
    company = organisation()
    _set(team, 300), _set(above, 300)
    found = sheet_of(cast.heli, above, "bookings", YEAR, company)
    slices = Slices(found, APRIL, Grain.DAY, company.fiscal, STEP)
    of_team = {key for row, key in slices.amounts if row == f"u{team.pk}" and len(key) == 10}
    of_above = {key for row, key in slices.amounts if row == f"u{above.pk}" and len(key) == 10}
    assert {date.fromisoformat(key).weekday() for key in of_team} == {5, 6}
    assert of_above and {date.fromisoformat(key).weekday() for key in of_above} <= {0, 1, 2, 3, 4}
    assert len(found.times) == 2


def test_a_target_of_a_week_that_was_set_stays(cast: Cast, team: Unit) -> None:
    _set(team, 5_020_000)
    verbs.set_target(
        unit=team, metric="bookings", period=Fiscal().parse(WEEKS[0]), amount=Decimal(20_000), by=None
    )
    found = _slices(cast, team, Grain.WEEK).amounts
    own = [found[f"u{team.pk}", key] for key in WEEKS]
    assert own[0] == 20_000 and sum(own) == 5_020_000


def test_the_page_shows_weeks_days_quarters_and_years(cast: Cast, team: Unit, client: Client) -> None:
    _set(team, 5_020_000)
    for year, amount in (("2025", 70), ("2026", 80), ("2028", 90)):
        verbs.set_target(
            unit=team, metric="bookings", period=Fiscal().parse(year), amount=Decimal(amount), by=None
        )
    enter(client, cast.wumin)

    def data(grain: str) -> Any:
        return client.get(f"/targets/sheet/data/{ASKED.format(team.code, grain)}").json()

    def page(grain: str) -> str:
        return client.get(f"/targets/sheet/{ASKED.format(team.code, grain)}").content.decode()

    told = data("week")["slices"]
    assert [one[2] for one in told["weeks"]] == ["1–5", "6–12", "13–19", "20–26", "27–30"]
    assert told["months"] == ["2026-04"] and told["days"] == []
    assert 'data-grain="week"' in page("week") and "5,020,000" in page("day")
    days = data("day")["slices"]["days"]
    assert len(days) == 21 and days[0][:3] == ["2026-04-01", WEEKS[0], "1 周三"]
    assert data("month")["slices"] is None and data("quarter")["sums"] == {
        f"u{team.pk}": {"2026-Q2": "5020000.00"}
    }
    assert data("year")["years"] == [
        ["2028", {f"u{team.pk}": "90.00"}],
        ["2025", {f"u{team.pk}": "70.00"}],
    ]
    assert data("month")["years"] == []
    row = client.get(f"/targets/sheet/row/u{team.pk}/{ASKED.format(team.code, 'week')}").content.decode()
    assert "1,190,000" in row and 'name="2026-04"' in row and 'name="2026-05"' not in row
    years = client.get(f"/targets/sheet/row/u{team.pk}/{ASKED.format(team.code, 'year')}").content.decode()
    assert ">90<" in years and 'name="2026-04"' not in years


def test_weeks_of_a_year_whose_holidays_are_not_published_say_so(
    cast: Cast, team: Unit, client: Client
) -> None:
    Calendar.objects.update(known_until=2026)
    enter(client, cast.wumin)
    for year, told in (("2026", False), ("2027", True)):
        page = client.get(f"/targets/sheet/?unit={team.code}&grain=week&period={year}").content.decode()
        assert ("日历尚未公布" in page) is told


def test_what_the_address_does_not_know_is_the_stretch_of_today(
    cast: Cast, team: Unit, client: Client
) -> None:
    enter(client, cast.wumin)
    fiscal, today = organisation().fiscal, organisation().today
    for grain, usual in (("week", Grain.QUARTER), ("day", Grain.MONTH)):
        for within in ("2031-04", "2026-H1", "x", ""):
            asked = f"?unit={team.code}&grain={grain}&within={within}"
            months = client.get(f"/targets/sheet/data/{asked}").json()["slices"]["months"]
            stretch = fiscal.of(today, usual)
            assert months == [fiscal.name(month) for month in fiscal.split(stretch, Grain.MONTH)]
    asked = f"?unit={team.code}&grain=week&period=2031"
    first = client.get(f"/targets/sheet/data/{asked}").json()["slices"]["months"]
    assert first == ["2031-01", "2031-02", "2031-03"]


def _queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_every_grain_asks_the_same_however_many_people_there_are(
    cast: Cast, team: Unit, client: Client
) -> None:
    enter(client, cast.wumin)
    grains = ("year", "quarter", "month", "week", "day")
    addresses = [
        f"/targets/sheet/{data}{ASKED.format(team.code, grain)}&since=1"
        for grain in grains
        for data in ("", "data/")
    ]
    _set(team, 100)
    before = [_queries(client, address) for address in addresses]
    _set(team, 40, cast.lina), _set(team, 30, cast.chenan)
    assert [_queries(client, address) for address in addresses] == before
    assert max(before) <= 20


def test_the_workbook_has_the_weeks_and_takes_the_months_back(cast: Cast, team: Unit, client: Client) -> None:
    _set(team, 5_020_000)
    enter(client, cast.wumin)
    asked = ASKED.format(team.code, "week")
    answer = client.post(f"/targets/sheet/out/{asked}")
    assert 'filename="targets-D1-bookings-2026-04-week.xlsx"' in answer["Content-Disposition"]
    rows = workbook(answer)
    assert rows[0][3:10] == ["2026", "2026-04", *WEEKS]
    assert rows[1][4:10] == [5_020_000, 720_000, 960_000, 1_190_000, 1_190_000, 960_000]

    def send(rows: list[list[Any]]) -> Any:
        lines = [",".join('"' + str(cell).replace('"', '""') + '"' for cell in row) for row in rows]
        file = SimpleUploadedFile("targets.csv", "\n".join(lines).encode())
        return client.post(f"/targets/sheet/in/{asked}", {"file": file})

    typed = [list(row) for row in rows]
    typed[1][7] = 5
    refused = send(typed)
    assert refused.status_code == 422 and "2026-W16" in refused.content.decode()
    typed = [list(row) for row in rows]
    typed[1][4] = 6_000_000
    assert send(typed).status_code == 302
    assert Target.objects.get().amount == 6_000_000
    typed[1][-1] = json.dumps({"2026-04": [2, "6000000.00"]})  # without what followed then, none was there
    assert send(typed).status_code == 422


def test_the_workbook_of_years_has_the_years_beside(cast: Cast, team: Unit, client: Client) -> None:
    for year, amount in (("2025", 70), ("2026", 80)):
        verbs.set_target(
            unit=team, metric="bookings", period=Fiscal().parse(year), amount=Decimal(amount), by=None
        )
    company = organisation()
    found = sheet_of(cast.wumin, team, "bookings", YEAR, company)
    view = view_of(cast.wumin, found, company, Grain.YEAR, None, STEP)
    assert (list(view.keys), view.follows) == (["2026", "2025"], {(f"u{team.pk}", "2025"): 70})
    enter(client, cast.wumin)
    answer = client.post(f"/targets/sheet/out/{ASKED.format(team.code, 'year')}")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert list(book[1])[3:5] == [80, 70]
