"""Whose deals a figure is about: access enters the room here, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from loudou.catalog.models import Product
from loudou.insight.figures.scope import Belonging, Scope, always
from loudou.kernel.periods import midnight
from loudou.people.access import reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.lens import PeopleLens
from loudou.people.models import Unit
from loudou.people.queries import Standing, standings_below, standings_of_house


@dataclass(frozen=True)
class ScopedLens(PeopleLens):
    """Deals of a product, a source; `part` is the line of a table by unit that is looked into.

    A part is what is counted in that branch of the unit looked at, for as long as it was one. A person counts what is
    theirs to see: a rep their own, a manager the branch. Flows count for whom they happened to, stocks for who has
    them, units by the tree as it was (B0.8).
    """

    product: Product | None = None
    source: str = ""
    part: Unit | None = None

    see = "insight.see"

    @cached_property
    def shown_unit(self) -> Unit | None:
        """The unit that is looked at: the chosen one, else the person's own where that bounds what they see."""
        if self.unit is not None:
            return self.unit
        if self.user is None or self.far in (Reach.ALL, Reach.OWN, Reach.NONE):
            return None
        return self.user.unit

    @cached_property
    def scope(self) -> Scope:
        """What is counted, cut to what the person may see; of a part only what is counted there."""
        if self.part is None:
            return self._whole
        return replace(self._whole, units=self._branch(self.part))

    @property
    def chosen(self) -> Scope:
        """The person and the unit that were chosen, for rows that are cut elsewhere to what may be seen."""
        owner = self.owner.pk if self.owner is not None else None
        return Scope(owner, self._belongings if self.unit is not None else None)

    def seen_by(self, right: str) -> Scope:
        """What is counted, cut to what the person may see by this right; units count while they stood there (B0.8)."""
        far, product = reach(self.user, right), self.product.pk if self.product is not None else None
        scope = replace(self.chosen, source=self.source, product=product)
        if self.user is None or far is Reach.ALL:
            return scope
        if far <= Reach.OWN or self.user.unit is None:
            mine = self.user.pk if far is not Reach.NONE else 0
            return replace(scope, owner=mine if scope.owner in (None, mine) else 0)
        seen = unit_ids(self.user, far)
        if scope.units is None:
            own = self.user.unit
            below = (
                self._belongings
                if self.shown_unit == own
                else self._below({own.pk: standings_below(own)}, own.pk)
            )
            return replace(scope, units=always(seen) if far is Reach.TEAM else below)
        if far is Reach.TEAM or self.unit is None or self.unit.pk not in seen:
            return replace(scope, units=tuple(one for one in scope.units if one.unit in seen))
        return scope

    @cached_property
    def _whole(self) -> Scope:
        return self.seen_by(self.see)

    @cached_property
    def split(self) -> Scope:
        """The scope with every unit told in which branch of the tree it counts (see `branches`)."""
        return replace(self._whole, units=self._belongings)

    def _branch(self, branch: Unit) -> tuple[Belonging, ...]:
        return tuple(one for one in self._belongings if one.branch == branch.pk)

    @cached_property
    def branches(self) -> dict[int | None, Unit]:
        """The parts the unit looked at is split into: what ever stood directly below it, and itself for the rest."""
        keys = {one.branch for one in self._belongings}
        tops = {top.pk: top for top in self._tops}
        below = Unit.objects.filter(pk__in=[key for key in keys if key and key not in tops]).order_by(
            "position", "code"
        )
        return {**{unit.pk: unit for unit in below}, **{key: top for key, top in tops.items() if key in keys}}

    @cached_property
    def _tops(self) -> list[Unit]:
        if self.shown_unit is not None:
            return [self.shown_unit]
        return list(Unit.objects.filter(parent=None).order_by("position", "code"))

    @cached_property
    def _belongings(self) -> tuple[Belonging, ...]:
        alone = self._tops[0].pk if len(self._tops) == 1 else None
        if self.shown_unit is None:
            return self._below(standings_of_house(), alone)
        known = self.standings if self.shown_unit == self.unit else standings_below(self.shown_unit)
        return self._below({self.shown_unit.pk: known or ()}, alone)

    def _below(self, tops: Mapping[int, Sequence[Standing]], alone: int | None) -> tuple[Belonging, ...]:
        """Every unit that stood below these, with when and in which branch: a branch is what stood directly below the
        one top there is, or a top of several; a unit that was one of them once, too.
        """
        return tuple(
            Belonging(
                one.unit_id,
                self._instant(one.since),
                self._instant(one.until),
                (one.branch_id or top) if top == alone else top,
            )
            for top, stood in tops.items()
            for one in sorted(stood, key=lambda one: (one.unit_id, one.since or date.min))
        )

    def _instant(self, day: date | None) -> datetime | None:
        return midnight(day, self.company.zone) if day is not None else None
