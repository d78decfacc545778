"""Handing a paper out over HTTP: as PDF or as a workbook, and on record."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import Http404, HttpResponse

from loudou.insight.verbs import take_out
from loudou.people.web import PersonRequest
from loudou.ui.answers import to_save
from loudou.ui.papers import Paper, as_pdf, as_workbook

WRITERS = {
    "pdf": ("application/pdf", as_pdf),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_workbook),
}


def handed(
    request: PersonRequest, paper: Paper, form: str, *, report: str, count: int, asked: Mapping[str, str]
) -> HttpResponse:
    """The paper in the form asked for (404 for one there is not); that it was taken out is on record."""
    if form not in WRITERS:
        raise Http404
    kind, write = WRITERS[form]
    content = write(paper)
    take_out(report, form=form, count=count, asked=asked, by=request.user)
    return to_save(content, kind, f"{paper.name}.{form}")
