"""What a form costs and what it gives (`domain.md` M47): load, waste, use, water, overlap, and the verdict on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from statistics import median

from loudou.kernel.numbers import Ratio

BUDGET = Decimal(30)  # minutes a rep and working day (C13)
READ_WITHIN = 5  # working days
MOST_WASTE, MOST_WATER, MOST_SHARED = Decimal("0.6"), Decimal("0.2"), Decimal("0.6")
RETIRE, REDESIGN, MERGE, KEEP = "retire", "redesign", "merge", "keep"
SMALL = 10  # fewer submissions are shown, and judged with a grain of salt (B0.7)


@dataclass(frozen=True)
class Tally:
    """Submissions of one form: by whom how many, how many of them opened in time, used, and with a red flag.

    `minutes` are what filling in took where it was measured, `declared` what its justification says. `opened` is None
    where nothing tells whether anybody looked.
    """

    declared: Decimal
    by_person: Mapping[int, int] = field(default_factory=dict)
    minutes: Sequence[Decimal] = ()
    opened: int | None = 0
    used: int = 0
    flagged: int = 0

    @property
    def submissions(self) -> int:
        """How many there are."""
        return sum(self.by_person.values())

    @property
    def each(self) -> Decimal:
        """The median of what one takes, in minutes; what was declared while nothing is measured."""
        return Decimal(median(self.minutes)) if self.minutes else self.declared

    @property
    def waste(self) -> Ratio:
        """The share nobody who should read it opened within five working days (浪费率)."""
        if self.opened is None:
            return Ratio.missing("not_recorded")
        return Ratio.of(self.submissions - self.opened, self.submissions)

    @property
    def use(self) -> Ratio:
        """The share cited in a meeting, a debrief, a decision or coaching."""
        return Ratio.of(self.used, self.submissions)

    @property
    def water(self) -> Ratio:
        """The share with a red flag (水分率)."""
        return Ratio.of(self.flagged, self.submissions)

    @property
    def total(self) -> Decimal:
        """The minutes all of them took."""
        return self.submissions * self.each

    def minutes_of(self, people: Iterable[int]) -> Decimal:
        """The minutes they took these people."""
        return sum((self.by_person.get(key, 0) for key in people), 0) * self.each


@dataclass(frozen=True)
class Overlap:
    """Two forms that ask the same: how many fields of the smaller one stand in the larger one as well."""

    smaller: str
    larger: str
    shared: int
    of: int

    @property
    def share(self) -> Decimal:
        """Of the smaller form's fields."""
        return Decimal(self.shared) / self.of

    @property
    def too_much(self) -> bool:
        """Whether they should be one form."""
        return self.share > MOST_SHARED


def load(minutes: Decimal, person_days: int) -> Ratio:
    """Minutes of forms a person and working day."""
    return Ratio.of(minutes, person_days)


def verdict(tally: Tally, *, serves: bool, merges: bool) -> list[str]:
    """What is to become of a form: retired, redesigned, merged; kept where nothing speaks against it."""
    waste, water = tally.waste.value, tally.water.value
    found = []
    if waste is not None and waste > MOST_WASTE and not serves:
        found.append(RETIRE)
    if water is not None and water > MOST_WATER:
        found.append(REDESIGN)
    if merges:
        found.append(MERGE)
    return found or [KEEP]


def overlaps(forms: Mapping[str, Sequence[frozenset[str]]]) -> list[Overlap]:
    """Every pair of forms that has a field in common, the most alike first.

    A form is a list of fields, a field the names it goes by: two are the same when they share one.
    """
    found = [
        _overlap(one, other, forms)
        for one, other in combinations(sorted(forms), 2)
        if forms[one] and forms[other]
    ]
    return sorted((one for one in found if one.shared), key=lambda one: (-one.share, one.smaller, one.larger))


def _overlap(one: str, other: str, forms: Mapping[str, Sequence[frozenset[str]]]) -> Overlap:
    smaller, larger = (one, other) if len(forms[one]) <= len(forms[other]) else (other, one)
    left, shared = list(forms[larger]), 0
    for names in forms[smaller]:
        same = next((place for place, there in enumerate(left) if names & there), None)
        if same is not None:
            del left[same]
            shared += 1
    return Overlap(smaller, larger, shared, len(forms[smaller]))
