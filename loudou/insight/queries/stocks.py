"""Reading what stands on the funnel, with the success rates it counts with: inventory (M01) and forecast sheet (F16)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)

from loudou.insight.figures.flow import Span
from loudou.insight.figures.forecast import Pile, pile_of
from loudou.insight.queries.conditions import apart, together
from loudou.insight.queries.flows import stood
from loudou.insight.queries.foretold import chances, told_at
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.live import (
    LiveDeals,
    by_delivery,
    configured,
    deals_and_heads,
    past,
    place_in_sql,
    places,
    present,
    stands,
)
from loudou.insight.queries.scope import whose
from loudou.kernel.numbers import ZERO
from loudou.pipeline.models import Deal, StageSpec, State, Stock

# What is asked for, each with the deals that were known otherwise then.
Sheets = Sequence[tuple[LiveDeals, Sequence[Otherwise]]]


def piles(
    wanted: LiveDeals,
    stages: Collection[int] | None = None,
    otherwise: Sequence[Otherwise] = (),
    *,
    specs: Iterable[StageSpec] = (),
) -> list[Pile]:
    """What stands in these stages (None: in all), piled by stage and configured rate; one query for most.

    On a sheet of some period planned deliveries stand each where its own date puts it: one query more. With `specs`, the stages of every published version of a funnel, a past is read from sums where they agree.
    """
    found = [*_piles(wanted, stages, specs)]
    if wanted.is_by_delivery:
        found += [pile for _place, pile in _delivered([wanted], stages)]
    return found + _besides([(wanted, otherwise)], stages)[0]


def sheets(asked: Sheets) -> list[list[Pile]]:
    """`piles` of several sheets in as many queries as of one, but for what was learned of deals known otherwise."""
    wanted = [one for one, _otherwise in asked]
    rates = alike_anywhere() if any(one.known is not None for one in wanted) else {}
    found: list[list[Pile]] = [[] for _one in wanted]
    for place, pile in _summed(wanted, None, rates):
        found[place].append(pile)
    if any(one.is_by_delivery for one in wanted):
        for place, pile in _delivered(wanted, None):
            found[place].append(pile)
    return [piles + more for piles, more in zip(found, _besides(asked, None), strict=True)]


def _besides(asked: Sheets, stages: Collection[int] | None) -> list[list[Pile]]:
    """What was learned of the deals of each, and those whose known past differs from their rows."""
    found = [_known_otherwise(wanted, stages, otherwise) for wanted, otherwise in asked]
    for place, pile in _foretold(asked, stages):
        found[place].append(pile)
    return found


def _known_otherwise(
    wanted: LiveDeals, stages: Collection[int] | None, otherwise: Sequence[Otherwise]
) -> list[Pile]:
    found = [*_learned_otherwise(wanted, stages, otherwise)] if wanted.learned else []
    for other in otherwise:
        sides = (other.told, other.deal.funnel_version_id, -1), (other.known, other.version, 1)
        for history, version, sign in sides:
            stand = stands(history, wanted)
            if stand is not None and (stages is None or stand.stage in stages):
                rate = configured(stand.stage, version)
                found += (
                    pile_of(stand.stage, rate, amount, stand.probability, sign, bucket=where)
                    for where, amount in places(stand, wanted).items()
                )
    return found


def _piles(wanted: LiveDeals, stages: Collection[int] | None, specs: Iterable[StageSpec]) -> Iterator[Pile]:
    if wanted.known is None and not wanted.sheet and not wanted.scope.by_deal:
        yield from _kept(wanted, stages)
        return
    if wanted.known is not None and not wanted.sheet and stages is not None:
        rates = alike(spec for spec in specs if spec.stage_id in stages)
        yield from _then(wanted, rates) if rates else ()
        stages = set(stages) - set(rates)
        if not stages:
            return
    rates = alike_anywhere() if wanted.known is not None else {}
    yield from (pile for _place, pile in _summed([wanted], stages, rates))


def _summed(
    asked: Sequence[LiveDeals], stages: Collection[int] | None, rates: Mapping[int, Decimal]
) -> Iterator[tuple[int, Pile]]:
    """What stands, by the place of who asks; of a past those in `rates` have these; one query."""
    told: list[QuerySet[Any, Any]] = []
    for place, wanted in enumerate(asked):
        rows, stage, rate = _standing(wanted, stages, rates if wanted.known is not None else ())
        parts = [rows] if wanted.known is None else apart(rows, wanted.known, wanted.scope.owner)
        told += [_keyed(part.order_by(), wanted, place, stage, rate) for part in parts]
    sums = {
        "n": Count("*"),
        "total": Sum("base_amount"),
        "own": Sum(F("base_amount") * F("probability")),
        "plain": Sum("base_amount", filter=Q(probability=None)),
    }
    for row in together([part.annotate(**sums) for part in told]):
        place, stage_key, rate = row["asked_by"], row["on_stage"], row["by_rate"]
        own, plain = row["own"] or ZERO, row["plain"] or ZERO
        known_rate = rates.get(stage_key) if rate is None else _rate(asked[place], stage_key, rate)
        assert known_rate is not None
        yield place, Pile(stage_key, known_rate, row["n"], row["total"], own, plain, row["where"])


def _keyed(
    rows: QuerySet[Any, Any], wanted: LiveDeals, place: int, stage: str, rate: str, **more: Any
) -> QuerySet[Any, Any]:
    """Rows by who asks for them, where they stand, their stage, and what tells its rate, in words alike of any rows."""
    told = rows.annotate(asked_by=Value(place, IntegerField()), where=place_in_sql(wanted), **more)
    keyed: QuerySet[Any, Any] = told.annotate(on_stage=F(stage), by_rate=F(rate)).values(
        "asked_by", "where", *more, "on_stage", "by_rate"
    )
    return keyed


def version_but_in(alike: Collection[int]) -> Any:
    """The version of a funnel by which the deal of a state goes; none in stages that are alike in all of them."""
    # Row by row: joined, all deals would be read, for the database expects far more rows than stood then.
    version = Subquery(Deal.objects.filter(pk=OuterRef("deal")).values("funnel_version"))
    return Case(When(~Q(stage__in=alike), then=version))


def alike_anywhere() -> dict[int, Decimal]:
    """What `alike` tells, of every funnel; one query."""
    published = StageSpec.objects.exclude(version__published_at=None).order_by()
    told = published.values_list("stage").annotate(low=Min("probability"), high=Max("probability"))
    return {stage: low for stage, low, high in told if low == high}


def _standing(
    wanted: LiveDeals, stages: Collection[int] | None, rates: Collection[int] = ()
) -> tuple[QuerySet[Any, Any], str, str]:
    """The rows of what stands in these stages, now or then, with the columns of the stage and of what tells its rate.

    Of a past nothing tells the rate of stages in `rates`: who names them knows it, and no deal is looked up for it.
    """
    rows: QuerySet[Any, Any]
    if wanted.known is None:
        rows, stage, rate = Deal.objects.filter(present(wanted)), "spec__stage", "spec__probability"
    else:
        rows, stage, rate = State.objects.filter(past(wanted)), "stage", "version"
        rows = rows.annotate(version=version_but_in(rates))
    return (rows if stages is None else rows.filter(**{f"{stage}__in": stages})), stage, rate


def _rate(wanted: LiveDeals, stage: int, told: Any) -> Decimal:
    """The configured rate of a row's stage: told by the row itself, or by the deal's version of the funnel."""
    rate: Decimal = told if wanted.known is None else configured(stage, int(told))
    return rate


def _delivered(asked: Sequence[LiveDeals], stages: Collection[int] | None) -> Iterator[tuple[int, Pile]]:
    """What deliveries bring otherwise than whole deals, by the place of who asks: each leaves the place of its deal
    for that of its own date; one query."""
    told: list[QuerySet[Any, Any]] = []
    for place, wanted in enumerate(asked):
        rows, stage, rate = _standing(wanted, stages)
        rows, part = by_delivery(wanted, rows)
        amount = F(f"{part}base_amount")
        keyed = _keyed(rows, wanted, place, stage, rate, there=place_in_sql(wanted, f"{part}due_on"))
        told.append(
            keyed.annotate(
                **deals_and_heads(part),
                total=Sum(amount),
                own=Sum(amount * F("probability")),
                plain=Sum(amount, filter=Q(probability=None)),
            )
        )
    for row in together(told):
        place, stage_key = row["asked_by"], row["on_stage"]
        known_rate = _rate(asked[place], stage_key, row["by_rate"])
        own, plain = row["own"] or ZERO, row["plain"] or ZERO
        yield place, Pile(stage_key, known_rate, -row["heads"], -row["total"], -own, -plain, row["where"])
        yield place, Pile(stage_key, known_rate, row["n"], row["total"], own, plain, row["there"])


def _foretold(asked: Sheets, stages: Collection[int] | None) -> Iterator[tuple[int, Pile]]:
    """What was learned of deals, in place of their stages' rates, by the place of who asks: their amounts leave the plain
    and weigh by it; one query.
    """
    told: list[QuerySet[Any, Any]] = []
    for place, (wanted, otherwise) in enumerate(asked):
        if wanted.learned:
            told += _foretold_rows(place, wanted, stages, otherwise)
    for row in together(told) if told else ():
        place, by_delivery = divmod(row["asked_by"], _WAYS)
        known_rate = _rate(asked[place][0], row["on_stage"], row["by_rate"])
        own, total = row["own"], row["total"]
        if by_delivery:  # it leaves the place of its deal
            yield place, Pile(row["on_stage"], known_rate, 0, ZERO, -own, total, row["where"])
        where = row["there" if by_delivery else "where"]
        yield place, Pile(row["on_stage"], known_rate, 0, ZERO, own, -total, where)


def _foretold_rows(
    place: int, wanted: LiveDeals, stages: Collection[int] | None, otherwise: Sequence[Otherwise]
) -> Iterator[QuerySet[Any, Any]]:
    """Whole deals that something was learned of, and their deliveries."""
    rows, stage, rate = _standing(wanted, stages)
    deal = "" if wanted.known is None else "deal__"
    rows = rows.filter(
        told_at(wanted.known, f"{deal}foretold__"), probability=None, funnel__in=wanted.learned
    ).exclude(**{f"{deal}pk__in": [other.deal.pk for other in otherwise]})
    chance = F(f"{deal}foretold__chance")
    whole = _keyed(rows.order_by(), wanted, place * _WAYS, stage, rate, there=Value("", CharField()))
    yield whole.annotate(total=Sum("base_amount"), own=Sum(F("base_amount") * chance))
    if wanted.is_by_delivery:
        yield _foretold_deliveries(place, wanted, rows, chance, stage, rate)


def _learned_otherwise(
    wanted: LiveDeals, stages: Collection[int] | None, otherwise: Sequence[Otherwise]
) -> Iterator[Pile]:
    """The same of deals whose known past differs from their rows."""
    known = chances([other.deal.pk for other in otherwise], wanted.learned, wanted.known)
    for other in otherwise:
        stand, learned = stands(other.known, wanted), known.get(other.deal.pk)
        if stand is None or learned is None or stand.probability is not None:
            continue
        if stages is None or stand.stage in stages:
            known_rate = configured(stand.stage, other.version)
            for where, amount in places(stand, wanted).items():
                yield Pile(stand.stage, known_rate, 0, ZERO, amount * learned, -amount, where)


_WAYS = 2  # what was learned is told of whole deals, and of deliveries


def _foretold_deliveries(
    place: int, wanted: LiveDeals, rows: QuerySet[Any, Any], chance: F, stage: str, rate: str
) -> QuerySet[Any, Any]:
    """The same of deliveries: what was learned of a deal weighs each of them where its own date puts it."""
    rows, part = by_delivery(wanted, rows)
    amount = F(f"{part}base_amount")
    by = place * _WAYS + 1
    keyed = _keyed(rows, wanted, by, stage, rate, there=place_in_sql(wanted, f"{part}due_on"))
    summed: QuerySet[Any, Any] = keyed.annotate(total=Sum(amount), own=Sum(amount * chance))
    return summed


def _kept(wanted: LiveDeals, stages: Collection[int] | None) -> Iterator[Pile]:
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


def alike(specs: Iterable[StageSpec]) -> dict[int, Decimal]:
    """The success rates of those stages that have the same one in every version of their funnel."""
    rates: dict[int, set[Decimal]] = {}
    for spec in specs:
        rates.setdefault(spec.stage_id, set()).add(spec.probability)
    return {stage: some.pop() for stage, some in rates.items() if len(some) == 1}


def _then(wanted: LiveDeals, rates: Mapping[int, Decimal]) -> Iterator[Pile]:
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
