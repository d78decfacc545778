"""The journal, for auditors."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.translation import gettext_noop as _
from ninja import Query, Router
from pydantic import Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import narrowed, page
from loudou.exchange.api.shapes import Asked, Instant, Key, Out, Page, PersonRef, When, person_ref
from loudou.journal.queries import entries
from loudou.people.access import require

router = Router(tags=["audit"])


class EntryRow(Out):
    id: int
    at: When
    event: str
    actor: PersonRef | None
    subject_type: str
    subject_id: int | None
    subject: str
    particulars: dict[str, Any]
    channel: str
    request_id: str
    chain: str  # the link of the hash chain, for `verify-journal` to agree with


class EntryPage(Page[EntryRow]):
    pass


class EntryFilter(Asked):
    event: Annotated[str, Field(max_length=60)] = ""
    actor: Annotated[str, Field(max_length=60)] = ""
    subject_type: Annotated[str, Field(max_length=60)] = ""
    subject_id: Key | None = None
    since: Instant | None = None
    until: Instant | None = None


@router.get("/audit", response=EntryPage, summary=_("What happened"))
def list_entries(request: Call, asked: Query[EntryFilter]) -> Page[EntryRow]:
    """Newest first. `event` is a name such as `deal.won`, or its beginning `deal.`; `since` ≤ at < `until`."""
    require(request.user, "journal.audit")
    rows = narrowed(
        entries(),
        event__startswith=asked.event,
        actor__username__iexact=asked.actor,
        subject_type=asked.subject_type,
        subject_id=asked.subject_id,
        at__gte=asked.since,
        at__lt=asked.until,
    )
    return page(
        request, rows, asked, EntryPage, shape=entry_row, load=lambda keys: entries().filter(pk__in=keys)
    )


def entry_row(entry: Any) -> EntryRow:
    """An entry; phones and mail addresses stand in history but are no auditor's business."""
    return EntryRow(
        id=entry.pk,
        at=entry.at,
        event=entry.event,
        actor=person_ref(entry.actor),
        subject_type=entry.subject_type,
        subject_id=entry.subject_id,
        subject=entry.subject_label,
        particulars=_discreet(entry.particulars),
        channel=entry.channel,
        request_id=str(entry.request_id),
        chain=bytes(entry.hash).hex(),
    )


_PRIVATE = ("phone", "email", "wechat")


def _discreet(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _discreet(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_discreet(item, name) for item in value]
    return "***" if name in _PRIVATE and value else value
