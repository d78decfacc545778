"""Slippage of a period (M11), and what covers its target (M10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from loudou.insight.asked import ALL_TIME
from loudou.insight.figures.flow import Amounts
from loudou.insight.figures.slippage import Coverage, Outcomes, Pushes
from loudou.insight.figures.waterfall import Between
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import wins_by_owner
from loudou.insight.queries.kept.starts import starts
from loudou.insight.queries.slippage import by_holder, start_outcomes, start_pushes
from loudou.insight.queries.stocks import piles
from loudou.insight.queries.waterfall import rates_of
from loudou.insight.queries.ways import Asked
from loudou.insight.reports._plain import money, rate, ratio, when
from loudou.kernel.numbers import CENT, ZERO
from loudou.kernel.periods import Grain, Period
from loudou.people.models import Unit, User
from loudou.pipeline.queries.deliveries import any_planned
from loudou.targets.models import Target
from loudou.targets.queries.closing import as_known

TRAILING = 4  # periods whose yield tells what coverage is required (M10)


@dataclass(frozen=True)
class SlippageReport:
    """Slippage as one lens sees it. A period that is not over ends now: what is open still may come."""

    lens: InsightLens
    period: Period
    outcomes: Outcomes
    pushes: Pushes

    def plain(self) -> dict[str, Any]:
        """As JSON (`contract.md`)."""
        told = self.outcomes
        return {
            "from": when(self.period.start),
            "to": when(self.period.end),
            "as_of": when(self.lens.instant),
            "currency": self.lens.company.base_currency,
            "start_amount": money(told.start.amount),
            "slipped": money(told.slipped.amount),
            **ratio("rate", told.rate),
            **ratio("won_share", told.won_share),
            **ratio("lost_share", told.lost_share),
            "won_amount": money(told.won_at_start.amount),
            "lost_amount": money(told.lost.amount),
            "moved_out": money(told.moved_out.amount),
            "still_open": money(told.still_open.amount),
            "counts": {
                "start": told.start.count,
                "won": told.won_at_start.count,
                "lost": told.lost.count,
                "slipped": told.slipped.count,
            },
            "pushes": self.pushes.count,
            "pushed_deals": len(self.pushes.by_deal),
            "repeat_pushed_deals": self.pushes.repeated,
            **ratio("pushes_per_deal", self.pushes.per_deal),
            **ratio("mean_push_days", self.pushes.mean_days, CENT),
            **ratio("repeat_push_share", self.pushes.repeat_share),
        }


def slippage(lens: InsightLens) -> SlippageReport:
    """The slippage of a lens' period; of its quarter where it asks for all time."""
    period = period_of(lens)
    asked = start_of(lens, period)
    found = start_outcomes(asked)
    return SlippageReport(lens, period, found, start_pushes(asked, found.start.count))


def period_of(lens: InsightLens) -> Period:
    """The window asked for, else the period; one that begins and ends."""
    chosen = lens.window or lens.or_this_quarter()
    if chosen == ALL_TIME or chosen.start == ALL_TIME.start or chosen.end == ALL_TIME.end:
        return lens.company.fiscal.of(lens.today, Grain.QUARTER)
    return chosen


@dataclass(frozen=True)
class CoverageReport:
    """Coverage as one lens sees it."""

    lens: InsightLens
    period: Period
    coverage: Coverage
    overdue: Amounts

    def plain(self) -> dict[str, Any]:
        """As JSON (`contract.md`)."""
        told = self.coverage
        source = "history" if told.learned else "fallback"
        return {
            "from": when(self.period.start),
            "to": when(self.period.end),
            "as_of": when(self.lens.instant),
            "currency": self.lens.company.base_currency,
            "open": money(told.open.amount),
            "target": money(told.target) if told.target is not None else None,
            **({} if told.target is not None else {"target_reason": "no_target"}),
            "won": money(told.won),
            **ratio("remaining", told.remaining, CENT),
            **ratio("ratio", told.ratio),
            "required": rate(told.required),
            "required_source": source,
            **ratio("yield", told.past.returned),
            **ratio("expected", told.expected, CENT),
            "overdue": {"count": self.overdue.count, "amount": money(self.overdue.amount)},
        }


def coverage(lens: InsightLens) -> CoverageReport:
    """The coverage of a lens' period at its instant."""
    period = period_of(lens)
    wanted = replace(lens.wanted, period=period, sheet=True, has_plans=any_planned())
    standing: dict[str, Amounts] = {"due": Amounts(), "overdue": Amounts()}
    for pile in piles(wanted, otherwise=lens.otherwise):
        standing[pile.bucket] = standing.get(pile.bucket, Amounts()) + Amounts(pile.count, pile.amount)
    gained = wins_by_owner(lens.scope, lens.span_of(period), funnels=lens.funnels, otherwise=lens.otherwise)
    won = sum((one.amount for one in gained.values()), ZERO)
    told = Coverage(standing["due"], won, kept_target(lens, period), _past(lens, period))
    return CoverageReport(lens, period, told, standing["overdue"])


def kept_target(lens: InsightLens, period: Period) -> Decimal | None:
    """What is to be reached: as given, else the target of bookings kept for exactly this period and whom is looked at."""
    if lens.target is not None or lens.funnel is not None or lens.scope.by_deal:
        return lens.target
    person = lens.owner.pk if lens.owner is not None else lens.scope.owner
    found = as_known(kept_for(lens.user, period, person=person, unit=lens.shown_unit)[:1], lens.known)
    return found[0].base_amount if found else None


def kept_for(user: User | None, period: Period, *, person: int | None, unit: Unit | None) -> Any:
    """The targets of bookings of exactly this period that somebody may see: a person's, else a unit's, else of all."""
    kept = kept_in(user, period)
    if person is not None:
        kept = kept.filter(person=person)
    elif unit is not None:
        kept = kept.filter(person=None, unit=unit)
    else:
        kept = kept.filter(person=None, unit__parent=None)
    return kept


def kept_in(user: User | None, period: Period) -> Any:
    """The targets of bookings of exactly this period that somebody may see, whosever they are, the oldest first."""
    kept = Target.objects.visible_to(user).undivided()
    return kept.filter(metric="bookings", starts_on=period.start, ends_on=period.end).order_by("pk")


def periods_before(lens: InsightLens, period: Period) -> list[Period]:
    """The last periods before it that were over at the instant, the earliest first: their yield tells what is required.

    One that runs, or has not begun, has not brought yet what its start will bring.
    """
    previous = lens.company.fiscal.previous
    over, last = lens.instant.astimezone(lens.company.zone).date(), previous(period)
    while last.end > over:
        last = previous(last)
    before = [last]
    while len(before) < TRAILING:
        before.insert(0, previous(before[0]))
    return before


def _past(lens: InsightLens, period: Period) -> Outcomes:
    """What became of the starts of the periods before, together; of a past it is asked so seldom that none is kept."""
    some = [start_of(lens, one) for one in periods_before(lens, period)]
    if lens.known is None:
        return sum(starts(some).of_owner.values(), Outcomes())
    return sum((one for told in by_holder(some) for one in told.values()), Outcomes())


def start_of(lens: InsightLens, period: Period) -> Asked:
    """What is expected in a period when it begins, from then to its end."""
    span = lens.span_of(period)
    until = span.until or lens.instant
    assert span.since is not None
    rates = rates_of(lens.rates or "plan", span.since, until, lens.rate_table, lens.company)
    between = Between(span.since, until, lens.company.zone, lens.scope.takes, period, rates)
    return Asked(between, lens.scope, lens.funnels)
