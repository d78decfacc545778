"""How evenly results came, how they grew, and the ring of one's own target."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from loudou.insight.lens import InsightLens
from loudou.insight.reports.aiming import wanted_period
from loudou.insight.reports.aims import Line, asked_of
from loudou.insight.reports.targets import TargetProgress, target_progress
from loudou.kernel.periods import Period
from loudou.people.web import PersonRequest, signed_in
from loudou.steering.drawing import weeks_chart
from loudou.steering.reports.pace import Pace, even_and_grown
from loudou.steering.reports.whose import known_metrics
from loudou.steering.views._looking import bar, look
from loudou.ui import format as f
from loudou.ui import htmx
from loudou.ui.format import reason_sentence


@signed_in(to="targets.see")
def pace(request: PersonRequest) -> HttpResponse:
    """M34, M35: of one metric, for the unit looked at and, asked to, what is below it."""
    lens = look(request)
    even, grown = even_and_grown(lens, lens.metric)
    first, as_of = next(iter(even.rows), None), lens.asked.get("as_of", "")

    def to(row: Pace, period: Period) -> str:
        """Where what somebody achieved in a period is opened."""
        asked = asked_of(row.metric, period, row.subject.unit, row.subject.person, as_of=as_of)
        return reverse("steering:achieved") + asked

    context = bar(lens, wanted_period(lens), "pace") | {
        "rows": list(zip(even.rows, grown.rows, strict=True)),
        "first": first,
        "grown": next(iter(grown.rows), None),
        "picture": weeks_chart(first.linearity, lambda week: to(first, week)) if first is not None else None,
        "to": to,
        "unknown": not known_metrics([lens.metric]),
        "reason_sentence": reason_sentence,
    }
    return render(request, "steering/pace.html", context)


@signed_in(to="targets.see")
def ring(request: PersonRequest) -> HttpResponse:
    """The ring of one's own target, or of one's unit: for the home page."""
    report = target_progress(InsightLens.read({}, request.user))
    line = _mine(report, request)
    context = {
        "section": "targets",
        "line": line,
        "currency": report.lens.company.base_currency,
        "period": f.period(line.aim.period, report.lens.company.fiscal) if line is not None else "",
    }
    return htmx.page(request, "steering/ring.html", "steering/_ring.html", context)


def _mine(report: TargetProgress, request: PersonRequest) -> Line | None:
    """One's own target goes before the unit's; of several metrics bookings."""
    mine = [line for line in report.lines if line.aim.person == request.user]
    unit = [line for line in report.lines if line.aim.person is None and line.aim.unit == request.user.unit]
    return next(iter(mine or unit or report.lines), None)
