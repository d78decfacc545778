"""Visits: the list, one visit with everything on it, and every act from the plan to the review."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.customers.models import Contact, Customer
from loudou.fieldwork import events, papers, verbs, words
from loudou.fieldwork.figures.discipline import record_state
from loudou.fieldwork.figures.places import FAR
from loudou.fieldwork.forms.visits import (
    CancelVisitForm,
    EmergencyForm,
    PlanForm,
    RecordForm,
    ReviewForm,
    StartForm,
)
from loudou.fieldwork.lens.visits import VisitLens
from loudou.fieldwork.models import Position, VisitFile, VisitPlan
from loudou.fieldwork.queries.visits import consent_of, marks_of, record_of, superiors
from loudou.journal.queries import about
from loudou.journal.record import acting
from loudou.kernel import clock
from loudou.kernel.numbers import key_of
from loudou.people.access import fetch, may
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.pipeline.models import Deal
from loudou.signoff.queries import answered_about, signs, waiting_about
from loudou.signoff.web import answer
from loudou.ui import htmx, uploads
from loudou.ui.answers import to_save
from loudou.ui.papers import as_pdf

_SHOWN = (
    *("owner", "unit", "customer", "deal__spec", "deal__owner", "mark", "consented_by"),
    *("activity__annulled_by", "activity__unit", "activity__owner"),
)


@signed_in("GET", to="fieldwork.see")
def visits(request: PersonRequest) -> HttpResponse:
    """What a person may see of what was planned, the latest first."""
    lens, after = VisitLens.read(request.GET, request.user), request.GET.get("after", "")
    context: dict[str, Any] = {"section": "visits", "lens": lens, "page": lens.page(after)}
    context |= {"tones": words.VISIT_TONES, "methods": words.METHOD_ICONS}
    if after and htmx.asked(request):
        return render(request, "fieldwork/_visit_rows.html", context)
    context |= {"states": VisitPlan.State.choices, "periods": lens.period_choices()}
    return render(request, "fieldwork/visits.html", context)


@signed_in("GET")
def visit(request: PersonRequest, pk: int) -> HttpResponse:
    """One visit: how far it is, the next thing to do, plan, record, what its superior said."""
    plan = _visit(request, pk)
    if plan.distance is not None and plan.owner_id != request.user.pk:
        verbs.look_at_place(plan, by=request.user)
    return _page(request, plan)


@signed_in("GET", "POST", to="fieldwork.visit")
def plan_visit(request: PersonRequest) -> HttpResponse:
    """Plan a visit; opened from a deal or a customer, that one is filled in."""
    deal, customer = _named(request)
    form = PlanForm(
        request.POST or None,
        user=request.user,
        marks=_marks(request, deal),
        initial={"deal": deal, "customer": customer, "place": customer.address if customer else ""},
    )
    if request.method == "POST" and form.is_valid() and _is_whole(request, form):
        made = attempt(form, lambda: _planned(request, partial(verbs.plan_visit, **form.values())))
        if made is not None:
            return _to(request, made, _("Submitted.") if made.state == "submitted" else _("Saved."))
    return _form(request, "plan", form, {"deal": deal, "customer": customer, "plan": None})


@signed_in("GET", "POST")
def edit_visit(request: PersonRequest, pk: int) -> HttpResponse:
    """Change a plan; its signature, if it has one, is gone with that."""
    plan = _visit(request, pk, to="fieldwork.visit")
    form = PlanForm(
        request.POST or None,
        user=request.user,
        marks=_marks(request, plan.deal),
        initial=PlanForm.initial_of(plan),
    )
    if request.method == "POST" and form.is_valid() and _is_whole(request, form):
        act = partial(verbs.edit_visit, plan, version=posted_version(request), **form.values())
        made = attempt(form, lambda: _planned(request, act))
        if made is not None:
            return _to(request, made, _("Saved."))
    return _form(request, "plan", form, {"deal": plan.deal, "customer": plan.customer, "plan": plan})


@signed_in("POST")
def submit_visit(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask for the signature on a plan that is ready."""
    plan = _visit(request, pk, to="fieldwork.visit")
    form = StartForm(request.POST)
    if attempt(form, lambda: verbs.submit_visit(plan, by=request.user, version=posted_version(request))):
        return _to(request, plan, _("Submitted."))
    return _page(request, plan, refusal=form)


@signed_in("POST")
def start_visit(request: PersonRequest, pk: int) -> HttpResponse:
    """Check in."""
    plan = _visit(request, pk, to="fieldwork.visit")
    form = StartForm(request.POST)
    if form.is_valid():
        act = partial(verbs.start_visit, plan, by=request.user, **form.cleaned_data)
        if attempt(form, act) is not None:
            return _to(request, plan, _("Checked in."))
    return _page(request, plan, refusal=form)


