"""Imports: bringing a file, saying what its columns mean, the dry run, the run, taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.exchange import verbs
from loudou.exchange.forms.importing import BringForm, ColumnsForm, MappingForm, ReadForm, SaveForm
from loudou.exchange.importing.asking import to_be_said
from loudou.exchange.importing.files import sheet_told
from loudou.exchange.importing.mapping import ColumnMap, from_plain
from loudou.exchange.importing.receiving import Kept, forget, keep, look, path_of, refused_path
from loudou.exchange.importing.running import folder, reading_of
from loudou.exchange.importing.spec import Kind, kind_named, knows, merged, recognise, rivals, suffices
from loudou.exchange.importing.unattended import pause_of
from loudou.exchange.lens import ImportLens, open_kinds, problems_of, repeated_reasons
from loudou.exchange.models import ColumnChoice, Import
from loudou.exchange.queries import mapping_for, mappings_for
from loudou.journal.vocabulary import subject_labelled
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import fetch
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx

# Where what was brought is seen.
_LISTS = {
    "people": "people:people",
    "units": "people:units",
    "products": "catalog:list",
    "customers": "customers:list",
    "deals": "pipeline:list",
    "lines": "pipeline:list",
    "deliveries": "pipeline:list",
    "moves": "pipeline:list",
    "activities": "fieldwork:list",
    "visits": "fieldwork:visits",
    "calls": "fieldwork:calls",
    "tasks": "tasks:list",
    "targets": "insight:target_progress",
    "problems": "problems:list",
    "rules": "problems:rules",
    "market-walks": "market:walks",
    "day-logs": "daylog:logs",
    "rates": "people:rates",
    "form-records": "forms:list",
}
_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@signed_in("GET", "POST", to="exchange.import")
def imports(request: PersonRequest) -> HttpResponse:
    asked = {"kind": request.GET.get("kind", "")}
    form = BringForm(request.user, request.POST or None, request.FILES or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        run = attempt(form, partial(_bring, request, form))
        if run is not None:
            return htmx.done(request, _address(run))
    lens, after = ImportLens.read(request.GET, request.user), request.GET.get("after", "")
    titles = {kind.name: kind.title for kind in lens.kinds}
    context = {"section": "settings", "form": form, "lens": lens, "page": lens.page(after), "titles": titles}
    context |= {"kinds": open_kinds(request.user), "states": Import.State.choices}
    if after and htmx.asked(request):
        return render(request, "exchange/_import_rows.html", context)
    return render(request, "exchange/imports.html", context, status=422 if form.errors else 200)


@signed_in(to="exchange.import")
def show(request: PersonRequest, pk: int) -> HttpResponse:
    return _page(request, fetch(request.user, Import, pk))


@signed_in(to="exchange.import")
def state(request: PersonRequest, pk: int) -> HttpResponse:
    """How far it is, for a page that waits; once it is through, the page is shown anew."""
    run = fetch(request.user, Import, pk)
    if not run.is_under_way and htmx.asked(request):
        return HttpResponse(status=204, headers={"HX-Redirect": _address(run)})
    return render(request, "exchange/_import_progress.html", {"run": run, "pause": pause_of(run)})


@signed_in(to="exchange.import")
def problems(request: PersonRequest, pk: int) -> HttpResponse:
    run = fetch(request.user, Import, pk)
    context = {"section": "settings", "run": run, "problems": problems_of(run, request.GET.get("after", ""))}
    context["titles"] = _titles(kind_named(run.kind))
    return htmx.page(request, "exchange/problems.html", "exchange/_problem_rows.html", context)


@signed_in(to="exchange.import")
def refused(request: PersonRequest, pk: int) -> HttpResponse:
    """The rows that were refused, as a file to be mended, for who brought them."""
    run = fetch(request.user, Import, pk)
    path = refused_path(run)
    if run.owner_id != request.user.pk or not run.stored_as or not path.exists():
        raise Http404
    refused = _("refused")
    name = f"{run.name.rpartition('.')[0] or run.name}-{refused}{path.suffix}"
    kind = _XLSX if path.suffix == ".xlsx" else _CSV
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=kind)  # type: ignore[return-value]


@signed_in("POST", to="exchange.import")
def read(request: PersonRequest, pk: int) -> HttpResponse:
    """Another encoding or sheet."""
    run, kind = _mine(request, pk)
    form = ReadForm(run, request.POST)
    if form.is_valid():
        seen = attempt(form, lambda: look(path_of(run), **form.cleaned_data, known=knows(kind)))
        if seen is not None:
            mapping = recognise(kind, seen.header)
            version = posted_version(request)
            verbs.read_again(run, look=seen, mapping=mapping, by=request.user, version=version)
            return htmx.done(request, _address(run))
    return _page(request, run, read_form=form)


@signed_in("POST", to="exchange.import")
def map(request: PersonRequest, pk: int) -> HttpResponse:
    """A saved mapping, or one in a file, for the columns."""
    run, kind = _mine(request, pk)
    form = MappingForm(_choices(request, run), request.POST, request.FILES)
    if form.is_valid():
        mapping = merged(recognise(kind, run.header), form.cleaned_data["mapping"])
        act = partial(
            verbs.map_import, run, mapping=mapping, by=request.user, version=posted_version(request)
        )
        if attempt(form, act) is not None:
            return htmx.done(request, _address(run))
    return _page(request, run, mapping_form=form)


@signed_in("POST", to="exchange.import")
def check(request: PersonRequest, pk: int) -> HttpResponse:
    """What the columns mean, and the dry run; with `save` the mapping is kept under a name as well."""
    run, kind = _mine(request, pk)
    form = ColumnsForm(run, kind, request.POST)
    name = SaveForm(request.POST, prefix="save")
    saving = bool(request.POST.get("save-name", "").strip())
    if form.is_valid() and (not saving or name.is_valid()):
        act = partial(_check, request, run, form, name.cleaned_data if saving else {})
        if attempt(form, act) is not None:
            return htmx.done(request, _address(run))
    return _page(request, run, columns_form=form, save_form=name if saving else SaveForm(prefix="save"))


@signed_in("POST", to="exchange.import")
def write(request: PersonRequest, pk: int) -> HttpResponse:
    run, _kind = _mine(request, pk)
    verbs.write_import(run, by=request.user, version=posted_version(request))
    return htmx.done(request, _address(run))


@signed_in("POST", to="exchange.import")
def stop(request: PersonRequest, pk: int) -> HttpResponse:
    run = fetch(request.user, Import, pk)
    verbs.stop_import(run, by=request.user)
    return htmx.done(request, _address(run))


@signed_in("POST", to="exchange.import")
def undo(request: PersonRequest, pk: int) -> HttpResponse:
    run = fetch(request.user, Import, pk)
    verbs.undo_import(run, by=request.user, version=posted_version(request))
    return htmx.done(request, _address(run))


@signed_in("POST", to="exchange.import")
def remove_mapping(request: PersonRequest, pk: int) -> HttpResponse:
    choice = ColumnChoice.objects.filter(owner=request.user, pk=pk).first()
    if choice is None:
        raise Http404
    verbs.remove_mapping(choice, by=request.user)
    return htmx.done(request, reverse("exchange:imports"))


def _bring(request: PersonRequest, form: BringForm) -> Import:
    """Keep the upload and look into it; what cannot be read is not kept."""
    kind = kind_named(form.cleaned_data["kind"])
    assert kind is not None
    kept = keep(form.cleaned_data["file"])
    try:
        return _brought(request, kind, kept, form.cleaned_data["map"])
    except Refused:
        forget(kept.stored_as)
        raise


def _brought(request: PersonRequest, kind: Kind, kept: Kept, own: ColumnMap | None) -> Import:
    said = own or ColumnMap()
    seen = look(
        folder() / kept.stored_as,
        encoding=said.encoding,
        sheet=said.sheet,
        known=knows(kind),
        suffices=suffices(kind, said),
    )
    if own is None and (saved := mapping_for(request.user, kind.name, seen.header)):
        said = from_plain(saved.mapping)
    mapping = merged(recognise(kind, seen.header), said)
    return verbs.bring_import(kind=kind.name, kept=kept, look=seen, mapping=mapping, by=request.user)


def _check(request: PersonRequest, run: Import, form: ColumnsForm, saved: dict[str, Any]) -> Import:
    mapping = form.meant()
    checked = verbs.check_import(
        run,
        mapping=mapping,
        all_or_nothing=form.cleaned_data["all_or_nothing"],
        by=request.user,
        version=posted_version(request),
    )
    if saved:
        verbs.save_mapping(
            kind=run.kind, mapping=checked.mapping, header=checked.header, by=request.user, **saved
        )
    return checked


def _mine(request: PersonRequest, pk: int) -> tuple[Import, Kind]:
    """An import of one's own, and its kind; another's is only looked at."""
    run = fetch(request.user, Import, pk)
    kind = kind_named(run.kind)
    if run.owner_id != request.user.pk or kind is None:
        raise Http404
    return run, kind


def _page(request: PersonRequest, run: Import, **forms: Any) -> HttpResponse:
    kind = kind_named(run.kind)
    own = run.owner_id == request.user.pk and bool(run.stored_as) and kind is not None
    context: dict[str, Any] = {"section": "settings", "run": run, "kind": kind, "own": own}
    context |= {"problems": problems_of(run), "titles": _titles(kind), "list": _LISTS.get(run.kind)}
    context |= {"reasons": repeated_reasons(run), "pause": pause_of(run)}
    context["kept_back"] = [(_noun(label), reason, count) for label, reason, count in run.kept_back]
    context["refused_file"] = own and refused_path(run).exists()
    until = run.done_at + timedelta(days=verbs.UNDO_DAYS) if run.done_at else None
    context["undo_until"] = until if until and until > clock.now() else None
    context["mapping_open"] = own and run.state in _OPEN
    if context["mapping_open"] and kind is not None:
        context |= _mapping_forms(request, run, kind) | forms
        told = [sheet_told(run.sheet, run.sheets)]
        mapping = from_plain(run.mapping)
        told += [said for _column, said in rivals(kind, run.header, mapping)]
        if run.state == Import.State.UPLOADED:  # later its problems say so
            reading = reading_of(mapping, workbook=bool(run.sheet))
            told += to_be_said(kind, mapping, run.header, run.samples, reading)
        context["told"] = [sentence for sentence in told if sentence]
    wrong = any(form.errors for form in forms.values() if form.is_bound)
    return render(request, "exchange/import.html", context, status=422 if wrong else 200)


def _titles(kind: Kind | None) -> dict[str, Any]:
    """What people call the columns."""
    return {column.name: column.title for column in kind.columns} if kind is not None else {}


def _mapping_forms(request: PersonRequest, run: Import, kind: Kind) -> dict[str, Any]:
    choices = _choices(request, run)
    make: dict[str, Callable[[], Any]] = {
        "columns_form": lambda: ColumnsForm(run, kind),
        "read_form": lambda: ReadForm(run),
        "mapping_form": lambda: MappingForm(choices),
        "save_form": lambda: SaveForm(prefix="save"),
    }
    return {"saved": list(choices.values())} | {name: made() for name, made in make.items()}


def _choices(request: PersonRequest, run: Import) -> dict[int, ColumnChoice]:
    return {choice.pk: choice for choice in mappings_for(request.user, run.kind)}


def _noun(label: str) -> str:
    """What records of a model are called."""
    return _("history") if label == "pipeline.move" else str(subject_labelled(label).noun)


def _address(run: Import) -> str:
    return reverse("exchange:import", args=[run.pk])


_OPEN = (Import.State.UPLOADED, Import.State.CHECKED, Import.State.FAILED, Import.State.STOPPED)
