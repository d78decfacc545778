"""Early warnings: what deals are warned of, and the answers to it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router
from pydantic import Field

from loudou.exchange.api.gate import Call, sent_version
from loudou.exchange.api.listing import looked, page
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import (
    VERSIONED,
    Asked,
    Day,
    DealRef,
    In,
    Key,
    Money,
    Out,
    Page,
    PersonRef,
    Short,
    Version,
    When,
    deal_ref,
    person_ref,
)
from loudou.people.access import fetch, require
from loudou.warnings import verbs
from loudou.warnings.figures.signs import ANNOUNCES
from loudou.warnings.lens import LATEST, WarningLens
from loudou.warnings.models import EarlyWarning
from loudou.warnings.queries.shown import rows

router = Router(tags=["warnings"])
SignName = Literal[
    "overdue",
    "over_stay",
    "near_limit",
    "due_soon",
    "stuck",
    "silent",
    "no_next_step",
    "pushed",
    "no_evidence",
    "owed",
]
StateName = Literal[
    "open", "escalated", "done", "snoozed", "disputed", "dismissed", "standing", "ended", "all"
]
Why = Annotated[str, Field(min_length=1, max_length=300)]


class WarningRow(Out):
    id: int
    version: int
    deal: DealRef
    owner: PersonRef
    sign: str
    number: int
    announces: str
    amount: Money
    raised_at: When
    comes_at: When | None
    state: str
    level: int
    until: date | None
    reason: str
    answered_at: When | None
    answered_by: PersonRef | None
    ended_at: When | None
    how: str


class WarningPage(Page[WarningRow]):
    pass


class WarningFilter(Asked):
    unit: Short = ""
    owner: Short = ""
    sign: SignName | Literal[""] = ""
    state: StateName | Literal[""] = ""
    deal: Key | None = None


class Seen(In):
    version: Version | None = None


class Snooze(In):
    version: Version | None = None
    until: Day
    reason: Why


class Dispute(In):
    version: Version | None = None
    reason: Why


@router.get("/warnings", response=WarningPage, summary=_("Early warnings"))
def list_warnings(request: Call, asked: Query[WarningFilter]) -> Page[WarningRow]:
    """Those of deals the caller may see, the latest first; unless `state` says otherwise, those that wait for an
    answer."""
    require(request.user, "warnings.see")
    found = looked(WarningLens, asked, request.user).warnings
    return page(request, found, asked, WarningPage, order=LATEST, load=rows, shape=warning_row)


@router.get("/warnings/{int:id}", response=WarningRow, summary=_("An early warning"))
def get_warning(request: Call, id: Key) -> WarningRow:
    return _told(request, _warning(request, id))


@router.post(
    "/warnings/{int:id}/done", response=WarningRow, summary=_("Say it is seen to"), openapi_extra=VERSIONED
)
def finish_warning(request: Call, id: Key, body: Seen) -> WarningRow:
    """It is asked about again in a week if its sign still stands."""
    found = _warning(request, id)
    return _told(request, verbs.finish(found, by=request.user, version=sent_version(request, body.version)))


@router.post(
    "/warnings/{int:id}/snooze", response=WarningRow, summary=_("Put it off"), openapi_extra=VERSIONED
)
def snooze_warning(request: Call, id: Key, body: Snooze) -> WarningRow:
    """Until a day within thirty days, with the reason."""
    found, version = _warning(request, id), sent_version(request, body.version)
    act = verbs.snooze(found, until=body.until, reason=body.reason, by=request.user, version=version)
    return _told(request, act)


@router.post(
    "/warnings/{int:id}/dispute", response=WarningRow, summary=_("Dispute it"), openapi_extra=VERSIONED
)
def dispute_warning(request: Call, id: Key, body: Dispute) -> WarningRow:
    """The owner's superior signs that it does not hold, or sends it back."""
    found, version = _warning(request, id), sent_version(request, body.version)
    return _told(request, verbs.dispute(found, reason=body.reason, by=request.user, version=version))


def warning_row(warning: EarlyWarning) -> WarningRow:
    deal = warning.deal
    return WarningRow(
        id=warning.pk,
        version=warning.version,
        deal=deal_ref(deal),
        owner=person_ref(deal.owner),
        sign=warning.sign,
        number=warning.number,
        announces=ANNOUNCES[warning.sign],
        amount=warning.amount,
        raised_at=warning.raised_at,
        comes_at=warning.comes_at,
        state=warning.state,
        level=warning.level,
        until=warning.until,
        reason=warning.reason,
        answered_at=warning.answered_at,
        answered_by=person_ref(warning.answered_by),
        ended_at=warning.ended_at,
        how=warning.how,
    )


def _warning(request: Call, key: int) -> EarlyWarning:
    using = EarlyWarning.objects.select_related("deal__owner", "answered_by")
    return fetch(request.user, EarlyWarning, key, using=using)


def _told(request: Call, warning: EarlyWarning) -> WarningRow:
    return warning_row(tagged(request, warning))
