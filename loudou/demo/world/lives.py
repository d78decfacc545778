"""How deals live: drawn step by step, then unfolded by the house's own functions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from loudou.demo.world.names import RIVALS, found_by, title_of

if TYPE_CHECKING:
    from loudou.demo.world.company import World
    from loudou.pipeline.models import Deal, Move

_FUNNELS = (("b2b", 0.9), ("channel", 1.0))
_TYPICAL_DAYS = {"verify": 14, "develop": 24, "propose": 26, "close": 16}
_REASONS = (
    "价格谈不拢，客户转向",
    "客户推迟到下一财年",
    "需求变化，范围缩小",
    "追加设备",
    "等待预算批复",
    "客户内部调整",
)


@dataclass
class Plan:
    """A funnel's version in force, read once a process."""

    funnel: int
    version: int
    order: Any  # stage → place
    specs: list[Any]

    def gate(self, spec: Any) -> tuple[list[Any], int]:
        """The evidence kinds a stage requires, and how many things its gate asks for."""
        kinds = [kind for kind in spec.evidence_kinds.all() if kind.required]
        tasks = [task for task in spec.tasks.all() if task.required]
        return kinds, len(kinds) + len(spec.required_fields) + len(tasks)


@dataclass
class Made:
    """Rows made so far."""

    deals: list[Any] = field(default_factory=list)
    moves: list[Any] = field(default_factory=list)
    states: list[Any] = field(default_factory=list)
    visits: list[Any] = field(default_factory=list)
    courses: list[Any] = field(default_factory=list)
    evidence: list[Any] = field(default_factory=list)
    contacts: list[Any] = field(default_factory=list)
    competitors: list[Any] = field(default_factory=list)
    team: list[Any] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)

    def hanging(self) -> Iterator[tuple[Any, list[Any]]]:
        """What hangs on the deals and is no figure of theirs, with its model, in an order that foreign keys allow."""
        from loudou.pipeline import models as m

        yield m.Move, self.moves
        yield m.Evidence, self.evidence
        yield m.DealContact, self.contacts
        yield m.Competitor, self.competitors
        yield m.TeamMember, self.team
        yield m.Note, self.notes

    def derived(self) -> Iterator[tuple[Any, Any, list[Any]]]:
        """What follows from the deals' histories: its model, the columns, a line of values for each row."""
        from loudou.pipeline import models as m
        from loudou.pipeline.verbs._derived import COURSE, STATE, VISIT

        yield m.State, STATE, self.states
        yield m.Visit, VISIT, self.visits
        yield m.Course, COURSE, self.courses


def live(world: World, dice: random.Random, made: Made, key: int, customer: int, customer_name: str) -> None:
    """Let deal `key` be born, live and perhaps close."""
    from loudou.pipeline.models import Deal

    plan = _plan(next(code for code, share in _FUNNELS if dice.random() <= share or share == 1.0))
    owner, unit = world.keeper(customer) if dice.random() < 0.85 else dice.choice(world.reps)
    born = world.until - timedelta(days=dice.random() * 365 * world.years)
    story = _Story(world, dice, plan, key, born, owner, unit)
    moves = story.tell()
    deal = Deal(
        id=key,
        code=f"SJ-{born:%y%m}-{key:07d}",
        title=title_of(dice),
        customer_id=customer,
        customer_name=customer_name,
        funnel_id=plan.funnel,
        funnel_version_id=plan.version,
        source=dice.choice(("exhibition", "referral", "web", "phone", "partner", "visit", "other")),
        created_at=born,
        recorded_at=moves[0].recorded_at,
        touched_at=moves[-1].recorded_at,
        reason=None,
        note="客户扩产，设备选型中。" if key % 4 == 0 else "",
    )
    _settle(world, dice, made, deal, plan, moves)


