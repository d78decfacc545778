"""What the funnel says for somebody's part of a period: won so far, what is open and due, deal by deal or in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db.models import Case, CharField, Count, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from loudou.forecasts.figures.discipline import written_since
from loudou.insight.figures.categories import CATEGORIES
from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.calibration import RatesInForce, rates_in_force
from loudou.insight.queries.closes import closed
from loudou.insight.queries.foretold import chance_now
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period
from loudou.people.models import Organisation, User
from loudou.pipeline.models import Deal, Visit
from loudou.pipeline.queries.deliveries import between, expected, planned_at
from loudou.ui.prepared import ANY, MANY, Prepared, Shapes, among, together


@dataclass(frozen=True)
class Says:
    """What the funnel says for somebody's part of a period: won so far, what is open and due by category, weighted."""

    closed: Decimal = ZERO
    commit: Decimal = ZERO
    most_likely: Decimal = ZERO
    best_case: Decimal = ZERO
    pipeline: Decimal = ZERO
    omitted: Decimal = ZERO
    open_weighted: Decimal = ZERO
    deals: int = 0
    lax: Decimal = ZERO  # of the commitment, what lacks its discipline (C2)

    @property
    def weighted(self) -> Decimal:
        """Won so far and what is open times its success rate (M20)."""
        return self.closed + self.open_weighted

    @property
    def due(self) -> Decimal:
        """What is open and due, whatever its category (M10)."""
        return self.commit + self.most_likely + self.best_case + self.pipeline + self.omitted

    @classmethod
    def together(cls, some: Iterable[Says]) -> Says:
        """What it says for several at once."""
        sums: Any = map(sum, zip(*map(_EVERY, some), strict=True))
        return cls(*sums)


_EVERY = attrgetter(*(one.name for one in fields(Says)))
COMMIT, LAX = "commit", "lax"
SUMS = ("closed", *CATEGORIES, LAX)


def says(owners: Collection[int], period: Period, company: Organisation, now: datetime) -> dict[int, Says]:
    """What the funnel says for each of these owners; two queries. What is past its date counts nowhere (M20)."""
    asked = sorted(owners), max(period.start, company.today), period.end, written_since(now)
    rates = rates_in_force(now, None, company)
    weighed = rates.learned, tuple(rates.calibrated.items())
    found: dict[int, dict[str, Any]] = defaultdict(dict)

    def add(owner: int, name: str, amount: Decimal | int) -> None:
        found[owner][name] = found[owner].get(name, 0) + amount

    # Deliveries count each on its own date in place of the whole deal on its own.
    due_then = [(_DUE.of((counting, *weighed)), asked) for counting in ("whole", "parts")]
    won = _WON_SO_FAR, (asked[0], *period.instants(company.zone))
    for owner, sort, count, total, due in together([*due_then, won]):
        if sort in SUMS:
            add(owner, sort, total)
        if sort == LAX:
            add(owner, COMMIT, total)
        add(owner, "open_weighted", due)
        add(owner, "deals", count)
    return {owner: Says(**sums) for owner, sums in found.items()}


def _due_by_category(
    shape: Any, owners: list[int], first: date, end: date, since: datetime
) -> QuerySet[Deal, Any]:
    """How many deals are due, their amount, and that times their success rates, by owner and category; `lax` are those of
    the commitment that lack their discipline.

    `parts` are what deliveries bring by their own dates less what their deals bring whole by theirs.
    """
    counting, learned, calibrated = shape
    rates = _rates(RatesInForce(dict(calibrated), learned))
    rate = Coalesce("probability", *rates, F("spec__probability"))
    category: Any = Case(
        When(standing(COMMIT) & lax(since), then=Value(LAX)),
        When(category="", then=F("spec__category")),
        default=F("category"),
        output_field=CharField(),
    )
    due, planned = between(first, end), planned_at(None, "deliveries__")
    sums: dict[str, Any]
    if counting == "whole":
        here: Any = due("expected_on")
        sums = {"n": Count("*"), "total": Sum("base_amount"), "due": Sum(F("base_amount") * rate)}
    else:
        own, part = due("expected_on"), due("deliveries__due_on")
        here, amount = planned & (own | part), F("deliveries__base_amount")
        heads = Count("pk", filter=own & Q(deliveries__place=0))
        sums = {
            "n": Count("pk", distinct=True, filter=part) - heads,
            "total": _net(amount, part, own),
            "due": _net(amount * rate, part, own),
        }
    rows = Deal.objects.open().filter(among(owners, "owner")).filter(here).order_by()
    summed = rows.annotate(sort=category).values("owner", "sort").annotate(**sums)
    found: QuerySet[Deal, Any] = summed.values_list("owner", "sort", "n", "total", "due")
    return found


