"""Reading the lines of the forecast sheet: its deals, stage by stage, the largest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from loudou.insight.figures.forecast import Calibrated, chance
from loudou.insight.queries.foretold import chances
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.stocks import Wanted, configured, due, is_due, past, stands, theirs
from loudou.pipeline.models import Deal, StageSpec, State

_DEAL = ("pk", "code", "title", "customer__code", "customer_name", "owner__name")
_STATE = tuple(f"deal__{name}" for name in _DEAL)


@dataclass(frozen=True)
class Line:
    """A deal on the sheet."""

    deal: int
    code: str
    title: str
    customer_code: str
    customer: str
    owner: str
    stage: int
    amount: Decimal
    chance: Decimal
    expected_on: date | None

    @property
    def weighted(self) -> Decimal:
        """Amount times success rate, unrounded (R089)."""
        return self.amount * self.chance


def lines(
    wanted: Wanted,
    stages: Collection[int],
    otherwise: Sequence[Otherwise] = (),
    *,
    calibrated: Calibrated | None = None,
    most: int | None = None,
) -> list[Line]:
    """The sheet's deals in these stages; with `most` at most so many of each stage. Five queries at most."""
    learned = calibrated or {}
    found = [*_rows(wanted, stages, [other.deal.pk for other in otherwise], learned, most)]
    foretold = chances([other.deal.pk for other in otherwise], wanted.learned, wanted.known)
    late = (_line(other, wanted, learned, foretold) for other in otherwise)
    found += [line for line in late if line is not None and line.stage in stages]
    found.sort(key=lambda line: (-line.amount, line.deal))
    if most is None:
        return found
    kept: dict[int, int] = dict.fromkeys(stages, 0)
    top = []
    for line in found:
        kept[line.stage] += 1
        if kept[line.stage] <= most:
            top.append(line)
    return top


def _rows(
    wanted: Wanted, stages: Collection[int], without: Sequence[int], learned: Calibrated, most: int | None
) -> Iterator[Line]:
    rows: Any
    names: tuple[str, ...]
    if wanted.known is None:
        rows = Deal.objects.filter(theirs(wanted), due(wanted))
        names = (*_DEAL, "spec__stage", "spec__probability", "base_amount", "probability", "expected_on")
        stage = "spec__stage"
    else:
        rows = State.objects.filter(past(wanted), due(wanted)).exclude(deal__in=without)
        names = (*_STATE, "stage", "deal__funnel_version", "base_amount", "probability", "expected_on")
        stage = "stage"
    if most is not None:
        tops = [part.order_by("-base_amount", "-pk").values("pk")[:most] for part in _apart(rows, stages)]
        if not tops:
            return
        keys = [row["pk"] for row in (tops[0].union(*tops[1:], all=True) if len(tops) > 1 else tops[0])]
        rows = rows.model.objects.filter(pk__in=keys)
    else:
        rows = rows.filter(**{f"{stage}__in": stages})
    found = list(rows.values_list(*names))
    foretold = chances([row[0] for row in found], wanted.learned, wanted.known)
    for row in found:
        (*told, key, rate, amount, own, expected_on) = row
        if wanted.known is not None:
            rate = configured(key, rate)
        number, code, title, customer_code, customer, owner = told
        yield Line(
            number,
            code,
            title,
            customer_code or "",
            customer,
            owner,
            key,
            amount,
            chance(own, rate, learned.get(key), foretold.get(number)),
            expected_on,
        )


def _apart(rows: Any, stages: Collection[int]) -> list[Any]:
    """The rows stage by stage; live deals by the stage as each version has it, in whose order they are kept."""
    if rows.model is State:
        return [rows.filter(stage=key) for key in stages]
    specs = StageSpec.objects.filter(stage__in=stages).exclude(version__published_at=None)
    return [rows.filter(spec=key) for key in specs.values_list("pk", flat=True)]


def _line(
    other: Otherwise, wanted: Wanted, learned: Calibrated, foretold: Mapping[int, Decimal]
) -> Line | None:
    stand = stands(other.known, wanted)
    if stand is None or not is_due(stand, wanted):
        return None
    deal = other.deal
    rate = configured(stand.stage, deal.funnel_version_id)
    return Line(
        deal.pk,
        deal.code,
        deal.title,
        deal.customer.code if deal.customer else "",
        deal.customer_name,
        deal.owner.name,
        stand.stage,
        stand.base_amount,
        chance(stand.probability, rate, learned.get(stand.stage), foretold.get(deal.pk)),
        stand.expected_on,
    )
