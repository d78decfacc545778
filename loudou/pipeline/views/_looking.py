"""What board and list have in common: the lens of a request, its bar of filters, and the board put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from loudou.kernel import clock
from loudou.people.access import reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import User
from loudou.people.web import PersonRequest
from loudou.pipeline import words
from loudou.pipeline.lens import SORTS, DealLens
from loudou.pipeline.models import Deal, Funnel, StageSpec
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.queries import board as read
from loudou.pipeline.queries import lists
from loudou.pipeline.queries.flags import urgent, watched
from loudou.pipeline.queries.funnels import every_spec, viewable_funnels
from loudou.ui.paging import cursor

BOARD_SORTS = ("amount", "due", "next", "age", "touched")


MOST_COUNTED = 200  # of what is urgent or wants watching: who has more than that opens the list


@dataclass
class Board:
    """A funnel's board as one person sees it."""

    funnel: Funnel
    lens: DealLens
    columns: list[read.Column]
    urgent: int = 0
    watched: int = 0
    sums: read.Sums = field(default_factory=read.Sums)


def look(request: PersonRequest) -> DealLens:
    """What the request asks to see."""
    return DealLens.read(request.GET, request.user)


def bar(request: PersonRequest, lens: DealLens, page: str, sorts: Sequence[str]) -> dict[str, Any]:
    """What the bar of filters shows on `page`."""
    return {
        "section": "pipeline",
        "lens": lens,
        "page": page,
        "chips": list(words.chips(lens)),
        "periods": [(name, words.period(value, lens)) for name, value in lens.period_choices()],
        "due": words.period(lens.due, lens) if lens.due else "",
        "orders": [(name, words.ORDERS[name]) for name in sorts],
        "told": words.told,
        "expected": words.expected(),
    }


def funnels_of(user: User) -> list[Funnel]:
    """The funnels whose boards a person may look at."""
    far = reach(user, "pipeline.see")
    return viewable_funnels(user, None if far is Reach.ALL else unit_ids(user, far))


def on_board(lens: DealLens, funnel: Funnel) -> DealLens:
    """The lens as a board takes it: one funnel, its open deals or else the resting ones, largest first."""
    resting = lens.outcome == Outcome.ON_HOLD
    outcome = Outcome.ON_HOLD.value if resting else Outcome.OPEN.value
    return replace(lens, funnel=None, stage=None, outcome=outcome, sort=lens.sort or "amount")


def put_together(lens: DealLens, funnel: Funnel) -> Board:
    """The board: column heads over all deals, the first cards of each, what is urgent and what wants watching."""
    now, today = clock.now(), lens.company.today
    specs = specs_by_key(funnel)
    sums = sums_of(lens, specs)
    columns = [
        column
        for column in read.columns(funnel)
        if column.spec.version_id == funnel.current_id or any(key in sums for key in column.keys)
    ]
    rows = read.first_keys(lens.deals, columns, lens.order)
    found = read.cards([row[0] for some in rows.values() for row in some], specs, now, today)
    filled = [read.fill(column, sums, found, rows[place]) for place, column in enumerate(columns)]
    for place, column in enumerate(filled):
        if len(rows[place]) > read.CARDS:
            column.next = cursor(rows[place][read.CARDS - 1][1:])
    whole = (replace(lens, tone="") if lens.tone else lens).deals.filter(spec__in=specs)
    return Board(
        funnel,
        lens,
        filled,
        urgent=whole.filter(urgent(now, today))[: MOST_COUNTED + 1].count(),
        watched=whole.filter(watched(now, today))[: MOST_COUNTED + 1].count(),
        sums=sum((column.sums for column in filled), read.Sums()),
    )


def sums_of(lens: DealLens, specs: Mapping[int, StageSpec]) -> dict[int, read.Sums]:
    """What each stage holds: from the kept stock where the lens is by whom alone, else summed over its deals."""
    now = clock.now()
    if lens.is_narrowed:
        return read.deal_sums(lens.deals, specs, now)
    found = read.stock_sums(lens.whose, specs, now, resting=lens.outcome == Outcome.ON_HOLD)
    if lens.extra:
        beside = lens.among(Deal.objects.filter(lens.chosen, pk__in=lens.extra))
        for key, sums in read.deal_sums(beside, specs, now).items():
            found[key] = found.get(key, read.Sums()) + sums
    return found


def total_of(lens: DealLens) -> lists.Total:
    """What the list comes to: from the kept stock where the lens is by whom alone, else read up to the cap."""
    if not lens.is_by_whom:
        return lists.probe(lens.sought, lens.order)
    found = lists.stock_total(lens.whose, lens.resting)
    if not lens.extra:
        return found
    return found + lists.whole(lens.among(Deal.objects.filter(lens.chosen, pk__in=lens.extra)))


def specs_by_key(funnel: Funnel) -> dict[int, StageSpec]:
    """Every stage of every version of the funnel by its key."""
    return {spec.pk: spec for spec in every_spec(funnel)}


__all__ = ["BOARD_SORTS", "SORTS", "Board", "bar", "funnels_of", "look", "on_board", "put_together"]
