"""Reading what a deal has shown, and what its gate still asks for."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.customers.models import Contact
from loudou.pipeline.figures.gates import Gate, gate
from loudou.pipeline.models import Deal, Evidence, EvidenceKind, StageSpec, StageTask, TaskDone
from loudou.pipeline.queries.funnels import previous_specs
from loudou.ui.format import in_words

# Fields a stage may require, and how they are called.
FIELDS = {
    "customer": gettext_lazy("customer"),
    "amount": gettext_lazy("expected order amount"),
    "expected_on": gettext_lazy("expected order date"),
    "next_step": gettext_lazy("next step with date"),
    "source": gettext_lazy("source"),
    "lines": gettext_lazy("products"),
    "contact": gettext_lazy("a contact"),
    "two_contacts": gettext_lazy("a second contact"),
    "decision_maker": gettext_lazy("the decision maker (EB)"),
    "competitor": gettext_lazy("the competitor"),
}


@dataclass(frozen=True)
class Shown:
    """One item of a gate with who showed it, for people."""

    kind: str  # evidence, field or task
    code: str
    name: str
    done: bool
    required: bool
    hint: str = ""
    evidence_kind: EvidenceKind | None = None
    task: StageTask | None = None
    evidence: Evidence | None = None
    task_done: TaskDone | None = None


@dataclass(frozen=True)
class Standing:
    """A deal before the gate of one of its stages."""

    spec: StageSpec
    gate: Gate
    items: list[Shown] = field(default_factory=list)

    @property
    def missing(self) -> list[Shown]:
        """What is required and not there, for people."""
        return [item for item in self.items if item.required and not item.done]


def standings(deal: Deal, specs: list[StageSpec]) -> list[Standing]:
    """The gates of these stages (read with `specs(..., whole=True)`) as the deal stands before them; five queries."""
    given = {
        evidence.kind_id: evidence
        for evidence in Evidence.objects.filter(deal=deal, withdrawn_at=None).select_related(
            "given_by", "file"
        )
    }
    done = {row.task_id: row for row in TaskDone.objects.filter(deal=deal).select_related("done_by")}
    have = filled(deal)
    return [_standing(spec, given, done, have) for spec in specs]


def standing(deal: Deal, spec: StageSpec) -> Standing:
    """The gate of one stage."""
    return standings(deal, [spec])[0]


def owed(deal: Deal) -> list[Standing]:
    """Gates of earlier stages that were skipped and still lack something (C2: skipped gates are still filled)."""
    if deal.skips == 0:
        return []
    return [before for before in standings(deal, previous_specs(deal.spec)) if not before.gate.is_open]


def filled(deal: Deal) -> set[str]:
    """Which of the fields a stage may require are there."""
    have = set()
    if deal.customer_id:
        have.add("customer")
    if deal.amount > 0:
        have.add("amount")
    if deal.expected_on:
        have.add("expected_on")
    if deal.next_step and deal.next_on:
        have.add("next_step")
    if deal.source:
        have.add("source")
    parts = list(deal.contacts.values_list("part", flat=True))
    if parts:
        have.add("contact")
    if len(parts) >= 2:
        have.add("two_contacts")
    if Contact.Part.ECONOMIC in parts:
        have.add("decision_maker")
    if deal.competitors.exists():
        have.add("competitor")
    if deal.lines.exists():
        have.add("lines")
    return have


def _standing(
    spec: StageSpec, given: dict[int, Evidence], done: dict[int, TaskDone], have: set[str]
) -> Standing:
    kinds, tasks = list(spec.evidence_kinds.all()), list(spec.tasks.all())
    judged = gate(
        evidence=[(kind.code, kind.required) for kind in kinds],
        given={kind.code for kind in kinds if kind.pk in given},
        fields=spec.required_fields,
        filled=have,
        tasks=[(task.code, task.required) for task in tasks],
        done={task.code for task in tasks if task.pk in done},
    )
    items = [
        Shown(
            "evidence",
            kind.code,
            in_words(kind.names),
            kind.pk in given,
            kind.required,
            hint=in_words(kind.hint),
            evidence_kind=kind,
            evidence=given.get(kind.pk),
        )
        for kind in kinds
    ]
    items += [
        Shown("field", name, str(FIELDS.get(name, name)), name in have, True, hint=_("on the deal itself"))
        for name in spec.required_fields
    ]
    items += [
        Shown(
            "task",
            task.code,
            in_words(task.names),
            task.pk in done,
            task.required,
            hint=task.form,
            task=task,
            task_done=done.get(task.pk),
        )
        for task in tasks
    ]
    return Standing(spec, judged, items)
