"""Notes and files on a customer."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from loudou.customers import verbs
from loudou.customers.models import Customer, CustomerFile
from loudou.customers.views._answers import dialog, on, tried
from loudou.people.access import fetch
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.remarks.forms import FileForm, NoteForm
from loudou.remarks.queries import mentioned
from loudou.remarks.web import give_out, receive

FOLDER = "customers"


@signed_in("GET", "POST", to="customers.see")
def add_note(request: PersonRequest, pk: int) -> HttpResponse:
    """Something to remember; who is named with an @ hears of it."""
    found = fetch(request.user, Customer, pk)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        act = partial(verbs.add_note, found, text=text, by=request.user, mentioned=mentioned(text))
        if attempt(form, act) is not None:
            return on(request, found, _("Noted."))
    return dialog(request, "add_note", {"customer": found}, form)


@signed_in("GET", "POST")
def add_file(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Customer, pk, to="customers.edit")
    form = FileForm(*(request.POST, request.FILES) if request.method == "POST" else ())
    if request.method == "POST" and form.is_valid():
        keep = partial(verbs.add_file, found, by=request.user)
        upload = form.cleaned_data["file"]
        if attempt(form, lambda: receive(upload, folder=FOLDER, then=keep)) is not None:
            return on(request, found, _("Attached."))
    return dialog(request, "add_file", {"customer": found}, form)


@signed_in("GET", to="customers.see")
def file(request: PersonRequest, pk: int) -> HttpResponse:
    """The file itself, for who may see its customer; rights follow the customer, not the address."""
    found = get_object_or_404(CustomerFile.objects.filter(removed_at=None), pk=pk)
    fetch(request.user, Customer, found.customer_id)
    return give_out(found)


@signed_in("POST")
def remove_file(request: PersonRequest, pk: int) -> HttpResponse:
    """A file taken off; history keeps that it was there."""
    found = get_object_or_404(CustomerFile.objects.filter(removed_at=None), pk=pk)
    customer = fetch(request.user, Customer, found.customer_id, to="customers.edit")
    return tried(request, customer, partial(verbs.remove_file, found, by=request.user), _("Removed."))
