"""What the funnel says at a glance: the bottleneck first, rates as dots with their interval and bounds."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest
from django.test import Client

from loudou.insight.reports import run
from tests.cast import Cast
from tests.doors import enter
from tests.insight.test_cohort_pages import QUERY, d3
from tests.insight.test_worked_examples import END_OF_Q1

__all__ = ["d3"]


def test_rates_stand_as_dots_beside_the_funnel(d3: None, cast: Cast, client: Client) -> None:
    """A dot with its interval and its bounds a stage, hollow while the cohort is not ripe."""
    enter(client, cast.linjing)
    page = client.get("/analysis/funnel/" + QUERY + "&against=previous").content.decode()
    told = run("conversion", {"from": "2026-01-01", "to": "2026-04-01", "as-of": END_OF_Q1}, cast.linjing)
    stages = told["stages"]
    assert page.count('class="dot"') == sum(one["rate"] is not None for one in stages) > 0
    assert page.count('class="rate unripe"') == sum(
        one["cohort"] > 0 and Decimal(one["maturity"]) < Decimal("0.8") for one in stages
    )
    [first] = re.findall(r'<circle class="dot" cx="([0-9.]+)"', page)[:1]
    assert abs(float(first) - (412 + 106 * float(stages[0]["rate"]))) <= 0.06


@pytest.mark.parametrize("view", ["", "&view=flow"])
def test_the_bottleneck_is_named_wherever_the_funnel_is_looked_at(
    view: str, d3: None, cast: Cast, client: Client
) -> None:
    enter(client, cast.linjing)
    page = client.get(
        "/analysis/funnel/?from=2026-01-01&to=2026-04-01&as_of=2026-03-31" + view
    ).content.decode()
    [part] = re.findall(r'hx-get="(/analysis/bottlenecks/[^"]*)"[^>]*hx-select="#narrow-said"', page)
    assert (
        'id="narrow-said"' in client.get(html.unescape(part), headers={"HX-Request": "true"}).content.decode()
    )
