"""Reading what was expected in a quarter, and what was won in it, at several instants at once (M14)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum
from django.db.models.lookups import In

from loudou.insight.figures.forecast import Calibrated, chance, portions
from loudou.insight.figures.scope import Scope, just_before
from loudou.insight.queries.conditions import apart, together
from loudou.insight.queries.known import keys_otherwise
from loudou.insight.queries.live import configured
from loudou.insight.queries.scope import had_by, which, whose
from loudou.insight.queries.stocks import alike_anywhere, version_but_in
from loudou.insight.queries.waterfall import Past, load
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period
from loudou.pipeline.models import Deal, State, Visit
from loudou.pipeline.models.lasting import EVERY, Lasting
from loudou.pipeline.queries.deliveries import any_planned, planned_at
from loudou.pipeline.queries.funnels import version_then
from loudou.ui.prepared import among


@dataclass(frozen=True)
class Quarter:
    """Whose quarter is read, at which instants in order, with which success rates learned."""

    period: Period
    points: Sequence[datetime]
    zone: tzinfo
    scope: Scope
    funnels: Collection[int] | None
    calibrated: Calibrated
    unit: Decimal  # the smallest amount of the base currency

    @property
    def since(self) -> datetime:
        """Its first instant."""
        return self.period.instants(self.zone)[0]

    def first_due(self, point: datetime) -> Any:
        """The first expected date that counts at an instant: the quarter's, or the day the instant closes."""
        day = (point.astimezone(self.zone) - timedelta(microseconds=1)).date()
        return max(day, self.period.start)

    def is_due(self, point: datetime, column: str) -> Q:
        """Whether the date in a column counts at an instant."""
        return Q(**{f"{column}__gte": self.first_due(point), f"{column}__lt": self.period.end})


def stood(quarter: Quarter) -> list[tuple[Decimal, Decimal]]:
    """Expected and won at each instant, as known then; five queries and two for deals that were known otherwise."""
    by_hand = _known_otherwise(quarter)
    pasts = load({deal.pk: deal.funnel_id for deal in by_hand})
    expected = _expected(quarter, list(pasts))
    for place, some in enumerate(_delivered(quarter, list(pasts))):
        expected[place] += some
    won = _won(quarter, list(pasts))
    for deal in by_hand:
        for place, point in enumerate(quarter.points):
            some, gained = _of_one(
                pasts[deal.pk],
                version_then(deal.funnel_version_id, pasts[deal.pk].facts, point),
                point,
                quarter,
            )
            expected[place] += some
            won[place] += gained
    return list(zip(expected, won, strict=True))


def _known_otherwise(quarter: Quarter) -> list[Deal]:
    """The scope's deals whose past was known otherwise at one of the instants: late, renamed or revived (B0.1)."""
    scope = quarter.scope
    rows = Deal.objects.filter(which(scope, deal=""), among(had_by(scope, keys_otherwise(quarter.points))))
    if quarter.funnels is not None:
        rows = rows.filter(funnel__in=quarter.funnels)
    return list(rows.only("funnel", "funnel_version").order_by("pk"))


def _expected(quarter: Quarter, without: Sequence[int]) -> list[Decimal]:
    """What whole deals bring by their own dates."""
    rows = _open(quarter, without).filter(
        expected_on__gte=quarter.period.start, expected_on__lt=quarter.period.end
    )
    first, owner = quarter.points[0], quarter.scope.owner
    later = [] if owner is not None else [rows.filter(In(Lasting(), EVERY), since__gte=first)]
    parts = [*apart(rows, first, owner), *later]
    return _weighed(quarter, parts, "base_amount", lambda point: quarter.is_due(point, "expected_on"))


def _delivered(quarter: Quarter, without: Sequence[int]) -> Iterator[Decimal]:
    """What deliveries bring by their own dates, less what their deals would have brought whole (M20)."""
    if not any_planned():
        return
    rows = _open(quarter, without).filter(deal__planned=True)
    amount, due_on = "deal__deliveries__base_amount", "deal__deliveries__due_on"

    def counted(column: str) -> list[Decimal]:
        def here(point: datetime) -> Q:
            return planned_at(point, "deal__deliveries__") & quarter.is_due(point, column)

        return _weighed(quarter, [rows], amount, here)

    for whole, parts in zip(counted("expected_on"), counted(due_on), strict=True):
        yield parts - whole


