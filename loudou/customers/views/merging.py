"""Making one customer of two, and undoing it."""

from __future__ import annotations

from functools import partial

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from loudou.customers import queries, verbs
from loudou.customers.forms import MergeForm
from loudou.customers.models import Customer, Merge
from loudou.customers.views._answers import dialog, on, tried
from loudou.people.access import fetch
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in


@signed_in("GET", "POST")
def merge(request: PersonRequest, pk: int) -> HttpResponse:
    """Into this customer another one goes: the likely ones are offered, any other can be looked up."""
    kept = fetch(request.user, Customer, pk, to="customers.merge")
    choices = Customer.objects.current().visible_to(request.user, "customers.merge").exclude(pk=kept.pk)
    form = MergeForm(request.POST or None, choices=choices)
    if request.method == "POST" and form.is_valid():
        merged, version = form.cleaned_data["merged"], posted_version(request)
        if attempt(
            form, lambda: verbs.merge_customers(kept, merged=merged, by=request.user, version=version)
        ):
            return on(request, kept, _("Merged. It can be undone for 30 days."))
    likely = [
        one for one in queries.duplicates(queries.identity(kept), besides=kept.pk) if one.customer in choices
    ]
    return dialog(request, "merge", {"customer": kept, "likely": likely}, form)


@signed_in("POST")
def unmerge(request: PersonRequest, pk: int, merge: int) -> HttpResponse:
    kept = fetch(request.user, Customer, pk, to="customers.merge")
    row = Merge.objects.filter(pk=merge, kept=kept).select_related("kept", "merged").first()
    if row is None:
        raise Http404
    act = partial(verbs.unmerge, row, by=request.user)
    return tried(request, kept, act, _("They are two customers again."))
