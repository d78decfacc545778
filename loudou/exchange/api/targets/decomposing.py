"""A target taken apart, as `loudou decompose` does it: a proposal, of which nothing is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_noop as _
from ninja import Router
from pydantic import Field

from loudou.exchange.api.gate import Call
from loudou.exchange.api.shapes import In, Out
from loudou.exchange.api.targets._shared import Metric, PeriodName
from loudou.people.access import require
from loudou.targets.figures.typed import parse_target
from loudou.targets.models import Target
from loudou.targets.proposals import Asked, propose, read_amount, weights_of

router = Router(tags=["targets"])


class ToDecompose(In):
    unit: Annotated[str, Field(max_length=40, description="The unit's code.")]
    metric: Metric
    period: PeriodName
    total: Annotated[str, Field(max_length=40)]
    step: Annotated[str, Field(max_length=40)] = "1"
    by: Literal["quarter", "month", "week", "day", "unit", "person", "family", "segment"]
    method: Literal["", "season", "learned", "equal", "last_year", "funnel", "capacity"] = ""
    calendar: Annotated[str, Field(max_length=20)] = ""
    weights: Annotated[
        dict[Annotated[str, Field(max_length=80)], Annotated[str, Field(max_length=40)]],
        Field(default_factory=dict, max_length=20_000, description="By hand: part → weight."),
    ]
    locked: Annotated[
        dict[Annotated[str, Field(max_length=80)], Annotated[str, Field(max_length=40)]],
        Field(default_factory=dict, max_length=20_000, description="Parts that stay: part → amount."),
    ]


class PartRow(Out):
    key: str
    weight: str
    raw: str
    amount: str
    locked: bool
    closed: bool


class CheckRow(Out):
    rule: str
    passed: bool
    shortfall: str


class SeatRow(Out):
    name: str
    unit: str
    amount: str


class DecompositionRow(Out):
    unit: str
    metric: str
    by: str
    method: str | None
    total: str
    parts: list[PartRow]
    sum: str | None
    sum_reason: str | None
    checks: list[CheckRow]
    warnings: list[CheckRow]
    assignment: str | None
    assignment_reason: str | None = None
    vacant: list[SeatRow]
    provisional: bool


@router.post("/targets/decompose", response=DecompositionRow, summary=_("Take a target apart"))
def decompose_target(request: Call, body: ToDecompose) -> dict[str, Any]:
    """The proposal of `loudou decompose`: parts, sum, checks. Nothing is written.

    `weights` by hand go before the method; parts that are not named weigh nothing, people who are not named are left
    out. Where every part is locked and they do not sum to the total, that is refused; people carry what they carry, and
    the check says what is missing. Parts in closed books (`closed`) stay at their targets, and what is open shares the
    rest. A rate is the same in every part: `sum` is null. A total below zero is taken apart as one above it (M63)."""
    asked = Asked.read(**body.model_dump(exclude={"weights", "locked"}))
    require(request.user, "targets.set", Target(unit=asked.unit))
    locked = {key: read_amount(amount, "locked", parse_target) for key, amount in body.locked.items()}
    weights = (
        weights_of([(key, weight, "") for key, weight in body.weights.items()]) if body.weights else None
    )
    return propose(replace(asked, locked=locked), weights).plain()
