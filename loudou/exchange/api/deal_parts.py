"""What hangs on a deal: its gate, lines, contacts, team, competitors, notes, files, past, followers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.catalog.models import Product
from loudou.customers.models import Contact
from loudou.exchange.api.deals import DealDetail, told
from loudou.exchange.api.gate import Call, known_version
from loudou.exchange.api.listing import page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.problems import no_such
from loudou.exchange.api.rows import named, there
from loudou.exchange.api.shapes import (
    GUARDED,
    Amount,
    Asked,
    In,
    Instant,
    Key,
    Money,
    Number,
    Out,
    Page,
    PersonRef,
    Quantity,
    Ratio,
    Reason,
    Share,
    Version,
    When,
    person_ref,
)
from loudou.exchange.api.signatures import RequestPage, RequestRow, request_row
from loudou.journal.record import acting, lock
from loudou.people.access import fetch, require
from loudou.pipeline import verbs
from loudou.pipeline.models import (
    Competitor,
    Deal,
    Evidence,
    EvidenceKind,
    File,
    Line,
    Move,
    Note,
    StageTask,
    TeamMember,
)
from loudou.pipeline.queries.funnels import specs
from loudou.pipeline.queries.gates import standings
from loudou.signoff.models import Request

router = Router(tags=["deals"])
T = TypeVar("T")
MOST_PARTS = 200


# The gate: evidence and tasks ----------------------------------------------------------------------------------


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
    stages = specs(deal.funnel_version_id, whole=True)
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


# Lines, contacts, team -----------------------------------------------------------------------------------------


class ProductRef(Out):
    id: int
    code: str
    name: str


class LineRow(Out):
    id: int
    product: ProductRef
    quantity: Number
    price: Money
    total: Money
    system_of_record: str


class Lines(Out):
    version: int
    items: list[LineRow]


class NewLine(In):
    product: Key
    quantity: Quantity
    price: Amount
    system_of_record: Literal["funnel", "erp"] = "funnel"


class WaitingLines(Out):
    """Lines that change the amount by more than half wait for a manager."""

    request: RequestRow
    requests: list[RequestRow]
    lines: Lines


class NewLines(In):
    version: Version | None = None
    reason: Reason = ""
    lines: list[NewLine] = Field(max_length=MOST_PARTS)


class ContactRef(Out):
    id: int
    name: str
    title: str
    part: str
    attitude: str


class DealContacts(Out):
    version: int
    items: list[ContactRef]


class NewContacts(In):
    version: Version | None = None
    contacts: list[Key] = Field(max_length=MOST_PARTS)


class MemberRow(Out):
    user: PersonRef
    share: Ratio
    task: str


class Team(Out):
    version: int
    items: list[MemberRow]


class NewMember(In):
    user: Key
    share: Share = Decimal(0)
    task: Annotated[str, Field(max_length=80)] = ""


class NewTeam(In):
    version: Version | None = None
    members: list[NewMember] = Field(max_length=MOST_PARTS)


@router.get("/deals/{int:id}/lines", response=Lines, summary=_("Lines"))
def get_lines(request: Call, id: Key) -> Lines:
    return _lines(request, fetch(request.user, Deal, id))


@router.put(
    "/deals/{int:id}/lines",
    response={200: Lines, 202: WaitingLines},
    summary=_("Replace the lines"),
    openapi_extra=GUARDED,
)
def set_lines(request: Call, id: Key, body: NewLines) -> Lines | Status[WaitingLines]:
    """The deal's amount becomes the sum of its `funnel` lines; those of the ERP are told apart. A change of the amount
    by more than half waits for a manager's signature (202)."""
    deal = fetch(request.user, Deal, id)
    wanted = [
        verbs.LineInput(
            named(request.user, Product, line.product, f"lines.{place}.product"),
            line.quantity,
            line.price,
            line.system_of_record,
        )
        for place, line in enumerate(body.lines)
    ]
    version = known_version(request, body.version)
    edited = verbs.set_lines(deal, lines=wanted, by=request.user, version=version, reason=body.reason)
    lines = _lines(request, edited.deal)
    if not edited.requests:
        return lines
    rows = [request_row(request.user, asked) for asked in edited.requests]
    return Status(202, WaitingLines(request=rows[0], requests=rows, lines=lines))


