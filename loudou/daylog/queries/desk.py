"""The control desk's list: who is on duty on a day, whom it has called, what they had planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from loudou.daylog.models import DeskLog, Item
from loudou.daylog.queries.duty import duties
from loudou.insight.figures.scope import Scope, always
from loudou.kernel.periods import Period
from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import User
from loudou.people.queries import organisation

MOST = 200


@dataclass(frozen=True)
class Call:
    """One person on the list."""

    user: User
    desk: DeskLog | None
    planned: list[str] = field(default_factory=list)

    @property
    def is_checked(self) -> bool:
        """Whether the morning call is done."""
        return self.desk is not None and self.desk.checked_at is not None

    @property
    def is_heard(self) -> bool:
        """Whether the evening call is done."""
        return self.desk is not None and self.desk.reported_at is not None


def call_of(user: User, desk: DeskLog) -> Call:
    """One person's line of a day's list, as it stands after a call."""
    planned = Item.objects.filter(user=user, due_on=desk.day).order_by("pk").values_list("text", flat=True)
    return Call(user, desk, list(planned))


def calls(day: date, calendar: WorkCalendar, units: Iterable[int] | None) -> list[Call]:
    """Everybody on duty on a day, by name; on a day without work nobody is."""
    days = calendar.days(Period(day, date.fromordinal(day.toordinal() + 1)))
    scope = Scope(units=always(units) if units is not None else None)
    on_duty = duties(days, scope, organisation().zone)
    keys = [duty.user.pk for duty in on_duty]
    logs = {desk.user_id: desk for desk in DeskLog.objects.filter(day=day, user__in=keys)}
    planned: dict[int, list[str]] = defaultdict(list)
    for user, text in (
        Item.objects.filter(user__in=keys, due_on=day).order_by("pk").values_list("user", "text")
    ):
        planned[user].append(text)
    return [Call(duty.user, logs.get(duty.user.pk), planned[duty.user.pk]) for duty in on_duty]
