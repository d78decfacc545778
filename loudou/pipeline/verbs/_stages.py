"""Stages as they are wanted, and how a draft comes to have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from django.utils import translation
from django.utils.translation import gettext as _

from loudou.environment import LANGUAGES
from loudou.kernel.money import LARGEST
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import EvidenceKind, FunnelVersion, Stage, StageSpec, StageTask
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.models.funnel import Category
from loudou.pipeline.queries.gates import FIELDS
from loudou.pipeline.verbs._names import Names, free_code, named, namesakes, next_free, worded

Marked = TypeVar("Marked", "EvidencePlan", "TaskPlan")
MOST_STAGES = 12
MOST_MARKS = 20
MOST_DAYS = 3650


@dataclass(frozen=True)
class EvidencePlan:
    """A promotion mark as it is wanted."""

    code: str
    names: Names
    hint: Names = field(default_factory=dict)
    required: bool = True
    needs_file: bool = False


@dataclass(frozen=True)
class TaskPlan:
    """A stage task as it is wanted."""

    code: str
    names: Names
    form: str = ""
    required: bool = False
    due_days: int | None = None


@dataclass(frozen=True)
class StagePlan:
    """A stage as it is wanted. An empty code makes a new stage; a known one keeps its identity in history."""

    code: str
    names: Names
    probability: Decimal
    category: str = Category.PIPELINE
    objective: Names = field(default_factory=dict)
    norm: Names = field(default_factory=dict)
    warn_days: int | None = None
    max_days: int | None = None
    required_fields: tuple[str, ...] = ()
    confirm_entry: bool = False
    confirm_amount: Decimal | None = None
    evidence: tuple[EvidencePlan, ...] = ()
    tasks: tuple[TaskPlan, ...] = ()


def write_stages(
    draft: FunnelVersion, plans: Sequence[StagePlan], *, before: Sequence[StagePlan] = ()
) -> None:
    """Give an empty draft these stages, in this order; a handful of statements however many there are.

    `before` is what they take the place of: two that were called alike there already do not stand in the way of another
    change.
    """
    if not 1 <= len(plans) <= MOST_STAGES:
        raise Refused(_("A funnel has 1 to {n} stages.").format(n=MOST_STAGES), field="stages")
    for plan in plans:
        _check(plan)
    _refuse_namesakes(plans, before)
    stages = _identities(draft, plans)
    specs = StageSpec.objects.bulk_create(
        StageSpec(
            version=draft,
            stage=stage,
            position=position,
            names=named(plan.names),
            probability=plan.probability,
            category=plan.category,
            objective=worded(plan.objective),
            norm=worded(plan.norm),
            warn_days=plan.warn_days,
            max_days=plan.max_days,
            required_fields=[name for name in FIELDS if name in plan.required_fields],
            confirm_entry=plan.confirm_entry,
            confirm_amount=plan.confirm_amount,
        )
        for position, (plan, stage) in enumerate(zip(plans, stages, strict=True))
    )
    _write_evidence(specs, plans)
    _write_tasks(specs, plans)


def _write_evidence(specs: Sequence[StageSpec], plans: Sequence[StagePlan]) -> None:
    EvidenceKind.objects.bulk_create(
        EvidenceKind(
            spec=spec,
            code=code,
            names=named(item.names),
            hint=worded(item.hint),
            position=place,
            required=item.required,
            needs_file=item.needs_file,
        )
        for spec, plan in zip(specs, plans, strict=True)
        for place, (item, code) in enumerate(_coded(plan.evidence, "e"))
    )


def _write_tasks(specs: Sequence[StageSpec], plans: Sequence[StagePlan]) -> None:
    StageTask.objects.bulk_create(
        StageTask(
            spec=spec,
            code=code,
            names=named(item.names),
            form=item.form,
            position=place,
            required=item.required,
            due_days=item.due_days,
        )
        for spec, plan in zip(specs, plans, strict=True)
        for place, (item, code) in enumerate(_coded(plan.tasks, "t"))
    )


def _check(plan: StagePlan) -> None:
    if not plan.probability.is_finite() or not 0 <= plan.probability <= 1:
        raise Refused(_("A success rate lies between 0 and 100 %."), field="probability")
    if plan.category not in Category.values:
        raise Refused(_("There is no such category."), field="category")
    unknown = sorted(set(plan.required_fields) - set(FIELDS))
    if unknown:
        raise Refused(_("There is no field “{name}”.").format(name=unknown[0]), field="required_fields")
    if max(len(plan.evidence), len(plan.tasks)) > MOST_MARKS:
        raise Refused(_("A stage has at most {n} marks and tasks.").format(n=MOST_MARKS), field="evidence")
    for marks in (plan.evidence, plan.tasks):
        codes = [item.code for item in marks if item.code]
        if len(set(codes)) < len(codes):
            raise Refused(_("Two marks or tasks have the same code."), field="evidence")
    days = (plan.warn_days, plan.max_days, *(task.due_days for task in plan.tasks))
    if any(number is not None and not 0 <= number <= MOST_DAYS for number in days):
        raise Refused(_("Days lie between 0 and {n}.").format(n=MOST_DAYS), field="max_days")
    if plan.warn_days and plan.max_days and plan.warn_days > plan.max_days:
        raise Refused(_("The warning must not come after the limit."), field="warn_days")
    amount = plan.confirm_amount
    if amount is not None and (not amount.is_finite() or not 0 <= amount <= LARGEST):
        raise Refused(_("The amount must not be negative."), field="confirm_amount")


def _refuse_namesakes(plans: Sequence[StagePlan], before: Sequence[StagePlan]) -> None:
    """Stages of a funnel, and marks and tasks of a stage, are told apart by their names."""
    known = Counter(_namesakes(before))
    for sentence, field_name in _namesakes(plans):
        known[sentence, field_name] -= 1
        if known[sentence, field_name] < 0:
            raise Refused(sentence, field=field_name)


def _namesakes(plans: Sequence[StagePlan]) -> Iterator[tuple[str, str]]:
    """What is called like something else, as sentences, each with the field that is to blame."""
    won = _("“{name}” is what a deal becomes after the last stage; call the stage otherwise.")
    taken = _("Another stage of this funnel is called “{name}”; give this one a name of its own.")
    twice = _("“{name}” is asked for twice; take one out or call it otherwise.")
    outcome = [_won()]
    for at, plan in enumerate(plans):
        for name in namesakes(plan.names, outcome):
            yield won.format(name=name), "names"
        for name in namesakes(plan.names, [other.names for other in plans[:at]]):
            yield taken.format(name=name), "names"
        for asked in ([mark.names for mark in plan.evidence], [task.names for task in plan.tasks]):
            for place, names in enumerate(asked):
                yield from ((twice.format(name=name), "evidence") for name in namesakes(names, asked[:place]))


def _won() -> Names:
    """What a won deal is called, in every language."""
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = str(Outcome.WON.label)
    return found


def _identities(draft: FunnelVersion, plans: Sequence[StagePlan]) -> list[Stage]:
    """The stage of each plan: the one with its code, or a new one under a free code."""
    known = {stage.code: stage for stage in Stage.objects.filter(funnel=draft.funnel_id)}
    codes: list[str] = []
    for plan in plans:
        code = plan.code or free_code({*known, *codes}, plan.names)
        if code in codes:
            raise Refused(_("Two stages have the code “{code}”.").format(code=code), field="stages")
        codes.append(code)
    fresh = [Stage(funnel_id=draft.funnel_id, code=code) for code in codes if code not in known]
    known |= {stage.code: stage for stage in Stage.objects.bulk_create(fresh)}
    return [known[code] for code in codes]


def _coded(items: Sequence[Marked], prefix: str) -> list[tuple[Marked, str]]:
    """Each mark with its code; one without gets the next free number, so that no code means two things over time."""
    taken = {item.code for item in items if item.code}
    found: list[tuple[Marked, str]] = []
    for item in items:
        code = item.code or next_free(prefix, taken)
        taken.add(code)
        found.append((item, code))
    return found


def plan_of(spec: StageSpec) -> StagePlan:
    """A stage as it stands, as it could be wanted again (read with `specs(...)`)."""
    return StagePlan(
        code=spec.stage.code,
        names=spec.names,
        probability=spec.probability,
        category=spec.category,
        objective=spec.objective,
        norm=spec.norm,
        warn_days=spec.warn_days,
        max_days=spec.max_days,
        required_fields=tuple(spec.required_fields),
        confirm_entry=spec.confirm_entry,
        confirm_amount=spec.confirm_amount,
        evidence=tuple(
            EvidencePlan(kind.code, kind.names, kind.hint, kind.required, kind.needs_file)
            for kind in spec.evidence_kinds.all()
        ),
        tasks=tuple(
            TaskPlan(task.code, task.names, task.form, task.required, task.due_days)
            for task in spec.tasks.all()
        ),
    )
