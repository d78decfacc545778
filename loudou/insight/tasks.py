"""The worker's part of the figures: looking at what takes long to read, before anybody does."""

from __future__ import annotations

from datetime import date, timedelta

from loudou.insight.asked import year_before
from loudou.insight.lens import InsightLens
from loudou.insight.reports.bottlenecks import bottlenecks
from loudou.insight.reports.cohorts import cohort_grid
from loudou.insight.reports.conversion import conversion, stage_time
from loudou.insight.reports.forecast import SHOWN_PER_STAGE, forecast_sheet
from loudou.insight.reports.funnel import funnel
from loudou.insight.reports.leakage import leakage
from loudou.insight.reports.velocity import win_rate_and_velocity
from loudou.insight.reports.waterfall import waterfall
from loudou.journal.jobs import job
from loudou.kernel.periods import Grain, add_months
from loudou.people.models import Organisation
from loudou.people.queries import organisation
from loudou.pipeline.models import Funnel

MONTHS_BACK = 12
QUARTERS_BACK = 8


@job(cron="23 * * * *", alone=True)
def look_ahead(timestamp: int = 0) -> int:
    """Look at the whole company's win rates, its waterfalls of this quarter and the last, and at the bottlenecks,
    conversions and cohorts of every funnel, so that they are kept; returns how many funnels."""
    funnels = Funnel.objects.exclude(current=None)
    for one in funnels:
        lens = InsightLens.read({"funnel": one.code}, None)
        bottlenecks(lens)
        conversion(lens)
        cohort_grid(lens)
    lens = InsightLens.read({}, None)
    win_rate_and_velocity(lens)
    fiscal, quarter = lens.company.fiscal, lens.or_this_quarter()
    for period in (quarter, fiscal.previous(quarter)):
        waterfall(InsightLens.read({"period": fiscal.name(period)}, None))
    return len(funnels)


@job(cron="31 1 * * *", alone=True)
def look_back(timestamp: int = 0) -> int:
    """Look at the whole company's pages as of the past days that are asked for most, and at the waterfalls of the last
    quarters, so that they are kept; returns how many days. What was kept before is found again: of most nights one day
    is new."""
    days = days_back(organisation().today)
    for day in days:
        lens = InsightLens.read({"as_of": day.isoformat()}, None)
        funnel(lens)
        narrow = bottlenecks(lens)
        leakage(lens, narrow.p75s, narrow.lost)
        conversion(lens)
        stage_time(lens)
        forecast_sheet(lens, most=SHOWN_PER_STAGE)
        waterfall(lens)
        win_rate_and_velocity(lens)
    for quarter in quarters_back(organisation()):
        waterfall(InsightLens.read({"period": quarter}, None))
    return len(days)


def days_back(today: date) -> list[date]:
    """Past days that figures are compared with: the ends of the last twelve months, a week ago and a year ago."""
    first = today.replace(day=1)
    ends = [add_months(first, -back) - timedelta(days=1) for back in range(MONTHS_BACK)]
    return sorted({*ends, today - timedelta(days=7), year_before(today)})


def quarters_back(company: Organisation) -> list[str]:
    """The names of the quarters of the last two years that are over, the last one first."""
    fiscal, quarter = company.fiscal, company.fiscal.of(company.today, Grain.QUARTER)
    found = []
    for _back in range(QUARTERS_BACK):
        quarter = fiscal.previous(quarter)
        found.append(fiscal.name(quarter))
    return found
