"""Cohorts, times and leaks of a past instant, from what is kept (M02, M12, M15): as known then they change no more.

What is kept has late facts put right; it holds for as long as nothing that was written reaches back before the instant
(`pipeline.kept`). Not kept is what a deal may be another of tomorrow: source, product.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import astuple
from decimal import Decimal
from typing import Any

from loudou.insight.figures.conversion import Conversion
from loudou.insight.figures.flow import Amounts, Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.survival import Gone
from loudou.insight.figures.times import DAY, Lasted
from loudou.insight.queries.by_period import cohorts_in, times_in
from loudou.insight.queries.kept.cohorts import Cohorts, Told
from loudou.insight.queries.kept.flows import over
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.leaks import Leaks, Losses, Reasons, reasons, silent, with_unheard
from loudou.insight.queries.scope import whose_plain
from loudou.insight.queries.times import stage_times
from loudou.kernel.numbers import Ratio
from loudou.pipeline import kept

LEAST_KEPT = 500  # fewer courses are read as quickly as found
LEAST_LEAKED = 100  # fewer losses and leaks are


def told_then(wanted: Cohorts, otherwise: Sequence[Otherwise]) -> list[dict[int, Told]]:
    """What `paces` tells of a past, with the quantiles that are wanted; from what was kept, one query.

    Where none is wanted times are not read.
    """

    def read() -> Any:
        reached = cohorts_in(wanted.stages, wanted.scope, wanted.spans, otherwise=otherwise)
        lasted = _quantiles(wanted, otherwise)
        return [
            [stage, *_said(conversion), [_days(one) for one in lasted[place].get(stage, ())], place]
            for place, stages in enumerate(reached)
            for stage, conversion in stages.items()
        ]

    def many(plain: Any) -> bool:
        courses: int = sum(counts[0] for _stage, counts, *_rest in plain)
        return courses >= LEAST_KEPT

    told: list[dict[int, Told]] = [{} for _span in wanted.spans]
    rows = _remembered(wanted.key, wanted.scope, wanted.spans, read, many)
    for stage, counts, amounts, days, place in rows:
        conversion = Conversion(*counts, *map(Decimal, amounts))
        told[place][stage] = Told(conversion, [_ratio(*one) for one in days])
    return told


def _quantiles(wanted: Cohorts, otherwise: Sequence[Otherwise]) -> list[dict[int, list[Ratio]]]:
    """By period and stage; one query, none where no quantiles are wanted."""
    if not wanted.shares:
        return [{} for _span in wanted.spans]
    lasted = times_in(wanted.stages, wanted.scope, wanted.spans, otherwise=otherwise)
    return [
        {stage: times.quantiles(shares) for stage, times in stages.items()}
        for shares, stages in zip(wanted.shares, lasted, strict=True)
    ]


def times_then(
    stages: Collection[int], scope: Scope, span: Span, otherwise: Sequence[Otherwise]
) -> Mapping[int, Lasted]:
    """What `stage_times` tells of a past; from what was kept, one query."""

    def read() -> Any:
        told = stage_times(stages, scope, span, otherwise=otherwise)
        return [[stage, *_lasted(times.told)] for stage, times in told.items()]

    def many(plain: Any) -> bool:
        times: int = sum(left + inflight for _stage, left, inflight, *_rest in plain)
        return times >= LEAST_KEPT

    found = _remembered(_key(("times", sorted(stages)), scope, span), scope, [span], read, many)
    return {
        stage: Lasted(left, inflight, _ways(gone), *map(_exactly, ratios))
        for stage, left, inflight, ratios, gone in found
    }


def _lasted(one: Lasted) -> tuple[Any, ...]:
    ratios = [
        [
            str(ratio.value) if ratio.value is not None else None,
            ratio.reason,
            str(ratio.numerator),
            str(ratio.denominator),
        ]
        for ratio in (one.mean, one.advancers_mean, one.median, one.p75, one.first_to_next)
    ]
    gone = [
        [days, [str(ways.onward), str(ways.otherwise)] if ways is not None else None]
        for days, ways in one.gone.items()
    ]
    return one.left, one.inflight, ratios, gone


def _exactly(plain: tuple[str | None, str, str, str]) -> Ratio:
    value, reason, numerator, denominator = plain
    told = Decimal(value) if value is not None else None
    return Ratio(told, reason, Decimal(numerator), Decimal(denominator))


def _ways(plain: Sequence[tuple[int | None, Sequence[str] | None]]) -> dict[int | None, Gone | None]:
    return {days: Gone(*map(Decimal, gone)) if gone is not None else None for days, gone in plain}


def leaks_then(
    stages: Collection[int],
    limits: Mapping[int, int | None],
    scope: Scope,
    span: Span,
    otherwise: Sequence[Otherwise],
    told: Losses | None = None,
) -> tuple[Reasons, Leaks]:
    """What `reasons` tells of these stages and `silent` of these limits; of a past instant from what was kept but for
    contacts, three queries.

    Whoever knows the reasons already says so (`told`).
    """
    read_now: list[Leaks] = []

    def read() -> Any:
        why = _plain(told if told is not None else reasons(stages, scope, span, otherwise))
        read_now.append(silent(limits, scope, span, otherwise))
        stuck = {stage: {"stuck": parts["stuck"]} for stage, parts in read_now[0].items()}
        return [why, _plain(stuck)]

    def leaked(plain: Any) -> int:
        return sum(count for rows in plain for _stage, _name, count, _amount in rows)

    asked = _key(("stuck", sorted(stages), sorted(limits.items())), scope, span)
    whys, leaks = _remembered(asked, scope, [span], read, lambda plain: leaked(plain) >= LEAST_LEAKED)
    why: Reasons = defaultdict(lambda: defaultdict(Amounts))
    for stage, name, count, amount in whys:
        why[stage][name] = Amounts(count, Decimal(amount))
    if read_now:
        return why, read_now[0]
    stuck = {stage: Amounts(count, Decimal(amount)) for stage, _stuck, count, amount in leaks}
    return why, with_unheard(stuck, limits, scope, span, otherwise)


def _remembered(
    key: str, scope: Scope, spans: Sequence[Span], read: Callable[[], Any], enough: Callable[[Any], bool]
) -> Any:
    """What was kept; else what is read, and kept where there is enough of it."""
    until = over(spans)
    if until is None or scope.by_deal:
        return read()
    return kept.remembered(key, until, read, enough)


def _key(asked: Any, scope: Scope, span: Span) -> str:
    return kept.key_of(
        "leaks",
        asked,
        scope.owner,
        whose_plain(scope),
        str(span.since),
        str(span.until),
        str(span.known),
    )


def _plain(found: Mapping[int, Mapping[Any, Amounts]]) -> list[list[Any]]:
    return [
        [stage, name, amounts.count, str(amounts.amount)]
        for stage, parts in found.items()
        for name, amounts in parts.items()
    ]


def _said(conversion: Conversion) -> tuple[list[int], list[str]]:
    *counts, advanced, exited = astuple(conversion)
    return counts, [str(advanced), str(exited)]


def _days(quantile: Ratio) -> tuple[str, str]:
    return str(quantile.numerator), quantile.reason


def _ratio(took: str, reason: str) -> Ratio:
    return Ratio.missing(reason) if reason else Ratio.of(Decimal(took), DAY)
