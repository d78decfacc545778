"""Quarterly reviews of forms: what a form cost and gave, the verdict on it, the decision."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router
from pydantic import Field

from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import page
from loudou.exchange.api.rows import tagged, there
from loudou.exchange.api.shapes import (
    VERSIONED,
    Asked,
    In,
    Key,
    Out,
    Page,
    PersonRef,
    Version,
    When,
    person_ref,
)
from loudou.forms import verbs
from loudou.forms.models import Form, Review
from loudou.people.access import require
from loudou.people.queries import organisation

router = Router(tags=["forms"])
ORDER = ("due_on", "id")
_USING = ("form__owner", "form__unit", "decided_by")


class FormReviewRow(Out):
    id: int
    version: int
    form: str
    period: str
    due_on: date
    figures: dict[str, Any]
    verdicts: list[str]
    merge_with: str
    outcome: str
    note: str
    decided_by: PersonRef | None
    decided_at: When | None


class FormReviewPage(Page[FormReviewRow]):
    pass


class FormReviewFilter(Asked):
    state: Literal["", "open", "decided"] = ""


class FormDecision(In):
    version: Version | None = None
    outcome: Literal["keep", "change", "merge", "retire"]
    note: Annotated[str, Field(min_length=1, max_length=300)]


@router.get("/form-reviews", response=FormReviewPage, summary=_("Reviews of forms"))
def list_form_reviews(request: Call, asked: Query[FormReviewFilter]) -> Page[FormReviewRow]:
    """Of the forms the caller may see, what is due first; `open` are those nobody has decided."""
    require(request.user, "forms.see")
    found = _seen(request)
    if asked.state:
        found = found.filter(outcome="") if asked.state == "open" else found.exclude(outcome="")
    return page(request, found, asked, FormReviewPage, order=ORDER, load=_load, shape=review_row)


@router.get("/form-reviews/{int:id}", response=FormReviewRow, summary=_("A review of a form"))
def get_form_review(request: Call, id: Key) -> FormReviewRow:
    return _told(request, id)


@router.post(
    "/form-reviews/{int:id}/decide",
    response=FormReviewRow,
    summary=_("Decide what becomes of a form"),
    openapi_extra=VERSIONED,
)
def decide_form_review(request: Call, id: Key, body: FormDecision) -> FormReviewRow:
    """Kept, changed (its next version is begun), merged with the form named, or retired: with the reason."""
    found, seen = _review(request, id), sent_version(request, body.version)
    verbs.decide_review(found, outcome=body.outcome, note=body.note, by=request.user, seen=seen)
    return _told(request, id)


def review_row(review: Review) -> FormReviewRow:
    """A quarter of a form."""
    same = ("version", "due_on", "figures", "verdicts", "merge_with", "outcome", "note", "decided_at")
    return FormReviewRow(
        id=review.pk,
        form=review.form.code,
        period=organisation().fiscal.name(review.period),
        decided_by=person_ref(review.decided_by),
        **{name: getattr(review, name) for name in same},
    )


def _seen(request: Call) -> Any:
    return Review.objects.filter(form__in=Form.objects.visible_to(request.user))


def _load(keys: list[int]) -> list[Review]:
    return list(Review.objects.filter(pk__in=keys).select_related(*_USING))


def _review(request: Call, key: int) -> Review:
    return there(_seen(request).select_related(*_USING).filter(pk=key).first())  # type: ignore[no-any-return]


def _told(request: Call, key: int) -> FormReviewRow:
    return review_row(tagged(request, _review(request, key)))
