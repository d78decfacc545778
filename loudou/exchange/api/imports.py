"""How imports went. They are begun on the page or by `loudou import`."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext_noop as _
from ninja import Query, Router
from pydantic import Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import narrowed, page
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import Asked, Key, Out, Page, PersonRef, When, person_ref
from loudou.exchange.models import Import, Problem
from loudou.people.access import fetch, require

router = Router(tags=["imports"])


class ImportRow(Out):
    id: int
    version: int
    kind: str
    name: str
    state: str
    owner: PersonRef | None
    asked_at: When
    done_at: When | None
    total: int
    rows: int
    new: int
    changed: int
    unchanged: int
    refused: int
    warned: int
    fault: str


class ImportPage(Page[ImportRow]):
    pass


class ImportFilter(Asked):
    kind: Annotated[str, Field(max_length=20)] = ""
    state: Annotated[str, Field(max_length=10)] = ""


class ProblemRow(Out):
    line: int
    column: str
    reason: str
    is_warning: bool


class ProblemPage(Page[ProblemRow]):
    pass


class ProblemFilter(Asked):
    is_warning: bool | None = None


@router.get("/imports", response=ImportPage, summary=_("Imports"))
def list_imports(request: Call, asked: Query[ImportFilter]) -> Page[ImportRow]:
    """Newest first."""
    require(request.user, "exchange.import")
    return page(
        request,
        narrowed(Import.objects.visible_to(request.user), kind=asked.kind, state=asked.state),
        asked,
        ImportPage,
        load=lambda keys: Import.objects.filter(pk__in=keys).select_related("owner"),
        shape=import_row,
    )


@router.get("/imports/{int:id}", response=ImportRow, summary=_("An import: how far it is, how it ended"))
def get_import(request: Call, id: Key) -> ImportRow:
    """Counts are those of the dry run until it is written."""
    return import_row(tagged(request, fetch(request.user, Import, id)))


@router.get("/imports/{int:id}/problems", response=ProblemPage, summary=_("Its problems, by line and column"))
def list_problems(request: Call, id: Key, asked: Query[ProblemFilter]) -> Page[ProblemRow]:
    rows = Problem.objects.filter(run=fetch(request.user, Import, id))
    rows = narrowed(rows, is_warning=asked.is_warning)
    return page(request, rows, asked, ProblemPage, order=("is_warning", "line", "id"), shape=problem_row)


def import_row(run: Import) -> ImportRow:
    return ImportRow(
        id=run.pk,
        version=run.version,
        kind=run.kind,
        name=run.name,
        state=run.state,
        owner=person_ref(run.owner),
        asked_at=run.asked_at,
        done_at=run.done_at,
        total=run.total,
        rows=run.rows,
        new=run.new,
        changed=run.changed,
        unchanged=run.unchanged,
        refused=run.refused,
        warned=run.warned,
        fault=run.fault,
    )


def problem_row(problem: Problem) -> ProblemRow:
    return ProblemRow(
        line=problem.line, column=problem.column, reason=problem.reason, is_warning=problem.is_warning
    )
