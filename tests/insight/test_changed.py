"""What changed meanwhile between two instants opens to its deals, each with what it came and went with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.insight.figures.flow import Amounts
from loudou.insight.lens import InsightLens
from loudou.insight.reports.funnel import funnel
from loudou.insight.reports.terms import Remainder, opened
from loudou.kernel import clock
from loudou.pipeline import verbs
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.histories import Histories
from tests.insight.test_records import world
from tests.insight.test_silent_leaks import NOW
from tests.make import instant

__all__ = ["world"]


@pytest.mark.parametrize(
    "asked",
    [
        {"period": "2026-Q1"},
        {"period": "2026-Q1", "unit": "CENTER"},
        {"period": "2026-02", "as_of": "2026-02-20T15:30:00Z"},
        {"period": "all", "source": "web"},
        {"period": "2026-Q1", "owner": "chenan", "as_of": "2026-02-10"},
    ],
)
def test_what_changed_in_a_stage_is_what_its_deals_add_up_to(
    world: Histories, cast: Cast, asked: dict[str, str]
) -> None:
    with clock.at(NOW):
        found: dict[str, Any] = {"funnel": "b2b", **asked}
        lines = funnel(InsightLens.read(found, None)).lines
        left = 0
        for line in lines:
            lens = InsightLens.read({**found, "what": "changed", "stage": line.spec.stage.code}, None)
            number = opened(lens)
            assert isinstance(number, Remainder)
            deals = list(number.deals().values_list("pk", flat=True))
            each = number.of_each(deals)
            assert number.counted() == line.flow.rest == sum(each.values(), Amounts())
            assert Amounts() not in each.values()
            ends = number.changes(deals)
            assert all(ends[key].net == each[key] for key in deals)
            slow = {key: Amounts() for key in world.deals}
            for part in number.parts:
                assert part.counted == part.number.counted(), part.what
                for key, brings in part.number.of_each(list(world.deals)).items():
                    slow[key] += Amounts(part.sign * brings.count, part.sign * brings.amount)
            assert {key: one for key, one in slow.items() if one != Amounts()} == each
            left += len(deals)
        assert left


def test_the_page_lists_them_before_and_after(cast: Cast, client: Client) -> None:
    with clock.at(instant("2026-03-02 09:00")):
        deal = make.deal(cast.chenan, title="涨价的", amount=100_000)
        make.deal(cast.chenan, title="没变的", amount=900_000)
    with clock.at(instant("2026-04-20 09:00")):
        verbs.edit(deal, by=cast.chenan, amount=Decimal(130_000), reason="加了附件")
    with clock.at(instant("2026-05-02 09:00")):
        enter(client, cast.heli)
        stage = deal.spec.stage.code
        with CaptureQueriesContext(connection) as queries:
            page = client.get(
                f"/analysis/records/?what=changed&stage={stage}&funnel=b2b&period=2026-Q2"
            ).content.decode()
        assert len(queries) <= 20
        assert page.count("data-walk") == 1 and "涨价的" in page and "没变的" not in page
        for amount in ("¥100,000", "¥130,000", "¥30,000"):
            assert f'title="{amount}"' in page
        assert "之前" in page and "之后" in page
