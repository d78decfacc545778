"""When a deal may leave its stage (`domain.md` C2), and what a change of its amount or probability asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from loudou.pipeline.figures.thresholds import STANDARD

FREE_DEVIATION = Decimal("0.20")


@dataclass(frozen=True)
class Item:
    """One thing a gate asks for: evidence, a field or a task, and whether it is there."""

    kind: str  # evidence, field or task
    code: str
    done: bool
    required: bool = True


@dataclass(frozen=True)
class Gate:
    """The gate of a stage as one deal stands before it."""

    items: tuple[Item, ...]

    @property
    def missing(self) -> tuple[Item, ...]:
        """What is required and not there."""
        return tuple(item for item in self.items if item.required and not item.done)

    @property
    def is_open(self) -> bool:
        """Whether the deal may pass."""
        return not self.missing

    @property
    def done(self) -> int:
        """How many required items are there."""
        return sum(item.required and item.done for item in self.items)

    @property
    def total(self) -> int:
        """How many items are required."""
        return sum(item.required for item in self.items)


def gate(
    *,
    evidence: Iterable[tuple[str, bool]],
    given: Collection[str],
    fields: Iterable[str],
    filled: Collection[str],
    tasks: Iterable[tuple[str, bool]],
    done: Collection[str],
) -> Gate:
    """The gate of a stage: evidence and tasks as (code, required), fields always required."""
    items = [Item("evidence", code, code in given, required) for code, required in evidence]
    items += [Item("field", name, name in filled) for name in fields]
    items += [Item("task", code, code in done, required) for code, required in tasks]
    return Gate(tuple(items))


def jumps(before: Decimal, after: Decimal, limit: Decimal = STANDARD.amount_change) -> bool:
    """Whether an amount changed by more than a share of what it was, by half (C2: a manager decides)."""
    return before > 0 and abs(after - before) > limit * before


def deviates(own: Decimal, stage: Decimal) -> bool:
    """Whether a person's own probability lies more than 20 points off the stage's (M20: needs approval)."""
    return abs(own - stage) > FREE_DEVIATION
