"""What a number of a page opens to: its deals, and where it is a sum or a rate of other numbers, those as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from django.db.models import Count, Q, QuerySet, Sum

from loudou.insight.figures.flow import START, Amounts, Span
from loudou.insight.lens import InsightLens
from loudou.insight.queries.changes import Change, Changes, changes
from loudou.insight.queries.slippage import BEGUN, begun, begun_by_hand
from loudou.insight.queries.waterfall import Past, known_late, load
from loudou.insight.queries.ways import Asked
from loudou.insight.reports.bottlenecks import quarters_before
from loudou.insight.reports.records import Number, Weight, number_of
from loudou.insight.reports.slippage import period_of, periods_before, start_of
from loudou.insight.reports.velocity import month_starts, trailing_year
from loudou.insight.reports.waterfall import asked_of
from loudou.insight.terms import BASES, CHANGED, MONTH_STARTS, PAST, RATES, SUMS, VELOCITY, Rate
from loudou.kernel.numbers import ZERO, Ratio
from loudou.kernel.periods import Grain, Period, midnight
from loudou.pipeline.models import Deal
from loudou.ui.prepared import among


class Opened(Protocol):
    """A number with the deals behind it: what each of them contributes adds up to it."""

    @property
    def is_weighed(self) -> bool:
        """Whether pages show it weighted, too."""

    def counted(self) -> Amounts:
        """The number and its amount."""

    def weighted(self) -> Decimal | None:
        """Its weighted amount, where pages show one."""

    def deals(self) -> QuerySet[Deal]:
        """The deals it counts, whoever may see them."""

    def of_each(self, keys: Collection[int]) -> Mapping[int, Amounts]:
        """What each of these deals contributes."""

    def weights(self, each: Mapping[int, Amounts]) -> Mapping[int, Weight]:
        """What these deals weigh that contribute so."""


@dataclass(frozen=True)
class Begun:
    """Of what stood at a first instant, what came to one of the ends it had at a second (M11)."""

    what: str
    asked: Asked
    late: Mapping[int, Past]  # the pasts of the deals that go by hand

    is_weighed = False

    @cached_property
    def _by_hand(self) -> Mapping[int, Amounts]:
        return begun_by_hand(self.what, self.asked, self.late)

    def counted(self) -> Amounts:
        """How many, and with what amount."""
        sums = begun(self.what, self.asked, self.late).aggregate(n=Count("pk"), total=Sum("brings"))
        return sum(self._by_hand.values(), Amounts(sums["n"], sums["total"] or ZERO))

    def weighted(self) -> None:
        """It is never weighed."""

    def deals(self) -> QuerySet[Deal]:
        """Whoever may see them."""
        found = begun(self.what, self.asked, self.late).values("deal")
        return Deal.objects.filter(Q(pk__in=found) | Q(pk__in=list(self._by_hand)))

    def of_each(self, keys: Collection[int]) -> Mapping[int, Amounts]:
        """What each of these deals brings."""
        rows = begun(self.what, self.asked, self.late).filter(deal__in=keys).values_list("deal")
        told = {key: Amounts(n, total) for key, n, total in rows.annotate(n=Count("pk"), total=Sum("brings"))}
        return defaultdict(Amounts, told | {key: self._by_hand[key] for key in keys if key in self._by_hand})

    def weights(self, each: Mapping[int, Amounts]) -> Mapping[int, Weight]:
        """None."""
        return {}


@dataclass(frozen=True)
class Part:
    """A number of which another is made: what it counts, of another period where it is of one, added or taken away."""

    what: str
    number: Opened
    sign: int = 1
    weighed: bool = False
    period: Period | None = None

    @cached_property
    def counted(self) -> Amounts:
        """What it counts, with its weighted amount where that is what counts."""
        found, weighted = self.number.counted(), self.number.weighted() if self.weighed else None
        return found if weighted is None else Amounts(found.count, weighted)


LISTED = 2


@dataclass(frozen=True)
class Together:
    """Numbers added up, some of them taken away; of a deal that several count what they say of it is added up, too."""

    parts: Sequence[Part]

    is_weighed = False

    @property
    def is_listed(self) -> bool:
        """Whether its deals are listed together; of many numbers each lists its own."""
        return len(self.parts) <= LISTED

    def counted(self) -> Amounts:
        """The sum; of what is weighed the weighted amount."""
        return sum((_signed(part.sign, part.counted) for part in self.parts), Amounts())

    def weighted(self) -> None:
        """It is never weighed as a whole."""

    def deals(self) -> QuerySet[Deal]:
        """Those of all its numbers."""
        wanted = Q()
        for part in self.parts:
            wanted |= Q(pk__in=part.number.deals().values("pk"))
        return Deal.objects.filter(wanted)

    def of_each(self, keys: Collection[int]) -> Mapping[int, Amounts]:
        """What each of these deals brings to the sum."""
        found: dict[int, Amounts] = defaultdict(Amounts)
        for part in self.parts:
            each = part.number.of_each(keys)
            weights = part.number.weights(each) if part.weighed else {}
            for key, brings in each.items():
                amount = weights[key].amount if key in weights else brings.amount
                found[key] += _signed(part.sign, Amounts(brings.count, amount))
        return found

    def weights(self, each: Mapping[int, Amounts]) -> Mapping[int, Weight]:
        """None."""
        return {}


@dataclass(frozen=True)
class Remainder(Together):
    """Numbers that take each other away: its deals are those of which something is left, with what came and went."""

    @property
    def is_listed(self) -> bool:
        """However many numbers it is made of: all are read in one statement."""
        return True

    @cached_property
    def _told(self) -> Changes:
        numbers = [part.number for part in self.parts]
        assert all(isinstance(number, Number) for number in numbers)
        asked = [(part.sign, part.number.asked) for part in self.parts if isinstance(part.number, Number)]
        late = next((number.otherwise for number in numbers if isinstance(number, Number)), ())
        found = changes(asked, late)
        for part, counted in zip(self.parts, found.numbers, strict=True):
            vars(part).update(counted=counted)
        return found

    def counted(self) -> Amounts:
        """The sum of what is left."""
        return sum((change.net for change in self._told.deals.values()), Amounts())

    def deals(self) -> QuerySet[Deal]:
        """Those of which something is left."""
        return Deal.objects.filter(among(list(self._told.deals)))

    def of_each(self, keys: Collection[int]) -> Mapping[int, Amounts]:
        """What is left of each of these deals."""
        return {key: change.net for key, change in self.changes(keys).items()}

    def changes(self, keys: Collection[int]) -> Mapping[int, Change]:
        """What each of these deals came and went with."""
        return {key: self._told.deals.get(key, Change()) for key in keys}


@dataclass(frozen=True)
class Quotient:
    """A rate, opened: what is divided by what."""

    rate: Rate
    top: Amounts
    bottom: Amounts

    @property
    def value(self) -> Ratio:
        """The rate itself."""
        if self.rate.by_amount:
            return Ratio.of(self.top.amount, self.bottom.amount)
        return Ratio.of(self.top.count, self.bottom.count)


def opened(lens: InsightLens, what: str = "") -> Opened:
    """The number a lens asks for, or `what`; of a rate what it is divided by: its deals are those the rate is about."""
    what = what or lens.what
    if what in RATES:
        return opened(lens, RATES[what].bottom)
    if what in SUMS:
        made = Remainder if what == CHANGED else Together
        return made(
            [Part(term.what, opened(lens, term.what), term.sign, term.weighed) for term in SUMS[what]]
        )
    if what in PAST:
        before = {one: start_of(lens, one) for one in periods_before(lens, period_of(lens))}
        late = _late(lens, list(before.values()))
        return Together(
            [Part(PAST[what], Begun(PAST[what], one, late), period=when) for when, one in before.items()]
        )
    if what == MONTH_STARTS:
        return Together([_at_start(lens, point) for point in month_starts(lens)])
    if what == VELOCITY:
        return number_of(_of_year(lens), "won_deals")
    if what in BASES:
        return Together([_in_quarter(BASES[what], lens, one) for one in quarters_before(lens)])
    if what in BEGUN:
        start = _start_of(lens)
        return Begun(what, start, _late(lens, [start]))
    return number_of(lens, what)


def quotient_of(lens: InsightLens, bottom: Opened) -> Quotient | None:
    """The rate a lens asks for, of which `bottom` is at hand; None where it asks for a number."""
    rate = RATES.get(lens.what)
    if rate is None:
        return None
    parts = bottom.parts if isinstance(bottom, Together) else ()
    # What a rate divides may be one of the numbers that it divides by.
    alike = (
        part.counted
        for part in parts
        if (part.what, part.sign, part.weighed, part.period) == (rate.top, 1, False, None)
    )
    top = next(alike, None) or opened(lens, rate.top).counted()
    return Quotient(rate, top, bottom.counted())


def _start_of(lens: InsightLens) -> Asked:
    """What a waterfall tells the slippage of: what was expected in its window, else in its period."""
    asked = asked_of(lens)
    return replace(asked, between=replace(asked.between, window=lens.window or period_of(lens)))


def _late(lens: InsightLens, some: Sequence[Asked]) -> Mapping[int, Past]:
    """The pasts of the deals that go by hand in any of these starts; read once a page, for a rate asks for two numbers."""
    kept: dict[Any, Mapping[int, Past]] = vars(lens).setdefault("late_of_starts", {})
    edges = tuple(edge for one in some for edge in (one.between.since, one.between.until))
    if edges not in kept:
        kept[edges] = load(dict(known_late(some[0], also=edges[2:])))
    return kept[edges]


def _in_quarter(what: str, lens: InsightLens, quarter: Period) -> Part:
    then = replace(lens, period=quarter, since_at=None, until_at=None)
    # Seen from the same instant, of the same people; what was known otherwise then is read once.
    vars(then).update(now=lens.now, otherwise=lens.otherwise, scope=lens.scope)
    # The page of the quarter says the rest; here it is told how many its figure is about.
    return Part(what, opened(then, "cohort" if what in RATES else "left_stage"), period=quarter)


def _of_year(lens: InsightLens) -> InsightLens:
    """The same, of the twelve months whose closes velocity counts with."""
    then = replace(lens)
    vars(then).update(now=lens.now, otherwise=lens.otherwise, scope=lens.scope, span=trailing_year(lens))
    return then


def _at_start(lens: InsightLens, point: datetime) -> Part:
    """What stood at an instant: at the start of a month, which the page of that month tells, too."""
    day = point.astimezone(lens.company.zone).date()
    month = lens.company.fiscal.of(day, Grain.MONTH)
    whole = month if point == midnight(month.start, lens.company.zone) else None
    then = replace(lens, period=whole or lens.period)
    vars(then).update(now=lens.now, otherwise=lens.otherwise, span=Span(lens.now, point, point, lens.known))
    return Part(START, opened(then, START), period=whole)


def _signed(sign: int, amounts: Amounts) -> Amounts:
    return Amounts(sign * amounts.count, sign * amounts.amount)
