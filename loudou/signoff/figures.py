"""When an opinion is one (`domain.md` A.F, M46)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from loudou.kernel.numbers import Ratio

LEAST_LETTERS = 10
COMPARED = 20
TIMELINESS_WEIGHS, SUBSTANCE_WEIGHS = Decimal("0.6"), Decimal("0.4")
RUBBER_STAMP = Decimal(5)  # read for less than so many seconds in the median, signatures are no reading


def letters(opinion: str) -> int:
    """How many characters count: blanks do not."""
    return len("".join(opinion.split()))


def repeats(opinion: str, former: Iterable[str]) -> bool:
    """Whether the same words were used before, blanks and case aside."""
    plain = "".join(opinion.split()).lower()
    return any(plain == "".join(other.split()).lower() for other in former)


def substantial(opinions: Sequence[str]) -> list[bool]:
    """Of one person's opinions in the order they were given, which have substance.

    Each has ten characters and is none of the twenty before it. That it refers to the record is given: an opinion is
    written on the record it signs.
    """
    last: deque[str] = deque(maxlen=COMPARED)
    found = []
    for opinion in opinions:
        found.append(letters(opinion) >= LEAST_LETTERS and not repeats(opinion, last))
        last.append(opinion)
    return found


@dataclass(frozen=True)
class Approvals:
    """How somebody answers what waits for their signature (M46).

    `received` = `in_time` + `late` + `pending`; of these `inside` may still be answered in time. `reading` are the
    seconds each answer's record was open before it.
    """

    in_time: int = 0
    late: int = 0
    pending: int = 0
    inside: int = 0
    opinions: int = 0
    substantial: int = 0
    reading: tuple[Decimal, ...] = ()

    def __add__(self, other: Approvals) -> Approvals:
        return Approvals(
            self.in_time + other.in_time,
            self.late + other.late,
            self.pending + other.pending,
            self.inside + other.inside,
            self.opinions + other.opinions,
            self.substantial + other.substantial,
            self.reading + other.reading,
        )

    @property
    def received(self) -> int:
        """How many were asked for."""
        return self.in_time + self.late + self.pending

    @property
    def timeliness(self) -> Ratio:
        """Answered within a working day ÷ (received − still within it)."""
        return Ratio.of(self.in_time, self.received - self.inside)

    @property
    def substance(self) -> Ratio:
        """Opinions with substance ÷ answers."""
        return Ratio.of(self.substantial, self.opinions)

    @property
    def score(self) -> Ratio:
        """60 % timeliness + 40 % substance, of 100; without one of them there is none."""
        if self.timeliness.value is None or self.substance.value is None:
            return Ratio.missing("no_base")
        told = TIMELINESS_WEIGHS * self.timeliness.value + SUBSTANCE_WEIGHS * self.substance.value
        return Ratio(told * 100)

    @property
    def median_reading(self) -> Ratio:
        """The median of the seconds a record was read before it was answered."""
        return Ratio(Decimal(median(self.reading))) if self.reading else Ratio.missing("no_base")

    @property
    def is_rubber_stamp(self) -> bool:
        """Whether records are answered without being read."""
        seconds = self.median_reading.value
        return seconds is not None and seconds < RUBBER_STAMP
