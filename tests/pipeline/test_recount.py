"""The kept sums are counted anew while people write: nobody is told that the others were in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from psycopg import errors

from loudou.pipeline import verbs
from loudou.pipeline.models import Deal
from loudou.pipeline.verbs._stock import recount_stock, stock_faults
from loudou.pipeline.verbs._tally import recount_tallies, tally_faults
from tests import make
from tests.cast import Cast
from tests.races import at_once, failures

DEADLOCK, NOT_IN_TIME, OTHER = errors.DeadlockDetected, errors.LockNotAvailable, errors.DiskFull


@pytest.fixture
def cast(own_database: str) -> Cast:
    return Cast()


@contextmanager
def in_the_way(problem: type[Exception], times: int) -> Iterator[list[str]]:
    """The first `times` that a table is asked for, the database says this instead."""
    met: list[str] = []

    def asked(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("LOCK TABLE") and len(met) < times:
            met.append(sql)
            raise OperationalError from problem()
        return execute(sql, *rest)

    with connection.execute_wrapper(asked):
        yield met


@pytest.mark.parametrize("problem", [DEADLOCK, NOT_IN_TIME])
@pytest.mark.parametrize("count", [recount_tallies, recount_stock])
def test_it_is_tried_again(cast: Cast, count: Callable[[], int], problem: type[Exception]) -> None:
    make.deal(cast.chenan)
    expected = count()
    with in_the_way(problem, times=2) as met:
        assert count() == expected
    assert len(met) == 2


def test_the_last_time_says_what_it_met(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loudou.pipeline.verbs._sums.time.sleep", lambda _seconds: None)
    with in_the_way(DEADLOCK, times=9) as met, pytest.raises(OperationalError):
        recount_tallies()
    assert len(met) == 5


def test_what_nobody_was_in_the_way_of_is_said_at_once(cast: Cast) -> None:
    with in_the_way(OTHER, times=2) as met, pytest.raises(OperationalError):
        recount_tallies()
    assert len(met) == 1


def test_inside_an_act_of_somebody_else_it_does_not_begin_anew(cast: Cast) -> None:
    with in_the_way(DEADLOCK, times=1) as met, pytest.raises(OperationalError), transaction.atomic():
        recount_tallies()
    assert len(met) == 1


def test_people_write_meanwhile(cast: Cast) -> None:
    deals = [make.deal(cast.chenan) for _ in range(6)]

    def moving(deal: Deal) -> None:
        for _ in range(3):
            forward = make.advance(Deal.objects.get(pk=deal.pk))
            verbs.step_back(forward, to=make.specs_of(forward)[0], by=cast.chenan, reason="再确认")

    def counting() -> None:
        for _ in range(12):
            recount_tallies()
            recount_stock()

    acts: list[Callable[[], None]] = [lambda one=deal: moving(one) for deal in deals]  # type: ignore[misc]
    assert failures(at_once([*acts, counting, counting])) == []
    assert (tally_faults(), stock_faults()) == (0, 0)
