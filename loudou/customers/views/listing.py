"""The list of customers, what is done to several at once, and choosing one while typing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.customers import queries, verbs
from loudou.customers.forms import HandOverForm, TagForm
from loudou.customers.lens import COLUMNS, NOBODY, SORTS, CustomerLens
from loudou.customers.looks import phone_of
from loudou.customers.models import GRADES, SOURCES, Customer
from loudou.customers.words import CHOSEN_NAMES, COLUMN_NAMES, SORT_NAMES
from loudou.journal.record import acting
from loudou.kernel.numbers import key_of
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.ui import htmx
from loudou.ui.paging import Page

MOST_AT_ONCE = 200
SUGGESTED = 12


@signed_in("GET", to="customers.see")
def customers(request: PersonRequest) -> HttpResponse:
    """The customers a person may see, filtered, sorted, a page at a time."""
    lens = CustomerLens.read(request.GET, request.user)
    after = request.GET.get("after", "")
    page = lens.page(after)
    verbs.sight(page.rows, by=request.user)
    context = {
        "section": "customers",
        "lens": lens,
        "page": page,
        "phone_of": partial(phone_of, request.user),
        "columns": COLUMN_NAMES,
    }
    if after and htmx.asked(request):
        return render(request, "customers/_rows.html", context)
    context |= {
        "sources": SOURCES,
        "grades": GRADES,
        "sorts": {name: SORT_NAMES[name] for name in SORTS},
        "all_columns": COLUMNS,
        "after": after,
    }
    if htmx.asked(request):
        return render(request, "customers/_list.html", {**context, "swapped": True})
    return render(request, "customers/list.html", context)


@signed_in("GET", to="customers.see")
def choices(request: PersonRequest, which: str) -> HttpResponse:
    """What a filter of the list can be set to, fetched when its chip is opened: there may be hundreds."""
    lens = CustomerLens.read(request.GET, request.user)
    options = _options(lens, which)
    if options is None:
        raise Http404
    context = {
        "section": "customers",
        "which": which,
        "options": [
            (text, lens.href(**{which: value}), lens.asked.get(which) == value) for text, value in options
        ],
        "all": lens.without(which),
        "label": CHOSEN_NAMES[which],
    }
    return htmx.page(request, "customers/choices.html", "customers/_choices.html", context)


@signed_in("GET", to="customers.see")
def count(request: PersonRequest) -> HttpResponse:
    """How many customers a filtered list has, asked for once its first page is there."""
    lens = CustomerLens.read(request.GET, request.user)
    return render(request, "customers/_count.html", {"lens": lens, "page": Page([], count=lens.count())})


@signed_in("GET", to="customers.see")
def suggest(request: PersonRequest) -> HttpResponse:
    """Customers to choose from, for the `suggest` component; where none matches, adding one of that name."""
    typed = htmx.typed(request)
    lens = CustomerLens.read({"q": typed}, request.user)
    found = lens.page_rows(SUGGESTED)
    verbs.sight(found, by=request.user)
    context = {"customers": found, "typed": typed, "phone_of": partial(phone_of, request.user)}
    return render(request, "customers/_options.html", context)


@signed_in("POST", to="customers.hand_over")
def hand_over_several(request: PersonRequest) -> HttpResponse:
    """First the ticked customers arrive and the question is asked, then the answer comes with them."""
    chosen = _chosen(request, "customers.hand_over")
    form = HandOverForm(request.POST if "reason" in request.POST else None)
    if _done(form, chosen, verbs.hand_over, request.user):
        text = ngettext("%(n)d customer handed over.", "%(n)d customers handed over.", len(chosen))
        return _back(request, text % {"n": len(chosen)})
    return _asked_about(request, form, chosen, _("Hand over"), "customers:hand_over_several")


@signed_in("POST", to="customers.edit")
def tag_several(request: PersonRequest) -> HttpResponse:
    """The same for tags."""
    chosen = _chosen(request, "customers.edit")
    form = TagForm(request.POST if "add" in request.POST else None)
    if _done(form, chosen, verbs.tag, request.user):
        text = ngettext("%(n)d customer tagged.", "%(n)d customers tagged.", len(chosen))
        return _back(request, text % {"n": len(chosen)})
    return _asked_about(request, form, chosen, _("Tags"), "customers:tag_several")


def _options(lens: CustomerLens, which: str) -> list[tuple[str, str]] | None:
    """Text and value of every choice."""
    if which == "unit":
        return [("\u3000" * unit.depth + unit.name, unit.code) for unit in lens.unit_choices]
    if which == "owner":
        special = [(_("mine"), "me"), *([(_("nobody's"), NOBODY)] if lens.sees_all else [])]
        people = [(user.name, user.username) for user in lens.owner_choices if user != lens.user]
        return [*special, *people]
    if which in CHOSEN_NAMES:
        return [(word, word) for word in queries.all_terms()[which]]
    return None


def _chosen(request: PersonRequest, verb: str) -> list[Customer]:
    """The ticked customers that the person may do this to."""
    keys = [key for raw in request.POST.getlist("chosen") if (key := key_of(raw)) is not None]
    permitted = Customer.objects.current().visible_to(request.user, verb)
    return list(permitted.filter(pk__in=keys[:MOST_AT_ONCE]).select_related("owner", "unit").order_by("pk"))


def _done(form: Any, chosen: list[Customer], verb: Callable[..., Customer], by: User) -> bool:
    """Do to every chosen customer what a form says, all of it or nothing; not yet where nothing was answered."""

    def act() -> bool:
        with acting():
            for customer in chosen:
                verb(customer, by=by, **form.cleaned_data)
        return True

    return bool(form.is_bound and form.is_valid() and chosen and attempt(form, act))


def _asked_about(
    request: PersonRequest, form: Any, chosen: list[Customer], title: str, to: str
) -> HttpResponse:
    context: dict[str, Any] = {
        "section": "customers",
        "form": form,
        "chosen": chosen,
        "title": title,
        "to": to,
        "back": _looked_at(request),
        "terms": queries.all_terms(),
        "may_all": may(request.user, "customers.hand_over"),
    }
    status = 422 if form.errors else 200
    return htmx.page(request, "customers/several.html", "customers/_several.html", context, status=status)


def _looked_at(request: PersonRequest) -> str:
    """The query string of the list the person came from, as the list's own lens understands it."""
    raw = request.POST.get("back", "")
    return CustomerLens.read(QueryDict(raw.lstrip("?")[:1000]), request.user).href()


def _back(request: PersonRequest, message: str) -> HttpResponse:
    messages.success(request, message)
    to = reverse("customers:list") + _looked_at(request)
    if htmx.asked(request):
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    return redirect(to)
