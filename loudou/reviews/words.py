"""How packs and agendas are spoken of: their parts, figures and columns, and values as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loudou.reviews.models import Meeting, Pack
from loudou.steering.models import Category
from loudou.targets.models import IN_MONEY, Metric
from loudou.ui import format as f
from loudou.ui.papers import written
from loudou.warnings.words import SIGNS

PACK_TONES = {"draft": "", "handed_in": "watch", "read": "good", "returned": "bad"}
MEETING_TONES = {"planned": "watch", "held": "good", "cancelled": ""}
TASK_TONES = {"open": "watch", "done": "good", "dropped": ""}
PACK_STATES, PACK_KINDS = dict(Pack.State.choices), dict(Pack.Kind.choices)
MEETING_STATES = dict(Meeting.State.choices)
PARTS = {
    "targets": _("Targets"),
    "results": _("Results"),
    "collections": _("Invoiced and received"),
    "funnel": _("Funnel at the start and at the end"),
    "losses": _("Why deals were lost"),
    "activity": _("Visits"),
    "discipline": _("Log discipline"),
    "forecast": _("Forecast accuracy"),
    "problems": _("Problems"),
    "truth": _("Day logs: done, agreeing, true"),
    "leading": _("Signing and walking the market"),
    "promotions": _("Promotion table"),
    "expenses": _("Expenses"),
    "commitments": _("Commitments kept"),
    "red_targets": _("Red targets"),
    "warnings": _("Early warnings nobody answered"),
    "overdue": _("Overdue promises"),
    "change": _("How the forecast changed since the last meeting"),
}
LABELS: dict[str, str | Promise] = {
    "metric": _("Metric"),
    "target": _("Target"),
    "actual": _("Actual"),
    "attainment": _("Attainment"),
    "time_progress": _("Time progress"),
    "status": _("State"),
    "won": _("Won"),
    "won_amount": _("Amount won"),
    "lost": _("lost"),
    "lost_amount": _("Amount lost"),
    "rate": _("Win rate"),
    "cycle_mean_days": _("Sales cycle"),
    "stage": _("Stage"),
    "count_start": _("Deals at the start"),
    "amount_start": _("Amount at the start"),
    "invoiced": _("Invoiced"),
    "cash": _("Cash received"),
    "count_end": _("Deals at the end"),
    "amount_end": _("Amount at the end"),
    "name": _("Reason"),
    "count": _("How many"),
    "amount": _("Amount"),
    "valid_visits": _("Visits that count"),
    "plans_due": _("Plans due"),
    "plan_completion": _("Plan completion"),
    "gate_compliance": _("Signed before the visit"),
    "record_punctuality": _("Records on time"),
    "due": _("To be handed in"),
    "by": _("Due"),
    "on_time": _("In time"),
    "late": _("Handed in late"),
    "missing": _("Not handed in"),
    "score": _("Score"),
    "period": _("Period"),
    "forecast": _("Forecast"),
    "ape": _("Error"),
    "limit": _("Limit"),
    "passed": _("Passed"),
    "cause": _("Root cause"),
    "rule": _("Rule"),
    "registered": _("Registered"),
    "closed": _("closed"),
    "routine": _("Routine problems"),
    "closing_rate": _("Done on the day"),
    "agreement": _("Both logs agree"),
    "truth_rate": _("Truthfulness"),
    "timeliness": _("Timeliness"),
    "substance": _("Substance"),
    "field_days": _("Field days"),
    "working_days": _("Working days"),
    "share": _("Share of the whole"),
    "title": _("Deal"),
    "customer": _("Customer"),
    "stage_at_start": _("Stage at the start"),
    "stage_at_end": _("Stage at the end"),
    "outcome": _("Outcome"),
    "contacts_in_period": _("Contacts"),
    "unit": _("Unit"),
    "category": _("Category"),
    "budget": _("Budget"),
    "approved": _("Approved"),
    "usage": _("Used"),
    "given": _("Given"),
    "kept": _("Kept by their day"),
    "whose": _("Responsible"),
    "sign": _("Sign of trouble"),
    "what": _("What"),
    "start": _("Start"),
    "new": _("New deals"),
    "increase": _("Increase"),
    "decrease": _("Decrease"),
    "moved_out": _("Moved out"),
    "end": _("At the end"),
    "link": "",
}
STATUSES = {"green": _("on course"), "amber": _("watch"), "red": _("behind")}
OUTCOMES = {
    "open": _("open"),
    "on_hold": _("on hold"),
    "won": _("won"),
    "lost": _("lost"),
    "cancelled": _("cancelled"),
    "invalid": _("invalid"),
}
RIGHT = frozenset({"money", "number", "percent", "days"})


def told(value: Any, kind: str, currency: str) -> str:
    """A value of a part as people read it."""
    if value is None:
        return f.DASH
    if kind == "metric":
        return str(dict(Metric.choices).get(value, value))
    if kind == "status":
        return str(STATUSES.get(value, value))
    if kind == "outcome":
        return str(OUTCOMES.get(value, value))
    if kind == "category":
        return str(dict(Category.choices).get(value, value))
    if kind == "sign":
        return str(SIGNS.get(value, value))
    if kind == "passed":
        return str(_("yes")) if value else str(_("no"))
    if kind == "count":
        places = 0 if Decimal(str(value)) % 1 == 0 else 2
        return f.number(Decimal(str(value)), places)
    if kind in RIGHT:
        return written(Decimal(str(value)), kind, currency)
    return written(date.fromisoformat(value), kind, currency) if kind == "day" else str(value)


def kind_in(columns: Sequence[Sequence[str]], row: Sequence[Any], kind: str) -> str:
    """What a column's kind is in a row: what a target counts is money only where its metric is counted in money."""
    metric = next((row[place] for place, (_key, one) in enumerate(columns) if one == "metric"), None)
    return "count" if kind == "money" and metric is not None and metric not in IN_MONEY else kind


def label(key: str) -> str | Promise:
    """What a figure or a column is called."""
    return LABELS.get(key, key)
