"""Reading what the forecast of a period is drawn from: the ways of closed deals, open deals, wins.

Everything is read as known at one instant, and of other instants before it. Whole numbers come packed, many to a value;
of a big house a sample of its deals teaches, closed and open ones alike.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import (
    Aggregate,
    BigIntegerField,
    BinaryField,
    Case,
    DateTimeField,
    F,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import LessThan

from loudou.insight.figures.flow import Span, is_void, standing_at
from loudou.insight.figures.scope import NO_SOURCE, Scope, just_before
from loudou.insight.figures.winrate import LOST, standing_close
from loudou.insight.queries.closes import closed
from loudou.insight.queries.conditions import apart, not_void, standing, together
from loudou.insight.queries.courses import known_courses
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.scope import which, whose
from loudou.insight.queries.times import Microseconds, unpacked
from loudou.kernel import clock
from loudou.kernel.numbers import ZERO
from loudou.odds.figures.outlook import LOOK_BACK, Closings, Pairs, Ways, microseconds
from loudou.pipeline.figures.courses import Course as Way
from loudou.pipeline.figures.history import History, Stand, Stay
from loudou.pipeline.models import Course, State, Visit

# Closed deals of two years; where there are more a sample of about so many teaches, drawn by their keys.
MOST_TEACH = 20_000
_RANGE = 65_536  # of the numbers by which a sample is drawn
_SPREAD = 40_503  # keys one after another come to lie far apart in it


@dataclass(frozen=True)
class Otherwise:
    """A deal that was known otherwise at an instant than its rows tell it: what was known, and its ways.

    `ours`: whether the scope takes it by its source and products.
    """

    key: int
    ours: bool
    created_at: datetime | None
    history: History | None
    ways: Sequence[Way]

    def stood(self, at: datetime) -> Stand | None:
        """How it stood open at an instant, as the rows of other deals tell it."""
        if self.history is None or is_void(self.history, at):
            return None
        stand = standing_at(self.history.stands, at)
        return stand if stand is not None and stand.outcome == "open" else None

    def close(self, known: datetime | None) -> Stay | None:
        """The stay by whose end it stood won or lost."""
        close = standing_close(self.history, known) if self.history is not None else None
        return close if close is not None and close.left_by in ("won", *LOST) else None


@dataclass(frozen=True)
class Source:
    """What is read: the deals of these funnels (None: of all) as known at an instant (None: now), these of them otherwise
    than their rows tell."""

    known: datetime | None
    funnels: Sequence[int] | None
    others: Sequence[Otherwise] = ()

    @classmethod
    def of(cls, known: datetime | None, scope: Scope, funnels: Sequence[int] | None) -> Source:
        """With the deals of the whole organisation that were known otherwise: closed ones teach everybody. Two queries,
        one where there are no such deals, none for the present."""
        named = "" if scope.source == NO_SOURCE else scope.source
        return cls(
            known,
            funnels,
            [
                Otherwise(
                    other.deal.pk,
                    (not scope.source or other.deal.source == named)
                    and (scope.product is None or scope.product in other.products),
                    other.deal.created_at,
                    other.known,
                    list(known_courses(other)),
                )
                for other in known_otherwise(known, Scope(), funnels)
            ],
        )

    @property
    def keys(self) -> list[int]:
        """The keys of the deals that were known otherwise."""
        return [other.key for other in self.others]

    def closes(self, since: datetime | None) -> Span:
        """The closes since an instant, as known."""
        return Span(clock.now(), since, self.known, self.known)


class Octets(Func):
    """A whole number as eight octets."""

    template = "int8send(%(expressions)s)"
    output_field = BinaryField()


class Joined(Aggregate):
    """Whole numbers of many rows, one row after another."""

    template = "string_agg(%(expressions)s, ''::bytea)"
    arg_joiner = " || "
    output_field = BinaryField()


class Drawn(Func):
    """A deal's number below `_RANGE`, by which a sample takes it or not."""

    template = f"mod(mod(%(expressions)s, {_RANGE}) * {_SPREAD}, {_RANGE})"
    output_field = IntegerField()


def ways_at(source: Source, ats: Sequence[datetime]) -> list[Ways]:
    """What closed deals taught at each of these instants; three queries."""
    closings, below = _closings(source, ats)
    return [
        Ways.of(closings, open_, microseconds(at))
        for at, open_ in zip(ats, _reached(source, ats, below), strict=True)
    ]


