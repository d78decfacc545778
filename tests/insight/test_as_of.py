"""As known then (B0.1, B0.11): a report asked as of a past instant is the one that was seen at that instant."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from loudou.insight.reports import REPORTS, run
from loudou.kernel import clock
from loudou.pipeline.models import Deal, Move
from loudou.pipeline.queries import funnels
from loudou.pipeline.verbs._history import rebuild
from tests.cast import Cast
from tests.histories import BEGIN, END, Histories

NOW = END + timedelta(days=3)
ASKED: tuple[dict[str, str], ...] = ({}, {"unit": "D1"}, {"owner": "chenan"})


def _seen(params: dict[str, str]) -> dict[str, Any]:
    return {name: run(name, params, None) for name in REPORTS}


def _undo_what_came_later(world: Histories, instant: datetime) -> None:
    """Leave nothing in the database that was not known before the instant."""
    later = Move.objects.filter(at__gte=instant) | Move.objects.filter(known_at__gte=instant)
    later.delete()
    births = {key: facts[0] for key, facts in world.facts.items()}
    gone = [key for key, birth in births.items() if birth.at >= instant or birth.known_at >= instant]
    Deal.objects.filter(pk__in=gone).delete()
    left = [deal for key, deal in world.deals.items() if key not in gone]
    rebuild(left)
    for deal in left:
        deal.save()
    funnels.forget()


def _differences(then: Any, told: Any, path: str = "") -> Iterator[str]:
    """Where what was seen then and what is told of it differ; what is not kept of the past is said to be missing."""
    if isinstance(then, dict) and isinstance(told, dict):
        for key in sorted({*then, *told}):
            if told.get(f"{key.removesuffix('_reason')}_reason") == "not_kept" or key not in told:
                continue
            yield from _differences(then.get(key), told[key], f"{path}.{key}")
    elif isinstance(then, list) and isinstance(told, list) and len(then) == len(told):
        for place, pair in enumerate(zip(then, told, strict=True)):
            yield from _differences(*pair, f"{path}[{place}]")
    elif then != told:
        yield f"{path}: {then!r} was seen, {told!r} is told"


@pytest.mark.parametrize("seed", range(3))
def test_a_report_as_of_an_instant_is_the_one_seen_then(seed: int, cast: Cast) -> None:
    dice = random.Random(seed)
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(60, seed=100 + seed)
    instant = BEGIN + (END - BEGIN) * (0.4 + 0.5 * dice.random())
    with clock.at(NOW):
        told = [_seen({**asked, "as_of": instant.isoformat()}) for asked in ASKED]
    _undo_what_came_later(world, instant)
    with clock.at(instant):
        then = [_seen(asked) for asked in ASKED]
    found = [
        f"{name} {asked}{line}"
        for asked, before, now in zip(ASKED, then, told, strict=True)
        for name in REPORTS
        for line in _differences(before[name], now[name])
    ]
    assert not found, "\n".join(found[:40])
