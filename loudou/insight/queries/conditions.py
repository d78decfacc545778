"""What came, went and stood (`figures.flow`), as conditions on rows of visits and states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, Func, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.lookups import Exact

from loudou.insight.figures.flow import LIVE, Span
from loudou.pipeline.models.lasting import ENDLESS, PLACES, STANDS, STEPS, Lasting, Place


def entered(span: Span) -> Q:
    """Visits whose coming counts in the span (`figures.flow`), odd ones included."""
    wanted = not_void(span.known)
    if span.until is not None:
        wanted &= Q(entered_at__lt=span.until)
    if span.since is None:
        return wanted & Q(left_before_at=None)
    return (
        wanted & Q(entered_at__gte=span.since) & (Q(left_before_at=None) | Q(left_before_at__lt=span.since))
    )


def left(span: Span) -> Q:
    """Visits whose going counts in the span, odd ones included."""
    wanted = not_void(span.known) & Q(left_at__isnull=False)
    if span.since is not None:
        wanted &= Q(left_at__gte=span.since)
    if span.until is None:
        return wanted & Q(returned_at=None)
    return wanted & Q(left_at__lt=span.until) & (Q(returned_at=None) | Q(returned_at__gte=span.until))


def standing(instant: datetime | None, known: datetime | None) -> Q:
    """States in which a deal stood on the funnel at an instant; None: now."""
    wanted = Q(outcome__in=LIVE) & not_void(known)
    if instant is None:
        return wanted & Q(until=None)
    return wanted & Q(since__lt=instant) & (Q(until=None) | Q(until__gte=instant))


def apart(
    states: QuerySet[Any, Any], instant: datetime, owner: int | None = None
) -> list[QuerySet[Any, Any]]:
    """Live states that stood at an instant in parts, by how long they lasted: an index tells each from one short stretch.

    Of those that lasted up to 16 days none began earlier than 16 days before; for all at once the database would read
    every state that began before the instant, or every one that has ended since. Those of an `owner` are few and told by an
    index of their own: they are one part.
    """
    if owner is not None:
        return [states]
    lived = states.filter(since__lt=instant)
    parts = [
        lived.filter(Exact(Lasting(), step), since__gte=instant - longest, until__gte=instant)
        for step, longest in enumerate(STEPS)
    ]
    return [
        *parts,
        lived.filter(Exact(Lasting(), ENDLESS), until__gte=instant),
        lived.filter(Exact(Lasting(), STANDS)),
    ]


def at_an_instant(
    states: QuerySet[Any, Any], instant: datetime, names: Sequence[str]
) -> tuple[str, list[Any]]:
    """These columns of the live states that stood at an instant, as one statement with its values.

    The same as `apart`, for joining: the steps are a table here, because of a union the database does not know that
    a deal is in it but once, and sorts where it might look up.
    """
    lived = states.filter(Q(until=None) | Q(until__gte=instant))
    sql, values = step_by_step(lived, Lasting(), "since", instant).values_list(*names).query.sql_with_params()
    return f"SELECT one.* FROM {STEPS_TABLE}, LATERAL ({sql}) AS one", [*values]  # noqa: S608 - Django's


def with_units(
    states: QuerySet[Any, Any], instant: datetime, units: Sequence[int], names: Sequence[str]
) -> tuple[str, list[Any]]:
    """`at_an_instant` of these units alone: of each and each step one short stretch of an index of its own.

    Each is looked through for itself (`OFFSET 0`): joined, all that anybody had would be read.
    """
    lived = states.filter(Q(until=None) | Q(until__gte=instant))
    place = RawSQL("told.unit * %s + step.number", [PLACES])
    rows = step_by_step(lived, Place(), "since", instant, step=place)
    sql, values = rows.values_list(*names).query.sql_with_params()
    told = f"FROM unnest(%s::bigint[]) AS told (unit), {STEPS_TABLE}, LATERAL ({sql} OFFSET 0) AS one"
    return f"SELECT one.* {told}", [list(units), *values]


def step_by_step(
    rows: QuerySet[Any, Any], lasting: Any, since: str, instant: datetime, *, step: Any = None
) -> QuerySet[Any, Any]:
    """Those of some rows that may have lasted at an instant, for a statement in which `STEPS_TABLE` stands before them.

    `lasting` tells a row's step, `since` is the column that says when it began.
    """
    began = RawSQL("coalesce(%s - step.longest, '-infinity')", [instant], DateTimeField())
    of_step = Exact(lasting, step or RawSQL("step.number", []))
    return rows.filter(of_step, **{f"{since}__gte": began, f"{since}__lt": instant})


_SPANS = [f"interval '{int(longest.total_seconds())} seconds'" for longest in STEPS]
_STEPS = ", ".join(f"({step}, {longest})" for step, longest in enumerate([*_SPANS, "NULL", "NULL"]))
STEPS_TABLE = f"(VALUES {_STEPS}) AS step (number, longest)"


class AsItIs(Func):
    """A moment as it is, by which no index is looked through.

    Beside another index the database would read all that any owner had in the span, which is much more than it leaves out.
    """

    function = "greatest"
    arity = 1
    output_field = DateTimeField()


def together(parts: Sequence[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    """The rows of all parts, in one statement."""
    first, *others = parts
    return first.union(*others, all=True) if others else first


def not_void(known: datetime | None) -> Q:
    """Rows of deals that were valid, as far as known before that instant."""
    return Q(void_at=None) if known is None else Q(void_at=None) | Q(void_at__gte=known)
