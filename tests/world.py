"""A small world of records that doors and budgets are tried on; `grow` makes it ten times larger."""

from __future__ import annotations

from functools import cached_property

from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast


class World:
    """Records owned by chenan (直销一部), made when first asked for."""

    def __init__(self) -> None:
        self.cast = Cast()

    @cached_property
    def deal(self) -> Deal:
        return make.deal(self.cast.chenan)

    def grow(self, times: int) -> None:
        """Add `times` as many records of every kind, spread over the reps."""
        reps = [self.cast.chenan, self.cast.lina, self.cast.zhangwei, self.cast.sunqiang]
        for number in range(times):
            make.deal(reps[number % len(reps)], title=f"商机 {number}")
