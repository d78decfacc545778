"""When and among whom the happenings of the demo company take place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from loudou.customers.models import Customer
from loudou.demo.plot import ZONE
from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import Unit, User
from loudou.pipeline.models import Deal

Told = tuple[datetime, Callable[[], object]]
A_DAY, A_WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class Setting:
    """The last day of the story, who is there, and which days are worked."""

    until: date
    people: Mapping[str, User]
    calendar: WorkCalendar

    def at(self, back: int, hour: float) -> datetime:
        """An hour of the last working day that lies so many days before the end."""
        return self.on(self.calendar.latest(self.until - back * A_DAY), hour)

    def on(self, day: date, hour: float) -> datetime:
        """An hour of a day."""
        return datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(hours=hour)

    def weeks(self, most: int) -> list[list[date]]:
        """The working days of the last whole or begun weeks, the earliest week first; weeks without one are left out."""
        monday = self.until - self.until.weekday() * A_DAY
        starts = [monday - place * A_WEEK for place in range(most - 1, -1, -1)]
        weeks = [[start + place * A_DAY for place in range(7)] for start in starts]
        worked = [[day for day in week if day <= self.until and self.calendar.works(day)] for week in weeks]
        return [week for week in worked if week]

    def team(self, unit: str) -> list[User]:
        """Who sells in a unit, by name; newcomers and leavers come and go as their days say."""
        there = [
            user
            for user in self.people.values()
            if user.unit is not None and user.unit.code == unit and "rep" in user.roles
        ]
        return sorted(there, key=lambda user: user.username)


def present(user: User, day: date) -> bool:
    """Whether somebody works there on a day."""
    fresh = User.objects.get(pk=user.pk)
    return (
        fresh.is_active
        and (fresh.joined_on is None or fresh.joined_on <= day)
        and (fresh.left_on is None or fresh.left_on > day)
    )


def unit_named(code: str) -> Unit:
    """A unit by its code."""
    return Unit.objects.get(code=code)


def customers_of(user: User, most: int, turn: int = 0) -> list[Customer]:
    """Some of somebody's customers, others each turn."""
    mine = list(Customer.objects.current().filter(owner=user).order_by("pk")[:40])
    if not mine:
        return []
    return [mine[(turn * most + place) % len(mine)] for place in range(min(most, len(mine)))]


def deal_of(user: User, turn: int = 0) -> Deal | None:
    """One of somebody's open deals, another each turn."""
    mine = list(Deal.objects.open().filter(owner=user).order_by("-base_amount", "pk")[:10])
    return mine[turn % len(mine)] if mine else None
