"""The demo company's forecasts: handed in level by level, one manager too hopeful, locked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from loudou.demo.happenings.deciding import _reopen
from loudou.demo.plot import Plot
from loudou.demo.story import _Teller
from loudou.demo.tempers import JUST_WON, Coming, expects
from loudou.forecasts.models import Submission
from loudou.forecasts.says import Says
from loudou.forecasts.verbs import lock_period, submit
from loudou.kernel import clock
from loudou.kernel.workdays import WorkCalendar
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from tests import make
from tests.cast import Cast
from tests.make import instant


def test_people_hope_and_managers_adjust(cast: Cast) -> None:
    with clock.at(instant("2026-04-01 09:00")):
        deal = make.deal(cast.sunqiang, amount=1_000_000, expected_on=make.day("2026-04-30"))
        verbs.edit(deal, by=cast.sunqiang, category="commit", reason="合同已在盖章")
    teller = object.__new__(_Teller)  # these acts need little of what a teller looks up first
    teller.people = cast.everybody
    coming = {"sunqiang": Coming(Decimal(1_000_000), over=True)}
    for hour, level in ((10, "rep"), (16, "manager"), (17, "director")):
        at = instant(f"2026-04-02 {hour}:00")
        with clock.at(at):
            teller.forecast(cast.linjing, "2026-04", level=level, coming=coming)
    with clock.at(instant("2026-04-03 18:12")):
        teller.lock(cast.linjing, "2026-04")
    numbers = {row.user.username: row for row in Submission.objects.select_related("user")}
    hoped, raised = numbers["sunqiang"].submitted, numbers["liuyang"].submitted
    assert 1_400_000 < hoped < 2_000_000 and hoped % 10_000 == 0
    assert abs(raised - hoped * Decimal("1.3")) <= 5_000
    assert numbers["liuyang"].reason
    assert numbers["heli"].base == raised
    assert 1_000_000 < numbers["heli"].submitted < raised  # who knows that he hopes too much
    assert all(row.is_official for row in numbers.values())
    with clock.at(instant("2026-04-20 09:00")):  # the director's is taken back, handed in and locked anew
        _reopen(cast.heli, cast.hezong)
        april = organisation().fiscal.parse("2026-04")
        anew = submit(
            cast.heli, period=april, submitted=Decimal(1_500_000), reason="两单推到五月", by=cast.heli
        )
        assert lock_period(april, by=cast.heli) == [anew]
        held = Submission.objects.filter(user=cast.heli).order_by("pk")
        assert [row.is_official for row in held] == [False, True]


def test_people_make_something_of_what_is_not_won_and_leave_what_is() -> None:
    won, nothing = Decimal(1_003_000), Decimal()
    says = Says(closed=won, commit=Decimal(200_000), most_likely=Decimal(100_000), best_case=Decimal(80_000))
    more, less = (Coming(Decimal(300_000), over) for over in (True, False))
    for name in ("chenan", "lina", "zhoukai"):
        high, _reason = expects(name, "rep", "2026-04", says, nothing, more)
        low, _reason = expects(name, "rep", "2026-04", says, nothing, less)
        assert won < low <= won + 300_000 <= high and (high - won) % 10_000 == 0
    hoped = [
        expects("zhoukai", "rep", f"{year}-04", says, nothing, Coming())[0] for year in range(1926, 2026)
    ]
    assert set(hoped) == {won, won + 100_000}  # 310,000 ÷ 3 seldom, else nothing
    assert expects("linfan", "manager", "2026-04", says, won + 123_456, less) == (won + 123_456, "")
    number, reason = expects("liuyang", "manager", "2026-04", says, won + 100_000, less)
    assert number == won + 130_000 and reason
    number, _reason = expects("wumin", "manager", "2026-04", says, won + 100_000, less)
    assert number == won + 240_000  # 70 % of the way to 300,000
    assert expects("liuyang", "manager", "2026-04", says, won - 1, less) == (won, JUST_WON)  # won since then


def test_dates_are_brought_forward_near_the_end() -> None:
    acts = Plot(seed=7, until=date(2026, 11, 20), calendar=WorkCalendar()).draw()
    expected: dict[str, date] = {}
    sooner: dict[str, int] = {}
    for act in acts:
        if act.kind in ("open", "push"):
            before = expected.get(act.about)
            expected[act.about] = act.with_["expected_on"]
            if before is not None and expected[act.about] < before:
                sooner[act.about] = (act.at.date() - expected[act.about]).days
    won = {act.about for act in acts if act.kind == "win"}
    assert len(won & set(sooner)) > len(won) // 4
    assert max(sooner.values()) <= 0  # nobody expects a deal in the past


def test_what_is_not_locked_is_not_taken_back(cast: Cast) -> None:
    _reopen(cast.heli, cast.hezong)
    assert not Submission.objects.exists()


def test_they_are_drawn_for_the_last_months_and_week_by_week_in_this_one() -> None:
    acts = Plot(seed=7, until=date(2026, 11, 20), calendar=WorkCalendar()).draw()
    locks = [act.about for act in acts if act.kind == "lock"]
    assert locks == [f"2026-{month:02}" for month in range(4, 12)]
    november = [act.at for act in acts if act.kind == "forecast" and act.about == "2026-11"]
    assert len(november) == 9
    assert min(november) < datetime(2026, 11, 4, tzinfo=UTC)


def test_nobody_calls_on_a_customer_who_is_not_there_yet() -> None:
    known = set()
    for act in Plot(seed=7, until=date(2026, 11, 22), calendar=WorkCalendar()).draw():
        if act.kind == "customer":
            known.add(act.about)
        if act.kind == "open":
            assert act.with_["customer"] in known
