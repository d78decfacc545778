"""The discipline of visits: what a plan asks for, by when a record is due, which visits their signatures let count.

`domain.md` C3, M40, M41.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta
from decimal import Decimal

from loudou.kernel.numbers import Ratio
from loudou.kernel.workdays import WorkCalendar

MOST_OBJECTIVES = 3
MOST_QUESTIONS = 6
RECORD_DUE = timedelta(hours=24)  # later is late
RECORD_LOCKED = timedelta(hours=72)  # later is never: the visit does not count (R122)
SIGNED_AFTER = timedelta(hours=24)  # an emergency visit is signed within this, or does not count
REVIEW_DAYS = 2  # working days
SUBMIT_BY = time(18)  # of the working day before
MOST_EMERGENCIES = Decimal("0.2")  # of what is executed


def is_short_notice(submitted: datetime, starts: datetime, calendar: WorkCalendar) -> bool:
    """Whether a plan came later than 18:00 of the working day before its visit; both in local time."""
    day = starts.date() - timedelta(days=1)
    while not calendar.works(day):
        day -= timedelta(days=1)
    return submitted > datetime.combine(day, SUBMIT_BY, submitted.tzinfo)


def is_backed(*, emergency: bool, executed: datetime, approved: datetime | None) -> bool:
    """Whether a visit has the signature without which it does not count: before it, or within a day in an emergency."""
    if approved is None:
        return False
    return approved - executed <= SIGNED_AFTER if emergency else approved <= executed


def record_state(executed: datetime, recorded: datetime | None, now: datetime) -> str:
    """`on_time`, `late`, `due`, `overdue` or `locked`: how the record of a visit stands."""
    if recorded is not None:
        return "on_time" if recorded - executed <= RECORD_DUE else "late"
    waited = now - executed
    if waited > RECORD_LOCKED:
        return "locked"
    return "due" if waited <= RECORD_DUE else "overdue"


@dataclass(frozen=True)
class Discipline:
    """What was planned, made and recorded in a period.

    `due`: signed plans whose time has come, without those the customer called off; `kept` of them were made. `made`:
    all visits made in the period, by check-in or recorded without any plan; `signed_first` had their signature
    before, `emergencies` were begun on a superior's word, `unplanned` have no plan at all. `valid` count (M40),
    `valid_unplanned` of them without a plan signed first. Records: `on_time`, `late`, `locked` (never written), and
    `owed`, still to come.
    """

    due: int = 0
    kept: int = 0
    made: int = 0
    signed_first: int = 0
    emergencies: int = 0
    unplanned: int = 0
    valid: int = 0
    valid_unplanned: int = 0
    on_time: int = 0
    late: int = 0
    locked: int = 0
    owed: int = 0

    def __add__(self, other: Discipline) -> Discipline:
        sums = {item.name: getattr(self, item.name) + getattr(other, item.name) for item in fields(self)}
        return Discipline(**sums)

    @property
    def completion(self) -> Ratio:
        """Plans executed ÷ plans signed and due (M41)."""
        return Ratio.of(self.kept, self.due)

    @property
    def compliance(self) -> Ratio:
        """Executed with the signature before ÷ executed (M41)."""
        return Ratio.of(self.signed_first, self.made)

    @property
    def unplanned_share(self) -> Ratio:
        """Valid unplanned ÷ all valid (M41)."""
        return Ratio.of(self.valid_unplanned, self.valid)

    @property
    def emergency_share(self) -> Ratio:
        """Emergencies ÷ executed; at most a fifth (C3)."""
        return Ratio.of(self.emergencies, self.made)

    @property
    def punctuality(self) -> Ratio:
        """Records on time ÷ records that were due."""
        return Ratio.of(self.on_time, self.on_time + self.late + self.locked)

    @property
    def too_many_emergencies(self) -> bool:
        """Whether more than a fifth of the visits were emergencies."""
        return self.emergency_share.value is not None and self.emergency_share.value > MOST_EMERGENCIES
