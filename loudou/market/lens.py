"""Which walks and which voices of the market a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from loudou.insight.lens import InsightLens
from loudou.market.figures.voices import ABOUT
from loudou.market.models import Walk, Walks
from loudou.market.queries.walks import rows
from loudou.people.lens import PeopleLens
from loudou.ui.paging import Page, keyset

ORDER = ("-day", "-id")


@dataclass(frozen=True)
class WalkLens(PeopleLens):
    """Walks of a unit, a manager, a period; those that were annulled only where `state` says so."""

    state: str = ""

    see = "market.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "owner", "period", "from", "to", "state")

    @cached_property
    def walks(self) -> Walks:
        """The walks asked for, cut to what the person may see."""
        found: Walks = Walk.objects.visible_to(self.user)
        found = found.exclude(annulled_at=None) if self.state == "annulled" else found.standing()
        found = found.filter(self.rows_then("day"))
        if self.period is not None:
            found = found.filter(day__gte=self.period.start, day__lt=self.period.end)
        return found.filter(owner=self.owner) if self.owner is not None else found

    def page(self, after: str = "") -> Page[Walk]:
        """A page of them, the latest first."""
        return keyset(self.walks, order=ORDER, load=rows, after=after)

    def _take(self, name: str, raw: str) -> Self:
        if name == "state" and raw == "annulled":
            return replace(self, state=raw)
        return super()._take(name, raw)


@dataclass(frozen=True)
class MarketLens(InsightLens):
    """The market picture of a unit, a person, a period; cut to a region, a competitor, to what it is about."""

    region: str = ""
    competitor: str = ""
    about: str = ""

    see = "market.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "owner", "period", "from", "to", "as_of", "region", "competitor", "about")

    def _take(self, name: str, raw: str) -> Self:
        if name == "region":
            return replace(self, region=raw[:80])
        if name == "competitor":
            return replace(self, competitor=raw[:200])
        if name == "about" and raw in ABOUT:
            return replace(self, about=raw)
        return super()._take(name, raw)
