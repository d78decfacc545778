"""The few facts that had happened before an instant and were not known by then (B0.1), found by how late they came."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, DateTimeField, Func, Value

from loudou.pipeline.models.lasting import STEPS, Lasting

KEYS: ArrayField[list[int], list[int]] = ArrayField(BigIntegerField())

# Each step of each span is looked through for itself: joined, all that ever came late would be read.
_LATE = """ARRAY(
  SELECT late.deal_id FROM (VALUES %(expressions)s) AS span (first, last), (VALUES %(steps)s) AS step (number, longest),
    LATERAL (
      SELECT deal_id FROM pipeline_move
      WHERE known_at > at AND %(lateness)s = number
        AND at >= coalesce(first - longest, '-infinity') AND at < last AND known_at >= first
      OFFSET 0
    ) AS late
)"""
_SECONDS = [f"interval '{int(longest.total_seconds())} seconds'" for longest in STEPS]
_STEPS = ", ".join(f"({step}, {longest})" for step, longest in enumerate([*_SECONDS, "NULL"]))
_LATENESS = Lasting.template % {"expressions": "known_at - at"}


def came_late(spans: Iterable[tuple[datetime, datetime]]) -> Func:
    """Keys of the deals of which something had happened before the last instant of a span and became known at its first or
    later: an array. Of one instant the span has it twice.

    Of what came up to 8 days late nothing happened earlier than 8 days before: an index tells each step from one short
    stretch. In the order in which facts became known, all that came late since would be read.
    """
    edges = [[Value(at, DateTimeField()) for at in span] for span in spans]
    rows = [Func(*span, template="(%(expressions)s)", output_field=DateTimeField()) for span in edges]
    return Func(*rows, template=_LATE, steps=_STEPS, lateness=_LATENESS, output_field=KEYS)
