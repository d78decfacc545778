"""What is asked for and how it comes in: D6's 264 to the digit, from files to the report, the API and the page."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from loudou.forms.figures.handing_in import of_emergency
from loudou.insight.reports import run
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.people.models import User
from loudou.people.queries import work_calendar
from tests.cast import Cast
from tests.daylog import files
from tests.daylog.files import at, bring
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.forms import making
from tests.make import instant

REPS = [f"six{number}" for number in range(1, 7)]
APRIL = {"unit": "D6", "period": "2026-04", "as-of": "2026-05-15T00:00:00+08:00"}
ENDS = [date(2026, 4, day) for day in (5, 12, 19, 26, 30)]  # weeks, clipped at the month's ends
Rows = Iterator[Mapping[str, str]]


def logs(days: list[date]) -> Rows:
    """126 of them: of the first day one late, one after the lock, one never."""
    for day in days:
        following = work_calendar().add(day, 1)
        for rep in REPS:
            clock_of = {"six1": at(following, "11:30"), "six2": at(following, "12:30")}
            handed = clock_of.get(rep, at(day, "20:00")) if day == days[0] else at(day, "20:00")
            if day != days[0] or rep != "six3":
                yield {**files.stop(rep, day), "submitted_at": handed}


def visits(days: list[date]) -> Rows:
    """54 visits, each with its record: two emergencies, two plans too late; two records late, two never written."""
    for number in range(54):
        place = 1 + number // 6 * 2
        day, before = days[place], days[place - 1]
        yield {
            "code": f"D6-{number}",
            "owner_username": REPS[number % 6],
            "customer_code": "D6C",
            "starts_at": at(day, "10:00"),
            "executed_at": at(day, "10:00"),
            **(
                {"emergency_reason": "客户停线", "approved_at": at(day, "15:00")}
                if number < 2
                else {
                    "submitted_at": at(before, "18:30" if number < 4 else "17:00"),
                    "approved_at": at(before, "20:10"),
                }
            ),
            **(
                {"recorded_at": at(day + timedelta(days=2 if number in (5, 6) else 0), "18:00")}
                if number not in (7, 8)
                else {}
            ),
        }


@pytest.fixture
def month(cast: Cast, tmp_path: Path) -> Cast:
    for kind, rows in files.team("D6", REPS, files.BOSS):
        bring(tmp_path, kind, rows)
    bring(tmp_path, "customers", [{"code": "D6C", "name": "甬江机电", "owner_username": "six1"}])
    days = [date(2026, 4, 1) + timedelta(days=offset) for offset in range(30)]
    days = [day for day in days if work_calendar().works(day)]
    with clock.at(instant("2026-03-20 10:00")):
        making.issued(cast, "D6-R", name="竞品周报", period="week", unit=None)
    with clock.at(instant("2026-05-14 10:00")):
        for kind, rows in (("day-logs", logs(days)), ("visits", visits(days)), ("form-records", weekly())):
            result = bring(tmp_path, kind, list(rows))
            assert not result.counts.refused, list(result.notes)
    return cast


def weekly() -> Rows:
    """30 of them: two never, one on the morning after the week."""
    for end in ENDS:
        for rep in REPS:
            handed = at(end, "17:00")
            if end == ENDS[1] and rep == "six4":
                handed = at(end + timedelta(days=1), "11:00")
            if end != ENDS[2] or rep not in ("six5", "six6"):
                yield {"form_code": "D6-R", "username": rep, "submitted_at": handed}


def test_what_was_due_of_d6(month: Cast) -> None:
    told = run("hand-ins", APRIL, None)
    due = {
        row["document"]: [row[name] for name in ("due", "on_time", "late", "missing")]
        for row in told["documents"]
    }
    assert due == {
        "day-logs": [126, 123, 1, 2],
        "visit-plans": [54, 50, 4, 0],
        "visit-records": [54, 50, 2, 2],
        "D6-R": [30, 27, 1, 2],
    }
    assert [told[name] for name in ("due", "on_time", "late", "missing")] == [264, 250, 8, 6]
    assert (told["on_time_rate"], told["received_rate"]) == ("0.946970", "0.977273")
    gate = run("visit-discipline", APRIL, None)
    assert (gate["executed"], gate["emergencies"], gate["gate_compliance"]) == (54, 2, "0.962963")
    mine = {row["who"]: (row["due"], row["missing"]) for row in told["rows"]}
    assert (sum(due for due, _missing in mine.values()), sum(missing for _due, missing in mine.values())) == (
        264,
        6,
    )


def test_the_page_and_the_api_tell_the_same(month: Cast) -> None:
    told = Calls(month.wangfang).get("/reports/hand-ins?unit=D6&period=2026-04").json()
    assert (told["due"], told["received_rate"]) == (264, "0.977273")
    page = enter(Client(), month.wangfang).get("/forms/hand-ins/?unit=D6&period=2026-04").content.decode()
    assert all(figure in page for figure in ("264", "94.7%", "97.7%", "123/126", "27/30", "28/30"))


def test_it_leaves_the_house_as_a_file_on_record(month: Cast) -> None:
    client, april = enter(Client(), month.wangfang), "unit=D6&period=2026-04"
    assert client.post(f"/forms/hand-ins/file/pdf/?{april}").content.startswith(b"%PDF")
    saved = client.post(f"/forms/hand-ins/file/xlsx/?{april}").content
    book = CalamineWorkbook.from_filelike(io.BytesIO(saved))
    rows = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    assert [row[-6:] for row in rows if 264 in row] == [[264, 250, 8, 6, 0.94697, 0.977273]] * 2
    taken = Entry.objects.filter(event="report.taken_out")
    assert [(entry.particulars["report"], entry.particulars["count"]) for entry in taken] == [
        ("hand-ins", 6)
    ] * 2


@pytest.mark.parametrize(
    ("approved", "asked", "found"),
    [
        (24, 24, (0, 1, 0)),
        (25, 25, (0, 0, 1)),
        (None, 25, (0, 0, 1)),
        (None, 24, (0, 0, 0)),
        (5, 4, (0, 0, 0)),
    ],
)
def test_an_emergency_has_a_day_for_its_signature_in_place_of_a_plan(
    approved: int | None, asked: int, found: tuple[int, int, int]
) -> None:
    begun, hour = instant("2026-04-14 10:00"), timedelta(hours=1)
    signed = begun + approved * hour if approved is not None else None
    told = of_emergency(
        begun, signed, begun + asked * hour + timedelta(seconds=1) * (asked == approved == 24)
    )
    assert (told.on_time, told.late, told.missing) == found


def test_what_is_not_locked_yet_is_not_missing(month: Cast) -> None:
    """On the morning after the third week its two can still come; a form of the month is due at its end."""
    before = run("hand-ins", {**APRIL, "as-of": "2026-04-20T11:00:00+08:00"}, None)
    weekly = next(row for row in before["documents"] if row["document"] == "D6-R")
    assert [weekly[name] for name in ("due", "on_time", "late", "missing")] == [16, 15, 1, 0]
    after = run("hand-ins", {**APRIL, "as-of": "2026-04-20T12:00:01+08:00"}, None)
    weekly = next(row for row in after["documents"] if row["document"] == "D6-R")
    assert weekly["missing"] == 2


def test_nothing_is_due_in_the_future_nor_of_nobody(cast: Cast) -> None:
    told = run("hand-ins", {"period": "2030"}, None)
    assert (told["due"], told["on_time_rate"], told["on_time_rate_reason"]) == (0, None, "no_base")
    assert "没有" in enter(Client(), cast.wumin).get("/forms/hand-ins/?period=2020-01").content.decode()


def test_the_page_asks_little_of_the_database(month: Cast) -> None:
    client = enter(Client(), month.wangfang)
    client.get("/forms/hand-ins/?unit=D6&period=2026-04")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/forms/hand-ins/?unit=D6&period=2026-04").status_code == 200
    assert len(asked) <= 20


def test_where_no_log_was_ever_kept_visits_and_forms_are_due_all_the_same(cast: Cast, tmp_path: Path) -> None:
    with clock.at(instant("2026-03-20 10:00")):
        making.issued(cast, "D6-R", name="竞品周报", period="week", unit=cast.unit("D1"))
    told = run(
        "hand-ins", {"unit": "CENTER", "period": "2026-04", "as-of": "2026-05-15T00:00:00+08:00"}, None
    )
    weekly = next(row for row in told["documents"] if row["document"] == "D6-R")
    concerned = User.objects.filter(unit__code="D1", roles__contains=["rep"]).count()
    assert (weekly["due"], weekly["missing"]) == (5 * concerned, 5 * concerned)
    assert len(told["rows"]) > concerned
