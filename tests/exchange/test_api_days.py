"""The control desk's log, spot checks and calls for help over the API: by the same rules as on the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from loudou.daylog import verbs
from loudou.daylog.models import DayLog, DeskLog, SpotCheck, Support
from loudou.journal.models import Entry
from loudou.kernel import clock
from tests.cast import Cast
from tests.exchange.calling import Calls, problem
from tests.make import day, instant

TUESDAY = day("2026-04-14")
STOP = {"place": "宁波", "customer_name": "甬江机电", "at": "2026-04-14T10:00:00+08:00"}


@pytest.fixture
def evening(cast: Cast) -> Iterator[Cast]:
    """Tuesday, 17:30."""
    with clock.at(instant("2026-04-14 17:30")):
        yield cast


def handed_in(cast: Cast) -> DayLog:
    return verbs.submit_log(cast.chenan, day=TUESDAY, stops=[verbs.Stop(place="绍兴")], by=cast.chenan)


def test_the_desk_notes_both_calls_of_a_day(evening: Cast) -> None:
    desk, chenan = Calls(evening.wangfang), evening.chenan.pk
    desk.post("/desk-logs/arrival", {"user": chenan, "arrival": "late", "deviation": "堵车"})
    began = "2026-04-14T17:10:00+08:00"
    heard = desk.post("/desk-logs/report", {"user": chenan, "stops": [STOP], "began_at": began}).json()
    assert (heard["arrival"], heard["deviation"], heard["in_window"]) == ("late", "堵车", True)
    assert [stop["customer_name"] for stop in heard["stops"]] == ["甬江机电"]
    assert DeskLog.objects.get().reported_by == evening.wangfang
    other = {"user": chenan, "stops": [{**STOP, "at": "2026-04-13T10:00:00+08:00"}]}
    assert "stops.0.at" in problem(desk.post("/desk-logs/report", other), 422, "refused")["fields"]
    assert (
        "user" in problem(desk.post("/desk-logs/arrival", {"user": 0, "arrival": "late"}), 422, "")["fields"]
    )
    nothing = {"user": evening.lina.pk}
    assert "deviation" in problem(desk.post("/desk-logs/report", nothing), 422, "refused")["fields"]


def test_what_the_desk_heard_is_listed_without_places_and_read_on_record(evening: Cast) -> None:
    kept = verbs.hear_report(evening.chenan, stops=[verbs.Stop(place="宁波")], by=evening.wangfang)
    manager = Calls(evening.wumin)
    listed = manager.get("/desk-logs?owner=chenan&period=2026-04").json()["items"]
    assert [row["id"] for row in listed] == [kept.pk]
    assert manager.get("/desk-logs?period=2026-03").json()["items"] == []
    assert "宁波" not in str(listed)
    assert not Entry.objects.filter(event="daylog.read").exists()
    for _time in range(2):
        assert manager.get(f"/desk-logs/{kept.pk}").json()["stops"][0]["place"] == "宁波"
    assert [entry.actor for entry in Entry.objects.filter(event="daylog.read")] == [evening.wumin]


def test_a_list_of_day_logs_names_no_place(evening: Cast) -> None:
    log = handed_in(evening)
    listed = Calls(evening.wumin).get("/day-logs").json()["items"]
    assert [row["id"] for row in listed] == [log.pk]
    assert "绍兴" not in str(listed)


def test_a_week_is_drawn_and_what_is_not_true_is_annulled(evening: Cast) -> None:
    log, control = handed_in(evening), Calls(evening.wangfang)
    drawn = control.post("/spot-checks/draw", {"day": "2026-04-16"}).json()["items"]
    assert [(row["day_log"], row["reason"], row["week"]) for row in drawn] == [
        (log.pk, "random", "2026-04-13")
    ]
    assert control.post("/spot-checks/draw").json()["items"] == []
    assert [row["id"] for row in control.get("/spot-checks?checked=false").json()["items"]] == [
        drawn[0]["id"]
    ]
    path = f"/spot-checks/{drawn[0]['id']}/finding"
    told = {"result": "false", "finding": "客户称无人来访", "version": 1}
    assert problem(control.post(path, {**told, "finding": ""}), 422, "refused")["fields"]["finding"]
    assert problem(Calls(evening.wumin).post(path, told), 403, "forbidden")
    found = control.post(path, told).json()
    assert (found["result"], found["checker"]["username"], found["version"]) == ("false", "wangfang", 2)
    assert problem(control.post(path, told), 409, "stale")
    log.refresh_from_db()
    assert log.annulled_at is not None
    assert control.get("/spot-checks?checked=false").json()["items"] == []
    assert [row["id"] for row in control.get("/spot-checks?checked=true").json()["items"]] == [found["id"]]


def test_a_log_that_looks_odd_is_taken_once(evening: Cast) -> None:
    log, control = handed_in(evening), Calls(evening.wangfang)
    made = control.post("/spot-checks", {"day_log": log.pk})
    assert made.status_code == 201
    assert made["Location"] == f"/api/v1/spot-checks/{SpotCheck.objects.get().pk}"
    assert problem(control.post("/spot-checks", {"day_log": log.pk}), 422, "refused")
    assert "day_log" in problem(control.post("/spot-checks", {"day_log": 0}), 422, "")["fields"]


def test_help_is_asked_for_and_answered_by_another(evening: Cast) -> None:
    asker, manager = Calls(evening.chenan), Calls(evening.wumin)
    asked = asker.post("/support-requests", {"matter": "需要样机一台"}).json()
    assert (asked["due_at"], asked["answered_at"]) == ("2026-04-15T10:00:00+00:00", None)
    path = f"/support-requests/{asked['id']}"
    assert [row["id"] for row in manager.get("/support-requests?answered=false").json()["items"]] == [
        asked["id"]
    ]
    answered = manager.post(f"{path}/answer", {"answer": "周三到货", "version": 1}).json()
    assert (answered["answer"], answered["answered_by"]["username"]) == ("周三到货", "wumin")
    assert problem(manager.post(f"{path}/answer", {"answer": "再答"}), 422, "refused")
    assert manager.get("/support-requests?answered=false").json()["items"] == []
    assert asker.get(path).json()["answered_at"] is not None
    own = Calls(evening.wumin).post("/support-requests", {"matter": "需要售前"}).json()
    refused = problem(manager.post(f"/support-requests/{own['id']}/answer", {"answer": "好"}), 422, "refused")
    assert "answer" in refused["fields"]
    assert Support.objects.filter(answered_at=None).count() == 1
