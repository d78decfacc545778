"""How long something lasted, in steps: what makes all of it that lasted at an instant a few short stretches of an index.

A state lasts until the next; that a fact is not known yet lasts until it is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    SmallIntegerField,
    Value,
    When,
)

from loudou.pipeline.figures.courses import MICROSECOND

# A state of a step began no longer before any instant it stood at than this; those of the last step may have at any time.
STEPS = tuple(timedelta(days=days) for days in (8, 16, 32, 64, 128, 256, 512))
ENDLESS = len(STEPS)  # lasted longer than any of them
STANDS = ENDLESS + 1  # has not ended
EVERY = tuple(range(STANDS + 1))

_EDGES = ", ".join(str(int(step.total_seconds())) for step in STEPS)


class Lasting(Func):
    """The step of a state by its `since` and `until`: 0 below the first of `STEPS`, 1 below the second, …; `STANDS`.

    In words that the database takes for the same in an index and in a condition.
    """

    template = (
        f"coalesce(width_bucket(extract(epoch from (%(expressions)s)), array[{_EDGES}]::numeric[]), {STANDS})"
    )
    arg_joiner = " - "
    output_field = SmallIntegerField()

    def __init__(self, since: str = "since", until: str = "until") -> None:
        super().__init__(until, since)


PLACES = 16  # more than there are steps


class Place(Func):
    """The unit and the step of a state, as one number: what stood with some units is looked up for each of both.

    In these words no other index has it, which the database would take for as short a stretch and read for all units.
    """

    template = "(%(expressions)s)"
    arg_joiner = f" * {PLACES} + "
    output_field = BigIntegerField()

    def __init__(self) -> None:
        super().__init__("unit", Lasting())


class Stayed(Func):
    """The same of a course, by how long it was from first entering the stage to leaving it for good; holds count.

    A plain one has left it after what it `spent`, an odd one when it `ended`; `STANDS` where the deal has not left it.
    """

    template = Lasting.template
    output_field = SmallIntegerField()

    def __init__(self) -> None:
        ended: Any = ExpressionWrapper(F("ended_at") - F("entered_at"), DurationField())
        spent: Any = ExpressionWrapper(F("spent") * Value(MICROSECOND), DurationField())
        super().__init__(
            Case(When(is_here=True, then=Value(None)), When(is_odd=True, then=ended), default=spent)
        )
