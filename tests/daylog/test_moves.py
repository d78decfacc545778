"""What the field did counts for a unit on the days it, and whoever did it, stood there (B0.8): every report of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loudou.customers import verbs as customers
from loudou.daylog import verbs as daylog
from loudou.daylog.lens import DayLens
from loudou.fieldwork import verbs as fieldwork
from loudou.fieldwork.lens.activities import ActivityLens
from loudou.fieldwork.lens.visits import VisitLens
from loudou.forms.lens import RecordLens
from loudou.forms.models import Form
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.market import verbs as market
from loudou.market.verbs import Met
from loudou.people import verbs as people
from loudou.people.models import Unit, User
from loudou.problems import verbs as problems
from tests.cast import Cast
from tests.daylog import files
from tests.daylog.files import at, bring
from tests.forms import making
from tests.make import instant

# Of these eight working days three lie before the move and five after it.
DAYS = [date(2026, 4, number) for number in (7, 8, 9, 10, 13, 14, 15, 16)]
MOVED = date(2026, 4, 10)
SPAN = {"from": "2026-04-07", "to": "2026-04-17", "as-of": "2026-05-14T00:00:00+08:00"}
Rows = list[dict[str, str]]


def papers(number: str) -> Iterator[tuple[str, Rows]]:
    """Each day of somebody: a log in time, both calls, an item done, a spot check, a signature of their manager."""
    rep, boss = f"rep{number}", f"boss{number}"
    stops = [(on, files.stop(rep, on)) for on in DAYS]
    whose = [(on, {"username": rep}) for on in DAYS]
    yield "day-logs", [{**stop, "submitted_at": at(on, "20:00")} for on, stop in stops]
    heard = {"arrival": "on_time"}
    yield (
        "desk-logs",
        [{**s, **heard, "checked_at": at(on, "08:05"), "reported_at": at(on, "17:30")} for on, s in stops],
    )
    yield (
        "log-items",
        [{**who, "item": f"事项{on}", "due_on": str(on), "closed_on": str(on)} for on, who in whose],
    )
    true = {
        "reason": "random",
        "result": "verified",
        "finding": "已致电客户核实",
        "checker_username": "wangfang",
    }
    yield "spot-checks", [{**who, **true, "day": str(on), "checked_at": at(on, "23:00")} for on, who in whose]
    asked = {"asker_username": rep, "signer_username": boss, "answer": "通过"}
    yield (
        "signatures",
        [
            {
                **asked,
                **{"subject": f"{rep} {on}", "opinion": f"{on}：下次先核实预算与决策人"},
                **{"asked_at": at(on, "17:00"), "opened_at": at(on, "19:00"), "answered_at": at(on, "19:01")},
            }
            for on in DAYS
        ],
    )


@pytest.fixture
def moved(cast: Cast, tmp_path: Path) -> Cast:
    """A team (of `rep1`) moves from the east to the west with everything in it, `rep2` and their manager on their own."""
    with clock.at(instant("2026-03-20 10:00")):
        for unit, reps, boss in (("EAST", ["rep2"], "boss2"), ("WEST", [], "boss3")):
            for kind, rows in files.team(unit, reps, boss):
                bring(tmp_path, kind, rows)
        bring(tmp_path, "units", [{"code": "TEAM", "name": "一组", "parent_code": "EAST", "kind": "team"}])
        (_, _), (kind, rows) = files.team("TEAM", ["rep1"], "boss1")
        bring(tmp_path, kind, rows)
        making.issued(cast, "WEEKLY", name="竞品周报", period="week", unit=None)
    with clock.at(instant("2026-04-10 07:00")):
        west = Unit.objects.get(code="WEST")
        people.move_unit(Unit.objects.get(code="TEAM"), to=west, by=None)
        for name in ("rep2", "boss2"):
            people.join_unit(User.objects.get(username=name), unit=west, by=None)
    with clock.at(instant("2026-05-13 10:00")):
        for number in "12":
            for kind, rows in papers(number):
                result = bring(tmp_path, kind, rows)
                assert (result.counts.new, result.counts.refused) == (len(DAYS), 0), kind
            for on in DAYS:
                boss = User.objects.get(username=f"boss{number}")
                market.import_walk(
                    boss, day=on, met=[Met(customer_name="甬江机电", heard="交期太长")], by=None
                )
        rep = User.objects.get(username="rep1")
        for on in DAYS:
            problems.register(title="迟交", what="样件迟交", area="delivery", happened_on=on, by=rep)
    return cast


def told(name: str, *keys: str, unit: str, by: User | None = None) -> list[Any]:
    found = run(name, {**SPAN, "unit": unit}, by)
    return [found[key] for key in keys]


@pytest.mark.parametrize(("unit", "days"), [("EAST", 6), ("WEST", 10), ("TEAM", 8)])
def test_days_count_where_they_were_spent(moved: Cast, unit: str, days: int) -> None:
    board = ("on_duty", "checked", "reported", "items_due", "items_closed", "logs", "sampled", "verified")
    assert told("three-e", *board, unit=unit) == [days] * len(board)
    assert told("log-discipline", "due", "on_time", "missing", unit=unit) == [days, days, 0]
    assert told("approvals", "received", "in_time", "opinions", unit=unit) == [days] * 3
    minutes = Decimal(told("form-load", "minutes", unit=unit)[0])
    assert minutes / days == Decimal(told("form-load", "minutes", unit="EAST")[0]) / 6 > 0
    assert told("form-load", "person_days", unit=unit) == [days]
    assert told("market-walks", "field_days", "customers", unit=unit) == [days, days]


def test_working_days_of_a_leader_are_those_they_led_there(moved: Cast) -> None:
    rows = {
        (unit, row["who"]): (row["working_days"], row["field_days"])
        for unit in ("EAST", "WEST")
        for row in run("market-walks", {**SPAN, "unit": unit}, None)["rows"]
    }
    assert rows == {
        **{("EAST", "boss1"): (3, 3), ("EAST", "boss2"): (3, 3)},
        **{("WEST", "boss1"): (5, 5), ("WEST", "boss2"): (5, 5), ("WEST", "boss3"): (8, 0)},
    }


def test_a_form_of_the_week_is_owed_where_the_week_ended(moved: Cast) -> None:
    """The team left on the Friday: the logs of three days were owed in the east, the weekly form in the west."""
    assert told("hand-ins", "due", "on_time", "missing", unit="EAST") == [6, 6, 0]
    assert told("hand-ins", "due", "on_time", "missing", unit="WEST") == [12, 10, 2]


def test_problems_and_voices_count_where_they_came_up(moved: Cast) -> None:
    for unit, days in (("EAST", 3), ("WEST", 5), ("TEAM", 8)):
        assert told("problems", "registered", unit=unit) == [days]
    for unit, days in (("EAST", 6), ("WEST", 10)):
        assert told("market-picture", "customer", unit=unit) == [days]


def test_a_director_sees_what_stood_below_then_and_no_more(moved: Cast) -> None:
    """Whoever leads the east sees its three days of the team that left, and of the team nothing after them."""
    east, west = (User.objects.get(username=name) for name in ("boss2", "boss3"))
    people.join_unit(east, unit=Unit.objects.get(code="EAST"), by=None)
    for boss in (east, west):
        people.grant_roles(boss, roles_held=["director"], by=None)
    assert run("three-e", SPAN, User.objects.get(pk=east.pk))["logs"] == 6
    assert run("three-e", SPAN, User.objects.get(pk=west.pk))["logs"] == 10
    assert told("three-e", "logs", unit="TEAM", by=User.objects.get(pk=west.pk)) == [8]
    with pytest.raises(Refused):
        told("three-e", "logs", unit="TEAM", by=User.objects.get(pk=east.pk))


@pytest.fixture
def asked(moved: Cast) -> None:
    """Of `rep1` a call for help, a phone call and a visit to come before the team moved, and the same twice after it."""
    for when in ("2026-04-09 10:00", "2026-04-10 10:00", "2026-04-15 10:00"):
        with clock.at(instant(when)):
            rep = User.objects.get(username="rep1")
            daylog.ask_help(rep, matter="请售前到现场", by=rep)
            house = customers.add_customer(name=f"甬江机电{when}", by=rep)
            fieldwork.log_activity(kind="call", by=rep, customer=house, contact="许明华", result="确认方案")
            fieldwork.plan_visit(by=rep, customer=house, starts_at=instant(when) + timedelta(hours=3))


@pytest.mark.parametrize(("unit", "days", "others"), [("EAST", 3, 1), ("WEST", 5, 2), ("TEAM", 8, 3)])
def test_lists_of_a_past_period_show_what_its_reports_count(
    asked: None, unit: str, days: int, others: int
) -> None:
    query = {"unit": unit, "owner": "rep1", "from": "2026-04-07", "to": "2026-04-17"}
    lens = DayLens.read(query, None)
    assert told("three-e", "help_asked", unit=unit) == [others]
    assert (lens.logs.count(), lens.checks.count(), lens.support.count()) == (days, days, others)
    assert DayLens.read({**query, "to": "2026-04-10"}, None).support.count() == (unit != "WEST")
    assert ActivityLens.read(query, None).activities.count() == others
    assert VisitLens.read(query, None).visits.count() == others


@pytest.mark.parametrize(("unit", "weeks"), [("EAST", 1), ("WEST", 1), ("TEAM", 2)])
def test_forms_are_listed_by_their_day_or_by_when_they_came(moved: Cast, unit: str, weeks: int) -> None:
    """Both weeks' forms are about days of April; they came in on its 9th and 16th, before and after the move."""
    rep, form = User.objects.get(username="rep1"), Form.objects.get(code="WEEKLY")
    query = {"form": "WEEKLY", "unit": unit, "from": "2026-04-07", "to": "2026-04-17", "by": "handed"}
    for when in ("2026-04-09 20:00", "2026-04-16 20:00"):
        with clock.at(instant(when)):
            making.filled(form, rep, market="竞品降价")
    assert RecordLens.read(query, None).records.count() == weeks
    rows = {row["form"]: row["submissions"] for row in run("form-load", {**SPAN, "unit": unit}, None)["rows"]}
    assert rows["WEEKLY"] == weeks
