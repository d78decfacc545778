"""The life of one deal."""

from __future__ import annotations

import math
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from loudou.demo import extras
from loudou.demo.plot.acts import ZONE, Act, Seller, manager_of
from loudou.demo.tempers import SIGNING_DAYS, Temper
from loudou.kernel.periods import Fiscal, Grain
from loudou.pipeline.presets import PRESETS
from loudou.pipeline.verbs import StagePlan

if TYPE_CHECKING:
    from loudou.demo.plot.drawing import Plot

# Mean days in each stage and the chance of going on, by funnel.
STAYS = {"b2b": (15, 22, 21, 14), "channel": (12, 14, 24, 18, 30)}
CHANCES = {"b2b": (0.72, 0.72, 0.78, 0.88), "channel": (0.80, 0.82, 0.80, 0.86, 0.92)}
FORESEEN = 2  # stages before the end from which on sellers see when a deal will come
SOONER = timedelta(days=6)  # nobody moves a date for less
_SOONER_BECAUSE = ("客户提前释放预算", "客户产线提前投产", "评审一次通过，进度提前")
# By which factor somebody's odds near the end are better who has sold less than such a share of what they carry.
_DRIVE = ((0.3, 9.0), (0.8, 2.5), (1.2, 0.9), (1.7, 0.4), (math.inf, 0.12))
_BEHIND, _AHEAD = 0.5, 1.5  # shares from which on customers are asked to sign sooner, or may take their time
_USUAL = 400_000  # up to this price one product is bought as often as another; the dearer, the rarer
# What is there since the deal was opened.
_THERE_ALREADY = ("customer", "amount", "expected_on", "next_step", "source", "lines")
_WEIGHTS = [(_USUAL / max(_USUAL, product[4])) ** 1.5 for product in extras.PRODUCTS[:16]]
LOST_REASONS = (("price", 34), ("competitor", 20), ("product", 14), ("relation", 12), ("delivery", 8), ("no_budget", 8), ("credit", 4))  # fmt: skip
CANCEL_REASONS = (("no_decision", 50), ("no_budget", 30), ("cancelled_by_customer", 20))
INVALID_REASONS = (("duplicate", 35), ("no_need", 50), ("created_in_error", 15))


class DealLife:
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
        self.alive = True
        product = plot.chance.choices(extras.PRODUCTS[:16], _WEIGHTS)[0]
        pieces = plot.chance.choice((1, 1, 1, 2, 3)) if product[4] < 800_000 else 1
        self.lines = [(product[0], pieces, round(product[4] * plot.chance.uniform(0.88, 1.02), -3), "funnel")]
        if plot.chance.random() < 0.3:
            spare = plot.chance.choice(extras.PRODUCTS[16:])
            self.lines.append((spare[0], 1, spare[4], "erp"))
        self.amount = Decimal(int(pieces * self.lines[0][2]))
        self.title = f"{plot.chance.choice(extras.PROJECTS)}{product[1]}"
        self.expected = plot.until

    def live(self, at: datetime) -> None:
        """Tell it from its opening until it ends, or until today."""
        plot = self.plot
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
            next_on=(at + timedelta(days=plot.chance.randint(5, 9))).date(),
            source=plot.pick(
                (("visit", 35), ("exhibition", 20), ("referral", 20), ("phone", 12), ("web", 13))
            ),
            people=plot.contacts[self.customer],
        )
        index = 0
        while index < len(self.stages) and self.alive:
            at, index = self._stay(index, at)

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
        if index == len(self.stages) - 1 and not self.ways.hides:
            leave = self._in_time(at, leave)
        fate = self.fate[index] if index < len(self.fate) else self._fate(index, leave)
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
            plot.sold(self.seller, at, self.amount)
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

    def _fate(self, index: int, leave: datetime) -> str:
        roll = self.plot.chance.random()
        if index > 0 and roll < 0.03:
            return "back"
        if roll < 0.06:
            return "hold"
        odds = self.chances[index] / (1 - self.chances[index]) * self.ways.skill
        if index >= len(self.stages) - 2:
            carried = self.plot.carried(self.seller, leave)
            odds *= next(factor for most, factor in _DRIVE if carried < most)
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
            if code in _THERE_ALREADY or (kind == "task" and plot.chance.random() > 0.25):
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
        step = plot.later(at, plot.chance.uniform(2, 7))
        while step < leave:
            if plot.chance.random() < care:
                due = (step + timedelta(days=plot.chance.randint(10, 16))).date()
                plot.add(step, "next_step", self.who, self.code, next_step=self._next_step(), next_on=due)
            if plot.chance.random() < 0.12:
                plot.add(
                    step + timedelta(minutes=6),
                    "note",
                    self.who,
                    self.code,
                    text=plot.chance.choice(extras.REVIEWS_NOTES).format(who=self._who()),
                )
            step = plot.later(step, plot.chance.uniform(8, 14))
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
        elif index >= len(self.stages) - FORESEEN and likely + SOONER < self.expected:
            self._bring_forward(index, at, likely)
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

    def _bring_forward(self, index: int, at: datetime, likely: date) -> None:
        """Near its end a careful seller sees that a deal comes sooner than was thought."""
        own = random.Random(f"{self.code}:{index}")  # noqa: S311 - so that nobody else's life changes by it
        if own.random() < self.ways.care and not self.ways.hides:
            self.expected = likely + timedelta(days=own.randint(0, 6))
            reason = own.choice(_SOONER_BECAUSE)
            moment = self.plot.later(at, 0.1)
            self.plot.add(moment, "push", self.who, self.code, expected_on=self.expected, reason=reason)

    def _rest(self, at: datetime) -> datetime:
        days = self.plot.chance.randint(12, 60)
        wake = (at + timedelta(days=days)).date()
        self.plot.add(at, "hold", self.who, self.code, wake_on=wake, reason="客户年度预算冻结，约定到期再谈")
        back = self.plot.instant(wake, 8.2)
        self.plot.add(back, "resume", self.who, self.code)
        return self.plot.later(back, self.plot.chance.uniform(2, 9))

    def _in_time(self, at: datetime, leave: datetime) -> datetime:
        """When its last stage ends: who rushes closes as a quarter does; who has sold little yet, a little sooner."""
        plot, quarter = self.plot, Fiscal().of(leave.astimezone(ZONE).date(), Grain.QUARTER)
        if self.ways.rush:
            return max(plot.instant(quarter.end - timedelta(days=plot.chance.randint(1, 9))), leave)
        before = plot.instant(quarter.start - timedelta(days=plot.chance.randint(2, 20)))
        if before > at and plot.carried(self.seller, before) < _BEHIND:
            return before
        if plot.carried(self.seller, leave) < _BEHIND:
            return plot.later(at, (leave - at).total_seconds() / 86_400 / 3)
        if plot.carried(self.seller, leave) > _AHEAD:
            return max(plot.instant(quarter.end + timedelta(days=plot.chance.randint(3, 30))), leave)
        return leave

    def _cycle(self) -> float:
        return sum(self.stays) * self.ways.pace

    def _next_step(self) -> str:
        return self.plot.chance.choice(extras.NEXT_STEPS).format(who=self._who())

    def _who(self) -> str:
        return self.plot.chance.choice(self.plot.contacts[self.customer])

    def _names(self) -> dict[str, str]:
        return {"person": self._who()}
