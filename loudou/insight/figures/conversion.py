"""Cohort conversion (`domain.md` M02): what became of the deals that reached a stage during a period.

The cohort of a stage are the deals that first stood in it or beyond it in the period; a stage jumped over is passed.
Advanced ones have been beyond it, whatever they did then; exited ones stand lost without having been; the others are
in flight: a reopened loss is one of them until its final close. The rate counts what is decided, the bounds say what
it can still become. Amounts are those at the cohort instant, so that changes of amounts do not fake conversion.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.kernel.numbers import ZERO, Ratio, wilson
from loudou.pipeline.figures.courses import Course

RIPE = Decimal("0.8")  # below this maturity a cohort is not ripe (未成熟)
FEW = 10  # with fewer decided a rate is shown grey and ranks nothing (B0.7)


@dataclass(frozen=True)
class Conversion:
    """A stage's cohort, counted; `been` were in the stage itself, `backed` stepped back out of it."""

    cohort: int = 0
    advanced: int = 0
    exited: int = 0
    been: int = 0
    backed: int = 0
    advanced_amount: Decimal = ZERO
    exited_amount: Decimal = ZERO

    @property
    def inflight(self) -> int:
        """Neither advanced nor exited."""
        return self.cohort - self.advanced - self.exited

    @property
    def decided(self) -> int:
        """Advanced or exited: the n of the rate."""
        return self.advanced + self.exited

    @property
    def skipped(self) -> int:
        """In the cohort and never in the stage."""
        return self.cohort - self.been

    @property
    def rate(self) -> Ratio:
        """Advanced ÷ (advanced + exited)."""
        return Ratio.of(self.advanced, self.decided)

    @property
    def low(self) -> Ratio:
        """If all in flight were lost."""
        return Ratio.of(self.advanced, self.cohort)

    @property
    def high(self) -> Ratio:
        """If all in flight advanced."""
        return Ratio.of(self.advanced + self.inflight, self.cohort)

    @property
    def maturity(self) -> Ratio:
        """成熟度: the share that is decided."""
        return Ratio.of(self.decided, self.cohort)

    @property
    def is_ripe(self) -> bool:
        """Whether enough is decided to read the rate."""
        value = self.maturity.value
        return value is not None and value >= RIPE

    @property
    def is_small(self) -> bool:
        """Whether too few are decided to compare with."""
        return self.decided < FEW

    @property
    def skip_rate(self) -> Ratio:
        """Skipped ÷ (entered + skipped)."""
        return Ratio.of(self.skipped, self.cohort)

    @property
    def regression_rate(self) -> Ratio:
        """退阶率: those that stepped back out of the stage ÷ those that were in it."""
        return Ratio.of(self.backed, self.been)

    @property
    def amount_rate(self) -> Ratio:
        """The rate by amount at entry."""
        return Ratio.of(self.advanced_amount, self.advanced_amount + self.exited_amount)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval of the rate."""
        return wilson(self.advanced, self.decided)

    def __add__(self, other: Conversion) -> Conversion:
        return Conversion(
            **{item.name: getattr(self, item.name) + getattr(other, item.name) for item in fields(Conversion)}
        )

    def __sub__(self, other: Conversion) -> Conversion:
        return Conversion(
            **{item.name: getattr(self, item.name) - getattr(other, item.name) for item in fields(Conversion)}
        )


@dataclass(frozen=True)
class Converted:
    """金额推进率: what a cohort was worth when it reached a stage, and what its part that went on when it did."""

    entered: Decimal = ZERO
    advanced: Decimal = ZERO

    @property
    def rate(self) -> Ratio:
        """Σ amount at the next stage ÷ Σ amount at this one; amounts that grow can take it beyond 100 %."""
        return Ratio.of(self.advanced, self.entered)

    def __add__(self, other: Converted) -> Converted:
        return Converted(self.entered + other.entered, self.advanced + other.advanced)


def conversion_of(course: Course, span: Span, scope: Scope) -> Conversion:
    """What one deal's course, as it was known, contributes to its stage's cohort."""
    if course.void_at is not None or not in_cohort(course.reached_at, span):
        return Conversion()
    if not scope.takes(course.owner, course.unit, course.reached_at):
        return Conversion()
    advanced = course.passed_at is not None
    exited = not advanced and course.lost_at is not None
    return Conversion(
        cohort=1,
        advanced=int(advanced),
        exited=int(exited),
        been=int(course.entered_at is not None),
        backed=int(course.backed_at is not None),
        advanced_amount=course.amount if advanced else ZERO,
        exited_amount=course.amount if exited else ZERO,
    )


def in_cohort(at: datetime | None, span: Span) -> bool:
    """Whether an instant lies in the period."""
    return (
        at is not None
        and (span.since is None or at >= span.since)
        and (span.until is None or at < span.until)
    )
