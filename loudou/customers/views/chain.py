"""The decision-chain map of a customer (F06), on a page and on paper."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from loudou.customers import papers, queries, verbs
from loudou.customers.models import Customer
from loudou.people.access import fetch, may
from loudou.people.web import PersonRequest, signed_in
from loudou.ui.answers import to_save
from loudou.ui.papers import as_pdf


@signed_in("GET", to="customers.see")
def chain(request: PersonRequest, pk: int) -> HttpResponse:
    """Who decides at a customer and how they stand to us, drawn; beside it what was followed up."""
    found = fetch(request.user, Customer, pk, using=queries.WHOLE)
    people = queries.people_at(found)
    context = {
        "section": "customers",
        "customer": found,
        "people": [one for one in people if one.left_at is None],
        "drawing": papers.drawn(found, people),
        "gaps": papers.map_of(people).gaps,
        "editable": may(request.user, "customers.edit", found),
    }
    return render(request, "customers/chain_page.html", context)


@signed_in("POST", to="customers.see")
def chain_pdf(request: PersonRequest, pk: int) -> HttpResponse:
    """The same as PDF; who took it out is on record."""
    found = fetch(request.user, Customer, pk, using=queries.WHOLE)
    paper = papers.chain_paper(found, queries.people_at(found), by=request.user)
    verbs.print_chain(found, by=request.user)
    return to_save(as_pdf(paper), "application/pdf", f"{paper.name}.pdf")
