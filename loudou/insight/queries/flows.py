"""Counting what came, went and stood (M01, M03): whole months from the tallies, edges and odd stays from the rows.

One statement answers for several spans. Each of its parts is a queryset that yields (part, key, stage, kind, count,
amount); parts are added up with their sign. What a statement cannot know, late facts, is put right deal by deal
(`queries/known.py`) by `figures/flow.py`, which defines all of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)

from loudou.insight.figures.flow import LIVE, START, STAY, Amounts, Passage, Span, passages
from loudou.insight.figures.scope import Belonging, Scope
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.scope import which, whose
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import add_months
from loudou.pipeline.models import Line, State, Stock, Visit
from loudou.pipeline.models.history import ODD, Tally
from loudou.ui.prepared import among

Key = int | str | None
Counted = dict[Key, dict[int, dict[str, Amounts]]]  # key → stage → kind → how much

# What figures are split by, and how rows of visits (coming, going) and states name it.
SPLITS = {
    "": None,
    "unit": ("unit", "left_unit", "unit"),
    "owner": ("owner", "left_owner", "owner"),
    "source": ("deal__source",) * 3,
    "product": ("deal__lines__product",) * 3,
}
_IN, _OUT, _STOCK = 0, 1, 2
RECENT = timedelta(days=400)  # from then on a stock is reckoned back from what stands now


@dataclass(frozen=True)
class _Part:
    """One piece of the statement: where its rows count, with which sign, and what stands before their kind."""

    span: str
    rows: QuerySet[Any, Any]
    way: int = _IN
    prefix: str = ""
    sign: int = 1
    kind: str = ""
    branch: Belonging | None = None


def flows(
    stages: Collection[int],
    scope: Scope,
    spans: Mapping[str, Span],
    *,
    by: str = "",
    otherwise: Sequence[Otherwise] = (),
) -> dict[str, Counted]:
    """What came into, left and stood in these stages during each span, by `by`; one query.

    Units are keyed by the branch of their belonging where the scope names any, else by themselves. `otherwise` are
    the deals to put right; all spans are then looked at from one instant.
    """
    parts = [part for name, span in spans.items() for part in _parts(name, stages, scope, span, by)]
    counted: dict[str, Counted] = {name: _nothing() for name in spans}
    branches = {one.unit: one.branch for one in scope.units or () if one.always}
    for number, key, stage, kind, count, amount in _rows(parts, by):
        part = parts[number]
        if by == "unit" and scope.units is not None:
            key = part.branch.branch if part.branch else branches[key]
        kinds = counted[part.span][key][stage]
        name = part.kind or part.prefix + kind
        kinds[name] += Amounts(part.sign * count, part.sign * (amount or ZERO))
    for other in otherwise:
        for name, span in spans.items():
            _put_right(counted[name], other, stages, scope, span, by)
    return counted


def stood(stages: Collection[int], scope: Scope, span: Span) -> dict[int, Amounts]:
    """What stood in these stages at the end of the span, as the rows tell it; one query."""
    parts: list[_Part] = []
    if scope.owner is not None or scope.by_deal:
        parts += _directly_stood("", stages, scope, span, None)
    else:
        for each, belonging in _each(scope, "", apart=True):
            if belonging is not None:
                parts += _directly_stood("", stages, each, span, belonging)
            else:
                parts += _stood("", stages, each, STAY, span.until, span)
    found: dict[int, Amounts] = defaultdict(Amounts)
    for number, _key, stage, _kind, count, amount in _rows(parts, ""):
        sign = parts[number].sign
        found[stage] += Amounts(sign * count, sign * (amount or ZERO))
    return found


def entered(span: Span) -> Q:
    """Visits whose coming counts in the span (`figures.flow`), odd ones included."""
    wanted = _not_void(span.known)
    if span.until is not None:
        wanted &= Q(entered_at__lt=span.until)
    if span.since is None:
        return wanted & Q(left_before_at=None)
    return (
        wanted & Q(entered_at__gte=span.since) & (Q(left_before_at=None) | Q(left_before_at__lt=span.since))
    )


def left(span: Span) -> Q:
    """Visits whose going counts in the span, odd ones included."""
    wanted = _not_void(span.known) & Q(left_at__isnull=False)
    if span.since is not None:
        wanted &= Q(left_at__gte=span.since)
    if span.until is None:
        return wanted & Q(returned_at=None)
    return wanted & Q(left_at__lt=span.until) & (Q(returned_at=None) | Q(returned_at__gte=span.until))


def standing(instant: datetime | None, known: datetime | None) -> Q:
    """States in which a deal stood on the funnel at an instant; None: now."""
    wanted = Q(outcome__in=LIVE) & _not_void(known)
    if instant is None:
        return wanted & Q(until=None)
    return wanted & Q(since__lt=instant) & (Q(until=None) | Q(until__gte=instant))


def apart(states: QuerySet[Any, Any], instant: datetime) -> list[QuerySet[Any, Any]]:
    """States that stood at an instant in two parts: those that still stand, and those that have ended since.

    An index tells all of either part; for both at once the database would look every one of them up in the table.
    """
    return [states.filter(until=None), states.filter(until__gte=instant)]


def together(parts: Sequence[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    """The rows of all parts, in one statement."""
    first, *others = parts
    return first.union(*others, all=True) if others else first


def _parts(name: str, stages: Collection[int], scope: Scope, span: Span, by: str) -> Iterator[_Part]:
    if scope.owner is not None or scope.by_deal or by not in ("", "unit"):
        for each, belonging in _each(scope, by):
            yield from _direct(name, stages, each, span, by, belonging)
        return
    for each, belonging in _each(scope, by, apart=True):
        if belonging is not None:
            yield from _direct(name, stages, each, span, by, belonging)
        else:
            yield from _tallied(name, stages, each, span, by)


def _each(scope: Scope, by: str, *, apart: bool = False) -> Iterator[tuple[Scope, Belonging | None]]:
    """The scope's units, those that counted for a time only by themselves: no month holds them, no unit names them."""
    if scope.units is None or not (apart or by == "unit"):
        yield scope, None
        return
    yield replace(scope, units=tuple(one for one in scope.units if one.always)), None
    for one in scope.units:
        if not one.always:
            yield replace(scope, units=(one,)), one


