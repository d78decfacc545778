"""Reading what the forecast of a period is drawn from: how deals stood in stages, open deals, wins.

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
    DecimalField,
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
from django.db.models.functions import Cast, Coalesce, Greatest
from django.db.models.lookups import LessThan

from loudou.insight.figures.flow import Span, is_void, standing_at
from loudou.insight.figures.scope import NO_SOURCE, Scope, just_before
from loudou.insight.figures.winrate import LOST, standing_close
from loudou.insight.queries.closes import closed, not_after
from loudou.insight.queries.conditions import apart, not_void, standing, together
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.scope import which, whose
from loudou.insight.queries.times import Microseconds, unpacked
from loudou.kernel import clock
from loudou.kernel.numbers import ZERO
from loudou.odds.figures.chances import FAR, LOOK_BACK, Stays, Ways, microseconds
from loudou.odds.figures.outlook import Pairs, Wins
from loudou.pipeline.figures.history import History, Stand, Stay
from loudou.pipeline.models import Deal, State, Visit

# Closed deals of two years; where there are more a sample of about so many teaches, drawn by their keys.
MOST_TEACH = 20_000
_RANGE = 65_536  # of the numbers by which a sample is drawn
_SPREAD = 40_503  # keys one after another come to lie far apart in it


@dataclass(frozen=True)
class Otherwise:
    """A deal that was known otherwise at an instant than its rows tell it, and what was known.

    `ours`: whether the scope takes it by its source and products. `dated`: whether its dates are known.
    """

    key: int
    ours: bool
    created_at: datetime | None
    history: History | None
    dated: bool = True

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

    def stay(self, stand: Stand) -> Stay | None:
        """The stay in a stage in which it stood so; None of a deal whose dates are not known."""
        if self.history is None or not self.dated:
            return None
        stays = [stay for stay in self.history.stays if stay.entered_at <= stand.since]
        return stays[-1] if stays else None

    def rests(self) -> Iterator[Stand]:
        """How it stood when it was not open: on hold, or lost for a while."""
        for stand in self.history.stands if self.history is not None else ():
            if stand.outcome not in ("open", "won") and stand.until is not None:
                yield stand


# A deal that was won, when it began, when it was won, at what.
KnownWin = tuple[Otherwise, datetime, datetime, Decimal]


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
                    not other.deal.legacy,
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


def ways_at(source: Source, ats: Sequence[datetime], lefts: Sequence[int]) -> list[Ways]:
    """What became of deals within the time that was left, as of each of these instants; two queries."""
    stays = _stays(source, ats, max(lefts))
    return [Ways.of(stays, microseconds(at), left) for at, left in zip(ats, lefts, strict=True)]


def _stays(source: Source, ats: Sequence[datetime], longest: int) -> Mapping[int, Stays]:
    """By stage how deals stood in it, of those that were open in the two years that teach at one of these instants."""
    recent = source.closes(max(ats) - LOOK_BACK)
    many = Visit.objects.filter(closed(Scope(), recent, source.funnels)).count()
    below = -(-_RANGE * MOST_TEACH // many) if many > MOST_TEACH else _RANGE
    first = min(ats) - LOOK_BACK - timedelta(microseconds=longest)
    deals = Deal.objects.filter(Q(closed_at=None) | Q(closed_at__gte=first), legacy=False)
    if source.funnels is not None:
        deals = deals.filter(funnel__in=source.funnels)
    if below < _RANGE:
        deals = deals.filter(LessThan(Drawn(F("pk")), below))
    deals = deals.exclude(pk__in=source.keys).order_by()
    found: dict[int, Stays] = defaultdict(Stays)
    told = deals.annotate(stays=_stays_of(source), rests=_rests_of())
    for stays, rests in told.values_list("stays", "rests").iterator(chunk_size=2000):
        if stays is not None:
            _add(found, unpacked(stays), unpacked(rests) if rests is not None else ())
    for other in source.others:
        if drawn(other.key) < below:
            _add_known(found, other, source.known)
    return found


def drawn(key: int) -> int:
    """The same as `Drawn` of a deal's key."""
    return key % _RANGE * _SPREAD % _RANGE


