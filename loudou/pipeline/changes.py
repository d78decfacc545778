"""What a draft of a funnel changes against the version in force, as people read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.pipeline.figures.drafting import Difference, differences
from loudou.pipeline.models.funnel import Category
from loudou.pipeline.queries.gates import FIELDS
from loudou.pipeline.verbs import EvidencePlan, StagePlan, TaskPlan
from loudou.ui import format as f

LABELS = {
    "names": gettext_lazy("name"),
    "probability": gettext_lazy("success rate"),
    "category": gettext_lazy("forecast category"),
    "objective": gettext_lazy("objective"),
    "norm": gettext_lazy("operating norm"),
    "warn_days": gettext_lazy("warn after days"),
    "max_days": gettext_lazy("at most days"),
    "required_fields": gettext_lazy("required fields"),
    "confirm_entry": gettext_lazy("a manager confirms entry"),
    "confirm_amount": gettext_lazy("a manager confirms entry from this amount"),
}


@dataclass(frozen=True)
class Change:
    """One change: of which stage, what kind (`added`, `removed`, `moved`, `changed`), and from what to what."""

    kind: str
    stage: str
    label: str = ""
    was: str = ""
    now: str = ""


def changes(before: Sequence[StagePlan], after: Sequence[StagePlan]) -> list[Change]:
    """How the stages of a draft differ from those in force, in the draft's order."""
    names = {plan.code: f.in_words(plan.names) for plan in (*before, *after)}
    pairs = [(plan.code, _facts(plan)) for plan in before], [(plan.code, _facts(plan)) for plan in after]
    return [_told(difference, names[difference.stage]) for difference in differences(*pairs)]


def _facts(plan: StagePlan) -> Mapping[str, Any]:
    """What is known of a stage, one entry a fact, a mark or a task."""
    facts: dict[str, Any] = {name: getattr(plan, name) for name in LABELS}
    facts |= {f"evidence:{mark.code}": mark for mark in plan.evidence}
    return facts | {f"task:{task.code}": task for task in plan.tasks}


def _told(difference: Difference, stage: str) -> Change:
    if difference.kind != "changed":
        return Change(difference.kind, stage)
    was, now = difference.was, difference.now
    mark = now or was
    if isinstance(mark, EvidencePlan):
        return Change("changed", stage, _("mark"), _mark(was), _mark(now))
    if isinstance(mark, TaskPlan):
        return Change("changed", stage, _("stage task"), _mark(was), _mark(now))
    label = str(LABELS[difference.fact])
    told, then = _value(difference.fact, was), _value(difference.fact, now)
    return Change("changed", stage, label, told, then if then != told else _("in another language"))


def _mark(mark: Any) -> str:
    """A mark or task with what is asked of it; nothing for one that is not there."""
    if mark is None:
        return ""
    said = [f.in_words(mark.names)]
    if mark.required:
        said.append(_("required"))
    if getattr(mark, "needs_file", False):
        said.append(_("with a file"))
    if getattr(mark, "form", ""):
        said.append(mark.form)
    if getattr(mark, "due_days", None) is not None:
        said.append(f.days(mark.due_days))
    return " · ".join(said)


def _value(fact: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value in ((), {}):
        return "—"
    if fact == "probability":
        return f"{(Decimal(value) * 100).normalize():f}%"
    if fact == "category":
        return str(Category(value).label)
    if fact == "required_fields":
        return _("; ").join(str(FIELDS[name]) for name in value)
    if fact == "confirm_amount":
        return f.number(value, 2)
    return f.in_words(value) if isinstance(value, dict) else str(value)