def _closings(source: Source, ats: Sequence[datetime]) -> tuple[Closings, int]:
    """Of closed deals, by stage and whether they were won: when they came there, when they closed; and the number below
    which a deal's `Drawn` must lie for it to teach."""
    recent = source.closes(max(ats) - LOOK_BACK)
    many = Visit.objects.filter(closed(Scope(), recent, source.funnels)).count()
    below = -(-_RANGE * MOST_TEACH // many) if many > MOST_TEACH else _RANGE
    visits = Visit.objects.filter(closed(Scope(), source.closes(min(ats) - LOOK_BACK), source.funnels))
    courses = Course.objects.filter(deal=OuterRef("deal"), reached_at__lte=OuterRef("left_at"))
    won = Case(When(left_by="won", then=1), default=0, output_field=BigIntegerField())
    rows = _taught(visits, source, below).annotate(
        won=won, ways=_packed(courses), ended=Microseconds("left_at")
    )
    found: dict[tuple[int, bool], Pairs] = defaultdict(Pairs)
    for how, closed_at, ways in rows.values_list("won", "ended", "ways"):
        numbers = unpacked(ways) if ways is not None else ()
        for stage, reached in zip(numbers[::2], numbers[1::2], strict=True):
            found[stage, how == 1].add(reached, closed_at)
    for other in source.others:
        close = other.close(source.known) if _teaches(other, below) else None
        if close is not None and close.left_at is not None:
            for way in other.ways:
                if way.reached_at <= close.left_at:
                    key = way.stage, close.left_by == "won"
                    found[key].add(microseconds(way.reached_at), microseconds(close.left_at))
    return found, below


def _reached(source: Source, ats: Sequence[datetime], below: int) -> list[Mapping[int, Sequence[int]]]:
    """Of the deals that were open at each of these instants, by stage: when they had come to it or beyond it."""
    arms = []
    for place, at in enumerate(ats):
        courses = Course.objects.filter(deal=OuterRef("deal"), reached_at__lt=at)
        for states in _open_at(source, at, None, small=below == _RANGE):
            rows = _taught(states, source, below).annotate(place=Value(place, IntegerField()))
            arms.append(
                rows.values("place").annotate(each=Joined(_packed(courses))).values_list("place", "each")
            )
    found: list[dict[int, Any]] = [defaultdict(lambda: array("q")) for _at in ats]
    for place, each in together(arms):
        numbers = unpacked(each) if each is not None else ()
        for stage, reached in zip(numbers[::2], numbers[1::2], strict=True):
            found[place][stage].append(reached)
    for place, at in enumerate(ats):
        for other in source.others:
            if _teaches(other, below) and other.stood(at) is not None:
                for way in other.ways:
                    if way.reached_at < at:
                        found[place][way.stage].append(microseconds(way.reached_at))
    return list(found)


def standing_at_each(
    source: Source, scope: Scope, ats: Sequence[datetime], *, small: bool = False
) -> list[Mapping[int, Pairs]]:
    """The scope's open deals at each of these instants, by stage: since when they count there, their amount in cents; one
    query. None whose dates are not known."""
    arms = []
    for place, at in enumerate(ats):
        for states in _open_at(source, at, scope.owner, small=small):
            rows = states.filter(whose(scope, at=at), which(scope)).exclude(deal__in=source.keys).order_by()
            rows = rows.annotate(place=Value(place, IntegerField()), at=Value(at, DateTimeField()))
            arms.append(rows.values_list("place", "at", "deal", "stage", "base_amount"))
    found: list[dict[int, Pairs]] = [defaultdict(Pairs) for _at in ats]
    states_sql, values = together(arms).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_SINCE.format(states=states_sql), values)
        for place, stage, each in cursor.fetchall():
            numbers = unpacked(each)
            found[place][stage] = Pairs(numbers[::2], numbers[1::2])
    for place, at in enumerate(ats):
        for other in source.others:
            stand = other.stood(at) if other.ours else None
            if stand is not None and scope.takes(stand.owner, stand.unit, just_before(at)):
                for way in other.ways:
                    if way.stage == stand.stage and way.reached_at < at:
                        found[place][way.stage].add(
                            microseconds(way.reached_at), int(stand.base_amount * 100)
                        )
    return list(found)


# All instants at once: whoever has many open deals reads the courses through once, not deal by deal.
_SINCE = """
SELECT stood.place, stood.stage, string_agg(
    int8send((extract(epoch from way.reached_at) * 1000000)::bigint) || int8send((stood.amount * 100)::bigint), ''::bytea
)
FROM ({states}) stood (place, at, deal, stage, amount)
JOIN pipeline_course way ON way.deal_id = stood.deal AND way.stage_id = stood.stage AND way.reached_at < stood.at
GROUP BY stood.place, stood.stage
"""


def _open_at(source: Source, at: datetime, owner: int | None, *, small: bool) -> list[QuerySet[Any, Any]]:
    """States in which deals stood open at an instant, in parts of which each is read quickly."""
    states = State.objects.filter(outcome="open")
    if source.funnels is not None:
        states = states.filter(funnel__in=source.funnels)
    if small or owner is not None:
        return [states.filter(standing(at, at))]
    if source.known is None:
        return apart(states.filter(void_at=None), at)[-1:]  # the present: of all parts those that last still
    return apart(states.filter(not_void(at)), at)


