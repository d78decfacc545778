"""Comparing what a person wrote with what the control desk heard, field by field (`domain.md` C4, M44 双日志一致率)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from loudou.daylog.figures.three_e import KEY_FIELDS

_BETWEEN = re.compile(r"[,，、;；/和与與及&]|\s+")
_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Said:
    """One stop of a day as one side tells it. `outcome` is a choice both sides have; it goes before the free text."""

    key: int
    place: str = ""
    customer: str = ""
    customer_key: int | None = None
    persons: str = ""
    outcome: str = ""
    result: str = ""


@dataclass(frozen=True)
class Pair:
    """The same stop from both sides, and the key fields in which they differ."""

    written: Said
    heard: Said
    differing: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """A day from both sides: pairs, and stops only one side knows of."""

    pairs: tuple[Pair, ...]
    only_written: tuple[Said, ...] = ()
    only_heard: tuple[Said, ...] = ()

    @property
    def compared(self) -> int:
        """How many fields were compared."""
        return len(self.pairs) * len(KEY_FIELDS)

    @property
    def differing(self) -> int:
        """In how many fields the pairs differ."""
        return sum(len(pair.differing) for pair in self.pairs)

    @property
    def unpaired(self) -> int:
        """How many stops only one side knows of."""
        return len(self.only_written) + len(self.only_heard)


def compare(written: Sequence[Said], heard: Sequence[Said]) -> Comparison:
    """Pair the stops of both logs: those of the same customer first, the others in their order; then compare."""
    rest, left = list(heard), []
    pairs: list[tuple[Said, Said]] = []
    for one in written:
        match = next((other for other in rest if _same_customer(one, other)), None)
        if match is None:
            left.append(one)
        else:
            rest.remove(match)
            pairs.append((one, match))
    pairs += zip(left, rest, strict=False)
    count = min(len(left), len(rest))
    ordered = sorted(pairs, key=lambda pair: list(written).index(pair[0]))
    return Comparison(
        tuple(Pair(one, other, differing(one, other)) for one, other in ordered),
        tuple(left[count:]),
        tuple(rest[count:]),
    )


def differing(written: Said, heard: Said) -> tuple[str, ...]:
    """The key fields in which two sides of a stop differ. Case, blanks and punctuation are no difference."""
    same = {
        "place": plain(written.place) == plain(heard.place),
        "customer": _same_customer(written, heard),
        "persons": _people(written.persons) == _people(heard.persons),
        "result": _same_result(written, heard),
    }
    return tuple(name for name in KEY_FIELDS if not same[name])


def plain(text: str) -> str:
    """A text as it is compared."""
    return _MARKS.sub("", text).lower()


def _same_customer(one: Said, other: Said) -> bool:
    if one.customer_key is not None and other.customer_key is not None:
        return one.customer_key == other.customer_key
    return plain(one.customer) == plain(other.customer)


def _same_result(one: Said, other: Said) -> bool:
    if one.outcome and other.outcome:
        return one.outcome == other.outcome
    return plain(one.result) == plain(other.result)


def _people(text: str) -> frozenset[str]:
    return frozenset(filter(None, (plain(part) for part in _BETWEEN.split(text))))
