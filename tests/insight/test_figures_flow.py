"""Inventory and flow (M01, M03) on plain histories: the worked row of D3, and what holds for every past."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from loudou.insight.figures.flow import (
    FLOWS,
    START,
    STAY,
    Amounts,
    Span,
    StageFlow,
    broken,
    passages,
    stage_flow,
    standing_at,
)
from loudou.insight.figures.scope import Belonging, Scope, always
from loudou.insight.figures.winrate import WinRate, of_one, standing_close
from loudou.pipeline.figures.history import Fact, History, unfold
from tests.histories import BEGIN, END, history
from tests.insight.examples import D3

ORDER = {1: 0, 2: 1, 3: 2, 4: 3}
STAGES = [1, 2, 3, 4]
PEOPLE = [(10, 100), (11, 100), (12, 200), (13, None)]
NOW = END + timedelta(days=10)
instants = st.datetimes(BEGIN.replace(tzinfo=None), END.replace(tzinfo=None), timezones=st.just(UTC))
pasts = st.integers(0, 10**9).map(lambda seed: history(random.Random(seed), STAGES, PEOPLE))


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}T00:00:00+08:00")


def d3() -> dict[str, History]:
    """The deals of D3 unfolded."""
    kinds = {"W": "won", "L": "lost", "I": "invalid", "R": "reopen"}
    found = {}
    for code, (amount, past) in D3.items():
        words = past.split()
        facts = []
        for number, (what, at) in enumerate(zip(words[::2], words[1::2], strict=True)):
            stage = int(what[1]) if what[0] == "S" else None
            first = {"owner": 10, "unit": 100, "amount": Decimal(amount), "base_amount": Decimal(amount)}
            columns = first if number == 0 else {}
            facts.append(Fact(kinds.get(what, "enter"), day(at), day(at), stage=stage, **columns))  # type: ignore[arg-type]
        found[code] = unfold(facts, ORDER)
    return found


def counted(histories: list[History], span: Span) -> dict[int, StageFlow]:
    """All deals together, stage by stage."""
    sums: dict[int, dict[str, Amounts]] = defaultdict(lambda: defaultdict(Amounts))
    for past in histories:
        for passage in passages(past, span):
            sums[passage.stage][passage.kind] += Amounts(1, passage.amount)
    return {stage: stage_flow(stage, sums[stage]) for stage in STAGES}


def test_d3_second_stage() -> None:
    found = counted(list(d3().values()), Span(NOW, day("01-01"), day("04-01"), day("04-01")))[2]
    values = [getattr(found, name).count for name in (START, *FLOWS, STAY)]
    assert values == [0, 6, 0, 4, 1, 0, 1]
    assert found.conversion.value == Decimal(4) / 6
    assert found.loss.value == Decimal(1) / 6
    assert found.rest.count == 0


def test_a_rate_without_inflow_is_missing_not_zero() -> None:
    empty = StageFlow(1)
    assert (empty.conversion.value, empty.conversion.reason) == (None, "no_base")


@given(st.lists(pasts, min_size=1, max_size=8), instants, instants)
def test_the_stock_identity_holds_for_every_past_and_period(
    facts: list[list[Fact]], one: datetime, other: datetime
) -> None:
    since, until = min(one, other), max(one, other)
    histories = [unfold(some, ORDER) for some in facts]
    for span in (Span(NOW, since, until, until), Span(NOW, since), Span(NOW, None, until, until), Span(NOW)):
        for flow in counted(histories, span).values():
            came = flow.start.count + flow.inflow.count + flow.backflow_in.count
            went = flow.stay.count + flow.outflow.count + flow.lost.count + flow.backflow_out.count
            assert came == went
            assert flow.rest.count == 0


@given(pasts, instants, instants)
def test_a_deal_comes_at_most_once_into_a_stage_and_leaves_it_at_most_once(
    facts: list[Fact], one: datetime, other: datetime
) -> None:
    span = Span(NOW, min(one, other), max(one, other), max(one, other))
    seen: dict[tuple[int, str], int] = defaultdict(int)
    for passage in passages(unfold(facts, ORDER), span):
        side = "in" if passage.kind.startswith("in") or passage.kind == START else "out"
        seen[passage.stage, side] += 1
    assert set(seen.values()) <= {1}
    assert {stage for stage, side in seen if side == "in"} == {stage for stage, side in seen if side == "out"}


@given(pasts, instants)
def test_a_deal_stands_where_its_stay_goes_on(facts: list[Fact], at: datetime) -> None:
    past = unfold(facts, ORDER)
    stand = standing_at(past.stands, at)
    staying = [
        stay for stay in past.stays if stay.entered_at < at and (stay.left_at is None or stay.left_at >= at)
    ]
    assert (stand is None) == (not staying)
    if stand is not None:
        assert stand.stage == staying[-1].stage


@given(st.lists(pasts, max_size=8), instants, instants, instants)
def test_what_flows_in_two_stretches_flows_in_both_together_or_comes_again(
    facts: list[list[Fact]], one: datetime, two: datetime, three: datetime
) -> None:
    """Counting once a period never counts more than the periods by themselves."""
    first, middle, last = sorted((one, two, three))
    histories = [unfold(some, ORDER) for some in facts]
    whole = counted(histories, Span(NOW, first, last, last))
    early, late = (
        counted(histories, Span(NOW, first, middle, last)),
        counted(histories, Span(NOW, middle, last, last)),
    )
    for stage in STAGES:
        together = early[stage] + late[stage]
        assert whole[stage].inflow.count + whole[stage].backflow_in.count <= (
            together.inflow.count + together.backflow_in.count
        )
        assert whole[stage].start == early[stage].start
        assert whole[stage].stay == late[stage].stay
        assert early[stage].stay == late[stage].start


def test_more_deals_below_than_above_is_not_a_funnel_from_ten_on() -> None:
    assert broken([20, 12, 15, 3]) == [1]
    assert broken([9, 15]) == []
    assert broken([15, 15]) == []
    assert broken([]) == []


def test_a_scope_takes_owners_and_units_while_they_counted() -> None:
    moved = Scope(
        units=(Belonging(100, None, day("02-01"), branch=1), Belonging(100, day("02-01"), None, branch=2))
    )
    assert moved.belonging(100, day("01-31")).branch == 1  # type: ignore[union-attr]
    assert moved.belonging(100, day("02-01")).branch == 2  # type: ignore[union-attr]
    assert moved.belonging(200, day("02-01")) is None
    assert not moved.takes(10, None, day("02-01"))
    assert Scope(owner=10).takes(10, None, NOW)
    assert not Scope(owner=10).takes(11, None, NOW)
    assert [one.unit for one in always({3, 1})] == [1, 3]
    assert Scope(source="web").by_deal
    assert Scope(product=1).by_deal
    assert not Scope().by_deal


def test_d3_win_rate_deal_by_deal() -> None:
    span = Span(NOW, day("01-01"), day("04-01"), day("04-01"))
    first_days = {code: past.stands[0].since for code, past in d3().items()}
    found = sum((of_one(past, first_days[code], Scope(), span) for code, past in d3().items()), WinRate())
    assert (found.won, found.lost, found.won_amount, found.lost_amount) == (3, 2, 100, 100)
    assert (found.rate.value, found.amount_rate.value) == (Decimal("0.6"), Decimal("0.5"))
    assert found.cycle_mean_days.value == 58
    assert (found.created, found.created_won, found.created_open) == (9, 3, 4)
    assert (found.cohort_low.value, found.cohort_high.value) == (Decimal(3) / 9, Decimal(7) / 9)


def test_no_closes_no_rate() -> None:
    nothing = WinRate()
    for ratio in (nothing.rate, nothing.amount_rate, nothing.cycle_mean_days, nothing.cohort_low):
        assert (ratio.value, ratio.reason) == (None, "no_base")


def test_a_win_whose_beginning_is_unknown_has_no_cycle_and_no_cohort() -> None:
    won = d3()["O1"]
    found = of_one(won, None, Scope(), Span(NOW))
    assert (found.won, found.cycles, found.created) == (1, 0, 0)


def test_a_close_outside_the_period_or_of_others_does_not_count() -> None:
    won = d3()["O1"]
    born = won.stands[0].since
    assert of_one(won, born, Scope(), Span(NOW, day("03-07"))) == WinRate()
    assert of_one(won, born, Scope(owner=99), Span(NOW)) == WinRate()
    assert of_one(won, born, Scope(), Span(NOW, None, day("03-06"), day("03-06"))) == WinRate(
        created=1, created_open=1
    )


def test_a_deal_that_nobody_knew_yet_is_in_no_cohort() -> None:
    won = d3()["O1"]
    born = won.stands[0].since
    assert of_one(won, born, Scope(), Span(NOW, None, None, born)) == WinRate()


def test_a_close_that_was_undone_does_not_stand() -> None:
    reopened = d3()["O6"]
    assert standing_close(reopened, day("03-10")).left_by == "lost"  # type: ignore[union-attr]
    assert standing_close(reopened, day("03-20")) is None
    assert standing_close(reopened, None).left_by == "won"  # type: ignore[union-attr]
    assert of_one(d3()["O9"], day("02-10"), Scope(), Span(NOW)) == WinRate()
