"""Products: the list, adding and changing one, taking it off sale."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.catalog import queries, verbs
from loudou.catalog.forms import ProductForm
from loudou.catalog.lens import ProductLens
from loudou.catalog.models import Product
from loudou.journal.queries import about
from loudou.journal.record import acting
from loudou.kernel.numbers import key_of
from loudou.people.access import fetch, may
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx

FIELDS = ("name", "code", "family", "measure", "list_price", "currency", "tax_rate", "cost")
SUGGESTED = 12
MOST_AT_ONCE = 200


@signed_in("GET", to="catalog.see")
def products(request: PersonRequest) -> HttpResponse:
    lens = ProductLens.read(request.GET, request.user)
    after = request.GET.get("after", "")
    context = {
        "section": "settings",
        "lens": lens,
        "page": lens.page(after),
        "costs": may(request.user, "catalog.see_cost"),
        "manage": may(request.user, "catalog.manage"),
    }
    if after and htmx.asked(request):
        return render(request, "catalog/_rows.html", context)
    if htmx.asked(request):
        return render(request, "catalog/_list.html", {**context, "swapped": True})
    context["families"] = queries.families()
    return render(request, "catalog/list.html", context)


@signed_in("GET", to="catalog.see")
def suggest(request: PersonRequest) -> HttpResponse:
    """Products on sale to choose from, for the `suggest` component."""
    lens = ProductLens.read({"q": htmx.typed(request)}, request.user)
    return render(request, "catalog/_options.html", {"products": lens.page_rows(SUGGESTED)})


@signed_in("GET", to="catalog.see")
def product(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Product, pk)
    context = {
        "section": "settings",
        "product": found,
        "costs": may(request.user, "catalog.see_cost"),
        "manage": may(request.user, "catalog.manage"),
        "entries": about(found, limit=30),
    }
    return render(request, "catalog/product.html", context)


@signed_in("GET", "POST", to="catalog.manage")
def add(request: PersonRequest) -> HttpResponse:
    form = ProductForm(request.POST or None, with_cost=may(request.user, "catalog.see_cost"))
    if request.method == "POST" and form.is_valid():
        made = attempt(form, partial(verbs.add_product, by=request.user, **form.cleaned_data))
        if made is not None:
            return _to(request, reverse("catalog:list"), _("Added."))
    return _dialog(request, "add", {"form": form})


@signed_in("GET", "POST")
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Product, pk, to="catalog.manage")
    initial = {name: getattr(found, name) for name in FIELDS}
    form = ProductForm(request.POST or None, with_cost=may(request.user, "catalog.see_cost"), initial=initial)
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.edit_product, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return _to(request, reverse("catalog:product", args=[pk]), _("Saved."))
    return _dialog(request, "edit", {"form": form, "product": found})


@signed_in("POST")
def retire(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Product, pk, to="catalog.manage")
    verbs.retire_product(found, by=request.user, version=posted_version(request))
    return _to(request, reverse("catalog:product", args=[pk]), _("Off sale."))


@signed_in("POST")
def restore(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Product, pk, to="catalog.manage")
    verbs.restore_product(found, by=request.user, version=posted_version(request))
    return _to(request, reverse("catalog:product", args=[pk]), _("On sale again."))


@signed_in("POST", to="catalog.manage")
def retire_several(request: PersonRequest) -> HttpResponse:
    """The ticked products, off sale at once."""
    count = _each(request, verbs.retire_product)
    return _back(
        request, ngettext("%(n)d product is off sale.", "%(n)d products are off sale.", count), count
    )


@signed_in("POST", to="catalog.manage")
def restore_several(request: PersonRequest) -> HttpResponse:
    """The same the other way round."""
    count = _each(request, verbs.restore_product)
    return _back(request, ngettext("%(n)d product is on sale.", "%(n)d products are on sale.", count), count)


def _each(request: PersonRequest, act: Callable[..., Product]) -> int:
    """All of it or nothing; returns how many."""
    keys = [key for raw in request.POST.getlist("chosen") if (key := key_of(raw)) is not None]
    chosen = Product.objects.visible_to(request.user).filter(pk__in=keys[:MOST_AT_ONCE]).order_by("pk")
    with acting():
        return sum(bool(act(found, by=request.user)) for found in chosen)


def _back(request: PersonRequest, message: str, count: int) -> HttpResponse:
    """To the list as it was looked at."""
    raw = request.POST.get("back", "").lstrip("?")[:1000]
    lens = ProductLens.read(QueryDict(raw), request.user)
    return _to(request, reverse("catalog:list") + lens.href(), message % {"n": count})


def _dialog(request: PersonRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A form as a dialog, or as a page where there is no script."""
    context |= {"section": "settings", "families": queries.families(), "measures": queries.measures()}
    status = 422 if context["form"].errors else 200
    return htmx.page(request, f"catalog/{name}.html", f"catalog/_{name}.html", context, status=status)


def _to(request: PersonRequest, address: str, message: str) -> HttpResponse:
    messages.success(request, message)
    if htmx.asked(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
