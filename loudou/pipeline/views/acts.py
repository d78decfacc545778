"""What is done to deals: opening, changing, moving through gates, closing, resting, changing hands."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from loudou.kernel.numbers import key_of
from loudou.people.access import may
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.pipeline import verbs
from loudou.pipeline.forms import acts as forms
from loudou.pipeline.models import Deal, Line, StageSpec
from loudou.pipeline.queries.acting import acts_on, stages_ahead, stages_behind
from loudou.pipeline.queries.funnels import next_spec, specs, usable_funnels
from loudou.pipeline.queries.gates import owed, standing
from loudou.pipeline.views._acting import (
    ON_BOARD,
    Dialog,
    act,
    ask,
    deal_for,
    done,
    edited,
    gate_to,
    sent,
    show_gate,
    signed_or,
)
from loudou.pipeline.views._answering import moved_on_board
from loudou.ui import htmx


@signed_in("GET", "POST", to="pipeline.open")
def open_deal(request: PersonRequest) -> HttpResponse:
    """A new deal; `customer`, `title` and `predecessor` in the address are taken over."""
    funnels = usable_funnels(request.user)
    initial = {
        name: request.GET[name] for name in ("customer", "predecessor", "title") if name in request.GET
    }
    form = forms.OpenForm(sent(request), user=request.user, funnels=funnels, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
        deal = attempt(form, lambda: verbs.open_deal(by=request.user, **given))
        if deal is not None:
            return htmx.done(request, reverse("pipeline:deal", args=[deal.pk]))
    context = {"form": form, "section": "pipeline", "may_give": may(request.user, "pipeline.hand_over")}
    context |= {"customer": _chosen(form, "customer"), "owner": _chosen(form, "owner")}
    status = 422 if form.errors else 200
    return htmx.page(request, "pipeline/open.html", "pipeline/_open.html", context, status=status)


@signed_in("GET", "POST")
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    """What the deal says: all of it, or with `part` one group of fields."""
    deal = deal_for(request, pk, "pipeline.edit")
    part = request.GET.get("part", "")
    summed = deal.lines.filter(system_of_record=Line.Record.FUNNEL).exists()
    initial = {"category": request.GET["category"]} if "category" in request.GET else {}
    form = forms.EditForm(
        sent(request), deal=deal, user=request.user, part=part, summed=summed, initial=initial
    )
    dialog = Dialog(_("Change the deal"), _("Save"), template="pipeline/_edit.html")
    return act(request, deal, form, verbs.edit, dialog, edited, part=part, customer=_chosen(form, "customer"))


@signed_in("GET")
def acts(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything this person may do to the deal from where it stands: the menu of a card, by mouse and by key."""
    deal = deal_for(request, pk, "pipeline.see")
    context = {"deal": deal, "section": "pipeline", "can": acts_on(deal, request.user)}
    context |= {"ahead": stages_ahead(deal), "behind": stages_behind(deal)}
    return htmx.page(request, "pipeline/acts.html", "pipeline/_acts.html", context)


@signed_in("GET", "POST")
def move(request: PersonRequest, pk: int) -> HttpResponse:
    """To another stage: one forward through the gate; a jump asks for a signature, a step back for a reason."""
    deal = deal_for(request, pk, "pipeline.move")
    stages = _meant(request, deal, _others(deal))
    form = forms.MoveForm(sent(request), stages=stages, initial=_target(request, deal))
    if request.method == "POST" and form.is_valid() and not _is_overtaken(request, deal):
        other = _other_way(request, deal, form)
        if other is not None:
            return other
    dialog = Dialog(_("Move the deal"), _("Move"), template="pipeline/_move.html")
    former = deal.spec
    return act(
        request,
        deal,
        form,
        verbs.move,
        dialog,
        _moved,
        lambda moved: _after_move(request, moved, former),
        gate=SimpleLazyObject(
            lambda: standing(deal, deal.spec)
        ),  # the dialog's; a move that passes shows none
        following=next_spec(deal.spec),
    )


@signed_in("GET")
def gate(request: PersonRequest, pk: int) -> HttpResponse:
    """What stands between the deal and the stage `to`, or a win; each missing thing with the form that gives it."""
    deal = deal_for(request, pk, "pipeline.see")
    return show_gate(request, deal, gate_to(deal, request.GET.get("to", "")))


