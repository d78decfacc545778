"""Pages of one's own forecast: the sheet, what moved since last week, handing in, locking, asking for what is missing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loudou.forecasts import queries, verbs
from loudou.forecasts.branches import branch, whose
from loudou.forecasts.drawing import bridge
from loudou.forecasts.forms import SubmitForm
from loudou.forecasts.lens import BoardLens, CycleLens
from loudou.forecasts.lines import beyond_funnel, lines, short_of_won
from loudou.forecasts.models import Level, Submission, level_of
from loudou.forecasts.papers import sheet_paper
from loudou.forecasts.queries import RollUp
from loudou.forecasts.replanned import replanned
from loudou.forecasts.reports import forecast_accuracy
from loudou.forecasts.says import due
from loudou.forecasts.views._tabs import tabs
from loudou.forecasts.words import HOW
from loudou.insight.lens import InsightLens
from loudou.insight.reports.slippage import kept_for
from loudou.insight.reports.waterfall import stage_names, waterfall
from loudou.insight.web import handed
from loudou.insight.words import BUCKETS, stage_or_outcome
from loudou.kernel.numbers import CENT, key_of, rounded
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Stale
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.web import PersonRequest, attempt, posted_version, signed_in
from loudou.pipeline.models.funnel import Category
from loudou.ui import format as f
from loudou.ui import htmx

MOST_DEALS = 50
MOST_CHANGES = 12


@signed_in(to="forecasts.see")
def sheet(request: PersonRequest) -> HttpResponse:
    """One's own forecast of a period, with those below as rows; who hands nothing in goes to the board."""
    if not may(request.user, "forecasts.submit"):
        return redirect("forecasts:accuracy")
    lens = CycleLens.read(request.GET, request.user)
    return _sheet(request, lens, None)


@signed_in(to="forecasts.submit")
def changes(request: PersonRequest) -> HttpResponse:
    """What moved the funnel of a period, deal by deal, since one's last number before this week: a part of the sheet."""
    me, lens = request.user, CycleLens.read(request.GET, request.user)
    before = queries.week_before([me], lens.chosen, lens.monday).get(me.pk)
    asked = {"window": lens.company.fiscal.name(lens.chosen), **lens.week(before), **whose(me)}
    looking = InsightLens.read(asked, me)
    report = waterfall(looking)
    rows = report.moved(most=MOST_CHANGES, user=me)
    context = {
        "section": "insight",
        "lens": lens,
        "rows": rows,
        "picture": bridge(report.told.waterfall, asked) if rows else None,
        "movements": BUCKETS,
        "stage_names": stage_names(way for _bucket, way in rows),
        "stage_or_outcome": stage_or_outcome,
        "since": report.edges[0],
        "replanned": replanned(looking, lens.chosen, report.edges[0], most=MOST_CHANGES),
        "asked": asked,
        "period": f.period(lens.chosen, lens.company.fiscal),
    }
    return htmx.page(request, "forecasts/changes.html", "forecasts/_changes.html", context)


@signed_in(to="forecasts.submit")
def errors(request: PersonRequest) -> HttpResponse:
    """How well oneself and those below have forecast, level by level: a part of the sheet; alone it is the board."""
    if not htmx.asked(request):
        return redirect("forecasts:accuracy")
    report = forecast_accuracy(BoardLens.read(whose(request.user), request.user))
    levels = [
        (level, Level(level).label, report.accuracy(level), report.limit(level), report.scored(level))
        for level in reversed(report.levels)
    ]
    return render(request, "forecasts/_errors.html", {"levels": levels, "whose": whose(request.user)})


@signed_in("POST", to="forecasts.submit")
def submit(request: PersonRequest) -> HttpResponse:
    """Hand in one's own number; with `lock`, whoever may also makes it and those below the official ones at once."""
    me, lens = request.user, CycleLens.read(request.GET, request.user)
    form = SubmitForm(request.POST, level=level_of(me), last=None)
    if "lock" in request.POST:
        require(me, "forecasts.lock")
    if form.is_valid():
        number = {**form.cleaned_data, "period": lens.chosen, "seen": posted_version(request)}
        try:
            made = attempt(form, lambda: verbs.submit(me, by=me, **number))
        except Stale as clash:
            return _sheet(request, lens, form, clash)
        if made is not None:
            said = _("Your forecast is handed in.")
            if "lock" in request.POST:
                said = f"{said} {_locked(len(verbs.lock_period(lens.chosen, by=me)))}"
            return htmx.done(request, reverse("forecasts:sheet") + lens.href(), message=said)
    return _sheet(request, lens, form)


@signed_in("POST", to="forecasts.lock")
def lock(request: PersonRequest) -> HttpResponse:
    """Lock what was handed in for a period."""
    lens = CycleLens.read(request.GET, request.user)
    count = len(verbs.lock_period(lens.chosen, by=request.user))
    return htmx.done(request, reverse("forecasts:sheet") + lens.href(), message=_locked(count))


