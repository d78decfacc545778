"""What numbers are called, and what is said of their amounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from loudou.insight.figures.flow import Amounts
from loudou.insight.queries.records import LEAK
from loudou.insight.reports.promotion import Names
from loudou.people.queries import organisation
from loudou.pipeline.models import Reason
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.models.funnel import Category
from loudou.ui import format as f

# What a number counts; the names of M03 are those of the trade.
COUNTED = {
    "count": pgettext_lazy("M01", "standing"),
    "start": gettext_lazy("at the start"),
    "inflow": pgettext_lazy("M03", "in"),
    "backflow_in": pgettext_lazy("M03", "back in"),
    "outflow": pgettext_lazy("M03", "out"),
    "lost": pgettext_lazy("M03", "lost"),
    "backflow_out": pgettext_lazy("M03", "back out"),
    "stay": pgettext_lazy("M03", "stay"),
    "in:first": gettext_lazy("new"),
    "in:forward": gettext_lazy("promoted"),
    "in:skip": gettext_lazy("promoted over a stage"),
    "in:back": gettext_lazy("stepped back"),
    "in:reopen": gettext_lazy("reopened"),
    "out:won": gettext_lazy("won"),
    "out:lost": pgettext_lazy("M03", "lost"),
    "out:cancelled": gettext_lazy("cancelled by the customer"),
    "out:forward": gettext_lazy("promoted"),
    "out:back": gettext_lazy("stepped back"),
    "out:invalid": gettext_lazy("invalid"),
    "promoted": gettext_lazy("promoted"),
    "gone": gettext_lazy("lost or cancelled"),
    "won_deals": gettext_lazy("won"),
    "lost_deals": gettext_lazy("lost or cancelled"),
    "off_funnel": gettext_lazy("won off the funnel"),
    "due": gettext_lazy("due in the period"),
    "due_beyond": gettext_lazy("due in the period, here or in a later stage"),
    "overdue": gettext_lazy("past the expected date"),
    "outside": gettext_lazy("expected at another time"),
    "cohort": gettext_lazy("reached the stage"),
    "advanced": gettext_lazy("advanced"),
    "exited": gettext_lazy("lost there"),
    "in_flight": gettext_lazy("in flight"),
    "jumped": gettext_lazy("jumped over the stage"),
    "regressed": gettext_lazy("stepped back out of the stage"),
    "left_stage": gettext_lazy("left the stage"),
    "leak": gettext_lazy("leak in silence"),
    "leak_stuck": gettext_lazy("leak in silence: too long in the stage"),
    "leak_idle": gettext_lazy("leak in silence: no next step"),
    "leak_unheard": gettext_lazy("leak in silence: no contact for long"),
    "undated": gettext_lazy("no expected date"),
    "resting": gettext_lazy("on hold"),
    **{one.value: one.label for one in Category},
    "waiting": gettext_lazy("still in the stage"),
    "timed": gettext_lazy("entered the stage for the first time"),
    "decided": gettext_lazy("advanced or lost there"),
    "through_won": gettext_lazy("won in the end"),
    "through_lost": gettext_lazy("lost in the end"),
    "through_open": gettext_lazy("neither won nor lost yet"),
    "through_decided": gettext_lazy("won or lost in the end"),
    "through_rate": gettext_lazy("Conversion to the win"),
    "through_maturity": gettext_lazy("Decided"),
    "through_amount_rate": gettext_lazy("Conversion to the win, by amount"),
    "passed_within": gettext_lazy("beyond the stage in time"),
    "won_within": gettext_lazy("won in time"),
    "passed_share": gettext_lazy("Beyond the stage, of all that reached it"),
    "won_share": gettext_lazy("Won, of all that reached the stage"),
    "been": gettext_lazy("were in the stage"),
    "closed_deals": gettext_lazy("Closed deals"),
    "contested": gettext_lazy("won, or lost to a named competitor"),
    "lost_to_rivals": gettext_lazy("lost to a named competitor"),
    "won_timed": gettext_lazy("won, with a known beginning"),
    "lost_timed": gettext_lazy("lost or cancelled, with a known beginning"),
    "won_quick": gettext_lazy("won within a day of their creation"),
    "lost_quick": gettext_lazy("lost within a day of their creation"),
    "won_cycle": gettext_lazy("Sales cycle"),
    "lost_cycle": gettext_lazy("Cycle of losses"),
    "born": gettext_lazy("created in the period"),
    "born_won": gettext_lazy("created in the period and won"),
    "born_open": gettext_lazy("created in the period and still open"),
    "born_share": gettext_lazy("Won, of all created in the period"),
    "won_mean": gettext_lazy("Mean amount won"),
    "velocity": gettext_lazy("Pipeline velocity"),
    "month_starts": gettext_lazy("standing at the starts of months"),
    "closed_here": gettext_lazy("closed, after they came to the stage"),
    "closed_here_won": gettext_lazy("won, after they came to the stage"),
    "closed_here_lost": gettext_lazy("lost or cancelled, after they came to the stage"),
    "zone_above": gettext_lazy("Above the zones"),
    "zone_upper": gettext_lazy("Upper zone"),
    "zone_middle": gettext_lazy("Middle zone"),
    "zone_lower": gettext_lazy("Lower zone"),
    **dict.fromkeys(("patch", "patch_deck"), gettext_lazy("Weighted funnel")),
    "won_and_due": gettext_lazy("Won so far and weighted"),
    "changed": gettext_lazy("changed meanwhile"),
    "leaked": gettext_lazy("leaked amount"),
    "conversion": gettext_lazy("Conversion"),
    "loss_rate": gettext_lazy("Loss rate"),
    "cohort_rate": gettext_lazy("Conversion of the cohort"),
    "maturity": gettext_lazy("Decided"),
    "cohort_amount_rate": gettext_lazy("Conversion by amount"),
    "skip_rate": gettext_lazy("Share that jumped over the stage"),
    "regression_rate": gettext_lazy("Share that stepped back"),
    "win_rate": pgettext_lazy("M05", "Win rate"),
    "win_amount_rate": gettext_lazy("Win rate by amount"),
    "competitive_rate": gettext_lazy("Competitive win rate"),
    "off_funnel_share": gettext_lazy("Share won off the funnel"),
    "closed_share": gettext_lazy("Share won"),
    "slippage": gettext_lazy("Slippage"),
    "begun_won_share": gettext_lazy("Share won"),
    "begun_lost_share": gettext_lazy("Share lost"),
    "past_yield": gettext_lazy("Yield"),
    "worth": gettext_lazy("Mending is worth"),
    "base_rate": gettext_lazy("Conversion of the cohorts of four quarters before"),
    "base_median": gettext_lazy("Days in the stage, four quarters before"),
}
IN_TIME = ("passed_within", "won_within", "passed_share", "won_share")
# What became of what was open and due when a period began (M11); of several periods together (M10).
_BEGUN = {
    "begun": gettext_lazy("Open and due when they began"),
    "begun_won": gettext_lazy("Won of it, with its amount at the start"),
    "begun_brought": gettext_lazy("Won of it"),
    "begun_lost": gettext_lazy("Lost of it"),
    "begun_slipped": gettext_lazy("Slipped of it"),
}
COUNTED |= _BEGUN | {f"past_{name}": text for name, text in _BEGUN.items()}
# What forecast categories add up to (M21).
ROLL_UPS = {
    "commitment": pgettext_lazy("M21", "Commitment"),
    "optimistic": pgettext_lazy("M21", "Optimistic"),
    "open": pgettext_lazy("M21", "Open"),
}
COUNTED |= ROLL_UPS
# What is reckoned from the deals behind a number, by the names of `reports.reckoned`.
RECKONED = {
    "mean": gettext_lazy("Mean"),
    "median": gettext_lazy("Median"),
    "p75": gettext_lazy("P75"),
    "to_next": gettext_lazy("To the next stage"),
    "mean_amount": gettext_lazy("Mean amount won"),
    "velocity": gettext_lazy("Velocity, a day"),
    "standing": gettext_lazy("Deals standing"),
    "win_rate": pgettext_lazy("M05", "Win rate"),
    "cycle": gettext_lazy("Days to the win, mean"),
    "calibrated": gettext_lazy("Calibrated rate"),
    "configured": gettext_lazy("Configured rate"),
    "gap": gettext_lazy("Difference"),
    "base_rate": gettext_lazy("Conversion of the cohorts of four quarters before"),
    "score": gettext_lazy("Score"),
    "worth": gettext_lazy("Mending is worth"),
}
# The doors of a waterfall, by which deals come in and go out.
BUCKETS = {
    "start": pgettext_lazy("M13", "Start"),
    "new": pgettext_lazy("M13", "New"),
    "reopened": pgettext_lazy("M13", "Reopened"),
    "moved_in": pgettext_lazy("M13", "Moved in"),
    "transfer_in": pgettext_lazy("M13", "Handed over to here"),
    "increase": pgettext_lazy("M13", "Increase"),
    "fx": pgettext_lazy("M13", "Rates"),
    "won": pgettext_lazy("M13", "Won"),
    "lost": pgettext_lazy("M13", "Lost"),
    "moved_out": pgettext_lazy("M13", "Moved out"),
    "transfer_out": pgettext_lazy("M13", "Handed over to others"),
    "decrease": pgettext_lazy("M13", "Decrease"),
    "end": pgettext_lazy("M13", "End"),
}
EVENTS = {
    "opened": gettext_lazy("opened"),
    "up": gettext_lazy("promoted"),
    "skip": gettext_lazy("promoted over a stage"),
    "down": gettext_lazy("stepped back"),
    "reopen": gettext_lazy("reopened"),
    "won": gettext_lazy("won"),
    "lost": pgettext_lazy("M03", "lost"),
    "cancelled": gettext_lazy("cancelled by the customer"),
    "invalid": gettext_lazy("invalid"),
}
CONTACT_STATES = {
    "fresh": gettext_lazy("in contact"),
    "due": gettext_lazy("contact due"),
    "silent": gettext_lazy("silent"),
    "never": gettext_lazy("never contacted"),
}
# Why open deals leak in silence, by the number that opens to them.
LEAKS = {
    "leak_stuck": gettext_lazy("too long in the stage"),
    "leak_idle": gettext_lazy("no next step"),
    "leak_unheard": gettext_lazy("no contact for long"),
}
# What the page of the discipline of visits counts, and the rates of two of these.
VISITS = {
    "due": gettext_lazy("plans signed and due"),
    "kept": gettext_lazy("of these, made"),
    "made": gettext_lazy("visits made"),
    "signed_first": gettext_lazy("signed before"),
    "emergencies": gettext_lazy("Emergencies"),
    "unplanned": gettext_lazy("Without a plan"),
    "valid": gettext_lazy("Valid visits"),
    "valid_unplanned": gettext_lazy("valid without a plan signed first"),
    "recorded": gettext_lazy("records that were due"),
    "on_time": gettext_lazy("Records on time"),
    "late": gettext_lazy("records late"),
    "locked": gettext_lazy("Missing records"),
    "owed": gettext_lazy("records still to come"),
    "days": gettext_lazy("working days"),
    "completion": gettext_lazy("Plan completion"),
    "compliance": gettext_lazy("Gate compliance"),
    "emergency_share": gettext_lazy("share of emergencies"),
    "unplanned_share": gettext_lazy("Unplanned share"),
    "punctuality": gettext_lazy("share of records on time"),
    "per_day": gettext_lazy("Visits a working day"),
}


def in_base(amount: Decimal, *, full: bool = False) -> str:
    """An amount as it is written in the base currency, in which all figures are."""
    return f.money(amount, organisation().base_currency, full=full)


def wins(more: Decimal) -> str:
    """How many wins more; of less than a whole one a tenth would say nothing."""
    return f.number(more, 1 if more >= 1 else 2)


def why_silent(causes: Mapping[str, Amounts]) -> list[tuple[str, str, Amounts]]:
    """What opens to the deals, the cause by its name, and how many leak for it."""
    return [(f"{LEAK}_{cause}", str(LEAKS[f"{LEAK}_{cause}"]), amounts) for cause, amounts in causes.items()]


def why_lost(told: Sequence[tuple[Reason | None, Amounts]]) -> list[tuple[str, Amounts]]:
    """Reasons by their names; where a lost deal's and a cancelled one's are alike, with the kind."""
    names = Counter(str(reason) for reason, _amounts in told)
    return [(_named(reason, names), amounts) for reason, amounts in told]


def _named(reason: Reason | None, names: Mapping[str, int]) -> str:
    if reason is None:
        return _("none named")
    name = str(reason)
    return f"{name} · {reason.get_kind_display()}" if names[name] > 1 else name


def stage_or_outcome(names: Names, stage: int | None, outcome: str) -> str:
    """Where a deal stands: its stage, else how it ended."""
    if stage is not None:
        return str(names.stages[stage])
    return str(Outcome(outcome).label) if outcome else f.DASH
