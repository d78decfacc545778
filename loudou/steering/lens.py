"""What somebody looks at on the pages that steer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from loudou.insight.asked import ASSUMED, one_of
from loudou.insight.lens import InsightLens
from loudou.steering.models import Category, Cost
from loudou.steering.reports.whose import ADDED
from loudou.targets.figures.goals import counted_as
from loudou.targets.models import Metric
from loudou.ui.texts import storable


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
class AchievedLens(SteeringLens):
    """What one number of somebody counts: a metric in a period, of a single stage or of a product family."""

    family: str = ""

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "owner", "period", "from", "to", "as_of", "metric", "funnel", "stage", "family")

    def _take(self, name: str, raw: str) -> Self:
        if name == "metric":
            return replace(self, metric=one_of(raw, Metric.values))
        if name == "family":
            return replace(self, family=raw if storable(raw) else "")
        return super()._take(name, raw)

    @property
    def counted(self) -> str:
        """What it counts: its metric, of a single stage with that stage's key."""
        return counted_as(self.metric, self.stage.stage_id if self.stage is not None else None)


@dataclass(frozen=True)
class BudgetLens(SteeringLens):
    """Whose budgets, of when."""

    see = "steering.budget_see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "period")


@dataclass(frozen=True)
class CardLens(SteeringLens):
    """Which part of a budget's control card is opened: of a time, a category, what is in a state."""

    category: str = ""
    state: str = ""
    see = "steering.budget_see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("period", "from", "to", "category", "state")

    def _take(self, name: str, raw: str) -> Self:
        if name == "category":
            return replace(self, category=one_of(raw, Category.values))
        if name == "state":
            return replace(self, state=one_of(raw, Cost.State.values))
        return super()._take(name, raw)


@dataclass(frozen=True)
class BackwardLens(SteeringLens):
    """Whose target, of when, and what is tried instead of the organisation's own rates."""

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "owner", "period", "as_of", "funnel", "target", *ASSUMED)
