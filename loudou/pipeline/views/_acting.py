"""How an act on a deal is asked for and answered: a dialog with a form, then the deal as it has become."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.kernel.refusals import Stale
from loudou.people.access import fetch, may
from loudou.people.web import PersonRequest, attempt, posted_version
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, StageSpec
from loudou.pipeline.queries.acting import stages_ahead
from loudou.pipeline.queries.gates import owed, standing
from loudou.signoff.models import Request
from loudou.ui import htmx
from loudou.ui.prepared import ANY, Prepared

T = TypeVar("T")
CHANGED = "deal-changed"
GATE = "gate"  # in an address: where the deal wants to go, so that what its gate asks for leads back to it
ON_BOARD = (
    "board"  # the field a dragged card sends along: the answer is swapped into the board, not into a dialog
)


@dataclass(frozen=True)
class Dialog:
    """How a dialog presents itself: its head, its button, what it says above the form, and its own template if any."""

    title: str
    button: str
    text: str = ""
    danger: bool = False
    template: str = "pipeline/_act.html"


def _shown(key: int) -> QuerySet[Deal]:
    beside = ("spec", "owner", "customer", "unit", "funnel", "funnel_version")
    return Deal.objects.filter(pk=key).select_related(*beside).defer("search", "customer__search")


_SHOWN = Prepared(_shown, ANY)


def deal_for(request: PersonRequest, pk: int, verb: str) -> Deal:
    """The deal with what dialogs show of it: 404 when invisible, 403 without the right to `verb`."""
    return fetch(request.user, Deal, pk, to=verb, using=_SHOWN)


def act(
    request: PersonRequest,
    deal: Deal,
    form: forms.Form,
    do: Callable[..., T],
    dialog: Dialog,
    said: Callable[[T], str],
    after: Callable[[T], HttpResponse | None] = lambda result: None,
    **context: Any,
) -> HttpResponse:
    """Carry out an act with what the form holds, or show the form: at first, refused (422), or overtaken (409).

    `do` gets the deal, who acts, the version they saw and the form's values; `said` makes the message of its result,
    `after` may answer in another way. A gate that held the deal back is shown with the ways to fill it. Overtaken,
    the form keeps what was typed, shows both values and carries the new version: sent again, it counts.
    """
    if request.method != "POST" or not form.is_valid():
        return ask(request, deal, form, dialog, **context)
    given = {"by": request.user, "version": posted_version(request), **form.cleaned_data}
    shut: list[verbs.GateShut] = []
    try:
        result = attempt(form, lambda: _noting(shut, lambda: do(deal, **given)))
    except Stale as problem:
        return ask(request, deal, form, dialog, stale=problem, **context)
    if shut:
        return shut_gate(request, shut[0])
    if result is None:
        return ask(request, deal, form, dialog, **context)
    return after(result) or done(request, deal, said(result))


def ask(
    request: PersonRequest,
    deal: Deal,
    form: forms.Form,
    dialog: Dialog,
    *,
    stale: Stale | None = None,
    **context: Any,
) -> HttpResponse:
    """The dialog of an act, or its page where there is no script."""
    shown = {"deal": deal, "form": form, "dialog": dialog, "section": "pipeline", "stale": stale, **context}
    shown["version"] = stale.version if stale is not None else posted_version(request) or deal.version
    shown["differences"] = stale.told if stale is not None else {}
    rows = context.get("rows")  # a form of many rows is as bad as its worst row
    bad = (form.is_bound and form.errors) or (rows is not None and rows.is_bound and not rows.is_valid())
    status = 409 if stale is not None else 422 if bad else 200
    return to_dialog(request, htmx.page(request, "pipeline/act.html", dialog.template, shown, status=status))


def shut_gate(request: PersonRequest, shut: verbs.GateShut) -> HttpResponse:
    """A gate that held the deal back: what it asks for, who proved it, and the way to each thing that is missing."""
    return show_gate(request, shut.deal, shut.to, status=422)


def show_gate(request: PersonRequest, deal: Deal, to: StageSpec | None, *, status: int = 200) -> HttpResponse:
    """What the deal's gate asks for on the way to a stage, or to a win (None): what is there, what is missing."""
    elsewhere = [item for before in owed(deal) for item in before.missing] if to is None else []
    gate = standing(deal, deal.spec)
    signs = may(request.user, "pipeline.confirm", deal) and deal.owner_id != request.user.pk
    waits = to is not None and not signs and verbs.needs_confirmation(deal, to)
    context = {
        "deal": deal,
        "to": to,
        "gate": gate,
        "elsewhere": elsewhere,
        "waits": waits,
        "section": "pipeline",
    }
    return htmx.page(request, "pipeline/gate.html", "pipeline/_gate.html", context, status=status)


def done(request: PersonRequest, deal: Deal, message: str, *, undo: str = "") -> HttpResponse:
    """Back to the deal's page, or the page it was asked from is told to look again; back to the gate it was shown at."""
    if GATE in request.GET:
        return _back_to_gate(request, deal, message)
    to = reverse("pipeline:deal", args=[deal.pk])
    return htmx.done(request, to, event=CHANGED, message=message, undo=undo)


def sent(request: PersonRequest) -> Any:
    """What a form was sent with; None where it is only shown."""
    return request.POST if request.method == "POST" else None


def sent_files(request: PersonRequest) -> Any:
    """The files a form was sent with; None where it is only shown."""
    return request.FILES if request.method == "POST" else None


def signed_or(moved: verbs.Moved, otherwise: str) -> str:
    """The message about an act that may wait for a signature."""
    return waits(moved.request) if moved.request is not None else otherwise


def edited(result: verbs.Edited) -> str:
    """The message about a change of which parts may wait for signatures."""
    saved = [_("Saved.")] if result.is_written or not result.requests else []
    return " ".join(dict.fromkeys([*saved, *(waits(signature) for signature in result.requests)]))


def to_dialog(request: PersonRequest, response: HttpResponse) -> HttpResponse:
    """Where a dragged card asked, an answer that is a dialog opens as one."""
    if ON_BOARD in request.POST:
        response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
    return response


def toast(text: str, *, undo: str = "") -> str:
    """The header that makes htmx show a short message, with a way to undo where there is one."""
    return json.dumps({"toast": {"text": text, "undo": undo} if undo else {"text": text}})


def waits(signature: Request) -> str:
    """The message about a signature that is waited for."""
    if signature.signer is not None:
        return _("Waits for the signature of %(name)s.") % {"name": signature.signer.name}
    return _("Waits for a signature.")


def _back_to_gate(request: PersonRequest, deal: Deal, message: str) -> HttpResponse:
    """Something a gate asked for was given from its dialog: the dialog shows the gate as it is now."""
    if not htmx.asked(request):
        return htmx.done(
            request, f"{reverse('pipeline:gate', args=[deal.pk])}?to={request.GET[GATE]}", message=message
        )
    fresh = deal_for(request, deal.pk, "pipeline.see")
    response = show_gate(request, fresh, gate_to(fresh, request.GET[GATE]))
    response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
    response["HX-Trigger"] = json.dumps({CHANGED: True, "toast": {"text": message}})
    return response


def gate_to(deal: Deal, asked: str) -> StageSpec | None:
    """The stage ahead that an address names by its key; None, a win, for anything else."""
    return next((spec for spec in stages_ahead(deal) if str(spec.pk) == asked), None)


def _noting(shut: list[verbs.GateShut], do: Callable[[], T]) -> T:
    try:
        return do()
    except verbs.GateShut as held:
        shut.append(held)
        raise
