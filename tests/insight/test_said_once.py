"""A report asks for what the whole house shares once, through every door."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loudou.insight.reports import REPORTS, run
from loudou.people.queries import organisation, organisation_read_once
from tests.cast import Cast
from tests.histories import Histories


@pytest.fixture
def pasts(cast: Cast) -> None:
    Histories([cast.chenan, cast.lina, cast.sunqiang, cast.zhaomin]).write(40, seed=11)


@pytest.mark.parametrize("said", [{}, {"as-of": "2026-02-10T00:00:00+08:00"}])
def test_no_report_asks_for_the_organisation_twice(cast: Cast, pasts: None, said: dict[str, str]) -> None:
    twice = {}
    for name in REPORTS:
        with CaptureQueriesContext(connection) as asked:
            run(name, said, None)
        for table in ("people_organisation", "people_calendarday"):
            read = [query["sql"] for query in asked if f'FROM "{table}"' in query["sql"]]
            if len(read) > 1:
                twice[name, table] = len(read)
    assert twice == {}


def test_a_stretch_within_another_is_the_same(cast: Cast) -> None:
    with organisation_read_once():
        first = organisation()
        with organisation_read_once():
            assert organisation() is first
        assert organisation() is first
    assert organisation() is not first
