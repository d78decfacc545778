"""Quantiles of many times, sorted only where they must lie, are those of all of them in order."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

import pytest

from loudou.insight.figures import selected
from loudou.insight.figures.selected import MANY, quickly_survived
from loudou.insight.figures.survival import survived_each
from loudou.insight.figures.times import HALF, QUARTER, Times

Dice = random.Random
LENGTHS: dict[str, Callable[[Dice], int]] = {
    "days": lambda dice: int(dice.lognormvariate(3, 1) * 86_400_000_000),
    "ties": lambda dice: dice.randrange(40),
    "nearly one": lambda dice: 7 if dice.random() < 0.9 else dice.randrange(20),
    "in order": lambda dice: dice.randrange(10**12),
}
WAITING = (0, 1, 5, 60, 3_000, 3 * MANY)
SHARES = ((HALF,), (HALF, QUARTER), (Decimal("0.9"),), (Decimal("0.01"), Decimal("0.99")))


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("waits", WAITING)
def test_they_are_what_all_times_in_order_say(lengths: str, waits: int) -> None:
    dice = Dice(f"{lengths} {waits}")
    for count in (MANY, MANY + 1, 2 * MANY):
        ended = [LENGTHS[lengths](dice) for _number in range(count)]
        if lengths == "in order":
            ended.sort()
        waiting = [LENGTHS[lengths](dice) * dice.choice((1, 1, 3)) for _number in range(waits)]
        for shares in SHARES:
            wanted = survived_each(sorted(ended), sorted(waiting), shares)
            assert quickly_survived(ended, waiting, shares) == wanted, (count, shares)


def test_not_all_are_put_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where nobody waits, nor where few have been waiting for a short time."""
    walked: list[int] = []

    def counting(ended: list[int], *rest: object, **more: int) -> list[int | None]:
        walked.append(len(ended))
        return survived_each(ended, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(selected, "survived_each", counting)
    ended = list(range(20 * MANY))
    Dice(1).shuffle(ended)
    for waiting in ([], [3, 5], [30 * MANY] * 500):
        quickly_survived(ended, waiting, (HALF,))
    assert max(walked) < 4 * MANY


def test_where_it_is_not_where_the_sample_says_all_are_looked_at() -> None:
    """The sample is every so manieth of times that go up and down just as often."""
    every = 4 * MANY // selected.SAMPLED
    ended = [10 if place % every == 0 else 1_000 + place for place in range(4 * MANY)]
    assert quickly_survived(ended, [], (HALF,)) == survived_each(sorted(ended), [], (HALF,))


def test_where_the_sample_is_longer_than_nearly_all_others_all_are_looked_at() -> None:
    every = 4 * MANY // selected.SAMPLED
    ended = [1_000 + place if place % every == 0 else 10 for place in range(4 * MANY)]
    assert quickly_survived(ended, [], (HALF,)) == survived_each(sorted(ended), [], (HALF,)) == [10]


def test_where_nothing_is_known_nothing_is_told() -> None:
    (missing,) = Times().quantiles((HALF,))
    assert missing.value is None
    assert missing.reason == "no_base"
    (running,) = Times(ended=[1] * MANY, waiting=[5] * (2 * MANY)).quantiles((HALF,))
    assert running.reason == "in_flight"
