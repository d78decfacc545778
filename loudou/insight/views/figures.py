"""Pages of figures: funnel, promotion table, forecast sheet, anomalies; the records behind a number; reports as files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header

from loudou.customers.models import Customer
from loudou.insight import words
from loudou.insight.charts import flow_chart, stock_chart, waterfall_chart
from loudou.insight.drawing import drawing, drawing_to_the_win
from loudou.insight.figures.anomalies import COSTLY, KINDS
from loudou.insight.figures.flow import START, STAY
from loudou.insight.figures.waterfall import INTO
from loudou.insight.forms import FilterForm
from loudou.insight.lens import InsightLens
from loudou.insight.papers import MAKERS, paper
from loudou.insight.queries.anomalies import Odd
from loudou.insight.reports import contacts, promotion
from loudou.insight.reports.anomalies import anomalies as count_anomalies
from loudou.insight.reports.anomalies import counted
from loudou.insight.reports.bottlenecks import bottlenecks as find_bottlenecks
from loudou.insight.reports.conversion import conversion, stage_time
from loudou.insight.reports.forecast import SHOWN_PER_STAGE
from loudou.insight.reports.forecast import forecast_sheet as make_sheet
from loudou.insight.reports.funnel import funnel as count_funnel
from loudou.insight.reports.leakage import leakage
from loudou.insight.reports.learned import Learned
from loudou.insight.reports.records import number_of
from loudou.insight.reports.target_board import target_board
from loudou.insight.reports.targets import MEANINGLESS
from loudou.insight.reports.waterfall import WaterfallReport, stage_names
from loudou.insight.reports.waterfall import waterfall as count_waterfall
from loudou.insight.verbs import take_out
from loudou.insight.views._looking import bar, behind, look, page_asked
from loudou.insight.web import choices_of
from loudou.people.models import User
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.funnels import every_spec
from loudou.pipeline.words import FLAGS, advice, told
from loudou.ui import htmx
from loudou.ui.format import reason_sentence
from loudou.ui.papers import as_pdf, as_workbook
from loudou.ui.prepared import among

FLOW_NAMES = (START, "inflow", "backflow_in", "outflow", "lost", "backflow_out", STAY)
# What tables by part tell of each: what the number is called, and the ways that make it.
WAYS_OF_PARTS = (
    ("in:first", ("in:first",)),
    ("promoted", ("in:forward", "in:skip")),
    ("in:back", ("in:back",)),
    ("in:reopen", ("in:reopen",)),
    ("out:won", ("out:won",)),
    ("gone", ("out:lost", "out:cancelled")),
)
PROMOTED = (
    ("in:first", ("in:first",)),
    ("in:forward", ("in:forward",)),
    ("in:skip", ("in:skip",)),
    ("in:back", ("in:back",)),
    ("in:reopen", ("in:reopen",)),
    ("out:won", ("out:won",)),
    ("gone", ("out:lost", "out:cancelled")),
)
_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WRITERS = {"pdf": as_pdf, "xlsx": as_workbook}


@signed_in(to="insight.see")
def funnel(request: PersonRequest) -> HttpResponse:
    """The funnel drawn, with every number in the table below it."""
    lens = look(request)
    if lens.view == "cohort":
        return render(request, "insight/cohort.html", _cohort(request, lens))
    report = count_funnel(lens)
    flow = lens.view == "flow"
    context = bar(request, lens, "funnel", ("company", "unit", "owner", "product", "source"))
    context |= {
        "report": report,
        "flow": flow,
        "drawing": drawing(report, flow=flow),
        "picture": (flow_chart if flow else stock_chart)(report, partial(behind, lens)),
        "counted": words.COUNTED,
        "flow_names": FLOW_NAMES,
        "by_name": words.BY.get(lens.by, ""),
        "compared": words.period(lens, lens.compared) if lens.compared else "",
        "beside": words.dates(lens.compared) if lens.compared else {},
        "this_funnel": {"funnel": lens.shown_funnel.code},
        "part_link": words.part_link,
        "part_change": words.part_change,
        "part_name": words.part_name,
        "part_ways": WAYS_OF_PARTS,
        "learned": _visible(request, report.learned) if lens.known is not None else (),
        "stages": {spec.stage_id: spec for spec in reversed(every_spec(lens.shown_funnel))},
    }
    return render(request, "insight/funnel.html", context)


def _visible(request: PersonRequest, some: Sequence[Learned]) -> list[Learned]:
    """Those of the deals that the person may see now, the largest of them; asked for none, too."""
    keys = [one.deal.pk for one in some]
    seen = set(Deal.objects.filter(among(keys)).visible_to(request.user).values_list("pk", flat=True))
    return [one for one in some if one.deal.pk in seen][:SHOWN_PER_STAGE]


def _cohort(request: PersonRequest, lens: InsightLens) -> dict[str, Any]:
    """The funnel by what became of the deals that reached each stage: conversion, times, parts."""
    report, times = conversion(lens), stage_time(lens)
    context = bar(request, lens, "funnel", ("company", "unit", "owner", "product", "source"))
    return context | {
        "report": report,
        "times": times,
        "drawing": drawing_to_the_win(
            report.lines,
            [line.conversion.cohort for line in report.lines],
            report.whole.won.count if report.whole is not None else 0,
        ),
        "by_name": words.BY.get(lens.by, ""),
        "compared": words.period(lens, lens.compared) if lens.compared else "",
        "beside": words.dates(lens.compared) if lens.compared else {},
        "this_funnel": {"funnel": lens.shown_funnel.code},
        "part_link": words.part_link,
        "part_change": words.part_change,
        "part_name": words.part_name,
        "reason_sentence": reason_sentence,
    }


@signed_in(to="insight.see")
def bottlenecks(request: PersonRequest) -> HttpResponse:
    """Where the funnel narrows and what mending is worth (M15), where it leaks and why (M12)."""
    lens = look(request)
    context = bar(request, lens, "funnel", ())
    narrow = find_bottlenecks(lens)
    context |= {
        "narrow": narrow,
        "leaks": leakage(lens, narrow.p75s, narrow.lost),
        "why_lost": words.why_lost,
        "why_silent": words.why_silent,
        "wins": words.wins,
        "reason_word": words.reason_word,
        "this_funnel": {"funnel": lens.shown_funnel.code},
        "reason_sentence": reason_sentence,
    }
    return htmx.page(request, "insight/bottlenecks.html", "insight/_bottlenecks.html", context)


@signed_in(to="insight.see")
def promotion_table(request: PersonRequest) -> HttpResponse:
    """F17; with `after` only the next lines, for the button below them."""
    lens, after = look(request), request.GET.get("after", "")
    page = promotion.page(lens, after)
    names = promotion.names_for(lens, [row.deal for row in page.rows])
    context: dict[str, Any] = {
        "lens": lens,
        "page": page,
        "names": names,
        "told": told,
        "events": words.EVENTS,
    }
    context["stage_or_outcome"] = words.stage_or_outcome
    if after and htmx.asked(request):
        return render(request, "insight/_promotions.html", context)
    context |= bar(request, lens, "promotion_table", ("company", "unit", "owner", "period"))
    context |= {
        "groups": promotion.groups(lens),
        "part_link": words.part_link,
        "part_change": words.part_change,
        "part_name": words.part_name,
        "part_ways": PROMOTED,
        "this_funnel": {},
        "group_name": words.BY[lens.by or "company"],
        "period_name": lambda value: words.period(lens, value),
    }
    return render(request, "insight/promotion_table.html", context)


@signed_in(to="insight.see")
def contact_table(request: PersonRequest) -> HttpResponse:
    """P03; `view=quiet` shows the no-contact list alone, `after` only the next lines."""
    lens, after = look(request), request.GET.get("after", "")
    page = contacts.page(lens, after)
    context: dict[str, Any] = {
        "lens": lens,
        "page": page,
        "names": promotion.names_for(lens, [line.row.deal for line in page.rows]),
        "states": words.CONTACT_STATES,
        "stage_or_outcome": words.stage_or_outcome,
    }
    if after and htmx.asked(request):
        return render(request, "insight/_contacts.html", context)
    context |= bar(request, lens, "contact_table", ()) | {"totals": contacts.totals(lens)}
    context |= _a_year(lens)
    return render(request, "insight/contact_table.html", context)


def _a_year(lens: InsightLens) -> dict[str, str]:
    """The addresses of the visits that count and of the wins of the twelve months that what a win takes is told of."""
    year = contacts.trailing(lens)
    dates = words.dates(year)
    whose = {"unit": lens.shown_unit.code if lens.shown_unit else None, "owner": None}
    if lens.scope.owner is not None:
        whose["owner"] = User.objects.get(pk=lens.scope.owner).username
    asked = {**dates, **whose, "activity": "visit", "state": "counted"}
    visits = urlencode({name: value for name, value in asked.items() if value})
    return {
        "visits_of_year": f"{reverse('fieldwork:list')}?{visits}",
        "wins_of_year": behind(lens, "won_deals", **dates),
    }


@signed_in(to="insight.see")
def forecast_sheet(request: PersonRequest) -> HttpResponse:
    """F16, stage by stage, the largest deals of each."""
    lens = look(request)
    sheet = make_sheet(lens, most=SHOWN_PER_STAGE)
    context = bar(request, lens, "forecast_sheet", ())
    context |= {"sheet": sheet, "counted": words.COUNTED, "shown": SHOWN_PER_STAGE}
    context["won"] = number_of(lens, "won_deals").counted().amount
    return render(request, "insight/forecast_sheet.html", context)


@signed_in(to="insight.see")
def waterfall(request: PersonRequest) -> HttpResponse:
    """M13: from what stood then to what stands now; with `bucket` also its deals, before and after."""
    lens = look(request)
    report = count_waterfall(lens)
    names = {name: str(text) for name, text in words.BUCKETS.items()}
    links = {name: lens.href(bucket=name) + "#deals" for name in names}
    context = bar(request, lens, "waterfall", ())
    context |= {
        "report": report,
        "told": report.told.waterfall,
        "names": names,
        "links": links,
        "into": INTO,
        "picture": waterfall_chart(report.told.waterfall, names, links),
        "slippage": report.told.outcomes,
        "window": words.window(lens),
        "edges": [between.astimezone(lens.company.zone) for between in report.edges],
        "shown": SHOWN_PER_STAGE,
    }
    return render(request, "insight/waterfall.html", context | _opened(request, report))


def _opened(request: PersonRequest, report: WaterfallReport) -> dict[str, Any]:
    """The deals of the bucket that is open, else what became known since; as far as the person may see them now."""
    if not report.lens.bucket:
        keys = [key for key, _told, _known in report.differences[:SHOWN_PER_STAGE]]
        # Asked for none of them, too: how many statements a page sends does not follow what happened.
        deals = Deal.objects.filter(among(keys)).visible_to(request.user)
        return {"deals": {deal.pk: deal for deal in deals}}
    ways = report.behind(report.lens.bucket, most=SHOWN_PER_STAGE, user=request.user)
    listed = min(report.told.waterfall[report.lens.bucket].count, SHOWN_PER_STAGE)
    return {
        "ways": [(report.lens.bucket, way) for way in ways],
        "hidden": listed - len(ways),
        "stage_names": stage_names(ways),
        "stage_or_outcome": words.stage_or_outcome,
    }


@signed_in(to="insight.see")
def anomalies(request: PersonRequest) -> HttpResponse:
    """M16: by kind, by owner, deal by deal with the reason and what to do."""
    lens, after = look(request), request.GET.get("after", "")
    report = count_anomalies(lens, after=after)
    context: dict[str, Any] = {
        "report": report,
        "lens": lens,
        "flag_names": FLAGS,
        "told": told,
        "advice": advice,
        "mergeable": _mergeable(request.user, report.rows.rows),
    }
    if after and htmx.asked(request):
        return render(request, "insight/_anomalies.html", context)
    owners = User.objects.select_related("unit").in_bulk(report.owners)
    people = [(owners[key], counts, sum(counts.values())) for key, counts in report.owners.items()]
    people.sort(key=lambda line: (-line[2], line[0].name_key))
    context |= bar(request, lens, "anomalies", ()) | {
        "people": people[:SHOWN_PER_STAGE],
        "all_people": len(people),
    }
    context["kinds"] = [kind for kind in KINDS if kind in report.tellable]
    return render(request, "insight/anomalies.html", context)


@signed_in(to="insight.see")
def anomaly_kind(request: PersonRequest, kind: str) -> HttpResponse:
    """How many deals have an anomaly that is costly to count, for the page that stands already."""
    lens = look(request)
    if kind not in COSTLY or lens.known is not None:
        raise Http404
    context = {"lens": lens, "kind": kind, "found": counted(lens, kind), "flag_names": FLAGS}
    return render(request, "insight/anomaly_kind.html", context)


def _mergeable(user: User, rows: Sequence[Odd]) -> set[int]:
    """The customers with a twin among these that the person may merge; whose the twin is nobody is told (AC-12)."""
    twice = {
        odd.deal.customer_id
        for odd in rows
        if odd.deal.customer_id and any(flag.code == "duplicate_customer" for flag in odd.flags)
    }
    own = Customer.objects.visible_to(user, "customers.merge").filter(among(sorted(twice)))
    return set(own.values_list("pk", flat=True))


@signed_in(to="insight.see")
def choices(request: PersonRequest, which: str) -> HttpResponse:
    """The units or owners to choose from, for a chip of the bar."""
    lens = look(request)
    context = {"which": which, "options": choices_of(lens, which), "lens": lens, "section": "insight"}
    context |= {"to": reverse(f"insight:{page_asked(request)}"), "all": lens.without(which)}
    return htmx.page(request, "insight/choices.html", "insight/_choices.html", context)


@signed_in(to="insight.see")
def filter_figures(request: PersonRequest) -> HttpResponse:
    """All filters at once; sent back here they go on to the page they are for."""
    lens, page = look(request), page_asked(request)
    form = FilterForm(request.GET if "go" in request.GET else None, lens=lens)
    if form.is_bound and form.is_valid():
        return redirect(reverse(f"insight:{page}") + lens.href(**form.asked()))
    context = {"form": form, "lens": lens, "page": page, "section": "insight"}
    kept = (
        lens.only("what", "stage", "part", "reason") if page == "records" else ""
    )  # which number they are the records of
    context["cleared"] = reverse(f"insight:{page}") + kept
    return htmx.page(
        request,
        "insight/filter.html",
        "insight/_filter.html",
        context,
        status=422 if form.errors else 200,
    )


@signed_in("POST", to="insight.see")
def file(request: PersonRequest, report: str, form: str) -> HttpResponse:
    """A report as a file; that it was taken out is on record."""
    if report not in MAKERS or form not in _TYPES:
        raise Http404
    lens = look(request)
    made = paper(report, lens, request.user, form=form)
    content = _WRITERS[form](made.paper)
    take_out(report, form=form, count=made.count, asked=lens.asked, by=request.user)
    response = HttpResponse(content, content_type=_TYPES[form])
    response["Content-Disposition"] = content_disposition_header(True, f"{made.paper.name}.{form}")
    return response


@signed_in(to="targets.see")
def target_progress(request: PersonRequest) -> HttpResponse:
    """M30 to M33: the targets of a unit and its people beside what they achieved."""
    after = request.GET.get("after", "")
    left_out = (*MEANINGLESS, "after", "told")
    asked = {name: value for name, value in request.GET.items() if name not in left_out}
    lens = InsightLens.read(asked, request.user)
    told = request.GET.get("told", "").split(",") if htmx.asked(request) else ()
    board = target_board(lens, after, told)
    context: dict[str, Any] = {"lens": lens, "board": board, "report": board.report, "after": after}
    if after and htmx.asked(request):
        return render(request, "insight/_targets.html", context)
    context |= bar(request, lens, "target_progress", ()) | {"section": "targets"}
    context["first"] = next(iter(board.report.lines), None) if not after else None
    context["period"] = words.period(lens, board.report.wanted)
    return render(request, "insight/target_progress.html", context)
