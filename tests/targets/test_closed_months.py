"""A year with closed months is taken apart in what is open: what closed books hold stays (M63, M64, C20)."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from django.test import Client

from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Refused
from loudou.people.models import Organisation, Unit
from loudou.targets import verbs
from loudou.targets.commands import decompose as command
from loudou.targets.models import Target
from loudou.targets.proposals import Asked, propose
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.make import instant

DECOMPOSE = "/targets/decompose/"
WORDS = "2026-02-28 以前已封账"
ASKED = {"metric": "bookings", "period": "2026", "total": "12000000", "step": "10000", "by": "month"}


@pytest.fixture
def unit(cast: Cast) -> Unit:
    """A unit whose January stands at 70 and whose February has none, both closed; April stands open at 50."""
    unit = cast.unit("D1")
    with clock.at(instant("2026-01-02 09:00")):
        for month, amount in (("2026-01", 700_000), ("2026-04", 500_000)):
            period = Fiscal().parse(month)
            verbs.set_target(unit=unit, metric="bookings", period=period, amount=Decimal(amount), by=None)
    Organisation.objects.update(closed_through=date(2026, 2, 28))
    return unit


def parts(**said: str) -> dict[str, tuple[int, bool, bool]]:
    told = propose(Asked.read(**{"unit": "D1"} | ASKED | said)).plain()["parts"]
    return {part["key"]: (int(Decimal(part["amount"])), part["locked"], part["closed"]) for part in told}


def test_closed_parts_stay_and_the_open_ones_share_the_rest(unit: Unit) -> None:
    """1,130 by 227 working days without January: 16 of February are 79.65, 22 of March 109.52, and so on."""
    found = parts()
    assert found["2026-01"] == (700_000, True, True)
    assert found["2026-02"] == (800_000, False, True)
    assert found["2026-03"] == (1_090_000, False, False)
    assert found["2026-04"] == (1_050_000, False, False)
    assert sum(amount for amount, _locked, _closed in found.values()) == 12_000_000
    quarters = parts(by="quarter")
    assert [closed for _amount, _locked, closed in quarters.values()] == [False] * 4
    days = parts(by="day", step="1", period="2026-02")
    assert {closed for _amount, _locked, closed in days.values()} == {True}
    people = propose(Asked.read(**{"unit": "D1"} | ASKED | {"by": "person"})).shares
    assert not any(share.closed for share in people)


def test_what_closed_months_hold_beyond_the_whole_is_refused(unit: Unit) -> None:
    with pytest.raises(Refused, match="锁定的部分已超过总数"):
        parts(total="600000")


def test_a_closed_month_is_not_locked_at_something_else(unit: Unit) -> None:
    asked = Asked.read(**{"unit": "D1"} | ASKED)
    same = {**vars(asked), "locked": {"2026-01": Decimal(700_000), "2026-02": Decimal(10_000)}}
    amounts = [share.amount for share in propose(Asked(**same)).shares]
    assert amounts[:2] == [700_000, 10_000]
    other = {**vars(asked), "locked": {"2026-01": Decimal(710_000)}}
    with pytest.raises(Refused, match=WORDS) as refusal:
        propose(Asked(**other))
    assert refusal.value.field == "locked"


def test_the_page_takes_over_the_open_months_alone(unit: Unit, cast: Cast, client: Client) -> None:
    enter(client, cast.wumin)
    shown = client.get(DECOMPOSE, {"unit": "D1", **ASKED}).content.decode()
    assert shown.count("封账</span>") == 2 and 'name="lock-2026-01"' not in shown
    assert 'name="lock-2026-03"' in shown and "已封账的部分保持原样" in shown
    assert client.post(DECOMPOSE, {"unit": "D1", **ASKED}).status_code == 302
    stored = {target.starts_on.month: target.amount for target in Target.objects.filter(unit=unit)}
    assert (stored[1], stored[3], stored[4]) == (700_000, 1_090_000, 1_050_000)
    assert sorted(stored) == [1, *range(3, 13)]
    year = {"unit": unit, "metric": "bookings", "period": Fiscal().parse("2026"), "by": None}
    whole = verbs.set_target(**year, amount=Decimal(12_000_000))
    sheet = f"/targets/sheet/data/?unit={unit.code}&period=2026&metric=bookings"
    assert client.get(sheet).json()["faults"] == []  # what February would have is not known
    verbs.adjust_target(whole, amount=Decimal(11_000_000), by=None)
    assert [(one[2], one[3]) for one in client.get(sheet).json()["faults"]] == [("sum", "-200000.00")]


def test_where_every_part_is_closed_nothing_is_set(unit: Unit, cast: Cast, client: Client) -> None:
    enter(client, cast.wumin)
    days = {"unit": "D1", **ASKED, "period": "2026-02", "by": "day", "step": "1", "total": "1600"}
    answer = client.post(DECOMPOSE, days)
    assert answer.status_code == 422 and WORDS in answer.content.decode()
    assert Target.objects.count() == 2


def test_the_command_and_the_api_say_the_same(unit: Unit, cast: Cast) -> None:
    words = "--unit D1 --metric bookings --period 2026 --total 12000000 --step 10000 --by month"
    with patch("loudou.targets.commands.ready", nullcontext):
        result = CliRunner().invoke(command, words.split())
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert [part["closed"] for part in told["parts"]] == [True, True] + [False] * 10
    assert told["sum"] == "12000000.00" and told["parts"][0]["amount"] == "700000.00"
    answer = Calls(cast.heli).post("/targets/decompose", {"unit": "D1", **ASKED})
    assert answer.json() == told
