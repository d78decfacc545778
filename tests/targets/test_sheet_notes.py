"""Beside the numbers of a sheet: how they are meant, who waived what, and what their metric counts (R002, R006, B0.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.test import Client
from django.urls import reverse

from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.people.models import Unit
from loudou.people.queries import organisation
from loudou.targets import verbs
from loudou.targets.figures.goals import Goal
from loudou.targets.models import COUNTED, Metric, Negotiation
from loudou.targets.models.target import AT_STAGE, COUNTED_AT_STAGE
from loudou.targets.queries.sheet import faults_of, sheet_of
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.targets.test_sheet import ASKED, YEAR, typed


def test_a_waived_120_per_cent_is_no_fault_but_says_who_and_why(cast: Cast, client: Client) -> None:
    team = Unit.objects.get(pk=cast.wumin.unit_id)
    cells = [typed(team, 100, period=YEAR), typed(team, 110, person=cast.lina, period=YEAR)]
    verbs.set_cells(cells, metric="bookings", by=None)
    company, whole = organisation(), Fiscal().name(YEAR)
    place = f"u{team.pk}", whole

    def agreed(waiver: str) -> None:
        Negotiation.objects.create(
            unit=team,
            metric="bookings",
            starts_on=YEAR.start,
            ends_on=YEAR.end,
            envelope=Decimal(100),
            state=Negotiation.State.APPROVED,
            waiver=waiver,
            waived_by=cast.heli if waiver else None,
            opened_at=clock.now(),
        )

    asked = cast.wumin, team, "bookings", YEAR, company
    [fault] = sheet_of(*asked).faults()
    assert (fault.row, fault.column, fault.rule, fault.shortfall) == (*place, "over_assignment", 10)
    agreed("新组建的团队")
    assert sheet_of(*asked).faults() == faults_of(*asked) == []
    data = enter(client, cast.wumin).get(f"/targets/sheet/data/{ASKED.format(team.code)}").json()
    assert data["faults"] == []
    assert data["notes"] == [[*place, "waiver", f"{cast.heli.name}已豁免：新组建的团队"]]
    page = client.get(f"/targets/sheet/{ASKED.format(team.code)}").content.decode()
    assert f"{cast.heli.name}已豁免：新组建的团队" in page
    agreed("")  # agreed anew without a waiver: the rule holds again
    assert [one.rule for one in sheet_of(*asked).faults()] == ["over_assignment"]


def test_a_growth_names_its_frozen_base_in_the_sheet(cast: Cast, client: Client) -> None:
    goal = Goal("growth", Decimal("0.1"), Fiscal().parse("2026"), base=Decimal(5_000_000))
    whom = {"unit": None, "person": cast.lina, "period": YEAR, "by": None}
    made = verbs.set_target(metric="bookings", goal=goal, **whom)
    share = Goal("share", Decimal("0.125"), base=Decimal("4000000.5"))
    verbs.set_target(
        metric="bookings", goal=share, **{**whom, "person": cast.chenan, "period": Fiscal().parse("2027-01")}
    )
    team = Unit.objects.get(pk=cast.wumin.unit_id)
    data = enter(client, cast.wumin).get(f"/targets/sheet/data/{ASKED.format(team.code)}").json()
    assert sorted(data["notes"]) == sorted(
        [
            [f"p{cast.lina.pk}", "2027", "goal", "增长（对基期） · 10.00% · 基数 5,000,000（已冻结） · 2026"],
            [
                f"p{cast.chenan.pk}",
                "2027-01",
                "goal",
                "份额 · 12.50% · 基数 4,000,000.50（已冻结）",
            ],
        ]
    )
    page = client.get(reverse("targets:target", args=[made.pk])).content.decode()
    assert "5,000,000" in page and str(COUNTED[Metric.BOOKINGS]) in page


def test_every_metric_says_what_it_counts(cast: Cast, client: Client) -> None:
    assert set(COUNTED) == set(Metric) and set(COUNTED_AT_STAGE) == set(AT_STAGE)
    team = Unit.objects.get(pk=cast.wumin.unit_id)
    page = enter(client, cast.wumin).get(f"/targets/sheet/?unit={team.code}&metric=cash").content.decode()
    assert str(COUNTED[Metric.CASH]) in page


def test_the_board_and_the_api_say_it_too(cast: Cast, client: Client) -> None:
    whom: dict[str, Any] = {"unit": None, "period": YEAR, "amount": Decimal(100), "by": None}
    made = [verbs.set_target(metric="cash", person=one, **whom) for one in (cast.lina, cast.chenan)]
    page = enter(client, cast.wumin).get(reverse("insight:target_progress"), {"period": "2027"})
    assert page.content.decode().count(str(COUNTED[Metric.CASH])) == 1  # however many lines have it
    call = Calls(cast.wumin)
    report = call.get("/reports/target-progress?period=2027").json()
    told = {"metric": "cash", "stage": None, "counted_how": str(COUNTED[Metric.CASH])}
    assert (len(report["rows"]), report["measures"]) == (2, [told])
    assert call.get(f"/targets/{made[0].pk}").json()["counted_how"] == str(COUNTED[Metric.CASH])
