"""What came, went and stood, where everything happens on the very moments at which parts of months begin and end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from loudou.insight.figures.flow import Span, stage_flow
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.flows import flows
from loudou.insight.queries.known import known_otherwise
from loudou.pipeline.figures.history import Fact
from tests.cast import Cast
from tests.histories import Histories, history
from tests.insight import reference
from tests.insight.test_reference import NAMES, NOW

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def midnights(cast: Cast) -> Histories:
    """Random pasts in which all happens, and becomes known, at midnights of UTC."""
    made, dice = Histories([cast.chenan, cast.lina]), random.Random(11)
    people = [(owner.pk, owner.unit_id) for owner in made.owners]
    for _deal in range(80):
        made.of(*(_at_midnight(fact) for fact in history(dice, made.stages, people)))
    return made


def _at_midnight(fact: Fact) -> Fact:
    return fact._replace(at=_begun(fact.at), known_at=_begun(fact.known_at))


def _begun(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _edges() -> Iterator[datetime]:
    """The days around where parts begin, of a long month, a short one and the next."""
    for month in (1, 2, 3):
        for day in (1, 2, 5, 6, 16, 25, 26, 27, 28):
            midnight = datetime(2026, month, day, tzinfo=UTC)
            yield from (midnight - MOMENT, midnight, midnight + MOMENT)
    yield datetime(2026, 1, 31, tzinfo=UTC)


def _spans() -> Iterator[Span]:
    edges = sorted(_edges())
    for since, until in pairwise(edges):
        yield Span(NOW, since, until)
    for since, until in zip(edges, random.Random(3).sample(edges, len(edges)), strict=True):
        if since < until:
            yield Span(NOW, since, until, until)
            yield Span(NOW, since, until)
    yield from (Span(NOW, None, edge, edge) for edge in edges)


def test_what_happens_at_a_midnight_belongs_to_the_part_that_begins_with_it(midnights: Histories) -> None:
    world, scope, many = midnights, Scope(), 0
    for span in _spans():
        counted = flows(world.stages, scope, {"it": span}, otherwise=known_otherwise(span.known, scope))
        deals = reference.known(world, span.known, lambda _key: True)
        wanted = reference.flow(deals, span.since, span.until, NOW)
        for stage in world.stages:
            found = stage_flow(stage, counted["it"][None][stage])
            for name in NAMES:
                amounts = getattr(found, name)
                assert (amounts.count, amounts.amount) == wanted[stage][name], (span, stage, name)
                many += amounts.count
    assert many > 1000
