"""Both logs of a day beside each other."""

from __future__ import annotations

from loudou.daylog.figures.dual import Comparison, compare
from loudou.daylog.models import DayLog, DeskLog, Line
from loudou.people.access import may
from loudou.people.models import User


def may_compare(reader: User, log: DayLog) -> bool:
    """Whether somebody may see what the desk heard beside a log.

    Its author once it is final or was asked about.
    """
    return may(reader, "daylog.compare", log) and (not log.hides_from(reader) or log.queries.exists())


def desk_log_of(log: DayLog) -> DeskLog | None:
    """The control desk's log of the same day."""
    return (
        DeskLog.objects.filter(user=log.user_id, day=log.day)
        .select_related("checked_by", "reported_by")
        .first()
    )


def comparison(log: DayLog) -> Comparison:
    """What was written beside what was heard; nothing is compared where no evening call took place."""
    desk = desk_log_of(log)
    if desk is None or desk.reported_at is None:
        return Comparison(())
    written = [line.said for line in Line.objects.filter(log=log)]
    heard = [line.said for line in Line.objects.filter(desk_log=desk)]
    return compare(written, heard)


def stops_for(reader: User, log: DayLog) -> tuple[list[Line], list[Line]]:
    """The stops of a day with their customers: as written, and as heard for who may compare."""
    written = log.lines.select_related("customer").defer("customer__search")
    return list(written), list(heard_of(log).values()) if may_compare(reader, log) else []


def heard_of(log: DayLog) -> dict[int, Line]:
    """The stops of the day as the control desk heard them, by key."""
    lines = Line.objects.filter(desk_log__user=log.user_id, desk_log__day=log.day)
    return {line.pk: line for line in lines.select_related("customer").defer("customer__search")}
