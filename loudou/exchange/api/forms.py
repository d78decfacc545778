"""Forms and what is handed in on them: proposed, justified, issued; filled in, corrected, used, doubted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.customers.models import Customer
from loudou.exchange.api.activities import DealRef
from loudou.exchange.api.deals import CustomerRef
from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.problems import no_such
from loudou.exchange.api.rows import named, tagged, there
from loudou.exchange.api.shapes import (
    VERSIONED,
    Asked,
    In,
    Key,
    Out,
    Page,
    PersonRef,
    Short,
    Version,
    When,
    person_ref,
)
from loudou.forms import verbs
from loudou.forms.figures.fields import CUSTOMER, DEAL, PERSON, read
from loudou.forms.lens import ORDER, FormLens, RecordLens
from loudou.forms.models import Form, FormRecord, FormVersion
from loudou.forms.queries.records import rows
from loudou.forms.verbs import Filled
from loudou.people.access import fetch, require
from loudou.people.models import Unit
from loudou.pipeline.models import Deal

router = Router(tags=["forms"])
Why = Annotated[str, Field(min_length=1, max_length=300)]
Names = dict[Literal["zh-hans", "zh-hant", "en"], Annotated[str, Field(max_length=600)]]
Codes = Annotated[list[Annotated[str, Field(max_length=90)]], Field(max_length=60)]
Answer = (
    Annotated[str, Field(max_length=10_000)]
    | Annotated[list[Annotated[str, Field(max_length=90)]], Field(max_length=30)]
    | Key
    | None
)
Answers = Annotated[
    dict[Annotated[str, Field(max_length=30)], Answer],
    Field(
        max_length=40,
        description="By the code of the field: text, the codes of choices, the id of a person, a customer, a deal.",
    ),
]


class FormChoice(In):
    code: Annotated[str, Field(max_length=30)]
    label: Names


class FormField(In):
    code: Annotated[str, Field(max_length=30)]
    kind: Literal[
        "text",
        "long",
        "number",
        "money",
        "date",
        "choice",
        "multi",
        "person",
        "customer",
        "deal",
        "place",
    ]
    label: Names
    help: Names = {}
    required: bool = False
    choices: Annotated[list[FormChoice], Field(max_length=30)] = []
    least: int | None = None
    most: int | None = None
    rule: Literal["", "past", "future"] = ""


class FormRow(Out):
    id: int
    version: int
    code: str
    name: str
    built_in: str
    owner: PersonRef | None
    unit: str | None
    in_force: bool
    current: int | None
    retired_at: When | None
    retired_reason: str


class FormVersionRow(Out):
    id: int
    version: int
    form: int
    number: int
    state: str
    names: dict[str, str]
    purpose: dict[str, str]
    fields: list[dict[str, Any]]
    serves: list[str]
    fillers: list[str]
    readers: list[str]
    decision: dict[str, str]
    minutes: str
    times: int
    period: str
    signed: bool


class FormWhole(FormRow):
    versions: list[FormVersionRow]


class FormPage(Page[FormRow]):
    pass


class FormFilter(Asked):
    state: Literal["", "issued", "under_way", "retired", "all"] = ""


class NewForm(In):
    code: Annotated[str, Field(min_length=2, max_length=40)]
    names: Names
    purpose: Names = {}
    fields: Annotated[list[FormField], Field(max_length=40)] = []
    unit: Short = ""


class FormVersionChange(In):
    version: Version | None = None
    names: Names = {}
    purpose: Names = {}
    fields: Annotated[list[FormField], Field(max_length=40)] = []


class FormJustification(In):
    version: Version | None = None
    decision: Names
    readers: Codes
    fillers: Codes
    minutes: Annotated[int, Field(ge=1, le=240)]
    times: Annotated[int, Field(ge=1, le=50)]
    period: Literal["day", "week", "month", "quarter"]
    serves: Codes = []
    reason: Annotated[str, Field(max_length=300)] = ""


class FormStep(In):
    version: Version | None = None


class FormIssue(In):
    version: Version | None = None
    despite: Annotated[str, Field(max_length=300)] = ""


class FormEnding(In):
    version: Version | None = None
    reason: Why


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
    state: Literal["", "unread", "read", "used", "flagged", "unsigned"] = ""
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


@router.get("/forms", response=FormPage, summary=_("Forms"))
def list_forms(request: Call, asked: Query[FormFilter]) -> Page[FormRow]:
    """Those the caller may see; unless `state` says otherwise, those in force."""
    require(request.user, "forms.see")
    found = looked(FormLens, asked, request.user).forms
    return page(request, found, asked, FormPage, load=_forms, shape=form_row)


@router.get("/forms/{int:id}", response=FormWhole, summary=_("A form with its versions"))
def get_form(request: Call, id: Key) -> FormWhole:
    return _told(request, _form(request, id))


@router.post("/forms", response={201: FormWhole}, summary=_("Propose a form"))
def propose_form(request: Call, body: NewForm) -> Status[FormWhole]:
    """For everybody or for a unit (its code); next it is justified, approved by two signatures, issued."""
    unit = Unit.objects.filter(code=body.unit).first() if body.unit else None
    if body.unit and unit is None:
        raise no_such("unit")
    made = verbs.propose_form(
        code=body.code,
        names=_said(body.names),
        purpose=_said(body.purpose),
        fields=_fields(body.fields),
        unit=unit,
        by=request.user,
    )
    request.place = f"/api/v1/forms/{made.form_id}"
    return Status(201, _told(request, _form(request, made.form_id)))


@router.post("/forms/{int:id}/change", response=FormWhole, summary=_("Begin the next version of a form"))
def change_form(request: Call, id: Key) -> FormWhole:
    form = _form(request, id)
    verbs.change_form(form, by=request.user)
    return _told(request, form)


@router.post(
    "/forms/{int:id}/retire", response=FormWhole, summary=_("Retire a form"), openapi_extra=VERSIONED
)
def retire_form(request: Call, id: Key, body: FormEnding) -> FormWhole:
    form, seen = _form(request, id), sent_version(request, body.version)
    verbs.retire_form(form, reason=body.reason, by=request.user, seen=seen)
    return _told(request, form)


@router.post(
    "/form-versions/{int:id}/edit",
    response=FormVersionRow,
    summary=_("Write a version of a form"),
    openapi_extra=VERSIONED,
)
def edit_form_version(request: Call, id: Key, body: FormVersionChange) -> FormVersionRow:
    """What is not sent stays."""
    version, seen = _version(request, id), sent_version(request, body.version)
    values: dict[str, Any] = {
        name: _said(getattr(body, name)) for name in ("names", "purpose") if name in body.model_fields_set
    }
    if "fields" in body.model_fields_set:
        values["fields"] = _fields(body.fields)
    return _stands(request, verbs.edit_version(version, by=request.user, seen=seen, **values))


@router.post(
    "/form-versions/{int:id}/justify",
    response=FormVersionRow,
    summary=_("Say what a form is worth its time for"),
    openapi_extra=VERSIONED,
)
def justify_form_version(request: Call, id: Key, body: FormJustification) -> FormVersionRow:
    version, seen = _version(request, id), sent_version(request, body.version)
    said = body.model_dump(exclude={"version"})
    said["minutes"] = Decimal(body.minutes)
    return _stands(request, verbs.justify(version, by=request.user, seen=seen, **said))


@router.post(
    "/form-versions/{int:id}/ask",
    response=FormVersionRow,
    summary=_("Ask for the approval of a form"),
    openapi_extra=VERSIONED,
)
def ask_form_approval(request: Call, id: Key, body: FormStep) -> FormVersionRow:
    """Sales operations and the managers' council sign among the requests."""
    version, seen = _version(request, id), sent_version(request, body.version)
    return _stands(request, verbs.ask_approval(version, by=request.user, seen=seen))


