"""The decision-chain map of a key account (F06): who signs, uses, checks and guides, as boxes and lines to draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

EB, UB, TB, COACH = PARTS = ("eb", "ub", "tb", "coach")
WIDE, HIGH = 188, 58  # of a box
_GAP, _BETWEEN, _HEAD, _ROOM = 10, 48, 22, 56
WIDTH = 3 * WIDE + 2 * _BETWEEN
_COLUMN = {COACH: 0, EB: WIDE + _BETWEEN, UB: (WIDE + _BETWEEN) // 2, TB: (WIDE + _BETWEEN) * 3 // 2}
NAME_UNITS, TITLE_UNITS = 14, 24  # how much fits; a Chinese character takes two


@dataclass(frozen=True)
class Person:
    """Somebody at the customer: the part they play, how they stand to us."""

    name: str
    title: str
    part: str
    attitude: str


@dataclass(frozen=True)
class Box:
    """A place on the map: of a person, or of nobody where a part is not filled."""

    x: int
    y: int
    part: str
    person: Person | None


@dataclass(frozen=True)
class Heading:
    """What stands above the places of a part."""

    x: int
    y: int
    part: str


@dataclass(frozen=True)
class Line:
    """From one part to another; `guiding` is the coach's."""

    x1: int
    y1: int
    x2: int
    y2: int
    guiding: bool = False


@dataclass(frozen=True)
class ChainMap:
    """The whole map, `WIDTH` wide."""

    height: int
    headings: Sequence[Heading]
    boxes: Sequence[Box]
    lines: Sequence[Line]

    @property
    def gaps(self) -> int:
        """How many parts nobody fills."""
        return sum(box.person is None for box in self.boxes)


def chain_map(people: Sequence[Person]) -> ChainMap:
    """Who signs stands in the middle above, who guides beside them, who uses and who checks below; gaps are places too.

    People without a part are left out.
    """
    stacks: dict[str, Sequence[Person | None]] = {
        part: [one for one in people if one.part == part] or [None] for part in PARTS
    }
    below = max(_end(0, stacks[EB]), _end(0, stacks[COACH])) + _ROOM
    tops = {EB: 0, COACH: 0, UB: below, TB: below}
    boxes = [
        Box(_COLUMN[part], tops[part] + _HEAD + place * (HIGH + _GAP), part, person)
        for part, stack in stacks.items()
        for place, person in enumerate(stack)
    ]
    headings = [Heading(_COLUMN[part], tops[part] + 14, part) for part in PARTS]
    height = max(_end(below, stacks[UB]), _end(below, stacks[TB]))
    return ChainMap(height, headings, boxes, _lines(stacks, below))


def cut(text: str, units: int) -> str:
    """As much of a text as fits, with … where something is left out."""
    taken = 0
    for place, letter in enumerate(text):
        taken += 2 if east_asian_width(letter) in "WF" else 1
        if taken > units:
            return text[: max(place - 1, 0)] + "…"
    return text


def _end(top: int, stack: Sequence[Person | None]) -> int:
    return top + _HEAD + len(stack) * (HIGH + _GAP) - _GAP


def _lines(stacks: Mapping[str, Sequence[Person | None]], below: int) -> list[Line]:
    """From who uses and who checks up to who signs, and from who guides across, ended by the headings between."""
    signing, across = _COLUMN[EB] + WIDE // 2, _HEAD + HIGH // 2
    ends = {UB: WIDE // 2, TB: WIDE - 24}  # a line passes beside its heading
    top = _end(0, stacks[EB])
    up = [Line(_COLUMN[part] + end, below + _HEAD, signing, top) for part, end in ends.items()]
    return [*up, Line(_COLUMN[COACH] + WIDE, across, _COLUMN[EB], across, guiding=True)]
