"""Random pasts of deals, for figures to be held against slow and obvious sums.

`history` draws one deal's moves: forward, over stages, back, closing in every way, reopening, resting, changing hands,
amounts, dates, deliveries and rates, several facts at one instant, facts known late, and now and then one that cannot have
happened. `Histories` writes many of them down as an import would.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from loudou.catalog.models import Product
from loudou.people.models import User
from loudou.pipeline.figures.deliveries import Part, Plan
from loudou.pipeline.figures.history import CLOSING, Fact, unfold
from loudou.pipeline.models import Deal, Funnel, Line, Move
from loudou.pipeline.queries.funnels import specs, stage_order
from loudou.pipeline.verbs._history import rebuild
from tests import make

BEGIN = datetime(2025, 9, 1, tzinfo=UTC)
END = datetime(2026, 4, 20, tzinfo=UTC)
SOURCES = ("exhibition", "referral", "web", "")


def history(
    dice: random.Random,
    stages: Sequence[int],
    people: Sequence[tuple[int, int | None]],
    *,
    late: float = 0.15,
) -> list[Fact]:
    """One deal's facts in order of business time."""
    at = BEGIN + (END - BEGIN) * dice.random() * 0.9
    owner, unit = dice.choice(people)
    place = 0 if dice.random() < 0.85 else dice.randrange(len(stages))
    amount = _amount(dice)
    facts = [
        Fact(
            "enter",
            *_when(dice, at, late / 3),
            stage=stages[place],
            amount=amount,
            currency="CNY",
            base_amount=amount,
            expected_on=(at + timedelta(days=dice.randrange(20, 150))).date(),
            owner=owner,
            unit=unit,
        )
    ]
    while dice.random() < 0.93:
        at += timedelta(hours=dice.choice((0, 1, 9, 24, 24 * dice.randrange(1, 60))))
        if at >= END:
            break
        fact, place = _next(dice, facts, at, place, stages, people, late)
        facts.append(fact)
    return facts


def _next(
    dice: random.Random,
    facts: list[Fact],
    at: datetime,
    place: int,
    stages: Sequence[int],
    people: Sequence[tuple[int, int | None]],
    late: float,
) -> tuple[Fact, int]:
    when = _when(dice, at, late)
    roll = dice.random()
    closed = facts[-1].kind in CLOSING
    if closed and roll < 0.6:
        return Fact("reopen", *when), place
    if roll < 0.30 and place + 1 < len(stages):
        return Fact("enter", *when, stage=stages[place + 1]), place + 1
    if roll < 0.36 and place + 2 < len(stages):
        return Fact("enter", *when, stage=stages[place + 2], skipped=1), place + 2
    if roll < 0.44 and place:
        back = dice.randrange(place)
        return Fact("enter", *when, stage=stages[back]), back
    if roll < 0.52:
        kind = dice.choice(("won", "won", "lost", "lost", "cancelled", "invalid"))
        amount = _amount(dice) if kind == "won" and dice.random() < 0.5 else None
        return Fact(kind, *when, amount=amount, base_amount=amount, currency="CNY" if amount else ""), place
    if roll < 0.66:
        amount = _amount(dice)
        base = amount if dice.random() < 0.8 else (amount * Decimal("7.1")).quantize(Decimal("0.01"))
        return Fact("amount", *when, amount=amount, base_amount=base, currency="CNY"), place
    if roll < 0.74:
        return Fact(
            "expected_close", *when, expected_on=(at + timedelta(days=dice.randrange(200))).date()
        ), place
    if roll < 0.80:
        owner, unit = dice.choice(people)
        return Fact("owner", *when, owner=owner, unit=unit), place
    if roll < 0.85:
        rate = Decimal(dice.randrange(0, 101)) / 100 if dice.random() < 0.8 else None
        return Fact("probability", *when, probability=rate), place
    if roll < 0.87 and dice.random() < 0.3:
        other = dice.randrange(len(stages))
        return Fact("migrate", *when, stage=stages[other]), other
    if roll < 0.93:
        return Fact("deliveries", *when, plan=_plan(dice, at)), place
    return Fact(dice.choice(("hold", "resume", "category")), *when, category="commit"), place


def _plan(dice: random.Random, at: datetime) -> Plan:
    """Two to five deliveries on days of their own, some of them over by the end; now and then none any more."""
    days = dice.sample(range(240), dice.choice((0, 2, 2, 3, 5)))
    parts = (Part((at + timedelta(days=day)).date(), _amount(dice) + Decimal("0.01")) for day in days)
    return tuple(sorted(parts))


def _when(dice: random.Random, at: datetime, late: float) -> tuple[datetime, datetime]:
    """Business time, and when it became known."""
    known = at + timedelta(hours=dice.randrange(1, 24 * 40)) if dice.random() < late else at
    return at, known