@router.post(
    "/form-versions/{int:id}/issue",
    response=FormVersionRow,
    summary=_("Put an approved form in force"),
    openapi_extra=VERSIONED,
)
def issue_form(request: Call, id: Key, body: FormIssue) -> FormVersionRow:
    version, seen = _version(request, id), sent_version(request, body.version)
    verbs.issue(version, by=request.user, seen=seen, despite=body.despite)
    return _stands(request, FormVersion.objects.get(pk=id))


@router.post(
    "/form-versions/{int:id}/drop",
    response=FormVersionRow,
    summary=_("Drop the proposal of a form"),
    openapi_extra=VERSIONED,
)
def drop_form_version(request: Call, id: Key, body: FormEnding) -> FormVersionRow:
    version, seen = _version(request, id), sent_version(request, body.version)
    return _stands(request, verbs.drop_version(version, reason=body.reason, by=request.user, seen=seen))


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
    filled = Filled(_answers(request, form.current, body.answers), key=body.key)
    made = verbs.fill_form(form, filled, by=request.user)
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
    filled = Filled(_answers(request, former.form_version, body.answers))
    made = verbs.correct_record(former, filled, reason=body.reason, by=request.user, seen=seen)
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


def form_row(form: Form) -> FormRow:
    """A form in a list."""
    return FormRow(**_of_form(form))