def _settle(world: World, dice: random.Random, made: Made, deal: Deal, plan: Plan, moves: list[Move]) -> None:
    """Let a deal stand as its moves say, with all that follows from them."""
    from loudou.pipeline.figures.history import unfold
    from loudou.pipeline.queries.history import fact_of
    from loudou.pipeline.verbs._derived import course_lines, state_lines, visit_lines
    from loudou.pipeline.verbs._history import settle

    facts = [fact_of(move) for move in moves]
    history = unfold(facts, plan.order)
    settle(deal, history, facts, plan.order)
    if deal.outcome in ("lost", "cancelled", "invalid"):
        deal.reason_id = moves[-1].reason_code_id
        deal.review = moves[-1].reason
    elif deal.closed_at is None:
        _present(world, dice, made, deal, plan)
    if deal.outcome == "on_hold":
        deal.wake_on = (world.until + timedelta(days=dice.randint(3, 60))).date()
    deal.version = len(moves)
    deal.search = f"{found_by(deal.title)} {found_by(deal.customer_name)} {found_by(deal.code)}"
    made.deals.append(deal)
    made.moves += moves
    made.states += state_lines(deal, history)
    made.visits += visit_lines(deal, history)
    made.courses += course_lines(deal, history, plan.order)


class _Story:
    """One deal's moves as they come."""

    def __init__(
        self, world: World, dice: random.Random, plan: Plan, key: int, born: datetime, owner: int, unit: int
    ) -> None:
        self.world, self.dice, self.plan, self.key = world, dice, plan, key
        self.at, self.owner, self.unit = born, owner, unit
        self.amount = Decimal(max(8, round(dice.lognormvariate(3.6, 1.0)))) * 10_000
        self.currency = "USD" if dice.random() < 0.03 else "CNY"
        self.expected = born + timedelta(days=60 + dice.random() * 120)
        self.moves: list[Any] = []

    def tell(self) -> list[Any]:
        """All moves up to the world's last day."""
        specs = self.plan.specs
        self._note(
            "enter",
            stage_id=specs[0].stage_id,
            amount=self.amount,
            currency=self.currency,
            base_amount=self._base(),
            expected_on=self.expected.date(),
            owner_id=self.owner,
            unit_id=self.unit,
        )
        place = 0
        while self._wait(specs[place]):
            self._happen(place)
            fate = self.dice.random()
            if fate < (0.16, 0.13, 0.14, 0.28)[min(place, 3)]:
                if not self._fail():
                    return self.moves
            elif place == len(specs) - 1:
                self._note("won", amount=self.amount, currency=self.currency, base_amount=self._base())
                return self.moves
            elif place and fate > 0.95:
                place -= 1
                self._note(
                    "enter", stage_id=specs[place].stage_id, backward=True, reason=self.dice.choice(_REASONS)
                )
            else:
                place += 1
                self._note("enter", stage_id=specs[place].stage_id)
        return self.moves

    def _wait(self, spec: Any) -> bool:
        """Let the days of a stage pass; False when the world ends before they are over."""
        typical = _TYPICAL_DAYS.get(spec.stage.code, 18)
        self.at += timedelta(days=self.dice.lognormvariate(0, 0.7) * typical)
        return self.at <= self.world.until

    def _happen(self, place: int) -> None:
        """What may come to pass while a deal stands in a stage, just before it leaves."""
        if self.dice.random() < 0.16:
            self.amount = (
                self.amount * Decimal(self.dice.choice(("0.80", "0.90", "1.10", "1.25", "1.60")))
            ).quantize(Decimal("0.01"))
            self._note(
                "amount",
                amount=self.amount,
                currency=self.currency,
                base_amount=self._base(),
                reason=self.dice.choice(_REASONS),
            )
        if self.at > self.expected or self.dice.random() < 0.08:
            self.expected = max(self.expected, self.at) + timedelta(days=30 + self.dice.random() * 60)
            self._note("expected_close", expected_on=self.expected.date(), reason=self.dice.choice(_REASONS))
        if self.dice.random() < 0.03:
            self._note("hold", reason="客户预算冻结")
            self._later(self.dice.randint(5, 60))
            self._note("resume")
        if place and self.dice.random() < 0.025:
            self.owner, self.unit = self.dice.choice(self.world.reps)
            self._note("owner", owner_id=self.owner, unit_id=self.unit, reason="区域调整")

    def _fail(self) -> bool:
        """Close without an order; True if it came back within the half year."""
        kind = self.dice.choices(("lost", "cancelled", "invalid"), (70, 22, 8))[0]
        self._note(kind, reason_code_id=self.dice.choice(_reasons()[kind]), reason=self.dice.choice(_REASONS))
        if kind != "lost" or self.dice.random() > 0.04:
            return False
        self._later(self.dice.randint(10, 150))
        self._note("reopen", reason="客户回头")
        return bool(self.moves[-1].kind == "reopen")

    def _note(self, kind: str, **columns: Any) -> None:
        from loudou.pipeline.models import Move

        if self.at > self.world.until:
            return
        late = timedelta(days=self.dice.randint(1, 3)) if self.dice.random() < 0.03 else timedelta(0)
        written = min(self.at + late, self.world.until)
        self.moves.append(
            Move(
                deal_id=self.key,
                kind=kind,
                at=self.at,
                recorded_at=written,
                known_at=written,
                by_id=self.owner,
                channel="web",
                **columns,
            )
        )
        self._later(self.dice.random() / 24)

    def _later(self, days: float) -> None:
        self.at += timedelta(days=days)

    def _base(self) -> Decimal:
        return (
            (self.amount * Decimal("7.1")).quantize(Decimal("0.01"))
            if self.currency == "USD"
            else self.amount
        )


