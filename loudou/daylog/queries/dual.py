"""Both logs of a day beside each other."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Dual:
    """Both logs of a day: the stops as written and, by key, as heard, and how they compare."""

    desk: DeskLog | None
    written: list[Line]
    heard: dict[int, Line]

    @property
    def comparison(self) -> Comparison:
        """What was written beside what was heard; nothing is compared where no evening call took place."""
        if self.desk is None or self.desk.reported_at is None:
            return Comparison(())
        return compare([line.said for line in self.written], [line.said for line in self.heard.values()])


def dual(log: DayLog) -> Dual:
    """A log beside what the control desk heard of the same day."""
    return Dual(desk_log_of(log), _written(log), heard_of(log))


def stops_for(reader: User, log: DayLog) -> tuple[list[Line], list[Line]]:
    """The stops of a day with their customers: as written, and as heard for who may compare."""
    return _written(log), list(heard_of(log).values()) if may_compare(reader, log) else []


def heard_of(log: DayLog) -> dict[int, Line]:
    """The stops of the day as the control desk heard them, by key."""
    lines = Line.objects.filter(desk_log__user=log.user_id, desk_log__day=log.day)
    return {line.pk: line for line in lines.select_related("customer").defer("customer__search")}


def _written(log: DayLog) -> list[Line]:
    return list(log.lines.select_related("customer").defer("customer__search"))
