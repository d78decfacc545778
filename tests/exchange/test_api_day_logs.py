"""Day logs over the API: handed in once, refused as on the page, read on record."""

from __future__ import annotations

import pytest

from loudou.customers import verbs as customers
from loudou.daylog import verbs
from loudou.daylog.models import DayLog, Item
from loudou.journal.models import Entry
from loudou.kernel import clock
from tests.cast import Cast
from tests.exchange.calling import Calls, problem
from tests.make import day, instant

EVENING = instant("2026-04-14 20:00")
STOP = {"place": "宁波", "persons": "许明华", "outcome": "agreed", "result": "确认方案"}


def test_a_day_is_handed_in_once_with_what_became_of_its_items(cast: Cast) -> None:
    calls = Calls(cast.chenan)
    with clock.at(EVENING):
        customer = customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan)
        verbs.plan_items(cast.chenan, texts=["寄样件", "报价"], after=day("2026-04-13"), by=cast.chenan)
        first, second = Item.objects.order_by("pk")
        answers = [
            {"item": first.pk, "done": True},
            {"item": second.pk, "cause": "客户改期", "to": "2026-04-16"},
        ]
        stops = [{**STOP, "customer": customer.pk, "at": "2026-04-14T10:00:00+08:00"}]
        said = {"day": "2026-04-14", "stops": stops, "items": answers, "plan": "回访"}
        made = calls.post("/day-logs", said)
        assert made.status_code == 201, made.content
        assert calls.post("/day-logs", said).json()["id"] == made.json()["id"]
    told = made.json()
    assert (told["standing"], told["edition"], told["stops"][0]["customer"]["id"]) == (
        "on_time",
        1,
        customer.pk,
    )
    first.refresh_from_db()
    assert first.closed_on == day("2026-04-14")
    assert Item.objects.get(carried_from=second).due_on == day("2026-04-16")
    listed = Calls(cast.wumin).get("/day-logs?owner=chenan&state=unsigned").json()
    assert [row["id"] for row in listed["items"]] == [told["id"]]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"day": "2026-04-15", "stops": [STOP]}, "day"),
        ({"day": "2026-04-13", "stops": [STOP]}, "late_reason"),
        ({"day": "2026-04-14"}, "reflection"),
        ({"day": "2026-04-14", "stops": [STOP, {**STOP, "at": "2026-04-13T10:00:00+08:00"}]}, "stops.1.at"),
        ({"day": "2026-04-14", "stops": [{**STOP, "customer": 999_999}]}, "stops"),
    ],
)
def test_what_the_page_refuses_is_refused_here(cast: Cast, said: dict[str, object], field: str) -> None:
    calls = Calls(cast.chenan)
    at = instant("2026-04-14 09:00") if field == "late_reason" else EVENING
    with clock.at(at):
        assert field in problem(calls.post("/day-logs", said), 422, "")["fields"]
    assert not DayLog.objects.exists()


def test_reading_the_day_of_another_is_on_record(cast: Cast) -> None:
    with clock.at(EVENING):
        log = verbs.submit_log(
            cast.chenan, day=day("2026-04-14"), stops=[verbs.Stop(place="宁波")], by=cast.chenan
        )
        for who in (cast.chenan, cast.wumin, cast.wumin):
            assert Calls(who).get(f"/day-logs/{log.pk}").json()["day"] == "2026-04-14"
    assert [entry.actor for entry in Entry.objects.filter(event="daylog.read")] == [cast.wumin]
