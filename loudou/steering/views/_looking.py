"""What the pages of this room share: the lens of a request, its bar of filters, forms as dialogs."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from loudou.people.access import may
from loudou.people.grants import Reach
from loudou.people.web import PersonRequest
from loudou.steering.lens import SteeringLens
from loudou.steering.reports.whose import ADDED
from loudou.targets.models import IN_MONEY, Metric
from loudou.ui import format as f
from loudou.ui import htmx


def look(request: PersonRequest) -> SteeringLens:
    """What the request asks to see."""
    return SteeringLens.read(request.GET, request.user)


def bar(lens: SteeringLens, period: Any, page: str) -> dict[str, Any]:
    """The filters of a page: whose, when, of which metric, how it is taken apart; whose is chosen from `choices`."""
    fiscal = lens.company.fiscal
    names = dict(Metric.choices)
    splits = [("", None), ("unit", "unit"), ("owner", "owner")] if may(lens.user, "targets.set") else []
    return {
        "section": "targets",
        "lens": lens,
        "period": f.period(period, fiscal),
        "periods": [
            (f.period(one, fiscal), lens.href(period=name), one == period)
            for name, one in lens.period_choices()
        ],
        "page_name": page,
        "chosen": lens.far > Reach.OWN,
        "metrics": [(str(names[name]), lens.href(metric=name), name == lens.metric) for name in ADDED],
        "metric_name": str(names[lens.metric]),
        "in_money": lens.metric in IN_MONEY,
        "splits": splits,
    }


def dialog(
    request: PersonRequest,
    form: Any,
    title: str,
    action: str,
    *,
    version: int | None = None,
    nothing: str = "",
) -> HttpResponse:
    """A form as a dialog, or as a page where there is no script; `nothing` is said where it has nothing to offer."""
    context = {"section": "targets", "form": form, "dialog_title": title, "action": action}
    context |= {"version": form.data.get("version") or version, "nothing": nothing}
    status = 422 if form.errors else 200
    return htmx.page(request, "steering/dialog.html", "steering/_dialog.html", context, status=status)