@signed_in("GET", "POST", to="fieldwork.visit")
def begin_emergency(request: PersonRequest) -> HttpResponse:
    """Check in without a plan, on a superior's word."""
    deal, customer = _named(request)
    initial = {"deal": deal, "customer": customer}
    form = EmergencyForm(
        request.POST or None, user=request.user, superiors=superiors(request.user), initial=initial
    )
    if request.method == "POST" and form.is_valid():
        said = {name: value for name, value in form.cleaned_data.items() if name != "objective_1"}
        act = partial(verbs.begin_emergency, by=request.user, objectives=form.objectives(), **said)
        if (made := attempt(form, act)) is not None:
            return _to(request, made, _("Checked in; it is to be signed within a day."))
    context = {"deal": deal, "customer": customer, "consent": consent_of(request.user)}
    return _form(request, "emergency", form, context)


@signed_in("GET", "POST")
def record_visit(request: PersonRequest, pk: int) -> HttpResponse:
    """Record what came of it; kept on the device until it is sent, and recorded once however often that happens."""
    plan = _visit(request, pk, to="fieldwork.visit")
    form = RecordForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        plan=plan,
        marks=marks_of(plan.deal),
        initial={"key": uuid.uuid4().hex, "marks": [plan.mark_id]},
    )
    if request.method == "POST" and form.is_valid() and _keeping(request, plan, form) is not None:
        return _to(request, plan, _("Recorded."))
    if request.method == "GET" and (plan.recorded_at or plan.executed_at is None):
        return redirect("fieldwork:visit", pk)
    people = Contact.objects.current().filter(customer=plan.customer_id).order_by("name_key")[:50]
    context = {"section": "visits", "plan": plan, "form": form, "people": people}
    return render(request, "fieldwork/record.html", context, status=422 if form.errors else 200)


@signed_in("POST")
def review_visit(request: PersonRequest, pk: int) -> HttpResponse:
    """A superior goes through it."""
    plan = _visit(request, pk, to="fieldwork.confirm_visit")
    form = ReviewForm(request.POST)
    if form.is_valid():
        act = partial(verbs.review_visit, plan, by=request.user, **form.cleaned_data)
        if attempt(form, act) is not None:
            return _to(request, plan, _("Reviewed."))
    return _page(request, plan, review=form)


@signed_in("POST")
def take_place(request: PersonRequest, pk: int) -> HttpResponse:
    """Say that the customer is where this visit was checked in."""
    plan = _visit(request, pk, to="fieldwork.confirm_visit")
    form = StartForm(request.POST)
    if attempt(form, lambda: verbs.take_place(plan, by=request.user)) is not None:
        return _to(request, plan, _("Noted."))
    return _page(request, plan, refusal=form)


@signed_in("GET", "POST")
def cancel_visit(request: PersonRequest, pk: int) -> HttpResponse:
    """Call it off."""
    plan = _visit(request, pk, to="fieldwork.visit")
    form = CancelVisitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        version = posted_version(request)
        act = partial(verbs.cancel_visit, plan, by=request.user, version=version, **form.cleaned_data)
        if attempt(form, act) is not None:
            return _to(request, plan, _("Called off."))
    return _form(request, "cancel_visit", form, {"plan": plan})


@signed_in("GET")
def report(request: PersonRequest, pk: int) -> HttpResponse:
    """The customer interview report (F05): plan and record on one sheet."""
    plan = _visit(request, pk)
    kept = record_of(plan)
    context = {"section": "visits", "plan": plan, "record": kept, "sheet": papers.sheet(plan, kept)}
    context["answered"] = answered_about(plan)
    return render(request, "fieldwork/visit_report.html", context)


@signed_in("POST")
def report_pdf(request: PersonRequest, pk: int) -> HttpResponse:
    """The same as PDF; who took it out is on record."""
    plan = _visit(request, pk)
    paper = papers.interview_report(plan, record_of(plan), by=request.user)
    verbs.print_visit(plan, by=request.user)
    return to_save(as_pdf(paper), "application/pdf", f"{plan.code}.pdf")


@signed_in("GET")
def file(request: PersonRequest, pk: int) -> HttpResponse:
    """A photo or paper, for who may see the visit."""
    found = get_object_or_404(VisitFile.objects.select_related("record__plan"), pk=pk)
    _visit(request, found.record.plan_id)
    try:
        return uploads.answer(found.stored_as, name=found.name, kind=found.kind)  # type: ignore[return-value]
    except FileNotFoundError:
        raise Http404 from None


@signed_in("GET", "POST", to="fieldwork.visit")
def consent(request: PersonRequest) -> HttpResponse:
    """What agreeing to positions means; giving the consent, taking it back."""
    if request.method == "POST":
        given = "give" in request.POST
        (verbs.give_consent if given else verbs.withdraw_consent)(by=request.user)
        messages.success(request, _("Noted.") if given else _("Taken back; what was kept is forgotten."))
        return redirect("fieldwork:consent")
    return render(
        request, "fieldwork/consent.html", {"section": "visits", "consent": consent_of(request.user)}
    )


@signed_in("POST")
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    """Sign what was asked about a visit, in the sign-off inbox."""
    return answer(request, pk, verbs.confirm_visit)


