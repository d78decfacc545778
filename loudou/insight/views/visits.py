"""The page of how visits are planned, signed, made and recorded, and the visits behind its numbers."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from loudou.fieldwork.models import VisitPlan
from loudou.fieldwork.queries.activities import rows as load_activities
from loudou.fieldwork.queries.visits import rows as load_plans
from loudou.insight.lens import InsightLens
from loudou.insight.queries.visits import COUNTED, records
from loudou.insight.reports.visits import RATES, SUMS, VisitDiscipline
from loudou.insight.reports.visits import visit_discipline as count_visits
from loudou.insight.views._looking import bar, look
from loudou.insight.words import VISITS
from loudou.kernel.numbers import Ratio
from loudou.people.web import PersonRequest, signed_in
from loudou.ui import htmx
from loudou.ui.paging import CAP, keyset


@signed_in(to="insight.see")
def visit_discipline(request: PersonRequest) -> HttpResponse:
    """M41, in all and by person."""
    lens = look(request)
    context = bar(request, lens, "visit_discipline", ())
    context |= {"section": "visits", "report": count_visits(lens), "names": VISITS}
    return render(request, "insight/visit_discipline.html", context)


@signed_in(to="insight.see")
def visit_records(request: PersonRequest) -> HttpResponse:
    """The visits behind a `number` of that page, as far as the person may see them now; of a rate what is divided."""
    lens, what = look(request), request.GET.get("number", "")
    if what not in (*COUNTED, *SUMS, *RATES):
        raise Http404
    context = bar(request, lens, "visit_discipline", ()) | {
        "section": "visits",
        "what": what,
        "names": VISITS,
    }
    if what in COUNTED:
        after = request.GET.get("after", "")
        context |= _listed(request, lens, what, after)
        if after and htmx.asked(request):
            return render(request, "insight/_visit_records.html", context)
    else:
        context |= _made_of(count_visits(lens), what)
    return render(request, "insight/visit_records.html", context)


def _listed(request: PersonRequest, lens: InsightLens, what: str, after: str) -> dict[str, Any]:
    behind = records(what, lens.scope, lens.span)
    rows: Any = behind.model
    visible = rows.objects.filter(pk__in=behind.values("pk")).visible_to(request.user)
    is_plan = rows is VisitPlan
    page = keyset(
        visible,
        order=("-starts_at" if is_plan else "-at", "-id"),
        load=load_plans if is_plan else load_activities,
        after=after,
    )
    count = behind.count()
    hidden = 0 if count > CAP else count - (page.count or 0)
    return {"page": page, "is_plan": is_plan, "count": count, "hidden": hidden}


def _made_of(report: VisitDiscipline, what: str) -> dict[str, Any]:
    """The numbers a sum is added up from, or a rate divides."""
    names = SUMS.get(what) or RATES[what]
    counts = [(name, report.count(name)) for name in names]
    if what in SUMS:
        return {"count": report.count(what), "parts": counts}
    return {"rate": Ratio.of(*(count for _name, count in counts)), "divided": counts}
