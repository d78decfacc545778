"""Reading forecast categories (M21): open deals that are due by the category they stand in, and what was won."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
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
    Subquery,
    Sum,
    Value,
    When,
)

from loudou.insight.figures.categories import CATEGORIES, Categories
from loudou.insight.figures.flow import Amounts, Span
from loudou.insight.figures.scope import Scope, just_before
from loudou.insight.figures.winrate import standing_close
from loudou.insight.queries.closes import closed
from loudou.insight.queries.conditions import apart, together
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.live import (
    LiveDeals,
    by_delivery,
    deals_and_heads,
    due,
    due_of,
    past,
    spec_for,
    stands,
    theirs,
)
from loudou.insight.queries.scope import branch_of
from loudou.kernel.numbers import ZERO
from loudou.pipeline.figures.history import Stand
from loudou.pipeline.models import Deal, StageSpec, State, Visit
from loudou.pipeline.queries.funnels import spec_of

Key = int | None
Found = tuple[Key, str, Amounts]


def categories(
    wanted: LiveDeals, span: Span, *, by: str = "", otherwise: Sequence[Otherwise] = ()
) -> dict[Key, Categories]:
    """What is open and due, and what was won in the span, by branch or owner (`by`); three queries."""
    told = [other.deal.pk for other in otherwise]
    rows = [*_open(wanted, by, told), *_won(wanted, span, by, told)]
    for other in otherwise:
        rows += _known(other, wanted, span, by)
    found: dict[Key, Categories] = defaultdict(Categories)
    for key, column, amounts in rows:
        found[key] += Categories(**{column: amounts})
    return found


def standing_in(category: str, wanted: LiveDeals) -> Q:
    """Rows of live deals that stand in a category: their own, else that of their stage in their version."""
    if wanted.known is None:
        return Q(category=category) | Q(category="", spec__category=category)
    return Q(category=category) | Q(Q(category=""), Exists(_spec().filter(category=category)))


def category_of(stand: Stand, version: int) -> str:
    """The category a deal of a funnel's version stood in."""
    spec = spec_for(stand.stage, version)
    return stand.category or (spec.category if spec is not None else "")


def _open(wanted: LiveDeals, by: str, without: Sequence[int]) -> Iterator[Found]:
    key = _key(wanted.scope, by, "owner", "unit", wanted.known or wanted.now)
    rows: Any = Deal.objects.filter(theirs(wanted))
    of_stage: Any = F("spec__category")
    if wanted.known is None:
        yield from _open_now(rows.filter(due(wanted)), key, of_stage)
    else:
        rows = State.objects.filter(past(wanted)).exclude(deal__in=without)
        of_stage = Subquery(_spec().values("category")[:1])
        yield from _open_then(apart(rows.filter(due(wanted)), wanted.known, wanted.scope.owner), key)
    if not wanted.has_plans:
        return
    category = _own_or(of_stage)
    split, part = by_delivery(wanted, rows.filter(outcome="open"))
    moved = split.annotate(key=key, sort=category).values_list("key", "sort", "where", "there")
    for whose, column, where, there, count, heads, total in moved.annotate(
        **deals_and_heads(part), total=Sum(f"{part}base_amount")
    ):
        if column in CATEGORIES and where == "due":
            yield whose, column, Amounts(-heads, -total)
        if column in CATEGORIES and there == "due":
            yield whose, column, Amounts(count, total)


def _open_now(rows: Any, key: Any, of_stage: Any) -> Iterator[Found]:
    told = rows.order_by().annotate(key=key, sort=_own_or(of_stage)).values_list("key", "sort")
    for whose, column, count, total in told.annotate(n=Count("pk"), total=Sum("base_amount")):
        if column in CATEGORIES:
            yield whose, column, Amounts(count, total)


def _open_then(parts: Sequence[Any], key: Any) -> Iterator[Found]:
    """The category of a stage is looked up once for each version of a funnel, not for every row."""
    names = ("key", "category", "stage", "deal__funnel_version")
    told = (part.order_by().annotate(key=key).values_list(*names) for part in parts)
    rows = together([part.annotate(n=Count("*"), total=Sum("base_amount")) for part in told])
    for whose, own, stage, version, count, total in rows:
        spec = spec_of(version, stage)
        column = own or (spec.category if spec is not None else "")
        if column in CATEGORIES:
            yield whose, column, Amounts(count, total)


def _own_or(of_stage: Any) -> Any:
    """A row's own category, else its stage's."""
    return Case(When(category="", then=of_stage), default=F("category"), output_field=CharField())


def _won(wanted: LiveDeals, span: Span, by: str, without: Sequence[int]) -> Iterator[Found]:
    rows = Visit.objects.filter(closed(wanted.scope, span, wanted.funnels), left_by="won")
    key = _key(wanted.scope, by, "left_owner", "left_unit", "left_at")
    summed = rows.exclude(deal__in=without).order_by().annotate(key=key).values_list("key")
    for whose, count, total in summed.annotate(n=Count("pk"), total=Sum("left_amount")):
        yield whose, "closed", Amounts(count, total or ZERO)


def _key(scope: Scope, by: str, owner: str, unit: str, at: datetime | str) -> Any:
    """What a row is counted under: nothing, its owner, or the branch its unit belonged to."""
    if by == "unit" and scope.units is not None:
        return branch_of(scope.units, unit=unit, at=at)
    return F(owner) if by == "owner" else Value(None, BigIntegerField())


def _known(other: Otherwise, wanted: LiveDeals, span: Span, by: str) -> Iterator[Found]:
    """What a deal's known past brings."""
    stand = stands(other.known, wanted)
    due_amount = due_of(stand, wanted) if stand is not None else None
    if stand is not None and due_amount is not None:
        column = category_of(stand, other.version)
        instant = wanted.known or wanted.now
        yield (
            _whose(wanted.scope, by, stand.owner, stand.unit, just_before(instant)),
            column,
            Amounts(1, due_amount),
        )
    close = standing_close(other.known, span.known) if other.known is not None else None
    if close is None or close.left_by != "won" or close.left_at is None or close.left_owner is None:
        return
    inside = (span.since is None or close.left_at >= span.since) and (
        span.until is None or close.left_at < span.until
    )
    if inside and wanted.scope.takes(close.left_owner, close.left_unit, close.left_at):
        whose = _whose(wanted.scope, by, close.left_owner, close.left_unit, close.left_at)
        yield whose, "closed", Amounts(1, close.left_amount or ZERO)


def _whose(scope: Scope, by: str, owner: int, unit: int | None, at: datetime) -> Key:
    if by == "unit":
        belonging = scope.belonging(unit, at)
        return belonging.branch if belonging is not None else None
    return owner if by == "owner" else None


def _spec() -> Any:
    """A state's stage as its deal's version has it."""
    return StageSpec.objects.filter(version=OuterRef("deal__funnel_version"), stage=OuterRef("stage"))
