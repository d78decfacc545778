"""What the gates of a deal ask for, and what was shown: evidence and tasks."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.deals.records import DealDetail, told
from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import page
from loudou.exchange.api.rows import there
from loudou.exchange.api.shapes import Asked, In, Instant, Key, Out, Page, PersonRef, Reason, When, person_ref
from loudou.people.access import fetch
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Evidence, EvidenceKind, File, StageTask
from loudou.pipeline.queries.funnels import specs
from loudou.pipeline.queries.gates import standings

router = Router(tags=["deals"])


class GateItem(Out):
    kind: str  # evidence, field or task
    code: str
    name: str
    hint: str
    required: bool
    done: bool
    evidence_id: int | None
    by: PersonRef | None
    at: When | None


class GateRow(Out):
    stage: str
    name: str
    position: int
    is_current: bool
    is_open: bool
    items: list[GateItem]


class Gates(Out):
    stages: list[GateRow]


class EvidenceRow(Out):
    id: int
    stage: str
    kind: str
    note: str
    file_id: int | None
    source: str
    given_by: PersonRef | None
    given_at: When
    withdrawn_by: PersonRef | None
    withdrawn_at: When | None
    withdrawn_reason: str


class EvidencePage(Page[EvidenceRow]):
    pass


class NewEvidence(In):
    kind: Annotated[str, Field(min_length=1, max_length=40, description="A kind's code, of GET …/gate.")]
    stage: Annotated[str, Field(max_length=40, description="Its stage's code, if not the present one.")] = ""
    note: Reason = ""
    file: Key | None = None
    at: Instant | None = None


class EvidenceWithdrawal(In):
    reason: Annotated[str, Field(max_length=300)]


class TaskDoneIn(In):
    task: Annotated[str, Field(min_length=1, max_length=40)]
    stage: Annotated[str, Field(max_length=40)] = ""
    note: Annotated[str, Field(max_length=300)] = ""


@router.get("/deals/{int:id}/gate", response=Gates, summary=_("What its gates ask for, and what was shown"))
def gate(request: Call, id: Key) -> Gates:
    """One entry a stage of the deal's version of its funnel, in order."""
    deal = fetch(request.user, Deal, id)
    stages = specs(deal.funnel_version_id)
    return Gates(stages=[_gate(deal, before) for before in standings(deal, stages)])


@router.get("/deals/{int:id}/evidence", response=EvidencePage, summary=_("Evidence, withdrawn evidence too"))
def list_evidence(request: Call, id: Key, asked: Query[Asked]) -> Page[EvidenceRow]:
    rows = Evidence.objects.filter(deal=fetch(request.user, Deal, id))
    return page(request, rows, asked, EvidencePage, load=_evidence_rows, shape=evidence_row)


@router.post("/deals/{int:id}/evidence", response={201: EvidenceRow}, summary=_("Show evidence"))
def give_evidence(request: Call, id: Key, body: NewEvidence) -> Status[EvidenceRow]:
    """In words, or with a file of the deal where the kind wants one. Twice is once."""
    deal = fetch(request.user, Deal, id)
    files = File.objects.filter(deal=deal, removed_at=None)
    file = there(files.filter(pk=body.file).first(), "file") if body.file else None
    kind = _kind(EvidenceKind, deal, body.kind, body.stage, "kind")
    given = verbs.give_evidence(deal, kind=kind, by=request.user, note=body.note, file=file, at=body.at)
    return Status(201, evidence_row(_evidence_rows([given.pk])[0]))


@router.post(
    "/deals/{int:id}/evidence/{int:key}/withdraw", response=EvidenceRow, summary=_("Withdraw evidence")
)
def withdraw_evidence(request: Call, id: Key, key: Key, body: EvidenceWithdrawal) -> EvidenceRow:
    """What turned out not to hold; it stays on record."""
    evidence = there(Evidence.objects.filter(deal=fetch(request.user, Deal, id), pk=key).first())
    verbs.withdraw_evidence(evidence, by=request.user, reason=body.reason)
    return evidence_row(_evidence_rows([evidence.pk])[0])


@router.post("/deals/{int:id}/tasks", response=DealDetail, summary=_("Do a stage task"))
def complete_task(request: Call, id: Key, body: TaskDoneIn) -> DealDetail:
    """Twice is once."""
    deal = fetch(request.user, Deal, id)
    task = _kind(StageTask, deal, body.task, body.stage, "task")
    verbs.complete_task(deal, task=task, by=request.user, note=body.note)
    return told(request, deal)


def _gate(deal: Deal, before: Any) -> GateRow:
    return GateRow(
        stage=before.spec.stage.code,
        name=str(before.spec),
        position=before.spec.position,
        is_current=before.spec.stage_id == deal.spec.stage_id,
        is_open=before.gate.is_open,
        items=[_gate_item(item) for item in before.items],
    )


def _gate_item(item: Any) -> GateItem:
    given, done = item.evidence, item.task_done
    return GateItem(
        kind=item.kind,
        code=item.code,
        name=item.name,
        hint=item.hint,
        required=item.required,
        done=item.done,
        evidence_id=given.pk if given else None,
        by=person_ref(given.given_by if given else done.done_by if done else None),
        at=given.given_at if given else done.done_at if done else None,
    )


K = TypeVar("K", EvidenceKind, StageTask)


def _kind(model: type[K], deal: Deal, code: str, stage: str, field: str) -> K:
    """A kind of evidence or a task of the deal's version: of the stage named, else of the present one."""
    spec = {"spec__version": deal.funnel_version_id, "code": code}
    chosen = {"spec__stage__code": stage} if stage else {"spec": deal.spec_id}
    return there(model._default_manager.filter(**spec, **chosen).select_related("spec").first(), field)


def _evidence_rows(keys: list[int]) -> list[Evidence]:
    shown = ("kind__spec__stage", "given_by", "withdrawn_by")
    return list(Evidence.objects.filter(pk__in=keys).select_related(*shown))


def evidence_row(evidence: Evidence) -> EvidenceRow:
    return EvidenceRow(
        id=evidence.pk,
        stage=evidence.kind.spec.stage.code,
        kind=evidence.kind.code,
        note=evidence.note,
        file_id=evidence.file_id,
        source=evidence.source,
        given_by=person_ref(evidence.given_by),
        given_at=evidence.given_at,
        withdrawn_by=person_ref(evidence.withdrawn_by),
        withdrawn_at=evidence.withdrawn_at,
        withdrawn_reason=evidence.withdrawn_reason,
    )
