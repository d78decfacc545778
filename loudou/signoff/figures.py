"""When an opinion is one (`domain.md` A.F, M46)."""

from __future__ import annotations

from collections.abc import Iterable

LEAST_LETTERS = 10
COMPARED = 20


def letters(opinion: str) -> int:
    """How many characters count: blanks do not."""
    return len("".join(opinion.split()))


def repeats(opinion: str, former: Iterable[str]) -> bool:
    """Whether the same words were used before, blanks and case aside."""
    plain = "".join(opinion.split()).lower()
    return any(plain == "".join(other.split()).lower() for other in former)
