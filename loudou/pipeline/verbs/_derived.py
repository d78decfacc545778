"""The rows that follow from a deal's history: its states, visits and courses, as lines of their columns' values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from loudou.people.queries import organisation
from loudou.pipeline.figures.courses import Course as Way
from loudou.pipeline.figures.deliveries import Share, stretches
from loudou.pipeline.figures.history import History, Stand, Stay
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.courses import courses_of

Line = tuple[Any, ...]
_KEYS = ("stage", "owner", "unit", "left_to", "left_owner", "left_unit")


def _columns(names: Iterable[str]) -> tuple[str, ...]:
    """The columns in which figures are kept; what they know by its key has `_id` at the end."""
    return tuple(f"{name}_id" if name in _KEYS else name for name in names)


# What a deal's plan of deliveries came to has rows of its own.
STATE = ("deal_id", "seq", "funnel_id", *_columns(name for name in Stand._fields if name != "plan"))
VISIT = ("deal_id", "seq", "funnel_id", "legacy", *_columns(Stay._fields), "again")
COURSE = ("deal_id", *_columns(Way._fields))
DELIVERY = ("deal_id", "seq", "since", "until", "place", *Share._fields)


def state_lines(deal: Deal, history: History) -> Iterator[Line]:
    """A deal's states, by the columns of `STATE`."""
    for seq, stand in enumerate(history.stands):
        yield (deal.pk, seq, deal.funnel_id, *stand[:-1])


def visit_lines(deal: Deal, history: History) -> Iterator[Line]:
    """A deal's visits, by the columns of `VISIT`."""
    for seq, stay in enumerate(history.stays):
        yield (deal.pk, seq, deal.funnel_id, deal.legacy, *stay, stay.again)


def course_lines(deal: Deal, history: History, order: Mapping[int, int]) -> Iterator[Line]:
    """A deal's courses, by the columns of `COURSE`; none where its dates are not known (C21)."""
    if deal.legacy:
        return
    for way in courses_of(history, deal.funnel_version_id, order):
        yield (deal.pk, *way)


def delivery_lines(deal: Deal, history: History) -> Iterator[Line]:
    """The parts a deal was planned to be delivered in, by the columns of `DELIVERY`."""
    if not deal.planned:
        return
    seq = 0
    for since, until, parts in stretches(history.stands, organisation().base_unit):
        for place, share in enumerate(parts):
            yield (deal.pk, seq, since, until, place, *share)
            seq += 1
