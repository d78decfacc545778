"""Reports of periods and debriefs: the list, one being written, one as it was handed in."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.journal.queries import about
from loudou.kernel.periods import Grain
from loudou.people.access import fetch
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.reviews import verbs
from loudou.reviews.forms import OpenForm, TextsForm
from loudou.reviews.lens import PackLens
from loudou.reviews.models import Pack
from loudou.reviews.papers import pack_paper
from loudou.reviews.verbs.packs import NEEDS, TEXTS
from loudou.reviews.views._common import context, led_by, pdf
from loudou.signoff.queries import waiting_about
from loudou.signoff.web import answer
from loudou.ui import format as f
from loudou.ui import htmx


@signed_in("GET", to="reviews.see")
def packs(request: PersonRequest) -> HttpResponse:
    """The reports there are, the latest period first."""
    lens, after = PackLens.read(request.GET, request.user), request.GET.get("after", "")
    shown = context("packs", lens=lens, page=lens.page(after))
    name = "reviews/_pack_rows.html" if after and htmx.asked(request) else "reviews/packs.html"
    return render(request, name, shown | {"periods": lens.period_choices()})


@signed_in("GET", "POST", to="reviews.write")
def open_one(request: PersonRequest) -> HttpResponse:
    """Begin a report, or go on with the one there is."""
    units = led_by(request.user, NEEDS)
    form = OpenForm(request.POST if request.method == "POST" else None, units=units, periods=_periods())
    if request.method == "POST" and form.is_valid():
        act = partial(verbs.open_pack, by=request.user, **form.cleaned_data)
        if (made := attempt(form, act)) is not None:
            return htmx.done(request, reverse("reviews:pack", args=[made.pk]), message=_("Assembled."))
    return render(
        request, "reviews/open.html", context("packs", form=form), status=422 if form.errors else 200
    )


@signed_in("GET", "POST")
def pack(request: PersonRequest, pk: int) -> HttpResponse:
    """One report; its owner writes on it until it is handed in."""
    found = _pack(request, pk)
    form = TextsForm(request.POST or None, initial={name: getattr(found, name) for name in TEXTS})
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.write_pack, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return htmx.done(request, reverse("reviews:pack", args=[pk]), message=_("Saved."))
    return _page(request, found, form)


@signed_in("POST")
def refresh(request: PersonRequest, pk: int) -> HttpResponse:
    """Assemble its figures anew."""
    verbs.refresh_pack(_pack(request, pk), by=request.user, version=posted_version(request))
    return htmx.done(request, reverse("reviews:pack", args=[pk]), message=_("Assembled."))


@signed_in("POST")
def hand_in(request: PersonRequest, pk: int) -> HttpResponse:
    """Hand it in, with what was just written."""
    found, form = _pack(request, pk), TextsForm(request.POST)
    if form.is_valid():
        version = posted_version(request)

        def act() -> Pack:
            written = verbs.write_pack(found, by=request.user, version=version, **form.cleaned_data)
            return verbs.hand_in(written, by=request.user)

        if attempt(form, act) is not None:
            return htmx.done(request, reverse("reviews:pack", args=[pk]), message=_("Handed in."))
    return _page(request, _pack(request, pk), form)


@signed_in("POST")
def pack_pdf(request: PersonRequest, pk: int) -> HttpResponse:
    """A report on paper; who took it out is on record."""
    found = _pack(request, pk)
    paper = pack_paper(found, request.user)
    verbs.print_pack(found, by=request.user)
    return pdf(paper)


@signed_in("POST")
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    return answer(request, pk, verbs.confirm_pack)


@signed_in("POST")
def refuse(request: PersonRequest, pk: int) -> HttpResponse:
    return answer(request, pk, verbs.refuse_pack)


def _pack(request: PersonRequest, pk: int) -> Pack:
    found = fetch(request.user, Pack, pk, using=Pack.objects.select_related("owner", "about", "read_by"))
    if found.handed_in_at is None and found.owner_id != request.user.pk:
        raise Http404
    return found


def _page(request: PersonRequest, found: Pack, form: TextsForm) -> HttpResponse:
    mine = found.is_open and found.owner_id == request.user.pk
    waiting: Any = waiting_about(found) if found.state == Pack.State.HANDED_IN else []
    shown = context(
        "packs",
        pack=found,
        form=form if mine else None,
        asked=waiting,
        entries=about(found, limit=30),
    )
    return render(request, "reviews/pack.html", shown, status=422 if form.errors else 200)


def _periods() -> list[tuple[str, str]]:
    """The last and the present month, quarter and year."""
    fiscal, today = organisation().fiscal, organisation().today
    found = []
    for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        now = fiscal.of(today, grain)
        found += [(fiscal.name(one), f.period(one, fiscal)) for one in (fiscal.previous(now), now)]
    return found
