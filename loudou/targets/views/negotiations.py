"""Negotiating targets: what is under way, one of them with its evidence and thread, every turn in it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.journal.queries import about
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.access import company_of, fetch, may
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.signoff.queries import waiting_about
from loudou.signoff.web import answer as answer_request
from loudou.targets import verbs
from loudou.targets.figures.typed import parse_target
from loudou.targets.forms import AnswerForm, EnvelopeForm, ProposalForm
from loudou.targets.lens import above
from loudou.targets.models import Negotiation
from loudou.targets.queries.agreeing import Team, bearers, check_of, evidence_of, open_negotiations
from loudou.targets.views._answering import dialog, moved_on
from loudou.ui import format as f

PART = "part-"


@signed_in(to="targets.see")
def negotiations(request: PersonRequest) -> HttpResponse:
    context: dict[str, Any] = {"section": "targets", "rows": open_negotiations(request.user)}
    context |= {
        "period_name": partial(f.period, fiscal=company_of(request.user).fiscal),
        "currency": company_of(request.user).base_currency,
        "manage": may(request.user, "targets.set"),
    }
    return render(request, "targets/negotiations.html", context)


@signed_in("GET", "POST", to="targets.set")
def open_negotiation(request: PersonRequest) -> HttpResponse:
    form = EnvelopeForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, partial(verbs.open_negotiation, by=request.user, **form.cleaned_data))
        if made is not None:
            return moved_on(request, reverse("targets:negotiation", args=[made.pk]), _("Added."))
    return dialog(request, "envelope", {"form": form})


@signed_in()
def negotiation(request: PersonRequest, pk: int) -> HttpResponse:
    return _page(request, fetch(request.user, Negotiation, pk))


@signed_in("POST")
def propose(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Negotiation, pk, to="targets.set")
    form = ProposalForm(request.POST)
    if form.is_valid():
        try:
            parts = _parts(request)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            act = partial(verbs.propose_target, found, parts=parts, **_turn(request, form.cleaned_data))
            if attempt(form, act) is not None:
                return _back(request, pk, _("Proposed."))
    return _page(request, found, proposal=form)


@signed_in("POST")
def answer(request: PersonRequest, pk: int) -> HttpResponse:
    found = fetch(request.user, Negotiation, pk, to="targets.set")
    form = AnswerForm(request.POST)
    if form.is_valid():
        act = partial(verbs.answer_proposal, found, **_turn(request, form.cleaned_data))
        if attempt(form, act) is not None:
            return _back(request, pk, _("Answered."))
    return _page(request, found, reply=form)


@signed_in("POST")
def waive(request: PersonRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("waiver", "")[:300]
    return _act(request, pk, partial(verbs.waive_over_assignment, reason=reason), _("Waived."))


@signed_in("POST")
def submit(request: PersonRequest, pk: int) -> HttpResponse:
    return _act(request, pk, verbs.submit_target, _("Submitted for signature."))


@signed_in("POST")
def drop(request: PersonRequest, pk: int) -> HttpResponse:
    return _act(request, pk, verbs.drop_negotiation, _("Ended."))


@signed_in("POST")
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    return answer_request(request, pk, verbs.confirm_target)


@signed_in("POST")
def refuse(request: PersonRequest, pk: int) -> HttpResponse:
    return answer_request(request, pk, verbs.refuse_target)


def _act(request: PersonRequest, pk: int, act: Callable[..., Any], message: str) -> HttpResponse:
    """A turn without a form of its own; a refusal is said above the page."""
    found = fetch(request.user, Negotiation, pk, to="targets.set")
    try:
        act(found, by=request.user, version=posted_version(request))
    except (Stale, Forbidden):
        raise
    except Refused as refusal:
        return _page(request, found, problem=refusal.sentence)
    return _back(request, pk, message)


def _turn(request: PersonRequest, said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "by": request.user, "version": posted_version(request)}


def _parts(request: PersonRequest) -> dict[str, Decimal]:
    """What was typed for each person; nothing is not zero."""
    if _misread(request):
        raise Refused(_("Write an amount such as 1,234.50 or 12万."), field="amount")
    return {name.removeprefix(PART): parse_target(raw) for name, raw in _typed_parts(request)}


def _typed_parts(request: PersonRequest) -> list[tuple[str, str]]:
    said = request.POST.dict().items()
    return [(name, raw) for name, raw in said if name.startswith(PART) and raw.strip()]


def _misread(request: PersonRequest) -> set[str]:
    """The fields of people's parts in which no amount stands."""
    return {name for name, raw in _typed_parts(request) if not _is_read(raw)}


def _is_read(raw: str) -> bool:
    try:
        parse_target(raw)
    except ValueError:
        return False
    return True


def _back(request: PersonRequest, pk: int, message: str) -> HttpResponse:
    messages.success(request, message)
    return redirect("targets:negotiation", pk)


def _turns(request: PersonRequest, found: Negotiation) -> dict[str, bool]:
    """What this person may do in it while it is open."""
    return {
        "may_propose": found.is_open and may(request.user, "targets.set", found),
        "may_answer": found.is_open and may(request.user, "targets.set", above(found)),
        "may_waive": found.is_open and may(request.user, "targets.waive", found),
    }


def _page(
    request: PersonRequest,
    found: Negotiation,
    *,
    proposal: ProposalForm | None = None,
    reply: AnswerForm | None = None,
    problem: str = "",
) -> HttpResponse:
    company = company_of(request.user)
    found = Negotiation.objects.select_related("unit__parent", "proposer", "waived_by").get(pk=found.pk)
    team = Team(found, company)
    evidence = evidence_of(team)
    check, ratio = check_of(found)
    amount = found.proposed or found.envelope
    initial = {name: getattr(found, name) for name in (*verbs.WORDS, "comment")} | {"amount": amount}
    context = {
        "section": "targets",
        "found": found,
        "rounds": found.rounds.select_related("by"),
        "bearers": bearers(team),
        "evidence": evidence,
        "stretch": evidence.stretch(amount),
        "is_real": evidence.is_real(amount),
        "check": check,
        "ratio": ratio,
        "proposal": proposal or ProposalForm(initial=initial),
        "reply": reply or AnswerForm(initial={"envelope": found.envelope}),
        "problem": problem,
        **_turns(request, found),
        "open_requests": waiting_about(found),
        "period_text": f.period(found.period, company.fiscal),
        "currency": company.base_currency,
        "part": PART,
        "typed": request.POST,
        "misread": _misread(request),
        "entries": about(found, limit=20),
        "steps": Negotiation.State.choices[:4],
    }
    bad = problem or (proposal is not None and proposal.errors) or (reply is not None and reply.errors)
    return render(request, "targets/negotiation.html", context, status=422 if bad else 200)
