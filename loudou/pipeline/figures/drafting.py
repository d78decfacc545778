"""What a draft of a funnel changes, and how a funnel is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from typing import TypeVar

T = TypeVar("T")
Facts = Mapping[str, object]  # what is known of a stage, by name

NARROWEST = 0.26  # of the full width: what a sure deal is drawn with


@dataclass(frozen=True)
class Difference:
    """One thing two versions differ in: a stage `added`, `removed`, `moved`, or a fact of it `changed`."""

    kind: str
    stage: str
    fact: str = ""
    was: object = None
    now: object = None


def differences(before: Sequence[tuple[str, Facts]], after: Sequence[tuple[str, Facts]]) -> list[Difference]:
    """How the stages (code and facts, in order) of one version differ from those of another, in the later order.

    A stage is moved where it stands elsewhere among those that stay; moving one does not move the others.
    """
    former, later = dict(before), dict(after)
    stay = _unmoved(
        [code for code, _facts in before if code in later], [code for code, _facts in after if code in former]
    )
    found = []
    for code, facts in after:
        if code not in former:
            found.append(Difference("added", code))
            continue
        if code not in stay:
            found.append(Difference("moved", code))
        names = dict.fromkeys([*former[code], *facts])
        pairs = [(name, former[code].get(name), facts.get(name)) for name in names]
        found += [Difference("changed", code, name, was, now) for name, was, now in pairs if was != now]
    return found + [Difference("removed", code) for code, _facts in before if code not in later]


def _unmoved(before: list[str], after: list[str]) -> set[str]:
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return {code for block in blocks for code in before[block.a : block.a + block.size]}


def placed(items: Sequence[T], at: int, to: int) -> list[T]:
    """The items with the one at a place put at another; beyond the ends is at the end."""
    rest = [item for place, item in enumerate(items) if place != at]
    to = min(max(to, 0), len(rest))
    return [*rest[:to], items[at], *rest[to:]]


@dataclass(frozen=True)
class Slab:
    """A stage as it is drawn: the corners of its trapezoid, and where its texts stand."""

    points: str
    top: float
    middle: float
    bottom: float
    left: float  # of its upper edge
    right: float


def slabs(
    rates: Sequence[Decimal], *, width: float, height: float, gap: float = 8, x: float = 0, y: float = 0
) -> list[Slab]:
    """Stages with these success rates, one below the other: the surer a deal, the narrower; each ends as the next begins."""
    widths = [width * (NARROWEST + (1 - NARROWEST) * (1 - float(rate))) for rate in [*rates, Decimal(1)]]
    centre = x + width / 2
    found = []
    for place in range(len(rates)):
        upper, lower = widths[place] / 2, widths[place + 1] / 2
        top = y + place * (height + gap)
        bottom = top + height
        corners = (
            (centre - upper, top),
            (centre + upper, top),
            (centre + lower, bottom),
            (centre - lower, bottom),
        )
        points = " ".join(
            f"{across:g},{down:g}" for across, down in ((round(a, 1), round(b, 1)) for a, b in corners)
        )
        found.append(Slab(points, top, top + height / 2, bottom, centre - upper, centre + upper))
    return found
