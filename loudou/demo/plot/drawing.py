"""Drawing the story: its days, its numbers, and what the whole company does."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from loudou.demo import extras
from loudou.demo.cast import CAST
from loudou.demo.plot.acts import MONTHS, ZONE, Act, Seller, wins_of
from loudou.demo.plot.career import Career
from loudou.demo.tempers import Coming, temper
from loudou.kernel.periods import Fiscal, Grain, Period, add_months, midnight
from loudou.kernel.workdays import WorkCalendar

FORECAST_MONTHS = 7
QUARTER = 450_000  # what an ordinary seller wins in the story's first quarter; a year later two and a half times that


class Plot:
    """Draws the story of eighteen months that end on `until`."""

    def __init__(self, *, seed: int, until: date, calendar: WorkCalendar) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a story, not a secret
        self.calendar = calendar
        self.until = until
        self.begin = add_months(until.replace(day=1), -MONTHS)
        self.acts: list[Act] = []
        self.numbers: dict[str, int] = {}
        self.customers: dict[str, list[str]] = {}
        self.contacts: dict[str, list[str]] = {}
        self.since: dict[str, datetime] = {}
        self.names: set[str] = set()
        self.over: set[str] = set()
        self.won: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
        self.end = datetime.combine(until, time(18, 30), ZONE).astimezone(UTC)

    def draw(self) -> list[Act]:
        """All acts in order of time."""
        for seller in self.sellers():
            Career(self, seller).live()
        self._forecast()
        self.acts = [act for act in self.acts if act.at <= self.end]
        self.acts.sort()
        return self.acts

    def _forecast(self) -> None:
        """Month by month people, managers and directors hand in what they expect; this month week by week."""
        told = sorted(self.acts)
        for back in range(FORECAST_MONTHS, -1, -1):
            month = add_months(self.until.replace(day=1), -back)
            locked = self.calendar.days(Period(month, add_months(month, 1)))[2]
            self.add(self.instant(locked, 18.2), "lock", "linjing", f"{month:%Y-%m}")
            monday = locked - timedelta(days=locked.weekday())
            self.over ^= set(self._coming(told, self.instant(monday, 10.5), month))
            self._date(told, self.instant(monday, 9.1), month)
            weeks = range(0, (self.until - monday).days + 1, 7) if back == 0 else range(1)
            for week in weeks:
                first = self.calendar.add(monday + timedelta(days=week), 0)
                for level, day, hour in (
                    ("rep", first, 10.5),
                    ("manager", first, 16.0),
                    ("director", first, 34.8),
                ):
                    at = self.instant(day, hour)
                    coming = self._coming(told, at, month)
                    self.add(at, "forecast", "linjing", f"{month:%Y-%m}", level=level, coming=coming)

    def _date(self, told: Sequence[Act], at: datetime, month: date) -> None:
        """Before they hand in, careful sellers give what they see coming in a month its date there."""
        first, end = max(at.astimezone(ZONE).date(), month), add_months(month, 1)
        expected: dict[str, date] = {}
        for act in told:
            if act.kind in ("open", "push") and act.at < at:
                expected[act.about] = act.with_["expected_on"]
        for won, who, about in wins_of(told):
            day = won.astimezone(ZONE).date()
            if not first <= day < end or about not in expected:
                continue
            if not first <= expected[about] < end and self.chance.random() < temper(who).care:
                sooner = expected[about] > day
                reason = "客户定了签约的日子" if sooner else "客户补完审批，本月可签"
                self.add(at, "push", who, about, expected_on=day, reason=reason)

    def _coming(self, told: Sequence[Act], at: datetime, month: date) -> dict[str, Coming]:
        """What a month will still bring of what is open at an instant, by seller; each errs above and below in turn."""
        begin, end = max(at, midnight(month, ZONE)), midnight(add_months(month, 1), ZONE)
        found: dict[str, Decimal] = defaultdict(Decimal)
        worth: dict[str, Decimal] = {}
        for act in told:
            if act.kind == "open" and act.at < at:
                worth[act.about] = act.with_["amount"]
            elif act.kind == "reprice" and act.about in worth:
                worth[act.about] *= Decimal(str(act.with_["factor"]))
        for won, who, about in wins_of(told):
            if begin <= won < end and about in worth:
                found[who] += worth[about]
        return {who: Coming(amount, who in self.over) for who, amount in found.items()}

    def add(self, at: datetime, kind: str, who: str, about: str = "", /, **with_: Any) -> None:
        """Put an act into the story."""
        self.acts.append(Act(at, len(self.acts), kind, who, about, with_))

    def instant(self, day: date, hour: float | None = None) -> datetime:
        """A moment of a working day (the day itself, or the next one), within office hours unless said."""
        day = self.calendar.add(day, 0)
        hour = self.chance.uniform(8.8, 17.6) if hour is None else hour
        return datetime.combine(day, time(), ZONE).astimezone(UTC) + timedelta(seconds=int(hour * 3600))

    def later(self, at: datetime, days: float) -> datetime:
        """A moment so many days on, moved into a working day's office hours, and always after `at`."""
        target = (at + timedelta(days=max(days, 0.05))).astimezone(ZONE)
        if self.calendar.works(target.date()) and 8.5 <= target.hour + target.minute / 60 <= 18:
            return target.astimezone(UTC)
        moved = self.instant(target.date() + timedelta(days=int(target.hour >= 18)))
        return moved if moved > at else self.instant(target.date() + timedelta(days=1))

    def code(self, prefix: str, day: date) -> str:
        """The next number of its kind and month: `SJ-2511-012`."""
        key = f"{prefix}-{day:%y%m}"
        self.numbers[key] = self.numbers.get(key, 0) + 1
        return f"{key}-{self.numbers[key]:03d}"

    def pick(self, weighted: Sequence[tuple[str, int]]) -> str:
        """One of several, by weight."""
        return self.chance.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]

    def sold(self, seller: Seller, at: datetime, amount: Decimal) -> None:
        """Note what a seller won."""
        self.won[seller.role.username, self._quarter(at)] += amount

    def carried(self, seller: Seller, at: datetime) -> float:
        """The share of what they carry of an instant's quarter that a seller has won, as far as it is drawn."""
        quarter = self._quarter(at)
        months = (quarter.year - self.begin.year) * 12 + quarter.month - self.begin.month
        worth = QUARTER * (1 + max(months, 0) / 8) * temper(seller.role.username).carries
        return float(self.won[seller.role.username, quarter]) / worth

    def _quarter(self, at: datetime) -> date:
        return Fiscal().of(at.astimezone(ZONE).date(), Grain.QUARTER).start

    def sellers(self) -> list[Seller]:
        """Everybody who sells, with the stretch they are there."""
        regions = {"D1": "CENTER", "D2": "CENTER", "D3": "CENTER", "S1": "SOUTH", "N1": "NORTH"}
        sellers = []
        for role in (*CAST, *extras.OTHERS):
            if "rep" not in role.roles:
                continue
            ways = temper(role.username)
            last = add_months(self.begin, ways.leaves) if ways.leaves is not None else self.until
            funnel = "channel" if role.unit == "D3" else "b2b"
            sellers.append(Seller(role, regions[role.unit], funnel, add_months(self.begin, ways.joins), last))
        return sellers
