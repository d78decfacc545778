"""What units and people have won, hold in the funnel and can carry: the evidence targets are weighed by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import ExtractMonth, ExtractYear, TruncDate
from django.utils.translation import gettext as _

from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period, midnight
from loudou.kernel.refusals import Refused
from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import Organisation, Unit, User
from loudou.people.queries import standings_of
from loudou.pipeline.models import Deal, StageSpec, Visit
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.queries.shares import by_family
from loudou.targets.figures.decompose import Seasons
from loudou.targets.figures.selling import SellingDays
from loudou.targets.figures.weighing import Leaver, capacity, learned, vacant, zone_rate
from loudou.targets.queries.targets import SELLING

LEARNED_YEARS = 5
SEAT_DAYS = 365  # how long a seat that was left is looked for


def won_by_person(
    metric: str, period: Period, company: Organisation, people: Collection[int]
) -> dict[int, Decimal]:
    """What each of these people won in a period, by the owner at the win (B0.8)."""
    found = _wins(metric, period, company).filter(left_owner__in=people)
    return {
        row["left_owner"]: Decimal(row["n"] or 0) for row in _measured(found.values("left_owner"), metric)
    }


def won_by_unit(
    metric: str, period: Period, company: Organisation, units: Collection[int]
) -> dict[int, Decimal]:
    """What was won below each of these units, while it stood below them (two queries)."""
    days = _wins(metric, period, company).annotate(day=TruncDate("left_at", tzinfo=company.zone))
    by_unit: dict[int | None, list[tuple[date, Decimal]]] = defaultdict(list)
    for row in _measured(days.values("left_unit", "day"), metric):
        by_unit[row["left_unit"]].append((row["day"], Decimal(row["n"] or 0)))
    return {
        key: sum(
            (
                amount
                for stay in stays
                for day, amount in by_unit.get(stay.unit_id, ())
                if (stay.since is None or day >= stay.since) and (stay.until is None or day < stay.until)
            ),
            ZERO,
        )
        for key, stays in standings_of(units).items()
    }


def won_by_family(metric: str, period: Period, company: Organisation, unit: Unit) -> dict[str, Decimal]:
    """What was won of each product family below a unit: a deal's amount in the proportion of its lines."""
    lines = by_family(_wins(metric, period, company).filter(left_unit__path__startswith=unit.path))
    measure: Any = Count("pk", distinct=True) if metric == "deals" else Sum("share")
    grouped = lines.values("family").annotate(n=measure).order_by()
    return {row["family"]: Decimal(row["n"]) for row in grouped}


def won_by_segment(metric: str, period: Period, company: Organisation, unit: Unit) -> dict[str, Decimal]:
    """What was won of each customer segment (industry) below a unit."""
    wins = _wins(metric, period, company).filter(left_unit__path__startswith=unit.path)
    grouped = _measured(wins.values(key=F("deal__customer__industry")), metric)
    return {row["key"]: Decimal(row["n"] or 0) for row in grouped if row["key"]}


def weighted_funnel(
    people: Collection[int] | None = None, path: str = ""
) -> dict[tuple[int, int | None], Decimal]:
    """The open deals' amounts by owner and unit, each at the rate of its part of the funnel (M25; two queries)."""
    open_deals = Deal.objects.filter(outcome=Outcome.OPEN)
    if people is not None:
        open_deals = open_deals.filter(owner__in=people)
    if path:
        open_deals = open_deals.filter(unit__path__startswith=path)
    stages = dict(StageSpec.objects.values_list("version").annotate(n=Count("pk")).order_by())
    grouped = open_deals.values("owner", "unit", "funnel_version", "spec__position").annotate(
        n=Sum("base_amount")
    )
    sums: dict[tuple[int, int | None], Decimal] = defaultdict(lambda: ZERO)
    for row in grouped.order_by():
        rate = zone_rate(row["spec__position"], stages[row["funnel_version"]])
        sums[row["owner"], row["unit"]] += row["n"] * rate
    return sums


def funnel_by_person(people: Collection[int]) -> dict[int, Decimal]:
    """The weighted funnel of each of these people."""
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for (owner, _unit), amount in weighted_funnel(people).items():
        sums[owner] += amount
    return sums


