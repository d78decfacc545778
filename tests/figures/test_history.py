"""From a deal's moves to its states and visits."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loudou.pipeline.figures.history import (
    CLOSING,
    Fact,
    History,
    Stay,
    amount_jumps,
    as_known,
    pushes,
    unfold,
)

ORDER = {1: 0, 2: 1, 3: 2, 4: 3}
OPEN, HELD = "open", "on_hold"


def on(day: str) -> datetime:
    """`02-10` of 2026, as UTC."""
    return datetime.fromisoformat(f"2026-{day}").replace(tzinfo=UTC)


def fact(kind: str, day: str, known: str = "", **columns: Any) -> Fact:
    """A fact that was known when it happened, unless said."""
    return Fact(kind, on(day), on(known or day), **columns)


def born(day: str = "01-01", stage: int = 1, amount: int = 100, **columns: Any) -> Fact:
    """A deal's first move."""
    columns.setdefault("owner", 7)
    columns.setdefault("unit", 70)
    return fact("enter", day, stage=stage, amount=Decimal(amount), currency="CNY", **columns)


def through(*facts: Fact) -> History:
    """What follows from these facts."""
    return unfold(facts, ORDER)


def visits(history: History) -> list[tuple[int, str, str, str]]:
    """(stage, entered by, left by, days stayed) of each visit."""
    return [(stay.stage, stay.entered_by, stay.left_by, _days(stay)) for stay in history.stays]


def _days(stay: Stay) -> str:
    return str((stay.left_at - stay.entered_at).days) if stay.left_at else "-"


# What follows -------------------------------------------------------------------------------------------------


def test_the_first_move_is_the_birth_and_carries_all_first_values() -> None:
    history = through(born(expected_on=date(2026, 6, 1), probability=Decimal("0.2"), category="commit"))
    now = history.now
    assert (now.outcome, now.stage, now.owner, now.unit) == (OPEN, 1, 7, 70)
    assert (now.amount, now.base_amount, now.currency) == (100, 100, "CNY")
    assert (now.expected_on, now.probability, now.category) == (date(2026, 6, 1), Decimal("0.2"), "commit")
    assert visits(history) == [(1, "first", "", "-")]


def test_a_birth_without_an_amount_counts_as_nothing() -> None:
    now = through(Fact("enter", on("01-01"), on("01-01"), stage=1, owner=7)).now
    assert (now.amount, now.base_amount) == (0, 0)


@pytest.mark.parametrize("facts", [[], [fact("won", "01-01")], [fact("enter", "01-01", stage=1)]])
def test_a_history_without_a_head_is_none(facts: list[Fact]) -> None:
    with pytest.raises(ValueError, match="first move"):
        unfold(facts, ORDER)


def test_a_jump_leaves_no_visit_of_the_stage_in_between() -> None:
    history = through(born(), fact("enter", "01-21", stage=3, skipped=1))
    assert visits(history) == [(1, "first", "forward", "20"), (3, "forward", "", "-")]
    assert history.stays[1].jumped == 1


def test_a_step_back_is_a_new_visit_and_both_know_of_each_other() -> None:
    history = through(born(), fact("enter", "01-11", stage=2), fact("enter", "01-21", stage=1, skipped=9))
    assert visits(history) == [
        (1, "first", "forward", "10"),
        (2, "forward", "back", "10"),
        (1, "back", "", "-"),
    ]
    first, middle, last = history.stays
    assert (first.returned_at, last.left_before_at) == (on("01-21"), on("01-11"))
    assert (first.again, middle.again, last.again) == (True, False, True)
    assert last.jumped == 0


def test_entering_where_it_stands_is_no_step_but_what_it_says_counts() -> None:
    history = through(born(), fact("enter", "01-11", stage=1, amount=Decimal(5), base_amount=Decimal(5)))
    assert visits(history) == [(1, "first", "", "-")]
    assert history.now.amount == 5


def test_a_loss_leaves_at_its_last_amount_a_win_at_the_amount_won() -> None:
    won = through(born(), fact("won", "01-11", amount=Decimal(80), base_amount=Decimal(80)))
    lost = through(born(), fact("lost", "01-11", amount=Decimal(0), base_amount=Decimal(0)))
    assert (won.stays[0].left_amount, lost.stays[0].left_amount) == (80, 100)
    assert (won.now.amount, lost.now.amount) == (80, 0)


