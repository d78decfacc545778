"""A drawing knows whether there is anything to draw."""

from __future__ import annotations

from typing import Any

import pytest

from loudou.ui.charts import Chart, bars, line, percentages


@pytest.mark.parametrize(
    ("data", "empty"),
    [
        ([], True),
        ([0, None, 0.0], True),
        ([{"value": 0}, [0, 0]], True),
        ([0, 3], False),
        ([{"value": -1}], False),
        ([[0, 2]], False),
    ],
)
def test_a_chart_of_zeros_is_empty(data: list[Any], empty: bool) -> None:
    assert Chart({"series": [{"type": "bar", "data": data}]}, "").is_empty is empty


def test_one_series_that_says_something_is_enough() -> None:
    silent, loud = line("没有", [None, None], "$mid", dashed=True), line("有", [None, 0], "$accent")
    assert silent["lineStyle"] == {"color": "$mid", "type": "dashed"} and silent["symbol"] == "circle"
    assert Chart(percentages(["4 月", "5 月"], [silent]), "").is_empty
    assert not Chart(percentages(["4 月", "5 月"], [silent, loud]), "").is_empty
    assert bars("没有", ["验证"], [0]).is_empty
