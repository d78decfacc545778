"""The forecast of a period as of a past instant is the one that was told at that instant (B0.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from loudou.insight.figures.scope import Scope
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.odds.teaching import Source
from loudou.pipeline.models import Deal
from tests.cast import Cast
from tests.histories import BEGIN, END, Histories
from tests.insight.test_as_of import _undo_what_came_later
from tests.insight.test_changed_funnel import changed

pytestmark = pytest.mark.django_db
NOW = END + timedelta(days=60)
THEN = BEGIN + (END - BEGIN) * 0.7
ASKED: tuple[dict[str, str], ...] = (
    {},
    {"unit": "D1"},
    {"owner": "chenan"},
    {"source": "web"},
    {"funnel": "b2b"},
)


def seen(**as_of: str) -> list[dict[str, Any]]:
    told = [run("period-forecast", {**asked, **as_of}, None) for asked in ASKED]
    assert all(one["expected"] is not None and one["deals"] for one in told)
    return told


def test_what_came_to_be_known_later_is_not_told(cast: Cast) -> None:
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(260, seed=12)
    with clock.at(NOW):
        assert len(Source.of(THEN, Scope(), None).others) > 20
        told = seen(as_of=THEN.isoformat())
    _undo_what_came_later(world, THEN)
    with clock.at(THEN):
        assert seen() == told


def test_a_changed_funnel_leaves_a_past_as_it_was_told(cast: Cast) -> None:
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(260, seed=77)
    with clock.at(NOW):
        before = seen(as_of=THEN.isoformat())
        assert changed(world) > 10
        assert Deal.objects.filter(funnel_version=world.funnel.current_id).exists()
        assert seen(as_of=THEN.isoformat()) == before
