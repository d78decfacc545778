"""What is odd about a deal (`domain.md` M16): each flag with its tone and the number it speaks of.

Red is for what must be acted on now, amber for what wants watching, plain for what others should know of a deal's
past. `queries/flags.py` says the same in SQL.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from loudou.pipeline.figures.thresholds import STANDARD, Thresholds

RED, AMBER, PLAIN = "red", "amber", "plain"


class Flag(NamedTuple):
    """One oddity: its code, its tone, and how many days, times or items it is about."""

    code: str
    tone: str
    n: int = 0


class Sight(NamedTuple):
    """What flags are read from: a deal's columns as they stand. `live` is open or on hold, `open` open alone."""

    open: bool
    live: bool
    has_customer: bool
    since: date | datetime | None
    stage_since: datetime | None
    warn_at: datetime | None
    limit_at: datetime | None
    expected_on: date | None
    has_next: bool
    next_on: date | None
    gate_done: int = 0
    gate_total: int = 0
    pushes: int = 0
    backs: int = 0
    skips: int = 0
    owed: int = 0
    amount_jumps: int = 0
    off_funnel: bool = False
    owner_left: bool = False
    twin: bool = False  # whether the customer is there once more
    contact_at: datetime | None = None  # the last contact, or since when there might have been one


def flags(sight: Sight, now: datetime, today: date, limits: Thresholds = STANDARD) -> list[Flag]:
    """A deal's flags, the most urgent first."""
    return [*urgent(sight, now, today), *watched(sight, now, today, limits), *known(sight, now, limits)]


def urgent(sight: Sight, now: datetime, today: date) -> list[Flag]:
    """What must be acted on now: over its stage's limit, past its expected date, past its next step."""
    found = []
    if sight.open and sight.limit_at is not None and sight.limit_at < now:
        found.append(Flag("over_stay", RED, whole_days(now - sight.limit_at)))
    if sight.open and sight.expected_on is not None and sight.expected_on < today:
        found.append(Flag("overdue", RED, (today - sight.expected_on).days))
    if sight.open and sight.next_on is not None and sight.next_on < today:
        found.append(Flag("next_overdue", RED, (today - sight.next_on).days))
    return found


def watched(sight: Sight, now: datetime, today: date, limits: Thresholds = STANDARD) -> list[Flag]:
    """What wants watching: no next step, near the limit or the expected date, pushed too often."""
    found: list[Flag] = []
    if not sight.open:
        return found
    if not sight.has_next or sight.next_on is None:
        found.append(Flag("no_next_step", AMBER))
    if (
        sight.warn_at is not None
        and sight.warn_at < now
        and (sight.limit_at is None or sight.limit_at >= now)
    ):
        found.append(Flag("near_limit", AMBER, whole_days(sight.limit_at - now) if sight.limit_at else 0))
    if sight.expected_on is not None and today <= sight.expected_on <= today + timedelta(
        days=limits.soon_days
    ):
        found.append(Flag("due_soon", AMBER, (sight.expected_on - today).days))
    if sight.pushes >= limits.pushes:
        found.append(Flag("pushed", AMBER, sight.pushes))
    return found


def known(sight: Sight, now: datetime, limits: Thresholds = STANDARD) -> list[Flag]:
    """What others should know: how the deal came to where it stands, and what is not shown or not known of it."""
    counted = (
        ("owed", AMBER if sight.live else PLAIN, sight.owed),
        ("amount_jump", PLAIN, sight.amount_jumps),
        ("backward", PLAIN, sight.backs),
        ("skipped", PLAIN, sight.skips),
    )
    found = [Flag(code, tone, n) for code, tone, n in counted if n]
    if sight.open and sight.gate_total and not sight.gate_done and sight.stage_since is not None:
        bare = now - sight.stage_since
        if bare >= timedelta(days=limits.bare_days):
            found.append(Flag("no_evidence", AMBER, whole_days(bare)))
    if sight.open and sight.contact_at is not None:
        unheard = now - sight.contact_at
        if unheard > timedelta(days=2 * limits.contact_days):
            found.append(Flag("no_contact", AMBER, whole_days(unheard)))
    if sight.live and sight.owner_left:
        found.append(Flag("owner_left", AMBER))
    if sight.live and sight.twin:
        found.append(Flag("duplicate_customer", AMBER))
    if sight.off_funnel:
        found.append(Flag("off_funnel", AMBER))
    if not sight.has_customer:
        found.append(Flag("no_customer", AMBER if sight.live else PLAIN))
    if sight.since is None:
        found.append(Flag("no_start", PLAIN))
    if sight.live and sight.expected_on is None:
        found.append(Flag("no_expected", AMBER))
    return found


def whole_days(gap: timedelta) -> int:
    """Days begun, as people count them: four hours over the limit is the first day over it."""
    return max(-(-int(gap.total_seconds()) // 86_400), 0)


def stage_age(
    since: datetime | None, limit_at: datetime | None, max_days: int | None, now: datetime
) -> float | None:
    """How many days a deal has stood in its stage, time on hold taken out; None where it is not known since when.

    Time on hold has moved the limit, so the age is read back from the limit where there is one (C2: time paused).
    """
    if since is None:
        return None
    began = limit_at - timedelta(days=max_days) if limit_at is not None and max_days is not None else since
    return max((now - began).total_seconds() / 86_400, 0.0)


def pace(age: float | None, warn_days: int | None, max_days: int | None) -> str:
    """The colour of an age: `red` over the limit, `amber` from the warning on (80 % of the limit where none is set)."""
    if age is None or max_days is None:
        return ""
    if age > max_days:
        return RED
    return AMBER if age > (warn_days if warn_days is not None else 0.8 * max_days) else ""
