"""Monday's forecast of a director in one go: why it moved, handing in and locking at once, how well all have forecast."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.forecasts import verbs
from loudou.forecasts.models import Submission
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.pipeline import verbs as pipeline
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.forecasts.test_submit import hand_in
from tests.make import day, instant

MONDAY = "2026-04-13 10:00"
FILL = re.compile(r'class="fill( amber)?" width="([0-9.]+)"')
MARCH = Period(day("2026-03-01"), day("2026-04-01"))
SENT = {"submitted": "95万", "reason": "一单已走完会签", "version": "0"}


@pytest.fixture(autouse=True)
def monday(cast: Cast) -> object:
    with clock.at(instant(MONDAY)):
        yield


def test_a_director_hands_in_and_locks_at_once(cast: Cast, client: Client) -> None:
    below = hand_in(cast.lina, 900_000)
    enter(client, cast.heli)
    page = client.get("/forecasts/").content.decode()
    assert 'name="lock"' in page and "提交并锁定" in page
    assert client.post("/forecasts/submit/", {**SENT, "reason": "", "lock": "1"}).status_code == 422
    assert not Submission.objects.exclude(locked_at=None).exists()
    assert client.post("/forecasts/submit/", {**SENT, "lock": "1"}).status_code == 302
    mine = Submission.objects.get(user=cast.heli)
    below.refresh_from_db()
    assert mine.is_official and below.is_official and below.submitted == 900_000
    page = client.get("/forecasts/").content.decode()
    assert "2 个预测" in page and 'name="lock"' not in page


def test_who_may_not_lock_hands_nothing_in_that_way(cast: Cast, client: Client) -> None:
    enter(client, cast.lina)
    assert 'name="lock"' not in client.get("/forecasts/").content.decode()
    assert client.post("/forecasts/submit/", {**SENT, "lock": "1"}).status_code == 403
    assert not Submission.objects.exists()


def test_what_moved_is_drawn_and_every_column_leads_to_its_deals(cast: Cast, client: Client) -> None:
    with clock.at(instant("2026-04-07 10:00")):
        hand_in(cast.heli, 0)
        pipeline.win(make.at_last_stage(cast.lina, amount=200_000, expected_on=day("2026-04-20")), by=None)
    enter(client, cast.heli)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        part = client.get("/forecasts/changes/", headers={"HX-Request": "true"}).content.decode()
    assert len(asked) <= 20
    [drawn] = re.findall(r'data-chart="([^"]*)"', part)
    [won] = re.findall(r'"url": ?"([^"]*bucket=won[^"]*)"', html.unescape(drawn))
    assert "200,000" in client.get(won.partition("#")[0]).content.decode().split('id="deals"')[1]


def test_how_well_all_have_forecast_stands_beside(cast: Cast, client: Client) -> None:
    with clock.at(instant("2026-03-03 10:00")):
        for who, number in ((cast.lina, 100_000), (cast.heli, 150_000)):
            verbs.submit(who, period=MARCH, submitted=Decimal(number), by=who, reason="另有一单")
        verbs.lock_period(MARCH, by=None)
        pipeline.win(make.at_last_stage(cast.lina, amount=100_000, expected_on=day("2026-03-20")), by=None)
    enter(client, cast.heli)
    assert "/forecasts/errors/" in client.get("/forecasts/").content.decode()
    assert client.get("/forecasts/errors/").headers["Location"] == "/forecasts/accuracy/"
    with CaptureQueriesContext(connection) as asked:
        beside = client.get("/forecasts/errors/", headers={"HX-Request": "true"}).content.decode()
    assert len(asked) <= 20
    assert beside.index("中心主任") < beside.index("人员")
    assert "50.0%" in beside and "1 次中 0 次在 20% 以内" in beside and "1 次中 1 次在 35% 以内" in beside
    assert [(over, float(width)) for over, width in FILL.findall(beside)] == [(" amber", 100.0), ("", 0.0)]


def test_before_anything_is_locked_the_part_says_so(cast: Cast, client: Client) -> None:
    enter(client, cast.heli)
    assert (
        "还没有锁定的预测"
        in client.get("/forecasts/errors/", headers={"HX-Request": "true"}).content.decode()
    )