def _direct(
    name: str, stages: Collection[int], scope: Scope, span: Span, by: str, belonging: Belonging | None
) -> Iterator[_Part]:
    """Everything from the rows themselves."""
    coming = Visit.objects.filter(entered(span), which(scope), whose(scope, at="entered_at"), _of(stages))
    going = Visit.objects.filter(
        left(span),
        which(scope),
        whose(scope, owner="left_owner", unit="left_unit", at="left_at"),
        _of(stages),
    )
    yield _Part(name, coming, _IN, "in:", branch=belonging)
    yield _Part(name, going, _OUT, "out:", branch=belonging)
    yield from _directly_stood(name, stages, scope, span, belonging)


def _directly_stood(
    name: str, stages: Collection[int], scope: Scope, span: Span, belonging: Belonging | None
) -> Iterator[_Part]:
    for kind, instant in _stocks(span):
        rows = State.objects.filter(
            standing(instant, span.known),
            which(scope),
            whose(scope, at=instant or span.now),
            _of(stages),
        )
        yield _Part(name, rows, _STOCK, kind=kind, branch=belonging)


def _tallied(name: str, stages: Collection[int], scope: Scope, span: Span, by: str) -> Iterator[_Part]:
    """Whole months from the tallies, the rest from the rows."""
    tallies = Tally.objects.filter(whose(scope), _of(stages))
    visits = Visit.objects.filter(_of(stages))
    first, last, edges = _months(span.since, span.until)
    yield _Part(name, _between(tallies.exclude(kind="stands"), first, last))
    for since, until, sign in edges:
        plain = visits.filter(~ODD)
        coming = plain.filter(whose(scope), entered_at__gte=since, entered_at__lt=until)
        going = plain.filter(whose(scope, unit="left_unit"), left_at__gte=since, left_at__lt=until)
        yield _Part(name, coming, _IN, "in:", sign)
        yield _Part(name, going, _OUT, "out:", sign)
    odd = visits.filter(ODD)
    yield _Part(name, odd.filter(entered(span), whose(scope)), _IN, "in:")
    yield _Part(name, odd.filter(left(span), whose(scope, unit="left_unit")), _OUT, "out:")
    for kind, instant in _stocks(span):
        yield from _stood(name, stages, scope, kind, instant, span)


def _stood(
    name: str, stages: Collection[int], scope: Scope, kind: str, instant: datetime | None, span: Span
) -> Iterator[_Part]:
    """What stood at an instant: what began and ended in the months before it (or since, taken from what stands now),
    and in the rest of the month it lies in."""
    present = _Part(name, Stock.objects.filter(whose(scope), _of(stages, "spec__stage")), kind=kind)
    if instant is None:
        yield present
        return
    states = State.objects.filter(whose(scope), _of(stages), outcome__in=LIVE)
    tallies = Tally.objects.filter(whose(scope), _of(stages), kind="stands")
    _first, last, edges = _months(None, instant)
    if last is not None and instant > span.now - RECENT:
        yield present  # less what began and ended since: fewer months than all before
        yield _Part(name, _between(tallies, last, None), kind=kind, sign=-1)
    else:
        yield _Part(name, _between(tallies, None, last), kind=kind)
    sound = states.filter(void_at=None)
    for since, until, sign in edges:
        yield _Part(name, sound.filter(since__gte=since, since__lt=until), _STOCK, kind=kind, sign=sign)
        yield _Part(name, sound.filter(until__gte=since, until__lt=until), _STOCK, kind=kind, sign=-sign)
    if span.known is not None:
        voided = states.filter(standing(instant, span.known), void_at__gte=span.known)
        yield _Part(name, voided, _STOCK, kind=kind)