def _present(world: World, dice: random.Random, made: Made, deal: Any, plan: Plan) -> None:
    """What hangs on a deal that is still alive: gates, contacts, rivals, notes, the next step."""
    from loudou.pipeline import models as m

    place = next(number for number, spec in enumerate(plan.specs) if spec.stage_id == deal.spec.stage_id)
    if dice.random() < 0.9:
        deal.next_step = dice.choice(("拜访技术部门", "提交方案", "约见决策人", "报价澄清", "安排样件试制"))
        deal.next_on = (world.until + timedelta(days=dice.randint(-4, 20))).date()
    if dice.random() < 0.8:
        deal.last_contact_at = world.until - timedelta(days=dice.random() * 20)
    made.contacts += [m.DealContact(deal_id=deal.pk, contact_id=deal.customer_id * 2 - 1 + n) for n in (0, 1)]
    rival = place >= 2
    if rival:
        made.competitors.append(m.Competitor(deal_id=deal.pk, name=dice.choice(RIVALS)))
    for spec in plan.specs[:place]:
        made.evidence += [_shown(deal, kind, dice) for kind in plan.gate(spec)[0]]
    kinds, total = plan.gate(plan.specs[place])
    full = dice.random() < 0.5
    shown = kinds if full else kinds[: dice.randint(0, len(kinds))]
    made.evidence += [_shown(deal, kind, dice) for kind in shown]
    have = {"two_contacts", "decision_maker", "contact", "customer", "amount", "expected_on", "source"}
    have |= {"competitor"} if rival else set()
    have |= {"next_step"} if deal.next_step else set()
    deal.gate_total = total
    deal.gate_done = len(shown) + sum(name in have for name in plan.specs[place].required_fields)
    if dice.random() < 0.1:
        helper = dice.choice(world.reps)[0]
        if helper != deal.owner_id:
            made.team.append(m.TeamMember(deal_id=deal.pk, user_id=helper, share=Decimal("0.2")))
    if dice.random() < 0.5:
        text = "客户反馈方案可行，等待技术评审结论。"
        made.notes.append(m.Note(deal_id=deal.pk, author_id=deal.owner_id, text=text, at=deal.touched_at))


def _shown(deal: Any, kind: Any, dice: random.Random) -> Any:
    from loudou.pipeline.models import Evidence

    return Evidence(
        deal_id=deal.pk,
        kind_id=kind.pk,
        note="客户已确认",
        given_by_id=deal.owner_id,
        given_at=deal.touched_at,
    )


@lru_cache(maxsize=8)
def _plan(code: str) -> Plan:
    from loudou.pipeline.models import Funnel
    from loudou.pipeline.queries.funnels import specs, stage_order

    funnel = Funnel.objects.select_related("current").get(code=code)
    assert funnel.current is not None
    return Plan(funnel.pk, funnel.current.pk, stage_order(funnel.pk), specs(funnel.current))


@lru_cache(maxsize=1)
def _reasons() -> dict[str, list[int]]:
    from loudou.pipeline.models import Reason

    found: dict[str, list[int]] = {}
    for kind, key in Reason.objects.order_by("id").values_list("kind", "pk"):
        found.setdefault(kind, []).append(key)
    return found
