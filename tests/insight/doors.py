"""Doors of insight: whoever may see figures sees their own part of them."""

from __future__ import annotations

from tests import make
from tests.doors import Door

SEEING = "302 200 200 200 200 200 200 200 200 403 403 200"

DOORS = [
    Door("insight:funnel", SEEING),
    Door("insight:cumulative", SEEING, query="?goal=next"),
    Door("insight:cohorts", SEEING, query="?row=1&column=0"),
    Door("insight:quota", SEEING, query="?zone_rates=deck"),
    Door("insight:coverage", SEEING),
    Door("insight:comparison", SEEING),
    Door("insight:win_rate", SEEING, query="?by=owner"),
    Door("insight:bottlenecks", SEEING),
    Door("insight:promotion_table", SEEING),
    Door("insight:contact_table", SEEING),
    Door("insight:forecast_sheet", SEEING),
    Door("insight:forecast_categories", SEEING),
    Door("insight:stage_probability", SEEING),
    Door("insight:sales_progress", SEEING),
    Door(
        "insight:choose_rates",
        "302 403 403 403 403 403 302 403 403 302 403 403",
        method="POST",
        args=lambda world: [make.funnel().pk],
        data=lambda world: {"calibrated": "", "reason": "试试"},
    ),
    Door(
        "insight:choose_rates",
        "302 403 403 403 403 403 200 403 403 200 403 403",
        args=lambda world: [make.funnel().pk],
        query="?rates=calibrated",
    ),
    Door("insight:anomalies", SEEING),
    Door("insight:anomaly_kind", SEEING, args=lambda world: ["duplicate_customer"]),
    Door("insight:waterfall", SEEING, query="?bucket=start"),
    Door("insight:target_progress", SEEING),
    Door("insight:visit_discipline", SEEING),
    Door("insight:visit_records", SEEING, query="?number=due"),
    Door("insight:records", SEEING, query="?what=count"),
    Door("insight:choices", SEEING, args=lambda world: ["unit"]),
    Door("insight:filter", SEEING),
    Door("insight:file", SEEING, method="POST", args=lambda world: ["forecast_sheet", "xlsx"]),
]
