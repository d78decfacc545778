"""Leaderboards: who is how far ahead of time, and who got better (`domain.md` B0.10, M30, M33)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loudou.kernel.numbers import Ratio
from loudou.targets.figures.progress import Progress


@dataclass(frozen=True)
class Standing:
    """How somebody stands in a period, beside how they stood in the one before; without a target then `before` is None."""

    now: Progress
    before: Progress | None

    @property
    def pace(self) -> Ratio:
        """Attainment as the period will end at the pace so far: run-rate ÷ target.

        Among people who are there all the time the order is that of attainment; who joined or left in the middle is
        measured by the days they were there.
        """
        return projected(self.now)

    @property
    def improvement(self) -> Ratio:
        """By how much the pace is above that of the period before."""
        if self.before is None:
            return Ratio.missing("no_base")
        now, then = self.pace, projected(self.before)
        if now.value is None or then.value is None:
            return Ratio.missing(now.reason or then.reason)
        return Ratio(now.value - then.value)


def projected(progress: Progress) -> Ratio:
    """What a period comes to at the pace so far, as a share of its target."""
    run_rate = progress.run_rate
    return Ratio.of(run_rate.value, progress.target) if run_rate.value is not None else run_rate


def ranks(values: Sequence[Ratio]) -> list[int | None]:
    """Competition ranks, the highest first (1, 2, 2, 4); what has no value has no rank."""
    known = [value.value for value in values if value.value is not None]
    return [
        None if value.value is None else 1 + sum(other > value.value for other in known) for value in values
    ]
