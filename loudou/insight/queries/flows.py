"""Counting what came, went and stood (M01, M03): whole months and parts of them from the tallies, edges and odd stays
from the rows.

One statement answers for several spans: pieces (`queries/pieces.py`) are added up with their sign. What a statement
cannot know, late facts, is put right deal by deal (`queries/known.py`) by `figures/flow.py`, which defines all of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from loudou.insight.figures.flow import START, STAY, Amounts, Passage, Span, passages
from loudou.insight.figures.scope import Belonging, Scope, just_before
from loudou.insight.queries import pieces
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.pieces import ENDS, Piece, Rows, asked_with, counted
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import add_months
from loudou.pipeline.figures.months import part_after, part_of

Key = int | str | None
Counted = dict[Key, dict[int, dict[str, Amounts]]]  # key → stage → kind → how much

RECENT = timedelta(days=400)  # from then on a stock is reckoned back from what stands now


@dataclass(frozen=True)
class _Part:
    """One piece of the statement: where it counts, and what stands before the kind of its rows, or instead of it."""

    span: str
    piece: Piece
    belonging: Belonging | None  # of a unit that counts for a time
    prefix: str = ""
    kind: str = ""


@dataclass(frozen=True)
class _Asker:
    """Asks for pieces of one span: about the units that count always, or about one that counts for a time."""

    name: str
    by: str
    values: Mapping[str, Any]
    passing: Belonging | None = None

    def part(self, rows: Rows, *, sign: int = 1, prefix: str = "", kind: str = "", **times: Any) -> _Part:
        """These rows with times of their own; those that are None are not asked for."""
        given = {name: value for name, value in times.items() if value is not None}
        piece = Piece(rows, {**self.values, **given}, self.by, sign)
        return _Part(self.name, piece, self.passing, prefix, kind)

    def at(self, instant: datetime) -> _Asker | None:
        """The same about an instant; None where the unit does not count at it."""
        if self.passing is None:
            return self
        known = {name: value for name, value in self.values.items() if name not in ENDS}
        return replace(self, values=known) if self.passing.at(just_before(instant)) else None


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
    found: dict[str, Counted] = {name: _nothing() for name in spans}
    branches = {one.unit: one.branch for one in scope.units or () if one.always}
    for number, key, stage, kind, count, amount in counted(part.piece for part in parts):
        part = parts[number]
        if by == "unit" and scope.units is not None:
            key = part.belonging.branch if part.belonging else branches[key]
        kinds = found[part.span][key][stage]
        name, sign = part.kind or part.prefix + kind, part.piece.sign
        kinds[name] += Amounts(sign * count, sign * (amount or ZERO))
    for other in otherwise:
        for name, span in spans.items():
            _put_right(found[name], other, stages, scope, span, by)
    return found


def stood(stages: Collection[int], scope: Scope, span: Span) -> dict[int, Amounts]:
    """What stood in these stages at the end of the span, as the rows tell it; one query."""
    parts: list[_Part] = []
    for asker in _askers("", stages, scope, ""):
        way = _stood if _by_months(asker, scope) else _directly_stood
        parts += way(asker, STAY, span.until, span)
    found: dict[int, Amounts] = defaultdict(Amounts)
    for number, _key, stage, _kind, count, amount in counted(part.piece for part in parts):
        sign = parts[number].piece.sign
        found[stage] += Amounts(sign * count, sign * (amount or ZERO))
    return found


def _parts(name: str, stages: Collection[int], scope: Scope, span: Span, by: str) -> Iterator[_Part]:
    for asker in _askers(name, stages, scope, by):
        yield from (_tallied if _by_months(asker, scope) else _direct)(asker, span)


def _askers(name: str, stages: Collection[int], scope: Scope, by: str) -> Iterator[_Asker]:
    """None where nothing can be found."""
    if not stages:
        return
    known = {"stages": list(stages)}
    steady = tuple(one for one in scope.units or () if one.always)
    if scope.units is None or steady:
        yield _Asker(name, by, known | asked_with(replace(scope, units=steady)))
    for one in scope.units or ():
        if not one.always:
            yield _Asker(name, by, known | asked_with(replace(scope, units=(one,))), one)


def _by_months(asker: _Asker, scope: Scope) -> bool:
    """Whether tallies know what is asked for: they hold units of whole months."""
    return scope.owner is None and not scope.by_deal and asker.passing is None and asker.by in ("", "unit")


def _direct(asker: _Asker, span: Span) -> Iterator[_Part]:
    """Everything from the rows themselves."""
    times: dict[str, Any] = {"since": span.since, "until": span.until, "known": span.known}
    yield asker.part(pieces.all_came, prefix="in:", **times)
    yield asker.part(pieces.all_went, prefix="out:", **times)
    for kind, instant in _stocks(span):
        yield from _directly_stood(asker, kind, instant, span)


def _directly_stood(asker: _Asker, kind: str, instant: datetime | None, span: Span) -> Iterator[_Part]:
    then = asker.at(instant or span.now)
    if then is not None:
        yield then.part(pieces.all_stood, kind=kind, until=instant, known=span.known)


def _tallied(asker: _Asker, span: Span) -> Iterator[_Part]:
    """Whole months and whole parts of them from the tallies, the rest from the rows."""
    first, last, cuts = _months(span.since, span.until)
    yield asker.part(pieces.tallied, first=first, last=last)
    for cut in cuts:
        if cut.first < cut.last:
            yield asker.part(pieces.tallied_parts, sign=cut.sign, first=cut.first, last=cut.last)
        if cut.since < cut.until:
            edge: dict[str, Any] = {"sign": cut.edge, "since": cut.since, "until": cut.until}
            yield asker.part(pieces.came, prefix="in:", **edge)
            yield asker.part(pieces.went, prefix="out:", **edge)
    times: dict[str, Any] = {"since": span.since, "until": span.until, "known": span.known}
    yield asker.part(pieces.odd_came, prefix="in:", **times)
    yield asker.part(pieces.odd_went, prefix="out:", **times)
    for kind, instant in _stocks(span):
        yield from _stood(asker, kind, instant, span)


def _stood(asker: _Asker, kind: str, instant: datetime | None, span: Span) -> Iterator[_Part]:
    """What stood at an instant: what began and ended in the months before it (or since, taken from what stands now),
    and in the rest of the month it lies in."""
    if instant is None:
        yield asker.part(pieces.stands, kind=kind)
        return
    _first, last, cuts = _months(None, instant)
    if last is not None and instant > span.now - RECENT:
        yield asker.part(pieces.stands, kind=kind)
        # less what began and ended since: fewer months than all before
        yield asker.part(pieces.tallied_stands, kind=kind, sign=-1, first=last)
    else:
        yield asker.part(pieces.tallied_stands, kind=kind, last=last)
    for cut in cuts:
        if cut.first < cut.last:
            parts: dict[str, Any] = {"first": cut.first, "last": cut.last}
            yield asker.part(pieces.tallied_parts_stands, kind=kind, sign=cut.sign, **parts)
        if cut.since < cut.until:
            edge: dict[str, Any] = {"since": cut.since, "until": cut.until}
            yield asker.part(pieces.began, kind=kind, sign=cut.edge, **edge)
            yield asker.part(pieces.ended, kind=kind, sign=-cut.edge, **edge)
    if span.known is not None:
        for rows, longest in pieces.VOIDED:
            since = instant - longest if longest is not None else None
            yield asker.part(rows, kind=kind, since=since, until=instant, known=span.known)


def _stocks(span: Span) -> Iterator[tuple[str, datetime | None]]:
    if span.since is not None:
        yield START, span.since
    yield STAY, span.until


@dataclass(frozen=True)
class _Cut:
    """What must be added (+1) or taken away (−1) to make whole months exact at an instant: whole parts of a month, and
    the rest of a part. Either may be nothing.
    """

    first: date
    last: date
    sign: int
    since: datetime
    until: datetime
    edge: int

    def turned(self) -> _Cut:
        """The same where a stretch begins."""
        return replace(self, sign=-self.sign, edge=-self.edge)


def _months(since: datetime | None, until: datetime | None) -> tuple[date | None, date | None, list[_Cut]]:
    """Whole months of UTC nearest to a stretch, and what makes them exact."""
    cuts = []
    first = last = None
    if since is not None:
        first, cut = _nearest(since)
        cuts.append(cut.turned())
    if until is not None:
        last, cut = _nearest(until)
        cuts.append(cut)
    return first, last, cuts


def _nearest(instant: datetime) -> tuple[date, _Cut]:
    """The beginning of the month nearest to an instant, and what lies between them: +1 if the month begins before."""
    day = instant.astimezone(UTC).date()
    month = _nearer(instant, day.replace(day=1), add_months(day.replace(day=1), 1))
    part = _nearer(instant, part_of(day), part_after(part_of(day)))
    at = _midnight(part)
    return month, _Cut(
        first=min(month, part),
        last=max(month, part),
        sign=1 if month <= part else -1,
        since=min(at, instant),
        until=max(at, instant),
        edge=1 if at <= instant else -1,
    )


def _nearer(instant: datetime, before: date, after: date) -> date:
    """Whichever of two days begins nearer to an instant between them."""
    return before if instant - _midnight(before) <= _midnight(after) - instant else after


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