def test_a_reopening_returns_to_the_stage_it_was_closed_from() -> None:
    history = through(
        born(),
        fact("enter", "01-11", stage=2),
        fact("lost", "01-21"),
        fact("reopen", "02-10"),
        fact("won", "02-20"),
    )
    assert visits(history) == [
        (1, "first", "forward", "10"),
        (2, "forward", "lost", "10"),
        (2, "reopen", "won", "10"),
    ]
    assert history.stays[1].reopened_at == on("02-10")
    assert [stand.outcome for stand in history.stands] == [OPEN, OPEN, "lost", OPEN, "won"]


def test_a_reopening_that_names_another_stage_comes_back_and_steps_there() -> None:
    history = through(
        born(stage=3), fact("lost", "01-11"), fact("reopen", "01-21", stage=2, amount=Decimal(9))
    )
    assert visits(history) == [(3, "first", "lost", "10"), (3, "reopen", "back", "0"), (2, "back", "", "-")]
    assert history.now.amount == 9


def test_a_history_may_forget_to_say_that_it_reopened_or_woke() -> None:
    lost = through(born(), fact("cancelled", "01-11"), fact("enter", "01-21", stage=2))
    held = through(born(), fact("hold", "01-11"), fact("enter", "01-21", stage=2))
    assert visits(lost) == [
        (1, "first", "cancelled", "10"),
        (1, "reopen", "forward", "0"),
        (2, "forward", "", "-"),
    ]
    assert visits(held) == [(1, "first", "forward", "20"), (2, "forward", "", "-")]
    assert held.stays[0].held_seconds == 10 * 86_400
    assert (lost.now.outcome, held.now.outcome) == (OPEN, OPEN)


def test_of_two_closes_the_last_one_counts() -> None:
    history = through(born(), fact("lost", "01-11"), fact("won", "01-21"))
    assert (history.now.outcome, history.outcome_since) == ("won", on("01-21"))
    assert visits(history) == [(1, "first", "lost", "10"), (1, "reopen", "won", "0")]


def test_what_cannot_have_happened_changes_nothing_and_is_named() -> None:
    history = through(
        born(),
        fact("resume", "01-02"),
        fact("reopen", "01-03"),
        fact("hold", "01-04"),
        fact("hold", "01-05"),
        fact("won", "01-06"),
        fact("reopen", "01-07"),
        fact("enter", "01-08", stage=2),
        fact("hold", "01-09"),
    )
    assert history.ignored == (1, 2, 4, 6, 7, 8)
    assert (history.now.outcome, history.now.stage) == ("won", 1)


def test_rest_is_told_apart_inside_the_visit_and_ends_with_it() -> None:
    history = through(
        born(),
        fact("hold", "01-11"),
        fact("resume", "01-16"),
        fact("hold", "01-21"),
        fact("amount", "01-25", amount=Decimal(1), base_amount=Decimal(1)),
        fact("lost", "01-31"),
    )
    assert history.stays[0].held_seconds == 15 * 86_400
    assert [stand.outcome for stand in history.stands] == [OPEN, HELD, OPEN, HELD, HELD, "lost"]


def test_what_happens_after_the_close_does_not_move_the_close() -> None:
    history = through(born(), fact("won", "01-11"), fact("owner", "02-11", owner=8, unit=80))
    assert (history.now.owner, history.now.unit, history.outcome_since) == (8, 80, on("01-11"))
    assert (history.stays[0].left_owner, history.stays[0].left_unit) == (7, 70)


def test_an_owner_without_a_unit_takes_the_unit_away() -> None:
    assert through(born(), fact("owner", "01-11", owner=8)).now.unit is None


def test_a_changed_funnel_renames_the_stay_and_is_no_step() -> None:
    history = through(born(), fact("enter", "01-11", stage=2), fact("migrate", "01-21", stage=3))
    assert visits(history) == [(1, "first", "forward", "10"), (3, "forward", "", "-")]
    assert [stand.stage for stand in history.stands] == [1, 3, 3]


def test_a_closed_deal_keeps_its_visits_when_its_funnel_changes() -> None:
    history = through(born(), fact("won", "01-11"), fact("migrate", "01-21", stage=3))
    assert (visits(history), history.now.stage) == ([(1, "first", "won", "10")], 3)


