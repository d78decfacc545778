"""Flows and stocks of a past instant, from what is kept (M01, M03): as known then they change no more.

What is kept is what `flows` tells, late facts put right; it holds for as long as nothing that was written reaches back
before the instant (`pipeline.kept`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from loudou.insight.figures.flow import Amounts, Span
from loudou.insight.figures.forecast import Pile
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.flows import Counted, flows
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.live import LiveDeals, past, stands
from loudou.insight.queries.scope import whose_plain
from loudou.insight.queries.stocks import alike, piles
from loudou.kernel.numbers import ZERO
from loudou.pipeline import kept
from loudou.pipeline.models import StageSpec, State

KEPT_BY = ("", "unit", "owner")  # what a deal is, its source and its products, may be another tomorrow


def flows_known(
    stages: Sequence[int],
    scope: Scope,
    spans: Mapping[str, Span],
    *,
    by: str = "",
    otherwise: Sequence[Otherwise] = (),
) -> dict[str, Counted]:
    """What `flows` tells; of a past instant from what was kept, one query."""
    until = over(spans.values())
    if until is None or scope.by_deal or by not in KEPT_BY:
        return flows(stages, scope, spans, by=by, otherwise=otherwise)
    asked = _key(stages, scope, spans, by)
    return _counted(
        spans,
        kept.remembered(
            asked, until, lambda: _plain(flows(stages, scope, spans, by=by, otherwise=otherwise))
        ),
    )


def piles_known(
    wanted: LiveDeals,
    stages: Collection[int],
    otherwise: Sequence[Otherwise],
    *,
    stood: Mapping[int, Amounts],
    specs: Iterable[StageSpec],
) -> list[Pile]:
    """What `piles` tells of a past from what `stood` in these stages then, late facts put right, not counting it again.

    Stages whose rate differs between versions of their funnel (`specs`: their stages) are counted.
    """
    rates = alike(spec for spec in specs if spec.stage_id in stages)
    found = [
        Pile(stage, rates[stage], stock.count, stock.amount, ZERO, stock.amount)
        for stage, stock in stood.items()
        if stage in rates
    ]
    own = State.objects.filter(past(wanted), stage__in=rates, probability__isnull=False).order_by()
    weight = Sum(F("base_amount") * F("probability"))
    for stage, weighted, amount in own.values_list("stage").annotate(own=weight, total=Sum("base_amount")):
        found.append(Pile(stage, rates[stage], 0, ZERO, weighted, -amount))
    for other in otherwise:
        if all(fact.probability is None for fact in other.every):
            continue
        for history, sign in ((other.told, -1), (other.known, 1)):
            stand = stands(history, wanted)
            if stand is not None and stand.probability is not None and stand.stage in rates:
                amount = sign * stand.base_amount
                found.append(
                    Pile(stand.stage, rates[stand.stage], 0, ZERO, amount * stand.probability, -amount)
                )
    others = set(stages) - set(rates)
    return [*found, *(piles(wanted, others, otherwise) if others else ())]


def over(spans: Collection[Span]) -> datetime | None:
    """The past instant that all spans are known at and end before; None where there is no such."""
    known = {span.known for span in spans}
    at = known.pop() if len(known) == 1 else None
    over = at is not None and all(span.until is not None and span.until <= at for span in spans)
    return at if over else None


def _key(stages: Sequence[int], scope: Scope, spans: Mapping[str, Span], by: str) -> str:
    """All that is asked, as one name; the stages in their order, which tells forward from back."""
    return kept.key_of(
        "flows",
        by,
        tuple(stages),
        scope.owner,
        whose_plain(scope),
        [(name, str(span.since), str(span.until), str(span.known)) for name, span in sorted(spans.items())],
    )


def _plain(counted: Mapping[str, Counted]) -> list[list[Any]]:
    return [
        [name, part, stage, kind, amounts.count, str(amounts.amount)]
        for name, parts in counted.items()
        for part, stages in parts.items()
        for stage, kinds in stages.items()
        for kind, amounts in kinds.items()
    ]


def _counted(spans: Mapping[str, Span], rows: Sequence[Sequence[Any]]) -> dict[str, Counted]:
    counted: dict[str, Counted] = {
        name: defaultdict(lambda: defaultdict(lambda: defaultdict(Amounts))) for name in spans
    }
    for name, part, stage, kind, count, amount in rows:
        counted[name][part][stage][kind] = Amounts(count, Decimal(amount))
    return counted
