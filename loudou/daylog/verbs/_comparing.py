"""Counting anew how the two logs of a day agree, whenever one of them has changed."""

from __future__ import annotations

from loudou.daylog.figures.flags import MISMATCH, place_mismatch
from loudou.daylog.models import DayLog, DeskLog
from loudou.daylog.queries.dual import dual


def recompare(desk_or_log: DayLog | DeskLog) -> None:
    """Set the counts of the day's current log, and the red flag of places that differ."""
    key = {"user_id": desk_or_log.user_id, "day": desk_or_log.day}
    log = DayLog.objects.current().filter(**key).first()
    if log is None:
        return
    found = dual(log).comparison
    log.pairs, log.differing, log.unpaired = len(found.pairs), found.differing, found.unpaired
    others = [flag for flag in log.flags if flag != MISMATCH]
    log.flags = [*others, MISMATCH] if place_mismatch(found) else others
    log.save(update_fields=["pairs", "differing", "unpaired", "flags"])
