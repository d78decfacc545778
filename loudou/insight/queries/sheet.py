"""Reading the lines of the forecast sheet: its deals, stage by stage, the largest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import IntegerField, OuterRef, Value, Window
from django.db.models.functions import RowNumber

from loudou.insight.figures.forecast import Calibrated, bucket, chance, portions
from loudou.insight.queries.conditions import apart, together
from loudou.insight.queries.foretold import chances
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.live import LiveDeals, by_delivery, configured, due, past, stands, theirs
from loudou.people.models import User
from loudou.pipeline.figures.history import Stand
from loudou.pipeline.models import Deal, StageSpec, State
from loudou.pipeline.queries.deliveries import planned_in_parts
from loudou.ui.prepared import MANY, Shapes, among

_DEAL = ("pk", "code", "title", "customer__code", "customer_name")
_NOW = (*_DEAL, "owner__name")
_THEN = (*(f"deal__{name}" for name in _DEAL), "owner__name")  # a stock is whose it was then (B0.8)


@dataclass(frozen=True)
class Line:
    """A deal on the sheet; one that is delivered in parts has a line for each that is due."""

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
    place: int | None = None  # of a planned delivery among the deal's others, from 0

    @property
    def number(self) -> int | None:
        """Which delivery of its deal it is, from 1; None where the deal counts whole."""
        return self.place + 1 if self.place is not None else None

    @property
    def weighted(self) -> Decimal:
        """Amount times success rate, unrounded (R089)."""
        return self.amount * self.chance


def lines(
    wanted: LiveDeals,
    stages: Collection[int],
    otherwise: Sequence[Otherwise] = (),
    *,
    calibrated: Calibrated | None = None,
    most: int | None = None,
    only: list[int] | None = None,
) -> list[Line]:
    """The sheet's deals in these stages; with `most` at most so many of each stage, of a past day `only` of these deals. Seven queries at most."""
    learned = calibrated or {}
    found = [*_rows(wanted, stages, [other.deal.pk for other in otherwise], learned, most, only)]
    foretold = chances([other.deal.pk for other in otherwise], wanted.learned, wanted.known)
    told = [(other, stand) for other in otherwise if (stand := stands(other.known, wanted)) is not None]
    names = dict(
        User.objects.filter(pk__in={stand.owner for _other, stand in told}).values_list("pk", "name")
    )
    late = (line for other, stand in told for line in _lines(other, stand, wanted, learned, foretold, names))
    found += [line for line in late if line.stage in stages]
    found.sort(key=lambda line: (-line.amount, line.deal, line.place or 0))
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
    wanted: LiveDeals,
    stages: Collection[int],
    without: Sequence[int],
    learned: Calibrated,
    most: int | None,
    only: list[int] | None,
) -> Iterator[Line]:
    rows: Any
    names: tuple[str, ...]
    if wanted.known is None:
        rows, row, stage = Deal.objects.filter(theirs(wanted)), "pk", "spec__stage"
        names = (*_NOW, stage, "spec__probability", "probability")
    else:
        rows, row, stage = State.objects.filter(past(wanted)).exclude(deal__in=without), "deal", "stage"
        names = (*_THEN, stage, "deal__funnel_version", "probability")
    if only is not None:
        rows = rows.filter(among(only, "deal"))
    whole = rows.filter(due(wanted))
    if wanted.has_plans:
        whole = whole.filter(~planned_in_parts(wanted.known, row))
    found = _whole(whole, wanted, names, stage, stages, most)
    found += _in_parts(rows, wanted, names, stage, stages, most) if wanted.has_plans else ()
    foretold = chances([row[0] for row in found], wanted.learned, wanted.known)
    for *told, key, rate, own, amount, expected_on, place in found:
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
            place,
        )


def _whole(
    rows: Any,
    wanted: LiveDeals,
    names: Sequence[str],
    stage: str,
    stages: Collection[int],
    most: int | None,
) -> list[tuple[Any, ...]]:
    """Deals that count whole on their expected date; with `most` at least so many of each stage, the largest."""
    if most is None:
        return list(_told(names, rows.filter(**{f"{stage}__in": stages})))
    now = wanted.known is None
    keys = _largest_now(rows, stages, most) if now else _largest_then(rows, wanted, stages, most)
    return _TOLD.of((rows.model, *names)).tuples(keys)


def _told(names: Sequence[str], rows: Any) -> Any:
    none: Any = Value(None, IntegerField())
    return rows.values_list(*names, "base_amount", "expected_on", none)


def _told_by_key(shape: Any, keys: list[int]) -> Any:
    model, *names = shape
    return _told(names, model.objects.filter(among(keys)))


_TOLD: Shapes[Any] = Shapes(_told_by_key, MANY)


def _in_parts(
    rows: Any, wanted: LiveDeals, names: Sequence[str], stage: str, stages: Collection[int], most: int | None
) -> list[tuple[Any, ...]]:
    """Deliveries that are due, each on its own date."""
    parts, part = by_delivery(wanted, rows.filter(**{f"{stage}__in": stages}))
    parts = parts.filter(outcome="open", there="due")
    if most is not None:
        largest: Any = Window(
            RowNumber(), partition_by=[stage], order_by=[f"-{part}base_amount", "pk", f"{part}place"]
        )
        parts = parts.annotate(rank=largest).filter(rank__lte=most)
    return list(parts.values_list(*names, *(f"{part}{name}" for name in ("base_amount", "due_on", "place"))))


def _largest_now(deals: Any, stages: Collection[int], most: int) -> list[int]:
    """Keys of the largest deals of each stage as each version has it: they are kept in that order."""
    top = deals.filter(spec=OuterRef("pk")).order_by("-base_amount", "-pk").values("pk")[:most]
    specs = StageSpec.objects.filter(stage__in=stages).exclude(version__published_at=None)
    return [key for keys in specs.values_list(ArraySubquery(top), flat=True) for key in keys]


def _largest_then(states: Any, wanted: LiveDeals, stages: Collection[int], most: int) -> list[int]:
    """Keys of the largest states of each stage, of those that still stand and of those that ended since."""
    rank: Any = Window(RowNumber(), partition_by=["stage"], order_by=["-base_amount", "-pk"])
    assert wanted.known is not None
    parts = apart(states.filter(stage__in=stages), wanted.known, wanted.scope.owner)
    ranked = [part.annotate(rank=rank) for part in parts]
    return [key for (key,) in together([part.filter(rank__lte=most).values_list("pk") for part in ranked])]


def _lines(
    other: Otherwise,
    stand: Stand,
    wanted: LiveDeals,
    learned: Calibrated,
    foretold: Mapping[int, Decimal],
    names: Mapping[int, str],
) -> Iterator[Line]:
    deal, rate = other.deal, configured(stand.stage, other.version)
    for portion in portions(stand, wanted.unit):
        if bucket(stand.outcome, portion.expected_on, wanted.period, wanted.today) != "due":
            continue
        yield Line(
            deal.pk,
            deal.code,
            deal.title,
            deal.customer_code or "",
            deal.customer_name,
            names[stand.owner],
            stand.stage,
            portion.amount,
            chance(stand.probability, rate, learned.get(stand.stage), foretold.get(deal.pk)),
            portion.expected_on,
            portion.place,
        )
