"""What is handed in on forms: filled in, corrected, read, used, doubted."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.customers.models import Customer
from loudou.exchange.api.attaching import Attachment, take
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.rows import named, tagged, there
from loudou.exchange.api.shapes import (
    VERSIONED,
    Asked,
    CustomerRef,
    DealRef,
    In,
    Key,
    Out,
    Page,
    PersonRef,
    Short,
    Version,
    When,
    customer_ref,
    deal_ref,
    person_ref,
)
from loudou.forms import verbs
from loudou.forms.figures.fields import CUSTOMER, DEAL, PERSON, PHOTO
from loudou.forms.lens import ORDER, RecordLens
from loudou.forms.models import Form, FormFile, FormRecord, FormVersion
from loudou.forms.queries.records import rows
from loudou.forms.verbs import Filled
from loudou.kernel.refusals import Refused
from loudou.people.access import fetch, require
from loudou.pipeline.models import Deal
from loudou.ui import uploads

router = Router(tags=["forms"])
Why = Annotated[str, Field(min_length=1, max_length=300)]
Answer = (
    Annotated[str, Field(max_length=10_000)]
    | Annotated[list[Annotated[str, Field(max_length=90)]], Field(max_length=30)]
    | Annotated[list[Attachment], Field(max_length=6)]
    | Key
    | None
)
Answers = Annotated[
    dict[Annotated[str, Field(max_length=30)], Answer],
    Field(
        max_length=40,
        description="By the code of the field: text, the codes of choices, the id of a person, a customer, a deal, photos.",
    ),
]


class FormRecordRow(Out):
    id: int
    version: int
    code: str
    edition: int
    replaced: bool
    form: str
    form_version: int
    author: PersonRef
    customer: CustomerRef | None
    deal: DealRef | None
    day: date
    answers: dict[str, Any]
    submitted_at: When
    recorded_at: When
    opened_at: When | None
    used_at: When | None
    signed_at: When | None
    minutes: str | None
    flags: list[str]
    reason: str


class FormRecordPage(Page[FormRecordRow]):
    pass


class FormRecordFilter(Asked):
    form: Short = ""
    unit: Short = ""
    owner: Short = ""
    period: Annotated[str, Field(max_length=20)] = ""
    customer: Key | None = None
    deal: Key | None = None
    state: Literal["", "unread", "read", "wasted", "used", "flagged", "unsigned"] = ""
    q: Annotated[str, Field(max_length=60)] = ""


class NewFormRecord(In):
    form: Annotated[str, Field(min_length=1, max_length=40, description="The form's number.")]
    answers: Answers
    key: Annotated[str, Field(max_length=64, description="Your own mark: the same again is the same.")] = ""


class FormCorrection(In):
    version: Version | None = None
    answers: Answers
    reason: Why


class FormUse(In):
    use: Literal["meeting", "debrief", "decision", "coaching"]
    note: Why


class FormDoubt(In):
    reason: Why


@router.get("/form-records", response=FormRecordPage, summary=_("Filled-in forms"))
def list_form_records(request: Call, asked: Query[FormRecordFilter]) -> Page[FormRecordRow]:
    """Those the caller may see, the latest first; the last edition of each."""
    require(request.user, "forms.see_records")
    found = looked(RecordLens, asked, request.user).records
    return page(request, found, asked, FormRecordPage, order=ORDER, load=rows, shape=record_row)


@router.get("/form-records/{int:id}", response=FormRecordRow, summary=_("A filled-in form"))
def get_form_record(request: Call, id: Key) -> FormRecordRow:
    return _kept(request, _record(request, id))


@router.post("/form-records", response={201: FormRecordRow}, summary=_("Fill in a form"))
def fill_form(request: Call, body: NewFormRecord) -> Status[FormRecordRow]:
    form = there(
        Form.objects.visible_to(request.user).filter(code=body.form).select_related("current").first(), "form"
    )
    with uploads.tray(FormFile.FOLDER) as tray:
        filled = Filled(_answers(request, form.current, body.answers, tray), key=body.key)
        made = verbs.fill_form(form, filled, by=request.user)
        tray.keep(made.files.values_list("stored_as", flat=True))
    request.place = f"/api/v1/form-records/{made.pk}"
    return Status(201, _kept(request, made))


@router.post(
    "/form-records/{int:id}/correct",
    response={201: FormRecordRow},
    summary=_("Correct a filled-in form"),
    openapi_extra=VERSIONED,
)
def correct_form_record(request: Call, id: Key, body: FormCorrection) -> Status[FormRecordRow]:
    """A further edition with its reason; the former one stays."""
    former, seen = _record(request, id), sent_version(request, body.version)
    with uploads.tray(FormFile.FOLDER) as tray:
        filled = Filled(_answers(request, former.form_version, body.answers, tray))
        made = verbs.correct_record(former, filled, reason=body.reason, by=request.user, seen=seen)
        tray.keep(made.files.values_list("stored_as", flat=True))
    request.place = f"/api/v1/form-records/{made.pk}"
    return Status(201, _kept(request, made))


@router.post("/form-records/{int:id}/read", response=FormRecordRow, summary=_("Note that one has read it"))
def read_form_record(request: Call, id: Key) -> FormRecordRow:
    made = _record(request, id)
    verbs.read_record(made, by=request.user)
    return _kept(request, made)


@router.post("/form-records/{int:id}/use", response=FormRecordRow, summary=_("Say what it was used for"))
def use_form_record(request: Call, id: Key, body: FormUse) -> FormRecordRow:
    made = _record(request, id)
    verbs.use_record(made, use=body.use, note=body.note, by=request.user)
    return _kept(request, made)


@router.post(
    "/form-records/{int:id}/doubt", response=FormRecordRow, summary=_("Say it could not be verified")
)
def doubt_form_record(request: Call, id: Key, body: FormDoubt) -> FormRecordRow:
    made = _record(request, id)
    verbs.doubt_record(made, reason=body.reason, by=request.user)
    return _kept(request, made)


def record_row(made: FormRecord) -> FormRecordRow:
    """What was handed in."""
    same = ("version", "code", "edition", "replaced", "day", "answers", "submitted_at", "recorded_at")
    more = ("opened_at", "used_at", "signed_at", "flags", "reason")
    return FormRecordRow(
        id=made.pk,
        form=made.form.code,
        form_version=made.form_version_id,
        author=person_ref(made.author),
        customer=customer_ref(made.customer),
        deal=deal_ref(made.deal),
        minutes=None if made.minutes is None else f"{made.minutes:.1f}",
        **{name: getattr(made, name) for name in (*same, *more)},
    )


def _answers(
    request: Call, version: FormVersion | None, sent: dict[str, Any], tray: uploads.Tray
) -> dict[str, Any]:
    """The answers with the rows they name, and the photos that came along."""
    kinds = {one.code: one.kind for one in version.questions} if version is not None else {}
    models: dict[str, Any] = {CUSTOMER: Customer, DEAL: Deal}
    found: dict[str, Any] = {}
    for code, answer in sent.items():
        kind = kinds.get(code, "")
        if kind in models and isinstance(answer, int):
            found[code] = named(request.user, models[kind], answer, code)
        elif kind == PERSON and isinstance(answer, int):
            found[code] = named_person(request.user, answer, code)
        elif isinstance(answer, list) and any(isinstance(one, Attachment) for one in answer):
            if kind != PHOTO:
                raise Refused(gettext("This value cannot be read."), field=code)
            found[code] = take(answer, tray, field=code)
        else:
            found[code] = answer
    return found


def _record(request: Call, key: int) -> FormRecord:
    return fetch(request.user, FormRecord, key)


def _kept(request: Call, made: FormRecord) -> FormRecordRow:
    return record_row(tagged(request, rows([made.pk])[0]))