@signed_in("GET", "POST")
def skip(request: PersonRequest, pk: int) -> HttpResponse:
    """Past a gate that lacks something, or over a stage: with a manager's right, or a manager's signature."""
    deal = deal_for(request, pk, "pipeline.move")
    stages = _meant(request, deal, stages_ahead(deal))
    form = forms.SkipForm(sent(request), stages=stages, initial=_target(request, deal))
    return act(request, deal, form, verbs.skip, _skip_dialog(request, deal), _moved)


@signed_in("GET", "POST")
def step_back(request: PersonRequest, pk: int) -> HttpResponse:
    """To an earlier stage, with a reason."""
    deal = deal_for(request, pk, "pipeline.move")
    stages = _meant(request, deal, stages_behind(deal))
    form = forms.StepBackForm(sent(request), stages=stages, initial=_target(request, deal))
    return act(request, deal, form, verbs.move, _back_dialog(), _moved)


@signed_in("POST")
def undo(request: PersonRequest, pk: int) -> HttpResponse:
    """Take back the step just made."""
    deal = deal_for(request, pk, "pipeline.move")
    undone = verbs.undo(deal, by=request.user)
    return done(request, undone, _("Back in %(stage)s.") % {"stage": undone.spec})


@signed_in("GET", "POST")
def win(request: PersonRequest, pk: int) -> HttpResponse:
    """Won: asked for by who sells, verified by sales operations or finance; what is missing is asked for first."""
    deal = deal_for(request, pk, "pipeline.see")
    if not may(request.user, "pipeline.close", deal) and not may(request.user, "pipeline.confirm_win", deal):
        raise PermissionDenied
    if request.method == "GET" and deal.is_live and (standing(deal, deal.spec).missing or owed(deal)):
        return show_gate(request, deal, None)
    form = forms.WinForm(sent(request), initial={"amount": deal.amount})
    verifies = may(request.user, "pipeline.confirm_win", deal) and deal.owner_id != request.user.pk
    text = "" if verifies else _("Sales operations or finance verify that the contract is in effect.")
    dialog = Dialog(_("Win the deal"), _("Won") if verifies else _("Ask for the win"), text)
    return act(request, deal, form, verbs.win, dialog, lambda won: signed_or(won, _("Won.")))


@signed_in("GET", "POST")
def lose(request: PersonRequest, pk: int) -> HttpResponse:
    """Lost, with why and to whom."""
    deal = deal_for(request, pk, "pipeline.close")
    text = _("Your manager verifies the reason within three working days.")
    dialog = Dialog(_("Lose the deal"), _("Lost"), text, danger=True)
    return act(request, deal, forms.LoseForm(sent(request)), verbs.lose, dialog, lambda _deal: _("Lost."))


@signed_in("GET", "POST")
def cancel(request: PersonRequest, pk: int) -> HttpResponse:
    """Given up by the customer, or never decided."""
    deal = deal_for(request, pk, "pipeline.close")
    dialog = Dialog(_("The customer cancelled"), _("Cancelled"), danger=True)
    form = forms.CancelForm(sent(request))
    return act(request, deal, form, verbs.cancel, dialog, lambda _deal: _("Cancelled."))


@signed_in("GET", "POST")
def invalidate(request: PersonRequest, pk: int) -> HttpResponse:
    """Never a deal: out of every figure."""
    deal = deal_for(request, pk, "pipeline.close")
    text = _("An invalid deal counts in no figure: a duplicate, a mistake, never a real need.")
    dialog = Dialog(_("Declare the deal invalid"), _("Invalid"), text, danger=True)
    form = forms.InvalidateForm(sent(request))
    return act(request, deal, form, verbs.invalidate, dialog, lambda _deal: _("Declared invalid."))


@signed_in("GET", "POST")
def reopen(request: PersonRequest, pk: int) -> HttpResponse:
    """Back to where it was lost or cancelled from."""
    deal = deal_for(request, pk, "pipeline.close")
    text = _("It returns to %(stage)s.") % {"stage": deal.spec}
    dialog = Dialog(_("Reopen the deal"), _("Reopen"), text)
    form = forms.ReopenForm(sent(request))
    return act(request, deal, form, verbs.reopen, dialog, lambda back: signed_or(back, _("Reopened.")))


@signed_in("GET", "POST")
def hold(request: PersonRequest, pk: int) -> HttpResponse:
    """To rest until a day."""
    deal = deal_for(request, pk, "pipeline.close")
    text = _("Its time stands still and it counts in no coverage; it wakes up by itself.")
    dialog = Dialog(_("Put the deal on hold"), _("Hold"), text)
    return act(request, deal, forms.HoldForm(sent(request)), verbs.hold, dialog, lambda _deal: _("It rests."))