def _stays_of(source: Source) -> Subquery:
    """A deal's stays: stage, entered, left, whether it was won by leaving, what it was worth at both; asked deal by deal."""
    standing_win = Q(left_by="won") & not_after(source.closes(None), "void_at")
    won: Any = Case(When(standing_win & not_after(source.closes(None), "reopened_at"), then=1), default=0)
    numbers = Joined(
        Octets(F("stage")),
        Octets(Microseconds("entered_at")),
        Octets(Coalesce(Microseconds("left_at"), Value(FAR))),
        Octets(Cast(won, BigIntegerField())),
        Octets(Cast(F("amount") * 100, BigIntegerField())),
        Octets(Cast(Coalesce(F("left_amount"), Value(ZERO)) * 100, BigIntegerField())),
    )
    rows = Visit.objects.filter(deal=OuterRef("pk")).order_by()
    return Subquery(rows.values("deal").annotate(each=numbers).values("each"))


def _rests_of() -> Subquery:
    """When a deal rested."""
    rows = State.objects.filter(deal=OuterRef("pk"), outcome="on_hold").order_by()
    until = Coalesce(Microseconds("until"), Value(FAR))
    numbers = Joined(Octets(Microseconds("since")), Octets(until))
    return Subquery(rows.values("deal").annotate(each=numbers).values("each"))


def _add(found: Mapping[int, Stays], stays: Sequence[int], rests: Sequence[int]) -> None:
    """One deal's stays, without its rests."""
    each = list(zip(*(stays[place::6] for place in range(6)), strict=True))
    won, brought = next(((left, cents) for _stage, _in, left, how, _came, cents in each if how), (FAR, 0))
    for stage, entered, left, _how, _came, _cents in each:
        since = entered
        for rest, back in sorted(zip(rests[::2], rests[1::2], strict=True)):
            if since <= rest < left:
                found[stage].add(entered, since, rest, won)
                since = back
        found[stage].add(entered, since, left, won)
    first = {stage: came for stage, _in, _left, _how, came, _cents in reversed(each)}
    if won < FAR:
        for stage, came in first.items():
            found[stage].grown.append((won, came, brought))


def _add_known(found: Mapping[int, Stays], other: Otherwise, known: datetime | None) -> None:
    """The same of a deal that was known otherwise."""
    close = other.close(known)
    won, brought = FAR, 0
    if close is not None and close.left_by == "won" and close.left_at is not None:
        won, brought = microseconds(close.left_at), int((close.left_amount or ZERO) * 100)
    for stand in other.history.stands if other.history is not None else ():
        stay = other.stay(stand) if stand.outcome == "open" else None
        if stay is not None:
            until = microseconds(stand.until) if stand.until is not None else FAR
            found[stand.stage].add(microseconds(stay.entered_at), microseconds(stand.since), until, won)
    if won < FAR and other.history is not None and other.dated:
        for stage, came in {stay.stage: stay.amount for stay in reversed(other.history.stays)}.items():
            found[stage].grown.append((won, int(came * 100), brought))


def standing_at_each(
    source: Source, scope: Scope, ats: Sequence[datetime], *, small: bool = False
) -> list[Mapping[int, Pairs]]:
    """The scope's open deals at each of these instants, by stage: since when they stand there, their amount in cents; one
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
            stay = other.stay(stand) if stand is not None else None
            if (
                stand is not None
                and stay is not None
                and scope.takes(stand.owner, stand.unit, just_before(at))
            ):
                found[place][stand.stage].add(microseconds(stay.entered_at), int(stand.base_amount * 100))
    return list(found)


# All instants at once: whoever has many open deals reads the visits through once, not deal by deal.
_SINCE = """
SELECT stood.place, stood.stage, string_agg(
    int8send((extract(epoch from stay.entered_at) * 1000000)::bigint) || int8send((stood.amount * 100)::bigint), ''::bytea
)
FROM ({states}) stood (place, at, deal, stage, amount)
JOIN pipeline_visit stay ON stay.deal_id = stood.deal AND stay.stage_id = stood.stage AND NOT stay.legacy
    AND stay.entered_at < stood.at AND (stay.left_at IS NULL OR stay.left_at >= stood.at)
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
    others: Sequence[KnownWin],
) -> list[Decimal]:
    """What was summed of rows, and what those bring that were known otherwise."""
    return [
        sum(
            (amount for _other, _began, at, amount in others if one.since <= at < one.until),
            told[f"in_{place}"] or ZERO,
        )
        for place, one in enumerate(stretches)
    ]


@dataclass(frozen=True)
class Begun:
    """The beginning of the first deal that was won by each of some instants; of wins that came no long time after their deal
    was not open, when it was not; what was won in each of some stretches."""

    firsts: Sequence[int | None]
    wins: Wins
    sums: Sequence[Decimal]


