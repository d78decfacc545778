"""A house filled from the export of another tells its reports to the digit: at past instants, by unit and by person."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from loudou.catalog import verbs as catalog
from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, hand_in
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.people import verbs as people
from loudou.people.figures import Stay
from loudou.people.models import Membership, Placing, Unit, User
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Line, Move, State, Visit
from loudou.pipeline.verbs.lines import LineInput
from loudou.targets import verbs as targets
from loudou.targets.models import Target
from tests import make
from tests.cast import Cast

KINDS = ("units", "unit-places", "people", "memberships", "products", "deals", "moves", "lines", "targets")
REPORTS = (
    *("funnel", "conversion", "stage-time", "promotion-table", "forecast-sheet", "slippage", "coverage"),
    *("velocity", "bottlenecks", "anomalies", "win-rate", "target-progress", "leakage", "sales-progress"),
)
INSTANTS = ("2026-03-15T00:00:00+08:00", "2026-05-20T12:30:00+08:00", "2026-07-01T00:00:00+08:00")
SPRING = Fiscal().parse("2026-Q2")
WHOSE = ({}, {"unit": "SOUTH"}, {"unit": "D1"}, {"owner": "lina"})


@pytest.fixture
def told(cast: Cast) -> dict[str, str]:
    """Five months of deals of people who move and a department that is moved; every report of them."""
    product = catalog.add_product(name="控制柜", by=None, list_price=Decimal(300))
    dice = random.Random(7)
    owners = [cast.lina, cast.chenan, cast.sunqiang, cast.maxiao]
    with clock.at(make.instant("2026-02-02 09:00")):
        deals = [
            make.deal(dice.choice(owners), title=f"单{n}", amount=dice.randrange(900, 90_000))
            for n in range(16)
        ]
    for month, day in ((2, 20), (3, 14), (4, 18), (5, 19), (6, 30)):
        with clock.at(make.instant(f"2026-0{month}-{day} 23:59:59")):
            _happen(dice, deals, LineInput(product, Decimal(dice.randrange(1, 9)), Decimal(300)))
        if month == 3:
            with clock.at(make.instant("2026-03-17 00:00")):
                people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 3, 17), by=None)
                people.move_unit(cast.unit("D2"), to=cast.unit("SOUTH"), on=date(2026, 3, 17), by=None)
    with clock.at(make.instant("2026-05-05 09:00")):
        people.join_unit(
            User.objects.get(username="lina"), unit=cast.unit("D1"), on=date(2026, 5, 5), by=None
        )
    for unit in (cast.unit("CENTER"), cast.unit("D2")):
        targets.set_target(unit=unit, metric="bookings", period=SPRING, amount=Decimal(120_000), by=None)
    return reports()


def _happen(dice: random.Random, deals: list[Deal], line: LineInput) -> None:
    for deal in deals:
        deal.refresh_from_db()
        if not deal.is_live:
            continue
        act = dice.randrange(6)
        if act == 0:
            verbs.lose(deal, by=None, code=make.reason(), review="比价")
        elif act == 1:
            verbs.set_lines(deal, lines=[line], by=None, reason="定了配置")
        elif act == 2:
            later = max(deal.expected_on or date.min, clock.now().date())
            verbs.edit(deal, by=None, reason="推迟", expected_on=later + timedelta(30))
        elif deal.spec.position < 3:
            make.advance(deal)
        else:
            make.fill_gate(deal, None)
            verbs.win(deal, by=None)


def reports() -> dict[str, str]:
    found = {}
    for name in REPORTS:
        for at in INSTANTS:
            for whose in WHOSE:
                asked = {"as-of": at, "from": "2026-02-01", "to": "2026-07-01", **whose}
                found[f"{name} {asked}"] = json.dumps(run(name, asked, None), default=str, sort_keys=True)
    for first, last in pairwise(INSTANTS):
        for whose in WHOSE:
            asked = {"from": first, "to": last, "as-of": INSTANTS[-1], **whose}
            found[f"waterfall {asked}"] = json.dumps(
                run("waterfall", asked, None), default=str, sort_keys=True
            )
    return found


def belonging() -> list[Any]:
    """Who belonged where and what stood where, and when."""
    stays = Membership.objects.order_by("user__username", "since")
    places = Placing.objects.order_by("unit__code", "since")
    return [
        *stays.values_list("user__username", "unit__code", "since", "until"),
        *places.values_list("unit__code", "parent__code", "since", "until"),
    ]


def _forgotten() -> None:
    """No deal, no target, and of people and units only where they are today."""
    for model in (State, Visit, Move, Line, Deal, Target):
        model._default_manager.all().delete()
    for user in User.objects.exclude(unit=None):
        people.tell_memberships(user, stays=[Stay(date(2024, 1, 1), None, user.unit_id)], by=None)
    pasts = [(unit, [Stay(date(2024, 1, 1), None, unit.parent_id)]) for unit in Unit.objects.all()]
    assert not any(isinstance(outcome, Exception) for outcome in people.tell_places(pasts, by=None))


def test_every_report_is_the_same_after_a_reorganisation(told: dict[str, str], tmp_path: Path) -> None:
    house = belonging()
    by_unit = {key: text for key, text in told.items() if "SOUTH" in key and key.startswith("conversion")}
    assert len(set(by_unit.values())) == len(INSTANTS)
    files = {kind: tmp_path / f"{kind}.csv" for kind in KINDS}
    for kind, file in files.items():
        hand(kind, username=None, output=file, form="csv", filters={}, bom=False)
    _forgotten()
    assert reports() != told
    for kind, file in files.items():
        result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=True)
        assert result.refused == 0, result.as_text()
    now = reports()
    differing = {key: (told[key], now[key]) for key in told if now[key] != told[key]}
    assert differing == {}
    assert belonging() == house
