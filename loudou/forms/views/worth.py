"""What forms cost and give, where the process has none, and the review of one."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.daylog.figures.discipline import Discipline
from loudou.daylog.queries.duty import Duty
from loudou.forms import verbs
from loudou.forms.figures.worth import BUDGET
from loudou.forms.forms import ReviewForm
from loudou.forms.models import Form, FormVersion, Review
from loudou.forms.papers import handing_in_paper, worth_paper
from loudou.forms.reports.coverage import form_map
from loudou.forms.reports.handing_in import handing_in
from loudou.forms.reports.worth import form_load
from loudou.forms.views._common import context
from loudou.insight.lens import InsightLens
from loudou.insight.web import handed, looking_back
from loudou.kernel.periods import Grain
from loudou.people.access import may
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.ui import format as f
from loudou.ui import htmx

MOST_PEOPLE = 60
Outcome = Review.Outcome


@signed_in("GET", to="forms.see_records")
def worth(request: PersonRequest) -> HttpResponse:
    """Load, waste, use, water, overlap and verdicts (M47); unasked of the month of the last working day."""
    lens = looking_back(request, Grain.MONTH)
    report = form_load(lens)
    shown = context(
        "worth",
        report=report,
        budget=BUDGET,
        people=report.by_person[:MOST_PEOPLE],
        forms={row.form.code: row.form for row in report.rows},
        **_chosen(lens),
        open_reviews=list(
            Review.objects.filter(outcome="", form__in=Form.objects.visible_to(request.user))
            .select_related("form__current", "form__owner")
            .order_by("due_on", "pk")[:20]
        ),
    )
    return render(request, "forms/worth.html", shown)


@signed_in("POST", to="forms.see_records")
def worth_file(request: PersonRequest, form: str) -> HttpResponse:
    """What forms cost and give as a file, everybody in it; that it was taken out is on record."""
    lens = looking_back(request, Grain.MONTH)
    report = form_load(lens)
    paper = worth_paper(report, request.user)
    return handed(request, paper, form, report="form-load", count=len(report.rows), asked=lens.asked)


@signed_in("GET", to="forms.see_records")
def hand_ins(request: PersonRequest) -> HttpResponse:
    """What is asked for and how it comes in: in time, late, not at all; unasked of the month of the last working day."""
    lens = looking_back(request, Grain.MONTH)
    report = handing_in(lens)
    people = sorted(((report.of(duty.user.pk), duty) for duty in report.people), key=_most_missing)
    shown = context("hand_ins", report=report, people=people[:MOST_PEOPLE], **_chosen(lens))
    return render(request, "forms/hand_ins.html", shown)


@signed_in("POST", to="forms.see_records")
def hand_ins_file(request: PersonRequest, form: str) -> HttpResponse:
    """How what is asked for comes in, as a file with everybody in it; that it was taken out is on record."""
    lens = looking_back(request, Grain.MONTH)
    report = handing_in(lens)
    paper = handing_in_paper(report, request.user)
    return handed(request, paper, form, report="hand-ins", count=len(report.people), asked=lens.asked)


@signed_in("GET", to="forms.see")
def coverage(request: PersonRequest) -> HttpResponse:
    """Which form serves which step; which step has none."""
    return render(request, "forms/map.html", context("map", map=form_map(request.user)))


@signed_in("GET", "POST", to="forms.see")
def review(request: PersonRequest, pk: int) -> HttpResponse:
    """A quarter of a form: what it cost and gave, the verdict, the decision."""
    seen = Review.objects.filter(form__in=Form.objects.visible_to(request.user))
    found = get_object_or_404(
        seen.select_related("form__current", "form__owner", "form__unit", "decided_by"), pk=pk
    )
    keeps = may(request.user, "forms.manage", found.form)
    if request.method == "POST" and not keeps:
        raise PermissionDenied
    suggested = next((one for one in found.verdicts if one in Outcome.values), "keep")
    typed = ReviewForm(request.POST or None, initial={"outcome": suggested})
    if request.method == "POST" and typed.is_valid():
        act = partial(
            verbs.decide_review, found, by=request.user, seen=posted_version(request), **typed.cleaned_data
        )
        if attempt(typed, act) is not None:
            return htmx.done(request, reverse("forms:form", args=[found.form_id]), message=_("Decided."))
    company = organisation()
    shown = context(
        "worth",
        review=found,
        form=typed,
        keeps=keeps,
        period=f.period(found.period, company.fiscal),
        is_late=not found.outcome and found.due_on < company.today,
        following=_following(found),
    )
    return render(request, "forms/review.html", shown, status=422 if typed.errors else 200)


def _following(review: Review) -> FormVersion | None:
    """The version that came of a decision, while it is under way."""
    if review.outcome not in (Outcome.CHANGE, Outcome.MERGE):
        return None
    into = Form.objects.filter(code=review.merge_with).first() if review.outcome == Outcome.MERGE else None
    return review.form.under_way or (into.under_way if into is not None else None)


def _chosen(lens: InsightLens) -> dict[str, Any]:
    """What is looked at, and what the filters offer."""
    fiscal = lens.company.fiscal
    return {
        "lens": lens,
        "period": f.period(lens.or_this_quarter(), fiscal),
        "periods": [
            (f.period(one, fiscal), lens.href(period=name, **{"from": None, "to": None}), one == lens.period)
            for name, one in lens.period_choices()
        ],
        "units": [(one.name, lens.href(unit=one.code), one == lens.unit) for one in lens.unit_choices],
    }


def _most_missing(line: tuple[Discipline, Duty]) -> tuple[int, int, str]:
    told, duty = line
    return -told.missing, -told.late, duty.user.name_key
