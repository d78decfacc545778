"""The worker's part of the figures: looking at what takes long to read, before anybody does."""

from __future__ import annotations

from loudou.insight.lens import InsightLens
from loudou.insight.reports.bottlenecks import bottlenecks
from loudou.insight.reports.cohorts import cohort_grid
from loudou.insight.reports.conversion import conversion
from loudou.insight.reports.waterfall import waterfall
from loudou.journal.jobs import job
from loudou.pipeline.models import Funnel


@job(cron="23 * * * *", alone=True)
def look_ahead(timestamp: int = 0) -> int:
    """Look at the whole company's waterfalls of this quarter and the last, and at the bottlenecks, conversions and
    cohorts of every funnel, so that they are kept; returns how many funnels."""
    funnels = Funnel.objects.exclude(current=None)
    for funnel in funnels:
        lens = InsightLens.read({"funnel": funnel.code}, None)
        bottlenecks(lens)
        conversion(lens)
        cohort_grid(lens)
    lens = InsightLens.read({}, None)
    fiscal, quarter = lens.company.fiscal, lens.or_this_quarter()
    for period in (quarter, fiscal.previous(quarter)):
        waterfall(InsightLens.read({"period": fiscal.name(period)}, None))
    return len(funnels)
