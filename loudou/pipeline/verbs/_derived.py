"""The rows that follow from a deal's history: its states, visits and courses, column by column.

COPY takes the lines as they are; a single act makes rows of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

from django.db import models

from loudou.pipeline.figures.courses import Course as Way
from loudou.pipeline.figures.courses import courses, stages_in_order
from loudou.pipeline.figures.history import History, Stand, Stay
from loudou.pipeline.models import Course, Deal, State, Visit
from loudou.pipeline.queries.funnels import specs

M = TypeVar("M", bound=models.Model)
Line = tuple[Any, ...]
_KEYS = ("stage", "owner", "unit", "left_to", "left_owner", "left_unit")


def _columns(names: Iterable[str]) -> tuple[str, ...]:
    """The columns in which figures are kept; what they know by its key has `_id` at the end."""
    return tuple(f"{name}_id" if name in _KEYS else name for name in names)


_STAND = tuple(field.name for field in fields(Stand))
_STAY = (*(field.name for field in fields(Stay)), "again")
_WAY = tuple(field.name for field in fields(Way))
STATE = ("deal_id", "seq", "funnel_id", *_columns(_STAND))
VISIT = ("deal_id", "seq", "funnel_id", "legacy", *_columns(_STAY))
COURSE = ("deal_id", *_columns(_WAY))
_of_stand, _of_stay, _of_way = attrgetter(*_STAND), attrgetter(*_STAY), attrgetter(*_WAY)


def state_lines(deal: Deal, history: History) -> Iterator[Line]:
    """A deal's states, by the columns of `STATE`."""
    for seq, stand in enumerate(history.stands):
        yield (deal.pk, seq, deal.funnel_id, *_of_stand(stand))


def visit_lines(deal: Deal, history: History) -> Iterator[Line]:
    """A deal's visits, by the columns of `VISIT`."""
    for seq, stay in enumerate(history.stays):
        yield (deal.pk, seq, deal.funnel_id, deal.legacy, *_of_stay(stay))


def course_lines(deal: Deal, history: History, order: Mapping[int, int]) -> Iterator[Line]:
    """A deal's courses, by the columns of `COURSE`; none where its dates are not known (C21)."""
    if deal.legacy:
        return
    version = [spec.stage_id for spec in specs(deal.funnel_version_id)]
    for way in courses(history, stages_in_order(version, history, order)):
        yield (deal.pk, *_of_way(way))


def states_of(deal: Deal, history: History) -> list[State]:
    """The rows of a deal's states."""
    return _rows(State, STATE, state_lines(deal, history))


def visits_of(deal: Deal, history: History) -> list[Visit]:
    """The rows of a deal's visits."""
    return _rows(Visit, VISIT, visit_lines(deal, history))


def courses_of(deal: Deal, history: History, order: Mapping[int, int]) -> list[Course]:
    """The rows of a deal's courses."""
    return _rows(Course, COURSE, course_lines(deal, history, order))


def _rows(model: type[M], columns: Sequence[str], lines: Iterable[Line]) -> list[M]:
    return [model(**dict(zip(columns, line, strict=True))) for line in lines]