def _of_form(form: Form) -> dict[str, Any]:
    same = ("version", "code", "built_in", "retired_at", "retired_reason")
    return {
        "id": form.pk,
        "name": str(form.current or form.versions.order_by("-number").first()),
        "owner": person_ref(form.owner),
        "unit": form.unit.code if form.unit else None,
        "in_force": form.is_issued,
        "current": form.current_id,
        **{name: getattr(form, name) for name in same},
    }


def version_row(version: FormVersion) -> FormVersionRow:
    """A version of a form."""
    same = ("version", "number", "state", "names", "purpose", "fields", "serves", "fillers", "readers")
    more = ("decision", "times", "period", "signed")
    return FormVersionRow(
        id=version.pk,
        form=version.form_id,
        minutes=f"{version.minutes:.1f}",
        **{name: getattr(version, name) for name in (*same, *more)},
    )


def record_row(made: FormRecord) -> FormRecordRow:
    """What was handed in."""
    customer, deal = made.customer, made.deal
    same = ("version", "code", "edition", "replaced", "day", "answers", "submitted_at", "recorded_at")
    more = ("opened_at", "used_at", "signed_at", "flags", "reason")
    return FormRecordRow(
        id=made.pk,
        form=made.form.code,
        form_version=made.form_version_id,
        author=person_ref(made.author),
        customer=CustomerRef(id=customer.pk, code=customer.code, name=customer.name) if customer else None,
        deal=DealRef(id=deal.pk, code=deal.code, title=deal.title) if deal else None,
        minutes=None if made.minutes is None else f"{made.minutes:.1f}",
        **{name: getattr(made, name) for name in (*same, *more)},
    )


def _said(names: Mapping[Any, str]) -> dict[str, str]:
    return {str(language): text for language, text in names.items()}


def _fields(parts: list[FormField]) -> Any:
    return read(part.model_dump() for part in parts)


def _answers(request: Call, version: FormVersion | None, sent: dict[str, Any]) -> dict[str, Any]:
    """The answers with the rows they name."""
    kinds = {one.code: one.kind for one in version.questions} if version is not None else {}
    models: dict[str, Any] = {CUSTOMER: Customer, DEAL: Deal}
    found: dict[str, Any] = {}
    for code, answer in sent.items():
        kind = kinds.get(code, "")
        if kind in models and isinstance(answer, int):
            found[code] = named(request.user, models[kind], answer, code)
        elif kind == PERSON and isinstance(answer, int):
            found[code] = named_person(request.user, answer, code)
        else:
            found[code] = answer
    return found


def _forms(keys: list[int]) -> list[Form]:
    return list(Form.objects.filter(pk__in=keys).select_related("current", "owner", "unit"))


def _form(request: Call, key: int) -> Form:
    seen = Form.objects.visible_to(request.user).select_related("current", "owner", "unit")
    return there(seen.filter(pk=key).first())


def _version(request: Call, key: int) -> FormVersion:
    version = there(FormVersion.objects.filter(pk=key).select_related("form").first())
    _form(request, version.form_id)
    return version


def _record(request: Call, key: int) -> FormRecord:
    return fetch(request.user, FormRecord, key)


def _told(request: Call, form: Form) -> FormWhole:
    fresh = _form(request, form.pk)
    versions = [version_row(one) for one in fresh.versions.order_by("-number")]
    return FormWhole(versions=versions, **_of_form(tagged(request, fresh)))


def _stands(request: Call, version: FormVersion) -> FormVersionRow:
    return version_row(tagged(request, version))


def _kept(request: Call, made: FormRecord) -> FormRecordRow:
    return record_row(tagged(request, rows([made.pk])[0]))
