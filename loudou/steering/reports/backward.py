"""Funnel-backward (M60), the top of the funnel (M17) and the people it takes (M61), with the organisation's own rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from loudou.insight.figures.forecast import Pile
from loudou.insight.figures.winrate import WinRate
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import win_rates
from loudou.insight.queries.contacts import visits_in
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.live import LiveDeals
from loudou.insight.queries.stocks import sheets
from loudou.insight.reports._plain import count, missing, money, rate, ratio, stage_name, when
from loudou.insight.reports.aiming import chosen_aims, wanted_period
from loudou.insight.reports.aims import Aim
from loudou.insight.reports.calibration import RateLine, stage_rates
from loudou.insight.reports.velocity import trailing_year
from loudou.kernel.numbers import CENT, ZERO, Ratio
from loudou.kernel.periods import Grain, Period
from loudou.steering.figures.backward import ATTAINMENT, Backward, Headcount, Rates, Top
from loudou.steering.reports.whose import Subject, subjects
from loudou.targets.figures.weighing import capacity
from loudou.targets.models import Metric
from loudou.targets.queries import members_then, sellers, timings

WORK_WEEK = 5


@dataclass(frozen=True)
class StageNeed:
    """A stage with what stands in it or beyond it and is due in the period."""

    line: RateLine
    standing: int
    amount: Decimal
    required: Ratio
    exact: Ratio

    @property
    def missing(self) -> Decimal:
        """How many are missing."""
        return max((self.required.value or ZERO) - self.standing, ZERO)


@dataclass(frozen=True)
class BackwardReport:
    """What it takes, as one lens sees it. `given` are the rates somebody tries instead of the organisation's own."""

    lens: InsightLens
    period: Period
    whose: Subject | None
    target: Ratio
    backward: Backward
    own: Rates
    own_cycle: Ratio
    closes: WinRate
    stages: Sequence[StageNeed]
    top: Top
    people: Headcount
    monthly_quota: Ratio
    latest: date | None
    weeks_to_create: Decimal
    weeks_left: Decimal

    @property
    def cycle_days(self) -> Ratio:
        """Mean days from the first to the win: given, else the organisation's own."""
        return _given(self.lens, "cycle_days", self.own_cycle)

    @property
    def capacity(self) -> Ratio:
        """What the people there are can carry; unknown where nobody knows a full quota."""
        return self._of_people(self.people.capacity)

    @property
    def expected(self) -> Ratio:
        """What they will bring of it."""
        return self._of_people(self.people.expected)

    def _of_people(self, amount: Decimal) -> Ratio:
        full = self.people.full
        return full if full.value is None else Ratio(amount)

    @property
    def given(self) -> Mapping[str, Decimal]:
        """The assumptions of who asks."""
        return self.lens.assumed

    def a_week(self, needed: Ratio, weeks: Decimal) -> Ratio:
        """So many each week that is left."""
        if needed.value is None or needed.value == 0:
            return needed
        return Ratio.of(needed.value, weeks, reason="too_late")

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "as_of": when(self.lens.instant),
            "from": when(self.period.start),
            "to": when(self.period.end),
            "currency": self.lens.company.base_currency,
            "funnel": self.lens.shown_funnel.code,
            **(self.whose.plain() if self.whose is not None else Subject(None).plain()),
            **ratio("target", self.target, CENT),
            "won": money(self.backward.won),
            "weighted_open": money(self.backward.weighted),
            **ratio("gap", self.backward.gap, CENT),
            **self._rates(),
            **self._needs(),
            "weeks_left": money(self.weeks_left),
            **self._latest_creation(),
            "stages": [self._stage(one) for one in self.stages],
            "created": self.top.created,
            **count("required_at_start", self.top.required),
            **ratio("top_of_funnel", self.top.sufficiency),
            "thin": self.top.is_thin,
            **self._people(),
        }

    def _latest_creation(self) -> dict[str, Any]:
        if self.latest is None:
            return missing("latest_creation", self.cycle_days.reason)
        return {"latest_creation": when(self.latest)}

    def _rates(self) -> dict[str, Any]:
        rates = self.backward.rates
        return {
            **ratio("deal_amount", rates.deal_amount, CENT),
            **ratio("win_rate", rates.win_rate),
            **ratio("lead_rate", rates.lead_rate),
            **ratio("visits_per_opp", rates.visits_per_opp),
            **ratio("cycle_days", self.cycle_days, CENT),
            "closed": self.closes.won + self.closes.lost,
            "given": sorted(self.given),
        }

    def _needs(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in ("deals", "opps", "leads", "visits"):
            step = getattr(self.backward, name)
            found |= count(name, step.rounded) | ratio(f"{name}_unrounded", step.exact)
        weeks = {"opps": self.weeks_to_create, "leads": self.weeks_to_create, "visits": self.weeks_left}
        for name, left in weeks.items():
            needed = getattr(self.backward, name).rounded
            found |= ratio(f"{name}_a_week", self.a_week(needed, left), CENT)
        return found

    def _stage(self, one: StageNeed) -> dict[str, Any]:
        return {
            "stage": stage_name(one.line.spec),
            "code": one.line.spec.stage.code,
            "probability": rate(one.line.rate.used),
            "learned": one.line.rate.counts,
            "standing": one.standing,
            "standing_amount": money(one.amount),
            **count("required", one.required),
            **ratio("required_unrounded", one.exact),
            "missing": int(one.missing),
        }

    def _people(self) -> dict[str, Any]:
        return {
            **ratio("monthly_quota", self.monthly_quota, CENT),
            **ratio("capacity", self.capacity, CENT),
            "attainment_factor": rate(self.people.factor),
            **ratio("expected", self.expected, CENT),
            **count("headcount_gap", self.people.gap),
            **ratio("headcount_gap_unrounded", self.people.exact),
        }


def backward(lens: InsightLens) -> BackwardReport:
    """What the target of bookings takes: of the lens' owner, of its unit, of the whole organisation."""
    period = wanted_period(lens)
    whose = next(iter(subjects(lens, period)), None)
    aims = list(chosen_aims(lens, timings(lens.company), Q(metric=Metric.BOOKINGS, stage=None)))
    target = _target(lens, whose, aims)
    year = trailing_year(replace(lens, period=None))
    spans = [year, lens.span_of(period)]
    began = _began(lens, period)
    then = lens.otherwise_at(began)
    closes, in_period = win_rates(lens.scope, spans, funnels=lens.funnels, otherwise=lens.otherwise)
    visits = visits_in(lens.scope, year, funnels=lens.funnels).count()
    # Where nobody records visits their number is unknown, not nothing.
    own = _own(closes, Ratio.of(visits, closes.created) if visits else Ratio.missing("not_recorded"))
    stock, held = _due(lens, period, began, then)
    weighted = sum((pile.weighted(lens.calibrated) for pile in stock), ZERO)
    told = Backward(target.value, in_period.won_amount, weighted, _tried(lens, own))
    latest = _latest(period, _given(lens, "cycle_days", closes.cycle_mean_days))
    quota, people = _people(lens, whose, period, aims, told.target)
    return BackwardReport(
        lens,
        period,
        whose,
        target,
        told,
        own,
        closes.cycle_mean_days,
        closes,
        _stages(lens, told, stock),
        Top(in_period.created, _at_start(lens, held, told)),
        people,
        quota,
        latest,
        _weeks(lens, latest or period.end - timedelta(days=1)),
        _weeks(lens, period.end - timedelta(days=1)),
    )


def _target(lens: InsightLens, whose: Subject | None, aims: Sequence[Aim]) -> Ratio:
    if lens.target is not None:
        return Ratio(lens.target)
    for aim in aims:
        if whose is not None and aim.person == whose.person and (whose.person or aim.unit == whose.unit):
            return Ratio(aim.amount)
    return Ratio.missing("no_target")


def _own(closes: WinRate, visits_per_opp: Ratio) -> Rates:
    """The rates of twelve months. Leads have no room yet: their rate is only what somebody gives."""
    mean = Ratio.of(closes.won_amount, closes.won)
    return Rates(mean, closes.rate, Ratio.missing("not_recorded"), visits_per_opp)


def _tried(lens: InsightLens, own: Rates) -> Rates:
    """Each rate replaced by what somebody tries instead."""
    return Rates(*(_given(lens, one.name, getattr(own, one.name)) for one in fields(Rates)))


def _given(lens: InsightLens, name: str, own: Ratio) -> Ratio:
    given = lens.assumed.get(name)
    return own if given is None else Ratio(given)


def _began(lens: InsightLens, period: Period) -> datetime | None:
    """When the period began; None of one that has not begun, or has always been."""
    since = lens.span_of(period).since
    return since if since is not None and since < lens.instant else None


def _due(
    lens: InsightLens, period: Period, began: datetime | None, then: Sequence[Otherwise]
) -> tuple[list[Pile], list[Pile] | None]:
    """What is open and due in the period, not past its date: as it stands, and as the period began, as known then.

    `then` are the deals that were known otherwise when it began.
    """
    learned = lens.rates_chosen.learned
    wanted = replace(lens.wanted, period=period, sheet=True, learned=learned)
    asked: list[tuple[LiveDeals, Sequence[Otherwise]]] = [(wanted, lens.otherwise)]
    if began is not None:
        asked.append((replace(wanted, known=began, today=period.start), then))
    found = [[pile for pile in some if pile.bucket == "due"] for some in sheets(asked)]
    return found[0], found[1] if len(found) > 1 else None


def _at_start(lens: InsightLens, held: Sequence[Pile] | None, told: Backward) -> Ratio:
    """The opportunities the target asked for when the period began, from what the funnel held then."""
    if held is None:
        return replace(told, won=ZERO).opps.rounded
    weighted = sum((pile.weighted(lens.calibrated) for pile in held), ZERO)
    return replace(told, won=ZERO, weighted=weighted).opps.rounded


def _stages(lens: InsightLens, told: Backward, stock: Sequence[Pile]) -> list[StageNeed]:
    """Every stage of the funnel looked at, with what stands in it or beyond it."""
    lines = stage_rates(lens)
    keys = [line.spec.stage_id for line in lines]
    found = []
    for place, line in enumerate(lines):
        beyond = [pile for pile in stock if pile.stage in keys[place:]]
        step = told.in_stage(line.rate.used)
        count, amount = sum(pile.count for pile in beyond), sum((pile.amount for pile in beyond), ZERO)
        found.append(StageNeed(line, count, amount, step.rounded, step.exact))
    return found


def _latest(period: Period, cycle: Ratio) -> date | None:
    """The last day on which a new deal still comes in time: the last day less the mean cycle, rounded up to days."""
    if cycle.value is None:
        return None
    days = min(int(cycle.value.to_integral_value(rounding="ROUND_CEILING")), 36_500)
    return period.end - timedelta(days=1) - timedelta(days=days)


def _weeks(lens: InsightLens, last: date | None) -> Decimal:
    """Working weeks from the day after today up to a day."""
    if last is None or last <= lens.today:
        return ZERO
    left = Period(lens.today + timedelta(days=1), last + timedelta(days=1))
    return Decimal(lens.company.calendar.work_calendar().count(left)) / WORK_WEEK


def _people(
    lens: InsightLens, whose: Subject | None, period: Period, aims: Sequence[Aim], target: Decimal | None
) -> tuple[Ratio, Headcount]:
    """The full quota of a month (given, else the mean personal target) and what it makes of the people there are."""
    personal = [aim for aim in aims if aim.person is not None]
    months = len(lens.company.fiscal.split(period, Grain.MONTH))
    carried = sum((aim.amount for aim in personal), ZERO)
    own = Ratio.of(carried, len(personal) * months, reason="not_assigned")
    quota = _given(lens, "quota", own)
    factor = lens.assumed.get("attainment_factor", ATTAINMENT)
    if quota.value is None or whose is None:
        return quota, Headcount(target, ZERO, Ratio.missing(quota.reason or "not_assigned"), factor)
    calendar = lens.company.calendar.work_calendar()
    people = [whose.person] if whose.person else []
    if whose.unit is not None and whose.person is None:
        day = min(lens.today, period.end - timedelta(days=1))
        people = sellers(members_then(whose.unit, period, day))
    there = sum((capacity(period, calendar, one.joined_on, one.left_on, quota.value) for one in people), ZERO)
    return quota, Headcount(target, there, Ratio(quota.value * months), factor)