def _packed(courses: QuerySet[Any, Any]) -> Subquery:
    """The stages of a deal's courses and when they were reached, asked deal by deal: each one's are found by its key."""
    numbers = Joined(Octets(F("stage")), Octets(Microseconds("reached_at")))
    return Subquery(courses.order_by().values("deal").annotate(each=numbers).values("each"))


def _taught(rows: QuerySet[Any, Any], source: Source, below: int) -> QuerySet[Any, Any]:
    """Those of the sample, without the deals that were known otherwise."""
    rows = rows.exclude(deal__in=source.keys).order_by()
    return rows.filter(LessThan(Drawn(F("deal")), below)) if below < _RANGE else rows


def _teaches(other: Otherwise, below: int) -> bool:
    return other.key % _RANGE * _SPREAD % _RANGE < below


@dataclass(frozen=True)
class Stretch:
    """A stretch of time in which wins are added up, `[since, until)`."""

    since: datetime
    until: datetime


def won_in(source: Source, scope: Scope, stretches: Sequence[Stretch]) -> list[Decimal]:
    """What the scope won in each of these stretches; one query."""
    rows = _won(source, scope, min(one.since for one in stretches))
    return _summed(stretches, rows.aggregate(**_sums(stretches)), list(_known_wins(source, scope)))


def _sums(stretches: Sequence[Stretch]) -> dict[str, Sum]:
    return {
        f"in_{place}": Sum("left_amount", filter=Q(left_at__gte=one.since, left_at__lt=one.until))
        for place, one in enumerate(stretches)
    }


def _summed(
    stretches: Sequence[Stretch],
    told: Mapping[str, Any],
    others: Sequence[tuple[datetime, datetime, Decimal]],
) -> list[Decimal]:
    """What was summed of rows, and what those bring that were known otherwise."""
    return [
        sum(
            (amount for _began, at, amount in others if one.since <= at < one.until),
            told[f"in_{place}"] or ZERO,
        )
        for place, one in enumerate(stretches)
    ]


@dataclass(frozen=True)
class Begun:
    """Wins by when their deals began: the beginning of the first that was won by each of some instants; of those that
    took no long time when each began and was won, and its amount in cents; what was won in each of some stretches."""

    firsts: Sequence[int | None]
    wins: Pairs
    cents: array[int]
    sums: Sequence[Decimal]


def begun(
    source: Source,
    scope: Scope,
    ats: Sequence[datetime],
    longest: timedelta,
    stretches: Sequence[Stretch],
) -> Begun:
    """The scope's wins by when their deals began, of the two years before each of these instants those that took no longer
    than this, and what it won in these stretches; one query."""
    began: Any = Coalesce("deal__created_at", "left_at")
    columns = (
        Octets(Microseconds(began)),
        Octets(Microseconds("left_at")),
        Octets(Cast(F("left_amount") * 100, BigIntegerField())),
    )
    quick = Q(left_at__gte=min(ats) - LOOK_BACK, left_at__lte=F("began") + longest)
    firsts = {str(place): Min("began", filter=Q(left_at__lt=at)) for place, at in enumerate(ats)}
    rows = _won(source, scope).annotate(began=began)
    told = rows.aggregate(each=Joined(*columns, filter=quick), **firsts, **_sums(stretches))
    numbers = unpacked(told["each"]) if told["each"] is not None else array("q")
    wins, cents = Pairs(numbers[::3], numbers[1::3]), numbers[2::3]
    others = list(_known_wins(source, scope))
    for start, end, amount in others:
        wins.add(microseconds(start), microseconds(end))
        cents.append(int(amount * 100))
    every = [[start for start, end, _amount in others if end < at] for at in ats]
    for place, some in enumerate(every):
        if told[str(place)] is not None:
            some.append(told[str(place)])
    first = [microseconds(min(some)) if some else None for some in every]
    return Begun(first, wins, cents, _summed(stretches, told, others))


def _won(source: Source, scope: Scope, since: datetime | None = None) -> QuerySet[Any, Any]:
    wins = closed(scope, source.closes(since), source.funnels, ("won",))
    rows = Visit.objects.filter(wins, left_amount__isnull=False)
    return rows.exclude(deal__in=source.keys).order_by()


def _known_wins(source: Source, scope: Scope) -> Iterator[tuple[datetime, datetime, Decimal]]:
    """Of the scope's wins that were known otherwise: when each began, when it was won, at what."""
    for other in source.others:
        close = other.close(source.known) if other.ours else None
        if close is not None and close.left_by == "won":
            assert close.left_owner is not None and close.left_at is not None
            if close.left_amount is not None and scope.takes(
                close.left_owner, close.left_unit, close.left_at
            ):
                yield other.created_at or close.left_at, close.left_at, close.left_amount
