"""What every page of figures shares: the lens of a request, the head and the bar of filters."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from loudou.insight import words
from loudou.insight.asked import SPLITS
from loudou.insight.explained import explained
from loudou.insight.lens import InsightLens
from loudou.insight.misread import left_out
from loudou.kernel.periods import Period
from loudou.people.web import PersonRequest


def look(request: PersonRequest) -> InsightLens:
    """What the request asks to see."""
    return InsightLens.read(request.GET, request.user)


def of_target(lens: InsightLens, period: Period | None = None) -> str:
    """The page of the targets of whom a lens looks at: in its own period, or in the one that a report speaks of."""
    if period is None:
        return reverse("insight:target_progress") + lens.only(
            "unit", "owner", "period", "from", "to", "as_of"
        )
    others = {name: None for name in lens.asked if name not in ("unit", "owner", "as_of")}
    told = others | {"period": lens.company.fiscal.name(period)}
    return reverse("insight:target_progress") + lens.href(**told)


def bar(request: PersonRequest, lens: InsightLens, page: str, splits: tuple[str, ...]) -> dict[str, Any]:
    """What the head and the bar of filters show on `page`."""
    assert set(splits) <= set(SPLITS)
    return {
        "section": "insight",
        "lens": lens,
        "page_name": page,
        "tabs": [
            (name, text, words.ICONS[name], reverse(f"insight:{name}"))
            for name, text in words.REPORTS.items()
        ],
        "explained": explained(),
        "left_out": left_out(lens),
        "of_target": of_target(lens),
        "splits": [(name, words.BY[name]) for name in splits],
        "periods": [(name, words.period(lens, value)) for name, value in lens.period_choices()],
        "period": words.period(lens),
        "as_of": words.as_of(lens),
        "chips": list(words.chips(lens)),
    }


def behind(lens: InsightLens, what: str, **change: str | None) -> str:
    """The address of the deals behind a number of a lens, asked otherwise than the lens where `change` says so."""
    alone: dict[str, str | None] = {"by": None, "view": None, "compare": None, "kind": None}
    return reverse("insight:records") + lens.href(**{"what": what, **alone, **change})


def page_asked(request: PersonRequest) -> str:
    """The page a choice is made for."""
    asked = request.GET.get("page", "")
    known = (*words.REPORTS, "cohorts", "quota", "records", "target_progress", "visit_discipline")
    return asked if asked in known else "funnel"