def standing(category: str) -> Q:
    """Deals in a forecast category: the one they were given, else that of their stage (M21)."""
    return Q(category=category) | Q(category="", spec__category=category)


def lax(since: datetime) -> Q:
    """Deals without a next step and its date, or of which nothing was written since an instant (C2)."""
    return Q(next_step="") | Q(next_on=None) | Q(touched_at__lt=since)


def _net(amount: Any, counts: Q, instead_of: Q) -> Any:
    """What counts of an amount less what it stands in the place of."""
    zero: Any = Value(ZERO)
    return Coalesce(Sum(amount, filter=counts), zero) - Coalesce(Sum(amount, filter=instead_of), zero)


def _won_so_far(owners: list[int], since: datetime, until: datetime) -> QuerySet[Visit, Any]:
    """What was won, by owner, in the columns of what is due."""
    rows = won_of(since, until).filter(among(owners, "left_owner")).order_by()
    sums: dict[str, Any] = {
        "sort": Value("closed"),
        "n": Value(0),
        "total": Sum("left_amount"),
        "due": Value(ZERO),
    }
    found: QuerySet[Visit, Any] = rows.values("left_owner").annotate(**sums).values_list("left_owner", *sums)
    return found


def won_of(since: datetime, until: datetime) -> QuerySet[Visit]:
    """The wins between two instants that stand, whosever they are: the last close of each deal."""
    return Visit.objects.filter(closed(Scope(), Span(until, since, until, None)), left_by="won")


# Stand for the days of a period while a statement is prepared.
DAYS = date(9998, 1, 1), date(9999, 1, 1)
_INSTANTS = datetime(9998, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_DUE = Shapes(_due_by_category, MANY, *DAYS, _INSTANTS[0])
_WON_SO_FAR = Prepared(_won_so_far, MANY, *_INSTANTS)


def _rates(chosen: RatesInForce) -> Iterator[Any]:
    """What a deal without a rate of its own counts with where that was chosen, what goes first first."""
    if chosen.learned:
        yield Case(When(funnel__in=chosen.learned, then=chance_now()))
    if chosen.calibrated:
        whens = (When(spec__stage=stage, then=Value(rate)) for stage, rate in chosen.calibrated.items())
        yield Case(*whens, output_field=DecimalField(max_digits=8, decimal_places=6))


def due(owner: User, period: Period, most: int) -> list[Deal]:
    """The largest open deals of an owner of which something is due in a period, past its date too."""
    return _LARGEST.of(most).rows(owner.pk, period.start, period.end)


def _largest(most: Any, owner: int, first: date, end: date) -> QuerySet[Deal]:
    rows = with_rates(expected(Deal.objects.open().filter(owner=owner), between(first, end)))
    found: QuerySet[Deal] = rows.defer("search", "extra", "note").order_by("-falls", "-id")[:most]
    return found


_LARGEST = Shapes(_largest, ANY, *DAYS)


def with_rates(deals: Any) -> Any:
    """These deals with what tells the rate they count with (`CycleLens.chance`)."""
    return deals.select_related("spec__stage").annotate(foretold_now=chance_now())
