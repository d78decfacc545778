"""The funnel: what stands in each stage (M01), what came, went and stayed during a period (M03)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from loudou.catalog.models import Product
from loudou.customers.models import SOURCES
from loudou.insight.figures.flow import FLOWS, START, STAY, Amounts, Span, StageFlow, broken, stage_flow
from loudou.insight.figures.forecast import Calibrated, Pile
from loudou.insight.lens import InsightLens
from loudou.insight.queries.flows import Counted, Key
from loudou.insight.queries.kept.flows import flows_known, piles_known
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.live import LiveDeals
from loudou.insight.queries.stocks import piles
from loudou.insight.reports._plain import money, ratio, stage_name, when
from loudou.insight.reports.learned import Learned, learned
from loudou.insight.reports.learned import plain as plain_learned
from loudou.kernel.numbers import ZERO
from loudou.people.models import User
from loudou.pipeline.models import StageSpec
from loudou.pipeline.queries.funnels import every_spec

PERIOD, COMPARED, INSTANT = "period", "compared", "instant"


@dataclass(frozen=True)
class StageLine:
    """A stage: what stands in it at the instant, what moved through it in the period, and in the one beside it."""

    spec: StageSpec
    count: int
    amount: Decimal
    weighted: Decimal
    flow: StageFlow
    compared: StageFlow | None = None


@dataclass(frozen=True)
class Part:
    """A part of the whole (a branch, a person, a product, a source) with its flow by stage."""

    key: Key
    row: Any
    flows: Sequence[StageFlow]

    def at(self, stage: int) -> StageFlow:
        """What happened in one stage."""
        return next((flow for flow in self.flows if flow.stage == stage), StageFlow(stage))

    @cached_property
    def whole(self) -> StageFlow:
        """Its stages added up: stocks and what happened; what went on from stage to stage counts at every step."""
        return sum(self.flows[1:], self.flows[0]) if self.flows else StageFlow(0)

    def ways(self, *names: str) -> Amounts:
        """What happened in these ways, over all stages."""
        return sum((self.whole.ways.get(name, Amounts()) for name in names), Amounts())


@dataclass(frozen=True)
class FunnelReport:
    """The funnel as one lens sees it."""

    lens: InsightLens
    lines: Sequence[StageLine]
    broken: Sequence[int]  # places after which more deals stand than before: not a funnel
    parts: Sequence[Part] = field(default_factory=list)
    learned: Sequence[Learned] = field(default_factory=list)  # what became known since, deal by deal

    @property
    def whole(self) -> StageFlow:
        """All stages added up."""
        return sum((line.flow for line in self.lines[1:]), self.lines[0].flow)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        span = self.lens.span
        return {
            "funnel": self.lens.shown_funnel.code,
            "as_of": when(self.lens.instant),
            "from": when(span.since),
            "to": when(span.until or self.lens.instant),
            "stages": [_plain(line) for line in self.lines],
            "not_a_funnel_after": [stage_name(self.lines[place].spec) for place in self.broken],
            "differences": plain_learned(self.lens, self.learned),
        }


def funnel(lens: InsightLens) -> FunnelReport:
    """The funnel of a lens; with `by` also its parts."""
    otherwise = lens.late_facts
    spans = {PERIOD: lens.span}
    if lens.compared is not None:
        spans[COMPARED] = lens.span_of(lens.compared)
    if lens.known is not None and lens.span.until != lens.known:
        spans[INSTANT] = Span(lens.now, lens.known, lens.known, lens.known)
    counted = flows_known(lens.stage_keys, lens.scope, spans, otherwise=otherwise)
    wanted = LiveDeals(lens.scope, lens.now, lens.today, lens.known, learned=lens.rates_chosen.learned)
    at_end = counted.get(INSTANT, counted[PERIOD])[None]
    stood = {stage: kinds[STAY] for stage, kinds in at_end.items()}
    specs = every_spec(lens.shown_funnel)
    if lens.known is None or wanted.learned:
        stock = piles(wanted, lens.stage_keys, otherwise, specs=specs)
    else:
        stock = piles_known(wanted, lens.stage_keys, otherwise, stood=stood, specs=specs)
    lines = [
        _line(spec, stock, counted, lens.calibrated)
        for spec in shown_stages(lens, stock, counted[PERIOD][None])
    ]
    narrow = broken([line.count for line in lines])
    return FunnelReport(lens, lines, narrow, parts(lens, otherwise), learned(lens, otherwise))


def shown_stages(
    lens: InsightLens, stock: Sequence[Pile], kinds: Mapping[int, Mapping[str, Amounts]]
) -> list[StageSpec]:
    """The stages in force, and of older ones those that hold or held something, in order."""
    shown = {spec.stage_id: spec for spec in lens.stages}
    held: Counter[int] = Counter()  # of a past what was put right comes to nothing where nothing was
    for pile in stock:
        held[pile.stage] += pile.count
    used = {stage for stage, count in held.items() if count}
    used |= {stage for stage, some in kinds.items() if any(one.count for one in some.values())}
    for spec in every_spec(lens.shown_funnel) if used - set(shown) else ():
        if spec.stage_id in used:
            shown.setdefault(spec.stage_id, spec)
    return [shown[key] for key in lens.stage_keys if key in shown]


def parts(lens: InsightLens, otherwise: Sequence[Otherwise]) -> list[Part]:
    """The parts a lens asks to be told apart, largest stock first."""
    by = lens.by
    if by not in ("unit", "owner", "product", "source"):
        return []
    scope = lens.split if by == "unit" else lens.scope
    counted = flows_known(lens.stage_keys, scope, {PERIOD: lens.span}, by=by, otherwise=otherwise)[PERIOD]
    return named(lens, by, counted, lens.stage_keys)


def named(lens: InsightLens, by: str, counted: Counted, stages: Sequence[int]) -> list[Part]:
    """Counts by key as parts with what the keys stand for."""
    keys = [key for key, stages in counted.items() if any(any(kinds.values()) for kinds in stages.values())]
    rows: Mapping[Any, Any] = {}
    if by == "unit":
        rows = lens.branches
    elif by == "owner":
        rows = User.objects.select_related("unit").in_bulk([key for key in keys if key is not None])
    elif by == "product":
        rows = Product.objects.in_bulk([key for key in keys if key is not None])
    elif by == "source":
        rows = SOURCES
    found = [
        Part(
            key,
            rows.get(key),
            [stage_flow(stage, counted[key][stage]) for stage in stages if stage in counted[key]],
        )
        for key in keys
    ]
    return sorted(found, key=lambda part: (-part.whole.stay.amount, str(part.row)))


def _line(
    spec: StageSpec, stock: Sequence[Pile], counted: Mapping[str, Counted], learned: Calibrated
) -> StageLine:
    here = [pile for pile in stock if pile.stage == spec.stage_id]
    beside = counted[COMPARED][None][spec.stage_id] if COMPARED in counted else None
    return StageLine(
        spec,
        sum(pile.count for pile in here),
        sum((pile.amount for pile in here), ZERO),
        sum((pile.weighted(learned) for pile in here), ZERO),
        stage_flow(spec.stage_id, counted[PERIOD][None][spec.stage_id]),
        stage_flow(spec.stage_id, beside) if beside is not None else None,
    )


def _plain(line: StageLine) -> dict[str, Any]:
    flow = line.flow
    names = (START, *FLOWS, STAY)
    return {
        "stage": stage_name(line.spec),
        "code": line.spec.stage.code,
        "count": line.count,
        "amount": money(line.amount),
        "weighted": money(line.weighted),
        **{name: getattr(flow, name).count for name in names},
        "handed_over": flow.rest.count,
        **ratio("conversion", flow.conversion),
        **ratio("loss_rate", flow.loss),
        **{f"{name}_amount": money(getattr(flow, name).amount) for name in names},
        "change_amount": money(flow.rest.amount),
    }
