"""Selling days: which days weigh how much for a unit or a funnel."""

from __future__ import annotations

from functools import partial

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.kernel.numbers import key_of
from loudou.people.access import may
from loudou.people.web import PersonRequest, attempt, signed_in
from loudou.targets import verbs
from loudou.targets.forms import DAY_NAMES, SellingForm
from loudou.targets.models import SellingCalendar
from loudou.targets.views._answering import dialog, moved_on


@signed_in(to="targets.see")
def selling(request: PersonRequest) -> HttpResponse:
    """Whose selling days differ from the working days."""
    rows = list(SellingCalendar.objects.select_related("unit", "funnel"))
    form = SellingForm()
    context = {
        "section": "targets",
        "rows": rows,
        "names": [*(form[name].label for name in DAY_NAMES), form["holiday"].label],
        "manage": may(request.user, "targets.seasons"),
    }
    return render(request, "targets/selling.html", context)


@signed_in("GET", "POST", to="targets.seasons")
def set_selling_days(request: PersonRequest) -> HttpResponse:
    """Set those of a unit or a funnel; what stands there is changed."""
    stored = SellingCalendar.objects.filter(pk=key_of(request.GET.get("of")) or 0).first()
    initial = {}
    if stored is not None:
        whose = f"u{stored.unit_id}" if stored.unit_id is not None else f"f{stored.funnel_id}"
        initial = {"whose": whose, "holiday": stored.holiday} | dict(
            zip(DAY_NAMES, stored.weekdays, strict=True)
        )
    form = SellingForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        act = partial(verbs.set_selling_days, by=request.user, **form.cleaned_data)
        if attempt(form, act) is not None:
            return moved_on(request, reverse("targets:selling"), _("Saved."))
    return dialog(request, "set_selling", {"form": form})


@signed_in("POST", to="targets.seasons")
def withdraw_selling_days(request: PersonRequest, pk: int) -> HttpResponse:
    """Working days count there again."""
    verbs.withdraw_selling_days([get_object_or_404(SellingCalendar, pk=pk).pk], by=request.user)
    return moved_on(request, reverse("targets:selling"), _("Withdrawn."))
