"""The person's own log: the list, one log beside what the desk heard, writing it, and what is asked about it."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.daylog import verbs
from loudou.daylog.figures.discipline import deadlines
from loudou.daylog.forms import (
    AnnulForm,
    AnswerForm,
    ExpenseSet,
    JudgeForm,
    LogForm,
    StopSet,
    spent_of,
    stops_of,
)
from loudou.daylog.lens import STATES, DayLens
from loudou.daylog.models import DayLog, Item, Line, Query, SpotCheck
from loudou.daylog.papers import log_paper
from loudou.daylog.queries.drafts import Draft, draft
from loudou.daylog.queries.dual import dual, may_compare, stops_for
from loudou.daylog.queries.today import open_days, today_of
from loudou.daylog.views._common import context, done
from loudou.journal.queries import about
from loudou.kernel import clock
from loudou.people.access import fetch, may
from loudou.people.models import Organisation, User
from loudou.people.queries import organisation
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.signoff.queries import answered_about, signs, waiting_about
from loudou.signoff.web import answer
from loudou.ui import htmx
from loudou.ui.answers import to_save
from loudou.ui.papers import as_pdf


@signed_in("GET", to="daylog.see")
def logs(request: PersonRequest) -> HttpResponse:
    """The logs a person may see, the latest day first."""
    lens = DayLens.read(request.GET, request.user)
    after = request.GET.get("after", "")
    shown = context("logs", lens=lens, page=lens.page(after))
    if after and htmx.asked(request):
        return render(request, "daylog/_rows.html", shown)
    return render(
        request, "daylog/list.html", shown | {"states": STATES.items(), "periods": lens.period_choices()}
    )


@signed_in("GET")
def log(request: PersonRequest, pk: int) -> HttpResponse:
    """One log: each stop, beside what the desk heard of it for those who may compare, what was asked, who signed it."""
    found = fetch(request.user, DayLog, pk, using=DayLog.objects.select_related("user__manager", "unit"))
    verbs.read_log(found, by=request.user)
    return _log_page(request, found)


@signed_in("POST")
def paper(request: PersonRequest, pk: int) -> HttpResponse:
    """A log, beside what the desk heard for those who may compare, as a paper; who took it out is on record."""
    found = fetch(request.user, DayLog, pk, using=DayLog.objects.select_related("user", "unit"))
    written, heard = stops_for(request.user, found)
    made = log_paper(found, written, heard, by=request.user)
    verbs.print_log(found, by=request.user)
    customers.sight([line.customer for line in (*written, *heard) if line.customer], by=request.user)
    return to_save(as_pdf(made), "application/pdf", f"{made.name}.pdf")


@signed_in("GET", "POST", to="daylog.write")
def write(request: PersonRequest) -> HttpResponse:
    """One's own log of today, or of a day that can still be made up for: drafted, completed, handed in."""
    company = organisation()
    day = _asked_day(request, company)
    found = draft(request.user, day, company)
    late = clock.now() > deadlines(day, company.calendar.work_calendar(), company.zone).due_at
    posted = request.POST or None
    form = LogForm(posted, items=found.items, late=late, initial=_before(found))
    stops = StopSet(posted, initial=found.stops, prefix="stop")
    # A log that waited on a device since before it asked for expenses says nothing about them.
    asked = None if posted is None or "spent-TOTAL_FORMS" not in posted else posted
    spent = ExpenseSet(asked, initial=found.expenses, prefix="spent")
    whole = form.is_valid() and stops.is_valid() and (asked is None or spent.is_valid())
    if request.method == "POST" and whole:
        act = partial(
            verbs.submit_log,
            request.user,
            day=day,
            stops=stops_of(stops, day, request.user, request.user),
            expenses=spent_of(spent) if asked else [verbs.Spent(**one) for one in found.expenses],
            items=form.settled(),
            by=request.user,
            **form.told(),
        )
        if (made := attempt(form, act)) is not None:
            return done(request, reverse("daylog:log", args=[made.pk]), _("Handed in."))
    return _writing(request, day, company, found, form, stops, spent)


@signed_in("GET", to="daylog.write")
def today(request: PersonRequest) -> HttpResponse:
    """What one's own days ask for, for the first page: each a tap away."""
    shown = context("write", today=today_of(request.user, organisation()))
    return htmx.page(request, "daylog/today.html", "daylog/_today.html", shown)


@signed_in("POST")
def confirm(request: PersonRequest, pk: int) -> HttpResponse:
    """Sign a log in the sign-off inbox."""
    return answer(request, pk, verbs.confirm)


@signed_in("POST")
def refuse(request: PersonRequest, pk: int) -> HttpResponse:
    """Send a log back from the sign-off inbox."""
    return answer(request, pk, verbs.refuse)


@signed_in("POST")
def annul(request: PersonRequest, pk: int) -> HttpResponse:
    """Let a log count as missing."""
    found = fetch(request.user, DayLog, pk, to="daylog.annul")
    form = AnnulForm(request.POST)
    act = partial(verbs.annul_log, found, by=request.user, version=posted_version(request))
    if form.is_valid() and attempt(form, lambda: act(reason=form.cleaned_data["reason"])) is not None:
        return done(request, reverse("daylog:log", args=[pk]), _("Annulled."))
    return _log_page(request, found, annul=form)


