"""What one result is made of: its target beside it, and the records that add up to it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from loudou.fieldwork.models import Activity
from loudou.kernel.numbers import ZERO
from loudou.people.models import User
from loudou.people.web import PersonRequest, signed_in
from loudou.pipeline.models import Deal
from loudou.steering.lens import AchievedLens
from loudou.steering.reports.achieved import Opened, opened
from loudou.targets.models import AT_STAGE, IN_MONEY, Actual, Metric, how_counted
from loudou.ui import format as f
from loudou.ui import htmx
from loudou.ui.format import reason_sentence
from loudou.ui.paging import CAP, keyset

SIZE = 50  # records on a page


@dataclass(frozen=True)
class Row:
    """A record: when it counts, whose it is, and what it counts with."""

    pk: int
    record: Any
    kind: str  # deal, visit or told
    at: Any
    owner: str
    brings: Decimal


@signed_in(to="targets.see")
def achieved(request: PersonRequest) -> HttpResponse:
    """How far a result is and what it counts, newest first, as far as the person may see it now."""
    lens, after = AchievedLens.read(request.GET, request.user), request.GET.get("after", "")
    found = opened(lens)
    if found is None:
        raise Http404
    visible = _visible(found, request.user)
    order = (f"-{found.kept.at}", "-id")
    page = keyset(visible, order=order, load=partial(_rows, found), after=after, size=SIZE)
    context: dict[str, Any] = {"lens": lens, "page": page, "found": found}
    context |= {"in_money": lens.metric in IN_MONEY, "rate": lens.metric == Metric.CONVERSION}
    if after and htmx.asked(request):
        return render(request, "steering/_achieved.html", context)
    hidden = min(found.count, CAP + 1) - (page.count or 0)
    metric = Metric(lens.metric)
    at_stage = lens.stage is not None and metric in AT_STAGE
    name = str(AT_STAGE[metric] if at_stage else metric.label)
    of = str(lens.stage) if lens.stage is not None else lens.family
    context |= {
        "section": "targets",
        "name": f"{name} · {of}" if of else name,
        "counted_how": how_counted(lens.metric, at_stage=at_stage),
        "period": f.period(found.period, lens.company.fiscal),
        "hidden": hidden,
        "reason_sentence": reason_sentence,
    }
    return render(request, "steering/achieved.html", context)


def _visible(found: Opened, user: User) -> Any:
    """Each record once, those the person may see."""
    kept: Any = found.rows.model.objects.filter(pk__in=found.rows.order_by().values("pk"))
    if found.rows.model in (Actual, Activity):
        return kept.visible_to(user)
    return kept.filter(deal__in=Deal.objects.visible_to(user).values("pk"))


def _rows(found: Opened, keys: list[int]) -> list[Row]:
    kept, model = found.kept, found.rows.model
    kind = {Actual: "told", Activity: "visit"}.get(model, "deal")
    also = ("deal",) if kind == "deal" else ("customer",) if kind == "visit" else ("unit",)
    records = kept.with_each(found.rows, keys).select_related(kept.owner, *also)
    return [
        Row(one.pk, one, kind, getattr(one, kept.at), _owner(one, kept.owner), Decimal(one.brings or ZERO))
        for one in records
    ]


def _owner(record: Any, name: str) -> str:
    person = getattr(record, name)
    return str(person.name if person is not None else getattr(record, "unit", None) or _("System"))