def test_a_deal_that_turns_out_invalid_is_void_in_all_its_past_from_when_it_left() -> None:
    history = through(born(), fact("enter", "01-11", stage=2), fact("invalid", "01-21"))
    assert {stay.void_at for stay in history.stays} == {on("01-21")}
    assert {stand.void_at for stand in history.stands} == {on("01-21")}


def test_rate_and_category_are_taken_back_by_a_fact_that_says_nothing() -> None:
    set_, unset = {"probability": Decimal("0.5")}, {"probability": None}
    history = through(
        born(), fact("probability", "01-02", **set_), fact("category", "01-03", category="commit")
    )
    assert (history.now.probability, history.now.category) == (Decimal("0.5"), "commit")
    history = through(born(**set_), fact("probability", "01-02", **unset), fact("category", "01-03"))
    assert (history.now.probability, history.now.category) == (None, "")


def test_pushes_are_moves_of_the_date_to_later() -> None:
    days = [date(2026, 3, 1), None, date(2026, 3, 1), date(2026, 4, 1), date(2026, 3, 15), date(2026, 5, 1)]
    assert pushes(fact("expected_close", "01-01", expected_on=day) for day in days) == 2


def test_an_amount_jumps_when_it_changes_by_more_than_half() -> None:
    amounts = [100, 150, 75, 0, 50, 200]
    assert amount_jumps(fact("amount", "01-01", amount=Decimal(value)) for value in amounts) == 2


def test_another_currency_is_compared_in_the_base_currency() -> None:
    yuan = fact("amount", "01-01", amount=Decimal(710), base_amount=Decimal(710), currency="CNY")
    same = fact("amount", "01-02", amount=Decimal(100), base_amount=Decimal(710), currency="USD")
    more = fact("amount", "01-03", amount=Decimal(710), base_amount=Decimal(5041), currency="USD")
    silent = fact("won", "01-04", amount=Decimal(711))
    assert amount_jumps([yuan, fact("hold", "01-01"), same]) == 0
    assert amount_jumps([yuan, more]) == 1
    assert amount_jumps([more, silent]) == 0


# The ten deals of D3 -------------------------------------------------------------------------------------------


def deal(amount: int, *told: str) -> History:
    """A deal of D3: `1 01-05` enters a stage, `won 03-06` closes, in the table's own words."""
    facts = []
    for text in told:
        what, day = text.split()
        kind, stage = ("enter", int(what)) if what.isdigit() else (what, None)
        columns: dict[str, Any] = {"stage": stage}
        if not facts:
            columns |= {"amount": Decimal(amount), "owner": 1}
        facts.append(fact(kind, day, **columns))
    return unfold(facts, ORDER)


D3 = {
    "O1": deal(30, "1 01-05", "2 01-15", "3 02-04", "4 02-24", "won 03-06"),
    "O2": deal(40, "1 01-05", "2 01-25", "lost 02-10"),
    "O3": deal(50, "1 01-08", "3 01-28", "4 02-17", "won 02-27"),
    "O4": deal(70, "1 01-10", "2 01-20", "3 02-09", "2 02-19", "3 03-01", "4 03-11"),
    "O5": deal(60, "1 01-12", "lost 02-01"),
    "O6": deal(20, "1 01-15", "2 02-04", "3 02-24", "lost 03-06", "reopen 03-16", "4 03-21", "won 03-30"),
    "O7": deal(0, "1 02-01"),
    "O8": deal(0, "1 02-05", "2 02-25"),
    "O9": deal(0, "1 02-10", "invalid 02-20"),
    "O10": deal(0, "1 02-15", "2 02-25", "3 03-17"),
}


def spent(stage: int) -> dict[str, int]:
    """Days over all visits to a stage, of the deals of D3 that finally left it."""
    days = {}
    for name, history in D3.items():
        stays = [stay for stay in history.stays if stay.stage == stage]
        if name != "O9" and stays and stays[-1].left_at is not None:
            days[name] = sum((stay.left_at - stay.entered_at).days for stay in stays if stay.left_at)
    return days


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (1, {"O1": 10, "O2": 20, "O3": 20, "O4": 10, "O5": 20, "O6": 20, "O8": 20, "O10": 10}),
        (2, {"O1": 20, "O2": 16, "O4": 30, "O6": 20, "O10": 20}),
        (3, {"O1": 20, "O3": 20, "O4": 20, "O6": 15}),
        (4, {"O1": 10, "O3": 10, "O6": 9}),
    ],
)
def test_the_days_of_d3_come_out(stage: int, expected: dict[str, int]) -> None:
    assert spent(stage) == expected


