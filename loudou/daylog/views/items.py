"""What is to be done on which day (日事日毕): what is still open with its age, done, or carried with its cause."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.daylog import verbs
from loudou.daylog.forms import CarryForm
from loudou.daylog.lens import ITEM_STATES, ItemLens
from loudou.daylog.models import Item
from loudou.daylog.views._common import context, done
from loudou.people.access import fetch
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx


@signed_in("GET", to="daylog.see")
def items(request: PersonRequest) -> HttpResponse:
    """What is open, unless another state is asked for; due last first."""
    return _page(request, ItemLens.read(request.GET, request.user))


@signed_in("POST")
def close_item(request: PersonRequest, pk: int) -> HttpResponse:
    """Note today that it is done."""
    item = fetch(request.user, Item, pk, to="daylog.write")
    verbs.close_item(item, on=organisation().today, by=request.user, version=posted_version(request))
    return done(request, reverse("daylog:items"), _("Noted."))


@signed_in("POST")
def carry_item(request: PersonRequest, pk: int) -> HttpResponse:
    """Say why it is not done, and on which day it goes on."""
    item = fetch(request.user, Item, pk, to="daylog.write")
    form = CarryForm(request.POST, prefix=f"item-{pk}")
    act = partial(verbs.carry_item, item, by=request.user, version=posted_version(request))
    if form.is_valid() and attempt(form, lambda: act(**form.cleaned_data)) is not None:
        return done(request, reverse("daylog:items"), _("Noted."))
    return _page(request, ItemLens.read({}, request.user), {pk: form})


def _page(request: PersonRequest, lens: ItemLens, bad: dict[int, CarryForm] | None = None) -> HttpResponse:
    after, today = request.GET.get("after", ""), lens.company.today
    found = lens.items_page(after)
    following = lens.company.calendar.work_calendar().add(today, 1)
    mine = [row.pk for row in found.rows if row.user_id == request.user.pk and row.is_open]
    fresh = {pk: CarryForm(prefix=f"item-{pk}", initial={"to": following}) for pk in mine}
    shown = context("items", lens=lens, page=found, today=today, carrying={**fresh, **(bad or {})})
    if after and htmx.asked(request):
        return render(request, "daylog/_item_rows.html", shown)
    chosen = {"states": ITEM_STATES.items(), "periods": lens.period_choices()}
    return render(request, "daylog/items.html", shown | chosen, status=422 if bad else 200)
