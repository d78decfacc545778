"""What was noted on a deal: competitors, notes, files."""

from __future__ import annotations

from typing import Annotated, Literal

from django.utils.translation import gettext_noop as _
from ninja import Query, Router, Status
from pydantic import Field

from loudou.exchange.api import remarks
from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import page
from loudou.exchange.api.remarks import FilePage, FileRow, NewNote, NotePage, NoteRow
from loudou.exchange.api.rows import there
from loudou.exchange.api.shapes import Amount, Asked, In, Key, Money, Out, Page
from loudou.people.access import fetch
from loudou.pipeline import verbs
from loudou.pipeline.models import Competitor, Deal, File, Note

router = Router(tags=["deals"])


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
    return remarks.notes(request, Note.objects.filter(deal=fetch(request.user, Deal, id)), asked)


@router.post("/deals/{int:id}/notes", response={201: NoteRow}, summary=_("Write on a deal"))
def add_note(request: Call, id: Key, body: NewNote) -> Status[NoteRow]:
    """Whom it mentions hears of it."""
    deal, named = fetch(request.user, Deal, id), remarks.mentioned(request, body)
    note = verbs.add_note(deal, text=body.text, by=request.user, mentioned=named)
    return Status(201, remarks.note_row(note))


@router.get("/deals/{int:id}/files", response=FilePage, summary=_("Files"))
def list_files(request: Call, id: Key, asked: Query[Asked]) -> Page[FileRow]:
    """What is attached; the files themselves are fetched from the page."""
    return remarks.files(request, File.objects.filter(deal=fetch(request.user, Deal, id)), asked)


def competitor_row(competitor: Competitor) -> CompetitorRow:
    return CompetitorRow(
        id=competitor.pk,
        name=competitor.name,
        standing=competitor.standing,
        strength=competitor.strength,
        quote=competitor.quote,
    )
