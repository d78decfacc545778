"""Deals in a list, and what lists ask for on the side: choices, filters, columns, totals, suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from loudou.customers.models import Customer
from loudou.kernel import clock
from loudou.people.access import fetch
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline import words
from loudou.pipeline.forms.filters import FilterForm
from loudou.pipeline.lens import SORTS, DealLens
from loudou.pipeline.models import Deal
from loudou.pipeline.queries import lists
from loudou.pipeline.queries.board import Card
from loudou.pipeline.views._looking import BOARD_SORTS, bar, funnels_of, look, total_of
from loudou.ui import htmx
from loudou.ui.paging import Page, keyset
from loudou.ui.search import searchable

PAGES = {"pipeline:list": tuple(SORTS), "pipeline:board": BOARD_SORTS}
SUGGESTIONS = 12


@signed_in("GET", to="pipeline.see")
def deals(request: PersonRequest) -> HttpResponse:
    """The list; with `after` only what comes next, for the button below it."""
    lens, after = look(request), request.GET.get("after", "")
    shown = words.columns_of(lens.asked.get("columns", ""))
    context = {"lens": lens, "columns": shown, "column_names": words.COLUMNS, "told": words.told}
    context["labels"] = {name: str(words.COLUMNS[name][0]) for name in shown}
    if after and htmx.asked(request):
        return render(request, "pipeline/_rows.html", context | {"rows": _rows(lens, after)})
    total = total_of(lens)
    context |= bar(request, lens, "pipeline:list", PAGES["pipeline:list"])
    context |= {"total": total, "rows": _rows(lens, after, total.read), "sort": lens.sort or "touched"}
    return render(request, "pipeline/list.html", context)


def _rows(lens: DealLens, after: str, read: Sequence[tuple[Any, ...]] | None = None) -> Page[Card]:
    """One page, cut from what was read already where that is the whole list."""
    now, today = clock.now(), lens.company.today
    return keyset(
        lens.deals,
        order=lens.order,
        load=lambda wanted: lists.rows(wanted, now, today),
        after=after,
        counted=False,
        read=read,
    )


@signed_in("GET", to="pipeline.see")
def total(request: PersonRequest) -> HttpResponse:
    """What a long list comes to, counted when somebody asks for it."""
    return render(request, "pipeline/_total.html", {"total": lists.whole(look(request).sought)})


@signed_in("GET", to="pipeline.see")
def choices(request: PersonRequest, which: str) -> HttpResponse:
    """The units or owners to choose from, for the chip of a bar."""
    lens, page = look(request), _page(request)
    if which == "unit":
        options = [
            (unit.name, lens.href(unit=unit.code), unit == lens.unit, unit.depth)
            for unit in lens.unit_choices
        ]
    elif which == "owner":
        people = lens.owner_choices
        options = [(user.name, lens.href(owner=user.username), user == lens.owner, 0) for user in people]
    else:
        raise Http404
    context = {
        "options": options,
        "to": reverse(page),
        "all": lens.without(which),
        "which": which,
        "lens": lens,
    }
    return htmx.page(
        request, "pipeline/choices.html", "pipeline/_choices.html", context | {"section": "pipeline"}
    )


@signed_in("GET", to="pipeline.see")
def filter_deals(request: PersonRequest) -> HttpResponse:
    """All filters at once. Sent back here as they stand in the form, they go on to the page they are for."""
    lens, page = look(request), _page(request)
    if "go" in request.GET:
        flag = ",".join(request.GET.getlist("flags"))
        return redirect(reverse(page) + lens.href(flag=flag or None, after=None))
    form = FilterForm(lens=lens, funnels=funnels_of(request.user))
    context = {"form": form, "lens": lens, "page": page, "section": "pipeline"}
    return htmx.page(request, "pipeline/filter.html", "pipeline/_filter.html", context)


@signed_in("GET", to="pipeline.see")
def columns(request: PersonRequest) -> HttpResponse:
    """Which columns the list has."""
    lens = look(request)
    if "go" in request.GET:
        wanted = ",".join(name for name in words.COLUMNS if name in request.GET.getlist("column"))
        return redirect(reverse("pipeline:list") + lens.href(columns=wanted or None))
    chosen = words.columns_of(lens.asked.get("columns", ""))
    context = {"lens": lens, "chosen": chosen, "columns": words.COLUMNS, "section": "pipeline"}
    return htmx.page(request, "pipeline/columns.html", "pipeline/_columns.html", context)


@signed_in("GET", to="pipeline.see")
def suggest(request: PersonRequest) -> HttpResponse:
    """Deals to choose from, for the `suggest` component."""
    text = htmx.typed(request)
    found: list[Deal] = []
    if searchable(text):
        lens = DealLens.read({"q": text}, request.user)
        read = total_of(lens).read
        told = keyset(
            lens.deals, order=lens.order, load=_suggested, size=SUGGESTIONS, counted=False, read=read
        )
        found = told.rows
    return render(request, "pipeline/_suggestions.html", {"deals": found})


def _suggested(keys: list[int]) -> list[Deal]:
    return list(Deal.objects.filter(pk__in=keys).select_related("owner", "spec"))


@signed_in("GET", to="pipeline.see")
def for_customer(request: PersonRequest, pk: int) -> HttpResponse:
    """A customer's deals, newest first, for the customer's page."""
    customer = fetch(request.user, Customer, pk)
    lens = DealLens.read({"customer": str(pk), "sort": "created"}, request.user)
    total = total_of(lens)
    context = {"customer": customer, "rows": _rows(lens, "", total.read), "total": total, "told": words.told}
    context |= {"section": "customers", "lens": lens}
    return htmx.page(request, "pipeline/for_customer.html", "pipeline/_for_customer.html", context)


def _page(request: PersonRequest) -> str:
    """The page a choice is made for: board or list."""
    asked = request.GET.get("page", "")
    return asked if asked in PAGES else "pipeline:list"
