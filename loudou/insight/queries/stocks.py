"""Reading what stands on the funnel, with the success rates it counts with: inventory (M01) and forecast sheet (F16)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When

from loudou.insight.figures.flow import LIVE, Span, is_void, standing_at
from loudou.insight.figures.forecast import Pile, bucket, pile_of
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.flows import standing, stood
from loudou.insight.queries.foretold import chances, told_at
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.scope import which, whose
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period
from loudou.pipeline.figures.history import History, Stand
from loudou.pipeline.models import Deal, StageSpec, State, Stock
from loudou.pipeline.queries.funnels import spec_of


@dataclass(frozen=True)
class Wanted:
    """Whose live deals are wanted, at the instant `known` (None: now); for a forecast sheet also of which `period`.

    Deals of the funnels in `learned` weigh what was learned of each (`RatesInForce`).
    """

    scope: Scope
    now: datetime
    today: date
    known: datetime | None = None
    period: Period | None = None
    sheet: bool = False
    funnels: Collection[int] | None = None
    learned: Collection[int] = ()


def piles(
    wanted: Wanted,
    stages: Collection[int] | None = None,
    otherwise: Sequence[Otherwise] = (),
    *,
    specs: Iterable[StageSpec] = (),
) -> list[Pile]:
    """What stands in these stages (None: in all), piled by stage and configured rate; one query for most.

    With `specs`, the stages of every published version of a funnel, a past is read from sums where they agree.
    """
    found = [
        *_piles(wanted, stages, specs),
        *(_foretold(wanted, stages, otherwise) if wanted.learned else ()),
    ]
    for other in otherwise:
        for history, sign in ((other.told, -1), (other.known, 1)):
            stand = stands(history, wanted)
            if stand is not None and (stages is None or stand.stage in stages):
                rate = configured(stand.stage, other.deal.funnel_version_id)
                where = _bucket(stand, wanted)
                found.append(
                    pile_of(stand.stage, rate, stand.base_amount, stand.probability, sign, bucket=where)
                )
    return found


def present(wanted: Wanted) -> Q:
    """Live deals that are wanted as they stand now."""
    return Q(outcome__in=LIVE) & theirs(wanted)


def theirs(wanted: Wanted) -> Q:
    """Deals of those who are wanted now, live or not."""
    return whose(wanted.scope, at=wanted.now) & which(wanted.scope, deal="") & _of_funnels(wanted)


def past(wanted: Wanted) -> Q:
    """States in which wanted deals lived at the instant."""
    assert wanted.known is not None
    asked = standing(wanted.known, wanted.known) & whose(wanted.scope, at=wanted.known)
    return asked & which(wanted.scope) & _of_funnels(wanted)


def due(wanted: Wanted) -> Q:
    """Rows of a sheet's deals: open, due in its period, not overdue."""
    asked = Q(outcome="open")
    if wanted.period is None:
        return asked
    first = max(wanted.period.start, wanted.today)
    return asked & Q(expected_on__gte=first, expected_on__lt=wanted.period.end)


def sheet_where(wanted: Wanted, where: str) -> Q:
    """Rows of live deals that stand so before a sheet (`figures.forecast.bucket`)."""
    if where == "resting":
        return Q(outcome="on_hold")
    if where == "due":
        return due(wanted)
    period = wanted.period
    if period is None:
        return Q(pk__in=[])
    asked = Q(outcome="open")
    if where == "undated":
        return asked & Q(expected_on=None)
    if where == "overdue":
        return asked & Q(expected_on__lt=wanted.today)
    return (
        asked
        & Q(expected_on__gte=wanted.today)
        & (Q(expected_on__lt=period.start) | Q(expected_on__gte=period.end))
    )


def stands(history: History | None, wanted: Wanted) -> Stand | None:
    """How a deal stood at the instant, if it is wanted."""
    if history is None or is_void(history, wanted.known):
        return None
    stand = standing_at(history.stands, wanted.known)
    if stand is None or not wanted.scope.takes(stand.owner, stand.unit, wanted.known or wanted.now):
        return None
    return stand


def is_due(stand: Stand, wanted: Wanted) -> bool:
    """Whether a deal that stood so belongs on the sheet."""
    return bucket(stand.outcome, stand.expected_on, wanted.period, wanted.today) == "due"


def spec_for(stage: int, version: int) -> StageSpec | None:
    """A stage as a deal's version has it, else the newest version that has it."""
    spec = spec_of(version, stage)
    if spec is None:
        published = StageSpec.objects.filter(stage=stage).exclude(version__published_at=None)
        spec = published.order_by("-version__number").first()
    return spec


def configured(stage: int, version: int) -> Decimal:
    """A stage's configured success rate, as `spec_for` finds it."""
    spec = spec_for(stage, version)
    return spec.probability if spec is not None else ZERO


def _piles(wanted: Wanted, stages: Collection[int] | None, specs: Iterable[StageSpec]) -> Iterator[Pile]:
    if wanted.known is None and not wanted.sheet and not wanted.scope.by_deal:
        yield from _kept(wanted, stages)
        return
    if wanted.known is not None and not wanted.sheet and stages is not None:
        alike = _alike(spec for spec in specs if spec.stage_id in stages)
        yield from _then(wanted, alike) if alike else ()
        stages = set(stages) - set(alike)
        if not stages:
            return
    rows, stage, rate = _standing(wanted, stages)
    summed = rows.order_by().annotate(where=_where(wanted)).values("where", stage, rate)
    summed = summed.annotate(
        n=Count("*"),
        total=Sum("base_amount"),
        own=Sum(F("base_amount") * F("probability")),
        plain=Sum("base_amount", filter=Q(probability=None)),
    )
    for row in summed:
        own, plain = row["own"] or ZERO, row["plain"] or ZERO
        known_rate = _rate(wanted, row[stage], row[rate])
        yield Pile(row[stage], known_rate, row["n"], row["total"], own, plain, row["where"])


