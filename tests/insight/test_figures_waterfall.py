"""Ways through a waterfall that few deals go, on facts told by hand (`domain.md` M11, M13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from loudou.insight.figures.slippage import Fate, fate
from loudou.insight.figures.waterfall import Between, Crossing, crossing
from loudou.kernel.periods import Period
from loudou.pipeline.figures.history import Fact, History, as_known, unfold

ME, OTHER = 1, 2
QUARTER = Period(date(2026, 4, 1), date(2026, 7, 1))
SINCE, UNTIL = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


def _fact(kind: str, day: date, **columns: object) -> Fact:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return Fact(kind, at, at, **columns)  # type: ignore[arg-type]


def _opened(*, owner: int, expected_on: date) -> Fact:
    hundred = Decimal(100)
    return _fact(
        "enter",
        date(2026, 2, 3),
        stage=11,
        amount=hundred,
        currency="CNY",
        base_amount=hundred,
        expected_on=expected_on,
        owner=owner,
    )


def _known(facts: list[Fact], at: datetime) -> History | None:
    known = as_known(facts, at)
    return unfold(known, {11: 0}) if known else None


def _between(facts: list[Fact]) -> tuple[History | None, History | None, Between]:
    mine = Between(SINCE, UNTIL, UTC, lambda owner, unit, at: owner == ME, QUARTER)
    return _known(facts, SINCE), _known(facts, UNTIL), mine


def test_what_comes_over_counts_only_when_it_is_expected_in_the_window() -> None:
    later, handed = date(2026, 9, 1), _fact("owner", date(2026, 5, 1), owner=ME)
    assert crossing(*_between([_opened(owner=OTHER, expected_on=later), handed])) is None
    within = crossing(*_between([_opened(owner=OTHER, expected_on=date(2026, 6, 1)), handed]))
    assert within == Crossing("transfer_in", "end", Decimal(100), Decimal(100))


def test_only_what_was_expected_in_the_window_and_here_at_its_start_can_slip() -> None:
    assert fate(*_between([_opened(owner=ME, expected_on=date(2026, 9, 1))])) is None
    assert fate(*_between([_opened(owner=OTHER, expected_on=date(2026, 6, 1))])) is None
    stands = [_opened(owner=ME, expected_on=date(2026, 6, 1))]
    assert fate(*_between(stands)) == Fate("still_open", Decimal(100))
    pushed = _fact("expected_close", date(2026, 5, 9), expected_on=date(2026, 8, 1))
    assert fate(*_between([*stands, pushed])) == Fate("moved_out", Decimal(100))
    lost = _fact("lost", date(2026, 5, 20))
    assert fate(*_between([*stands, lost])) == Fate("lost", Decimal(100))


def test_what_was_due_in_the_window_and_is_won_outside_of_it_moves_out() -> None:
    """A win counts by its day, whatever was expected (B0.11): of a start it is a win all the same (M11)."""
    stood = _opened(owner=ME, expected_on=date(2026, 8, 1))
    dearer = {"amount": Decimal(300), "currency": "CNY", "base_amount": Decimal(300)}
    then, now, quarter = _between([stood, _fact("won", date(2026, 5, 20), **dearer)])
    later = replace(quarter, window=Period(date(2026, 7, 1), date(2026, 10, 1)))
    assert crossing(then, now, later) == Crossing("start", "moved_out", Decimal(100), Decimal(100))
    assert fate(then, now, later) == Fate("won", Decimal(100), Decimal(300))
    assert crossing(then, now, quarter) == Crossing("moved_in", "won", Decimal(300), Decimal(300))
    then, now, _quarter = _between([stood, _fact("lost", date(2026, 5, 20))])
    assert crossing(then, now, later) == Crossing("start", "lost", Decimal(100), Decimal(100))


def test_what_comes_over_and_is_lost_is_lost_at_what_it_came_with() -> None:
    handed = _fact("owner", date(2026, 5, 1), owner=ME)
    raised = _fact("amount", date(2026, 5, 5), amount=Decimal(300), currency="CNY", base_amount=Decimal(300))
    lost = _fact("lost", date(2026, 5, 20))
    way = crossing(*_between([_opened(owner=OTHER, expected_on=date(2026, 6, 1)), handed, raised, lost]))
    assert way == Crossing("transfer_in", "lost", Decimal(100), Decimal(100))


def test_made_and_handed_over_in_one_instant_it_is_new_where_it_went() -> None:
    opened = _fact(
        "enter",
        date(2026, 5, 1),
        stage=11,
        amount=Decimal(100),
        currency="CNY",
        base_amount=Decimal(100),
        expected_on=date(2026, 6, 1),
        owner=OTHER,
    )
    facts = [opened, _fact("owner", date(2026, 5, 1), owner=ME)]
    assert crossing(*_between(facts)) == Crossing("new", "end", Decimal(100), Decimal(100))
    then, now, mine = _between(facts)
    theirs = replace(mine, takes=lambda owner, unit, at: owner == OTHER)
    assert crossing(then, now, theirs) is None


def test_what_comes_over_and_is_invalid_is_lost_here_and_given_away_there() -> None:
    stood = _opened(owner=OTHER, expected_on=date(2026, 6, 1))
    facts = [stood, _fact("owner", date(2026, 5, 1), owner=ME), _fact("invalid", date(2026, 5, 20))]
    assert crossing(*_between(facts)) == Crossing("transfer_in", "lost", Decimal(100), Decimal(100))
    then, now, mine = _between(facts)
    theirs = replace(mine, takes=lambda owner, unit, at: owner == OTHER)
    assert crossing(then, now, theirs) == Crossing("start", "transfer_out", Decimal(100), Decimal(100))


def test_what_was_made_handed_over_and_is_invalid_is_nothing_here_and_nothing_there() -> None:
    """Created and invalid inside the period: nothing (B0.11), so that what units give and get stays the same."""
    day = datetime(2026, 4, 10, 9, tzinfo=UTC)
    made = _opened(owner=OTHER, expected_on=date(2026, 6, 1))._replace(at=day, known_at=day)
    over = [made, _fact("owner", date(2026, 5, 1), owner=ME)]
    then, now, mine = _between([*over, _fact("invalid", date(2026, 5, 20))])
    theirs = replace(mine, takes=lambda owner, unit, at: owner == OTHER)
    assert crossing(then, now, mine) is None and crossing(then, now, theirs) is None
    then, now, mine = _between([*over, _fact("lost", date(2026, 5, 20))])
    assert crossing(then, now, mine) == Crossing("transfer_in", "lost", Decimal(100), Decimal(100))
    assert crossing(then, now, theirs) == Crossing("new", "transfer_out", Decimal(100), Decimal(100))


def test_a_unit_that_comes_over_brings_its_deals_at_what_they_stood_at_that_day() -> None:
    moved = datetime(2026, 5, 1, tzinfo=UTC)
    raised = _fact("amount", date(2026, 5, 5), amount=Decimal(300), currency="CNY", base_amount=Decimal(300))
    facts = [_opened(owner=ME, expected_on=date(2026, 6, 1)), raised]
    ends = _known(facts, SINCE), _known(facts, UNTIL)
    here = Between(SINCE, UNTIL, UTC, lambda _owner, _unit, at: at >= moved, QUARTER, turns=[moved])
    assert crossing(*ends, here) == Crossing("transfer_in", "end", Decimal(100), Decimal(300), Decimal(200))
    there = replace(here, takes=lambda _owner, _unit, at: at < moved)
    assert crossing(*ends, there) == Crossing("start", "transfer_out", Decimal(100), Decimal(100))
    born_later = replace(here, turns=[datetime(2026, 1, 1, tzinfo=UTC), moved])
    assert crossing(*ends, born_later) == crossing(*ends, here)
