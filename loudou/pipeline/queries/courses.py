"""A deal's courses through the stages of the version of its funnel that it is on (`figures/courses.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import filterfalse

from loudou.pipeline.figures.courses import Course, courses, stages_in_order
from loudou.pipeline.figures.history import History
from loudou.pipeline.queries.funnels import spec_of, specs, version_at


def courses_of(history: History, version: int, order: Mapping[int, int]) -> Iterator[Course]:
    """A deal's course through every stage it reached; `order` is that of its funnel's stages.

    A stage that a changed funnel brought is none of a deal that was beyond it before it was taken over: it did not jump
    over what was not there (M02), and came straight to the next one (M08).
    """
    stages = stages_in_order([spec.stage_id for spec in specs(version)], history, order)
    found = courses(history, stages)
    if not history.migrated:
        return found
    ways = list(found)
    later = {way.stage for way in ways if _came_later(way, history, version)}
    return courses(history, list(filterfalse(later.__contains__, stages))) if later else iter(ways)


def _came_later(way: Course, history: History, version: int) -> bool:
    """Whether the funnel had no such stage yet when the deal would have jumped over it."""
    if way.entered_at is not None or way.reached_at >= history.migrated[-1]:
        return False
    return spec_of(version_at(version, history.migrated, way.reached_at), way.stage) is None