@signed_in("POST")
def ask(request: PersonRequest, pk: int, line: int, field: str) -> HttpResponse:
    """Ask why both logs differ in a field of a stop."""
    found = fetch(request.user, DayLog, pk, to="daylog.desk")
    stop = get_object_or_404(Line, pk=line, log=found)
    verbs.ask_about(found, line=stop, field=field, by=request.user)
    return done(request, reverse("daylog:log", args=[pk]), _("Asked."))


@signed_in("GET")
def query(request: PersonRequest, pk: int) -> HttpResponse:
    """Where a query is asked, answered and judged: on the page of its log."""
    found = fetch(request.user, Query, pk)
    return redirect(reverse("daylog:log", args=[found.log_id]) + f"#query-{pk}")


@signed_in("POST")
def explain(request: PersonRequest, pk: int) -> HttpResponse:
    """Explain a difference in one's own log."""
    query = fetch(request.user, Query, pk, using=Query.objects.select_related("log__user"))
    form = AnswerForm(request.POST)
    if form.is_valid():
        act = partial(verbs.answer_query, query, answer=form.cleaned_data["answer"], by=request.user)
        if attempt(form, act) is not None:
            return done(request, reverse("daylog:log", args=[query.log_id]), _("Answered."))
    return _log_page(request, query.log, explain=(query.pk, form))


@signed_in("POST")
def judge(request: PersonRequest, pk: int) -> HttpResponse:
    """Say whether a difference is explained."""
    query = fetch(request.user, Query, pk, to="daylog.desk", using=Query.objects.select_related("log__user"))
    form = JudgeForm(request.POST)
    if form.is_valid():
        act = partial(verbs.judge_query, query, verdict=form.cleaned_data["verdict"], by=request.user)
        if attempt(form, act) is not None:
            return done(request, reverse("daylog:log", args=[query.log_id]), _("Judged."))
    return _log_page(request, query.log, judge=(query.pk, form))


@signed_in("POST")
def check(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a log for a spot check."""
    made = verbs.target_check(fetch(request.user, DayLog, pk, to="daylog.check"), by=request.user)
    return done(request, reverse("daylog:spot_check", args=[made.pk]), _("It is to be checked."))


def _asked_day(request: PersonRequest, company: Organisation) -> date:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return company.today


def _before(found: Draft) -> dict[str, Any]:
    former = found.former
    if former is None:
        return {}
    return {name: getattr(former, name) for name in ("reflection", "help_needed", "plan", "late_reason")}


def _writing(
    request: PersonRequest,
    day: date,
    company: Organisation,
    found: Draft,
    form: LogForm,
    stops: Any,
    spent: Any,
) -> HttpResponse:
    calendar = company.calendar.work_calendar()
    until = deadlines(day, calendar, company.zone)
    known = Customer.objects.current().visible_to(request.user).order_by("-touched_at")
    shown = context(
        "write",
        day=day,
        today=company.today,
        form=form,
        stops=stops,
        spent=spent,
        currency=company.base_currency,
        draft=found,
        until=until,
        standing=until.standing(None, clock.now()),
        works=calendar.works(day),
        next_day=calendar.add(day, 1),
        open_days=open_days(request.user, company),
        left_open=Item.objects.left_open(request.user, day).count(),
        customers=known.values_list("name", flat=True)[:60],
    )
    bad = form.errors or any(stops.errors) or (spent.is_bound and any(spent.errors))
    return render(request, "daylog/write.html", shown, status=422 if bad else 200)


def _stops(found: DayLog, reader: User) -> dict[str, Any]:
    """The stops; for those who may compare, what the desk heard of the same day, and what it asked."""
    if not may_compare(reader, found):
        return {"lines": found.lines.all(), "comparison": None, "desk": None, "heard": {}, "queries": []}
    both = dual(found)
    return {
        "lines": both.written,
        "comparison": both.comparison,
        "desk": both.desk,
        "heard": both.heard,
        "queries": list(found.queries.select_related("asked_by", "judged_by").order_by("pk")),
    }


def _log_page(request: PersonRequest, found: DayLog, **forms: Any) -> HttpResponse:
    shown = context(
        "logs",
        log=found,
        standing=found.standing,
        expenses=list(found.expenses.all()),
        **_stops(found, request.user),
        items=Item.objects.filter(planned_in=found).order_by("due_on", "pk"),
        support=found.support.select_related("answered_by").order_by("pk"),
        check=SpotCheck.objects.filter(log=found).first()
        if may(request.user, "daylog.see_checks", found)
        else None,
        to_sign=next((one for one in waiting_about(found) if signs(request.user, one)), None),
        answered=answered_about(found),
        entries=about(found, limit=30),
        can=[name for name in ("desk", "annul", "check") if may(request.user, f"daylog.{name}", found)],
        annul_form=forms.get("annul") or AnnulForm(),
        explaining=forms.get("explain"),
        judging=forms.get("judge"),
    )
    status = 422 if forms else 200
    return render(request, "daylog/log.html", shown, status=status)
