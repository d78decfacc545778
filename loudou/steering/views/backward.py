"""From a target back through the funnel: what it still takes, and what it would take if."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from loudou.insight.reports.velocity import trailing_year
from loudou.kernel.numbers import Ratio, rounded
from loudou.people.web import PersonRequest, signed_in
from loudou.steering.lens import BackwardLens
from loudou.steering.reports.backward import BackwardReport, StageNeed
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
        **_behind(report),
        "kept": {
            name: lens.asked[name]
            for name in ("unit", "owner", "period", "as_of", "funnel")
            if name in lens.asked
        },
    }
    return htmx.page(request, "steering/backward.html", "steering/_backward.html", context)


def _behind(report: BackwardReport) -> dict[str, Any]:
    """Where each number opens: what was won, what is due, the year that taught the mean deal and the rates."""
    lens, records = report.lens, reverse("insight:records")
    who = {name: lens.asked[name] for name in ("unit", "owner", "funnel", "as_of") if name in lens.asked}
    when = {"from": report.period.start.isoformat(), "to": report.period.end.isoformat()}
    year = trailing_year(replace(lens, period=None))
    assert year.since is not None
    taught = {"from": year.since.isoformat()}  # up to the instant

    def to(what: str, span: dict[str, str] = when, **more: str) -> str:
        return f"{records}?{urlencode({'what': what, **who, **span, **more})}"

    def standing(one: StageNeed) -> str:
        stage = one.line.spec.stage.code
        return to("due_beyond", funnel=lens.shown_funnel.code, stage=stage)

    board = {name: text for name, text in who.items() if name != "funnel"}
    leads = {
        "target": f"{reverse('insight:target_progress')}?{urlencode({**board, **when})}",
        "won": to("won_deals"),
        "due": to("due"),
        "both": to("won_and_due"),
        "year_won": to("won_deals", taught),
        "year_rate": to("win_rate", taught),
        "visits": f"{reverse('insight:contact_table')}?{urlencode({**who, **when})}",
        "rates": f"{reverse('insight:stage_probability')}?{urlencode(who)}",
    }
    return {"leads": leads, "standing": standing}


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
