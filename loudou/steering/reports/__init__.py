"""What steers the way to a target: the room's reports by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loudou.insight.lens import InsightLens
from loudou.steering.reports.backward import backward
from loudou.steering.reports.budget import budget_vs_actual
from loudou.steering.reports.pace import linearity, year_on_year
from loudou.steering.reports.ranking import leaderboard

HERE: dict[str, Callable[[InsightLens], dict[str, Any]]] = {
    "budget-vs-actual": lambda lens: budget_vs_actual(lens).plain(),
    "funnel-backward": lambda lens: backward(lens).plain(),
    "leaderboard": lambda lens: leaderboard(lens).plain(),
    "linearity": lambda lens: linearity(lens).plain(),
    "year-on-year": lambda lens: year_on_year(lens).plain(),
}
