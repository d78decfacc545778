"""Deals that are delivered in parts (M20): each part counts on its own date, whoever asks and as of whenever."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loudou.forecasts.says import says
from loudou.insight.figures.categories import CATEGORIES
from loudou.insight.figures.flow import Span
from loudou.insight.figures.forecast import BUCKETS, forecast, portions, spread
from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.queries.categories import categories, category_of
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.live import LiveDeals, configured
from loudou.insight.queries.pace import Quarter, stood
from loudou.insight.queries.records import Asked, counted, of_each, records
from loudou.insight.queries.sheet import lines
from loudou.insight.queries.stocks import piles
from loudou.insight.reports.forecast import forecast_sheet
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import Period
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part, shares
from loudou.pipeline.figures.history import Stand
from tests import make
from tests.cast import Cast
from tests.histories import BEGIN, END, Histories
from tests.insight import reference

NOW = END + timedelta(days=3)
PERIOD = Period(date(2026, 2, 1), date(2026, 5, 1))
NOTHING = Decimal(0)


def stand(plan: tuple[Part, ...], base: str = "100.00", expected_on: date = date(2026, 3, 31)) -> Stand:
    amount = Decimal(base)
    return Stand(BEGIN, None, "open", 1, 1, None, amount, "CNY", amount, expected_on, None, "", None, plan)


def test_each_part_counts_on_its_own_date() -> None:
    """The worked example of docs/figures.md: 100 in three deliveries, seen on 10 April for the second quarter."""
    plan = (
        Part(date(2026, 3, 20), Decimal(20)),
        Part(date(2026, 5, 20), Decimal(50)),
        Part(date(2026, 8, 20), Decimal(30)),
    )
    second = Period(date(2026, 4, 1), date(2026, 7, 1))
    found = spread(stand(plan), second, date(2026, 4, 10), CENT)
    assert found == {"overdue": 20, "due": 50, "outside": 30}
    assert spread(stand(()), second, date(2026, 3, 1), CENT) == {"outside": 100}
    assert spread(stand(plan), None, date(2026, 4, 10), CENT) == {"due": 100}


def test_parts_follow_an_amount_to_the_cent() -> None:
    plan = tuple(Part(date(2026, month, 1), Decimal(1)) for month in (1, 2, 3))
    found = shares(plan, Decimal("100.00"), Decimal("710.01"))
    assert [share.amount for share in found] == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert sum(share.base_amount for share in found) == Decimal("710.01")
    assert [one.place for one in portions(stand(plan), CENT)] == [0, 1, 2]


# A slow and obvious sum over random pasts ------------------------------------------------------------------------


def place_of(day: date | None, today: date, period: Period) -> str:
    if day is None:
        return "undated"
    if day < today:
        return "overdue"
    return "due" if period.start <= day < period.end else "outside"


class Seen:
    """A world as it was known at an instant, and what is asked of it."""

    def __init__(self, world: Histories, known: datetime | None, owner: int | None) -> None:
        self.world, self.known, self.owner = world, known, owner
        zone = organisation().zone
        self.today = ((known or NOW).astimezone(zone) - timedelta(microseconds=1)).date()
        self.scope = Scope(owner)
        self.wanted = LiveDeals(self.scope, NOW, self.today, known, PERIOD, sheet=True)
        self.otherwise = known_otherwise(known, self.scope)

    def stands(self, instant: datetime | None = None) -> Iterator[tuple[int, Stand]]:
        """Every live deal of the scope as it stood."""
        for one in reference.known(self.world, instant or self.known):
            found = reference.standing(one.history, instant or self.known)
            if found is not None and self.owner in (None, found.owner):
                yield one.deal.pk, found

    def portions(self) -> Iterator[tuple[int, Stand, str, date | None, Decimal]]:
        for deal, found in self.stands():
            for day, amount in reference.portions(found):
                resting = found.outcome == "on_hold"
                where = "resting" if resting else place_of(day, self.today, PERIOD)
                yield deal, found, where, day, amount

    def sums(
        self, keep: Callable[[Stand, int], bool] = lambda found, deal: True
    ) -> dict[str, tuple[int, Decimal]]:
        deals: dict[str, set[int]] = defaultdict(set)
        amounts: dict[str, Decimal] = defaultdict(Decimal)
        for deal, found, where, _day, amount in self.portions():
            if keep(found, deal):
                deals[where].add(deal)
                amounts[where] += amount
        return {where: (len(deals[where]), amounts[where]) for where in deals}

    def rate(self, found: Stand, deal: int) -> Decimal:
        own = found.probability
        return own if own is not None else configured(found.stage, self.world.deals[deal].funnel_version_id)


@pytest.fixture
def world(cast: Cast) -> Histories:
    return Histories([cast.chenan, cast.lina, cast.sunqiang]).write(150, seed=2020)


@pytest.fixture(
    params=[None, BEGIN + timedelta(days=170), BEGIN + timedelta(days=205)], ids=["now", "then", "later"]
)
def seen(request: pytest.FixtureRequest, world: Histories, cast: Cast) -> Seen:
    return Seen(
        world, request.param, cast.chenan.pk if request.param == BEGIN + timedelta(days=205) else None
    )


def test_fast_and_slow_tell_the_same(seen: Seen) -> None:
    slow = seen.sums()
    found = piles(seen.wanted, otherwise=seen.otherwise)
    for where in BUCKETS:
        here = [pile for pile in found if pile.bucket == where]
        told = (sum(pile.count for pile in here), sum((pile.amount for pile in here), NOTHING))
        assert told == slow.get(where, (0, NOTHING)), where
    weighted = sum(
        (
            amount * seen.rate(stood_so, deal)
            for deal, stood_so, where, _day, amount in seen.portions()
            if where == "due"
        ),
        NOTHING,
    )
    stages = [(stage, configured(stage, seen.world.funnel.current_id or 0)) for stage in seen.world.stages]
    assert forecast(stages, found).weighted == weighted
    assert any(stood_so.plan for _deal, stood_so in seen.stands()), (
        "nothing was planned: the test shows nothing"
    )


def test_the_lines_of_the_sheet_are_the_portions(seen: Seen) -> None:
    slow = sorted(
        ((deal, day, amount) for deal, _stood, where, day, amount in seen.portions() if where == "due"),
        key=str,
    )
    found = lines(seen.wanted, seen.world.stages, seen.otherwise)
    assert sorted(((line.deal, line.expected_on, line.amount) for line in found), key=str) == slow
    for stage in seen.world.stages:
        top = [
            line
            for line in lines(seen.wanted, seen.world.stages, seen.otherwise, most=3)
            if line.stage == stage
        ]
        assert [line.amount for line in top] == [line.amount for line in found if line.stage == stage][:3]


def test_the_records_behind_a_number_add_up_to_it(seen: Seen) -> None:
    span = Span(NOW, None, seen.known, seen.known)
    version = {deal.pk: deal.funnel_version_id for deal in seen.world.deals.values()}
    for what in (*BUCKETS, *CATEGORIES):
        asked = Asked(what, seen.wanted, span)
        if what in CATEGORIES:
            slow = seen.sums(lambda found, deal, what=what: category_of(found, version[deal]) == what)
            count, amount = slow.get("due", (0, NOTHING))
        else:
            count, amount = seen.sums().get(what, (0, NOTHING))
        told = counted(asked, seen.otherwise)
        assert (told.count, told.amount) == (count, amount), what
        keys = list(records(asked, seen.otherwise).values_list("pk", flat=True))
        assert len(keys) == count
        each = of_each(keys, asked, seen.otherwise)
        assert sum((each[key].amount for key in keys), NOTHING) == amount


def test_categories_hold_what_is_due(seen: Seen) -> None:
    span = Span(NOW, None, seen.known, seen.known)
    found = categories(seen.wanted, span, otherwise=seen.otherwise)[None]
    version = {deal.pk: deal.funnel_version_id for deal in seen.world.deals.values()}
    for what in CATEGORIES:
        slow = seen.sums(lambda stood_so, deal, what=what: category_of(stood_so, version[deal]) == what)
        told = getattr(found, what)
        assert (told.count, told.amount) == slow.get("due", (0, NOTHING)), what


def test_the_parts_of_all_periods_make_the_whole(seen: Seen) -> None:
    """Whatever is open is due in exactly one period, past its date or without one."""
    months = organisation().fiscal
    whole = sum((found.base_amount for _deal, found in seen.stands() if found.outcome == "open"), NOTHING)
    total, beside = NOTHING, NOTHING
    for year in (2025, 2026, 2027):
        one = Period(date(year, 1, 1), date(year + 1, 1, 1))
        wanted = LiveDeals(seen.scope, NOW, seen.today, seen.known, one, sheet=True)
        found = piles(wanted, otherwise=seen.otherwise)
        total += sum((pile.amount for pile in found if pile.bucket == "due"), NOTHING)
        beside = sum((pile.amount for pile in found if pile.bucket in ("overdue", "undated")), NOTHING)
    assert months is not None and total + beside == whole


def test_sales_progress_reads_parts_at_every_instant(world: Histories) -> None:
    zone = organisation().zone
    quarter = Period(date(2026, 1, 1), date(2026, 4, 1))
    points = [datetime(2026, 1, 1, tzinfo=zone) + timedelta(days=13 * n) for n in range(6)]
    found = stood(Quarter(quarter, points, zone, Scope(), None, {}, CENT))
    for point, (expected, _won) in zip(points, found, strict=True):
        seen = Seen(world, point, None)
        first = max((point - timedelta(microseconds=1)).date(), quarter.start)
        slow = NOTHING
        for deal, stood_so in seen.stands(point):
            if stood_so.outcome == "open":
                due = (
                    amount
                    for day, amount in reference.portions(stood_so)
                    if day and first <= day < quarter.end
                )
                slow += sum(due, NOTHING) * seen.rate(stood_so, deal)
        assert expected == slow, point


def test_the_roll_up_says_the_same_as_the_sheet(cast: Cast) -> None:
    """What a person's part of the funnel says (M22) is the forecast sheet's, part by part."""
    company = organisation()
    period = Period(company.today, company.today + timedelta(days=60))
    deal = make.deal(cast.chenan, amount=100_000, expected_on=company.today + timedelta(days=10))
    make.deal(cast.chenan, amount=7_000, expected_on=company.today + timedelta(days=90))
    before = says([cast.chenan.pk], period, company, NOW)[cast.chenan.pk]
    assert (before.deals, before.pipeline) == (1, 100_000)
    days = [company.today + timedelta(days=n) for n in (5, 30, 200)]
    parts = [Part(day, Decimal(amount)) for day, amount in zip(days, (20_000, 30_000, 50_000), strict=True)]
    verbs.set_deliveries(deal, parts=parts, by=cast.chenan)
    after = says([cast.chenan.pk], period, company, NOW)[cast.chenan.pk]
    assert (after.deals, after.pipeline) == (1, 50_000)
    assert after.open_weighted == 50_000 * deal.chance
    later = Period(company.today + timedelta(days=100), company.today + timedelta(days=300))
    far = says([cast.chenan.pk], later, company, NOW)[cast.chenan.pk]
    assert (far.deals, far.pipeline) == (1, 50_000)


def test_where_nothing_was_ever_planned_nobody_looks_for_parts(cast: Cast) -> None:
    """One short look, and the sheet's sums and lines ask for no delivery; with the first plan they do."""
    today = organisation().today
    deal = make.deal(cast.chenan, amount=900, expected_on=today + timedelta(days=10))
    asked = {"owner": cast.chenan.username, "period": "all"}
    asked |= {"from": str(today), "to": str(today + timedelta(days=60))}

    def told() -> tuple[list[tuple[int | None, Decimal]], int]:
        with CaptureQueriesContext(connection) as queries:
            sheet = forecast_sheet(InsightLens.read(asked, cast.chenan), most=5)
        found = [(line.number, line.amount) for stage in sheet.stages for line in stage.lines]
        assert sum(amount for _number, amount in found) == sheet.whole.amount
        return found, sum("deliverypart" in query["sql"] for query in queries)

    assert told() == ([(None, 900)], 1)
    parts = [Part(today + timedelta(days=n), Decimal(amount)) for n, amount in ((5, 600), (20, 300))]
    verbs.set_deliveries(deal, parts=parts, by=cast.chenan)
    found, queries = told()
    assert found == [(1, 600), (2, 300)] and queries > 1