@signed_in("GET", "POST")
def resume(request: PersonRequest, pk: int) -> HttpResponse:
    """Taken up again before its day."""
    deal = deal_for(request, pk, "pipeline.close")
    dialog = Dialog(_("Take the deal up again"), _("Take up"))
    return act(
        request,
        deal,
        forms.ResumeForm(sent(request)),
        verbs.resume,
        dialog,
        lambda _deal: _("It is under way again."),
    )


@signed_in("GET", "POST")
def hand_over(request: PersonRequest, pk: int) -> HttpResponse:
    """To another owner, whose unit it joins."""
    deal = deal_for(request, pk, "pipeline.hand_over")
    form = forms.HandOverForm(sent(request))
    dialog = Dialog(_("Hand the deal over"), _("Hand over"), template="pipeline/_hand_over.html")

    def said(handed: Deal) -> str:
        return _("Handed over to %(name)s.") % {"name": handed.owner.name}

    return act(request, deal, form, verbs.hand_over, dialog, said, owner=_chosen(form, "owner"))


def _other_way(request: PersonRequest, deal: Deal, form: forms.MoveForm) -> HttpResponse | None:
    """Where a plain move is not the way: back without a reason, or over a stage."""
    to: StageSpec = form.cleaned_data["to"]
    if to.position < deal.spec.position and not form.cleaned_data["reason"]:
        back = forms.StepBackForm(None, stages=stages_behind(deal), initial={"to": to.pk})
        return _unfinished(ask(request, deal, back, _back_dialog(), action="step_back"))
    following = next_spec(deal.spec)
    if to.position > deal.spec.position and following is not None and to.stage_id != following.stage_id:
        over = forms.SkipForm(None, stages=stages_ahead(deal), initial={"to": to.pk})
        return _unfinished(ask(request, deal, over, _skip_dialog(request, deal), action="skip"))
    return None


def _after_move(request: PersonRequest, moved: verbs.Moved, former: StageSpec) -> HttpResponse | None:
    """A dragged card is answered on its board; of a step forward that was made one is told with the way back."""
    if ON_BOARD in request.POST:
        return moved_on_board(request, moved, former)
    if moved.request is not None or moved.deal.spec.position <= former.position:
        return None
    return done(request, moved.deal, _moved(moved), undo=reverse("pipeline:undo", args=[moved.deal.pk]))


def _unfinished(response: HttpResponse) -> HttpResponse:
    """What was asked for is not done yet."""
    response.status_code = 422
    return response


def _skip_dialog(request: PersonRequest, deal: Deal) -> Dialog:
    signs = may(request.user, "pipeline.skip", deal) and deal.owner_id != request.user.pk
    text = _("What the skipped gates lack stays owed: the deal cannot be won before it is filled.")
    if signs:
        return Dialog(_("Skip to a stage"), _("Skip"), text)
    return Dialog(_("Skip to a stage"), _("Apply to skip"), text + " " + _("Skipping needs a signature."))


def _back_dialog() -> Dialog:
    text = _("A step back is never blocked and takes nothing from what was converted; say what was learned.")
    return Dialog(_("Move the deal back"), _("Move back"), text)


def _is_overtaken(request: PersonRequest, deal: Deal) -> bool:
    return posted_version(request) not in (None, deal.version)


def _meant(request: PersonRequest, deal: Deal, stages: list[StageSpec]) -> list[StageSpec]:
    """The stages a form takes: once overtaken any may have been meant, and the verb sets it against where it is now."""
    return specs(deal.funnel_version_id) if _is_overtaken(request, deal) else stages


def _others(deal: Deal) -> list[StageSpec]:
    return [*stages_behind(deal), *stages_ahead(deal)]


def _target(request: PersonRequest, deal: Deal) -> dict[str, Any]:
    """The stage the address names, else the next one."""
    following = next_spec(deal.spec)
    return {"to": request.GET.get("to") or (following.pk if following is not None else None)}


def _moved(moved: verbs.Moved) -> str:
    return signed_or(moved, _("Now in %(stage)s.") % {"stage": moved.deal.spec})


def _chosen(form: django_forms.Form, name: str) -> Any:
    """The row a `suggest` field shows, where one is chosen."""
    field = form.fields.get(name)
    key = key_of(form[name].value()) if field is not None else None
    if not isinstance(field, django_forms.ModelChoiceField) or key is None:
        return None
    try:
        return field.to_python(key)
    except django_forms.ValidationError:
        return None
