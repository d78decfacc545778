"""What has been reached, as the room that counts results says it: handed down when that room starts."""

from __future__ import annotations

from collections.abc import Callable

from loudou.kernel.numbers import Ratio
from loudou.kernel.periods import Period
from loudou.targets.models import Target

Count = Callable[[Target, Period], Ratio]
counters: list[Count] = []


def reached_in(target: Target, period: Period) -> Ratio:
    """What the owner of a target reached of its metric in a period, in the base currency, a rate in per cent."""
    return counters[-1](target, period) if counters else Ratio.missing("not_recorded")