def begun(
    source: Source,
    scope: Scope,
    ats: Sequence[datetime],
    longest: timedelta,
    stretches: Sequence[Stretch],
) -> Begun:
    """The scope's wins by when their deals were not open, of the two years before each of these instants those that came no
    longer than this after, and what it won in these stretches; one query."""
    numbers, told = _read_wins(source, scope, ats, longest, stretches)
    wins, others = Wins(*(numbers[place::4] for place in range(4))), list(_known_wins(source, scope))
    for other, start, end, amount in others:
        shut = [(-FAR, microseconds(start))]
        shut += [
            (microseconds(max(one.since, start)), microseconds(one.until or end)) for one in other.rests()
        ]
        for gone, back in shut:
            wins.add(gone, back, microseconds(end), int(amount * 100))
    every = [[start for _other, start, end, _amount in others if end < at] for at in ats]
    for place, some in enumerate(every):
        if told[str(place)] is not None:
            some.append(told[str(place)])
    first = [microseconds(min(some)) if some else None for some in every]
    return Begun(first, wins, _summed(stretches, told, others))


def _read_wins(
    source: Source,
    scope: Scope,
    ats: Sequence[datetime],
    longest: timedelta,
    stretches: Sequence[Stretch],
) -> tuple[array[int], dict[str, Any]]:
    """What rows tell of it: the columns of `Wins`, and by place when the first win by each instant began, what each stretch
    brought."""
    began: Any = Coalesce("deal__created_at", "left_at")
    won, cents = Octets(Microseconds("left_at")), Octets(Cast(F("left_amount") * 100, BigIntegerField()))
    since = min(ats) - LOOK_BACK
    quick = Q(left_at__gte=since, left_at__lte=F("began") + longest)
    firsts = {str(place): Min("began", filter=Q(left_at__lt=at)) for place, at in enumerate(ats)}
    sums = _sums(stretches)
    unborn = Joined(Octets(Value(-FAR)), Octets(Microseconds(began)), won, cents, filter=quick)
    asked: dict[str, Any] = {"each": unborn, **firsts, **sums}
    # Before it begins a deal is not open either: that is told once.
    rest = (Greatest("deal__states__since", began), "deal__states__until")
    rests = Joined(*(Octets(Microseconds(one)) for one in rest), won, cents)
    nothing = (
        dict.fromkeys(firsts, Value(None, DateTimeField())),
        dict.fromkeys(sums, Value(None, DecimalField())),
    )
    every = (
        (_won(source, scope).annotate(began=began), asked),
        (_rested(_won(source, scope, since), longest), {"each": rests, **nothing[0], **nothing[1]}),
    )
    arms = [
        rows.annotate(place=Value(place, IntegerField())).values("place").annotate(**columns)
        for place, (rows, columns) in enumerate(every)
    ]
    numbers, told = array("q"), dict.fromkeys(asked)
    for place, *values in together([arm.values_list("place", *asked) for arm in arms]):
        one = dict(zip(asked, values, strict=True))
        numbers += unpacked(one["each"]) if one["each"] is not None else array("q")
        told = one if place == 0 else told
    return numbers, told


def _rested(wins: QuerySet[Any, Any], longest: timedelta) -> QuerySet[Any, Any]:
    """Wins whose deal rested or was lost for a while, no longer than this before, once for each such time."""
    return wins.filter(
        deal__states__outcome__in=("on_hold", *LOST, "invalid"),
        deal__states__until__lte=F("left_at"),
        deal__states__until__gte=F("left_at") - longest,
    )


def _won(source: Source, scope: Scope, since: datetime | None = None) -> QuerySet[Any, Any]:
    wins = closed(scope, source.closes(since), source.funnels, ("won",))
    rows = Visit.objects.filter(wins, left_amount__isnull=False)
    return rows.exclude(deal__in=source.keys).order_by()


def _known_wins(source: Source, scope: Scope) -> Iterator[KnownWin]:
    """The scope's wins that were known otherwise."""
    for other in source.others:
        close = other.close(source.known) if other.ours else None
        if close is not None and close.left_by == "won":
            assert close.left_owner is not None and close.left_at is not None
            if close.left_amount is not None and scope.takes(
                close.left_owner, close.left_unit, close.left_at
            ):
                yield other, other.created_at or close.left_at, close.left_at, close.left_amount
