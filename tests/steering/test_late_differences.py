"""Whatever is written for closed months later: what is frozen and what is posted come to what is true (C20)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.fieldwork import verbs as fieldwork
from loudou.fieldwork.models import Activity
from loudou.insight.queries.achieved.posted import posted_for
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.people.queries import organisation
from loudou.pipeline.models import Stage
from loudou.steering import verbs
from loudou.targets import verbs as targets
from loudou.targets.models import Closing
from tests.cast import Cast
from tests.make import instant
from tests.steering.test_late import APRIL, MAY, bring

MOVES = "deal_code,at,event,stage,amount,reason,by"
METRICS = ("bookings", "deals", "quantity", "new_customers")
OPEN = patch("loudou.insight.queries.achieved.settled.standing_closings", lambda _known=None: [])
AT_STAGES = ("bookings", "deals", "new_customers")


@pytest.fixture(autouse=True)
def _may(db: None) -> Iterator[None]:
    with clock.at(instant("2026-05-06 10:00")):
        yield


@pytest.fixture
def aims(cast: Cast) -> None:
    """Targets of both months for two people of two departments, of results and of two stages."""
    stages = Stage.objects.filter(funnel__code="b2b", code__in=("develop", "propose"))
    with clock.at(instant("2026-01-05")):
        for person in (cast.chenan, cast.sunqiang):
            for period in (APRIL, MAY):
                whom: dict[str, Any] = {"unit": None, "person": person, "period": period, "by": None}
                for metric in METRICS:
                    targets.set_target(metric=metric, amount=Decimal(100), **whom)
                for metric in AT_STAGES:
                    for stage in stages:
                        targets.set_target(metric=metric, amount=Decimal(100), stage=stage, **whom)
        customers.add_customer(name="甬江机电", owner=cast.chenan, by=None)


def deals(folder: Path, *rows: str) -> None:
    head = "code,title,customer_name,funnel,owner_username,amount,currency,created_at"
    bring(folder, "deals", head, *(f"{row},CNY,2026-04-02T09:00:00+08:00" for row in rows))


def told(folder: Path, *rows: str) -> None:
    """Moves as `code day event stage amount reason`, `-` for nothing."""
    lines = []
    for row in rows:
        code, day, event, *rest = row.split()
        columns = [*rest, "-", "-", "-"][:3]
        values = ",".join("" if column == "-" else column for column in columns)
        lines.append(f"{code},2026-{day}T09:00:00+08:00,{event},{values},")
    bring(folder, "moves", MOVES, *lines)


def reached() -> dict[tuple[str, str, str, str], Decimal]:
    found = {}
    for period in ("2026-04", "2026-05"):
        for row in run("target-progress", {"period": period}, None)["rows"]:
            key = period, row["owner"], row["metric"], row["stage"] or ""
            found[key] = Decimal(row["actual"])
    return found


def of_april(found: dict[tuple[str, str, str, str], Decimal]) -> dict[tuple[str, str, str, str], Decimal]:
    return {key: amount for key, amount in found.items() if key[0] == "2026-04"}


def together() -> dict[tuple[str, str, str], Decimal]:
    """What both months come to."""
    sums: dict[tuple[str, str, str], Decimal] = {}
    for (_period, *key), amount in reached().items():
        place = key[0], key[1], key[2]
        sums[place] = sums.get(place, Decimal(0)) + amount
    return sums


def truth() -> dict[tuple[str, str, str], Decimal]:
    """The same if no books had ever been closed."""
    with OPEN:
        return together()


def true_april() -> dict[tuple[str, str, str, str], Decimal]:
    """April's part of it."""
    with OPEN:
        return of_april(reached())


BEFORE = {
    "a win": ("A 04-02 enter verify", "A 04-06 enter propose", "A 04-10 won"),
    "a loss": ("A 04-02 enter verify", "A 04-06 enter propose", "A 04-10 lost - - price"),
    "a deal that goes on": ("A 04-02 enter verify", "A 04-06 enter develop"),
    "a row alone": (),
}
AFTER = {
    "won earlier": ("A 04-08 won",),
    "won later in the month": ("A 04-20 won",),
    "won in the open month": ("A 05-04 won - 900",),
    "lost in the open month": ("A 05-04 lost - - price",),
    "lost later in the month": ("A 04-28 lost - - price",),
    "reopened and won": ("A 05-03 reopen", "A 05-05 won - 800"),
    "invalid since": ("A 05-05 invalid - - duplicate",),
    "invalid in the month": ("A 04-29 invalid - - duplicate",),
    "a stage in between": ("A 04-04 enter develop",),
    "further before": ("A 04-03 enter propose",),
    "another amount": ("A 04-03 amount - 1500",),
    "another owner": ("A 04-03 owner - - sunqiang",),
    "begun before": ("A 04-01 enter develop",),
}


