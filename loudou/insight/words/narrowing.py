"""The parameters and addresses that narrow what is looked at."""

from __future__ import annotations

from typing import Any

from loudou.insight.asked import NO_REASON
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import NO_SOURCE
from loudou.insight.lens import InsightLens
from loudou.kernel.periods import Period
from loudou.pipeline.models import Reason


def of_period(lens: InsightLens, value: Period | None) -> dict[str, str | None]:
    """The parameters that choose a period and what is expected in it; none where there is none."""
    if value is None:
        return {}
    name = lens.company.fiscal.name(value)
    return {"period": name, "window": name, "from": None, "to": None}


def dates(value: Period) -> dict[str, str | None]:
    """The parameters that choose a period whatever it is called."""
    return {"period": None, "from": value.start.isoformat(), "to": value.end.isoformat()}


def instants(span: Span) -> dict[str, str | None]:
    """The parameters that choose a stretch of time to the instant."""
    return {
        "period": None,
        "from": span.since.isoformat() if span.since is not None else None,
        "to": span.until.isoformat() if span.until is not None else None,
    }


def part_change(by: str, part: Any, value: Period | None = None) -> dict[str, str | None]:
    """The parameters that narrow a number of the whole to that of one part."""
    row = part.row
    if value is not None:
        return dates(value)
    if by == "unit":
        return {"part": row.code}
    if by == "owner":
        return {"owner": row.username}
    if by == "product":
        return {"product": row.code}
    if by == "competitor":
        return {"competitor": str(row)}
    return {"source": str(part.key) or NO_SOURCE} if by == "source" else {}


def part_link(lens: InsightLens, by: str, part: Any) -> str:
    """The address of the figures of one part; empty where it has none of its own."""
    row = part.row
    if by == "unit" and row is not None and row != lens.shown_unit:
        return lens.href(unit=row.code)
    if by == "owner" and row is not None:
        return lens.href(owner=row.username, by="company")
    if by == "product" and row is not None:
        return lens.href(product=row.code, by="company")
    if by == "source":
        return lens.href(source=str(part.key) or NO_SOURCE, by="company")
    return ""


def reason_word(reason: Reason | None) -> str:
    """The parameter that asks for what was lost for this reason."""
    return f"{reason.kind}.{reason.code}" if reason is not None else NO_REASON
