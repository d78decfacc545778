"""Whether two customers are one (`domain.md` C21): certain by credit code or verified phone, else ranked with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from loudou.customers.figures.names import likeness

VERY_ALIKE = 0.92  # C21: from here on somebody should look
ALIKE = 0.6  # below, names have too little in common to be worth a line
SHORTEST_PART = 3  # a core must have as many characters to be found inside another


@dataclass(frozen=True)
class Identity:
    """What tells a customer from others."""

    core: str = ""
    uscc: str = ""
    phone: str = ""
    verified: bool = False  # whether the phone is


@dataclass(frozen=True)
class Match:
    """How two customers agree: why, how much (0 to 1), and whether that settles it.

    `reason` is `uscc`, `verified_phone`, `phone`, `core`, `very_alike`, `part` or `alike`.
    """

    reason: str
    score: float
    certain: bool = False

    @property
    def strong(self) -> bool:
        """Whether somebody should look: not merely a similar name."""
        return self.score >= VERY_ALIKE and self.reason != "part"


def compare(asked: Identity, known: Identity) -> Match | None:
    """The strongest reason to take both for one; None without any."""
    if asked.uscc and asked.uscc == known.uscc:
        return Match("uscc", 1.0, certain=True)
    if asked.phone and asked.phone == known.phone:
        if known.verified:
            return Match("verified_phone", 1.0, certain=True)
        return Match("phone", 0.99)
    return _by_name(asked.core, known.core)


def _by_name(asked: str, known: str) -> Match | None:
    if not asked or not known:
        return None
    if asked == known:
        return Match("core", 0.98)
    share = likeness(asked, known)
    if share >= VERY_ALIKE:
        return Match("very_alike", share)
    shorter = min(asked, known, key=len)
    if len(shorter) >= SHORTEST_PART and (asked in known or known in asked):
        return Match("part", max(share, ALIKE))
    return Match("alike", share) if share >= ALIKE else None
