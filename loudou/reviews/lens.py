"""Which packs and meetings a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from loudou.kernel.periods import midnight
from loudou.people.lens import PeopleLens
from loudou.reviews.models import Meeting, Pack
from loudou.reviews.queries.shown import meetings, packs
from loudou.ui.paging import Page, keyset

ORDER = ("-starts_on", "-id")
MEETING_ORDER = ("-starts_at", "-id")


@dataclass(frozen=True)
class PackLens(PeopleLens):
    """Packs of a unit, somebody, a period, a kind, in a state. Drafts are their owner's alone."""

    kind: str = ""
    state: str = ""

    see = "reviews.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "owner", "period", "from", "to", "kind", "state")

    @cached_property
    def packs(self) -> Any:
        """The packs asked for, cut to what the person may see."""
        found = Pack.objects.visible_to(self.user)
        if self.user is not None:
            found = found.exclude(
                pk__in=Pack.objects.filter(handed_in_at=None).exclude(owner=self.user).values("pk")
            )
        if self.unit is not None:
            found = found.filter(unit__in=sorted(self.units or ()))
        if self.period is not None:
            found = found.filter(starts_on__gte=self.period.start, starts_on__lt=self.period.end)
        exact = {"owner": self.owner, "kind": self.kind, "state": self.state}
        return found.filter(**{name: value for name, value in exact.items() if value})

    def page(self, after: str = "") -> Page[Pack]:
        """A page of them, the latest period first."""
        return keyset(self.packs, order=ORDER, load=packs, after=after)

    def _take(self, name: str, raw: str) -> Self:
        if name == "kind" and raw in Pack.Kind.values:
            return replace(self, kind=raw)
        if name == "state" and raw in Pack.State.values:
            return replace(self, state=raw)
        return super()._take(name, raw)


@dataclass(frozen=True)
class MeetingLens(PeopleLens):
    """Meetings of a unit, a period, in a state."""

    state: str = ""

    see = "reviews.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "period", "from", "to", "state")

    @cached_property
    def meetings(self) -> Any:
        """The meetings asked for, cut to what the person may see."""
        found = Meeting.objects.visible_to(self.user)
        if self.unit is not None:
            found = found.filter(unit__in=sorted(self.units or ()))
        if self.period is not None:
            zone = self.company.zone
            since, until = midnight(self.period.start, zone), midnight(self.period.end, zone)
            found = found.filter(starts_at__gte=since, starts_at__lt=until)
        return found.filter(state=self.state) if self.state else found

    def page(self, after: str = "") -> Page[Meeting]:
        """A page of them, the latest first."""
        return keyset(self.meetings, order=MEETING_ORDER, load=meetings, after=after)

    def _take(self, name: str, raw: str) -> Self:
        if name == "state" and raw in Meeting.State.values:
            return replace(self, state=raw)
        return super()._take(name, raw)
