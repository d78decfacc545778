"""A period is read in words; its code is for addresses."""

from __future__ import annotations

import pytest
from django.utils import translation

from loudou.kernel.periods import Fiscal
from loudou.ui.format import period, period_named


@pytest.mark.parametrize(
    ("name", "hans", "english"),
    [
        ("2026", "2026 年", "2026"),
        ("2026-H2", "2026 年下半年", "2026 second half"),
        ("2026-Q4", "2026 年四季度", "2026 fourth quarter"),
        ("2026-10", "2026 年 10 月", "2026-10"),
        ("2026-W07", "2026 年第 7 周", "2026 week 7"),
        ("2026-04-01", "2026-04-01", "2026-04-01"),
        ("2026-13", "2026-13", "2026-13"),
        ("BF-000154", "BF-000154", "BF-000154"),
    ],
)
def test_a_name_is_said_in_words(name: str, hans: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert period_named(name) == hans
    with translation.override("en"):
        assert period_named(name) == english


@pytest.mark.parametrize("first_month", [1, 4, 7])
@pytest.mark.parametrize("name", ["2026", "2026-H1", "2026-Q3", "2026-02", "2026-W31", "2026-05-06"])
def test_a_period_and_its_name_are_said_alike(name: str, first_month: int) -> None:
    fiscal = Fiscal(first_month)
    with translation.override("zh-hans"):
        assert period(fiscal.parse(name), fiscal) == period_named(name)
        assert period(fiscal.parse("2026-01-03..2026-02-05"), fiscal) == "2026-01-03 至 2026-02-04"