def funnel_by_unit(units: Sequence[Unit]) -> dict[int, Decimal]:
    """The weighted funnel below each of these units, as the tree stands."""
    paths = dict(Unit.objects.values_list("pk", "path"))
    sums = weighted_funnel()
    return {
        unit.pk: sum(
            (amount for (_owner, at), amount in sums.items() if at and paths[at].startswith(unit.path)), ZERO
        )
        for unit in units
    }


def capacity_of(
    people: Iterable[User],
    period: Period,
    calendar: WorkCalendar | SellingDays,
    monthly: Decimal = Decimal(1),
) -> dict[int, Decimal]:
    """What each can carry in a period, in full months or in what a full month brings (M61)."""
    return {user.pk: capacity(period, calendar, user.joined_on, user.left_on, monthly) for user in people}


def productivity(metric: str, sellers: Sequence[User], until: date, company: Organisation) -> Decimal:
    """What a full month of a seller brought in the twelve months before a day; 0 where there was none."""
    year = Period(until - timedelta(days=365), until)
    calendar = company.calendar.work_calendar()
    months = sum(capacity_of(sellers, year, calendar).values(), ZERO)
    won = sum(won_by_person(metric, year, company, [user.pk for user in sellers]).values(), ZERO)
    return won / months if months else ZERO


def sales_by_month(metric: str, company: Organisation) -> dict[tuple[int, int], Decimal]:
    """What the whole house won, by year and month, in the last whole calendar years."""
    this_year = company.today.year
    span = Period(date(this_year - LEARNED_YEARS, 1, 1), date(this_year, 1, 1))
    zone = company.zone
    dated = _wins(metric, span, company).annotate(
        y=ExtractYear("left_at", tzinfo=zone), m=ExtractMonth("left_at", tzinfo=zone)
    )
    return {(row["y"], row["m"]): Decimal(row["n"] or 0) for row in _measured(dated.values("y", "m"), metric)}


def learned_seasons(
    metric: str, company: Organisation, calendar: WorkCalendar | SellingDays
) -> tuple[dict[int, Decimal] | None, list[int]]:
    """The seasonal index that history teaches, and the whole years it was learned from (M62)."""
    sales = sales_by_month(metric, company)
    first = min(sales, default=None)
    if first is None:
        return None, []
    begun = (
        first[0] if first[1] == 1 else first[0] + 1
    )  # a year that began in its middle would look like a season
    years = list(range(begun, company.today.year))
    return learned(sales, years, calendar), years


def learned_or_refused(metric: str, company: Organisation, calendar: WorkCalendar | SellingDays) -> Seasons:
    """The learned index to weigh by."""
    index, _years = learned_seasons(metric, company, calendar)
    if index is None:
        raise Refused(
            _("A seasonal index is learned from two whole years of history at least."), field="method"
        )
    return Seasons(index)


def vacant_seats(unit: Unit, period: Period) -> list[Leaver]:
    """Seats of sellers below a unit that were left in the year before a period, or in it by now, and nobody took since."""
    since = period.start - timedelta(days=SEAT_DAYS)
    here = User.objects.filter(unit__path__startswith=unit.path, roles__contains=[SELLING]).select_related(
        "unit"
    )
    gone = Q(left_on__lt=period.start) | Q(is_active=False)  # who is to leave in it still carries a part
    left = here.filter(gone, left_on__gte=since, left_on__lt=period.end)
    came = here.filter(joined_on__gt=since, joined_on__lt=period.end, is_active=True)
    leavers = [Leaver(user.name, user.unit.name, user.left_on) for user in left if user.unit and user.left_on]
    joined = [(user.unit.name, user.joined_on) for user in came if user.unit and user.joined_on]
    return vacant(leavers, joined)


def _wins(metric: str, period: Period, company: Organisation) -> Any:
    if metric not in ("bookings", "deals"):
        raise Refused(
            _("There is no history of this metric to weigh by; choose another way."), field="method"
        )
    since, until = midnight(period.start, company.zone), midnight(period.end, company.zone)
    standing = Q(left_by="won", void_at=None, reopened_at=None)
    return Visit.objects.filter(standing, left_at__gte=since, left_at__lt=until)


def _measured(grouped: Any, metric: str) -> Any:
    measure: Any = Count("pk") if metric == "deals" else Sum("left_amount")
    return grouped.annotate(n=measure).order_by()
