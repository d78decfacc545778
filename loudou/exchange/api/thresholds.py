"""From when on something about a deal is odd."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from django.utils.translation import gettext_noop as _
from ninja import Router
from pydantic import Field

from loudou.exchange.api.gate import Call, known_version
from loudou.exchange.api.rows import tagged
from loudou.exchange.api.shapes import GUARDED, Amount, In, Money, Out, Quantity, Ratio, Version, absent, sent
from loudou.people.access import require
from loudou.people.queries import organisation
from loudou.pipeline.figures.thresholds import Thresholds
from loudou.pipeline.verbs import set_thresholds

router = Router(tags=["funnels"])
Days = Annotated[int, Field(ge=1, le=365)]


class ThresholdsRow(Out):
    version: int
    pushes: int
    amount_change: Ratio
    soon_days: int
    bare_days: int
    contact_days: int
    stuck_times: Ratio
    off_funnel_days: int
    off_funnel_amount: Money
    answer_days: int
    again_days: int


class ChangedThresholds(In):
    version: Version | None = None
    pushes: Annotated[int, Field(ge=1, le=20)] = absent
    amount_change: Quantity = absent
    soon_days: Days = absent
    bare_days: Days = absent
    contact_days: Days = absent
    stuck_times: Quantity = absent
    off_funnel_days: Days = absent
    off_funnel_amount: Amount = absent
    answer_days: Annotated[int, Field(ge=1, le=30)] = absent
    again_days: Days = absent


@router.get("/thresholds", response=ThresholdsRow, summary=_("From when on something is odd"))
def get_thresholds(request: Call) -> ThresholdsRow:
    require(request.user, "pipeline.see")
    return _row(request)


@router.patch(
    "/thresholds",
    response=ThresholdsRow,
    summary=_("Change from when on something is odd"),
    openapi_extra=GUARDED,
)
def change_thresholds(request: Call, body: ChangedThresholds) -> ThresholdsRow:
    """`amount_change` is a share (0.5: half), `stuck_times` a number of times P75, `off_funnel_amount` in the base currency. `version` is the organisation's."""
    version = known_version(request, body.version, "pipeline.set_up")
    set_thresholds(by=request.user, version=version, **sent(body, "version"))
    return _row(request)


def _row(request: Call) -> ThresholdsRow:
    company = tagged(request, organisation())
    told: dict[str, Any] = asdict(Thresholds.read(company.thresholds))
    return ThresholdsRow(version=company.version, **told)