def _standing(wanted: Wanted, stages: Collection[int] | None) -> tuple[QuerySet[Any, Any], str, str]:
    """The rows of what stands in these stages, now or then, with the columns of the stage and of what tells its rate."""
    rows: QuerySet[Any, Any]
    if wanted.known is None:
        rows, stage, rate = Deal.objects.filter(present(wanted)), "spec__stage", "spec__probability"
    else:
        rows, stage, rate = State.objects.filter(past(wanted)), "stage", "deal__funnel_version"
    return (rows if stages is None else rows.filter(**{f"{stage}__in": stages})), stage, rate


def _rate(wanted: Wanted, stage: int, told: Any) -> Decimal:
    """The configured rate of a row's stage: told by the row itself, or by the deal's version of the funnel."""
    rate: Decimal = told if wanted.known is None else configured(stage, told)
    return rate


def _foretold(
    wanted: Wanted, stages: Collection[int] | None, otherwise: Sequence[Otherwise]
) -> Iterator[Pile]:
    """What was learned of deals, in place of their stages' rates: their amounts leave the plain and weigh by it."""
    rows, stage, rate = _standing(wanted, stages)
    deal = "" if wanted.known is None else "deal__"
    rows = rows.filter(
        told_at(wanted.known, f"{deal}foretold__"), probability=None, funnel__in=wanted.learned
    ).exclude(**{f"{deal}pk__in": [other.deal.pk for other in otherwise]})
    summed = rows.order_by().annotate(where=_where(wanted)).values("where", stage, rate)
    weight = F("base_amount") * F(f"{deal}foretold__chance")
    for row in summed.annotate(total=Sum("base_amount"), own=Sum(weight)):
        known_rate = _rate(wanted, row[stage], row[rate])
        yield Pile(row[stage], known_rate, 0, ZERO, row["own"], -row["total"], row["where"])
    told = chances([other.deal.pk for other in otherwise], wanted.learned, wanted.known)
    for other in otherwise:
        stand, learned = stands(other.known, wanted), told.get(other.deal.pk)
        if stand is None or learned is None or stand.probability is not None:
            continue
        if stages is None or stand.stage in stages:
            known_rate, amount = configured(stand.stage, other.deal.funnel_version_id), stand.base_amount
            where = _bucket(stand, wanted)
            yield Pile(stand.stage, known_rate, 0, ZERO, amount * learned, -amount, where)


def _kept(wanted: Wanted, stages: Collection[int] | None) -> Iterator[Pile]:
    """From the sums the database keeps of what stands now."""
    rows = Stock.objects.filter(whose(wanted.scope, at=wanted.now))
    if wanted.funnels is not None:
        rows = rows.filter(spec__stage__funnel__in=wanted.funnels)
    if stages is not None:
        rows = rows.filter(spec__stage__in=stages)
    summed = (
        rows.order_by()
        .values("spec__stage", "spec__probability")
        .annotate(n=Sum("count"), total=Sum("amount"), own=Sum("own_weighted"), bare=Sum("plain"))
    )
    for row in summed:
        yield Pile(
            row["spec__stage"], row["spec__probability"], row["n"], row["total"], row["own"], row["bare"]
        )


def _alike(specs: Iterable[StageSpec]) -> dict[int, Decimal]:
    """The success rates of those stages that have the same one in every version of their funnel."""
    rates: dict[int, set[Decimal]] = {}
    for spec in specs:
        rates.setdefault(spec.stage_id, set()).add(spec.probability)
    return {stage: some.pop() for stage, some in rates.items() if len(some) == 1}


def _then(wanted: Wanted, rates: Mapping[int, Decimal]) -> Iterator[Pile]:
    """What stood at an instant in stages of one rate: from the tallies, and from the states of deals with their own."""
    span = Span(wanted.now, None, wanted.known, wanted.known)
    own = (
        State.objects.filter(past(wanted), stage__in=rates, probability__isnull=False)
        .order_by()
        .values("stage")
    )
    sums = {
        row["stage"]: (row["own"], row["total"])
        for row in own.annotate(own=Sum(F("base_amount") * F("probability")), total=Sum("base_amount"))
    }
    for stage, stock in stood(rates, wanted.scope, span).items():
        weighted, owned = sums.get(stage, (ZERO, ZERO))
        yield Pile(stage, rates[stage], stock.count, stock.amount, weighted, stock.amount - owned, "due")


def _of_funnels(wanted: Wanted) -> Q:
    return Q(funnel__in=wanted.funnels) if wanted.funnels is not None else Q()


def _where(wanted: Wanted) -> Any:
    """`figures.forecast.bucket` in SQL."""
    if not wanted.sheet:
        return Value("due", CharField())
    cases = [When(outcome="on_hold", then=Value("resting"))]
    if wanted.period is not None:
        cases += [
            When(expected_on=None, then=Value("undated")),
            When(expected_on__lt=wanted.today, then=Value("overdue")),
            When(expected_on__lt=wanted.period.start, then=Value("outside")),
            When(expected_on__gte=wanted.period.end, then=Value("outside")),
        ]
    return Case(*cases, default=Value("due"), output_field=CharField())


def _bucket(stand: Stand, wanted: Wanted) -> str:
    if not wanted.sheet:
        return "due"
    return bucket(stand.outcome, stand.expected_on, wanted.period, wanted.today)
