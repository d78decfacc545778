"""Which deals, when and as known when a figure is about; whose, says `_scoped`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

from loudou.catalog.models import Product
from loudou.customers.models import SOURCES
from loudou.insight.asked import (
    ALL_TIME,
    ASSUMED,
    COMPARES,
    DAY,
    EARLIEST,
    NO_REASON,
    SPLITS,
    VALUED,
    VIEWS,
    ZONE_RATES,
    aim,
    assumption,
    bounded,
    found,
    instant_of,
    one_of,
    year_before,
)
from loudou.insight.figures.anomalies import KINDS
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import NO_SOURCE
from loudou.insight.figures.through import DAYS, GOALS, WON
from loudou.insight.figures.waterfall import BUCKETS
from loudou.insight.lens._scoped import ScopedLens
from loudou.insight.queries.calibration import RatesInForce, rates_in_force
from loudou.insight.queries.known import Otherwise, known_at, version_of
from loudou.insight.queries.live import LiveDeals
from loudou.insight.queries.rivals import spelled
from loudou.insight.queries.waterfall import RateTable
from loudou.insight.terms import ASKABLE
from loudou.kernel import clock
from loudou.kernel.periods import Grain, Period, midnight, parse_instant
from loudou.people.access import unit_ids
from loudou.people.grants import Reach
from loudou.people.queries import rates
from loudou.pipeline.models import Funnel, Reason, StageSpec
from loudou.pipeline.queries.funnels import (
    every_spec,
    funnel_named,
    funnels_to_look_at,
    order_in,
    spec_by_name,
    specs,
)

# Parameters that say one of some words, and those words.
_CHOICES: dict[str, Collection[str]] = {
    "source": (*SOURCES, NO_SOURCE),
    "by": SPLITS,
    "compare": COMPARES,
    "view": VIEWS,
    "kind": KINDS,
    "what": ASKABLE,
    "rates": VALUED,
    "zone_rates": ZONE_RATES,
    "bucket": BUCKETS,
    "goal": GOALS,
}


@dataclass(frozen=True)
class InsightLens(ScopedLens):
    """Deals of a funnel, of whom `ScopedLens` says; `by` splits what is shown, `compare` sets another period beside it.

    `kind` is an anomaly; `what` in a `stage` is the number whose deals are asked for; of those lost, for a `reason`,
    or those of which none was named (`unexplained`); of closes those on which a `rival` was named.

    A cohort is followed to a `goal`, and told `within` so many days of reaching its stage.
    A waterfall may be cut to deals expected in a `window`, valued by plan or current `rates`, and opened at a
    `bucket`; coverage takes a `target` where none is kept.
    """

    funnel: Funnel | None = None
    by: str = ""
    compare: str = ""
    view: str = ""
    kind: str = ""
    stage: StageSpec | None = None
    what: str = ""
    reason: Reason | None = None
    unexplained: bool = False
    rival: str = ""
    since_at: datetime | None = None  # where the period begins or ends within a day
    until_at: datetime | None = None
    window: Period | None = None
    rates: str = ""
    zone_rates: str = "zones"  # of quotas: those of the three zones, or of the stages (`deck`)
    bucket: str = ""
    target: Decimal | None = None
    goal: str = WON
    within: int = DAYS[-1]
    assumed: Mapping[str, Decimal] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return (
            *super().names(),
            "funnel",
            "product",
            "source",
            "by",
            "compare",
            "view",
            "kind",
            "stage",
            "what",
            "reason",
            "competitor",
            "part",
            "window",
            "rates",
            "zone_rates",
            "bucket",
            "target",
            "goal",
            "within",
            *ASSUMED,
        )

    @cached_property
    def now(self) -> datetime:
        """The instant everything is seen from."""
        return clock.now()

    @cached_property
    def known(self) -> datetime | None:
        """The instant as known before which is asked for; None: the present."""
        return self.as_of if self.as_of is not None and self.as_of < self.now else None

    @cached_property
    def units(self) -> frozenset[int] | None:
        """The units the chosen one had below it on the day the figures are of (B0.8), as far as the person sees them."""
        if self.standings is None or self.known is None:
            return super().units
        stood = frozenset(one.unit_id for one in self.standings if one.on(self.today))
        return stood if self.user is None or self.far is Reach.ALL else stood & unit_ids(self.user, self.far)

    @property
    def funnels(self) -> list[int] | None:
        """The chosen funnel alone; None: all of them."""
        return [self.funnel.pk] if self.funnel is not None else None

    @property
    def wanted(self) -> LiveDeals:
        """Whose live deals are wanted, of which funnels and as of when: what stands on the funnel."""
        return LiveDeals(
            self.scope, self.now, self.today, self.known, funnels=self.funnels, unit=self.company.base_unit
        )

    @property
    def instant(self) -> datetime:
        """The instant the figures are of."""
        return self.as_of or self.now

    @cached_property
    def today(self) -> date:
        """The day the figures are of; an instant at midnight closes the day before it (B0.2)."""
        return (self.instant.astimezone(self.company.zone) - timedelta(microseconds=1)).date()

    def or_this_quarter(self) -> Period:
        """The chosen period, else the quarter of the day the figures are of."""
        return self.period or self.company.fiscal.of(self.today, Grain.QUARTER)

    @cached_property
    def span(self) -> Span:
        """The chosen period up to the instant, as known then."""
        span = self.span_of(self.or_this_quarter())
        if self.since_at is not None:
            span = replace(span, since=min(self.since_at, self.instant))
        if self.until_at is not None and self.until_at < self.instant:
            span = replace(span, until=self.until_at)
        return span

    def span_of(self, period: Period) -> Span:
        """A period up to the instant, as known then."""
        since = midnight(period.start, self.company.zone) if period.start > EARLIEST else None
        until = midnight(period.end, self.company.zone) if period.end < date.max else None
        if until is None or until >= self.instant:
            until = self.known
        if since is not None and since > self.instant:
            since = self.instant
        return Span(self.now, since, until, self.known)

    def last_day(self, period: Period) -> date:
        """The last day of a period."""
        return period.end - timedelta(days=1) if period.end < date.max else date(2100, 12, 31)

    def only(self, *names: str) -> str:
        """The query string with these parameters alone: what another page takes along."""
        return self.without(*(name for name in self.asked if name not in names))

    @property
    def compared(self) -> Period | None:
        """The period set beside the chosen one: the equal one before, or the same a year earlier."""
        period = self.or_this_quarter()
        if self.compare == "before" and period.start > EARLIEST:
            return self.before()
        if self.compare == "year" and period.start > EARLIEST and period.end < date.max:
            return Period(year_before(period.start), year_before(period.end))
        return None

    @cached_property
    def otherwise(self) -> list[Otherwise]:
        """The deals of the chosen funnel (of all, without one) whose known past differs from their rows; read once."""
        return self.known_otherwise(self.funnels) if self.known is not None else []

    @cached_property
    def late_facts(self) -> list[Otherwise]:
        """The same of the funnel looked at; read once, or taken from those that were read already."""
        if "otherwise" in vars(self):
            return [other for other in self.otherwise if other.deal.funnel_id == self.shown_funnel.pk]
        return self.known_otherwise([self.shown_funnel.pk]) if self.known is not None else []

    def otherwise_at(self, since: datetime | None) -> list[Otherwise]:
        """The same as it was known at another instant; read together with `otherwise`, where that was not read before."""
        if "otherwise" in vars(self):
            return self._known_at([since], self.funnels)[0]
        vars(self)["otherwise"], then = self._known_at([self.known, since], self.funnels)
        return then

    def known_otherwise(self, funnels: Sequence[int] | None) -> list[Otherwise]:
        """The deals of these funnels (None: of all) whose known past differs, of all that the lens can tell apart."""
        return self._known_at([self.known], funnels)[0]

    def _known_at(
        self, instants: Sequence[datetime | None], funnels: Sequence[int] | None
    ) -> list[list[Otherwise]]:
        whole = self._whole
        if whole.units is not None:
            whole = replace(whole, units=(*whole.units, *self._belongings))
        return known_at(instants, whole, funnels)

    @cached_property
    def rates_chosen(self) -> RatesInForce:
        """What forecasts count with besides the configured rates (M04); read once."""
        return rates_in_force(self.now, self.known, self.company, self.funnels)

    @property
    def calibrated(self) -> Mapping[int, Decimal]:
        """The success rates that were chosen over the configured ones, by stage."""
        return self.rates_chosen.calibrated

    @cached_property
    def rate_table(self) -> RateTable:
        """Every rate there is; read once."""
        return rates()

    @cached_property
    def funnel_choices(self) -> list[Funnel]:
        """The funnels to choose from, those the person works with first."""
        return funnels_to_look_at(self.user)

    @cached_property
    def shown_funnel(self) -> Funnel:
        """The funnel that is looked at: the chosen one, else the one the person works with."""
        funnel = (
            self.funnel
            or next(iter(self.funnel_choices), None)
            or Funnel.objects.order_by("-is_default", "id").first()
        )
        if funnel is None:
            raise Funnel.DoesNotExist
        return funnel

    @cached_property
    def version(self) -> int:
        """The version of the funnel looked at that was in force at the instant."""
        return version_of(self.shown_funnel, self.known)

    @cached_property
    def stages(self) -> list[StageSpec]:
        """The stages of the funnel looked at, in order, as its version in force at the instant has them."""
        return specs(self.version)

    @cached_property
    def stage_keys(self) -> list[int]:
        """Every stage the funnel ever had, in order."""
        return sorted(order := order_in(self.shown_funnel), key=lambda key: order[key])

    @property
    def why(self) -> int | None:
        """The reason of losses that is asked for: 0 where none was named, None for any."""
        if self.unexplained:
            return 0
        return self.reason.pk if self.reason is not None else None

    def _stage(self, raw: str) -> StageSpec | None:
        """A stage by its code or its name in any language, in the funnel looked at; older ones by their code."""
        found = spec_by_name(self.shown_funnel.current_id or 0, raw)
        older = (spec for spec in every_spec(self.shown_funnel) if spec.stage.code == raw)
        return found or next(older, None)

    def _take(self, name: str, raw: str) -> Self:
        if name in _CHOICES:
            chosen: dict[str, Any] = {name: one_of(raw, _CHOICES[name])}
            return replace(self, **chosen)
        if name == "period" and raw == "all":
            return replace(self, period=ALL_TIME)
        if name in ("from", "to") and "period" in self.asked:
            raise ValueError(raw)
        if name in ("from", "to") and not DAY.fullmatch(raw):
            return self._edge(name, raw)
        if name in ("period", "from", "to"):
            return replace(self, period=bounded(super()._take(name, raw).period))
        if name == "as_of":
            return replace(self, as_of=instant_of(raw, self.company.zone))
        if name == "funnel":
            return replace(self, funnel=found(funnel_named(raw)))
        if name == "product":
            return replace(self, product=found(Product.objects.filter(code=raw).first()))
        if name == "stage":
            return replace(self, stage=found(self._stage(raw)))
        if name == "reason" and raw == NO_REASON:
            return replace(self, unexplained=True)
        if name == "reason":
            kind, _dot, code = raw.partition(".")
            return replace(self, reason=found(Reason.objects.filter(kind=kind, code=code).first()))
        if name == "competitor":
            return replace(self, rival=found(next(iter(spelled([raw]).values()), None)))
        if name == "part":
            parts = {unit.code: unit for key, unit in self.branches.items() if key is not None}
            return replace(self, part=found(parts.get(raw)))
        if name == "within":
            return replace(self, within=int(one_of(raw, [str(days) for days in DAYS])))
        if name == "window":
            return replace(self, window=bounded(super()._take("period", raw).period))
        if name == "target":
            return replace(self, target=aim(raw))
        if name in ASSUMED:
            return replace(self, assumed={**self.assumed, name: assumption(name, raw)})
        return super()._take(name, raw)

    def _edge(self, name: str, raw: str) -> Self:
        """Where the period begins or ends, as an instant; a midnight is the day it begins."""
        at = parse_instant(raw, self.company.zone)
        local = at.astimezone(self.company.zone)
        if at == midnight(local.date(), self.company.zone):
            return self._take(name, local.date().isoformat())
        if name == "from":
            return replace(self._take(name, local.date().isoformat()), since_at=at)
        if self.since_at is not None and at <= self.since_at:
            raise ValueError(raw)
        return replace(self._take(name, (local.date() + timedelta(days=1)).isoformat()), until_at=at)
