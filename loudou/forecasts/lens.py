"""Which period of the forecast cycle somebody looks at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Self

from loudou.forecasts.figures.cycle import LEVELS, Cycle
from loudou.forecasts.figures.discipline import keeps_discipline
from loudou.forecasts.models import Submission, Terms, Verdict
from loudou.forecasts.queries import cycle, monday_of, period_of, terms
from loudou.forecasts.says import COMMIT, LAX
from loudou.insight.asked import one_of
from loudou.insight.figures.categories import CATEGORIES
from loudou.insight.figures.forecast import chance
from loudou.insight.lens import InsightLens
from loudou.insight.queries.calibration import RatesInForce, rates_in_force
from loudou.kernel import clock
from loudou.kernel.periods import Grain, Period, add_months
from loudou.people.lens import PeopleLens
from loudou.pipeline.models import Deal

# What can be asked for of the sheet: what deals add up to, and what people handed in.
OF_DEALS = ("closed", *CATEGORIES, LAX, "due", "weighted", "judged")
OF_PEOPLE = ("base", "change", "base_change")
NUMBERS = (*OF_DEALS, *OF_PEOPLE)


@dataclass(frozen=True)
class CycleLens(PeopleLens):
    """A period of the organisation's grain; unasked the present one."""

    verdict: str = ""  # on the page of judgements, those alone
    open: int = 0  # of a large branch, the leader whose people stand below

    see = "forecasts.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("period", "owner", "verdict", "open")

    @cached_property
    def now(self) -> datetime:
        """The instant everything is seen from."""
        return clock.now()

    @cached_property
    def rules(self) -> Terms:
        """The organisation's rules."""
        return terms()

    @cached_property
    def cycle(self) -> Cycle:
        """The calendar of the cycle."""
        return cycle(self.company, self.rules)

    def chance(self, deal: Deal) -> Decimal:
        """The success rate an open deal counts with in forecasts (M20), of one read by `says.with_rates`."""
        rates, spec = self._rates, deal.spec
        learned = vars(deal)["foretold_now"] if deal.funnel_id in rates.learned else None
        return chance(deal.probability, spec.probability, rates.calibrated.get(spec.stage_id), learned)

    def is_lax(self, deal: Deal) -> bool:
        """Whether an open deal stands in the commitment and lacks its discipline (C2)."""
        kept = keeps_discipline(
            next_step=bool(deal.next_step),
            next_on=deal.next_on is not None,
            touched_at=deal.touched_at,
            now=self.now,
        )
        return (deal.category or deal.spec.category) == COMMIT and not kept

    @cached_property
    def _rates(self) -> RatesInForce:
        return rates_in_force(self.now, None, self.company)

    @cached_property
    def monday(self) -> datetime:
        """The first instant of this week."""
        return monday_of(self.company.today, self.company)

    def week(self, before: Submission | None) -> dict[str, str]:
        """From the number somebody handed in before this week to now, as a waterfall is asked; without one a week."""
        since = before.submitted_at if before is not None else self.monday - timedelta(days=7)
        return {
            "from": f"{since.astimezone(self.company.zone):%Y-%m-%dT%H:%M:%S}",
            "to": f"{self.company.today + timedelta(days=1)}",
        }

    @cached_property
    def chosen(self) -> Period:
        """The period that is looked at."""
        return self.period or period_of(self.company.today, self.company.fiscal, self.rules)

    @property
    def nearby(self) -> list[tuple[str, Period]]:
        """The last, the present and the next period, as (name, period)."""
        fiscal = self.company.fiscal
        present = period_of(self.company.today, fiscal, self.rules)
        following = fiscal.of(present.end, Grain(self.rules.grain))
        return [(fiscal.name(one), one) for one in (fiscal.previous(present), present, following)]

    @property
    def is_open(self) -> bool:
        """Whether numbers are still taken."""
        return self.now < self.chosen.instants(self.company.zone)[1]

    def _take(self, name: str, raw: str) -> Self:
        if name == "verdict":
            if raw not in Verdict.values:
                raise ValueError(raw)
            return replace(self, verdict=raw)
        if name == "open":
            return replace(self, open=int(raw))
        taken = super()._take(name, raw)
        if taken.period is None:
            return taken
        if not 1990 <= taken.period.start.year <= 2100 or taken.period.end.year > 2101:
            raise ValueError(raw)
        return taken


@dataclass(frozen=True)
class BehindLens(CycleLens):
    """A number of the sheet: `what` it is, whose (`owner`), and whether of their `own` deals alone."""

    what: str = "base"
    own: bool = False

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return ("period", "owner", "what", "own")

    def _take(self, name: str, raw: str) -> Self:
        if name == "what":
            return replace(self, what=one_of(raw, NUMBERS))
        return replace(self, own=True) if name == "own" else super()._take(name, raw)


@dataclass(frozen=True)
class BoardLens(InsightLens):
    """Whose forecasts and when, of which level; unasked the year that ends with this month."""

    level: str = ""

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return (*super().names(), "level")

    def _take(self, name: str, raw: str) -> Self:
        return replace(self, level=one_of(raw, LEVELS)) if name == "level" else super()._take(name, raw)

    def or_this_quarter(self) -> Period:
        """The chosen period, else the twelve months up to the end of this one."""
        if self.period is not None:
            return self.period
        end = add_months(self.today.replace(day=1), 1)
        return Period(add_months(end, -12), end)
