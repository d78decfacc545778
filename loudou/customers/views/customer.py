"""One customer: its page, and what is done to it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from loudou.customers import queries, verbs, words
from loudou.customers.events import KINDS, NOTED
from loudou.customers.figures.regions import suggestions
from loudou.customers.forms import CustomerForm, HandOverForm, ShareForm, TagForm
from loudou.customers.looks import phone_of, sees_phone
from loudou.customers.models import Contact, Customer
from loudou.customers.views._answers import away, dialog, on, tried
from loudou.journal.queries import about
from loudou.journal.sentences import Say
from loudou.kernel import clock
from loudou.kernel.numbers import key_of
from loudou.people.access import fetch, may, reach
from loudou.people.grants import Reach
from loudou.people.models import User
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.remarks.queries import in_full
from loudou.ui import htmx

MOMENTS = 20
FIELDS = (
    *("name", "kind", "phone", "uscc", "industry", "region", "size", "source", "grade", "code"),
    *("website", "created_at", "address", "note"),
)
SIZES = ("1–49", "50–199", "200–499", "500–999", "1000–4999", "5000+")


@signed_in("GET", to="customers.see")
def customer(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Customer, pk, using=queries.WHOLE)
    if found.merged_into_id is not None:
        return redirect("customers:customer", found.merged_into_id)
    user, people = request.user, queries.people_at(found)
    verbs.sight([found, *people], by=user)
    context = {
        "section": "customers",
        "customer": found,
        "people": people,
        "phone_of": partial(phone_of, user),
        "sees_phone": sees_phone(user, found),
        "reveals": may(user, "customers.reveal_phone"),
        "editable": may(user, "customers.edit", found),
        "hands_over": may(user, "customers.hand_over", found),
        "merges": may(user, "customers.merge", found),
        "merged": queries.merges(found),
        "undoable": lambda merge: clock.now() - merge.at <= timedelta(days=verbs.UNDO_DAYS),
        "sharers": queries.sharers(found),
        "files": queries.files_on(found),
        **_history(request, found),
    }
    return render(request, "customers/customer.html", context)


@signed_in("GET", to="customers.see")
def timeline(request: PersonRequest, pk: int) -> HttpResponse:
    """A customer's history alone: of one kind, or what comes next."""
    found = fetch(request.user, Customer, pk)
    context = {"section": "customers", "customer": found, **_history(request, found)}
    part = "customers/_moments.html" if "before" in request.GET else "customers/_timeline.html"
    return htmx.page(request, "customers/timeline.html", part, context)


@signed_in("GET", "POST", to="customers.add")
def add(request: PersonRequest) -> HttpResponse:
    choosing = may(request.user, "customers.hand_over")
    form = CustomerForm(request.POST or None, with_owner=choosing, initial=_prefilled(request))
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: verbs.add_customer(by=request.user, **form.cleaned_data))
        if made is not None:
            return on(request, made, _("Added."))
    unowned = reach(request.user, "customers.add") is Reach.ALL
    return dialog(request, "add", {"customer": None, "unowned": unowned, **_offers()}, form)


@signed_in("GET", "POST")
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Customer, pk, to="customers.edit")
    hidden = not sees_phone(request.user, found)
    initial = {name: getattr(found, name) for name in FIELDS} | {"tags": ", ".join(found.tags)}
    form = CustomerForm(request.POST or None, with_owner=False, initial=initial)
    if hidden:
        del form.fields["phone"]
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.edit_customer, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return on(request, found, _("Saved."))
    return dialog(request, "edit", {"customer": found, "unowned": False, **_offers()}, form)


@signed_in("GET", "POST")
def hand_over(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Customer, pk, to="customers.hand_over")
    form = HandOverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.hand_over, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return away(request, found, _("Handed over."))
    return dialog(request, "hand_over", {"customer": found}, form)


@signed_in("GET", "POST")
def share(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Customer, pk, to="customers.edit")
    form = ShareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.cleaned_data["user"]
        if attempt(form, lambda: verbs.share(found, user=user, by=request.user)) is not None:
            return on(request, found, _("Shared."))
    return dialog(request, "share", {"customer": found}, form)


@signed_in("POST")
def unshare(request: PersonRequest, pk: int, user: int) -> HttpResponse:
    found = fetch(request.user, Customer, pk)
    who = get_object_or_404(User, pk=user)
    return tried(
        request, found, partial(verbs.unshare, found, user=who, by=request.user), _("No longer shared.")
    )


@signed_in("GET", "POST")
def tag(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Customer, pk, to="customers.edit")
    form = TagForm(request.POST or None, initial={"remove": ""})
    if request.method == "POST" and form.is_valid():
        act = partial(verbs.tag, found, by=request.user, **form.cleaned_data)
        if attempt(form, act) is not None:
            return on(request, found, _("Saved."))
    return dialog(request, "tag", {"customer": found, "unowned": False, **_offers()}, form)


@signed_in("POST")
def verify_phone(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Customer, pk, to="customers.edit")
    act = partial(verbs.verify_phone, found, by=request.user, version=posted_version(request))
    return tried(request, found, act, _("The phone is verified."))


def _history(request: PersonRequest, found: Customer) -> dict[str, Any]:
    """A page of what happened to the customer, to those merged into it and to the people there, for these eyes."""
    kind = request.GET.get("kind", "")
    also: dict[type[Model], list[int]] = {
        Customer: queries.alias_ids(found),
        Contact: list(found.contacts.values_list("pk", flat=True)),
    }
    before = key_of(request.GET.get("before"))
    entries = about(found, limit=MOMENTS + 1, before=before, also=also, events=KINDS.get(kind))
    return {
        "entries": entries[:MOMENTS],
        "older": entries[MOMENTS - 1].pk if len(entries) > MOMENTS else None,
        "kind": kind if kind in KINDS else "",
        "kinds": words.KIND_NAMES,
        "texts": in_full(entries, NOTED, found.notes.all()),
        # What history hides goes by this customer, not by the reader's right in general.
        "seen": Say(request.user, lambda verb: may(request.user, verb, found)),
    }


def _prefilled(request: PersonRequest) -> dict[str, Any]:
    """What another page knows already (`?name=…`), and for who sells that the customer is theirs."""
    sells = reach(request.user, "customers.add") is not Reach.ALL
    return {"name": request.GET.get("name", "")[:200], "owner": request.user if sells else None}


def _offers() -> dict[str, Any]:
    """Words to choose from while typing."""
    terms = queries.all_terms()
    terms["region"] = list(dict.fromkeys([*terms["region"], *suggestions()]))
    terms["size"] = list(dict.fromkeys([*SIZES, *terms["size"]]))
    return {"terms": terms}
