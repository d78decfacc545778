"""What every organisation needs before its first day, room by room from the ground up. Safe to run again."""

from __future__ import annotations

from loudou.forms.furnish import furnish as furnish_forms
from loudou.people.furnish import furnish as furnish_people
from loudou.pipeline.furnish import furnish as furnish_pipeline


def furnish() -> None:
    """Add what is missing; what an organisation changed stays as it is."""
    furnish_people()
    furnish_pipeline()
    furnish_forms()
