"""Notes and files, whatever record they are on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Any

from django.db.models import QuerySet
from pydantic import Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import page
from loudou.exchange.api.people import named_person
from loudou.exchange.api.shapes import Asked, In, Key, Out, Page, PersonRef, When, person_ref
from loudou.people.models import User
from loudou.remarks import queries
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
    load = _loading(rows, "author")
    return page(request, rows, asked, NotePage, load=load, shape=note_row)


def files(request: Call, rows: QuerySet[Any], asked: Asked) -> Page[FileRow]:
    """A page of what is attached, newest first."""
    load = _loading(rows, "added_by")
    return page(request, rows.filter(removed_at=None), asked, FilePage, load=load, shape=file_row)


def _loading(rows: QuerySet[Any], whose: str) -> Callable[[Collection[int]], QuerySet[Any]]:
    """How the rows of one page are read, with whose they are."""
    everything = rows.model._default_manager.select_related(whose)
    return lambda keys: everything.filter(pk__in=keys)


def mentioned(request: Call, body: NewNote) -> list[User]:
    """Whom a new note names: by key, or in its text after an @ as on the page."""
    named = enumerate(body.mentioned)
    found = [named_person(request.user, key, f"mentioned.{place}") for place, key in named]
    by_key = (user for user in found if user is not None)
    return list(dict.fromkeys([*by_key, *queries.mentioned(body.text)]))


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