def _rows(parts: Sequence[_Part], by: str) -> Iterator[tuple[int, Any, int, str, int, Decimal]]:
    if not parts:
        return
    yield from together([_summed(part, number, by) for number, part in enumerate(parts)])


def _summed(part: _Part, number: int, by: str) -> QuerySet[Any, Any]:
    rows, split = part.rows, SPLITS[by]
    if rows.model in (Tally, Stock):
        key: Any = F("unit") if by == "unit" else Value(None, BigIntegerField())
        kind: Any = F("kind") if rows.model is Tally else Value("", CharField())
        if rows.model is Stock:
            rows = rows.annotate(stage=F("spec__stage"))
        count: Any = Sum("count")
        amount: Any = Sum("amount")
    else:
        key = F(split[part.way]) if split else Value(None, BigIntegerField())
        kind = (_COMING, F("left_by"), Value("", CharField()))[part.way]
        count, amount = Count("*"), Sum(("amount", "left_amount", "base_amount")[part.way])
        if by == "product":
            rows = rows.filter(_first_line())
    named = rows.order_by().annotate(part=Value(number), split=key, name=kind)
    counted: QuerySet[Any, Any] = named.values("part", "split", "stage", "name").annotate(
        n=count, total=amount
    )
    return counted.values_list("part", "split", "stage", "name", "n", "total")


_COMING = Case(
    When(entered_by="forward", jumped__gt=0, then=Value("skip")),
    default=F("entered_by"),
    output_field=CharField(),
)


def _first_line() -> Q:
    """A deal counts once for each of its products, however many of its lines name it."""
    earlier = Line.objects.filter(
        deal=OuterRef("deal"), product=OuterRef("deal__lines__product"), pk__lt=OuterRef("deal__lines__pk")
    )
    return Q(deal__lines__isnull=False) & ~Q(Exists(earlier))


def _of(stages: Collection[int], path: str = "stage") -> Q:
    """Rows of these stages, which are one value of the statement: a dozen parts of it name them."""
    return Q(among(list(stages), path)) if stages else Q(pk__in=[])


def _stocks(span: Span) -> Iterator[tuple[str, datetime | None]]:
    if span.since is not None:
        yield START, span.since
    yield STAY, span.until


def _not_void(known: datetime | None) -> Q:
    return Q(void_at=None) if known is None else Q(void_at=None) | Q(void_at__gte=known)


def _between(tallies: QuerySet[Tally], first: date | None, last: date | None) -> QuerySet[Tally]:
    if first is not None:
        tallies = tallies.filter(month__gte=first)
    return tallies.filter(month__lt=last) if last is not None else tallies


def _months(
    since: datetime | None, until: datetime | None
) -> tuple[date | None, date | None, list[tuple[datetime, datetime, int]]]:
    """Whole months of UTC nearest to a stretch, and what must be added (+1) or taken away (−1) to make it exact."""
    edges = []
    first = last = None
    if since is not None:
        first, edge = _nearest(since)
        if edge is not None:
            edges.append((edge[0], edge[1], -edge[2]))
    if until is not None:
        last, edge = _nearest(until)
        if edge is not None:
            edges.append(edge)
    return first, last, edges


def _nearest(instant: datetime) -> tuple[date, tuple[datetime, datetime, int] | None]:
    """The beginning of a month nearest to an instant, and the stretch between them: +1 if the month begins before."""
    month = instant.astimezone(UTC).date().replace(day=1)
    before, after = _midnight(month), _midnight(add_months(month, 1))
    if instant == before:
        return month, None
    if instant - before <= after - instant:
        return month, (before, instant, 1)
    return add_months(month, 1), (instant, after, -1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _put_right(
    counted: Counted, other: Otherwise, stages: Collection[int], scope: Scope, span: Span, by: str
) -> None:
    """Take out what was counted of a deal from its rows, and count what was known of it."""
    for history, sign in ((other.told, -1), (other.known, 1)):
        for passage in passages(history, span) if history is not None else ():
            if passage.stage in stages and scope.takes(passage.owner, passage.unit, passage.at):
                for key in _keys(passage, other, scope, by):
                    counted[key][passage.stage][passage.kind] += Amounts(sign, sign * passage.amount)


def _keys(passage: Passage, other: Otherwise, scope: Scope, by: str) -> list[Key]:
    if by == "unit":
        belonging = scope.belonging(passage.unit, passage.at)
        return [belonging.branch if belonging else passage.unit]
    if by == "owner":
        return [passage.owner]
    if by == "source":
        return [other.deal.source]
    return list(other.products) if by == "product" else [None]


def _nothing() -> Counted:
    return defaultdict(lambda: defaultdict(lambda: defaultdict(Amounts)))
