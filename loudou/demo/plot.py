"""The whole story as a list of acts, drawn before anything is told: the same seed gives the same story.

Nothing here knows the database. `story.py` tells the acts one after the other through verbs; since all chance is
spent here, a telling that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from loudou.demo import extras
from loudou.demo.cast import CAST, Role
from loudou.demo.tempers import SIGNING_DAYS, Temper, temper
from loudou.kernel.periods import Fiscal, Grain, Period, add_months
from loudou.kernel.workdays import WorkCalendar
from loudou.pipeline.presets import PRESETS
from loudou.pipeline.verbs import StagePlan

ZONE = ZoneInfo("Asia/Shanghai")
MONTHS = 18
FORECAST_MONTHS = 7
# Mean days in each stage and the chance of going on, by funnel.
STAYS = {"b2b": (15, 22, 21, 14), "channel": (12, 14, 24, 18, 30)}
CHANCES = {"b2b": (0.64, 0.60, 0.64, 0.86), "channel": (0.75, 0.75, 0.70, 0.80, 0.90)}
_THERE_ALREADY = (
    "customer",
    "amount",
    "expected_on",
    "next_step",
    "source",
    "lines",
)  # since the deal was opened
LOST_REASONS = (("price", 34), ("competitor", 20), ("product", 14), ("relation", 12), ("delivery", 8), ("no_budget", 8), ("credit", 4))  # fmt: skip
CANCEL_REASONS = (("no_decision", 50), ("no_budget", 30), ("cancelled_by_customer", 20))
INVALID_REASONS = (("duplicate", 35), ("no_need", 50), ("created_in_error", 15))


@dataclass(frozen=True, order=True)
class Act:
    """Something somebody does: when, in which order, what, by whom, to which deal or customer."""

    at: datetime
    number: int
    kind: str = field(compare=False)
    who: str = field(compare=False)
    about: str = field(compare=False, default="")
    with_: Mapping[str, Any] = field(compare=False, default_factory=dict)


@dataclass(frozen=True)
class Seller:
    """A person who sells, with their region, funnel and the stretch they are there."""

    role: Role
    region: str
    funnel: str
    first: date
    last: date


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
        self.end = datetime.combine(until, time(18, 30), ZONE).astimezone(UTC)

    def draw(self) -> list[Act]:
        """All acts in order of time."""
        for seller in self.sellers():
            _Career(self, seller).live()
        self._forecast()
        self.acts = [act for act in self.acts if act.at <= self.end]
        self.acts.sort()
        return self.acts

    def _forecast(self) -> None:
        """Month by month people, managers and directors hand in what they expect; this month week by week."""
        for back in range(FORECAST_MONTHS, -1, -1):
            month = add_months(self.until.replace(day=1), -back)
            locked = self.calendar.days(Period(month, add_months(month, 1)))[2]
            self.add(self.instant(locked, 18.2), "lock", "linjing", f"{month:%Y-%m}")
            monday = locked - timedelta(days=locked.weekday())
            weeks = range(0, (self.until - monday).days + 1, 7) if back == 0 else range(1)
            for week in weeks:
                first = self.calendar.add(monday + timedelta(days=week), 0)
                for level, day, hour in (
                    ("rep", first, 10.5),
                    ("manager", first, 16.0),
                    ("director", first, 34.8),
                ):
                    self.add(self.instant(day, hour), "forecast", "linjing", f"{month:%Y-%m}", level=level)

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


class _Career:
    """One seller's eighteen months: customers won over, deals opened month by month, perhaps a leave-taking."""

    def __init__(self, plot: Plot, seller: Seller) -> None:
        self.plot, self.seller, self.ways = plot, seller, temper(seller.role.username)
        self.open: list[_Deal] = []

    def live(self) -> None:
        month = self.seller.first
        while month < min(self.seller.last, self.plot.until):
            wanted = (
                self._growth(month)
                * self.ways.deals
                * (0.6 if self._month(month) == (self.ways.slump_from or 99) else 1.0)
            )
            days = sorted(self.plot.chance.randrange(28) for _ in range(self._about(wanted)))
            for day in days:
                self._deal(month, month + timedelta(days=day))
            month = add_months(month, 1)
        if self.seller.role.username == "zhaomin":
            self._whale()
        if self.ways.leaves is not None:
            self._leave()

    def _deal(self, month: date, day: date) -> None:
        plot = self.plot
        if day > plot.until:
            return
        at = plot.instant(day)
        customer = self._customer(at)
        deal = _Deal(plot, self.seller, self._ways_in(month), customer)
        deal.live(at)
        self.open.append(deal)

    def _whale(self) -> None:
        """The great deal that was as good as won, and was lost."""
        at = self.plot.instant(add_months(self.plot.begin, 10) + timedelta(days=6))
        deal = _Deal(
            self.plot, self.seller, Temper(skill=9, pace=1.4, care=1), self._customer(at, fresh=True)
        )
        deal.amount, deal.title = Decimal(12_600_000), "新能源电驱三条装配线"
        deal.fate = ["go", "go", "go", "lost:competitor"]
        deal.live(at)

    def _leave(self) -> None:
        """Hand every customer to a colleague, the open deals with it, then close the account."""
        me = self.seller.role
        heirs = [role.username for role in (*CAST, *extras.OTHERS) if role.manager == me.manager]
        heirs = [name for name in heirs if "rep" in _roles(name) and temper(name).leaves is None]
        at = self.plot.instant(self.seller.last, 10)
        for place, customer in enumerate(self.plot.customers.get(me.username, ())):
            moment, heir = at + timedelta(minutes=3 * place), heirs[place % len(heirs)]
            self.plot.add(moment, "hand_over", me.manager, customer, to=heir)
            for deal in self.open:
                if deal.customer == customer and deal.stands_at(moment):
                    deal.inherit(moment, heir)
        self.plot.add(at + timedelta(hours=7), "depart", "renli", me.username)

    def _customer(self, at: datetime, *, fresh: bool = False) -> str:
        plot = self.plot
        everybody = plot.customers.setdefault(self.seller.role.username, [])
        mine = [code for code in everybody if plot.since[code] < at]  # two deals of one day may change places
        if not fresh and len(mine) >= 4 and plot.chance.random() > 0.35:
            return plot.chance.choice(mine)
        city = plot.chance.choice(extras.CITIES[self.seller.region])
        ending, industry = plot.chance.choice(extras.TRADES)
        name = f"{city}{plot.chance.choice(extras.BRANDS)}{ending}"
        while name in plot.names:
            name = f"{city}{plot.chance.choice(extras.BRANDS)}{plot.chance.choice(extras.TRADES)[0]}"
        plot.names.add(name)
        code = plot.code("KH", at.date())
        people = []
        for part, positions in plot.chance.sample(extras.POSITIONS, k=plot.chance.choice((2, 3, 3, 4))):
            person = plot.chance.choice(extras.SURNAMES) + plot.chance.choice(extras.GIVEN)
            people.append({"name": person, "part": part, "title": plot.chance.choice(positions)})
        plot.contacts[code] = [person["name"] for person in people]
        plot.add(
            at - timedelta(minutes=20),
            "customer",
            self.seller.role.username,
            code,
            name=name,
            industry=industry,
            region=f"{extras.PROVINCES[city]} {city}",
            size=plot.chance.choice(extras.SIZES),
            source=plot.pick(
                (
                    ("visit", 30),
                    ("exhibition", 22),
                    ("referral", 18),
                    ("phone", 14),
                    ("web", 10),
                    ("partner", 6),
                )
            ),
            people=people,
            number=len(plot.names),
        )
        everybody.append(code)
        plot.since[code] = at
        return code

    def _ways_in(self, month: date) -> Temper:
        """The temper in force in a month: a slump halves the skill, neglect lets everything lie."""
        index, ways = self._month(month), self.ways
        if ways.slump_from is not None and index >= ways.slump_from:
            ways = replace(ways, skill=ways.skill * 0.45, care=0.55, pace=1.4)
        if ways.neglect_from is not None and index >= ways.neglect_from:
            ways = replace(ways, care=0.12, pace=2.4)
        return ways

    def _month(self, month: date) -> int:
        return (month.year - self.plot.begin.year) * 12 + month.month - self.plot.begin.month

    def _growth(self, month: date) -> float:
        """The company grows: more and more deals are opened as the months go by."""
        return 0.45 + 1.5 * self._month(month) / MONTHS

    def _about(self, mean: float) -> int:
        whole = int(mean)
        return whole + int(self.plot.chance.random() < mean - whole)


