"""Drawing logs for a spot check (`domain.md` C4, F30): at least a tenth, by a seed that lets anybody draw them again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from decimal import ROUND_CEILING, Decimal

SHARE = Decimal("0.1")


def size(population: int, share: Decimal = SHARE) -> int:
    """How many are drawn: the share, rounded up."""
    return int((population * share).to_integral_value(rounding=ROUND_CEILING))


def draw(
    keys: Collection[int], seed: str, *, but_not: Iterable[int] = (), count: int | None = None
) -> list[int]:
    """The keys with the lowest SHA-256 of seed and key: the same from the same seed, whoever draws them.

    `count` is that of the whole population unless said; those in `but_not` are checked already and not drawn again.
    """
    wanted = size(len(keys)) if count is None else count
    free = set(keys) - set(but_not)
    return sorted(sorted(free, key=lambda key: (_lot(seed, key), key))[:wanted])


def _lot(seed: str, key: int) -> str:
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()
