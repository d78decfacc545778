"""What a page says where there is nothing to divide by: a target of 0 is not attained, an expense ratio says why (B0.6)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.people.models import Unit
from loudou.pipeline import verbs as pipeline
from loudou.steering import verbs
from loudou.targets import verbs as targets
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant
from tests.steering.test_budgets import bring

ZERO_TARGET = "目标为 0，不计达成"


@pytest.mark.parametrize("won", [False, True])
def test_a_target_of_nothing_is_neither_met_nor_missed(cast: Cast, client: Client, won: bool) -> None:
    with clock.at(instant("2026-05-01")):
        said = {"unit": None, "person": cast.chenan, "metric": "bookings", "by": None}
        made = targets.set_target(**said, period=Fiscal().parse("2026"), amount=Decimal(0))
        if won:
            pipeline.win(make.at_last_stage(cast.chenan, amount=Decimal(7_000)), by=None)
    with clock.at(instant("2026-05-02")):
        enter(client, cast.chenan)
        pages = ("/analysis/targets/?period=2026", f"/targets/{made.pk}/follow/", "/targets/ring/")
        for page in (client.get(path).content.decode() for path in pages):
            assert ZERO_TARGET in page and "已达成" not in page
        row = run("target-progress", {"period": "2026"}, None)["rows"][0]
        assert (row["attainment"], row["attainment_reason"], row["status"]) == (None, "no_base", None)
        targets.adjust_target(made, amount=Decimal(1_000), by=None)
        assert ("已达成" in client.get(pages[0]).content.decode()) is won


def test_an_expense_ratio_says_why_there_is_none(cast: Cast, client: Client, tmp_path: Path) -> None:
    unit = Unit.objects.get(pk=cast.wumin.unit_id)
    with clock.at(instant("2026-05-06")):
        made = verbs.set_budget(unit=unit, period=Fiscal().parse("2026-Q2"), by=cast.heli)
        enter(client, cast.heli)
        pages = ("/budgets/?period=2026-Q2", f"/budgets/{made.pk}/")
        assert all("尚未录入开票" in client.get(path).content.decode() for path in pages)
        bring(tmp_path, "actuals", "unit_code,metric,date,amount", f"{unit.code},invoiced,2026-01-30,1000")
        assert all("期内没有开票" in client.get(path).content.decode() for path in pages)
        bring(tmp_path, "actuals", "unit_code,metric,date,amount", f"{unit.code},invoiced,2026-04-30,1000")
        assert all("期内没有开票" not in client.get(path).content.decode() for path in pages)
