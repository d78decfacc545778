"""How many statements the first look at each measured page sends, of a process that has just begun to serve."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import inside
from bench.client import Ask
from bench.pages import MOST_QUERIES, PAGES
from loudou.kernel import clock
from loudou.pipeline import kept
from loudou.pipeline.queries import funnels
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.world import World


@pytest.fixture
def world(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> World:
    """Some of everything, long there; one deal may go on from the stage that moves are measured at."""
    monkeypatch.setattr(inside, "MANY", 1)
    deal = make.deal(cast.chenan)
    while deal.spec.stage.code != "verify":
        deal = make.advance(deal, by=cast.wumin)
    make.fill_gate(deal, cast.chenan)
    world = World()
    with clock.at(clock.now() - timedelta(days=950)):  # before every instant that is asked for
        world.grow(4)
    return world


@pytest.mark.parametrize("username", ["chenan", "wumin", "heli"])
def test_a_first_look_sends_few_statements(world: World, username: str) -> None:
    user = getattr(world.cast, username)
    client, sent = enter(Client(), user), {}
    for name, (ask, *_more) in {**inside._work(user), **inside._figures()}.items():
        _begin()
        with CaptureQueriesContext(connection) as statements:
            _answer(client, ask)
        sent[name] = sum(not one["sql"].startswith(("SAVEPOINT", "RELEASE")) for one in statements)
    assert set(sent) == {page.name for page in PAGES}
    assert not {name: many for name, many in sent.items() if many > MOST_QUERIES}


def _begin() -> None:
    """Forget what a process remembers and what is kept for all, then know what one knows that begins to serve."""
    funnels.forget()
    kept.drop()
    kept._MEMORY.clear()
    ContentType.objects.clear_cache()
    funnels.know()


def _answer(client: Client, ask: Ask) -> None:
    headers = {"HX-Request": "true"} if ask.hx else {}
    if ask.form is None:
        answer = client.get(ask.path, headers=headers)
    else:
        answer = client.post(ask.path, ask.form, headers=headers)
    assert answer.status_code < 400, ask.path
