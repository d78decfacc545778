"""Facts that were not known at an instant, found by how late they came, are those that had happened and were not known."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection

from loudou.insight.figures.scope import Scope, always
from loudou.insight.queries.late import came_late
from loudou.insight.queries.scope import ever, had_by
from loudou.people.models import Organisation
from loudou.pipeline.models import Deal, Move
from loudou.pipeline.models.lasting import STEPS
from loudou.ui.prepared import among
from tests.cast import Cast
from tests.histories import BEGIN, END, Histories

INSTANT = BEGIN + (END - BEGIN) * 0.6
A_MOMENT = timedelta(microseconds=1)
NEAR = (-A_MOMENT, timedelta(), A_MOMENT)


@pytest.fixture
def _written(cast: Cast) -> None:
    """Pasts of deals, and facts that came as late as a step is long, a little less or more, about the instant."""
    deals = [*Histories([cast.chenan, cast.lina]).write(20, seed=77).deals.values()]
    told = [
        (known_at, known_at - (longest + more))
        for longest in (*STEPS, timedelta(days=4000), A_MOMENT, timedelta())
        for more in NEAR
        for known_at in (INSTANT + after for after in (*NEAR, timedelta(days=3), longest / 2, longest))
    ]
    Move.objects.bulk_create(
        Move(deal=deals[number % len(deals)], kind="amount", at=at, known_at=known_at, recorded_at=known_at)
        for number, (known_at, at) in enumerate(told)
    )


def _found(*spans: tuple[datetime, datetime]) -> list[int]:
    return sorted(Organisation.objects.values_list(came_late(spans), flat=True).get())


def _plainly(spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    moves = [*Move.objects.values_list("deal", "at", "known_at")]
    return sorted(
        deal
        for first, last in spans
        for deal, at, known in moves
        if at < last and known >= first and known > at
    )


@pytest.mark.usefixtures("_written")
def test_what_was_not_known_at_an_instant_is_found_however_late_it_came() -> None:
    dice = random.Random(3)
    others = [BEGIN + (END - BEGIN) * dice.random() for _ in range(12)]
    for at in (INSTANT, INSTANT - A_MOMENT, INSTANT + A_MOMENT, *(INSTANT + step for step in STEPS), *others):
        assert _found((at, at)) == _plainly([(at, at)])
    assert len(_found((INSTANT, INSTANT))) > 40


@pytest.mark.usefixtures("_written")
def test_of_a_span_and_of_several_all_that_was_not_known_at_any_instant_of_it_is_found() -> None:
    quarter = INSTANT - timedelta(days=60), INSTANT + timedelta(days=30)
    assert _found(quarter) == _plainly([quarter])
    assert _found(quarter, (INSTANT, INSTANT)) == _plainly([quarter, (INSTANT, INSTANT)])


@pytest.mark.usefixtures("_written")
def test_no_more_than_short_stretches_of_its_index_are_read() -> None:
    rows = Organisation.objects.values_list(came_late([(INSTANT, INSTANT)]))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = rows.explain()
    assert "using move_late" in plan
    assert "(at < " in plan.split("using move_late")[1].split("Filter")[0]


def _scopes(cast: Cast) -> list[Scope]:
    d1, d2 = (cast.unit(code).pk for code in ("D1", "D2"))
    units = [always([d1]), always([d2]), always([d1, d2]), always([])]
    people = [None, cast.chenan.pk, cast.lina.pk, cast.gaoming.pk]
    return [Scope(owner, some) for owner in people for some in (None, *units)]


@pytest.mark.usefixtures("_written")
def test_of_late_deals_those_are_told_that_a_scope_ever_had(cast: Cast) -> None:
    late = came_late([(INSTANT, INSTANT)])
    told = []
    for scope in _scopes(cast):
        found = set(Deal.objects.filter(among(had_by(scope, late))).values_list("pk", flat=True))
        assert found == set(
            Deal.objects.filter(ever(scope, deal="pk"), among(late)).values_list("pk", flat=True)
        )
        told.append(len(found))
    assert told[0] == max(told) > 0
    assert len(set(told)) > 2
