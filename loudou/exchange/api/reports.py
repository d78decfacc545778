"""Reports: the same figures as the page and `loudou report`."""

from __future__ import annotations

from typing import Annotated, Any

from django.core import signing
from django.http import Http404
from django.utils.translation import gettext_noop as _
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.listing import opened
from loudou.exchange.api.shapes import Out
from loudou.insight.reports import PAGED, REPORTS, run, run_page
from loudou.people.access import require

router = Router(tags=["reports"])
Word = Annotated[str, Field(max_length=120)]


class ReportFilter(BaseModel):
    """What a report is about; a report without dates takes the current quarter and now."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    unit: Annotated[Word, Field(description="A unit's code; everything below it counts.")] = ""
    owner: Annotated[Word, Field(description="A user name, or `me`.")] = ""
    funnel: Annotated[Word, Field(description="A funnel by its code or name.")] = ""
    product: Word = ""
    source: Word = ""
    period: Annotated[Word, Field(description="2026, 2026-Q2, 2026-04, 2026-W17, 2026-04-17.")] = ""
    since: Word = Field("", alias="from", description="The first day, or an instant.")
    until: Word = Field("", alias="to", description="The day after the last, or an instant.")
    as_of: Annotated[Word, Field(description="An instant: as known then.")] = ""
    as_of_too: Word = Field("", alias="as-of", description="The same.")
    by: Word = ""
    compare: Word = ""
    kind: Word = ""
    stage: Word = ""
    what: Word = ""
    view: Annotated[Word, Field(description="Of the contact table: `quiet` or `contacted` deals alone.")] = ""
    goal: Annotated[Word, Field(description="Of cumulative-conversion: `won` or `next`.")] = ""
    competitor: Annotated[Word, Field(description="Of the market picture: one competitor's.")] = ""
    window: Annotated[Word, Field(description="Of a waterfall: the period in which deals are expected.")] = ""
    rates: Annotated[Word, Field(description="Of a waterfall: `plan` or `current`.")] = ""
    bucket: Annotated[Word, Field(description="Of a waterfall: also the deals of this bucket.")] = ""
    zone_rates: Annotated[Word, Field(description="Of quota: `zones` or `deck`.")] = ""
    zone_rates_too: Word = Field("", alias="zone-rates", description="The same.")
    target: Annotated[
        Word, Field(description="Of coverage, quota, funnel-backward: what is to be reached.")
    ] = ""
    deal_amount: Annotated[Word, Field(description="Of funnel-backward: a mean deal to try.")] = ""
    deal_amount_too: Word = Field("", alias="deal-amount", description="The same.")
    win_rate: Annotated[Word, Field(description="Of funnel-backward: a win rate to try, 0.25 or 25%.")] = ""
    win_rate_too: Word = Field("", alias="win-rate", description="The same.")
    lead_rate: Annotated[Word, Field(description="Of funnel-backward: leads that become deals.")] = ""
    lead_rate_too: Word = Field("", alias="lead-rate", description="The same.")
    visits_per_opp: Annotated[Word, Field(description="Of funnel-backward: visits a deal takes.")] = ""
    visits_per_opp_too: Word = Field("", alias="visits-per-opp", description="The same.")
    cycle_days: Annotated[Word, Field(description="Of funnel-backward: days a deal takes.")] = ""
    cycle_days_too: Word = Field("", alias="cycle-days", description="The same.")
    quota: Annotated[Word, Field(description="Of funnel-backward: a full quota of a month.")] = ""
    attainment_factor: Annotated[Word, Field(description="Of funnel-backward: 1/1.2 unless given.")] = ""
    attainment_factor_too: Word = Field("", alias="attainment-factor", description="The same.")
    cursor: str = Field(
        "", max_length=2000, description="Of reports with a line a deal: `next` of the page before."
    )


class ReportNames(Out):
    items: list[str]


@router.get("/reports", response=ReportNames, summary=_("The reports there are"))
def list_reports(request: Call) -> ReportNames:
    require(request.user, "insight.see")
    return ReportNames(items=sorted(REPORTS))


@router.get("/reports/{name}", response=dict[str, Any], summary=_("A report"))
def get_report(request: Call, name: str, asked: Query[ReportFilter]) -> dict[str, Any]:
    """Of what the caller may see. Money is text with two decimals, ratios with six, days with two; where there is no
    value, null stands beside `<key>_reason`. Reports with a line a deal tell ten thousand deals at once; where there are
    more, `next` is the cursor of those that follow."""
    require(request.user, "insight.see")
    if name not in REPORTS:
        raise Http404
    given = asked.model_dump(by_alias=True, exclude_defaults=True)
    if name not in PAGED:
        return run(name, given, request.user)
    signer = signing.Signer(salt=f"cursor {request.path}")
    told, following = run_page(name, given, request.user, opened(signer, given.pop("cursor", "")))
    return told | ({"next": signer.sign(following)} if following else {})
