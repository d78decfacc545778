"""From a target back through the funnel: what it still takes, and what it would take if."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from loudou.kernel.numbers import Ratio, rounded
from loudou.people.web import PersonRequest, signed_in
from loudou.steering.lens import BackwardLens
from loudou.steering.reports.backward import BackwardReport
from loudou.steering.reports.backward import backward as reckon
from loudou.steering.views._looking import bar
from loudou.ui import htmx
from loudou.ui.format import reason_sentence

TENTH = Decimal("0.1")


@signed_in(to="targets.see")
def backward(request: PersonRequest) -> HttpResponse:
    """M60, M17, M61: with the organisation's own rates, or with those somebody tries."""
    lens = BackwardLens.read(request.GET, request.user)
    report = reckon(lens)
    fields = _fields(report)
    labels = {field["name"]: field["label"] for field in fields}
    context = bar(lens, report.period, "backward") | {
        "report": report,
        "need": report.backward,
        "fields": fields,
        "misread": [labels.get(name, name) for name in lens.problems],
        "reason_sentence": reason_sentence,
        "kept": {
            name: lens.asked[name]
            for name in ("unit", "owner", "period", "as_of", "funnel")
            if name in lens.asked
        },
    }
    return htmx.page(request, "steering/backward.html", "steering/_backward.html", context)


def _fields(report: BackwardReport) -> list[dict[str, Any]]:
    """What can be tried: name, label, what was typed, the own value beside it, and the slider's reach."""
    own, rates = report.own, report.lens.asked
    told: list[tuple[str, str, Ratio, str, int, int]] = [
        ("target", _("Target"), report.target, "", 0, 0),
        ("deal_amount", _("Mean deal"), own.deal_amount, "", 0, 0),
        ("win_rate", _("Win rate"), own.win_rate, "%", 1, 100),
        ("lead_rate", _("Leads that become deals"), own.lead_rate, "%", 1, 100),
        ("visits_per_opp", _("Visits a deal"), own.visits_per_opp, "", 1, 30),
        ("cycle_days", _("Days from first to win"), report.own_cycle, "", 1, 365),
        ("quota", _("Full quota a month"), report.monthly_quota, "", 0, 0),
    ]
    return [
        {
            "name": name,
            "label": label,
            "typed": rates.get(name, ""),
            "own": _plain(value, unit),
            "unit": unit,
            "low": low,
            "high": high,
        }
        for name, label, value, unit, low, high in told
    ]


def _plain(value: Ratio, unit: str) -> str:
    """An own rate as one would type it; nothing where there is none."""
    if value.value is None:
        return ""
    shown = rounded(value.value * 100 if unit else value.value, TENTH)
    return f"{shown:f}".rstrip("0").rstrip(".") + unit