def test_the_reopened_deal_of_d3_has_its_gap_in_no_stage() -> None:
    assert visits(D3["O6"]) == [
        (1, "first", "forward", "20"),
        (2, "forward", "forward", "20"),
        (3, "forward", "lost", "10"),
        (3, "reopen", "forward", "5"),
        (4, "forward", "won", "9"),
    ]


def test_the_flow_through_the_second_stage_of_d3_adds_up() -> None:
    """流入 6, 流出 4, 流失 1, 滞留 1: each deal once, by its first arrival and its last departure."""
    through_it = [
        [stay for stay in history.stays if stay.stage == 2] for name, history in D3.items() if name != "O9"
    ]
    stays = [stays for stays in through_it if stays]
    arrivals = [found[0].entered_by for found in stays]
    departures = [found[-1].left_by for found in stays]
    assert arrivals.count("forward") == 6
    assert (departures.count("forward"), departures.count("lost"), departures.count("")) == (4, 1, 1)


# What is always so ---------------------------------------------------------------------------------------------

KINDS = (
    "enter",
    "won",
    "lost",
    "cancelled",
    "invalid",
    "reopen",
    "hold",
    "resume",
    "amount",
    "owner",
    "expected_close",
)
steps = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 3),  # days since the one before: none for facts of one instant
        st.integers(0, 5),  # days until it was known
        st.integers(1, 4),
        st.integers(0, 1000),
    ),
    max_size=30,
)


def told(drawn: list[tuple[str, int, int, int, int]]) -> list[Fact]:
    """A random history: skips, steps back, closes, reopenings, rests, duplicates, same instants, late knowledge."""
    at = on("01-01")
    facts = [born()]
    for kind, later, unknown, stage, amount in drawn:
        at += timedelta(days=later)
        columns: dict[str, Any] = {}
        if kind == "enter" or (kind == "reopen" and stage == 4):
            columns["stage"] = stage
        if kind in ("amount", "won"):
            columns |= {"amount": Decimal(amount), "base_amount": Decimal(amount)}
        if kind == "owner":
            columns |= {"owner": stage, "unit": stage * 10}
        if kind == "expected_close":
            columns["expected_on"] = (at + timedelta(days=amount)).date()
        facts.append(Fact(kind, at, at + timedelta(days=unknown), **columns))
    return facts


@given(steps)
def test_states_tile_the_time_without_gaps_or_overlaps(drawn: list[tuple[str, int, int, int, int]]) -> None:
    facts = told(drawn)
    stands = unfold(facts, ORDER).stands
    assert stands[0].since == facts[0].at
    assert stands[-1].until is None
    for earlier, later in itertools.pairwise(stands):
        assert earlier.until == later.since
        assert earlier.since < later.since


@given(steps)
def test_visits_never_overlap_and_the_last_is_open_exactly_while_the_deal_lives(
    drawn: list[tuple[str, int, int, int, int]],
) -> None:
    history = unfold(told(drawn), ORDER)
    for earlier, later in itertools.pairwise(history.stays):
        assert earlier.left_at is not None
        assert earlier.entered_at <= earlier.left_at <= later.entered_at
    assert (history.stays[-1].left_at is None) == (history.now.outcome not in CLOSING)
    assert history.stays[-1].stage == history.now.stage


@given(steps)
def test_no_visit_rests_longer_than_it_lasts(drawn: list[tuple[str, int, int, int, int]]) -> None:
    for stay in unfold(told(drawn), ORDER).stays:
        if stay.left_at is not None:
            assert 0 <= stay.held_seconds <= (stay.left_at - stay.entered_at).total_seconds()


@given(steps)
def test_a_state_and_the_visit_under_it_name_the_same_stage(
    drawn: list[tuple[str, int, int, int, int]],
) -> None:
    history = unfold(told(drawn), ORDER)
    for stand in history.stands:
        if stand.outcome in (OPEN, HELD):
            under = [
                stay
                for stay in history.stays
                if stay.entered_at <= stand.since and (stay.left_at is None or stand.since < stay.left_at)
            ]
            assert [stay.stage for stay in under] == [stand.stage]


