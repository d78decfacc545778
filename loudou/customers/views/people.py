"""The people at a customer."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from loudou.customers import queries, verbs
from loudou.customers.forms import ContactForm
from loudou.customers.looks import sees_phone
from loudou.customers.models import Contact, Customer
from loudou.customers.views._answers import dialog, on, tried
from loudou.people.access import fetch
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in

FIELDS = ("name", "title", "part", "attitude", "phone", "email", "wechat", "note")
REACH = ("phone", "email", "wechat")  # how somebody is reached: hidden with the phone


@signed_in("GET", "POST")
def add_contact(request: PersonRequest, pk: int) -> HttpResponse:
    customer = fetch(request.user, Customer, pk, to="customers.edit")
    form = ContactForm(request.POST or None, initial={"part": request.GET.get("part", "")})
    if request.method == "POST" and form.is_valid():
        act = partial(verbs.add_contact, customer, by=request.user, **form.cleaned_data)
        if attempt(form, act) is not None:
            return on(request, customer, _("Added."))
    return dialog(request, "add_contact", {"customer": customer}, form)


@signed_in("GET", "POST")
def edit_contact(request: PersonRequest, pk: int) -> HttpResponse:
    contact = _contact(request, pk)
    initial: dict[str, Any] = {name: getattr(contact, name) for name in FIELDS}
    form = ContactForm(request.POST or None, initial=initial)
    if not sees_phone(request.user, contact):
        for name in REACH:
            del form.fields[name]
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.edit_contact, contact, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return on(request, contact.customer, _("Saved."))
    return dialog(request, "edit_contact", {"contact": contact}, form)


@signed_in("POST")
def mark_left(request: PersonRequest, pk: int) -> HttpResponse:
    contact = _contact(request, pk)
    message = _("%(name)s is noted as having left.") % {"name": contact.name}
    return tried(request, contact.customer, partial(verbs.mark_left, contact, by=request.user), message)


@signed_in("POST")
def mark_back(request: PersonRequest, pk: int) -> HttpResponse:
    contact = _contact(request, pk)
    message = _("%(name)s is noted as being back.") % {"name": contact.name}
    return tried(request, contact.customer, partial(verbs.mark_back, contact, by=request.user), message)


def _contact(request: PersonRequest, pk: int) -> Contact:
    return fetch(request.user, Contact, pk, to="customers.edit", using=queries.contacts())
