"""Activities: the list, one record, recording, correcting and annulling; the panels on deals and customers."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.customers.models import Contact, Customer
from loudou.fieldwork import verbs, words
from loudou.fieldwork.forms.activities import AnnulForm, LogForm
from loudou.fieldwork.lens.activities import CONTACT, ActivityLens
from loudou.fieldwork.models import Activity
from loudou.fieldwork.queries import activities as queries
from loudou.fieldwork.queries.cadence import plan_of_customer, plan_of_deal
from loudou.journal.queries import about
from loudou.kernel import clock
from loudou.kernel.numbers import key_of
from loudou.people.access import fetch, may
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.pipeline.models import Deal
from loudou.ui import htmx

FIELDS = ("kind", "at", "customer", "deal", "contact", "result", "next_step", "next_on")


@signed_in("GET", to="fieldwork.see")
def activities(request: PersonRequest) -> HttpResponse:
    """What a person may see of what was done, the latest first."""
    lens = ActivityLens.read(request.GET, request.user)
    after = request.GET.get("after", "")
    context: dict[str, Any] = {
        "section": "fieldwork",
        "lens": lens,
        "page": lens.page(after),
        "icons": words.ICONS,
    }
    if after and htmx.asked(request):
        return render(request, "fieldwork/_rows.html", context)
    context["kinds"] = [(CONTACT, _("Visits, calls and other contacts")), *Activity.Kind.choices]
    context["states"] = words.STATES.items()
    context["periods"] = lens.period_choices()
    return render(request, "fieldwork/list.html", context)


@signed_in("GET")
def activity(request: PersonRequest, pk: int) -> HttpResponse:
    """One record, with what was changed in it."""
    found = _activity(request, pk)
    context = {"section": "fieldwork", "activity": found, "icons": words.ICONS}
    context["entries"] = about(found, limit=30)
    context["call"] = queries.call_of(found)
    context["can"] = [name for name in ("edit", "annul") if may(request.user, f"fieldwork.{name}", found)]
    return render(request, "fieldwork/activity.html", context)


@signed_in("GET", "POST", to="fieldwork.log")
def log(request: PersonRequest) -> HttpResponse:
    """Record what was done; opened from a deal or a customer, that one is filled in."""
    deal = Deal.objects.visible_to(request.user).filter(pk=key_of(request.GET.get("deal")) or 0).first()
    key = key_of(request.GET.get("customer")) or (deal.customer_id if deal else 0) or 0
    customer = Customer.objects.visible_to(request.user).filter(pk=key).first()
    initial = {"at": clock.now(), "deal": deal, "customer": customer}
    form = LogForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        act = partial(verbs.log_activity, by=request.user, **form.cleaned_data)
        if (made := attempt(form, act)) is not None:
            return _to(request, _home(made), _("Recorded."))
    named = _named(form, deal, customer)
    if len(named["people"]) == 1:  # whom else
        form.initial["contact"] = named["people"][0].name
    return _dialog(request, "log", form, named)


@signed_in("GET", "POST")
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    """Correct a record."""
    found = _activity(request, pk, to="fieldwork.edit")
    initial = {name: getattr(found, name) for name in FIELDS}
    form = LogForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.edit_activity, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return _to(request, reverse("fieldwork:activity", args=[pk]), _("Saved."))
    return _dialog(request, "edit", form, {**_named(form, found.deal, found.customer), "activity": found})


@signed_in("GET", "POST")
def annul(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a record out of every count, with the reason."""
    found = _activity(request, pk, to="fieldwork.annul")
    form = AnnulForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.annul_activity, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return _to(request, reverse("fieldwork:activity", args=[pk]), _("Annulled."))
    return _dialog(request, "annul", form, {"activity": found})


@signed_in("GET")
def of_deal(request: PersonRequest, pk: int) -> HttpResponse:
    """What was done about a deal, for its page."""
    deal = fetch(request.user, Deal, pk)
    context = {"deal": deal, "title": deal.title, "section": "pipeline", "plan": plan_of_deal(deal)}
    return _panel(request, queries.of_deal(deal), context)


@signed_in("GET")
def of_customer(request: PersonRequest, pk: int) -> HttpResponse:
    """What was done with a customer, for its page."""
    customer = fetch(request.user, Customer, pk)
    rows = queries.of_customer(customer, request.user)
    context = {"customer": customer, "deal": None, "title": customer.name, "section": "customers"}
    return _panel(request, rows, context | {"plan": plan_of_customer(customer)})


def _panel(request: PersonRequest, rows: list[Activity], context: dict[str, Any]) -> HttpResponse:
    mine = Activity.objects.visible_to(request.user).filter(pk__in=[row.pk for row in rows])
    context |= {"rows": rows[: queries.SHOWN], "more": len(rows) > queries.SHOWN, "icons": words.ICONS}
    context["now"] = clock.now()
    context["open_to"] = set(mine.values_list("pk", flat=True))
    return htmx.page(request, "fieldwork/contacts.html", "fieldwork/_contacts.html", context)


def _activity(request: PersonRequest, pk: int, to: str = "") -> Activity:
    using = Activity.objects.select_related("owner", "unit", "customer", "deal", "annulled_by")
    return fetch(request.user, Activity, pk, to=to, using=using)


def _named(form: LogForm, deal: Deal | None, customer: Customer | None) -> dict[str, Any]:
    """What the form's hidden keys stand for, and who can be met there."""
    if form.is_bound:
        deal, customer = form.cleaned_data.get("deal"), form.cleaned_data.get("customer")
    known = Contact.objects.current().filter(customer=customer).order_by("name_key")
    return {"deal": deal, "customer": customer, "people": [*known[:50]] if customer else []}


def _dialog(request: PersonRequest, name: str, form: Any, context: dict[str, Any]) -> HttpResponse:
    """A form as a dialog, or as a page where there is no script."""
    context = {**context, "section": "fieldwork", "form": form}
    status = 422 if form.errors else 200
    return htmx.page(request, f"fieldwork/{name}.html", f"fieldwork/_{name}.html", context, status=status)


def _home(activity: Activity) -> str:
    """Where one sees what an activity did: its deal, its customer."""
    if activity.deal_id is not None:
        return reverse("pipeline:deal", args=[activity.deal_id])
    return reverse("customers:customer", args=[activity.customer_id])


def _to(request: PersonRequest, address: str, message: str) -> HttpResponse:
    messages.success(request, message)
    if htmx.asked(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
