"""Forecast categories and what they add up to (`domain.md` M21).

A deal stands in the category somebody gave it with a reason, else in its stage's. What is won is closed by itself.
Amounts are whole: a category is a judgement, no rate.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from loudou.insight.figures.flow import Amounts

CATEGORIES = ("commit", "most_likely", "best_case", "pipeline", "omitted")
# Each takes in all that the one before it does.
ROLL_UPS = {
    "commitment": ("closed", "commit"),
    "optimistic": ("closed", "commit", "most_likely", "best_case"),
}
OPEN = (
    "pipeline",
    "best_case",
    "most_likely",
    "commit",
)  # what is not won yet, without what was left out on purpose


_NOTHING = Amounts()


@dataclass(frozen=True)
class Categories:
    """What is won, and what is open by category."""

    closed: Amounts = _NOTHING
    commit: Amounts = _NOTHING
    most_likely: Amounts = _NOTHING
    best_case: Amounts = _NOTHING
    pipeline: Amounts = _NOTHING
    omitted: Amounts = _NOTHING

    @property
    def commitment(self) -> Amounts:
        """承诺: won and committed."""
        return self._together(ROLL_UPS["commitment"])

    @property
    def optimistic(self) -> Amounts:
        """乐观: won and everything that may well come."""
        return self._together(ROLL_UPS["optimistic"])

    @property
    def open(self) -> Amounts:
        """开口: everything that is open and not omitted."""
        return self._together(OPEN)

    def __add__(self, other: Categories) -> Categories:
        return Categories(
            **{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(Categories)}
        )

    def _together(self, names: tuple[str, ...]) -> Amounts:
        return sum((getattr(self, name) for name in names), _NOTHING)


COLUMNS = tuple(one.name for one in fields(Categories))
