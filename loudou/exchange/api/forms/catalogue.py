"""Forms and their versions: proposed, justified, approved, issued, retired."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.problems import no_such
from loudou.exchange.api.rows import tagged
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
from loudou.forms.figures.fields import read
from loudou.forms.lens import FormLens
from loudou.forms.models import Form, FormVersion
from loudou.forms.queries.catalogue import find_form, find_version
from loudou.people.access import require
from loudou.people.models import Unit

router = Router(tags=["forms"])
Why = Annotated[str, Field(min_length=1, max_length=300)]
Names = dict[Literal["zh-hans", "zh-hant", "en"], Annotated[str, Field(max_length=600)]]
Codes = Annotated[list[Annotated[str, Field(max_length=90)]], Field(max_length=60)]


class FormChoice(In):
    code: Annotated[str, Field(max_length=30)]
    label: Names


class FormCondition(In):
    field: Annotated[str, Field(max_length=30, description="The code of a choice before it.")]
    answer: Annotated[str, Field(max_length=30, description="The code of the answer.")]


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
        "photo",
    ]
    label: Names
    help: Names = {}
    required: bool = False
    choices: Annotated[list[FormChoice], Field(max_length=30)] = []
    least: int | None = None
    most: int | None = None
    rule: Literal["", "past", "future"] = ""
    when: FormCondition | None = Field(None, description="It is asked only after this answer.")
    after: str = Field(
        "", max_length=30, description="The code of a day or figure before it, below which it does not fall."
    )


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


@router.get("/forms", response=FormPage, summary=_("Forms"))
def list_forms(request: Call, asked: Query[FormFilter]) -> Page[FormRow]:
    """Those the caller may see; unless `state` says otherwise, those in force."""
    require(request.user, "forms.see")
    found = looked(FormLens, asked, request.user).forms
    return page(request, found, asked, FormPage, load=_forms, shape=form_row)


@router.get("/forms/{int:id}", response=FormWhole, summary=_("A form with its versions"))
def get_form(request: Call, id: Key) -> FormWhole:
    return _told(request, find_form(request.user, id))


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
    return Status(201, _told(request, find_form(request.user, made.form_id)))


@router.post("/forms/{int:id}/change", response=FormWhole, summary=_("Begin the next version of a form"))
def change_form(request: Call, id: Key) -> FormWhole:
    form = find_form(request.user, id)
    verbs.change_form(form, by=request.user)
    return _told(request, form)


@router.post(
    "/forms/{int:id}/retire", response=FormWhole, summary=_("Retire a form"), openapi_extra=VERSIONED
)
def retire_form(request: Call, id: Key, body: FormEnding) -> FormWhole:
    form, seen = find_form(request.user, id), sent_version(request, body.version)
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
    version, seen = find_version(request.user, id), sent_version(request, body.version)
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
    version, seen = find_version(request.user, id), sent_version(request, body.version)
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
    version, seen = find_version(request.user, id), sent_version(request, body.version)
    return _stands(request, verbs.ask_approval(version, by=request.user, seen=seen))


@router.post(
    "/form-versions/{int:id}/issue",
    response=FormVersionRow,
    summary=_("Put an approved form in force"),
    openapi_extra=VERSIONED,
)
def issue_form(request: Call, id: Key, body: FormIssue) -> FormVersionRow:
    version, seen = find_version(request.user, id), sent_version(request, body.version)
    verbs.issue(version, by=request.user, seen=seen, despite=body.despite)
    return _stands(request, FormVersion.objects.get(pk=id))


@router.post(
    "/form-versions/{int:id}/drop",
    response=FormVersionRow,
    summary=_("Drop the proposal of a form"),
    openapi_extra=VERSIONED,
)
def drop_form_version(request: Call, id: Key, body: FormEnding) -> FormVersionRow:
    version, seen = find_version(request.user, id), sent_version(request, body.version)
    return _stands(request, verbs.drop_version(version, reason=body.reason, by=request.user, seen=seen))


def form_row(form: Form) -> FormRow:
    """A form in a list."""
    return FormRow(**_of_form(form))


def _of_form(form: Form) -> dict[str, Any]:
    same = ("version", "code", "built_in", "retired_at", "retired_reason")
    return {
        "id": form.pk,
        "name": str(form.current or max(form.versions.all(), key=lambda one: one.number)),
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


def _said(names: Mapping[Any, str]) -> dict[str, str]:
    return {str(language): text for language, text in names.items()}


def _fields(parts: list[FormField]) -> Any:
    return read(part.model_dump() for part in parts)


def _forms(keys: list[int]) -> list[Form]:
    found = Form.objects.filter(pk__in=keys).select_related("current", "owner", "unit")
    return list(found.prefetch_related("versions"))


def _told(request: Call, form: Form) -> FormWhole:
    fresh = find_form(request.user, form.pk)
    versions = [version_row(one) for one in fresh.versions.order_by("-number")]
    return FormWhole(versions=versions, **_of_form(tagged(request, fresh)))


def _stands(request: Call, version: FormVersion) -> FormVersionRow:
    return version_row(tagged(request, version))
