"""What differs between both logs, items of days, absences, annulment over the API: by the same rules as on the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from loudou.daylog import verbs
from loudou.daylog.models import Absence, DayLog, Item
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.people.models import User
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls, problem
from tests.make import day, instant

TUESDAY = day("2026-04-14")
HEARD = {"place": "绍兴", "customer_name": "甬江机电", "persons": "许明华", "result": "已确认"}


@pytest.fixture
def evening(cast: Cast) -> Iterator[Cast]:
    """Tuesday, 17:30."""
    with clock.at(instant("2026-04-14 17:30")):
        yield cast


def both_logs(cast: Cast) -> DayLog:
    """One stop in both logs, another place in each; one only written, one only heard."""
    written = [verbs.Stop(**{**HEARD, "place": "宁波"}), verbs.Stop(customer_name="东港电子", place="宁波")]
    log = verbs.submit_log(cast.chenan, day=TUESDAY, stops=written, by=cast.chenan)
    verbs.hear_report(cast.chenan, stops=[verbs.Stop(**HEARD)], by=cast.wangfang)
    return log


def test_the_differences_are_told_stop_by_stop_and_read_on_record(evening: Cast) -> None:
    log = both_logs(evening)
    told = Calls(evening.wumin).get(f"/day-logs/{log.pk}/differences").json()
    assert (told["fields_compared"], told["fields_differing"]) == (4, 1)
    (pair,) = told["pairs"]
    assert (pair["differing"], pair["written"]["place"], pair["heard"]["place"]) == (
        ["place"],
        "宁波",
        "绍兴",
    )
    assert [stop["customer_name"] for stop in told["only_written"]] == ["东港电子"]
    assert told["only_heard"] == []
    assert [entry.actor for entry in Entry.objects.filter(event="daylog.read")] == [evening.wumin]


def test_an_author_is_told_nowhere_how_a_log_compares_while_it_can_change(evening: Cast) -> None:
    """Neither a count nor a flag nor a filter nor the board gives away what the desk heard (R115)."""
    log = both_logs(evening)

    def told(who: User) -> tuple[object, ...]:
        calls, page = Calls(who), enter(Client(), who)
        row = calls.get(f"/day-logs/{log.pk}").json()
        board = calls.get("/reports/three-e?from=2026-04-14&to=2026-04-15").json()
        chosen = [
            len(calls.get(f"/day-logs?state={one}").json()["items"]) for one in ("differing", "flagged")
        ]
        shown = page.get(reverse("daylog:log", args=[log.pk])).content.decode()
        marks = ["双日志不一致" in shown, "地点不一致" in shown]
        return row["flags"], row["differing"], row["unpaired"], board["compared"], chosen, marks

    everything = (["place_mismatch"], 1, 1, 4, [1, 1], [True, True])
    with clock.at(instant("2026-04-14 18:00")):
        assert told(evening.wumin) == everything
        assert told(evening.chenan) == ([], None, None, 0, [0, 0], [False, False])
    with clock.at(instant("2026-04-15 12:01")):
        assert told(evening.chenan) == everything


def test_a_difference_is_asked_about_explained_and_judged(evening: Cast) -> None:
    log, desk, author = both_logs(evening), Calls(evening.wangfang), Calls(evening.chenan)
    line = desk.get(f"/day-logs/{log.pk}/differences").json()["pairs"][0]["line"]
    asking = f"/day-logs/{log.pk}/queries"
    assert problem(desk.post(asking, {"line": line, "field": "persons"}), 422, "refused")
    assert "line" in problem(desk.post(asking, {"line": 1 << 40, "field": "place"}), 422, "")["fields"]
    made = desk.post(asking, {"line": line, "field": "place"})
    query = made.json()
    assert (made.status_code, made["Location"]) == (201, f"/api/v1/day-queries/{query['id']}")
    assert (query["written"], query["heard"], query["due_at"]) == (
        "宁波",
        "绍兴",
        "2026-04-15T10:00:00+00:00",
    )
    path = f"/day-queries/{query['id']}"
    assert problem(desk.post(f"{path}/judge", {"verdict": "explained"}), 422, "refused")
    assert [row["id"] for row in author.get("/day-queries?state=unanswered").json()["items"]] == [query["id"]]
    answer = {"answer": "客户的新厂在绍兴", "version": 1}
    assert author.post(f"{path}/explain", answer).json()["version"] == 2
    assert problem(author.post(f"{path}/explain", answer), 409, "stale")
    assert [row["id"] for row in desk.get("/day-queries?state=answered&owner=chenan").json()["items"]] == [
        query["id"]
    ]
    judged = desk.post(f"{path}/judge", {"verdict": "explained"}).json()
    assert (judged["verdict"], judged["judged_by"]["username"]) == ("explained", "wangfang")
    assert problem(desk.post(f"{path}/judge", {"verdict": "integrity"}), 422, "refused")
    assert desk.get("/day-queries?state=answered").json()["items"] == []
    assert author.get("/day-queries?period=2026-03").json()["items"] == []
    assert [row["id"] for row in author.get("/day-queries?state=judged").json()["items"]] == [query["id"]]


def test_an_annulled_log_counts_as_missing_and_is_not_handed_in_anew(evening: Cast) -> None:
    log, control = both_logs(evening), Calls(evening.wangfang)
    path, told = f"/day-logs/{log.pk}/annul", {"reason": "客户称无人来访", "version": 2}
    assert problem(control.post(path, told), 409, "stale")
    annulled = control.post(path, {**told, "version": 1}).json()
    assert (annulled["standing"], annulled["annulled_reason"]) == ("missing", "客户称无人来访")
    anew = {"day": "2026-04-14", "stops": [{"place": "宁波"}]}
    assert problem(Calls(evening.chenan).post("/day-logs", anew), 422, "refused")
    assert [row["id"] for row in control.get("/day-logs?state=annulled").json()["items"]] == [log.pk]


def test_what_is_not_done_carries_its_day_cause_and_age(evening: Cast) -> None:
    mine, manager = Calls(evening.chenan), Calls(evening.wumin)
    planned = mine.post("/day-items", {"text": "寄样件"})
    item = planned.json()
    assert (planned.status_code, item["due_on"], item["age"]) == (201, "2026-04-15", 0)
    assert mine.post("/day-items", {"text": "寄样件"}).json()["id"] == item["id"]
    assert "text" in problem(mine.post("/day-items", {"text": " "}), 422, "refused")["fields"]
    with clock.at(instant("2026-04-17 09:00")):
        late = manager.get("/day-items?state=overdue").json()["items"]
        assert [(row["text"], row["age"], row["cause"]) for row in late] == [("寄样件", 2, "")]
        carry = f"/day-items/{item['id']}/carry"
        assert problem(mine.post(carry, {"cause": "缺货", "to": "2026-04-15"}), 422, "refused")
        onward = mine.post(carry, {"cause": "缺货", "to": "2026-04-20", "version": 1}).json()
        assert (onward["due_on"], onward["since"], onward["age"]) == ("2026-04-20", "2026-04-15", 5)
        carried = manager.get("/day-items?state=carried&owner=chenan&period=2026-04").json()["items"]
        assert [(row["cause"], row["goes_on_on"], row["age"]) for row in carried] == [
            ("缺货", "2026-04-20", 0)
        ]
        assert problem(mine.post(f"/day-items/{item['id']}/close"), 422, "refused")
    with clock.at(instant("2026-04-21 09:00")):
        for _time in range(2):
            done = mine.post(f"/day-items/{onward['id']}/close").json()
        assert (done["closed_on"], done["age"], done["version"]) == ("2026-04-21", 6, 2)
        assert mine.get("/day-items").json()["items"] == []
    assert Item.objects.count() == 2


def test_an_absence_is_noted_and_taken_back(evening: Cast) -> None:
    manager = Calls(evening.wumin)
    told = {"user": evening.chenan.pk, "first": "2026-04-15", "last": "2026-04-16", "note": "婚假"}
    made = manager.post("/absences", told).json()
    assert (made["kind"], made["user"]["username"]) == ("leave", "chenan")
    assert "first" in problem(manager.post("/absences", told), 422, "refused")["fields"]
    assert problem(Calls(evening.chenan).post("/absences", told), 403, "forbidden")
    mine = Calls(evening.chenan).get("/absences?period=2026-04").json()["items"]
    assert [row["note"] for row in mine] == ["婚假"]
    assert manager.get("/absences?period=2026-05").json()["items"] == []
    assert manager.send("DELETE", f"/absences/{made['id']}").status_code == 204
    assert not Absence.objects.exists()