@pytest.mark.parametrize("stood", BEFORE)
def test_the_frozen_month_stays_and_the_difference_counts_in_the_open_one(
    cast: Cast, aims: None, tmp_path: Path, stood: str
) -> None:
    """A deal of each kind, one for everything that may be told of it later, each of a customer of its own."""
    changes = [rows for since, rows in AFTER.items() if since != "reopened and won" or stood == "a loss"]
    places = range(len(changes))
    for place in places:
        customers.add_customer(name=f"第{place}泵业", owner=cast.chenan, by=None)
    deals(tmp_path, *(f"A{place},产线,第{place}泵业,b2b,chenan,{1000 + place}" for place in places))
    if BEFORE[stood]:
        told(tmp_path, *(row.replace("A", f"A{place}") for place in places for row in BEFORE[stood]))
    closing = verbs.close_month(APRIL, by=None)
    april = true_april()
    assert together() == truth()
    with clock.at(instant("2026-05-07 10:00")):
        told(tmp_path, *(row.replace("A", f"A{place}") for place, rows in enumerate(changes) for row in rows))
    with clock.at(instant("2026-05-08 10:00")):
        assert of_april(reached()) == april != true_april()
        found = together()
        assert found == truth()
        assert {one.is_difference for one in posted_for(closing, organisation(), None)} == {True}
    with clock.at(instant("2026-06-04 10:00")):
        verbs.close_month(MAY, by=None)
        assert together() == found


def test_who_won_a_customer_first_is_put_right_in_the_open_month(
    cast: Cast, aims: None, tmp_path: Path
) -> None:
    deals(tmp_path, "A,产线,甬江机电,b2b,chenan,1000")
    told(tmp_path, "A 04-02 enter verify", "A 04-10 won")
    verbs.close_month(APRIL, by=None)
    with clock.at(instant("2026-05-07 10:00")):
        deals(tmp_path, "B,产线,甬江机电,b2b,sunqiang,1000")
        told(tmp_path, "B 04-03 enter propose", "B 04-06 won")
    with clock.at(instant("2026-05-08 10:00")):
        new = {key[:2]: amount for key, amount in reached().items() if key[2:] == ("new_customers", "")}
        assert new == {
            ("2026-04", "chenan"): 1,
            ("2026-04", "sunqiang"): 0,
            ("2026-05", "chenan"): -1,
            ("2026-05", "sunqiang"): 1,
        }
        assert together() == truth()
        before = run("target-progress", {"period": "2026-05", "as_of": "2026-05-06T12:00:00+08:00"}, None)
        assert {row["actual"] for row in before["rows"] if row["metric"] == "new_customers"} == {"0.00"}


def test_a_posted_difference_is_shown_with_its_deal(cast: Cast, aims: None, tmp_path: Path) -> None:
    deals(tmp_path, "A,产线,甬江机电,b2b,chenan,1000")
    told(tmp_path, "A 04-02 enter verify", "A 04-10 won")
    closing = verbs.close_month(APRIL, by=None)
    with clock.at(instant("2026-05-07 10:00")):
        told(tmp_path, "A 04-20 won", "A 04-03 owner - - sunqiang")
    with clock.at(instant("2026-05-08 10:00")):
        rows = posted_for(Closing.objects.get(pk=closing.pk), organisation(), None)
        told_of = [(one.at.day, one.owner, one.amount, one.is_difference) for one in rows]
        assert told_of == [(20, "孙强", 1000, True), (10, "陈安", -1000, True)]
        assert [one.subject.code for one in posted_for(closing, organisation(), cast.maxiao)] == []


def test_which_visits_count_by_what_comes_late_is_put_right_in_the_open_month(
    cast: Cast, client: Client
) -> None:
    for period in (APRIL, MAY):
        targets.set_target(
            unit=None, person=cast.chenan, metric="visits", period=period, amount=Decimal(9), by=None
        )
    first, second = (
        customers.add_customer(name=name, owner=cast.chenan, by=None) for name in ("甬江机电", "越城纺机")
    )

    def visit(customer: Customer, when: str) -> Activity:
        said = {"kind": "visit", "contact": "许明华", "result": "看了现场", "by": None}
        return fieldwork.log_activity(owner=cast.chenan, customer=customer, at=instant(when), **said)

    kept, gone = visit(first, "2026-04-20 14:00"), visit(second, "2026-04-21 10:00")
    closing = verbs.close_month(APRIL, by=None)
    with clock.at(instant("2026-05-07 10:00")):
        visit(first, "2026-04-20 09:00")  # the earlier one of that day counts now, the frozen one no more
        visit(first, "2026-04-22 09:00")
        fieldwork.annul_activity(gone, reason="没有去", by=None)
    with clock.at(instant("2026-05-08 10:00")):
        found = reached()
        assert (found["2026-04", "chenan", "visits", ""], found["2026-05", "chenan", "visits", ""]) == (2, 0)
        assert together() == truth()
        rows = posted_for(closing, organisation(), None)
        assert [(one.at.day, one.is_difference) for one in rows if one.is_difference] == [
            (21, True),
            (20, True),
        ]
        assert {one.subject for one in rows if one.is_difference} == {kept, gone}
        client.force_login(cast.hezong)
        page = client.get(reverse("steering:closing", args=[closing.pk])).content.decode()
        assert gone.code in page and kept.code in page
