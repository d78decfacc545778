"""The page of how visits are planned, signed, made and recorded."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from loudou.insight.reports.visits import visit_discipline as count_visits
from loudou.insight.views._looking import bar, look
from loudou.people.web import PersonRequest, signed_in


@signed_in(to="insight.see")
def visit_discipline(request: PersonRequest) -> HttpResponse:
    """M41, in all and by person."""
    lens = look(request)
    context = bar(request, lens, "visit_discipline", ())
    context |= {"section": "visits", "report": count_visits(lens)}
    return render(request, "insight/visit_discipline.html", context)
