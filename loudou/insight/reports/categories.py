"""Forecast categories (M21): what is won, what is open by category, and what that adds up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from loudou.insight.figures.categories import COLUMNS, ROLL_UPS, Categories
from loudou.insight.figures.forecast import left_out
from loudou.insight.lens import InsightLens
from loudou.insight.queries.categories import Key, categories
from loudou.insight.queries.stocks import piles
from loudou.insight.reports._plain import money, ratio, when
from loudou.insight.reports.slippage import kept_target, period_of
from loudou.kernel.numbers import Ratio
from loudou.kernel.periods import Period
from loudou.people.models import User
from loudou.pipeline.queries.deliveries import any_planned

SUMS = (*ROLL_UPS, "open")


@dataclass(frozen=True)
class CategoryPart:
    """A branch or a person with what is won and open of theirs."""

    key: Key
    row: Any
    told: Categories


@dataclass(frozen=True)
class CategoriesReport:
    """The categories as one lens sees them; `left_out` is what is open and not due, as on the forecast sheet."""

    lens: InsightLens
    period: Period
    whole: Categories
    parts: Sequence[CategoryPart]
    left_out: Mapping[str, tuple[int, Decimal]]
    target: Decimal | None

    def of_target(self, name: str) -> Ratio:
        """A roll-up as a share of the target."""
        if self.target is None:
            return Ratio.missing("no_target")
        return Ratio.of(getattr(self.whole, name).amount, self.target)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "from": when(self.period.start),
            "to": when(self.period.end),
            "as_of": when(self.lens.instant),
            "currency": self.lens.company.base_currency,
            **_plain(self.whole),
            "target": money(self.target) if self.target is not None else None,
            **({} if self.target is not None else {"target_reason": "no_target"}),
            **ratio("commitment_of_target", self.of_target("commitment")),
            **ratio("optimistic_of_target", self.of_target("optimistic")),
            "parts": [
                {"part": _code(part), "name": str(part.row), **_plain(part.told)} for part in self.parts
            ],
            "left_out": {
                name: {"count": count, "amount": money(amount)}
                for name, (count, amount) in self.left_out.items()
            },
        }


def forecast_categories(lens: InsightLens) -> CategoriesReport:
    """The categories of a lens' period at its instant; split by unit or owner where it asks for that."""
    period = period_of(lens)
    by = lens.by if lens.by in ("unit", "owner") else ""
    wanted = replace(lens.wanted, period=period, sheet=True, has_plans=any_planned())
    split = replace(wanted, scope=lens.split) if by == "unit" else wanted
    span = lens.span_of(period)
    whole = categories(wanted, span, otherwise=lens.otherwise)[None]
    parts = _parts(lens, by, categories(split, span, by=by, otherwise=lens.otherwise)) if by else []
    stock = piles(wanted, otherwise=lens.otherwise)
    return CategoriesReport(lens, period, whole, parts, left_out(stock), kept_target(lens, period))


def _parts(lens: InsightLens, by: str, found: Mapping[Key, Categories]) -> list[CategoryPart]:
    """The parts by their names, the largest commitment first."""
    rows: Mapping[Any, Any] = lens.branches
    if by == "owner":
        rows = User.objects.select_related("unit").in_bulk([key for key in found if key is not None])
    parts = [CategoryPart(key, rows[key], told) for key, told in found.items() if key in rows]
    return sorted(parts, key=lambda part: (-part.told.commitment.amount, str(part.row)))


def _plain(told: Categories) -> dict[str, Any]:
    names = (*COLUMNS, *SUMS)
    amounts = {name: getattr(told, name) for name in names}
    return {name: money(one.amount) for name, one in amounts.items()} | {
        "counts": {name: one.count for name, one in amounts.items()}
    }


def _code(part: CategoryPart) -> str:
    return part.row.username if isinstance(part.row, User) else part.row.code