@given(steps)
def test_ignored_facts_can_be_left_out(drawn: list[tuple[str, int, int, int, int]]) -> None:
    facts = told(drawn)
    history = unfold(facts, ORDER)
    kept = [one for place, one in enumerate(facts) if place not in history.ignored]
    again = unfold(kept, ORDER)
    assert (again.stands, again.stays, again.ignored) == (history.stands, history.stays, ())


@given(steps, st.integers(0, 60), st.integers(0, 60))
def test_what_is_known_only_grows(
    drawn: list[tuple[str, int, int, int, int]], first: int, second: int
) -> None:
    facts = told(drawn)
    earlier, later = (on("01-01") + timedelta(days=days) for days in sorted((first, second)))
    before, after = as_known(facts, earlier), as_known(facts, later)
    # What was known stays known; only what a deal was won for and jumped over follows what was known before it.
    assert _plain(before) == [one for one in _plain(after) if one in _plain(before)]
    assert as_known(facts, on("12-31")) == facts


def _plain(facts: list[Fact]) -> list[Fact]:
    bare = [one._replace(amount=None, base_amount=None) if one.kind == "won" else one for one in facts]
    return [one._replace(skipped=0) for one in bare]


def test_a_stage_nobody_knew_of_was_jumped_over() -> None:
    facts = [born(), fact("enter", "01-03", known="01-20", stage=2), fact("enter", "01-05", stage=3)]
    assert [stay.jumped for stay in unfold(as_known(facts, on("01-10")), ORDER).stays] == [0, 1]
    assert [stay.jumped for stay in unfold(as_known(facts, on("01-21")), ORDER).stays] == [0, 0, 0]
    back = [*facts, fact("enter", "01-06", known="01-20", stage=4), fact("enter", "01-08", stage=2)]
    assert [stay.jumped for stay in unfold(as_known(back, on("01-10")), ORDER).stays] == [0, 1, 0]


def _win(amount: int, base: str, *, stated: int) -> list[Fact]:
    """A deal of 100, told on 20 January to have been worth another amount since the 5th, won on the 10th."""
    worth = {"amount": Decimal(stated), "base_amount": Decimal(stated)}
    won = {"amount": Decimal(amount), "base_amount": Decimal(base)}
    return [born(), fact("amount", "01-05", known="01-20", **worth), fact("won", "01-10", **won)]


def test_a_win_was_won_for_what_the_deal_was_known_to_be_worth() -> None:
    facts = _win(300, "300", stated=300)
    assert [one.amount for one in as_known(facts, on("01-15"))] == [100, 100]
    assert [one.base_amount for one in as_known(facts, on("01-15"))] == [None, 100]
    assert as_known(facts, on("01-21")) == facts


def test_a_win_known_to_be_worth_less_keeps_the_rate_of_its_day() -> None:
    (_birth, won) = as_known(_win(300, "2136.98", stated=300), on("01-15"))  # at 7.12327
    assert (won.amount, won.base_amount) == (100, Decimal("712.33"))
    # Where no rate of eight decimals gives the amount in base, the quotient serves.
    (_birth, won) = as_known(_win(10**10, "1", stated=10**10), on("01-15"))
    assert (won.amount, won.base_amount) == (100, 0)


def test_a_win_with_an_amount_of_its_own_keeps_it() -> None:
    facts = _win(250, "250", stated=300)
    assert [one.amount for one in as_known(facts, on("01-15"))] == [100, 250]
    nothing = _win(0, "0", stated=0)  # a rate cannot be told from nothing
    assert [one.amount for one in as_known(nothing, on("01-15"))] == [100, 0]


def test_a_fact_at_the_very_instant_is_not_known_yet() -> None:
    facts = [born("01-05"), fact("won", "01-10"), fact("amount", "01-07", known="01-12", amount=Decimal(1))]
    assert as_known(facts, on("01-05")) == []
    assert [one.kind for one in as_known(facts, on("01-10"))] == ["enter"]
    assert [one.kind for one in as_known(facts, on("01-11"))] == ["enter", "won"]
    assert [one.kind for one in as_known(facts, on("01-13"))] == ["enter", "won", "amount"]


def test_a_deal_whose_birth_was_told_late_was_not_known_before() -> None:
    birth = fact("enter", "01-01", known="01-09", stage=1, owner=7)
    facts = [birth, fact("enter", "01-03", stage=2)]
    assert as_known(facts, on("01-08")) == []
    assert as_known(facts, on("01-10")) == facts
