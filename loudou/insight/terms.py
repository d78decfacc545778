"""What numbers are made of: those that others add up to, and rates of two of them, by the names that `what` asks for.

What a page shows of such a number opens to its terms, each of which opens to its deals (`reports.terms`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from loudou.insight.figures.categories import OPEN, ROLL_UPS
from loudou.insight.queries.quota import OF_PATCHES
from loudou.insight.queries.records import BEYOND, COHORTS, LEAK, LEAKS, TAUGHT, WHATS
from loudou.insight.queries.slippage import BEGUN
from loudou.insight.queries.through import FATES, WITHIN


class Term(NamedTuple):
    """A number that is added, or taken away where `sign` is below zero; `weighed` with its weighted amount."""

    what: str
    sign: int = 1
    weighed: bool = False


class Rate(NamedTuple):
    """One number ÷ another, by their counts or `by_amount`."""

    top: str
    bottom: str
    by_amount: bool = False


def _plus(*names: str) -> tuple[Term, ...]:
    return tuple(Term(name) for name in names)


def _rolled_up(names: tuple[str, ...]) -> tuple[Term, ...]:
    return _plus(*("won_deals" if name == "closed" else name for name in names))


# The same of the four periods before the one that is asked for, together (M10).
PAST = {f"past_{name}": name for name in BEGUN}
# What a stage is held against (M15): its rate and its times in each of the four quarters before.
BASES = {"base_rate": "cohort_rate", "base_median": "timed"}
# What stood at the starts of a period's months (M09).
MONTH_STARTS = "month_starts"
VELOCITY = "velocity"  # money a day: its deals are the wins that its mean amount and cycle are of (M09)
CHANGED = "changed"  # what is left where all that came and went is taken from what stands
SUMS: Mapping[str, tuple[Term, ...]] = {
    **{name: _rolled_up(names) for name, names in ROLL_UPS.items()},
    "open": _plus(*OPEN),
    "closed_deals": _plus("won_deals", "lost_deals"),
    "contested": _plus("won_deals", "lost_to_rivals"),
    # What is told of wins and losses that is no sum of them: days, a mean amount.
    "won_cycle": _plus("won_timed"),
    "lost_cycle": _plus("lost_timed"),
    "won_mean": _plus("won_deals"),
    "won_and_due": (Term("won_deals"), Term("due", weighed=True)),
    "decided": _plus("advanced", "exited"),
    "leaked": _plus("lost", LEAK),  # 漏损额 (M12)
    "through_decided": _plus("through_won", "through_lost"),
    "been": (Term("cohort"), Term("jumped", -1)),
    "timed": _plus("left_stage", "waiting"),
    "worth": _plus("in_flight"),  # of mending a bottleneck: what the deals in flight there could bring more
    CHANGED: (
        *_plus("stay", "outflow", "lost", "backflow_out"),
        *(Term(name, -1) for name in ("start", "inflow", "backflow_in")),
    ),
}
RATES: Mapping[str, Rate] = {
    "conversion": Rate("outflow", "inflow"),
    "loss_rate": Rate("lost", "inflow"),
    "cohort_rate": Rate("advanced", "decided"),
    "maturity": Rate("decided", "cohort"),
    "through_rate": Rate("through_won", "through_decided"),
    "through_maturity": Rate("through_decided", "cohort"),
    "through_amount_rate": Rate("through_won", "through_decided", by_amount=True),
    "passed_share": Rate("passed_within", "cohort"),
    "won_share": Rate("won_within", "cohort"),
    "cohort_amount_rate": Rate("advanced", "decided", by_amount=True),
    "skip_rate": Rate("jumped", "cohort"),
    "regression_rate": Rate("regressed", "been"),
    "win_rate": Rate("won_deals", "closed_deals"),
    "win_amount_rate": Rate("won_deals", "closed_deals", by_amount=True),
    "competitive_rate": Rate("won_deals", "contested"),
    "born_share": Rate("born_won", "born"),
    "off_funnel_share": Rate("off_funnel", "won_deals", by_amount=True),
    "closed_share": Rate("closed_here_won", "closed_here"),
    "slippage": Rate("begun_slipped", "begun", by_amount=True),
    "begun_won_share": Rate("begun_won", "begun", by_amount=True),
    "begun_lost_share": Rate("begun_lost", "begun", by_amount=True),
    "past_yield": Rate("past_begun_brought", "past_begun", by_amount=True),
}
ASKABLE = (*WHATS, BEYOND, MONTH_STARTS, VELOCITY, *BEGUN, *PAST, *BASES, *SUMS, *RATES)
# Which entry of `explained` says how a number comes about.
HOW: Mapping[str, str] = {
    **dict.fromkeys(WHATS, "flow"),
    **dict.fromkeys(("count", "won_deals", "lost_deals", "closed_deals"), "stock"),
    **dict.fromkeys((*COHORTS, "decided", "been"), "cohort"),
    **dict.fromkeys(
        ("cohort_rate", "maturity", "cohort_amount_rate", "skip_rate", "regression_rate"), "cohort"
    ),
    **dict.fromkeys(
        (*FATES, "through_decided", "through_rate", "through_maturity", "through_amount_rate"), "through"
    ),
    **dict.fromkeys((*WITHIN, "passed_share", "won_share"), "cumulative"),
    **dict.fromkeys(("left_stage", "waiting", "timed"), "times"),
    **dict.fromkeys((*LEAKS, "leaked", "gone", "loss_rate"), "leakage"),
    **dict.fromkeys(("due", "overdue", "outside", "undated", "resting", "won_and_due"), "sheet"),
    BEYOND: "sheet",
    **dict.fromkeys((*OPEN, "omitted", *ROLL_UPS, "open"), "categories"),
    **dict.fromkeys((*TAUGHT, "closed_share"), "calibration"),
    **dict.fromkeys(OF_PATCHES, "quota"),
    **dict.fromkeys((*BEGUN, "slippage", "begun_won_share", "begun_lost_share"), "slippage"),
    **dict.fromkeys((*PAST, "past_yield"), "coverage"),
    **dict.fromkeys(("off_funnel", "off_funnel_share"), "anomalies"),
    **dict.fromkeys(("won_deals", "lost_deals", "closed_deals", "win_rate"), "win_rate"),
    **dict.fromkeys(("win_amount_rate", "competitive_rate", "contested", "lost_to_rivals"), "win_rate"),
    **dict.fromkeys(("born", "born_won", "born_open", "born_share"), "win_rate"),
    **dict.fromkeys(
        ("won_timed", "lost_timed", "won_quick", "lost_quick", "won_cycle", "lost_cycle"), "cycle"
    ),
    **dict.fromkeys((MONTH_STARTS, "won_mean", VELOCITY), "velocity"),
    **dict.fromkeys((*BASES, "worth"), "bottlenecks"),
    "conversion": "conversion",
    CHANGED: "changed",
}