@signed_in("POST")
def refuse(request: PersonRequest, pk: int) -> HttpResponse:
    """Send it back."""
    return answer(request, pk, verbs.refuse_visit)


def _visit(request: PersonRequest, pk: int, to: str = "") -> VisitPlan:
    return fetch(request.user, VisitPlan, pk, to=to, using=VisitPlan.objects.select_related(*_SHOWN))


def _page(
    request: PersonRequest, plan: VisitPlan, *, refusal: Any = None, review: ReviewForm | None = None
) -> HttpResponse:
    waiting = waiting_about(plan)
    mine = [one for one in waiting if signs(request.user, one)]
    kept = record_of(plan)
    context = {
        "section": "visits",
        "plan": plan,
        "record": kept,
        "asked": waiting,
        "to_sign": next((one for one in mine if one.act != events.REVIEW), None),
        "review": (review or ReviewForm()) if any(one.act == events.REVIEW for one in mine) else None,
        "refusal": refusal,
        "answered": answered_about(plan),
        "acts": may(request.user, "fieldwork.visit", plan),
        "annuls": _annuls(request, plan),
        "takes_place": plan.distance is not None and _takes_place(request, plan),
        "owed": record_state(plan.executed_at, plan.recorded_at, clock.now()) if plan.executed_at else "",
        "consent": consent_of(request.user),
        "steps": words.steps(plan),
        "tones": words.VISIT_TONES,
        "far": FAR,
        "entries": about(plan, limit=30),
    }
    failed = bool((refusal and refusal.errors) or (review and review.errors))
    return render(request, "fieldwork/visit.html", context, status=422 if failed else 200)


def _takes_place(request: PersonRequest, plan: VisitPlan) -> bool:
    """Whether the person may say that the customer is where this was, which is still kept."""
    above = plan.owner_id != request.user.pk and may(request.user, "fieldwork.confirm_visit", plan)
    return above and Position.objects.filter(plan=plan).exists()


def _annuls(request: PersonRequest, plan: VisitPlan) -> bool:
    """Whether the person may say of another's visit that it was not what its record tells."""
    kept = plan.activity
    if kept is None or kept.is_annulled or plan.owner_id == request.user.pk:
        return False
    return may(request.user, "fieldwork.annul", kept)


def _named(request: PersonRequest) -> tuple[Deal | None, Customer | None]:
    """The deal and the customer a form is opened for, as far as the person may see them."""
    sent = request.POST or request.GET
    deal = Deal.objects.visible_to(request.user).filter(pk=key_of(sent.get("deal")) or 0).first()
    key = key_of(sent.get("customer")) or (deal.customer_id if deal else 0) or 0
    return deal, Customer.objects.visible_to(request.user).filter(pk=key).first()


def _marks(request: PersonRequest, deal: Deal | None) -> list[Any]:
    """What the chosen deal still lacks: of the one just sent, where that is another."""
    return marks_of(_named(request)[0] or deal)


def _is_whole(request: PersonRequest, form: PlanForm) -> bool:
    """Whether a plan may be tried; one to be submitted is told at once of everything that it lacks."""
    if "submit" in request.POST:
        said = form.values()
        for field, sentence in verbs.lacking(
            said["objectives"], said["background"], said["strategy"]
        ).items():
            form.add_error(field, sentence)
    return not form.errors


def _planned(request: PersonRequest, act: Callable[..., VisitPlan]) -> VisitPlan:
    """The plan as the form says, submitted where the button said so: both or neither."""
    with acting():
        plan = act(by=request.user)
        if "submit" in request.POST:
            verbs.submit_visit(plan, by=request.user)
            plan.refresh_from_db(fields=["state"])
        return plan


def _keeping(request: PersonRequest, plan: VisitPlan, form: RecordForm) -> Any:
    """Record with what was attached."""
    with uploads.tray(VisitFile.FOLDER) as tray:

        def act() -> Any:
            files = [tray.take(upload, field="photos") for upload in form.cleaned_data["photos"]]
            key = form.cleaned_data["key"]
            return verbs.record_visit(plan, by=request.user, said=form.said(files), key=key)

        kept = attempt(form, act)
        if kept is not None:
            tray.keep(file.stored_as for file in kept.files.all())
        return kept


def _form(request: PersonRequest, name: str, form: Any, context: dict[str, Any]) -> HttpResponse:
    """A form as a dialog, or as a page where there is no script."""
    customer = context.get("customer")
    known = Contact.objects.current().filter(customer=customer).order_by("name_key")
    people = [*known[:50]] if customer else []
    if len(people) == 1:  # whom else
        form.initial.setdefault("contact", people[0].name)
    context = {**context, "section": "visits", "form": form, "people": people}
    status = 422 if form.errors else 200
    return htmx.page(request, f"fieldwork/{name}.html", f"fieldwork/_{name}.html", context, status=status)


def _to(request: PersonRequest, plan: VisitPlan, message: str) -> HttpResponse:
    address = reverse("fieldwork:visit", args=[plan.pk])
    messages.success(request, message)
    if htmx.asked(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
