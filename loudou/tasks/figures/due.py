"""How urgent a task is by its due date."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

OVERDUE, TODAY, WEEK, LATER, SOMEDAY = "overdue", "today", "week", "later", "someday"
WHEN = (OVERDUE, TODAY, WEEK, LATER, SOMEDAY)
SOON = timedelta(days=7)  # what is due within these days, today among them, is this week's


def when(due_on: date | None, due_time: time | None, now: datetime) -> str:
    """Overdue, today, within seven days, later, or someday (no date); `now` in the organisation's time zone.

    A task with a time is overdue from that minute, one without when its day is over.
    """
    if due_on is None:
        return SOMEDAY
    today = now.date()
    if due_on < today or (due_on == today and due_time is not None and due_time <= now.time()):
        return OVERDUE
    if due_on == today:
        return TODAY
    return WEEK if due_on < today + SOON else LATER
