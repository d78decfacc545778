"""Which days of whose agenda a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Self

from loudou.kernel.periods import Period
from loudou.people.grants import Reach
from loudou.people.lens import PeopleLens
from loudou.people.models import User

_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class AgendaLens(PeopleLens):
    """A day or a week around a day, of oneself, another person, or everybody of a unit."""

    around: date | None = None
    view: str = "week"

    see = "fieldwork.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "owner", "day", "view")

    @property
    def chosen(self) -> date:
        """The day it is about; today, unless said."""
        return self.around or self.company.today

    @property
    def days(self) -> Period:
        """The days shown; weeks begin on Monday."""
        first = self.chosen - timedelta(days=self.chosen.weekday() if self.view == "week" else 0)
        return Period(first, first + timedelta(days=_DAYS[self.view]))

    @cached_property
    def people(self) -> list[User]:
        """Whose agenda it is."""
        if self.owner is not None:
            return [self.owner]
        if self.unit is not None:
            return self.owner_choices
        return [self.user] if self.user is not None else []

    @property
    def sees_others(self) -> bool:
        """Whether the person sees more than their own, so that it can be asked whose."""
        return self.far > Reach.OWN

    def moved(self, steps: int) -> str:
        """The address of the days before or after."""
        return self.href(day=(self.chosen + timedelta(days=steps * _DAYS[self.view])).isoformat())

    def _take(self, name: str, raw: str) -> Self:
        if name == "day":
            day = date.fromisoformat(raw)
            if not 1990 <= day.year <= 2100:
                raise ValueError(raw)
            return replace(self, around=day)
        if name == "view" and raw in _DAYS:
            return replace(self, view=raw)
        return super()._take(name, raw)
