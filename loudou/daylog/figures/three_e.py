"""The 3E board (`domain.md` M44): counts of people and days, and the rates they make."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from statistics import median

from loudou.kernel.numbers import Ratio
from loudou.kernel.workdays import WorkCalendar

MOST = Decimal("0.5")  # of those on duty more than this share is to be checked in the morning (大多数)
WINDOW = (time(17), time(18))
KEY_FIELDS = ("place", "customer", "persons", "result")


def in_window(reported_at: datetime, zone: tzinfo) -> bool:
    """Whether an evening call began between 17:00 and 18:00, both included."""
    clock = reported_at.astimezone(zone).time()
    return WINDOW[0] <= clock <= WINDOW[1]


def last_told(now: datetime, calendar: WorkCalendar, zone: tzinfo) -> date:
    """The last working day that has something to tell: today only once the evening calls of it have begun."""
    local = now.astimezone(zone)
    day = local.date()
    return calendar.latest(day if local.time() >= WINDOW[0] else day - timedelta(days=1))


@dataclass(frozen=True)
class ThreeE:
    """What was counted of some people on some days. `answers` are hours from a call for help to its answer."""

    on_duty: int = 0
    checked: int = 0
    punctual: int = 0
    reported: int = 0
    items_due: int = 0
    items_closed: int = 0
    pairs: int = 0
    differing: int = 0
    unpaired: int = 0
    logs: int = 0
    sampled: int = 0
    verified: int = 0
    false: int = 0
    unverifiable: int = 0
    help_asked: int = 0
    answers: tuple[Decimal, ...] = field(default=())

    def __add__(self, other: ThreeE) -> ThreeE:
        return ThreeE(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def coverage(self) -> Ratio:
        """晨检覆盖率: checked in the morning ÷ on duty."""
        return Ratio.of(self.checked, self.on_duty)

    @property
    def covers_most(self) -> bool | None:
        """Whether more than half were checked; None where nobody was on duty."""
        return None if self.coverage.value is None else self.coverage.value > MOST

    @property
    def punctuality(self) -> Ratio:
        """准时到岗率: on time ÷ checked."""
        return Ratio.of(self.punctual, self.checked)

    @property
    def evening(self) -> Ratio:
        """晚汇报及时率: reported between 17:00 and 18:00 ÷ on duty."""
        return Ratio.of(self.reported, self.on_duty)

    @property
    def closing(self) -> Ratio:
        """日清率: items closed on the day they were due ÷ items due."""
        return Ratio.of(self.items_closed, self.items_due)

    @property
    def compared(self) -> int:
        """How many key fields were compared."""
        return self.pairs * len(KEY_FIELDS)

    @property
    def agreement(self) -> Ratio:
        """双日志一致率: matching ÷ compared key fields of both logs."""
        return Ratio.of(self.compared - self.differing, self.compared)

    @property
    def sampling(self) -> Ratio:
        """抽查率: logs checked on the spot ÷ logs handed in."""
        return Ratio.of(self.sampled, self.logs)

    @property
    def verifiable(self) -> int:
        """How many checks could be decided: who cannot be reached is left out and listed."""
        return self.verified + self.false

    @property
    def truth(self) -> Ratio:
        """真实率: verified ÷ verifiable."""
        return Ratio.of(self.verified, self.verifiable)

    @property
    def support_hours(self) -> Ratio:
        """支持响应: the median of the hours from asking to the answer."""
        if not self.answers:
            return Ratio.missing("no_base")
        return Ratio(Decimal(median(self.answers)))
