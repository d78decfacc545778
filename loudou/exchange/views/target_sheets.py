"""The sheet of targets as a workbook: out, and what was typed into it back in."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.exchange import verbs
from loudou.exchange.forms.target_sheets import WorkbookForm
from loudou.exchange.importing.receiving import forget, keep
from loudou.exchange.importing.running import folder
from loudou.exchange.target_sheets import Typed, read, written
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.access import company_of
from loudou.people.web import PersonRequest, signed_in
from loudou.targets.lens import SheetLens
from loudou.targets.queries.sheet import Sheet, sheet_of
from loudou.targets.queries.slices import View, view_of
from loudou.targets.verbs import CellOutcome, set_cells
from loudou.ui import format as f

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@signed_in("POST", to="targets.see")
def target_sheet(request: PersonRequest) -> HttpResponse:
    """Write the sheet out; who took it stands in it and in the journal."""
    lens = SheetLens.read(request.GET, request.user)
    found = _sheet(request, lens)
    if found is None:
        return redirect(reverse("targets:sheet"))
    verbs.take_sheet_out(
        found.unit, metric=found.metric, period=lens.name, count=len(found.rows), by=request.user
    )
    notes = [(_("Made by"), request.user.name), (_("Made at"), f.instant(clock.now()))]
    response = HttpResponse(written(found, _view(request, lens, found), notes), content_type=_XLSX)
    of = "" if lens.grain is lens.typed else f"-{lens.grain.value}"
    within = lens.fiscal.name(lens.within) if lens.within is not None else lens.name
    name = f"targets-{found.unit.code}-{found.metric}-{within}{of}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@signed_in("GET", "POST", to="targets.set")
def read_target_sheet(request: PersonRequest) -> HttpResponse:
    """Read a workbook back in: cells that were typed over are set, the others left alone."""
    lens = SheetLens.read(request.GET, request.user)
    found = _sheet(request, lens)
    if found is None:
        return redirect(reverse("targets:sheet"))
    sent = request.method == "POST"
    form = WorkbookForm(request.POST if sent else None, request.FILES if sent else None)
    refused: list[tuple[Typed, CellOutcome]] = []
    if request.method == "POST" and form.is_valid():
        try:
            done, refused = _take_in(request, lens, found, form)
        except Refused as refusal:
            form.add_error("file", refusal.sentence)
        else:
            text = ngettext("%(n)d cell is set.", "%(n)d cells are set.", done)
            messages.success(request, text % {"n": done})
            if not refused:
                return redirect(reverse("targets:sheet") + lens.href())
    context = {"section": "targets", "form": form, "lens": lens, "refused": refused}
    status = 409 if refused else 422 if form.errors else 200
    return render(request, "exchange/target_sheet.html", context, status=status)


def _take_in(
    request: PersonRequest, lens: SheetLens, found: Sheet, form: WorkbookForm
) -> tuple[int, list[tuple[Typed, CellOutcome]]]:
    """How many cells were set, and those that were not."""
    kept = keep(form.cleaned_data["file"])
    try:
        typed = read(folder() / kept.stored_as, found, _view(request, lens, found))
    finally:
        forget(kept.stored_as)
    outcomes = set_cells([one.cell for one in typed], metric=lens.metric, by=request.user)
    pairs = list(zip(typed, outcomes, strict=True))
    refused = [(one, outcome) for one, outcome in pairs if outcome.refusal is not None]
    return len(pairs) - len(refused), refused


def _sheet(request: PersonRequest, lens: SheetLens) -> Sheet | None:
    if lens.unit is None:
        return None
    company = company_of(request.user)
    return sheet_of(request.user, lens.unit, lens.metric, lens.period, company, grain=lens.typed)


def _view(request: PersonRequest, lens: SheetLens, found: Sheet) -> View:
    company = company_of(request.user)
    return view_of(request.user, found, company, lens.grain, lens.within, Decimal(lens.step))
