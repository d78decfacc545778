"""Which warnings a person is looking at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Self

from django.db.models import Q, Sum

from loudou.insight.lens import InsightLens
from loudou.insight.queries.scope import which
from loudou.kernel.numbers import ZERO
from loudou.people.grants import Reach
from loudou.people.lens import PeopleLens
from loudou.pipeline.models import Deal
from loudou.ui.paging import Page, keyset
from loudou.warnings.figures.signs import OCCURRED, PREVENTED, SIGNS, VOID
from loudou.warnings.models import EarlyWarning, EarlyWarnings
from loudou.warnings.queries.prevention import ended_rows
from loudou.warnings.queries.shown import URGENT, rows

LATEST = ("-id",)
State = EarlyWarning.State
# Ways to end, as the prevention ratio counts them (M48): of a period, and of who had the deal then.
COUNTED = (PREVENTED, OCCURRED, VOID)
# Which deals, as the pages of analysis ask for them.
WHICH = ("funnel", "product", "source")
# What a list shows: unasked those that wait for an answer.
STATES = (
    *("open", "escalated", "done", "snoozed", "disputed", "dismissed", "standing", "ended", "all"),
    *COUNTED,
)


@dataclass(frozen=True)
class WarningLens(PeopleLens):
    """Warnings of a unit, an owner, a sign, a deal, in a state; of what stands, whose the deal is now.

    Those that ended in one of the `COUNTED` ways are those that `reports.prevention` counts of a period.
    """

    sign: str = ""
    state: str = ""
    deal: Deal | None = None

    see = "warnings.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return (*super().names(), "sign", "state", "deal", *WHICH)

    @cached_property
    def warnings(self) -> EarlyWarnings:
        """The warnings asked for, cut to what the person may see."""
        seen: EarlyWarnings = EarlyWarning.objects.visible_to(self.user)
        found = seen.filter(self._counted if self.state in COUNTED else _of_state(self.state))
        if self.sign:
            found = found.filter(sign=self.sign)
        if self.deal is not None:
            found = found.filter(deal=self.deal)
        if any(name in self.asked for name in WHICH):
            found = found.filter(self._which)
        if self.state in COUNTED:
            return found
        if self.unit is not None:
            found = found.filter(deal__unit__in=sorted(self.units or ()))
        if self.owner is not None:
            found = found.filter(deal__owner=self.owner)
        return found

    @cached_property
    def analysed(self) -> InsightLens:
        """The same of whom, when and which deals, as the pages of analysis read it."""
        named = (*super().names(), *WHICH)
        return InsightLens.read({key: self.asked[key] for key in named if key in self.asked}, self.user)

    @property
    def _counted(self) -> Q:
        """What ended so in the period, of whom is looked at."""
        return ended_rows(self.analysed.scope, self.analysed.span) & Q(how=self.state)

    @property
    def _which(self) -> Q:
        """Those of the deals that were asked for."""
        funnel = self.analysed.funnel
        return which(self.analysed.scope) & (Q(deal__funnel=funnel) if funnel is not None else Q())

    @cached_property
    def amount(self) -> Decimal | None:
        """What the deals were worth whose warnings `reports.prevention` counted so; None of other lists."""
        if self.state not in COUNTED:
            return None
        total: Decimal = self.warnings.aggregate(total=Sum("amount", default=ZERO))["total"]
        return total

    @property
    def order(self) -> tuple[str, ...]:
        """What nobody answered and the largest first; of what has ended the latest."""
        return LATEST if self.state in ("ended", "all", *COUNTED) else URGENT

    def page(self, after: str = "") -> Page[EarlyWarning]:
        """One page of the list."""
        return keyset(self.warnings, order=self.order, load=rows, after=after)

    @property
    def sees_others(self) -> bool:
        """Whether the person sees more than their own, so that it can be asked whose."""
        return self.far > Reach.OWN

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.asked)

    def _take(self, name: str, raw: str) -> Self:
        if name == "sign" and raw in SIGNS:
            return replace(self, sign=raw)
        if name == "state" and raw in STATES:
            return replace(self, state=raw)
        if name == "deal":
            deal = Deal.objects.visible_to(self.user).filter(pk=int(raw)).first()
            if deal is None:
                raise ValueError(raw)
            return replace(self, deal=deal)
        if name in WHICH:
            if InsightLens.read({name: raw}, self.user).problems:
                raise ValueError(raw)
            return self
        return super()._take(name, raw)


def _of_state(state: str) -> Q:
    standing = Q(ended_at=None)
    if state == "all":
        return Q()
    if state == "ended":
        return ~standing & ~Q(how=VOID)
    if state == "standing":
        return standing
    if state == "escalated":
        return standing & Q(state=State.OPEN, level__gt=0)
    return standing & Q(state=state or State.OPEN)
