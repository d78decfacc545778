"""Cohort conversion (M02) and stage times (M06, M08), stage by stage."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loudou.catalog.models import Product
from loudou.customers.models import SOURCES
from loudou.insight.figures.conversion import Conversion, Converted
from loudou.insight.figures.flow import Amounts, Span
from loudou.insight.figures.times import HORIZONS, Lasted, Times
from loudou.insight.lens import InsightLens
from loudou.insight.queries.converted import converted
from loudou.insight.queries.courses import Key, conversions
from loudou.insight.queries.kept.cohorts import Cohorts, carried
from loudou.insight.queries.kept.courses import times_then, told_then
from loudou.insight.queries.kept.through import whole_then
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.through import whole_way
from loudou.insight.queries.times import stage_times
from loudou.insight.reports._plain import interval, missing, money, rate, ratio, stage_name, when
from loudou.kernel.numbers import CENT
from loudou.people.models import User
from loudou.pipeline.models import StageSpec
from loudou.pipeline.queries.funnels import every_spec


@dataclass(frozen=True)
class ConversionLine:
    """A stage with its cohort, and that of the period beside it."""

    spec: StageSpec
    conversion: Conversion
    compared: Conversion | None = None


@dataclass(frozen=True)
class TimesLine:
    """A stage with its times, and those of the period beside it."""

    spec: StageSpec
    times: Times | Lasted
    compared: Times | Lasted | None = None


@dataclass(frozen=True)
class CohortPart:
    """A part of the whole (a branch, a person, a product, a source) with its cohorts by stage."""

    key: Key
    row: Any
    stages: Mapping[int, Conversion]


@dataclass(frozen=True)
class Whole:
    """The whole way: the cohort of the first stage followed to the win, and what was won in the period (M05)."""

    spec: StageSpec
    conversion: Conversion
    won: Amounts
    compared: Conversion | None = None


@dataclass(frozen=True)
class ConversionReport:
    """The cohorts as one lens sees them; `whole` is none where no stage is looked at."""

    lens: InsightLens
    lines: Sequence[ConversionLine]
    parts: Sequence[CohortPart] = field(default_factory=list)
    whole: Whole | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        found = converted(self.lens.stage_keys, self.lens.scope, self.lens.span, late_facts(self.lens))
        return {
            **head(self.lens),
            "stages": [
                {**_conversion(line), **_converted(found.get(line.spec.stage_id, Converted()))}
                for line in self.lines
            ],
            "whole": _whole_plain(self.whole) if self.whole is not None else None,
        }


@dataclass(frozen=True)
class TimesReport:
    """The stage times as one lens sees them."""

    lens: InsightLens
    lines: Sequence[TimesLine]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {**head(self.lens), "stages": [_times(line) for line in self.lines]}


def conversion(lens: InsightLens) -> ConversionReport:
    """The cohorts of a lens; with `by` also of its parts."""
    otherwise = late_facts(lens)
    found = _reached(lens, lens.span, otherwise)
    beside: Mapping[int, Conversion] | None = None
    if lens.compared is not None:
        beside = _reached(lens, lens.span_of(lens.compared), otherwise)
    lines = [
        ConversionLine(
            spec,
            found.get(spec.stage_id, Conversion()),
            beside.get(spec.stage_id, Conversion()) if beside is not None else None,
        )
        for spec in stages_in_use(lens, [stage for stage, one in found.items() if one.cohort])
    ]
    whole = _whole(lens, lines[0].spec, otherwise) if lines else None
    return ConversionReport(lens, lines, list(_parts(lens, otherwise)), whole)


def _whole(lens: InsightLens, first: StageSpec, otherwise: Sequence[Otherwise]) -> Whole:
    """The whole way from the first stage; two queries, of a past instant from what was kept."""
    spans = [lens.span, *([lens.span_of(lens.compared)] if lens.compared is not None else [])]
    asked = first.stage_id, lens.stage_keys, lens.scope, spans
    found, won = whole_way(*asked) if lens.known is None else whole_then(*asked, otherwise)
    return Whole(first, found[0], won, found[1] if len(found) > 1 else None)


def _reached(lens: InsightLens, span: Span, otherwise: Sequence[Otherwise]) -> Mapping[int, Conversion]:
    """The cohorts of a span, from what was kept."""
    wanted = Cohorts(lens.stage_keys, lens.scope, [span], funnels=[lens.shown_funnel.pk])
    (told,) = carried(wanted) if lens.known is None else told_then(wanted, otherwise)
    return {stage: one.conversion for stage, one in told.items()}


def stage_time(lens: InsightLens) -> TimesReport:
    """The stage times of a lens."""
    otherwise = late_facts(lens)
    found = _lasted(lens, lens.span, otherwise)
    beside: Mapping[int, Times | Lasted] | None = None
    if lens.compared is not None:
        beside = _lasted(lens, lens.span_of(lens.compared), otherwise)
    lines = [
        TimesLine(
            spec,
            found.get(spec.stage_id, Times()),
            beside.get(spec.stage_id, Times()) if beside is not None else None,
        )
        for spec in stages_in_use(lens, [stage for stage, one in found.items() if one.left or one.inflight])
    ]
    return TimesReport(lens, lines)


def _lasted(lens: InsightLens, span: Span, otherwise: Sequence[Otherwise]) -> Mapping[int, Times | Lasted]:
    """The times of a span, those of a past instant from what was kept."""
    if lens.known is None:
        return stage_times(lens.stage_keys, lens.scope, span)
    return times_then(lens.stage_keys, lens.scope, span, otherwise)


def late_facts(lens: InsightLens) -> list[Otherwise]:
    """The deals of the funnel looked at whose past was known otherwise."""
    return lens.late_facts


def stages_in_use(lens: InsightLens, used: Collection[int]) -> list[StageSpec]:
    """The stages in force, and of older ones those in use, in order."""
    shown = {spec.stage_id: spec for spec in lens.stages}
    for spec in every_spec(lens.shown_funnel) if set(used) - set(shown) else ():
        if spec.stage_id in used:
            shown.setdefault(spec.stage_id, spec)
    return [shown[key] for key in lens.stage_keys if key in shown]


def head(lens: InsightLens) -> dict[str, Any]:
    """What the report is of."""
    return {
        "funnel": lens.shown_funnel.code,
        "as_of": when(lens.instant),
        "from": when(lens.span.since),
        "to": when(lens.span.until or lens.instant),
    }


def _parts(lens: InsightLens, otherwise: Sequence[Otherwise]) -> Iterator[CohortPart]:
    """The parts a lens asks to be told apart, largest first."""
    by = "" if lens.by == "company" else lens.by
    if by not in ("unit", "owner", "product", "source"):
        return
    scope = lens.split if by == "unit" else lens.scope
    found = conversions(lens.stage_keys, scope, lens.span, by=by, otherwise=otherwise)
    keys: list[Any] = [key for key in found if key is not None]
    rows: Mapping[Any, Any] = {}
    if by == "unit":
        rows = lens.branches
    elif by == "owner":
        rows = User.objects.select_related("unit").in_bulk(keys)
    elif by == "product":
        rows = Product.objects.in_bulk(keys)
    else:
        rows = SOURCES
    named: dict[Any, Any] = dict(rows)
    parts = [CohortPart(key, named.get(key), stages) for key, stages in found.items()]
    yield from sorted(parts, key=lambda part: (-_size(part), str(part.row)))


def _size(part: CohortPart) -> int:
    return sum(one.cohort for one in part.stages.values())


def _conversion(line: ConversionLine) -> dict[str, Any]:
    one = line.conversion
    return {
        "stage": stage_name(line.spec),
        "code": line.spec.stage.code,
        "cohort": one.cohort,
        "advanced": one.advanced,
        "exited": one.exited,
        "inflight": one.inflight,
        **ratio("rate", one.rate),
        **ratio("low", one.low),
        **ratio("high", one.high),
        **ratio("maturity", one.maturity),
        **ratio("skip_rate", one.skip_rate),
        **ratio("regression_rate", one.regression_rate),
        **ratio("amount_rate", one.amount_rate),
        "n": one.decided,
        "skipped": one.skipped,
        "regressed": one.backed,
        "ripe": one.is_ripe,
        **interval(one.interval),
    }


def _whole_plain(whole: Whole) -> dict[str, Any]:
    told = _conversion(ConversionLine(whole.spec, whole.conversion))
    kept = ("cohort", "inflight", "rate", "low", "high", "maturity", "amount_rate", "n", "ripe")
    named = {
        name: value
        for name, value in told.items()
        if name in kept or name.removesuffix("_reason") in (*kept, "interval_low", "interval_high")
    }
    ends = {"won": whole.conversion.advanced, "lost": whole.conversion.exited}
    closed = {"won_in_period": whole.won.count, "won_amount_in_period": money(whole.won.amount)}
    return {"from_stage": told["code"], **ends, **named, **closed}


def _converted(one: Converted) -> dict[str, Any]:
    return {
        "amount_entered": money(one.entered),
        "amount_at_next": money(one.advanced),
        **ratio("amount_converted", one.rate),
    }


def _times(line: TimesLine) -> dict[str, Any]:
    one = line.times
    return {
        "stage": stage_name(line.spec),
        "code": line.spec.stage.code,
        "left": one.left,
        "inflight": one.inflight,
        **ratio("mean_days", one.mean, CENT),
        **ratio("advancers_mean_days", one.advancers_mean, CENT),
        **ratio("median_days", one.median, CENT),
        **ratio("p75_days", one.p75, CENT),
        **ratio("first_to_next_days", one.first_to_next, CENT),
        "limit_days": line.spec.max_days,
        **_ways(one, None, "next_share", "lost_share"),
        "incidence": [{"days": days, **_ways(one, days, "next", "lost")} for days in HORIZONS],
    }


def _ways(times: Times | Lasted, days: int | None, onward: str, otherwise: str) -> dict[str, Any]:
    """Which way deals had gone after so many days, as far as is known without."""
    gone = times.gone_by(days)
    if gone is None:
        return {**missing(onward, "no_base"), **missing(otherwise, "no_base")}
    return {onward: rate(gone.onward), otherwise: rate(gone.otherwise)}
