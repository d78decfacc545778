"""Taking a target apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext

from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.access import company_of, may
from loudou.people.models import Unit, User
from loudou.people.web import PersonRequest, signed_in
from loudou.targets import verbs
from loudou.targets.figures.decompose import OVER_ASSIGNED
from loudou.targets.figures.progress import RATES
from loudou.targets.figures.typed import parse_target
from loudou.targets.forms import BY_NAMES, HAND, DecomposeForm
from loudou.targets.models import Target
from loudou.targets.proposals import (
    Asked,
    Proposal,
    Weight,
    propose,
    read_amount,
    recipients,
    weights_of,
)
from loudou.targets.queries import target_of
from loudou.targets.views._answering import moved_on
from loudou.ui import format as f
from loudou.ui import htmx

LOCK = "lock-"
WEIGHT = "weight-"


@signed_in("GET", "POST", to="targets.set")
def decompose(request: PersonRequest) -> HttpResponse:
    """A decomposition as it would be, proved while one types; POST takes it over."""
    said = request.POST if request.method == "POST" else request.GET
    form = DecomposeForm(_filled(request, said), user=request.user)
    proposal, problem = _proposed(form, said)
    if not said and proposal is None:  # nobody has asked for anything yet: nothing of it is wrong
        form = DecomposeForm(initial=form.data, user=request.user)
    blocked = bool(problem)
    waiver = said.get("waiver", "")[:300]
    if request.method == "POST" and proposal is not None and not blocked:
        try:
            made = verbs.take_over(proposal, by=request.user, waiver=waiver)
        except Refused as refusal:
            problem = refusal.sentence
        else:
            message = ngettext("%(n)d target is set.", "%(n)d targets are set.", len(made))
            period = company_of(request.user).fiscal.name(proposal.asked.period)
            address = f"{reverse('insight:target_progress')}?period={period}"
            return moved_on(request, address, message % {"n": len(made)})
    context = {"section": "targets", "form": form, "problem": problem, "blocked": blocked, "waiver": waiver}
    context |= _shown(proposal, request) if proposal is not None else {"proposal": None}
    context |= {"locks": _typed(said, LOCK), "weights": _typed(said, WEIGHT)}
    context["may_waive"] = may(request.user, "targets.waive")
    status = 422 if request.method == "POST" or (problem and request.GET) else 200
    status = 200 if htmx.asked(request) and request.method == "GET" else status
    return htmx.page(request, "targets/decompose.html", "targets/_proposal.html", context, status=status)


def _filled(request: PersonRequest, said: Any) -> dict[str, Any]:
    """What was asked for, the rest filled in: this year by months, the unit's own target, in steps of 10,000."""
    company = company_of(request.user)
    filled = {name: said[name] for name in DecomposeForm.base_fields if said.get(name)}
    own = request.user.unit.code if request.user.unit is not None else ""
    return (
        {"unit": own, "metric": "bookings", "by": "month", "step": "10000", "calendar": ""}
        | {"period": str(company.today.year)}
        | filled
    )


def _proposed(form: DecomposeForm, said: Any) -> tuple[Proposal | None, str]:
    """The proposal a form asks for, or why there is none; then the parts without what was typed for single ones."""
    unit = next((one for one in form.units if one.code == form.data.get("unit")), None)
    if unit is None:
        return None, ""
    if not form.data.get("total"):
        form.data = {**form.data, "total": _own_total(form, unit)}
    if not form.is_valid():
        return None, ""
    method = form.cleaned_data["method"]
    bare = Asked(**form.cleaned_data | {"unit": unit, "method": "equal" if method == HAND else method})
    try:
        locked = {key: read_amount(raw, "locked", parse_target) for key, raw in _typed(said, LOCK).items()}
        asked = replace(bare, locked=locked)
        return propose(asked, _by_hand(said) if method == HAND else None), ""
    except Refused as refusal:
        return _or_none(bare), refusal.sentence


def _or_none(asked: Asked) -> Proposal | None:
    try:
        return propose(asked)
    except Refused:
        return None


def _by_hand(said: Any) -> Mapping[str, Weight] | None:
    """The weights somebody typed; before anything is typed, parts weigh the same."""
    typed = _typed(said, WEIGHT)
    return weights_of([(key, raw, "") for key, raw in typed.items()]) if typed else None


def _own_total(form: DecomposeForm, unit: Any) -> str:
    """What the unit has to reach; for its people 120 % of it, unless it is a rate."""
    try:
        period = form.fields["period"].clean(form.data.get("period"))
    except ValidationError:  # the form itself says what is wrong with it
        return ""
    found = target_of(unit, str(form.data.get("metric")), period)
    if found is None:
        return ""
    carried = form.data.get("by") == "person" and found.metric not in RATES
    factor = OVER_ASSIGNED if carried else Decimal(1)
    return f"{found.base_amount * factor:,.2f}".removesuffix(".00")


def _typed(said: Any, prefix: str) -> dict[str, str]:
    """What was typed for single parts, by their keys."""
    return {
        name.removeprefix(prefix): str(raw)
        for name, raw in said.items()
        if name.startswith(prefix) and str(raw).strip()
    }


def _shown(proposal: Proposal, request: PersonRequest) -> dict[str, Any]:
    """The parts with whom they are for, and what stands there now."""
    whose = recipients(proposal)
    metric = proposal.asked.metric
    people = [whom["person"] for whom in whose if "person" in whom]
    known = {
        _place(row.unit, row.person, row.period, row.family, row.segment): row.base_amount
        for row in Target.objects.filter(
            Q(unit__path__startswith=proposal.asked.unit.path, person=None) | Q(person__in=people),
            metric=metric,
            stage=None,
            starts_on__gte=proposal.asked.period.start,
            ends_on__lte=proposal.asked.period.end,
        ).select_related("unit", "person")
    }
    rows = []
    for share, whom in zip(proposal.shares, whose, strict=True):
        unit, person, period = whom["unit"], whom.get("person"), whom["period"]
        place = _place(unit, person, period, whom.get("family", ""), whom.get("segment", ""))
        rows.append((share, unit, person, period, known.get(place)))
    return {
        "proposal": proposal,
        "rows": rows,
        "target": target_of(proposal.asked.unit, metric, proposal.asked.period),
        "currency": company_of(request.user).base_currency,
        "period_text": f.period(proposal.asked.period, company_of(request.user).fiscal),
        "by_name": BY_NAMES[proposal.asked.by],
        "lock": LOCK,
        "weight": WEIGHT,
    }


def _place(unit: Unit | None, person: User | None, period: Period, family: str, segment: str) -> object:
    """Where a target stands: a person's in whatever unit it was set for."""
    return None if person else unit, person, period, family, segment
