"""What is odd about deals (`domain.md` M16), now and as it was known at an earlier instant.

The oddities themselves are judged by `pipeline.figures.flags`; here stands which of them the anomaly report counts,
and what a past can tell of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from loudou.insight.figures.flow import LIVE
from loudou.insight.figures.promotion import held
from loudou.kernel.numbers import Ratio
from loudou.pipeline.figures.flags import Flag, Sight, flags
from loudou.pipeline.figures.history import Fact, History, amount_jumps, pushes
from loudou.pipeline.figures.thresholds import STANDARD, Thresholds

# In the order they are shown: what must be acted on, what wants watching, what others should know.
KINDS = (
    "over_stay",
    "overdue",
    "no_next_step",
    "no_evidence",
    "no_contact",
    "owner_left",
    "duplicate_customer",
    "pushed",
    "owed",
    "amount_jump",
    "backward",
    "skipped",
)
OFF_FUNNEL = "off_funnel"  # of wins, all others of live deals
COSTLY = (
    "duplicate_customer",
)  # takes the database a second over a million deals: a page counts it afterwards
# Next steps, evidence, gates and twins are not kept as history: of the past only these can be told.
TELLABLE = (
    *("over_stay", "overdue", "no_contact", "owner_left"),
    *("pushed", "amount_jump", "backward", "skipped"),
)


@dataclass(frozen=True)
class Limits:
    """What a stage allows a deal."""

    warn_days: int | None = None
    max_days: int | None = None


def anomalies(found: Iterable[Flag], kinds: Sequence[str] = KINDS) -> list[Flag]:
    """Those of a deal's flags that the report counts."""
    return [flag for flag in found if flag.code in kinds]


def of_the_past(
    history: History,
    facts: Sequence[Fact],
    limits: Limits,
    instant: datetime,
    today: date,
    *,
    thresholds: Thresholds = STANDARD,
    contact_at: datetime | None = None,
    owner_left: bool = False,
    off_funnel: bool = False,
) -> list[Flag]:
    """A deal's anomalies as they were known at an instant, as far as its facts tell them; `off_funnel` is of wins.

    `contact_at` is the last contact known, or since when there might have been one. `owner_left`: the last day of who had
    it was over by then.
    """
    stay = history.stays[-1]
    limit_at = None
    if limits.max_days is not None:
        rested = held(history.stands, stay.entered_at, instant)
        limit_at = stay.entered_at + timedelta(days=limits.max_days) + rested
    sight = Sight(
        open=history.now.outcome == "open",
        live=history.now.outcome in LIVE,
        has_customer=True,
        since=history.stands[0].since,
        stage_since=stay.entered_at,
        warn_at=None,
        limit_at=limit_at,
        expected_on=history.now.expected_on,
        has_next=True,
        next_on=today,
        pushes=pushes(facts),
        backs=sum(stay.left_by == "back" for stay in history.stays),
        skips=sum(stay.jumped > 0 for stay in history.stays),
        amount_jumps=amount_jumps(facts, thresholds),
        contact_at=contact_at,
        owner_left=owner_left,
        off_funnel=off_funnel,
    )
    return anomalies(flags(sight, instant, today, thresholds), (*TELLABLE, OFF_FUNNEL))


def off_funnel_share(off: Decimal, won: Decimal) -> Ratio:
    """What was won off the funnel ÷ what was won (M16, D10)."""
    return Ratio.of(off, won)