def _open(quarter: Quarter, without: Sequence[int]) -> Any:
    """The states of deals that were open at some of the instants."""
    mine = Q(owner=quarter.scope.owner) if quarter.scope.owner is not None else Q()
    rows = State.objects.filter(
        which(quarter.scope),
        mine,
        Q(until=None) | Q(until__gte=quarter.points[0]),
        since__lt=quarter.points[-1],
        outcome="open",
    ).exclude(among(list(without), "deal"))
    return rows if quarter.funnels is None else rows.filter(funnel__in=quarter.funnels)


def _weighed(
    quarter: Quarter, parts: Sequence[Any], amount: str, is_due: Callable[[datetime], Q]
) -> list[Decimal]:
    """Amounts times success rates of the states, in parts, that stood and were due at each instant; one query."""
    sums: dict[str, Any] = {}
    for place, point in enumerate(quarter.points):
        here = (
            is_due(point)
            & Q(since__lt=point)
            & (Q(until=None) | Q(until__gte=point))
            & (Q(void_at=None) | Q(void_at__gte=point))
            & whose(quarter.scope, at=point)
        )
        sums[f"own{place}"] = Sum(F(amount) * F("probability"), filter=here)
        sums[f"plain{place}"] = Sum(amount, filter=here & Q(probability=None))
    found = [ZERO] * len(quarter.points)
    alike = alike_anywhere()
    told = (
        part.order_by().annotate(version=version_but_in(alike)).values("stage", "version") for part in parts
    )
    for row in together([part.annotate(**sums) for part in told]):
        stage, version = row["stage"], row["version"]
        configured_rate = configured(stage, version) if version is not None else alike[stage]
        rate = chance(None, configured_rate, quarter.calibrated.get(stage))
        for place in range(len(found)):
            found[place] += (row[f"own{place}"] or ZERO) + (row[f"plain{place}"] or ZERO) * rate
    return found


def _won(quarter: Quarter, without: Sequence[int]) -> list[Decimal]:
    mine = whose(quarter.scope, owner="left_owner", unit="left_unit", at="left_at") & which(quarter.scope)
    rows = Visit.objects.filter(
        mine, left_by="won", left_at__gte=quarter.since, left_at__lt=quarter.points[-1]
    )
    rows = rows.exclude(among(list(without), "deal"))
    if quarter.funnels is not None:
        rows = rows.filter(funnel__in=quarter.funnels)
    known = (
        Q(left_at__lt=point)
        & (Q(void_at=None) | Q(void_at__gte=point))
        & (Q(reopened_at=None) | Q(reopened_at__gte=point))
        for point in quarter.points
    )
    sums = {f"won{place}": Sum("left_amount", filter=here) for place, here in enumerate(known)}
    found = rows.aggregate(**sums)
    return [found[f"won{place}"] or ZERO for place in range(len(quarter.points))]


def _of_one(past: Past, version: int, point: datetime, quarter: Quarter) -> tuple[Decimal, Decimal]:
    """What one deal brings at an instant, as it was known then: expected, won."""
    history = past.known(point)
    if history is None:
        return ZERO, ZERO
    now, last = history.now, history.stays[-1]
    if now.outcome == "won":
        assert last.left_at is not None and last.left_owner is not None and last.left_amount is not None
        mine = quarter.scope.takes(last.left_owner, last.left_unit, last.left_at)
        return ZERO, last.left_amount if mine and last.left_at >= quarter.since else ZERO
    if now.outcome != "open" or not quarter.scope.takes(now.owner, now.unit, just_before(point)):
        return ZERO, ZERO
    first, end = quarter.first_due(point), quarter.period.end
    rate = chance(now.probability, _rate(now.stage, version, quarter.calibrated))
    due = (
        one.amount
        for one in portions(now, quarter.unit)
        if one.expected_on and first <= one.expected_on < end
    )
    return sum(due, ZERO) * rate, ZERO


def _rate(stage: int, version: int, calibrated: Mapping[int, Decimal]) -> Decimal:
    return chance(None, configured(stage, version), calibrated.get(stage))
