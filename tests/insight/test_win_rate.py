"""The cohort of the win rate (`domain.md` M05), as known at an instant."""

from __future__ import annotations

from decimal import Decimal

import pytest

from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import Deal, Funnel
from loudou.pipeline.queries.funnels import specs
from loudou.pipeline.verbs.importing import DealRow, MoveRow, import_deals, import_moves
from tests import make
from tests.cast import Cast


@pytest.mark.parametrize("whose", [{}, {"owner": "lina"}, {"unit": "D1"}], ids=["all", "owner", "unit"])
def test_a_deal_is_not_known_before_it_came_to_its_first_stage(cast: Cast, whose: dict[str, str]) -> None:
    """Created in March, by its first row on the funnel since 10 April: at the end of March nobody knew of it (B0.11)."""
    with clock.at(make.instant("2026-06-01")):
        funnel = Funnel.objects.get(code="b2b")
        row = DealRow("", "柔性产线", funnel, cast.lina, "CNY", Decimal(100), at=make.instant("2026-03-02"))
        (deal,) = import_deals([row], by=None)
        assert isinstance(deal, Deal)
        first = specs(deal.funnel_version_id)[0].stage_id
        import_moves([MoveRow(deal.pk, "enter", make.instant("2026-04-10"), first)], by=None)
        march = {"from": "2026-03-01", "to": "2026-04-01", **whose}
        then = run("win-rate", {"as-of": "2026-03-31", **march}, None)
        now = run("win-rate", march, None)
    assert (then["cohort_high"], then["cohort_high_reason"]) == (None, "no_base")
    assert (now["cohort_low"], now["cohort_high"]) == ("0.000000", "1.000000")


def test_a_value_nobody_can_mean_is_not_said_again_in_full(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        run("win-rate", {"unit": "x" * 100_000}, None)
    assert len(refused.value.sentence) < 200
