"""The least that is asked of a deal before anybody commits to it (`domain.md` C2)."""

from __future__ import annotations

from datetime import datetime, timedelta

UPDATE_DAYS = 7  # so often something is written about a deal that is committed


def written_since(now: datetime) -> datetime:
    """What was last written about before this instant lacks its discipline."""
    return now - timedelta(days=UPDATE_DAYS)


def keeps_discipline(*, next_step: bool, next_on: bool, touched_at: datetime, now: datetime) -> bool:
    """Whether a deal has a next step with its date, and something was written about it within seven days (C2)."""
    return next_step and next_on and touched_at >= written_since(now)
