"""Which numbers can be asked for their records, and what is said of the one that is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from loudou.insight.figures.categories import CATEGORIES
from loudou.insight.figures.conversion import Conversion
from loudou.insight.figures.flow import START, STAY, WAYS, Span
from loudou.insight.figures.forecast import BUCKETS
from loudou.insight.queries import cycles
from loudou.insight.queries.leaks import CAUSES
from loudou.insight.queries.live import LiveDeals
from loudou.insight.queries.quota import OF_PATCHES
from loudou.insight.queries.rivals import Rivals
from loudou.insight.queries.through import FATES, WITHIN

COUNT = "count"
LEFT, WAITING, LEAK, GONE = "left_stage", "waiting", "leak", "gone"
# All silent leaks, and those for one cause.
LEAKS: Mapping[str, Collection[str]] = {LEAK: CAUSES, **{f"{LEAK}_{cause}": (cause,) for cause in CAUSES}}
CLOSES = ("won_deals", "lost_deals", "off_funnel")
# The closes of a year at the stages their deals had come to (M04), and what patches are made of (M25).
TAUGHT = {"closed_here": None, "closed_here_won": True, "closed_here_lost": False}
FLOW = tuple(dict.fromkeys(WAYS.values()))
# Ways that tables put together; `lost` holds departures that turned out invalid and valid again too.
TOGETHER = {"promoted": ("in:forward", "in:skip"), GONE: ("out:lost", "out:cancelled")}
# What became of a cohort (M02), as its courses say it; how many left a stage (M06).
COHORTS: Mapping[str, Callable[[Conversion], int]] = {
    "cohort": lambda one: one.cohort,
    "advanced": lambda one: one.advanced,
    "exited": lambda one: one.exited,
    "in_flight": lambda one: one.inflight,
    "jumped": lambda one: one.skipped,
    "regressed": lambda one: one.backed,
}
# Everything that can be asked for: stock, flows and their ways, ends of the period, closes, the forecast sheet, its
# deals by category, cohorts, times, leaks, what teaches success rates, what quotas come from.
WHATS = (
    *(COUNT, START, STAY, *FLOW, *WAYS, *TOGETHER, *CLOSES, *BUCKETS, *CATEGORIES, *COHORTS),
    *(LEFT, WAITING, *LEAKS, *TAUGHT, *OF_PATCHES),
    *(*FATES, *WITHIN, *cycles.OF_CYCLES),
)
BEYOND = "due_beyond"  # due in a stage or in a later one: what a stage must hold is held against it (M60)
STOCKS = (COUNT, *BUCKETS, *CATEGORIES)


@dataclass(frozen=True)
class Asked:
    """Which number: what it counts, in which stages (None: all), of whom and when.

    `limits` is what each stage allows before a deal leaks there, `lasts` when deals whose past was known otherwise had
    been in contact; only for leaks.
    `why` is the reason for which deals were lost (None: any, 0: none was named); only of those `gone`.
    """

    what: str
    wanted: LiveDeals
    span: Span
    stages: Collection[int] | None = None
    limits: Mapping[int, int | None] = field(default_factory=dict)
    lasts: Mapping[int, datetime] = field(default_factory=dict)
    why: int | None = None
    rival: str = ""  # of closes and created deals: those on which this competitor is named
    rivals: Mapping[int, Rivals] = field(default_factory=dict)  # on deals whose past was known otherwise
    within: int = 0  # days after which a cohort is told `WITHIN` them


def ways_of(what: str) -> list[str]:
    """The ways in or out (`WAYS`) that a number of the flow puts together."""
    if what in TOGETHER:
        return list(TOGETHER[what])
    return [what] if what in WAYS else [way for way, name in WAYS.items() if name == what]
