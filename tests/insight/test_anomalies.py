"""What the anomalies of M16 tell beside the worked examples, now and of a past instant."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.test import Client

from loudou.customers import verbs as customers
from loudou.fieldwork import verbs as fieldwork
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.people import verbs as people
from loudou.pipeline import tasks, verbs
from loudou.pipeline.models import Deal
from tests import jobs, make
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant

BEGAN = instant("2026-03-02 09:00")


def told(kind: str, **params: str) -> tuple[int, list[str]]:
    """How many deals have the anomaly, and which the rows tell."""
    found: dict[str, Any] = run("anomalies", {"kind": kind, **params}, None)
    (count,) = (one["count"] for one in found["kinds"] if one["kind"] == kind)
    return count, sorted(row["title"] for row in found["rows"] if row["kind"] == kind)


def flagged(title: str, **params: str) -> list[str]:
    """The flags of a deal on the promotion table."""
    found: dict[str, Any] = run("promotion-table", {"period": "all", **params}, None)
    return next(row["flags"] for row in found["rows"] if row["title"] == title)


def test_nobody_was_spoken_to(cast: Cast) -> None:
    with clock.at(BEGAN):
        make.deal(cast.chenan, title="旧单")
    with clock.at(BEGAN + timedelta(days=10)):
        make.deal(cast.chenan, title="新单")
    with clock.at(BEGAN + timedelta(days=20)):
        assert told("no_contact") == (1, ["旧单"])
        assert "no_contact" in flagged("旧单") and "no_contact" not in flagged("新单")
        deal = Deal.objects.get(title="旧单")
        fieldwork.log_activity(deal=deal, kind="call", at=clock.now(), result="谈妥", by=cast.chenan)
    with clock.at(BEGAN + timedelta(days=26)):
        assert told("no_contact") == (1, ["新单"])
        for days, titles in ((14, []), (15, ["旧单"]), (19.9, ["旧单"]), (20.1, []), (25, ["新单"])):
            then = {"as_of": (BEGAN + timedelta(days=days)).isoformat()}
            assert told("no_contact", **then) == (len(titles), titles), days
            assert [title for title in titles if "no_contact" in flagged(title, **then)] == titles


def test_an_owner_who_has_left_is_told_of_whoever_had_the_deal_then(cast: Cast) -> None:
    with clock.at(BEGAN):
        deal = make.deal(cast.chenan, title="机床")
        make.deal(cast.lina, title="产线")
    with clock.at(BEGAN + timedelta(days=3)):
        people.deactivate(cast.chenan, by=None, on=date(2026, 3, 5))
        assert told("owner_left") == (1, ["机床"])
    with clock.at(BEGAN + timedelta(days=5)):
        verbs.hand_over(deal, owner=cast.lina, by=None, reason="离职移交")
    with clock.at(BEGAN + timedelta(days=9)):
        assert told("owner_left") == (0, []) and "owner_left" not in flagged("机床")
        last = {"as_of": "2026-03-05T20:00:00+08:00"}
        assert told("owner_left", **last) == (0, []) and "owner_left" not in flagged("机床", **last)
        then = {"as_of": "2026-03-06T20:00:00+08:00"}
        assert told("owner_left", **then) == (1, ["机床"]) and "owner_left" in flagged("机床", **then)
        assert told("owner_left", as_of="2026-03-08T20:00:00+08:00") == (0, [])


def test_small_wins_are_not_suspected_now_or_of_the_past(cast: Cast) -> None:
    with clock.at(BEGAN):
        deals = [make.at_last_stage(cast.chenan, amount=amount) for amount in (30_000, 80_000)]
    with clock.at(BEGAN + timedelta(days=2)):
        for deal in deals:
            verbs.win(deal, by=None)
    with clock.at(BEGAN + timedelta(days=5)):
        assert off_funnel() == off_funnel(as_of="2026-03-06T09:00:00+08:00") == (2, "110000.00")
        verbs.set_thresholds(off_funnel_amount=Decimal(80_000), by=None)
        jobs.run(tasks.judge_deals)
        assert off_funnel() == off_funnel(as_of="2026-03-06T09:00:00+08:00") == (1, "80000.00")


def off_funnel(**params: str) -> tuple[int, str]:
    found: dict[str, Any] = run("anomalies", {"period": "2026-Q1", **params}, None)
    return found["off_funnel"], found["off_funnel_amount"]


def test_a_customer_that_is_there_twice_is_told_whoever_has_the_other_one(cast: Cast, client: Client) -> None:
    mine = customers.add_customer(name="青岛海工机械有限公司", by=cast.chenan, phone="13812345678")
    deal = make.deal(cast.chenan, title="船坞吊", customer=mine)
    other = make.deal(cast.lina, title="空压机", customer=customers.add_customer(name="别家", by=cast.lina))
    assert told("duplicate_customer") == (0, [])
    theirs = customers.add_customer(name="青岛海工机械", by=cast.lina)
    assert told("duplicate_customer") == (1, ["船坞吊"])
    enter(client, cast.chenan)
    page = client.get("/analysis/anomalies/?kind=duplicate_customer").content.decode()
    assert "船坞吊" in page and "空压机" not in page and theirs.code not in page and "李娜" not in page
    assert f'href="/customers/{mine.pk}/merge/"' in page
    assert theirs.code not in client.get(f"/customers/{mine.pk}/merge/").content.decode()
    part = client.get("/analysis/anomalies/duplicate_customer/").content.decode()
    assert '<span class="n">1</span>' in part
    listed = client.get("/deals/?flag=duplicate_customer").content.decode()
    assert "船坞吊" in listed and "空压机" not in listed
    enter(client, cast.qianjin)  # sees both and merges neither
    page = client.get("/analysis/anomalies/").content.decode()
    assert 'hx-get="/analysis/anomalies/duplicate_customer/' in page
    assert "船坞吊" in page and "/merge/" not in page
    for path in ("duplicate_customer/?as_of=2026-03-06", "over_stay/"):
        assert client.get(f"/analysis/anomalies/{path}").status_code == 404
    customers.merge_customers(mine, merged=theirs, by=cast.linjing)
    assert told("duplicate_customer") == (0, [])
    customers.add_customer(name="琴岛重机", by=cast.lina, phone="138 1234 5678")
    assert told("duplicate_customer") == (1, ["船坞吊"])
    verbs.hold(deal, by=None, wake_on=clock.now().date() + timedelta(days=9), reason="等预算")
    assert told("duplicate_customer") == (1, ["船坞吊"])
    verbs.lose(deal, by=None, code=make.reason(), review="比价")
    assert told("duplicate_customer") == (0, []) and other.is_live
