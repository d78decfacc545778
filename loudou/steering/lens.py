"""What somebody looks at on the pages that steer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from loudou.insight.asked import ASSUMED
from loudou.insight.lens import InsightLens
from loudou.steering.reports.whose import ADDED


@dataclass(frozen=True)
class SteeringLens(InsightLens):
    """Whose results, when, and of which metric; unasked bookings."""

    metric: str = "bookings"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "owner", "period", "as_of", "by", "metric")

    def _take(self, name: str, raw: str) -> Self:
        if name == "metric":
            if raw not in ADDED:
                raise ValueError(raw)
            return replace(self, metric=raw)
        return super()._take(name, raw)


@dataclass(frozen=True)
class BudgetLens(SteeringLens):
    """Whose budgets, of when."""

    see = "steering.budget_see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "period")


@dataclass(frozen=True)
class BackwardLens(SteeringLens):
    """Whose target, of when, and what is tried instead of the organisation's own rates."""

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "owner", "period", "as_of", "funnel", "target", *ASSUMED)
