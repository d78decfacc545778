"""What was closed, how long it took and what became of what was created (M05, M07, M09): kept as it was when last read.

As known at a past instant it changes no more. As known now it is carried on: the deals of which a fact became known
since are taken out as they were known then and put in as they are now, both read by the same statements over these
deals alone. To whom deals were lost is known of now alone and counted each time. Not kept is what a deal may be another
of tomorrow: its source, its products, who else is named on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from loudou.insight.figures.cycle import NOTHING, Closed, Closing, Took
from loudou.insight.figures.middle import Middle
from loudou.insight.figures.narrowed import Untold
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.winrate import WinRate
from loudou.insight.queries.courses import Key
from loudou.insight.queries.cycles import Ask, lost_to_rivals, named_on, read
from loudou.insight.queries.kept.cohorts import CARRIED_ON, MOST_CHANGED, changed_since, ended_at
from loudou.insight.queries.kept.flows import KEPT_BY, over
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.rivals import Rivals
from loudou.insight.queries.scope import whose_plain
from loudou.kernel import clock
from loudou.pipeline import kept

LEAST_KEPT = 2_000  # fewer deals are counted as quickly as found
LEAST_KEPT_THEN = 500  # of a past instant, where nothing has to be carried on

Cells = Mapping[Key, Closed]
Named = Mapping[int, Rivals]  # on deals whose past was known otherwise


@dataclass(frozen=True)
class _Carried:
    """All that was kept, as known `at` an instant: what each asked for, and since when its span ran."""

    at: datetime
    cells: Sequence[Cells]
    since: Sequence[datetime | None]

    @classmethod
    def read(cls, plain: Any) -> _Carried:
        since = [datetime.fromisoformat(one) if one is not None else None for one in plain["since"]]
        return cls(datetime.fromisoformat(plain["at"]), [_cells(rows) for rows in plain["cells"]], since)


def closings_known(asks: Sequence[Ask]) -> list[dict[Key, Closing]]:
    """What `closings` tells to each of these, all as known at one instant; from what was kept, where something is."""
    lasting = [place for place, ask in enumerate(asks) if not ask.scope.by_deal and ask.parts.by in KEPT_BY]
    others = [place for place in range(len(asks)) if place not in lasting]
    told: dict[int, dict[Key, Closing]] = {}
    named = named_on(asks)
    for places, tell in ((lasting, _kept), (others, _anew)):
        if places:
            told |= zip(places, tell([asks[place] for place in places], named), strict=True)
    return [told[place] for place in range(len(asks))]


def _kept(asks: Sequence[Ask], named: Named) -> list[dict[Key, Closing]]:
    until = over([ask.span for ask in asks])
    if until is not None:
        return _then(asks, until, named)
    return _anew(asks, named) if asks[0].span.known is not None else _now(asks)


def _anew(asks: Sequence[Ask], named: Named) -> list[dict[Key, Closing]]:
    return _told(read(asks, named))


def _then(asks: Sequence[Ask], until: datetime, named: Named) -> list[dict[Key, Closing]]:
    """As known at a past instant."""
    key = _key("closings then", asks)
    found, seen = kept.look(key)
    if found is not None:
        return _told(_with_rivals([_cells(rows) for rows in found], asks, named))
    cells = read(asks, named)
    if _size(cells) >= LEAST_KEPT_THEN:
        kept.keep(key, until, [_plain(some, margin=0) for some in cells], seen)
    return _told(cells)


def _now(asks: Sequence[Ask]) -> list[dict[Key, Closing]]:
    """As known now; from what was kept, with what became known since."""
    key = _key("closings", asks)
    found, seen = kept.look_with(key, _Carried.read)
    at = clock.now()  # whatever is known by the look was written before
    asks = [replace(ask, span=replace(ask.span, until=at)) if ask.slides else ask for ask in asks]
    if found is not None:
        try:
            cells, changed = _carried_on(found, asks, at)
            told = _told(_with_rivals(cells, asks, {}))
        except Untold:
            pass
        else:
            if changed >= CARRIED_ON:
                _keep(key, cells, asks, at, seen)
            return told
    cells = read(asks)
    if _size(cells) >= LEAST_KEPT:
        _keep(key, cells, asks, at, seen)
    return _told(cells)


def _carried_on(found: _Carried, asks: Sequence[Ask], at: datetime) -> tuple[Sequence[Cells], int]:
    """What was kept, with the changed deals as they are now and not as they were, less what slid out of its span since;
    how many deals changed."""
    scope, then = _widest(asks), found.at
    changed = changed_since(scope, then)
    if at < then or len(changed) > MOST_CHANGED:
        raise Untold
    gone, before, after = _around(found, asks, changed)
    asked = [*gone.values(), *before, *after]
    told = read(asked) if asked else []
    slid, was, now = (
        told[: len(gone)],
        told[len(gone) : len(gone) + len(before)],
        told[len(gone) + len(before) :],
    )
    cells = list(found.cells)
    for place, some in zip(gone, slid, strict=True):
        cells[place] = _changed(cells[place], some, {})
    if changed:
        cells = [_changed(*three) for three in zip(cells, was, now, strict=True)]
    return cells, len(changed)


def _around(
    found: _Carried, asks: Sequence[Ask], changed: list[int]
) -> tuple[dict[int, Ask], list[Ask], list[Ask]]:
    """What slid out of a span, by the place of who asks; then the changed deals as they were known then, and as they are."""
    gone, before = {}, []
    for place, (ask, since) in enumerate(zip(asks, found.since, strict=True)):
        span = replace(ask.span, since=since)
        if ask.slides and since != ask.span.since:
            gone[place] = replace(ask, span=replace(span, until=ask.span.since), without=changed)
        before.append(replace(ask, span=ended_at(span, found.at), only=changed))
    if not changed:
        return gone, [], []
    among = set(changed)
    late = [one for one in known_otherwise(found.at, _widest(asks)) if one.deal.pk in among]
    return (
        gone,
        [replace(ask, otherwise=late) for ask in before],
        [replace(ask, only=changed) for ask in asks],
    )


def _changed(cells: Cells, gone: Cells, come: Cells) -> Cells:
    """Part by part, without some and with others."""
    return {
        key: cells.get(key, NOTHING).changed(gone.get(key, NOTHING), come.get(key, NOTHING))
        for key in {**cells, **gone, **come}
    }


def _with_rivals(cells: Sequence[Cells], asks: Sequence[Ask], named: Named) -> list[Cells]:
    """With who lost to a competitor as it is known now; sums alone are told without."""
    places = [place for place, ask in enumerate(asks) if not ask.sums_only]
    found = list(cells)
    for place, lost in zip(places, lost_to_rivals([asks[place] for place in places], named), strict=True):
        found[place] = {key: replace(one, rivals=lost.get(key, 0)) for key, one in found[place].items()}
    return found


def _keep(key: str, cells: Sequence[Cells], asks: Sequence[Ask], at: datetime, seen: str) -> None:
    """Keep it as known at an instant, unless something is known by now that was not known by then."""
    if changed_since(_widest(asks), at):
        return
    since = [ask.span.since.isoformat() if ask.span.since is not None else None for ask in asks]
    plain = {"at": at.isoformat(), "since": since, "cells": [_plain(some) for some in cells]}
    kept.keep(key, at, plain, seen, alone=True)


def _widest(asks: Sequence[Ask]) -> Scope:
    """A scope of all deals that any of them counts; their owner is one."""
    units = [ask.scope.units for ask in asks]
    every = None if None in units else tuple({one for some in units for one in some or ()})
    return replace(asks[0].scope, units=every)


def _key(name: str, asks: Sequence[Ask]) -> str:
    """All that is asked, as one name; where a span moves on with the present, not how far it has come."""
    return kept.key_of(name, [_said(ask) for ask in asks])


def _said(ask: Ask) -> tuple[Any, ...]:
    span, parts = ask.span, ask.parts
    when = () if ask.slides else (str(span.since), str(span.until), str(span.known))
    funnels = sorted(ask.funnels) if ask.funnels is not None else None
    edges = [str(edge) for edge in parts.edges]
    return *when, parts.by, edges, funnels, ask.scope.owner, whose_plain(ask.scope), ask.sums_only


def _size(cells: Sequence[Cells]) -> int:
    """How many deals say something of what most of them tell."""
    counts = (sum(one.rate.won + one.rate.lost + one.rate.created for one in some.values()) for some in cells)
    return max(counts)


def _told(cells: Sequence[Cells]) -> list[dict[Key, Closing]]:
    return [{key: one.told for key, one in some.items()} for some in cells]


def _plain(cells: Cells, margin: int | None = None) -> list[Any]:
    """As it is kept: of medians no more than they may come to be."""
    return [
        [key, _rate(one.rate), *(_took(lengths, margin) for lengths in (one.won, one.lost))]
        for key, one in cells.items()
    ]


def _rate(rate: WinRate) -> list[Any]:
    amounts = str(rate.won_amount), str(rate.lost_amount)
    return [rate.won, rate.lost, *amounts, rate.created, rate.created_won, rate.created_open]


def _took(lengths: Took, margin: int | None) -> list[Any]:
    return [lengths.count, lengths.took, lengths.quick, lengths.middle.narrowed(margin).plain()]


def _cells(rows: Sequence[Any]) -> dict[Key, Closed]:
    """From what was kept."""
    found = {}
    for key, (won, lost, won_amount, lost_amount, *created), won_took, lost_took in rows:
        rate = WinRate(won, lost, Decimal(won_amount), Decimal(lost_amount), timedelta(0), 0, *created)
        found[key] = Closed(rate, _lengths(*won_took), _lengths(*lost_took))
    return found


def _lengths(count: int, took: int, quick: int, middle: Sequence[Any]) -> Took:
    return Took(count, took, quick, Middle.read(middle))
