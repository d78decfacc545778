"""Which problems and rules a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from django.utils.translation import gettext_lazy as _

from loudou.kernel.numbers import key_of
from loudou.people.lens import PeopleLens
from loudou.people.queries import organisation
from loudou.problems.models import Cause, Problem, Rule
from loudou.problems.models.problems import Problems
from loudou.problems.models.rules import Rules
from loudou.problems.queries.register import rows, rules
from loudou.ui.paging import Page, keyset

ORDER = ("-happened_on", "-id")
STATES = {"open": _("not closed"), **dict(Problem.State.choices), "all": _("all")}
KINDS = {
    **dict(Problem.Kind.choices),
    "unclassed": _("not classed yet"),
    "warned": _("from an early warning"),
}
RULE_STATES = {"current": _("in force"), "review": _("review due"), "former": _("former editions")}


@dataclass(frozen=True)
class ProblemLens(PeopleLens):
    """Problems of a unit, somebody responsible, a period, in a state, of a kind, an area, a cause."""

    state: str = ""
    kind: str = ""
    area: str = ""
    cause: Cause | None = None

    see = "problems.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("unit", "owner", "period", "from", "to", "state", "kind", "area", "cause")

    @cached_property
    def register(self) -> Problems:
        """The problems asked for, cut to what the person may see; without a word about it those that are open."""
        found: Problems = Problem.objects.visible_to(self.user)
        if self.state in ("", "open"):
            found = found.open()
        elif self.state != "all":
            found = found.filter(state=self.state)
        if self.kind == "warned":
            found = found.exclude(warning=None)
        elif self.kind:
            found = found.filter(kind="" if self.kind == "unclassed" else self.kind)
        found = found.filter(self.rows_then("happened_on"))
        if self.period is not None:
            found = found.filter(happened_on__gte=self.period.start, happened_on__lt=self.period.end)
        exact = {"owner": self.owner, "area": self.area, "cause": self.cause}
        return found.filter(**{name: value for name, value in exact.items() if value})

    def page(self, after: str = "") -> Page[Problem]:
        """A page of them, the latest first."""
        return keyset(self.register, order=ORDER, load=rows, after=after)

    def _take(self, name: str, raw: str) -> Self:
        if name == "state" and raw in STATES:
            return replace(self, state=raw)
        if name == "kind" and raw in KINDS:
            return replace(self, kind=raw)
        if name == "area" and raw in Problem.Area.values:
            return replace(self, area=raw)
        if name == "cause":
            return replace(self, cause=_cause(raw))
        return super()._take(name, raw)


@dataclass(frozen=True)
class RuleLens(PeopleLens):
    """Rules that are in force, due for review, or former editions."""

    state: str = ""

    see = "problems.see_rules"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("owner", "state")

    @cached_property
    def rules(self) -> Rules:
        """The rules asked for."""
        found: Rules = Rule.objects.visible_to(self.user)
        if self.state == "former":
            found = found.exclude(pk__in=Rule.objects.current().values("pk"))
        else:
            found = found.current()
        if self.state == "review":
            found = found.filter(review_on__lte=organisation().today)
        return found.filter(owner=self.owner) if self.owner is not None else found

    def page(self, after: str = "") -> Page[Rule]:
        """A page of them, the latest first."""
        return keyset(self.rules, order=("-effective_on", "-id"), load=rules, after=after)

    def _take(self, name: str, raw: str) -> Self:
        if name == "state" and raw in RULE_STATES:
            return replace(self, state=raw)
        return super()._take(name, raw)


def _cause(raw: str) -> Cause:
    found = Cause.objects.filter(pk=key_of(raw) or 0).first()
    if found is None:
        raise ValueError(raw)
    return found
