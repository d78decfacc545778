"""Live deals as one asks for them: whose, of which instant and sheet; in conditions of rows, and of histories."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When

from loudou.insight.figures.flow import LIVE, is_void, standing_at
from loudou.insight.figures.forecast import spread
from loudou.insight.figures.scope import Scope, just_before
from loudou.insight.queries.conditions import standing
from loudou.insight.queries.scope import which, whose
from loudou.kernel.numbers import CENT, ZERO
from loudou.kernel.periods import Period
from loudou.pipeline.figures.history import History, Stand
from loudou.pipeline.models import StageSpec
from loudou.pipeline.queries.deliveries import planned_at
from loudou.pipeline.queries.funnels import spec_of


@dataclass(frozen=True)
class LiveDeals:
    """Whose live deals are wanted, at the instant `known` (None: now); for a forecast sheet also of which `period`.

    Deals of the funnels in `learned` weigh what was learned of each (`RatesInForce`). Who knows that no deal was ever
    planned to be delivered in parts says so (`has_plans`), and nobody looks for them. `unit` is the smallest amount of the
    base currency.
    """

    scope: Scope
    now: datetime
    today: date
    known: datetime | None = None
    period: Period | None = None
    sheet: bool = False
    funnels: Collection[int] | None = None
    learned: Collection[int] = ()
    has_plans: bool = True
    unit: Decimal = CENT

    @property
    def is_by_delivery(self) -> bool:
        """Whether planned deliveries are looked for: there are any, and it matters when something is expected."""
        return self.has_plans and self.sheet and self.period is not None


def present(wanted: LiveDeals) -> Q:
    """Live deals that are wanted as they stand now."""
    return Q(outcome__in=LIVE) & theirs(wanted)


def theirs(wanted: LiveDeals) -> Q:
    """Deals of those who are wanted now, live or not."""
    return whose(wanted.scope, at=wanted.now) & which(wanted.scope, deal="") & _of_funnels(wanted)


def past(wanted: LiveDeals) -> Q:
    """States in which wanted deals lived at the instant."""
    assert wanted.known is not None
    asked = standing(wanted.known, wanted.known) & whose(wanted.scope, at=wanted.known)
    return asked & which(wanted.scope) & _of_funnels(wanted)


def due(wanted: LiveDeals, column: str = "expected_on") -> Q:
    """Rows of a sheet's deals by the date in a column: open, due in its period, not overdue."""
    return Q(outcome="open") & dated(wanted, "due", column)


def dated(wanted: LiveDeals, where: str, column: str = "expected_on") -> Q:
    """What the date in a column must be for an open deal to stand so before a sheet (`figures.forecast.bucket`)."""
    period, today = wanted.period, wanted.today
    if period is None:
        return Q() if where == "due" else Q(pk__in=[])
    if where == "undated":
        return Q(**{column: None})
    if where == "overdue":
        return Q(**{f"{column}__lt": today})
    if where == "due":
        return Q(**{f"{column}__gte": max(period.start, today), f"{column}__lt": period.end})
    beyond = Q(**{f"{column}__lt": period.start}) | Q(**{f"{column}__gte": period.end})
    return Q(**{f"{column}__gte": today}) & beyond


def stands(history: History | None, wanted: LiveDeals) -> Stand | None:
    """How a deal stood at the instant, if it is wanted."""
    if history is None or is_void(history, wanted.known):
        return None
    stand = standing_at(history.stands, wanted.known)
    if stand is None:
        return None
    mine = wanted.scope.takes(stand.owner, stand.unit, just_before(wanted.known or wanted.now))
    return stand if mine else None


def due_of(stand: Stand, wanted: LiveDeals) -> Decimal | None:
    """What a deal that stood so brings to the sheet; None where it does not belong there."""
    return due_where(stand, wanted).get("due")


def due_where(stand: Stand, wanted: LiveDeals) -> Mapping[str, Decimal]:
    """How a deal that stood so stands before the sheet: bucket → amount."""
    return spread(stand, wanted.period, wanted.today, wanted.unit)


def by_delivery(wanted: LiveDeals, rows: QuerySet[Any, Any]) -> tuple[QuerySet[Any, Any], str]:
    """These rows of deals or states once for each delivery planned at the instant, and what leads to it.

    `where` is where the deal would stand by its own date, `there` where the delivery does (`figures.forecast.bucket`).
    """
    part = "deliveries__" if wanted.known is None else "deal__deliveries__"
    parts = rows.filter(planned_at(wanted.known, part)).order_by()
    return parts.annotate(where=place_in_sql(wanted), there=place_in_sql(wanted, f"{part}due_on")), part


def deals_and_heads(part: str) -> dict[str, Any]:
    """Of rows `by_delivery`: how many deals have a delivery among them, and how many their first one."""
    return {"n": Count("pk", distinct=True), "heads": Count("pk", filter=Q(**{f"{part}place": 0}))}


def spec_for(stage: int, version: int) -> StageSpec | None:
    """A stage as a deal's version has it, else the newest version that has it."""
    spec = spec_of(version, stage)
    if spec is None:
        published = StageSpec.objects.filter(stage=stage).exclude(version__published_at=None)
        spec = published.order_by("-version__number").first()
    return spec


def configured(stage: int, version: int) -> Decimal:
    """A stage's configured success rate, as `spec_for` finds it."""
    spec = spec_for(stage, version)
    return spec.probability if spec is not None else ZERO


def _of_funnels(wanted: LiveDeals) -> Q:
    return Q(funnel__in=wanted.funnels) if wanted.funnels is not None else Q()


def place_in_sql(wanted: LiveDeals, column: str = "expected_on") -> Any:
    """`figures.forecast.bucket` in SQL, by the date in a column."""
    if not wanted.sheet:
        return Value("due", CharField())
    cases = [When(outcome="on_hold", then=Value("resting"))]
    if wanted.period is not None:
        cases += [
            When(**{column: None}, then=Value("undated")),
            When(**{f"{column}__lt": wanted.today}, then=Value("overdue")),
            When(**{f"{column}__lt": wanted.period.start}, then=Value("outside")),
            When(**{f"{column}__gte": wanted.period.end}, then=Value("outside")),
        ]
    return Case(*cases, default=Value("due"), output_field=CharField())


def places(stand: Stand, wanted: LiveDeals) -> Mapping[str, Decimal]:
    """What a deal that stood so brings to each place of a sheet; without one, all of it."""
    return due_where(stand, wanted) if wanted.sheet else {"due": stand.base_amount}
