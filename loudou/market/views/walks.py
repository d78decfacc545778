"""Market walks: how often managers were in the field, what they heard, recording one."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.insight.lens import InsightLens
from loudou.insight.web import handed
from loudou.journal.queries import about
from loudou.market import verbs
from loudou.market.forms import AnnulForm, MetSet, WalkForm, met_of
from loudou.market.lens import WalkLens
from loudou.market.models import Walk
from loudou.market.papers import walks_paper
from loudou.market.reports.walks import market_walks
from loudou.market.views._common import context
from loudou.people.access import fetch, may
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import htmx

SHOWN = 200
NAMES = 100


@signed_in("GET", to="market.see")
def walks(request: PersonRequest) -> HttpResponse:
    """Managers by their share of field days, and the walks, the latest first."""
    lens, after = WalkLens.read(request.GET, request.user), request.GET.get("after", "")
    shown = context("walks", lens=lens, page=lens.page(after))
    if after and htmx.asked(request):
        return render(request, "market/_walk_rows.html", shown)
    report = market_walks(InsightLens.read(request.GET, request.user))
    people = sorted(report.rows, key=lambda row: (row[1].share.value or 0, row[0].name_key))
    shown |= {"report": report, "people": people[:SHOWN], "periods": lens.period_choices()}
    return render(request, "market/walks.html", shown)


@signed_in("POST", to="market.see")
def walks_file(request: PersonRequest, form: str) -> HttpResponse:
    """The managers' board as a file; that it was taken out is on record."""
    lens = InsightLens.read(request.GET, request.user)
    report = market_walks(lens)
    paper = walks_paper(report, request.user)
    return handed(request, paper, form, report="market-walks", count=len(report.rows), asked=lens.asked)


@signed_in("GET", "POST", to="market.walk")
def record(request: PersonRequest) -> HttpResponse:
    """Record a day in the field."""
    me = request.user
    form = WalkForm(request.POST or None, user=me, initial={"day": organisation().today})
    stops = MetSet(request.POST or None, prefix="met")
    if request.method == "POST" and form.is_valid() and stops.is_valid():
        act = partial(verbs.record_walk, me, met=met_of(stops, me), by=me, **form.told())
        if (made := attempt(form, act)) is not None:
            to = reverse("market:walk", args=[made.pk])
            return htmx.done(request, to, message=_("Recorded."))
    names = Customer.objects.current().visible_to(me).order_by("-touched_at").values_list("name", flat=True)
    shown = context("walks", form=form, stops=stops, names=list(names[:NAMES]))
    bad = bool(form.errors) or request.method == "POST"
    return render(request, "market/record.html", shown, status=422 if bad else 200)


@signed_in("GET")
def walk(request: PersonRequest, pk: int) -> HttpResponse:
    """One walk: whom it led to, what was learned, what follows."""
    return _page(request, _walk(request, pk), AnnulForm())


@signed_in("POST")
def annul(request: PersonRequest, pk: int) -> HttpResponse:
    """Let a walk count nowhere."""
    found, form = _walk(request, pk, to="market.annul"), AnnulForm(request.POST)
    if form.is_valid():
        version = posted_version(request)
        act = partial(verbs.annul_walk, found, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return htmx.done(request, reverse("market:walk", args=[pk]), message=_("Annulled."))
    return _page(request, found, form)


def _walk(request: PersonRequest, pk: int, to: str = "") -> Walk:
    using = Walk.objects.select_related("owner", "unit", "beside")
    return fetch(request.user, Walk, pk, to=to, using=using)


def _page(request: PersonRequest, found: Walk, form: AnnulForm) -> HttpResponse:
    can = found.annulled_at is None and may(request.user, "market.annul", found)
    stops = found.stops.select_related("customer").defer("customer__search", "customer__extra")
    shown = context(
        "walks", walk=found, stops=stops, form=form if can else None, entries=about(found, limit=20)
    )
    return render(request, "market/walk.html", shown, status=422 if form.errors else 200)
