"""Silent leaks of the present (M12): an open deal that stays far longer in its stage than three quarters of them."""

from __future__ import annotations

from datetime import timedelta

from loudou.insight.reports import run
from loudou.kernel import clock
from tests import make
from tests.cast import Cast
from tests.make import day, instant

BEGAN = instant("2026-03-02 09:00")


def test_who_stands_for_weeks_where_others_left_within_days_leaks(cast: Cast) -> None:
    step = {"next_step": "送样", "next_on": day("2026-06-01")}
    with clock.at(BEGAN):
        deals = [make.deal(cast.chenan, title=f"商机 {number}", **step) for number in range(3)]
        slow = make.deal(cast.chenan, title="慢", amount=700_000, **step)
    for number, deal in enumerate(deals, 1):
        with clock.at(BEGAN + timedelta(days=number)):
            make.advance(deal)
    told = {}
    for days in (4, 5):
        with clock.at(BEGAN + timedelta(days=days)):
            (first, *_rest) = run("leakage", {"period": "2026-Q1"}, cast.chenan)["stages"]
            told[days] = (first["p75_days"], first["stuck"], first["silent_amount"])
    assert told == {4: ("3.00", 0, "0.00"), 5: ("3.00", 1, "700000.00")}
    assert slow.spec.position == 0