@signed_in("POST", to="forecasts.submit")
def chase(request: PersonRequest) -> HttpResponse:
    """Ask somebody below for the number that is missing, or all who have handed none in."""
    lens, me = CycleLens.read(request.GET, request.user), request.user
    keys = [key for raw in request.POST.getlist("person") if (key := key_of(raw))]
    people = list(User.objects.filter(pk__in=set(keys) & branch(me).keys)) if keys else None
    told = verbs.chase(people, period=lens.chosen, by=me)
    said = ngettext("%(n)d person was asked.", "%(n)d people were asked.", len(told)) % {"n": len(told)}
    return htmx.done(request, reverse("forecasts:sheet") + lens.href(), message=said)


@signed_in("POST", to="forecasts.submit")
def sheet_file(request: PersonRequest, form: str) -> HttpResponse:
    """One's own forecast sheet as a file; that it was taken out is on record."""
    lens, me = CycleLens.read(request.GET, request.user), request.user
    view = queries.rolled_up(me, lens.chosen, lens.company, lens.now)
    made = sheet_paper(lens, me, view, next(iter(queries.history(me, lens.chosen)), None))
    return handed(request, made, form, report="forecast", count=len(view.people) + 1, asked=lens.asked)


def _locked(count: int) -> str:
    return ngettext("%(n)d forecast is locked.", "%(n)d forecasts are locked.", count) % {"n": count}


def _sheet(
    request: PersonRequest, lens: CycleLens, form: SubmitForm | None, clash: Stale | None = None
) -> HttpResponse:
    """The page; after a clash both numbers stand above one's own as it was typed, to be handed in knowingly or not."""
    me, period, level = request.user, lens.chosen, level_of(request.user)
    view = queries.rolled_up(me, period, lens.company, lens.now)
    mine = queries.history(me, period)
    last = mine[0] if mine else None
    if form is None:
        start = last.submitted if last is not None else rounded(view.base, CENT)
        form = SubmitForm(level=level, last=last, initial={"submitted": str(start).removesuffix(".00")})
    short, rows = short_of_won(last, view.says), lines(view, lens)
    context = {
        "section": "insight",
        "hows": HOW,
        "lens": lens,
        "period": f.period(period, lens.company.fiscal),
        "periods": [
            (f.period(one, lens.company.fiscal), lens.href(period=name), one == period)
            for name, one in lens.nearby
        ],
        "period_name": lens.company.fiscal.name(period),
        "level": level,
        "view": view,
        "bench": _judged(me, view, lens),
        "target": _target(me, period),
        "lines": rows,
        "missing": sum(one.missing(lens.monday) and not one.asked for one in rows),
        "level_names": dict(Level.choices),
        "mine": mine,
        "deals": due(me, period, MOST_DEALS),
        "categories": dict(Category.choices),
        "today": lens.company.today,
        "whose": whose,
        "before": next((row for row in mine if row.submitted_at < lens.monday), None),
        "last": last,
        "official": next((row for row in mine if row.is_official), None),
        "reopened": next((row for row in mine if row.void_at), None),
        "form": form,
        "sentence": clash.sentence if clash else "",
        "differences": clash.told if clash else {},
        "short": short,
        "beyond": beyond_funnel(last, view.says),
        "says_why": level != Level.REP or short > 0 or form["reason"].data or "reason" in form.errors,
        **_times(lens, level, last),
        "locks": may(me, "forecasts.lock") and period.start <= lens.company.today,
        "tabs": tabs(me),
    }
    status = 409 if clash else 422 if form.errors else 200
    return render(request, "forecasts/sheet.html", context, status=status)


def _times(lens: CycleLens, level: str, last: Submission | None) -> dict[str, Any]:
    """When a number is due this week, whether it came, and when it becomes the official one."""
    deadline, lock_at = lens.cycle.deadline(level, lens.chosen, lens.now), lens.cycle.lock_at(lens.chosen)
    return {
        "handed": last is not None and last.submitted_at >= lens.monday,
        "deadline": deadline,
        "due_in": f.left(deadline),
        "late": lens.cycle.is_late(level, lens.chosen, lens.now),
        "lock_at": lock_at,
        "lock_over": lens.now >= lock_at,
    }


def _judged(user: User, view: RollUp, lens: CycleLens) -> queries.Bench | None:
    """What a manager's own judgement of the deals comes to, beside the roll-up."""
    if level_of(user) == Level.REP:
        return None
    return queries.Bench(
        view.says, queries.sums_by_verdict(user, lens.chosen, lens.company.today, view.owners)
    )


def _target(user: User, period: Period) -> Decimal | None:
    """What somebody, or the unit they lead, is to book in a period; None where nothing is kept."""
    person = user.pk if "owner" in whose(user) else None
    found = kept_for(user, period, person=person, unit=user.unit).values_list("base_amount", flat=True)[:1]
    return next(iter(found), None)
