"""What became of cohorts in the end, and how fast, of a past instant, from what is kept (M02, M05)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import astuple
from decimal import Decimal
from typing import Any

from loudou.insight.figures.conversion import Conversion
from loudou.insight.figures.flow import Amounts, Span
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.through import Grown
from loudou.insight.queries.kept import courses as past
from loudou.insight.queries.kept.flows import over
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.scope import whose_plain
from loudou.insight.queries.through import grown, whole_way
from loudou.pipeline import kept


def whole_then(
    first: int,
    stages: Collection[int],
    scope: Scope,
    spans: Sequence[Span],
    otherwise: Sequence[Otherwise],
) -> tuple[list[Conversion], Amounts]:
    """What `whole_way` tells of a past; from what was kept, one query."""

    def read() -> Any:
        ways, won = whole_way(first, stages, scope, spans, otherwise)
        return [[_plain(way) for way in ways], won.count, str(won.amount)]

    ways, count, amount = _remembered(
        ("whole", first, sorted(stages)),
        scope,
        spans,
        read,
        lambda plain: sum(counts[0] for counts, _amounts in plain[0]),
    )
    told = [Conversion(*counts, *map(Decimal, amounts)) for counts, amounts in ways]
    return told, Amounts(count, Decimal(amount))


def grown_then(
    stage: int, goal: str, scope: Scope, spans: Sequence[Span], otherwise: Sequence[Otherwise]
) -> list[Grown]:
    """What `grown` tells of a past; from what was kept, one query."""

    def read() -> Any:
        return [[one.cohort, one.after] for one in grown(stage, goal, scope, spans, otherwise)]

    asked = ("grown", stage, goal)
    rows = _remembered(asked, scope, spans, read, lambda plain: sum(cohort for cohort, _after in plain))
    return [Grown(cohort, tuple(after)) for cohort, after in rows]


def _remembered(
    asked: Any, scope: Scope, spans: Sequence[Span], read: Callable[[], Any], courses: Callable[[Any], int]
) -> Any:
    """What was kept; else what is read, and kept where there are courses enough."""
    until = over(spans)
    if until is None or scope.by_deal:
        return read()
    said = [(str(span.since), str(span.until), str(span.known)) for span in spans]
    key = kept.key_of(*asked, scope.owner, whose_plain(scope), said)
    return kept.remembered(key, until, read, lambda plain: courses(plain) >= past.LEAST_KEPT)


def _plain(conversion: Conversion) -> tuple[list[int], list[str]]:
    *counts, advanced, exited = astuple(conversion)
    return counts, [str(advanced), str(exited)]
