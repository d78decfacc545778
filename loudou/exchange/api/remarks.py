"""Notes and files, whatever record they are on."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import QuerySet
from pydantic import Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.shapes import Asked, In, Key, Out, Page, PersonRef, When, person_ref
from loudou.people.models import User
from loudou.remarks.models import AttachedFile, WrittenNote


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


def notes(request: Call, rows: QuerySet[Any], asked: Asked) -> Page[NoteRow]:
    """A page of notes, newest first."""
    kind = rows.model._default_manager
    load = lambda keys: kind.filter(pk__in=keys).select_related("author")  # noqa: E731
    return page(request, rows, asked, NotePage, load=load, shape=note_row)


def files(request: Call, rows: QuerySet[Any], asked: Asked) -> Page[FileRow]:
    """A page of what is attached, newest first."""
    kind = rows.model._default_manager
    load = lambda keys: kind.filter(pk__in=keys).select_related("added_by")  # noqa: E731
    return page(request, rows.filter(removed_at=None), asked, FilePage, load=load, shape=file_row)


def mentioned(request: Call, body: NewNote) -> list[User]:
    """Whom a new note names."""
    named = enumerate(body.mentioned)
    found = [named_person(request.user, key, f"mentioned.{place}") for place, key in named]
    return [user for user in found if user is not None]


def note_row(note: WrittenNote) -> NoteRow:
    return NoteRow(
        id=note.pk, text=note.text, author=person_ref(note.author), at=note.at, mentioned=note.mentioned
    )


def file_row(file: AttachedFile) -> FileRow:
    return FileRow(
        id=file.pk,
        name=file.name,
        kind=file.kind,
        size=file.size,
        sha256=file.sha256,
        added_by=person_ref(file.added_by),
        added_at=file.added_at,
    )