def _amount(dice: random.Random) -> Decimal:
    return Decimal(dice.randrange(0, 100_000_000)) / 100


@dataclass
class Histories:
    """Deals written down with random pasts, and what they were drawn from."""

    owners: list[User]
    funnel: Funnel = field(default_factory=make.funnel)
    deals: dict[int, Deal] = field(default_factory=dict)
    facts: dict[int, list[Fact]] = field(default_factory=dict)
    products: dict[int, set[int]] = field(default_factory=dict)

    def write(self, count: int, *, seed: int) -> Histories:
        """Write `count` more deals with pasts of this seed."""
        dice = random.Random(seed)
        drawn = [history(dice, *self._where) for _ in range(count)]
        return self._write(drawn, dice, f"H{seed}")

    def write_each(self, seeds: Sequence[int]) -> Histories:
        """Write a deal for each of these seeds: leaving one out changes no other past."""
        drawn = [history(random.Random(seed), *self._where) for seed in seeds]
        return self._write(drawn, random.Random(len(seeds)), "E")

    @property
    def _where(self) -> tuple[list[int], list[tuple[int, int | None]]]:
        """The stages deals go through, and the people who have them."""
        assert self.funnel.current is not None
        stages = [spec.stage_id for spec in specs(self.funnel.current)]
        return stages, [(owner.pk, owner.unit_id) for owner in self.owners]

    def _write(self, drawn: Sequence[list[Fact]], dice: random.Random, code: str) -> Histories:
        made = [self._deal(dice, facts, f"{code}-{number}") for number, facts in enumerate(drawn)]
        Deal.objects.bulk_create(made)
        Move.objects.bulk_create(
            _move(deal, fact) for deal, facts in zip(made, drawn, strict=True) for fact in facts
        )
        self._lines(dice, made)
        rebuild(made)
        for deal in made:
            deal.save()
        for deal, facts in zip(made, drawn, strict=True):
            self.deals[deal.pk], self.facts[deal.pk] = deal, facts
        return self

    def of(self, *facts: Fact, code: str = "", **columns: Any) -> Deal:
        """Write one deal with exactly this past."""
        deal = self._deal(random.Random(0), facts, code or f"D{len(self.deals)}")
        for name, value in columns.items():
            setattr(deal, name, value)
        deal.save()
        Move.objects.bulk_create(_move(deal, fact) for fact in facts)
        rebuild([deal])
        deal.save()
        self.deals[deal.pk], self.facts[deal.pk] = deal, list(facts)
        return deal

    @property
    def order(self) -> dict[int, int]:
        """The place of every stage."""
        return dict(stage_order(self.funnel.pk))

    @property
    def stages(self) -> list[int]:
        """Its stages in order."""
        return sorted(self.order, key=lambda stage: self.order[stage])

    def _deal(self, dice: random.Random, facts: Sequence[Fact], code: str) -> Deal:
        assert self.funnel.current is not None
        first = facts[0]
        return Deal(
            code=code,
            title=f"商机 {code}",
            funnel=self.funnel,
            funnel_version=self.funnel.current,
            spec=specs(self.funnel.current)[0],
            owner_id=first.owner,
            unit_id=first.unit,
            source=dice.choice(SOURCES),
            created_at=first.at if dice.random() < 0.95 else None,
            recorded_at=first.known_at,
            touched_at=facts[-1].known_at,
        )

    def _lines(self, dice: random.Random, deals: Sequence[Deal]) -> None:
        goods = list(Product.objects.order_by("pk")[:3])
        lines = []
        for deal in deals:
            chosen = [dice.choice(goods) for _ in range(dice.randrange(3))] if goods else []
            self.products[deal.pk] = {product.pk for product in chosen}
            lines += [Line(deal=deal, product=product, quantity=1, price=1) for product in chosen]
        Line.objects.bulk_create(lines)


def _move(deal: Deal, fact: Fact) -> Move:
    return Move(
        deal=deal,
        kind=fact.kind,
        at=fact.at,
        recorded_at=fact.known_at,
        known_at=fact.known_at,
        channel="import",
        stage_id=fact.stage,
        amount=fact.amount,
        currency=fact.currency,
        base_amount=fact.base_amount,
        expected_on=fact.expected_on,
        owner_id=fact.owner,
        unit_id=fact.unit,
        probability=fact.probability,
        category=fact.category if fact.kind == "category" else "",
        skipped=fact.skipped,
        plan=None if fact.plan is None else [[f"{part.due_on}", f"{part.amount}"] for part in fact.plan],
    )


def unfolded(facts: Sequence[Fact], order: dict[int, int]) -> Any:
    """What follows from facts."""
    return unfold(facts, order)