@router.get("/deals/{int:id}/contacts", response=DealContacts, summary=_("Contacts who take part"))
def get_contacts(request: Call, id: Key) -> DealContacts:
    return _contacts(request, fetch(request.user, Deal, id))


@router.put(
    "/deals/{int:id}/contacts", response=DealContacts, summary=_("Say who takes part"), openapi_extra=GUARDED
)
def set_contacts(request: Call, id: Key, body: NewContacts) -> DealContacts:
    deal = fetch(request.user, Deal, id)
    found = {row.pk: row for row in Contact.objects.visible_to(request.user).filter(pk__in=body.contacts)}
    if missing := [place for place, key in enumerate(body.contacts) if key not in found]:
        raise no_such(f"contacts.{missing[0]}")
    _at_version(
        request,
        deal,
        body.version,
        lambda: verbs.set_contacts(deal, contacts=list(found.values()), by=request.user),
    )
    return _contacts(request, deal)


@router.get("/deals/{int:id}/team", response=Team, summary=_("Team"))
def get_team(request: Call, id: Key) -> Team:
    return _team(request, fetch(request.user, Deal, id))


@router.put("/deals/{int:id}/team", response=Team, summary=_("Say who works on it"), openapi_extra=GUARDED)
def set_team(request: Call, id: Key, body: NewTeam) -> Team:
    """With their shares of the credit, at most 1 together; the rest is the owner's."""
    deal = fetch(request.user, Deal, id)
    members = [
        (named_person(request.user, member.user, f"members.{place}.user"), member.share, member.task)
        for place, member in enumerate(body.members)
    ]
    _at_version(request, deal, body.version, lambda: verbs.set_team(deal, members=members, by=request.user))
    return _team(request, deal)


def _at_version(request: Call, deal: Deal, sent: int | None, act: Callable[[], T]) -> T:
    """An act on the version of the deal that the caller saw, where the verb itself does not ask for one."""
    version = known_version(request, sent)
    require(request.user, "pipeline.edit", deal)
    with acting():
        lock(deal, version=version)
        return act()


def _lines(request: Call, deal: Deal) -> Lines:
    rows = Line.objects.filter(deal=deal).select_related("product").order_by("position", "id")
    return Lines(version=_tagged(request, deal), items=[line_row(line) for line in rows])


def line_row(line: Line) -> LineRow:
    product = line.product
    return LineRow(
        id=line.pk,
        product=ProductRef(id=product.pk, code=product.code, name=product.name),
        quantity=line.quantity,
        price=line.price,
        total=line.total,
        system_of_record=line.system_of_record,
    )


def _contacts(request: Call, deal: Deal) -> DealContacts:
    rows = Contact.objects.filter(pk__in=deal.parts.values("contact")).order_by("name_key", "id")
    items = [
        ContactRef(id=row.pk, name=row.name, title=row.title, part=row.part, attitude=row.attitude)
        for row in rows
    ]
    return DealContacts(version=_tagged(request, deal), items=items)


def _team(request: Call, deal: Deal) -> Team:
    rows = TeamMember.objects.filter(deal=deal).select_related("user").order_by("-share", "user_id")
    items = [MemberRow(user=person_ref(row.user), share=row.share, task=row.task) for row in rows]
    return Team(version=_tagged(request, deal), items=items)


def _tagged(request: Call, deal: Deal) -> int:
    """The deal's present version, which goes back as the ETag of what hangs on it."""
    version: int = Deal.objects.values_list("version", flat=True).get(pk=deal.pk)
    request.tag = version
    return version


# Competitors, notes, files -------------------------------------------------------------------------------------


class CompetitorRow(Out):
    id: int
    name: str
    standing: str
    strength: str
    quote: Money | None


