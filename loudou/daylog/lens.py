"""Which days a person is looking at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from loudou.daylog.figures.flags import MISMATCH
from loudou.daylog.models import Absence, DayLog, DeskLog, Item, Query, SpotCheck, Support, hidden_from
from loudou.kernel.periods import midnight
from loudou.people.lens import PeopleLens
from loudou.ui.paging import Page, keyset

STATES = {
    "on_time": _("in time"),
    "late": _("handed in late"),
    "missing": _("missing"),
    "differing": _("both logs differ"),
    "asked": _("with open queries"),
    "flagged": _("with red flags"),
    "unsigned": _("not signed"),
    "annulled": _("annulled"),
}
_CONDITIONS: dict[str, Q | Exists] = {
    "on_time": Q(annulled_at=None, submitted_at__lte=F("due_at")),
    "late": Q(annulled_at=None, submitted_at__gt=F("due_at"), submitted_at__lte=F("locks_at")),
    "missing": Q(submitted_at__gt=F("locks_at")) | ~Q(annulled_at=None),
    "differing": Q(differing__gt=0) | Q(unpaired__gt=0),
    "asked": Exists(Query.objects.filter(log=OuterRef("pk"), verdict="")),
    "flagged": ~Q(flags=[]),
    "unsigned": Q(signed_at=None),
    "annulled": ~Q(annulled_at=None),
}


@dataclass(frozen=True)
class DayLens(PeopleLens):
    """Day logs of a unit, a person, a period, in a `state`; what the desk heard, calls for help, spot checks by the same."""

    state: str = ""

    see = "daylog.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "owner", "period", "from", "to", "state")

    @cached_property
    def logs(self) -> Any:
        """The logs asked for, cut to what the person may see."""
        found = self._bound(DayLog.objects.current().visible_to(self.user), "user", "unit", "day")
        if self.state == "differing":
            found = found.exclude(hidden_from(self.user))
        elif self.state == "flagged":
            found = found.exclude(hidden_from(self.user), flags=[MISMATCH])
        return found.filter(_CONDITIONS[self.state]) if self.state in _CONDITIONS else found

    @cached_property
    def desk_logs(self) -> Any:
        """What the control desk heard of the people and days asked for."""
        return self._bound(DeskLog.objects.visible_to(self.user), "user", "unit", "day")

    @cached_property
    def checks(self) -> Any:
        """The spot checks asked for; open ones first."""
        return self._bound(SpotCheck.objects.visible_to(self.user), "log__user", "log__unit", "log__day")

    @cached_property
    def support(self) -> Any:
        """The calls for help asked for: of the unit as it stood when they came, as the 3E board counts them (B0.8)."""
        zone = self.company.zone
        found = self._of_owner(Support.objects.visible_to(self.user), "asker")
        if self.period is not None:
            since, until = midnight(self.period.start, zone), midnight(self.period.end, zone)
            found = found.filter(asked_at__gte=since, asked_at__lt=until)
        return found.filter(self.rows_then("asked_at", zone=zone))

    @cached_property
    def queries(self) -> Any:
        """What was asked about the logs of these people and days."""
        return self._bound(Query.objects.visible_to(self.user), "log__user", "log__unit", "log__day")

    @cached_property
    def absences(self) -> Any:
        """Absences of these people that touch the period."""
        found = self._of_owner(Absence.objects.visible_to(self.user), "user")
        found = found.filter(self.rows_then("first"))
        if self.period is not None:
            found = found.filter(last__gte=self.period.start, first__lt=self.period.end)
        return found

    def page(self, after: str = "") -> Page[DayLog]:
        """A page of logs, the latest first."""
        return keyset(self.logs, order=("-day", "-id"), load=_logs, after=after)

    def checks_page(self, after: str = "") -> Page[SpotCheck]:
        """A page of spot checks, the latest week first."""
        return keyset(self.checks, order=("-week", "-id"), load=_checks, after=after)

    def support_page(self, after: str = "") -> Page[Support]:
        """A page of calls for help, the latest first."""
        return keyset(self.support, order=("-asked_at", "-id"), load=_support, after=after)

    def _bound(self, rows: Any, owner: str, unit: str, day: str) -> Any:
        if self.period is not None:
            rows = rows.filter(**{f"{day}__gte": self.period.start, f"{day}__lt": self.period.end})
        return self._of_owner(rows.filter(self.rows_then(day, unit)), owner)

    def _of_owner(self, rows: Any, owner: str) -> Any:
        return rows.filter(**{owner: self.owner}) if self.owner is not None else rows

    def _take(self, name: str, raw: str) -> Self:
        if name == "state" and raw in STATES:
            return replace(self, state=raw)
        return super()._take(name, raw)


CHECK_STATES = {"waiting": _("to be checked"), **dict(SpotCheck.Result.choices)}


@dataclass(frozen=True)
class CheckLens(DayLens):
    """Spot checks of the logs of a unit, a person, a period: those to be made, or with an outcome."""

    @cached_property
    def checks(self) -> Any:
        """The spot checks asked for, cut to what the person may see."""
        found = super().checks
        return found.filter(result="" if self.state == "waiting" else self.state) if self.state else found

    def _take(self, name: str, raw: str) -> Self:
        if name == "state":
            if raw not in CHECK_STATES:
                raise ValueError(raw)
            return replace(self, state=raw)
        return super()._take(name, raw)


ITEM_STATES = {
    "open": _("not done"),
    "overdue": _("overdue"),
    "carried": _("carried"),
    "done": _("done"),
}


@dataclass(frozen=True)
class ItemLens(DayLens):
    """What was to be done on which day (日事日毕): of a unit, a person, a period; `open` unless a `state` is asked for."""

    def condition(self) -> Q:
        """What the state asks for; `overdue` is what is open although its day is over."""
        still = Q(closed_on=None, cause="")
        return {
            "overdue": still & Q(due_on__lt=self.company.today),
            "carried": ~Q(cause=""),
            "done": ~Q(closed_on=None),
            "all": Q(),
        }.get(self.state, still)

    @cached_property
    def items(self) -> Any:
        """The items asked for, cut to what the person may see."""
        return self._bound(Item.objects.visible_to(self.user), "user", "unit", "due_on").filter(
            self.condition()
        )

    def items_page(self, after: str = "") -> Page[Item]:
        """A page of items, those due last first."""
        return keyset(self.items, order=("-due_on", "-id"), load=items, after=after)

    def _take(self, name: str, raw: str) -> Self:
        if name == "state":
            if raw not in (*ITEM_STATES, "all"):
                raise ValueError(raw)
            return replace(self, state=raw)
        return super()._take(name, raw)


def items(keys: Sequence[int]) -> list[Item]:
    """Items with whose they are and where they went on."""
    return list(Item.objects.filter(pk__in=keys).select_related("user", "unit", "carried_into"))


def _logs(keys: Sequence[int]) -> list[DayLog]:
    return list(DayLog.objects.filter(pk__in=keys).select_related("user", "unit").prefetch_related("lines"))


def _checks(keys: Sequence[int]) -> list[SpotCheck]:
    return list(SpotCheck.objects.filter(pk__in=keys).select_related("log__user", "log__unit", "checker"))


def _support(keys: Sequence[int]) -> list[Support]:
    return list(Support.objects.filter(pk__in=keys).select_related("asker", "answered_by"))
