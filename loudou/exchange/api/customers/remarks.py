"""What was noted on a customer: notes, files."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status

from loudou.customers import verbs
from loudou.customers.models import Customer, CustomerFile, CustomerNote
from loudou.exchange.api import remarks
from loudou.exchange.api.gate import Call
from loudou.exchange.api.remarks import FilePage, FileRow, NewNote, NotePage, NoteRow
from loudou.exchange.api.shapes import Asked, Key, Page
from loudou.people.access import fetch

router = Router(tags=["customers"])


@router.get("/customers/{int:id}/notes", response=NotePage, summary=_("Notes"))
def list_customer_notes(request: Call, id: Key, asked: Query[Asked]) -> Page[NoteRow]:
    """Newest first."""
    return remarks.notes(
        request, CustomerNote.objects.filter(customer=fetch(request.user, Customer, id)), asked
    )


@router.post("/customers/{int:id}/notes", response={201: NoteRow}, summary=_("Write on a customer"))
def add_customer_note(request: Call, id: Key, body: NewNote) -> Status[NoteRow]:
    """Whom it mentions hears of it."""
    customer, named = fetch(request.user, Customer, id), remarks.mentioned(request, body)
    note = verbs.add_note(customer, text=body.text, by=request.user, mentioned=named)
    return Status(201, remarks.note_row(note))


@router.get("/customers/{int:id}/files", response=FilePage, summary=_("Files"))
def list_customer_files(request: Call, id: Key, asked: Query[Asked]) -> Page[FileRow]:
    """What is attached; the files themselves are fetched from the page."""
    return remarks.files(
        request, CustomerFile.objects.filter(customer=fetch(request.user, Customer, id)), asked
    )