class CompetitorPage(Page[CompetitorRow]):
    pass


class NewCompetitor(In):
    name: Annotated[str, Field(min_length=1, max_length=120)]
    standing: Literal["unknown", "behind", "level", "ahead"] = "unknown"
    strength: Annotated[str, Field(max_length=80)] = ""
    quote: Amount | None = None


class NoteRow(Out):
    id: int
    text: str
    author: PersonRef | None
    at: When
    mentioned: list[int]


class NotePage(Page[NoteRow]):
    pass


class NewNote(In):
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    mentioned: list[Key] = Field([], max_length=50)


class FileRow(Out):
    id: int
    name: str
    kind: str
    size: int
    sha256: str
    added_by: PersonRef | None
    added_at: When


class FilePage(Page[FileRow]):
    pass


@router.get("/deals/{int:id}/competitors", response=CompetitorPage, summary=_("Competitors"))
def list_competitors(request: Call, id: Key, asked: Query[Asked]) -> Page[CompetitorRow]:
    rows = Competitor.objects.filter(deal=fetch(request.user, Deal, id))
    return page(request, rows, asked, CompetitorPage, order=("id",), shape=competitor_row)


@router.post("/deals/{int:id}/competitors", response=CompetitorRow, summary=_("Note a competitor"))
def set_competitor(request: Call, id: Key, body: NewCompetitor) -> CompetitorRow:
    """Or what became known of one: a name stands once a deal."""
    deal = fetch(request.user, Deal, id)
    noted = verbs.set_competitor(
        deal,
        name=body.name,
        by=request.user,
        standing=body.standing,
        strength=body.strength,
        quote=body.quote,
    )
    return competitor_row(noted)


@router.api_operation(
    ["DELETE"],
    "/deals/{int:id}/competitors/{int:key}",
    response={204: None},
    summary=_("Take a competitor off"),
)
def remove_competitor(request: Call, id: Key, key: Key) -> Status[None]:
    competitor = there(Competitor.objects.filter(deal=fetch(request.user, Deal, id), pk=key).first())
    verbs.remove_competitor(competitor, by=request.user)
    return Status(204, None)


@router.get("/deals/{int:id}/notes", response=NotePage, summary=_("Notes"))
def list_notes(request: Call, id: Key, asked: Query[Asked]) -> Page[NoteRow]:
    """Newest first."""
    rows = Note.objects.filter(deal=fetch(request.user, Deal, id))
    return page(
        request,
        rows,
        asked,
        NotePage,
        load=lambda keys: Note.objects.filter(pk__in=keys).select_related("author"),
        shape=note_row,
    )


@router.post("/deals/{int:id}/notes", response={201: NoteRow}, summary=_("Write on a deal"))
def add_note(request: Call, id: Key, body: NewNote) -> Status[NoteRow]:
    """Whom it mentions hears of it."""
    deal = fetch(request.user, Deal, id)
    mentioned = [
        named_person(request.user, key, f"mentioned.{place}") for place, key in enumerate(body.mentioned)
    ]
    return Status(201, note_row(verbs.add_note(deal, text=body.text, by=request.user, mentioned=mentioned)))


@router.get("/deals/{int:id}/files", response=FilePage, summary=_("Files"))
def list_files(request: Call, id: Key, asked: Query[Asked]) -> Page[FileRow]:
    """What is attached; the files themselves are fetched from the page."""
    rows = File.objects.filter(deal=fetch(request.user, Deal, id), removed_at=None)
    return page(
        request,
        rows,
        asked,
        FilePage,
        load=lambda keys: File.objects.filter(pk__in=keys).select_related("added_by"),
        shape=file_row,
    )


def competitor_row(competitor: Competitor) -> CompetitorRow:
    return CompetitorRow(
        id=competitor.pk,
        name=competitor.name,
        standing=competitor.standing,
        strength=competitor.strength,
        quote=competitor.quote,
    )


