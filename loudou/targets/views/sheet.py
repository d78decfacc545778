"""The sheet of targets: a branch of the organisation × the months of a year, typed into like a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.kernel.periods import Grain, Period
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.access import company_of, may
from loudou.people.models import Organisation, Unit, User
from loudou.people.web import PersonRequest, signed_in
from loudou.targets import verbs
from loudou.targets.figures.progress import RATES
from loudou.targets.figures.typed import parse_target
from loudou.targets.forms import WordForm
from loudou.targets.lens import STEPS, SheetLens, may_say
from loudou.targets.models import COUNTED, IN_MONEY, Metric, Negotiation
from loudou.targets.queries import timings
from loudou.targets.queries.agreeing import negotiations_of
from loudou.targets.queries.sheet import Row, Sheet, columns_of, faults_of, rows_named, sheet_of
from loudou.targets.queries.sheet_editions import changes_since, versions_of
from loudou.targets.queries.slices import Slices, years_beside
from loudou.targets.queries.thread import thread_of
from loudou.targets.views._sheet_plain import (
    beside,
    differing,
    former,
    grains,
    notes,
    plain,
    slice_name,
    told_faults,
)
from loudou.ui.alone import alone
from loudou.ui.objects import read_json

MOST_BYTES = 4_000_000


@signed_in(to="targets.see")
@alone
def sheet(request: PersonRequest) -> HttpResponse:
    """The page: the branch one level deep for plain browsers and phones, all of it for the script."""
    lens = SheetLens.read(request.GET, request.user)
    context: dict[str, Any] = {"section": "targets", "lens": lens, "metrics": Metric.choices}
    if lens.unit is not None:
        found, fiscal = _sheet(request, lens), company_of(request.user).fiscal
        talks = negotiations_of(request.user, lens.unit, lens.metric, lens.period)
        near = [row for row in found.rows if row.depth <= 1]
        context |= {
            "sheet": found,
            "near": near,
            "faults": found.faults(),
            "talks": talks,
            "thread": thread_of(talks[0], may_say=may_say(request.user, talks[0])) if talks else None,
            "word": WordForm(),
            "fiscal": fiscal,
            "in_money": lens.metric in IN_MONEY,
            "is_rate": lens.metric in RATES,
            "counted_how": COUNTED[Metric(lens.metric)],
            "notes": notes(found, fiscal),
            "currency": company_of(request.user).base_currency,
            "grains": grains(lens.grain),
            "steps": STEPS,
            "slices": _slices(found, lens),
            "beside": _beside(request, found, lens),
            **_edition(request, lens, found),
            "standing": _standing(found, talks),
            "provisional": any(time.calendar.provisional(lens.within or lens.period) for time in found.times),
            "to_submit": _to_submit(request, lens, talks),
            "manage": may(request.user, "targets.set"),
        }
    return render(request, "targets/sheet.html", context)


def _edition(request: PersonRequest, lens: SheetLens, found: Sheet) -> dict[str, Any]:
    """The editions of the sheet, the one it is compared with, and what is another since."""
    versions = versions_of(request.user, found.unit, found.metric, lens.period)
    since = next((one for one in versions if one.number == lens.since), None)
    changes = changes_since(request.user, found, since, lens.period) if since is not None else []
    return {"versions": versions, "since": since, "changes": changes, "differing": differing(len(changes))}


def _standing(found: Sheet, talks: Sequence[Negotiation]) -> str:
    """How far the sheet is on its way to be in force: as its negotiation says, else by who approved its wholes."""
    if talks and talks[0].state != Negotiation.State.APPROVED:
        return str(talks[0].get_state_display())
    wholes = [cell for (_row, column), cell in found.cells.items() if column == found.whole.key]
    approved = sum(cell.target.approved_by_id is not None for cell in wholes)
    if not approved:
        return _("draft")
    return _("approved") if approved == len(wholes) else _("partly approved")


def _to_submit(request: PersonRequest, lens: SheetLens, talks: Sequence[Negotiation]) -> Negotiation | None:
    """The negotiation of this unit whose proposal this person may hand in for signature."""
    mine = (one for one in talks if lens.unit is not None and one.unit_id == lens.unit.pk and one.is_open)
    found = next((one for one in mine if one.proposed is not None), None)
    return found if found is not None and may(request.user, "targets.set", found) else None


@signed_in(to="targets.see")
@alone
def sheet_data(request: PersonRequest) -> HttpResponse:
    """Everything the script needs: rows, columns, cells, and the checks that fail."""
    lens = SheetLens.read(request.GET, request.user)
    if lens.unit is None:
        return JsonResponse({"rows": [], "columns": [], "cells": {}, "faults": []})
    found = _sheet(request, lens)
    told = plain(found, lens.fiscal, _slices(found, lens))
    told["years"] = beside(_beside(request, found, lens))
    if lens.since:
        told["former"] = former(_edition(request, lens, found)["changes"])
    return JsonResponse(told)


def _slices(found: Sheet, lens: SheetLens) -> Slices | None:
    """Its weeks or days, where they are looked at."""
    if lens.within is None:
        return None
    return Slices(found, lens.within, lens.grain, lens.fiscal, Decimal(lens.step))


def _beside(request: PersonRequest, found: Sheet, lens: SheetLens) -> dict[str, dict[str, Decimal]]:
    """The years around it, where years are looked at."""
    if lens.grain is not Grain.YEAR:
        return {}
    return years_beside(request.user, found, company_of(request.user))


@signed_in("POST", to="targets.set")
def set_cells(request: PersonRequest) -> HttpResponse:
    """Cells as JSON; the answer says of each what became of it, and what is proved now. 409 where somebody was first."""
    lens = SheetLens.read(request.GET, request.user)
    try:
        said = _said(request, lens)
        outcomes = verbs.set_cells([cell for _key, cell in said], metric=lens.metric, by=request.user)
    except Refused as refusal:
        return JsonResponse({"sentence": refusal.sentence}, status=422)
    told = [_told(key, outcome) for (key, _cell), outcome in zip(said, outcomes, strict=True)]
    refusals = [outcome.refusal for outcome in outcomes if outcome.refusal is not None]
    stale = any(isinstance(refusal, Stale) for refusal in refusals)
    faults = told_faults(faults_of(*_asked(request, lens), grain=lens.typed))
    status = 409 if stale else 422 if refusals else 200
    return JsonResponse({"cells": told, "faults": faults}, status=status)


@signed_in("GET", "POST", to="targets.see")
def sheet_row(request: PersonRequest, key: str) -> HttpResponse:
    """One row as a form: for phones, and where there is no script."""
    lens = SheetLens.read(request.GET, request.user)
    found = _sheet(request, lens) if lens.unit is not None else None
    row = next((one for one in found.rows if one.key == key), None) if found is not None else None
    if found is None or row is None:
        return redirect(reverse("targets:sheet"))
    notes: dict[str, Any] = {}
    typed = {column.key: request.POST.get(column.key, "") for column in found.every}
    if request.method == "POST":
        notes = _write_row(request, lens, found, row, typed)
        if not notes:
            messages.success(request, _("Saved."))
            return redirect(reverse("targets:sheet") + lens.href())
        found = _sheet(request, lens)
    context = {"section": "targets", "lens": lens, "sheet": found, "row": row, "notes": notes, "typed": typed}
    context |= {
        "in_money": lens.metric in IN_MONEY,
        "posted": request.method == "POST",
        "fiscal": lens.fiscal,
    }
    context |= {"beside": _beside(request, found, lens), "slices": _slices(found, lens)}
    context |= {"slice_name": slice_name, "grains": grains(lens.grain)}
    stale = any(isinstance(note, Stale) for note in notes.values())
    return render(request, "targets/row.html", context, status=409 if stale else 422 if notes else 200)


def _write_row(
    request: PersonRequest, lens: SheetLens, found: Sheet, row: Row, typed: dict[str, str]
) -> dict[str, Refused]:
    """Set what was typed into a row; the refusals by column."""
    said, notes = [], {}
    for column in found.every:
        if column.key not in request.POST:
            continue
        try:
            amount = _amount(typed[column.key])
        except Refused as refusal:
            notes[column.key] = refusal
            continue
        version = request.POST.get(f"{column.key}-version", "0")
        seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
        stands = found.cells.get((row.key, column.key))
        if stands is None and amount is None and seen == 0:
            continue
        if stands is not None and (amount, seen) == (stands.target.amount, stands.target.version):
            continue
        said.append((column.key, verbs.CellInput(row.unit, row.person, column.period, amount, seen)))
    if notes:
        return notes
    outcomes = verbs.set_cells([cell for _key, cell in said], metric=lens.metric, by=request.user)
    refused = zip(said, outcomes, strict=True)
    return {key: outcome.refusal for (key, _cell), outcome in refused if outcome.refusal is not None}


def _sheet(request: PersonRequest, lens: SheetLens) -> Sheet:
    return sheet_of(*_asked(request, lens), grain=lens.typed)


def _asked(request: PersonRequest, lens: SheetLens) -> tuple[User, Unit, str, Period, Organisation]:
    assert lens.unit is not None
    return request.user, lens.unit, lens.metric, lens.period, company_of(request.user)


def _said(request: PersonRequest, lens: SheetLens) -> list[tuple[tuple[str, str], verbs.CellInput]]:
    """The cells of a body `{"cells": [[row, column, amount or null, version, locked or null], …]}`."""
    if len(request.body) > MOST_BYTES:
        raise Refused(_("Too many cells at once."), field="cells")
    if lens.unit is None:
        raise Forbidden(_("You do not have the right to do this."))
    company = company_of(request.user)
    columns = columns_of(lens.period, lens.typed, company, timings(company).of(lens.unit))
    periods = {column.key: column.period for column in columns}
    try:
        cells = read_json(request.body)["cells"]
        keys = {str(cell[0]) for cell in cells}
        rows = rows_named(request.user, lens.unit, lens.metric, lens.period, keys)
        return [_cell(rows, periods, *cell) for cell in cells]
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        raise Refused(_("What was sent is not understood."), field="cells") from None


def _cell(
    rows: dict[str, Row],
    periods: dict[str, Period],
    key: str,
    column: str,
    amount: Any,
    version: Any,
    locked: Any,
) -> tuple[tuple[str, str], verbs.CellInput]:
    row, seen = rows[key], int(version)
    value = _amount(str(amount)) if amount is not None else None
    lock = bool(locked) if locked is not None else None
    return (key, column), verbs.CellInput(row.unit, row.person, periods[column], value, seen, lock)


def _amount(raw: str) -> Any:
    """An amount as typed; nothing is not zero."""
    if not raw.strip():
        return None
    try:
        return parse_target(raw)
    except ValueError:
        raise Refused(_("Write an amount such as 1,234.50 or 12万."), field="amount") from None


def _told(key: tuple[str, str], outcome: verbs.CellOutcome) -> dict[str, Any]:
    target, refusal = outcome.target, outcome.refusal
    told: dict[str, Any] = {
        "row": key[0],
        "column": key[1],
        "amount": str(target.base_amount) if target is not None else None,
        "version": target.version if target is not None else 0,
        "locked": int(target.locked) if target is not None else 0,
    }
    if refusal is not None:
        told |= {"sentence": refusal.sentence, "stale": isinstance(refusal, Stale)}
    return told
