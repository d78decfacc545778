"""Which deals, of whom, when and as known when a figure is about: access enters the room here, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Self

from loudou.catalog.models import Product
from loudou.customers.models import SOURCES
from loudou.insight.asked import (
    ALL_TIME,
    ASSUMED,
    COMPARES,
    DAY,
    EARLIEST,
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
from loudou.insight.figures.scope import NO_SOURCE, Belonging, Scope, always
from loudou.insight.figures.waterfall import BUCKETS
from loudou.insight.queries.calibration import RatesInForce, rates_in_force
from loudou.insight.queries.known import Otherwise, known_otherwise
from loudou.insight.queries.records import WHATS
from loudou.insight.queries.stocks import LiveDeals
from loudou.insight.queries.waterfall import RateTable
from loudou.kernel import clock
from loudou.kernel.periods import Grain, Period, midnight, parse_instant
from loudou.people.access import reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.lens import PeopleLens
from loudou.people.models import Unit
from loudou.people.queries import Standing, rates, standings_below
from loudou.pipeline.models import Funnel, StageSpec
from loudou.pipeline.queries.funnels import (
    default_funnel,
    every_spec,
    funnel_named,
    order_in,
    spec_by_name,
    specs,
)


@dataclass(frozen=True)
class InsightLens(PeopleLens):
    """Deals of a funnel, a product, a source; `by` splits what is shown, `compare` sets another period beside it.

    `kind` is an anomaly; `what` in a `stage` is the number whose deals are asked for, `part` the line of a table by
    unit that it stands in: what is counted in that branch of the unit looked at, for as long as it was one.

    A waterfall may be cut to deals expected in a `window`, valued by plan or current `rates`, and opened at a
    `bucket`; coverage takes a `target` where none is kept.

    A person counts what is theirs to see: a rep their own, a manager the branch. Flows count for whom they happened
    to, stocks for who has them, units by the tree as it was (B0.8).
    """

    funnel: Funnel | None = None
    product: Product | None = None
    source: str = ""
    by: str = ""
    compare: str = ""
    view: str = ""
    kind: str = ""
    stage: StageSpec | None = None
    what: str = ""
    part: Unit | None = None
    since_at: datetime | None = None  # where the period begins or ends within a day
    until_at: datetime | None = None
    window: Period | None = None
    rates: str = ""
    zone_rates: str = "zones"  # of quotas: those of the three zones, or of the stages (`deck`)
    bucket: str = ""
    target: Decimal | None = None
    assumed: Mapping[str, Decimal] = field(default_factory=dict)

    see = "insight.see"

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
            "part",
            "window",
            "rates",
            "zone_rates",
            "bucket",
            "target",
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
        return LiveDeals(self.scope, self.now, self.today, self.known, funnels=self.funnels)

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

    def known_otherwise(self, funnels: Sequence[int] | None) -> list[Otherwise]:
        """The deals of these funnels (None: of all) whose known past differs, of all that the lens can tell apart."""
        whole = self._whole
        if whole.units is not None:
            whole = replace(whole, units=(*whole.units, *self._belongings))
        return known_otherwise(self.known, whole, funnels)

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
            below = self._belongings if self.shown_unit == own else self._below([own])
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
        return self._below(self._tops)

    def _below(self, tops: Sequence[Unit]) -> tuple[Belonging, ...]:
        """Every unit that stood below these, with when and in which branch."""
        return tuple(
            Belonging(
                one.unit_id,
                self._instant(one.since),
                self._instant(one.until),
                one.branch_id or top.pk if len(tops) == 1 else top.pk,
            )
            for top in tops
            for one in sorted(
                self._standings_below(top), key=lambda one: (one.unit_id, one.since or date.min)
            )
        )

    def _standings_below(self, top: Unit) -> Sequence[Standing]:
        """Of the chosen unit those that were read already."""
        return (self.standings or ()) if top == self.unit else standings_below(top)

    def _instant(self, day: date | None) -> datetime | None:
        return midnight(day, self.company.zone) if day is not None else None

    @cached_property
    def shown_funnel(self) -> Funnel:
        """The funnel that is looked at: the chosen one, else the one the person works with."""
        funnel = (
            self.funnel or default_funnel(self.user) or Funnel.objects.order_by("-is_default", "id").first()
        )
        if funnel is None:
            raise Funnel.DoesNotExist
        return funnel

    @cached_property
    def stages(self) -> list[StageSpec]:
        """The stages of the funnel looked at, in order, as its version in force has them."""
        return specs(self.shown_funnel.current_id or 0)

    @cached_property
    def stage_keys(self) -> list[int]:
        """Every stage the funnel ever had, in order."""
        return sorted(order := order_in(self.shown_funnel), key=lambda key: order[key])

    def _stage(self, raw: str) -> StageSpec | None:
        """A stage by its code or its name in any language, in the funnel looked at; older ones by their code."""
        found = spec_by_name(self.shown_funnel.current_id or 0, raw)
        older = (spec for spec in every_spec(self.shown_funnel) if spec.stage.code == raw)
        return found or next(older, None)

    def _take(self, name: str, raw: str) -> Self:
        if name == "period" and raw == "all":
            return replace(self, period=ALL_TIME)
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
        if name == "source":
            return replace(self, source=one_of(raw, (*SOURCES, NO_SOURCE)))
        if name == "by":
            return replace(self, by=one_of(raw, SPLITS))
        if name == "compare":
            return replace(self, compare=one_of(raw, COMPARES))
        if name == "view":
            return replace(self, view=one_of(raw, VIEWS))
        if name == "kind":
            return replace(self, kind=one_of(raw, KINDS))
        if name == "stage":
            return replace(self, stage=found(self._stage(raw)))
        if name == "what":
            return replace(self, what=one_of(raw, WHATS))
        if name == "part":
            return replace(
                self,
                part=found(Unit.objects.filter(code=raw, pk__in=list(filter(None, self.branches))).first()),
            )
        if name == "window":
            return replace(self, window=bounded(super()._take("period", raw).period))
        if name == "rates":
            return replace(self, rates=one_of(raw, VALUED))
        if name == "zone_rates":
            return replace(self, zone_rates=one_of(raw, ZONE_RATES))
        if name == "bucket":
            return replace(self, bucket=one_of(raw, BUCKETS))
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
