"""States, visits and columns as the verbs keep them are those that a rebuild from the moves makes."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal, DeliveryPart, Move, State, Visit
from loudou.pipeline.queries.funnels import next_spec, previous_specs
from loudou.pipeline.verbs._history import derive, rebuild
from tests import make
from tests.cast import Cast

Act = Callable[[Deal, random.Random, User], Any]


def _forward(deal: Deal, dice: random.Random, by: User) -> None:
    following = next_spec(deal.spec)
    if following is not None:
        verbs.skip(deal, to=following, by=None, reason="试")


def _back(deal: Deal, dice: random.Random, by: User) -> None:
    before = previous_specs(deal.spec)
    if before:
        verbs.step_back(deal, to=dice.choice(before), by=None, reason="试")


def _lose(deal: Deal, dice: random.Random, by: User) -> None:
    verbs.lose(deal, by=None, code=make.reason())


def _hold(deal: Deal, dice: random.Random, by: User) -> None:
    wake = clock.now().date() + timedelta(days=dice.randrange(2, 80))
    verbs.hold(deal, by=None, wake_on=wake, reason="试")


def _amount(deal: Deal, dice: random.Random, by: User) -> None:
    verbs.edit(deal, by=None, amount=Decimal(dice.randrange(1, 10**7)) / 100, reason="试")


def _deliveries(deal: Deal, dice: random.Random, by: User) -> None:
    today, first = clock.now().date(), deal.amount / dice.randrange(2, 5)
    parts = [Part(today + timedelta(days=dice.randrange(2, 90)), round(first, 2))]
    parts.append(Part(parts[0].due_on + timedelta(days=30), deal.amount - parts[0].amount))
    verbs.set_deliveries(deal, by=None, parts=parts if dice.random() < 0.8 else [], reason="试")


def _date(deal: Deal, dice: random.Random, by: User) -> None:
    day = clock.now().date() + timedelta(days=dice.randrange(2, 200))
    verbs.edit(deal, by=None, expected_on=day, probability=Decimal("0.4"), category="commit", reason="试")


ACTS: tuple[Act, ...] = (
    _forward,
    _forward,
    _back,
    _lose,
    lambda deal, dice, by: verbs.reopen(deal, by=None, reason="试"),
    _hold,
    lambda deal, dice, by: verbs.resume(deal, by=None),
    _amount,
    _date,
    _deliveries,
    lambda deal, dice, by: verbs.hand_over(deal, owner=by, by=None, reason="试"),
)
COLUMNS = [
    field.attname for field in Deal._meta.concrete_fields if field.attname not in ("version", "touched_at")
]


def kept(deal: Deal) -> tuple[Any, ...]:
    """All that is kept of a deal's past."""
    columns = Deal.objects.filter(pk=deal.pk).values(*COLUMNS).get()
    states = list(State.objects.filter(deal=deal).order_by("seq").values())
    visits = list(Visit.objects.filter(deal=deal).order_by("seq").values())
    parts = list(DeliveryPart.objects.filter(deal=deal).order_by("seq").values())
    for row in (*states, *visits, *parts):
        del row["id"]
    return columns, states, visits, parts


@pytest.mark.parametrize("seed", range(12))
def test_a_rebuild_changes_nothing(cast: Cast, seed: int) -> None:
    dice = random.Random(seed)
    at = clock.now() - timedelta(days=300)
    with clock.at(at):
        deal = make.deal(cast.chenan)
    for _ in range(25):
        at += timedelta(hours=dice.choice((0, 1, 30, 200)))
        with clock.at(at):
            _try(dice.choice(ACTS), deal, dice, dice.choice([cast.lina, cast.sunqiang]))
    before = kept(deal)
    assert len(before[1]) > 5
    State.objects.filter(deal=deal).delete()
    Visit.objects.filter(deal=deal).delete()
    DeliveryPart.objects.filter(deal=deal).delete()
    again = Deal.objects.get(pk=deal.pk)
    rebuild([again])
    again.save()
    assert kept(deal) == before


def _try(act: Act, deal: Deal, dice: random.Random, by: User) -> None:
    """Acts that make no sense just now are refused; that is fine."""
    deal.refresh_from_db()
    try:
        act(deal, dice, by)
    except Refused:
        return


def test_a_past_that_grew_shorter_leaves_nothing_behind(cast: Cast) -> None:
    deal = make.advance(make.deal(cast.chenan))
    Move.objects.filter(deal=deal).latest("id").delete()
    derive(deal)
    assert (State.objects.filter(deal=deal).count(), Visit.objects.filter(deal=deal).count()) == (1, 1)
    assert deal.spec.stage.code == "verify"


def test_of_an_imported_past_without_dates_nobody_knows_since_when(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    deal.legacy = True
    derive(deal)
    assert (deal.stage_since, deal.stage_limit_at) == (None, None)
    assert all(Visit.objects.filter(deal=deal).values_list("legacy", flat=True))


def test_first_seen_at_the_last_stage_a_win_looks_hidden(cast: Cast) -> None:
    begun = datetime(2025, 1, 1, tzinfo=clock.now().tzinfo)
    with clock.at(begun):
        deal = make.deal(cast.chenan)
    last = make.specs_of(deal)[-1]
    Move.objects.filter(deal=deal).update(stage=last.stage)
    won = Move.objects.filter(deal=deal).get()
    won.pk, won.kind, won.at = None, "won", begun + timedelta(days=60)
    won.save()
    derive(deal)
    assert deal.off_funnel
