"""Looking for what makes a log suspicious."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from loudou.daylog.figures.flags import Stop, batch_filled, impossible_travel, near_duplicate
from loudou.daylog.models import DayLog, Line
from loudou.fieldwork.models import Activity

COMPARED = 20


def flags_of(log: DayLog, lines: Sequence[Line]) -> list[str]:
    """The red flags of a log that is being handed in; whether its places are others than heard is seen beside the desk's."""
    former = DayLog.objects.current().filter(user=log.user_id, day__lt=log.day).order_by("-day")[:COMPARED]
    texts = [_text(one, list(one.lines.all())) for one in former.prefetch_related("lines")]
    stops = [
        Stop(line.at, line.customer.region)
        for line in lines
        if line.at is not None and line.customer is not None
    ]
    recorded = Activity.objects.known().filter(
        owner=log.user_id, day__range=(log.day - timedelta(days=1), log.day)
    )
    found = {
        "near_duplicate": near_duplicate(_text(log, lines), texts),
        "impossible_travel": impossible_travel(stops),
        "batch_filled": batch_filled(recorded.order_by("recorded_at").values_list("recorded_at", flat=True)),
    }
    return [name for name, so in found.items() if so]


def _text(log: DayLog, lines: Sequence[Line]) -> str:
    return " ".join([*(f"{line.topics} {line.result}" for line in lines), log.reflection])
