"""A thousand random histories in one Hypothesis run: the fast SQL against the slow, obvious reference.

Ten worlds of a hundred histories each, drawn by Hypothesis as seeds, so that what fails shrinks to the few that fail;
each world is written in one go, asked for a drawn period, instant and scope, and rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from loudou.insight.figures.cycle import Closing
from loudou.insight.figures.flow import FLOWS, START, STAY, Span, stage_flow
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.waterfall import BUCKETS, Between, Rates, waterfall
from loudou.insight.queries.by_period import paces
from loudou.insight.queries.closes import win_rate
from loudou.insight.queries.courses import conversions
from loudou.insight.queries.cycles import closings
from loudou.insight.queries.flows import flows
from loudou.insight.queries.known import Otherwise, known_otherwise
from loudou.insight.queries.live import LiveDeals, configured
from loudou.insight.queries.stocks import piles
from loudou.insight.queries.times import stage_times
from loudou.insight.queries.waterfall import Past, count, crossings
from loudou.insight.queries.ways import Asked
from loudou.people.queries import organisation
from loudou.pipeline.figures.courses import MICROSECOND
from tests.cast import Cast
from tests.histories import BEGIN, END, Histories
from tests.insight import reference
from tests.insight.test_conversion import NAMES as OF_A_COHORT
from tests.insight.test_cycles import agree

NOW = END + timedelta(days=3)
WORLDS, EACH = 10, 100
HOURS = int((NOW - BEGIN).total_seconds() // 3600)

full = st.lists(st.integers(0, 2**48), min_size=EACH, max_size=EACH, unique=True)
hours = st.integers(0, HOURS).map(lambda hour: BEGIN + timedelta(hours=hour))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """A period and an instant of any kind, never beyond each other."""
    first, second, third = sorted(draw(st.tuples(hours, hours, hours)))
    known = draw(st.sampled_from([None, third]))
    return Span(NOW, draw(st.sampled_from([None, first])), draw(st.sampled_from([known, second])), known)


class _UndoneError(Exception):
    """Everything is to be as it was."""


@contextmanager
def undone() -> Iterator[None]:
    """A stretch of writing that leaves nothing behind."""
    try:
        with transaction.atomic():
            yield
            raise _UndoneError
    except _UndoneError:
        pass


@pytest.mark.slow
@settings(
    max_examples=WORLDS,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@given(drawn=full, span=spans(), mine=st.booleans(), source=st.sampled_from(["", "web"]))
def test_fast_and_slow_tell_the_same(
    cast: Cast, drawn: list[int], span: Span, mine: bool, source: str
) -> None:
    owners = [cast.chenan, cast.lina, cast.sunqiang, cast.maxiao]
    owner = cast.chenan.pk if mine else None
    with undone():
        world = Histories(owners).write_each(drawn)
        scope = Scope(owner, source=source)
        asked = _Asked(world, span, scope, known_otherwise(span.known, scope))
        asked.flow()
        asked.inventory()
        asked.closes()
        asked.cohorts_and_times()
        asked.waterfall()


class _Asked:
    """One world with what is asked of it, fast and slow."""

    def __init__(self, world: Histories, span: Span, scope: Scope, otherwise: list[Otherwise]) -> None:
        self.world, self.span, self.scope, self.otherwise = world, span, scope, otherwise
        self.deals = reference.known(world, span.known, self._has)

    def _has(self, key: int) -> bool:
        return not self.scope.source or self.world.deals[key].source == self.scope.source

    def _takes(self, owner: int, unit: int | None, at: Any) -> bool:
        return self.scope.owner in (None, owner)

    def flow(self) -> None:
        """M03."""
        span = self.span
        found = flows(self.world.stages, self.scope, {"it": span}, otherwise=self.otherwise)["it"][None]
        wanted = reference.flow(self.deals, span.since, span.until, NOW, self._takes)
        for stage in self.world.stages:
            told = stage_flow(stage, found[stage])
            for name in (START, *FLOWS, STAY):
                amounts = getattr(told, name)
                assert (amounts.count, amounts.amount) == wanted[stage][name], (stage, name)

    def inventory(self) -> None:
        """M01, M20."""
        wanted = LiveDeals(self.scope, NOW, NOW.date(), self.span.known)
        found = piles(wanted, self.world.stages, self.otherwise)
        slow = reference.inventory(
            self.deals,
            self.span.known,
            NOW,
            lambda deal, stage: configured(stage, deal.funnel_version_id),
            self._takes,
        )
        for stage in self.world.stages:
            here = [pile for pile in found if pile.stage == stage]
            told = [sum(getattr(pile, name) for pile in here) for name in ("count", "amount")]
            assert (*told, sum(pile.weighted() for pile in here)) == slow[stage], stage

    def closes(self) -> None:
        """M05, M07."""
        found = win_rate(self.scope, self.span, otherwise=self.otherwise)
        slow = reference.win_rate(self.deals, self.span.since, self.span.until, self._takes)
        for name in ("won", "lost", "won_amount", "lost_amount", "cycle", "cycles", "created"):
            assert getattr(found, name) == slow[name], name
        told = closings(self.scope, self.span, otherwise=self.otherwise).get(None, Closing())
        lengths = reference.lengths(self.deals, self.span.since, self.span.until, self._takes)
        assert told.rate == found
        assert agree(told.won, lengths["won"])
        assert agree(told.lost, lengths["lost"])

    def cohorts_and_times(self) -> None:
        """M02, M06, M08; and the way in which bottlenecks (M15) read them of several periods at once."""
        stages, span = self.world.stages, self.span
        cohorts = conversions(stages, self.scope, span, otherwise=self.otherwise)[None]
        times = stage_times(stages, self.scope, span, otherwise=self.otherwise)
        ((at_once),) = paces(stages, self.scope, [span], otherwise=self.otherwise)
        slow = reference.cohort(self.deals, self.world.order, span.since, span.until, self._takes)
        took = reference.times(
            self.deals, self.world.order, span.since, span.until, span.known or NOW, self._takes
        )
        for stage in stages:
            told = [getattr(cohorts[stage], name) for name in OF_A_COHORT]
            assert told == [slow[stage][name] for name in OF_A_COHORT], stage
            assert at_once[stage][0] == cohorts[stage]
            for name in ("ended", "waiting"):
                wanted = sorted(each // MICROSECOND for each in took[stage][name])
                assert sorted(getattr(times[stage], name)) == wanted, (stage, name)
                assert sorted(getattr(at_once[stage][1], name)) == wanted, (stage, name)
            half = reference.survival(took[stage]["ended"], took[stage]["waiting"], Fraction(1, 2))
            days = Decimal(half // MICROSECOND) / 86_400_000_000 if half is not None else None
            assert times[stage].median.value == days
            assert times[stage].promoted == len(took[stage]["promoted"])

    def waterfall(self) -> None:
        """M13."""
        since, until = self.span.since or BEGIN, self.span.known or NOW
        between = Between(since, until, organisation().zone, self._takes, None, Rates())
        asked = Asked(between, self.scope)
        pasts = {
            key: Past(facts, self.world.order) for key, facts in self.world.facts.items() if self._has(key)
        }
        slow = waterfall(crossings(pasts, asked).values())
        found = count(asked).waterfall
        assert found.rest == 0
        for bucket in BUCKETS:
            assert found[bucket] == slow[bucket], bucket
