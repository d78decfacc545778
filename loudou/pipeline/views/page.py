"""One deal: its page, and its history page by page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from loudou.kernel import clock
from loudou.kernel.numbers import key_of
from loudou.kernel.periods import Grain
from loudou.people.access import company_of, fetch, may
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline import words
from loudou.pipeline.models import Deal
from loudou.pipeline.models.funnel import Category
from loudou.pipeline.queries import page as read
from loudou.pipeline.queries.acting import acts_on
from loudou.pipeline.queries.funnels import next_spec
from loudou.ui import format as f


@signed_in("GET")
def deal(request: PersonRequest, pk: int) -> HttpResponse:
    """Everything about one deal."""
    now, company = clock.now(), company_of(request.user)
    found = read.placed(fetch(request.user, Deal, pk, using=read.WANTED))
    shown = read.whole(found, now, company.today)
    day = read.counted_on(found, company.today, company.zone)
    quarter = company.fiscal.of(day, Grain.QUARTER) if day else None
    context: dict[str, Any] = {
        "section": "pipeline",
        "deal": found,
        "whole": shown,
        "can": acts_on(found, request.user),
        "following": next_spec(found.spec),
        "today": company.today,
        "counted_in": f.period(quarter, company.fiscal) if quarter is not None else "",
        "told": words.told,
        "advice": words.advice,
        "categories": Category,
        "dict_of_categories": dict(Category.choices),
        "parts": words.PARTS,
        "acts_named": words.ACTS,
        "age": _days(found.created_at, found.closed_at or now),
        "stale_days": _days(found.last_contact_at or found.touched_at, now),
        "follows": request.user in shown.followers,
        "signs": may(request.user, "signoff.sign"),
        **_history(request, found, [signature.pk for signature in shown.requests]),
    }
    return render(request, "pipeline/deal.html", context)


@signed_in("GET")
def timeline(request: PersonRequest, pk: int) -> HttpResponse:
    """The deal's history alone: of one kind, or what comes next."""
    found = fetch(request.user, Deal, pk)
    context = {"deal": found, "section": "pipeline", **_history(request, found, read.signatures(found))}
    template = "pipeline/_entries.html" if "before" in request.GET else "pipeline/_timeline.html"
    if request.headers.get("HX-Request") != "true":
        template = "pipeline/timeline.html"
    return render(request, template, context)


def _history(request: PersonRequest, found: Deal, requests: list[int]) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    before = request.GET.get("before", "")
    entries = read.told(found, requests, kind=kind, before=key_of(before))
    shown = entries[: read.ENTRIES]
    return {
        "entries": shown,
        "older": shown[-1].pk if len(entries) > read.ENTRIES else None,
        "kind": kind if kind in read.KINDS else "",
        "kinds": words.KINDS,
        "texts": read.texts(found, shown),
    }


def _days(since: datetime | None, until: datetime) -> int | None:
    return (until - since).days if since is not None else None
