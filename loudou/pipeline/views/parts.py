"""What hangs on a deal: evidence, tasks, lines, deliveries, contacts, team, competitors, notes, files, followers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.kernel.numbers import ZERO, key_of
from loudou.people.access import fetch
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.forms import parts as forms
from loudou.pipeline.models import Competitor, Deal, Evidence, EvidenceKind, File, StageTask
from loudou.pipeline.queries.deliveries import planned
from loudou.pipeline.views._acting import Dialog, act, deal_for, done, edited, sent, sent_files
from loudou.remarks.forms import FileForm, NoteForm
from loudou.remarks.queries import mentioned
from loudou.remarks.web import give_out, receive
from loudou.ui import htmx
from loudou.ui.fields import SteadyForm

FOLDER = "deals"
T = TypeVar("T")


@signed_in("GET", "POST")
def give_evidence(request: PersonRequest, pk: int, kind: int) -> HttpResponse:
    """A promotion mark, in words or with a file."""
    deal = deal_for(request, pk, "pipeline.edit")
    mark = get_object_or_404(EvidenceKind, pk=kind, spec__version=deal.funnel_version_id)
    form = forms.EvidenceForm(sent(request), sent_files(request))
    form.fields["file"].required = mark.needs_file

    def give(deal: Deal, *, by: Any, version: Any, note: str, file: Any) -> Evidence:
        if file is None:
            return verbs.give_evidence(deal, kind=mark, by=by, note=note)
        return _keeping(
            request,
            deal,
            file,
            lambda kept: verbs.give_evidence(deal, kind=mark, by=by, note=note, file=kept),
        )

    dialog = Dialog(str(mark), _("Show it"), template="pipeline/_give_evidence.html")
    return act(request, deal, form, give, dialog, lambda given: _("Shown."), kind=mark)


@signed_in("GET", "POST")
def withdraw_evidence(request: PersonRequest, pk: int) -> HttpResponse:
    """Evidence that turned out not to hold."""
    evidence = get_object_or_404(Evidence.objects.select_related("kind"), pk=pk)
    deal = deal_for(request, evidence.deal_id, "pipeline.edit")
    dialog = Dialog(
        _("Withdraw “%(kind)s”") % {"kind": evidence.kind}, _("Withdraw"), evidence.note, danger=True
    )

    def withdraw(deal: Deal, *, by: Any, version: Any, reason: str) -> Evidence:
        return verbs.withdraw_evidence(evidence, by=by, reason=reason)

    return act(
        request,
        deal,
        forms.WithdrawForm(sent(request)),
        withdraw,
        dialog,
        lambda taken: _("Withdrawn."),
    )


@signed_in("GET", "POST")
def complete_task(request: PersonRequest, pk: int, task: int) -> HttpResponse:
    """A stage task that was done."""
    deal = deal_for(request, pk, "pipeline.edit")
    asked = get_object_or_404(StageTask, pk=task, spec__version=deal.funnel_version_id)

    def complete(deal: Deal, *, by: Any, version: Any, note: str) -> Any:
        return verbs.complete_task(deal, task=asked, by=by, note=note)

    dialog = Dialog(str(asked), _("Done"), asked.form)
    return act(request, deal, forms.TaskForm(sent(request)), complete, dialog, lambda did: _("Done."))


@signed_in("GET", "POST")
def set_lines(request: PersonRequest, pk: int) -> HttpResponse:
    """The products on the deal; what the ERP keeps is told apart and not counted."""
    deal = deal_for(request, pk, "pipeline.edit")
    kept = [
        {
            "product": line.product_id,
            "quantity": line.quantity.normalize(),
            "price": line.price,
            "system_of_record": line.system_of_record,
        }
        for line in deal.lines.select_related("product")
    ]
    rows = forms.LineForms(sent(request), initial=kept, prefix="lines")
    form = forms.LinesForm(sent(request) if rows.is_valid() or not rows.is_bound else None)

    def set_them(deal: Deal, *, by: Any, version: Any, reason: str) -> verbs.Edited:
        wanted = [row for row in rows.cleaned_data if row.get("product") and not row.get("DELETE")]
        lines = [
            verbs.LineInput(
                row["product"], row["quantity"], row["price"], row["system_of_record"] or "funnel"
            )
            for row in wanted
        ]
        return verbs.set_lines(deal, lines=lines, by=by, version=version, reason=reason)

    dialog = Dialog(_("Products"), _("Save"), template="pipeline/_set_lines.html")
    return act(request, deal, form, set_them, dialog, edited, rows=rows, products=_names(rows, "product"))


@signed_in("GET", "POST")
def set_deliveries(request: PersonRequest, pk: int) -> HttpResponse:
    """In which parts the deal is delivered, each with its date and amount; without rows it has no plan."""
    deal = deal_for(request, pk, "pipeline.edit")
    kept = [{"due_on": part.due_on, "amount": part.amount} for part in planned(deal)]
    # Beside what is stored now, rows that say the same would be taken for left as they are, and dropped.
    initial = kept if request.method == "GET" else None
    rows = forms.DeliveryForms(sent(request), initial=initial, prefix="deliveries")
    form = forms.DeliveriesForm(sent(request) if rows.is_valid() or not rows.is_bound else None)

    def set_them(deal: Deal, *, by: Any, version: Any, reason: str) -> Deal:
        wanted = [row for row in rows.cleaned_data if row.get("due_on") and not row.get("DELETE")]
        parts = [Part(row["due_on"], row["amount"]) for row in wanted]
        return verbs.set_deliveries(deal, parts=parts, by=by, version=version, reason=reason)

    dialog = Dialog(_("Delivery plan"), _("Save"), template="pipeline/_set_deliveries.html")
    return act(request, deal, form, set_them, dialog, lambda deal: _("Saved."), rows=rows)


@signed_in("GET", "POST")
def set_contacts(request: PersonRequest, pk: int) -> HttpResponse:
    """Who at the customer takes part."""
    deal = deal_for(request, pk, "pipeline.edit")
    chosen = list(deal.parts.values_list("contact_id", flat=True))
    form = forms.ContactsForm(sent(request), customer=deal.customer_id or 0, initial={"contacts": chosen})

    def set_them(deal: Deal, *, by: Any, version: Any, contacts: Any) -> Deal:
        return verbs.set_contacts(deal, contacts=list(contacts), by=by, version=version)

    dialog = Dialog(_("Decision chain"), _("Save"), template="pipeline/_set_contacts.html")
    return act(request, deal, form, set_them, dialog, lambda deal: _("Saved."))


@signed_in("GET", "POST")
def set_team(request: PersonRequest, pk: int) -> HttpResponse:
    """Who works on it with its owner, for which share."""
    deal = deal_for(request, pk, "pipeline.edit")
    kept = [
        {"user": member.user_id, "share": member.share, "task": member.task}
        for member in deal.team_members.select_related("user").order_by("pk")
    ]
    rows = forms.MemberForms(sent(request), initial=kept, prefix="team")
    form = SteadyForm(request.POST if request.method == "POST" and rows.is_valid() else None)

    def set_it(deal: Deal, *, by: Any, version: Any) -> Deal:
        wanted = [row for row in rows.cleaned_data if row.get("user") and not row.get("DELETE")]
        members = [(row["user"], Decimal(row["share"] or ZERO), row["task"]) for row in wanted]
        return verbs.set_team(deal, members=members, by=by, version=version)

    dialog = Dialog(_("Team"), _("Save"), template="pipeline/_set_team.html")
    people = _names(rows, "user")
    return act(request, deal, form, set_it, dialog, lambda deal: _("Saved."), rows=rows, people=people)


@signed_in("GET", "POST")
def set_competitor(request: PersonRequest, pk: int) -> HttpResponse:
    """A rival, or what became known of one; `name` in the address is taken over."""
    deal = deal_for(request, pk, "pipeline.edit")
    rival = deal.competitors.filter(pk=key_of(request.GET.get("competitor")) or 0).first()
    known = ("name", "standing", "strength", "quote")
    initial = {name: getattr(rival, name) for name in known} if rival is not None else {}
    form = forms.CompetitorForm(sent(request), initial=initial)

    def set_it(deal: Deal, *, by: Any, version: Any, **given: Any) -> Competitor:
        return verbs.set_competitor(deal, by=by, version=version, **given)

    dialog = Dialog(_("Competitor"), _("Save"), template="pipeline/_set_competitor.html")
    return act(request, deal, form, set_it, dialog, lambda rival: _("Saved."), rival=rival)


@signed_in("POST")
def remove_competitor(request: PersonRequest, pk: int) -> HttpResponse:
    """A rival that is none."""
    rival = get_object_or_404(Competitor.objects.select_related("deal"), pk=pk)
    deal = deal_for(request, rival.deal_id, "pipeline.edit")
    verbs.remove_competitor(rival, by=request.user)
    return done(request, deal, _("Removed."))


@signed_in("GET", "POST")
def add_note(request: PersonRequest, pk: int) -> HttpResponse:
    """Something to remember; who is named with an @ hears of it."""
    deal = deal_for(request, pk, "pipeline.see")

    def add(deal: Deal, *, by: Any, version: Any, text: str) -> Any:
        return verbs.add_note(deal, text=text, by=by, mentioned=mentioned(text))

    dialog = Dialog(_("Note"), _("Write"), template="pipeline/_add_note.html")
    return act(request, deal, NoteForm(sent(request)), add, dialog, lambda note: _("Noted."))


@signed_in("GET", "POST")
def add_file(request: PersonRequest, pk: int) -> HttpResponse:
    """A file on the deal."""
    deal = deal_for(request, pk, "pipeline.edit")
    form = FileForm(sent(request), sent_files(request))

    def add(deal: Deal, *, by: Any, version: Any, file: Any) -> File:
        return _keeping(request, deal, file, lambda kept: kept)

    dialog = Dialog(_("Attach a file"), _("Attach"), template="pipeline/_add_file.html")
    return act(request, deal, form, add, dialog, lambda kept: _("Attached."))


@signed_in("GET")
def file(request: PersonRequest, pk: int) -> HttpResponse:
    """The file itself, for who may see its deal; rights follow the deal, not the address."""
    found = get_object_or_404(File.objects.filter(removed_at=None), pk=pk)
    fetch(request.user, Deal, found.deal_id)
    return give_out(found)


@signed_in("POST")
def remove_file(request: PersonRequest, pk: int) -> HttpResponse:
    """A file taken off; history keeps that it was there."""
    found = get_object_or_404(File.objects.filter(removed_at=None), pk=pk)
    deal = deal_for(request, found.deal_id, "pipeline.edit")
    verbs.remove_file(found, by=request.user)
    return done(request, deal, _("Removed."))


@signed_in("POST")
def follow(request: PersonRequest, pk: int) -> HttpResponse:
    """Hear of what happens to the deal."""
    deal = deal_for(request, pk, "pipeline.see")
    verbs.follow(deal, user=request.user, by=request.user)
    return done(request, deal, _("You follow this deal."))


@signed_in("POST")
def unfollow(request: PersonRequest, pk: int) -> HttpResponse:
    """Hear no more of it; who saw the deal only as a follower leaves its page."""
    deal = deal_for(request, pk, "pipeline.see")
    verbs.unfollow(deal, user=request.user, by=request.user)
    request.user.__dict__.pop("_shared", None)
    if Deal.objects.visible_to(request.user).filter(pk=pk).exists():
        return done(request, deal, _("You no longer follow this deal."))
    return htmx.done(request, reverse("pipeline:list"), message=_("You no longer follow this deal."))


def _keeping(request: PersonRequest, deal: Deal, upload: Any, then: Callable[[File], T]) -> T:
    """The uploaded file on the deal and what is done with it, as one act; refused, nothing is left on the disk."""
    add = partial(verbs.add_file, deal, by=request.user)
    return receive(upload, folder=FOLDER, then=lambda **kept: then(add(**kept)))


def _names(rows: Any, field: str) -> dict[str, str]:
    """What the rows chosen in a `suggest` field of each line are called, by key."""
    keys = {key_of(row[field].value()) for row in rows} - {None}
    known = rows.form.base_fields[field].queryset.filter(pk__in=keys)
    return {str(found.pk): found.name for found in known}
