"""Exports: asking for a file, waiting for it, fetching it; approving one."""

from __future__ import annotations

import json
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render

from loudou.exchange import verbs
from loudou.exchange.exporting.making import make, stored
from loudou.exchange.exporting.sheets import SHEETS
from loudou.exchange.exporting.wording import in_words, named
from loudou.exchange.forms.exporting import ExportForm
from loudou.exchange.models import Export
from loudou.exchange.queries import export_of, exports_of, reasons_of
from loudou.kernel import clock
from loudou.people.web import PersonRequest, ask_password, attempt, confirmed, signed_in
from loudou.signoff.web import answer
from loudou.ui.objects import read_json


@signed_in("GET", "POST", to="exchange.export")
def exports(request: PersonRequest) -> HttpResponse:
    form = ExportForm(request.user, request.POST or None, initial=_asked(request))
    if request.method == "POST" and form.is_valid():
        try:
            export = attempt(form, lambda: _ask(request, form))
        except verbs.Unproved:
            asking = ask_password(request)
            if asking is not None:
                return asking
            export = attempt(form, lambda: _ask(request, form))
        if export is not None:
            if export.state == Export.State.QUEUED and export.expected <= verbs.AT_ONCE:
                make(export.pk)
            return redirect("exchange:exports")
    context = {**_listed(request), "section": "settings", "form": form, "filters": _filters(request, form)}
    return render(request, "exchange/exports.html", context, status=422 if form.errors else 200)


@signed_in(to="exchange.export")
def export_list(request: PersonRequest) -> HttpResponse:
    """The list alone, for a page that waits."""
    return render(request, "exchange/_exports.html", _listed(request))


@signed_in()
def download(request: PersonRequest, pk: int) -> HttpResponse:
    """The file, for its owner alone and for a day."""
    export = export_of(request.user, pk)
    if export is None or export.state != Export.State.READY:
        raise Http404
    if export.expires_at is None or export.expires_at <= clock.now():
        raise Http404
    kind = "text/csv; charset=utf-8" if export.format == Export.Format.CSV else _XLSX
    file = stored(export).open("rb")
    return FileResponse(file, as_attachment=True, filename=export.name, content_type=kind)  # type: ignore[return-value]


@signed_in("POST")
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    return answer(request, pk, verbs.confirm_export)


@signed_in("POST")
def refuse(request: PersonRequest, pk: int) -> HttpResponse:
    return answer(request, pk, verbs.refuse_export)


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _asked(request: PersonRequest) -> dict[str, Any]:
    """What a list's export link asks for: the kind, and the list's own parameters as filters."""
    asked = {name: str(value) for name, value in request.GET.items() if value}
    kind = asked.pop("kind", "")
    sheet = SHEETS.get(kind)
    if sheet is None or sheet.lens is None:
        return {"kind": kind}
    known = set(sheet.known()) - {"sort", "columns"}
    return {"kind": kind, "filters": json.dumps({name: asked[name] for name in asked if name in known})}


def _ask(request: PersonRequest, form: ExportForm) -> Export:
    return verbs.ask_export(**form.cleaned_data, by=request.user, proved=confirmed(request))


def _filters(request: PersonRequest, form: ExportForm) -> list[tuple[str, str]]:
    """The filters that come along, in words."""
    sheet = SHEETS.get(form["kind"].value() or "")
    try:
        found = read_json(form["filters"].value() or "{}")
    except (ValueError, RecursionError):
        return []
    return in_words(sheet, request.user, found) if sheet is not None and isinstance(found, dict) else []


def _listed(request: PersonRequest) -> dict[str, Any]:
    rows = exports_of(request.user)
    return {
        "exports": rows,
        "reasons": reasons_of(rows),
        "filter_names": named,
        "titles": {kind: sheet.title for kind, sheet in SHEETS.items()},
        "now": clock.now(),
        "waiting": any(row.state == Export.State.QUEUED for row in rows),
    }
