"""Everything that is kept to be quick, proved against counting anew over 20,000 random acts.

The acts are drawn one by one and written in batches: facts added, dated back, changed, taken out, deals deleted.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from loudou.insight.queries.kept import closings
from loudou.insight.queries.kept import waterfalls as keeping
from loudou.kernel import clock
from loudou.pipeline.models import Deal, Move
from loudou.pipeline.verbs._history import rebuild
from loudou.pipeline.verbs._stock import fold_stock, stock_faults
from loudou.pipeline.verbs._tally import fold_tallies, tally_faults
from tests.cast import Cast
from tests.histories import BEGIN, END, Histories
from tests.insight import test_kept_closings, test_kept_flows
from tests.insight.test_kept_waterfall import NOW, QUARTER, _asked, _both, cast, found

__all__ = ["cast", "found"]
ACTS, STEPS, DEALS = 20_000, 5, 250
KINDS = ("amount", "amount", "expected_close", "won", "lost", "reopen")


@pytest.mark.slow
def test_twenty_thousand_acts_later_all_kept_sums_are_true(
    cast: Cast, found: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keeping.LEAST_KEPT == 0
    monkeypatch.setattr(closings, "LEAST_KEPT", 0)
    monkeypatch.setattr(closings, "LEAST_KEPT_THEN", 0)
    dice = random.Random(20_000)
    world = Histories([cast.chenan, cast.sunqiang, cast.lina]).write(DEALS, seed=77)
    asks = [_asked(cast, END - timedelta(days=9, hours=5)), _asked(cast, NOW, unit="D1", window=QUARTER)]
    flows = test_kept_flows.asks()
    done: Counter[str] = Counter()
    for step in range(STEPS):
        done += _storm(dice, world, ACTS // STEPS)
        assert tally_faults() == stock_faults() == 0, step
        for asked in asks:
            quick, slow = _both(asked)
            assert quick == slow, (step, asked)
        for past in flows:
            quick, slow = test_kept_flows.both(world, past)
            assert quick == slow, (step, past)
        with clock.at(test_kept_closings.FIRST):
            present = test_kept_closings.present(cast, test_kept_closings.FIRST, world.funnel.pk)
            for closes in (*present, *test_kept_closings.past()):
                assert test_kept_closings.same(closes), (step, closes)
                assert test_kept_closings.same(closes), (step, closes)
        if step % 2:
            fold_tallies()
            fold_stock()
            assert tally_faults() == stock_faults() == 0, step
            assert all(
                quick == slow for quick, slow in (_both(asks[0]), test_kept_flows.both(world, flows[0]))
            )
    assert sum(done.values()) == ACTS and min(done.values()) > 10, done
    assert any(found)


def _storm(dice: random.Random, world: Histories, acts: int) -> Counter[str]:
    """So many acts, each on a deal drawn at random; then what follows from them is told anew."""
    births = dict(
        Move.objects.filter(deal__in=world.deals, kind="enter").order_by("-at").values_list("deal", "at")
    )
    lasts = dict(Move.objects.filter(deal__in=world.deals).order_by("at", "id").values_list("deal", "pk"))
    done: Counter[str] = Counter()
    added, changed, gone, dropped, touched = [], set(), set(), set(), set()
    for _ in range(acts):
        deal = dice.choice(list(world.deals.values()))
        roll = dice.random()
        if roll < 0.001:
            dropped.add(world.deals.pop(deal.pk).pk)
            act = "deleted"
        elif roll < 0.06:
            gone.add(lasts[deal.pk])
            act = "taken out"
        elif roll < 0.15:
            changed.add(lasts[deal.pk])
            act = "changed"
        else:
            act = "happened" if roll < 0.5 else "dated back"
            added.append(_fact(dice, deal, births[deal.pk], late=act == "dated back"))
        touched.add(deal.pk)
        done[act] += 1
    Move.objects.bulk_create([move for move in added if move.deal_id not in dropped])
    Move.objects.filter(pk__in=changed).update(amount=dice.randrange(10**6), base_amount=5, currency="CNY")
    Move.objects.filter(pk__in=gone).exclude(kind="enter").delete()
    Deal.objects.filter(pk__in=dropped).delete()
    deals = [world.deals[key] for key in sorted(touched - dropped)]
    rebuild(deals)
    for deal in deals:
        deal.save()
    return done


def _fact(dice: random.Random, deal: Deal, birth: object, *, late: bool) -> Move:
    at = BEGIN + (END - BEGIN) * dice.random() if late else NOW - timedelta(hours=7 * dice.random())
    at = max(at, birth + timedelta(seconds=1))  # type: ignore[operator]
    known = at + timedelta(hours=dice.randrange(1, 900)) if late and dice.random() < 0.5 else at
    kind = dice.choice(KINDS)
    amount = dice.randrange(10**6) if kind == "amount" else None
    return Move(
        deal=deal,
        kind=kind,
        at=at,
        known_at=known,
        recorded_at=known,
        channel="import",
        amount=amount,
        base_amount=amount,
        currency="CNY" if amount is not None else "",
        expected_on=(at + timedelta(days=dice.randrange(90))).date() if kind == "expected_close" else None,
    )