class _Deal:
    """The life of one deal, stage by stage."""

    def __init__(self, plot: Plot, seller: Seller, ways: Temper, customer: str) -> None:
        self.plot, self.seller, self.ways, self.customer = plot, seller, ways, customer
        self.who = seller.role.username
        self.manager = manager_of(seller.role)
        preset = next(preset for preset in PRESETS if preset.code == seller.funnel)
        self.stages: tuple[StagePlan, ...] = preset.stages
        self.stays, self.chances = STAYS[seller.funnel], CHANCES[seller.funnel]
        self.fate: list[str] = []
        self.code = ""
        self.began = self.ended = plot.end
        self.alive = True
        product = plot.chance.choice(extras.PRODUCTS[:16])
        pieces = plot.chance.choice((1, 1, 1, 2, 3)) if product[4] < 800_000 else 1
        self.lines = [(product[0], pieces, round(product[4] * plot.chance.uniform(0.88, 1.02), -3), "funnel")]
        if plot.chance.random() < 0.3:
            spare = plot.chance.choice(extras.PRODUCTS[16:])
            self.lines.append((spare[0], 1, spare[4], "erp"))
        self.amount = Decimal(int(pieces * self.lines[0][2]))
        self.title = f"{plot.chance.choice(extras.PROJECTS)}{product[1]}"
        self.expected = plot.until

    def live(self, at: datetime) -> None:
        plot, self.began = self.plot, at
        self.code = plot.code("SJ", at.date())
        self.expected = (at + timedelta(days=self._cycle() * plot.chance.uniform(0.75, 1.05))).date()
        plot.add(
            at,
            "open",
            self.who,
            self.code,
            customer=self.customer,
            title=self.title,
            funnel=self.seller.funnel,
            amount=self.amount,
            lines=self.lines if self.amount < 9_000_000 else [],
            expected_on=self.expected,
            next_step=self._next_step(),
            next_on=(at + timedelta(days=plot.chance.randint(2, 9))).date(),
            source=plot.pick(
                (("visit", 35), ("exhibition", 20), ("referral", 20), ("phone", 12), ("web", 13))
            ),
            people=plot.contacts[self.customer],
        )
        index = 0
        while index < len(self.stages) and self.alive:
            at, index = self._stay(index, at)
        self.ended = at

    def stands_at(self, at: datetime) -> bool:
        """Whether it is open at an instant."""
        return self.began < at < self.ended or (self.began < at and self.alive)

    def inherit(self, at: datetime, heir: str) -> None:
        """From an instant on the heir does what the leaver would have done."""
        mine = self.who
        for place, act in enumerate(self.plot.acts):
            if act.about == self.code and act.who == mine and act.at > at:
                self.plot.acts[place] = Act(act.at, act.number, act.kind, heir, act.about, act.with_)

    def _stay(self, index: int, at: datetime) -> tuple[datetime, int]:
        """One stay in a stage: what happens in it, how it ends, and where the deal stands then."""
        plot = self.plot
        days = plot.chance.lognormvariate(math.log(self.stays[index]), 0.42) * self.ways.pace
        if self.ways.hides:
            days = plot.chance.uniform(0.6, 1.6)
        leave = plot.later(at, days)
        if self.ways.rush and index == len(self.stages) - 1:
            leave = self._quarter_end(leave)
        fate = self.fate[index] if index < len(self.fate) else self._fate(index)
        self._upkeep(index, at, leave)
        self._show(index, at, leave, everything=fate in ("go", "back"))
        if fate == "hold":
            leave = self._rest(leave)
            fate = "go"
            self._show(index, at, leave, everything=True)
        if fate == "back" and index > 0:
            plot.add(leave, "back", self.who, self.code, to=index - 1, reason="客户换了负责人，需求重新确认")
            return leave, index - 1
        if fate in ("go", "back"):
            return self._go_on(index, leave)
        self._end(fate, leave)
        return leave, index

    def _go_on(self, index: int, at: datetime) -> tuple[datetime, int]:
        plot, following = self.plot, index + 1
        if following == len(self.stages):
            plot.add(at, "win", self.who, self.code)
            signed = plot.later(at, plot.chance.uniform(0.2, 1.6))
            plot.add(
                signed,
                "sign",
                plot.chance.choice(("linjing", "luoyi")),
                self.code,
                act="pipeline.win",
                **self._names(),
            )
            self.alive = signed > plot.end
            return signed, following
        plot.add(at, "move", self.who, self.code, to=following)
        if not self.stages[following].confirm_entry:
            return at, following
        signed = plot.later(at, plot.chance.uniform(0.1, 1.5) * SIGNING_DAYS.get(self.manager, 0.7) * 1.6)
        plot.add(signed, "sign", self.manager, self.code, act="pipeline.promotion", **self._names())
        return signed, following

    def _end(self, fate: str, at: datetime) -> None:
        plot = self.plot
        outcome, _, code = fate.partition(":")
        choices = {"lost": LOST_REASONS, "cancelled": CANCEL_REASONS, "invalid": INVALID_REASONS}[outcome]
        code = code or plot.pick(choices)
        rival = (
            plot.chance.choice(extras.RIVALS) if outcome == "lost" and code in ("competitor", "price") else ""
        )
        plot.add(at, outcome, self.who, self.code, code=code, review=extras.REVIEWS[code], lost_to=rival)
        checked = plot.later(at, plot.chance.uniform(0.5, 3.5))
        plot.add(checked, "sign", self.manager, self.code, act="pipeline.close_check", **self._names())
        if outcome == "lost" and plot.chance.random() < 0.03:
            again = plot.later(at, plot.chance.uniform(15, 70))
            plot.add(again, "reopen", self.manager, self.code, reason="客户预算重新批下，邀请我方再报")
            ended = plot.later(again, 12)
            review = extras.REVIEWS["price"]
            plot.add(ended, "lost", self.who, self.code, code="price", review=review, lost_to="")
            checked = plot.later(ended, 1.5)
            plot.add(checked, "sign", self.manager, self.code, act="pipeline.close_check", **self._names())
        self.alive = False

    def _fate(self, index: int) -> str:
        roll = self.plot.chance.random()
        if index > 0 and roll < 0.03:
            return "back"
        if roll < 0.06:
            return "hold"
        odds = self.chances[index] / (1 - self.chances[index]) * self.ways.skill
        if self.plot.chance.random() < odds / (1 + odds):
            return "go"
        if index == 0 and self.plot.chance.random() < 0.22:
            return "invalid"
        return "cancelled" if self.plot.chance.random() < 0.22 else "lost"

    def _show(self, index: int, at: datetime, leave: datetime, *, everything: bool) -> None:
        """Give the stage's evidence, contacts and competitor along the stay; all of it when the deal goes on."""
        plot, stage = self.plot, self.stages[index]
        wanted = [("evidence", item.code) for item in stage.evidence]
        wanted += [("field", name) for name in stage.required_fields]
        wanted += [("task", item.code) for item in stage.tasks]
        span = (leave - at).total_seconds()
        for kind, code in wanted:
            if code in _THERE_ALREADY or (kind == "task" and plot.chance.random() > 0.4):
                continue
            if not everything and plot.chance.random() > 0.5:
                continue
            moment = at + timedelta(seconds=span * plot.chance.uniform(0.08, 0.92))
            moment = min(
                max(plot.later(moment, 0.0), at + timedelta(minutes=4)), leave - timedelta(minutes=2)
            )
            note = plot.chance.choice(extras.EVIDENCE_NOTES).format(who=self._who(), day=f"{moment:%m-%d}")
            plot.add(
                moment,
                "show",
                self.who,
                self.code,
                stage=index,
                kind=kind,
                code=code,
                note=note,
                people=plot.contacts[self.customer],
            )

    def _upkeep(self, index: int, at: datetime, leave: datetime) -> None:
        """Next steps week by week, dates moved when they cannot be kept, now and then another amount or a note."""
        plot, care = self.plot, self.ways.care
        step = plot.later(at, plot.chance.uniform(4, 10))
        while step < leave:
            if plot.chance.random() < care:
                due = (step + timedelta(days=plot.chance.randint(3, 10))).date()
                plot.add(step, "next_step", self.who, self.code, next_step=self._next_step(), next_on=due)
            if plot.chance.random() < 0.12:
                plot.add(
                    step + timedelta(minutes=6),
                    "note",
                    self.who,
                    self.code,
                    text=plot.chance.choice(extras.REVIEWS_NOTES).format(who=self._who()),
                )
            step = plot.later(step, plot.chance.uniform(7, 14))
        rest = sum(self.stays[index + 1 :]) * self.ways.pace
        likely = (leave + timedelta(days=rest)).date()
        if likely > self.expected and plot.chance.random() < max(care, 0.3):
            self.expected = likely + timedelta(days=plot.chance.randint(5, 25))
            moment = plot.later(at, max((leave - at).days * 0.7, 0.1))
            if moment < leave:
                reason = plot.chance.choice(
                    ("客户评审推迟", "预算审批延后", "技术条款还要一轮", "等客户扩产批复")
                )
                plot.add(moment, "push", self.who, self.code, expected_on=self.expected, reason=reason)
        if plot.chance.random() < 0.08 and index > 0:
            factor = plot.chance.choice((0.85, 0.9, 1.12, 1.25))
            moment = at + (leave - at) / 2
            plot.add(
                moment,
                "reprice",
                self.who,
                self.code,
                factor=factor,
                reason="方案配置调整" if factor > 1 else "客户压价，取消一台附件",
            )

    def _rest(self, at: datetime) -> datetime:
        days = self.plot.chance.randint(12, 60)
        wake = (at + timedelta(days=days)).date()
        self.plot.add(at, "hold", self.who, self.code, wake_on=wake, reason="客户年度预算冻结，约定到期再谈")
        back = self.plot.instant(wake, 8.2)
        self.plot.add(back, "resume", self.who, self.code)
        return self.plot.later(back, self.plot.chance.uniform(2, 9))

    def _quarter_end(self, at: datetime) -> datetime:
        quarter = Fiscal().of(at.astimezone(ZONE).date(), Grain.QUARTER)
        moved = self.plot.instant(quarter.end - timedelta(days=self.plot.chance.randint(1, 9)))
        return max(moved, at)

    def _cycle(self) -> float:
        return sum(self.stays) * self.ways.pace

    def _next_step(self) -> str:
        return self.plot.chance.choice(extras.NEXT_STEPS).format(who=self._who())

    def _who(self) -> str:
        return self.plot.chance.choice(self.plot.contacts[self.customer])

    def _names(self) -> dict[str, str]:
        return {"person": self._who()}


def manager_of(role: Role) -> str:
    """The superior of a seller: the one of their role, else the manager of their unit."""
    if role.manager:
        return role.manager
    return next(
        other.username for other in extras.OTHERS if other.unit == role.unit and "manager" in other.roles
    )


def _roles(username: str) -> tuple[str, ...]:
    return next(role.roles for role in (*CAST, *extras.OTHERS) if role.username == username)