def note_row(note: Note) -> NoteRow:
    return NoteRow(
        id=note.pk, text=note.text, author=person_ref(note.author), at=note.at, mentioned=note.mentioned
    )


def file_row(file: File) -> FileRow:
    return FileRow(
        id=file.pk,
        name=file.name,
        kind=file.kind,
        size=file.size,
        sha256=file.sha256,
        added_by=person_ref(file.added_by),
        added_at=file.added_at,
    )


# The past, signatures, followers -------------------------------------------------------------------------------


class MoveRow(Out):
    id: int
    kind: str
    at: When
    recorded_at: When
    known_at: When
    by: PersonRef | None
    channel: str
    stage: str | None
    amount: Money | None
    currency: str
    base_amount: Money | None
    expected_on: date | None
    owner: PersonRef | None
    probability: Ratio | None
    category: str
    reason_code: str | None
    reason: str
    skipped: int
    backward: bool


class MovePage(Page[MoveRow]):
    pass


class Following(In):
    user: Annotated[Key | None, Field(description="A colleague; oneself if left out.")] = None


class Followers(Out):
    items: list[PersonRef]


@router.get("/deals/{int:id}/moves", response=MovePage, summary=_("The facts of its past"))
def list_moves(request: Call, id: Key, asked: Query[Asked]) -> Page[MoveRow]:
    """In the order of their business time `at`."""
    rows = Move.objects.filter(deal=fetch(request.user, Deal, id))
    shown = ("by", "stage", "owner", "reason_code")
    return page(
        request,
        rows,
        asked,
        MovePage,
        order=("at", "id"),
        load=lambda keys: Move.objects.filter(pk__in=keys).select_related(*shown),
        shape=move_row,
    )


@router.get("/deals/{int:id}/requests", response=RequestPage, summary=_("Requests for a signature on it"))
def list_deal_requests(request: Call, id: Key, asked: Query[Asked]) -> Page[RequestRow]:
    rows = Request.objects.about(fetch(request.user, Deal, id))
    shown = ("asker", "signer", "answered_by")
    return page(
        request,
        rows,
        asked,
        RequestPage,
        load=lambda keys: Request.objects.filter(pk__in=keys).select_related(*shown),
        shape=lambda row: request_row(request.user, row),
    )


@router.get("/deals/{int:id}/followers", response=Followers, summary=_("Who follows it"))
def list_followers(request: Call, id: Key) -> Followers:
    people = fetch(request.user, Deal, id).followers.order_by("name_key", "id")
    return Followers(items=[person_ref(user) for user in people])


@router.post("/deals/{int:id}/follow", response=Followers, summary=_("Follow, or let a colleague follow"))
def follow(request: Call, id: Key, body: Following) -> Followers:
    deal = fetch(request.user, Deal, id)
    user = named_person(request.user, body.user, "user") or request.user
    verbs.follow(deal, user=user, by=request.user)
    return list_followers(request, id)


@router.post("/deals/{int:id}/unfollow", response=Followers, summary=_("Stop following"))
def unfollow(request: Call, id: Key, body: Following) -> Followers:
    deal = fetch(request.user, Deal, id)
    user = named_person(request.user, body.user, "user") or request.user
    verbs.unfollow(deal, user=user, by=request.user)
    people = deal.followers.order_by("name_key", "id")
    return Followers(items=[person_ref(user) for user in people])


def move_row(move: Move) -> MoveRow:
    return MoveRow(
        id=move.pk,
        kind=move.kind,
        at=move.at,
        recorded_at=move.recorded_at,
        known_at=move.known_at,
        by=person_ref(move.by),
        channel=move.channel,
        stage=move.stage.code if move.stage else None,
        amount=move.amount,
        currency=move.currency,
        base_amount=move.base_amount,
        expected_on=move.expected_on,
        owner=person_ref(move.owner),
        probability=move.probability,
        category=move.category,
        reason_code=move.reason_code.code if move.reason_code else None,
        reason=move.reason,
        skipped=move.skipped,
        backward=move.backward,
    )
