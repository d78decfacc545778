"""Acts on many deals at once, from the list: handed over, followed, given a next step, a date, a forecast category."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loudou.journal.record import acting
from loudou.kernel.refusals import Refused
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline import verbs
from loudou.pipeline.forms import acts as forms
from loudou.pipeline.models import Deal
from loudou.ui import format as f
from loudou.ui import htmx

MOST = 200
NAMED = 10  # of the deals refused for one reason, before the rest is counted
Act = Callable[..., Any]
Refusals = list[tuple[Deal, Refused]]


@signed_in("POST", to="pipeline.see")
def bulk(request: PersonRequest) -> HttpResponse:
    """First asks what is needed for the act, then carries it out; what is refused is told with its deals.

    Where all of them are refused for one reason, nothing was done: the dialog stays and says so, with what was typed.
    """
    deals = list(Deal.objects.visible_to(request.user).filter(pk__in=_keys(request)).order_by("pk"))
    name = request.POST.get("act", "")
    if name not in _ACTS or not deals:
        return HttpResponseBadRequest() if name not in _ACTS else _back(request)
    title, make, do = _ACTS[name]
    form = make(request.POST if "sure" in request.POST else None)
    if form.is_bound and form.is_valid():
        refused = _carry_out(deals, do, form.cleaned_data, request)
        if not _all_for_one_reason(form, deals, refused):
            _tell(request, len(deals) - len(refused), refused)
            return _back(request)
    context = {"deals": deals, "form": form, "act": name, "title": title, "section": "pipeline"}
    context["back"] = request.POST.get("back", "")
    status = 422 if form.is_bound else 200
    return htmx.page(request, "pipeline/bulk.html", "pipeline/_bulk.html", context, status=status)


def _carry_out(deals: list[Deal], do: Act, given: dict[str, Any], request: PersonRequest) -> Refusals:
    """Each deal by itself inside one act: a refusal undoes its own part only. Returns what was refused, and why."""
    refused = []
    with acting():
        for deal in deals:
            try:
                do(deal, given, request)
            except Refused as refusal:
                refused.append((deal, refusal))
    return refused


def _all_for_one_reason(form: django_forms.Form, deals: list[Deal], refused: Refusals) -> bool:
    """Whether no deal was let through, and all for the same reason; the form has it beside its field then."""
    if len(refused) < len(deals) or len({refusal.sentence for _deal, refusal in refused}) > 1:
        return False
    _deal, refusal = refused[0]
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
    return True


def _tell(request: PersonRequest, count: int, refused: Refusals) -> None:
    """How many were done; each reason once, with the deals that were refused for it."""
    if count:
        messages.success(request, ngettext("%(n)d deal done.", "%(n)d deals done.", count) % {"n": count})
    deals_by_sentence: dict[str, list[str]] = defaultdict(list)
    for deal, refusal in refused:
        deals_by_sentence[refusal.sentence].append(str(deal))
    for sentence, titles in deals_by_sentence.items():
        named = f.comma().join(titles[:NAMED])
        if len(titles) > NAMED:
            named = _("%(names)s and %(n)d more") % {"names": named, "n": len(titles) - NAMED}
        messages.error(request, _("%(names)s: %(sentence)s") % {"names": named, "sentence": sentence})


def _back(request: PersonRequest) -> HttpResponse:
    """To the list as it was."""
    asked = request.POST.get("back", "")
    safe = asked.startswith("?") and url_has_allowed_host_and_scheme(asked, None)
    return htmx.done(request, reverse("pipeline:list") + (asked if safe else ""))


def _keys(request: PersonRequest) -> list[int]:
    keys = [
        int(key) for key in request.POST.getlist("deal") if key.isascii() and key.isdigit() and len(key) < 19
    ]
    return keys[:MOST]


class _Nothing(django_forms.Form):
    """Nothing is asked."""


def _hand_over(deal: Deal, given: dict[str, Any], request: PersonRequest) -> None:
    verbs.hand_over(deal, owner=given["owner"], reason=given["reason"], by=request.user)


def _follow(deal: Deal, given: dict[str, Any], request: PersonRequest) -> None:
    verbs.follow(deal, user=request.user, by=request.user)


def _edit(deal: Deal, given: dict[str, Any], request: PersonRequest) -> None:
    verbs.edit(deal, by=request.user, **given)


_ACTS: dict[str, tuple[Any, type[django_forms.Form], Act]] = {
    "hand_over": (gettext_lazy("Hand over"), forms.HandOverForm, _hand_over),
    "follow": (gettext_lazy("Follow"), _Nothing, _follow),
    "plan": (gettext_lazy("Set the next step"), forms.PlanForm, _edit),
    "date": (gettext_lazy("Change the date"), forms.DateForm, _edit),
    "category": (gettext_lazy("Forecast category"), forms.CategoryForm, _edit),
}
