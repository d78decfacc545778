"""What deals whose past was known otherwise contribute to a number, each told by its facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from loudou.insight.figures.categories import CATEGORIES
from loudou.insight.figures.conversion import conversion_of
from loudou.insight.figures.flow import START, STAY, Amounts, passages
from loudou.insight.figures.times import times_of
from loudou.insight.figures.winrate import LOST, standing_close
from loudou.insight.queries import cycles
from loudou.insight.queries.calibration import known_close
from loudou.insight.queries.categories import category_of
from loudou.insight.queries.courses import known_courses
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.leaks import Asking, late_leaks, late_losses
from loudou.insight.queries.live import due_where, stands
from loudou.insight.queries.quota import OF_PATCHES, brought
from loudou.insight.queries.records._asked import (
    CLOSES,
    COHORTS,
    COUNT,
    LEAKS,
    LEFT,
    STOCKS,
    TAUGHT,
    WAITING,
    Asked,
    ways_of,
)
from loudou.insight.queries.rivals import Rivals
from loudou.insight.queries.through import FATES, WITHIN, late
from loudou.pipeline.figures.history import History, off_funnel
from loudou.pipeline.queries.flags import thresholds


def known_of(other: Otherwise, asked: Asked) -> Amounts:
    """What a deal's known past contributes to the number."""
    if asked.rival and asked.rival.lower() not in asked.rivals.get(other.deal.pk, Rivals()).names:
        return Amounts()
    if asked.what == "off_funnel" and not _was_off_funnel(other):
        return Amounts()
    if asked.what in COHORTS or asked.what in (LEFT, WAITING) or asked.what in LEAKS:
        return total(_in_courses(other, asked))
    if asked.what in (*FATES, *WITHIN):
        return late(asked.what, other, asked.stages, asked.wanted.scope, asked.span, asked.within)
    if asked.what in cycles.OF_CYCLES:
        named = asked.rivals.get(other.deal.pk, Rivals())
        scope, rival = asked.wanted.scope, asked.rival.lower()
        return cycles.late(asked.what, other, scope, asked.span, asked.stages, named, rival)
    if asked.what in TAUGHT:
        return _taught_by(other, asked)
    if asked.what in OF_PATCHES:
        brings = brought(asked.what, other.known, other.version, asked.wanted)
        return Amounts(1, brings) if brings is not None else Amounts()
    if asked.what in CATEGORIES:
        return _in_category(other, asked)
    if asked.why is not None:
        return total(_lost_for(other, asked))
    return _JUDGES[_sort(asked.what)](other.known, asked) if other.known is not None else Amounts()


def _was_off_funnel(other: Otherwise) -> bool:
    created_at, order = other.deal.created_at, other.order
    return other.known is not None and off_funnel(other.known, created_at, order, thresholds())


def _sort(what: str) -> str:
    if what in STOCKS:
        return "stock"
    return "close" if what in CLOSES else "flow"


def _in_stock(history: History, asked: Asked) -> Amounts:
    stand = stands(history, asked.wanted)
    if stand is None or (asked.stages is not None and stand.stage not in asked.stages):
        return Amounts()
    if asked.what == COUNT:
        return Amounts(1, stand.base_amount)
    amount = due_where(stand, asked.wanted).get(asked.what)
    return Amounts(1, amount) if amount is not None else Amounts()


def _in_category(other: Otherwise, asked: Asked) -> Amounts:
    """What a deal that stood in the category brings, if it was due."""
    due = Asked("due", asked.wanted, asked.span, asked.stages)
    stand = stands(other.known, asked.wanted)
    if other.known is None or stand is None or category_of(stand, other.version) != asked.what:
        return Amounts()
    return _in_stock(other.known, due)


def _in_flow(history: History, asked: Asked) -> Amounts:
    kinds = {asked.what} if asked.what in (START, STAY) else set(ways_of(asked.what))
    return total(
        Amounts(1, passage.amount)
        for passage in passages(history, asked.span)
        if passage.kind in kinds
        and (asked.stages is None or passage.stage in asked.stages)
        and asked.wanted.scope.takes(passage.owner, passage.unit, passage.at)
    )


def _in_courses(other: Otherwise, asked: Asked) -> Iterator[Amounts]:
    """What the courses of a deal, as it was known, contribute."""
    scope, span = asked.wanted.scope, asked.span
    if asked.what in LEAKS:
        wanted = Asking(asked.limits, scope, span, LEAKS[asked.what])
        leaks = late_leaks(other, asked.lasts.get(other.deal.pk), wanted)
        yield from (Amounts(1, amount) for _stage, _why, amount in leaks)
        return
    for course in known_courses(other):
        if asked.stages is not None and course.stage not in asked.stages:
            continue
        if asked.what in (LEFT, WAITING):
            told = times_of(course, span, scope)
            counts = told.left if asked.what == LEFT else told.inflight
        else:
            counts = COHORTS[asked.what](conversion_of(course, span, scope))
        yield Amounts(counts, counts * course.amount)


def _taught_by(other: Otherwise, asked: Asked) -> Amounts:
    """What the close of a deal, as it was known, teaches of the stages asked for."""
    closed, amounts = known_close(other, asked.wanted.scope, asked.span, asked.stages)
    won = TAUGHT[asked.what]
    return amounts if won is None or (closed.won if won else closed.lost) else Amounts()


def _lost_for(other: Otherwise, asked: Asked) -> Iterator[Amounts]:
    """What was lost of a deal, as it was known, for the reason asked for."""
    for stage, why, amount in late_losses(other, asked.wanted.scope, asked.span):
        if (why or 0) == asked.why and (asked.stages is None or stage in asked.stages):
            yield Amounts(1, amount)


def _in_closes(history: History, asked: Asked) -> Amounts:
    close = standing_close(history, asked.span.known)
    if close is None or close.left_at is None or close.left_owner is None or close.left_amount is None:
        return Amounts()
    wanted = LOST if asked.what == "lost_deals" else ("won",)
    span = asked.span
    within = (span.since is None or close.left_at >= span.since) and (
        span.until is None or close.left_at < span.until
    )
    mine = asked.wanted.scope.takes(close.left_owner, close.left_unit, close.left_at)
    staged = asked.stages is None or close.stage in asked.stages
    counts = close.left_by in wanted and within and mine and staged
    return Amounts(1, close.left_amount) if counts else Amounts()


def total(some: Iterable[Amounts]) -> Amounts:
    """All of them together."""
    return sum(some, Amounts())


_JUDGES: dict[str, Callable[[History, Asked], Amounts]] = {
    "stock": _in_stock,
    "flow": _in_flow,
    "close": _in_closes,
}
