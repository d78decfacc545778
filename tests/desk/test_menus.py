"""Where one can go: the rail of the desktop, and behind it every page there is."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from loudou.desk import pages
from tests.cast import Cast
from tests.doors import enter


def test_whatever_one_may_open_is_two_steps_away(cast: Cast) -> None:
    shown = enter(Client(), cast.wumin).get("/more/").content.decode()
    rail = shown.split('class="rail"')[1].split("</nav>")[0]
    assert 'href="/more/" aria-current="page"' in rail
    for place in pages.places(cast.wumin):
        assert f'href="{place.address}"' in shown


@pytest.mark.parametrize(
    ("address", "lit"),
    [("/market/", "/more/"), ("/tasks/", "/"), ("/visits/", "/activities/"), ("/board/", "/board/")],
)
def test_the_rail_says_where_one_is(cast: Cast, address: str, lit: str) -> None:
    rail = (
        enter(Client(), cast.wumin).get(address).content.decode().split('class="rail"')[1].split("</nav>")[0]
    )
    assert re.findall(r'class="item" href="([^"]+)" aria-current="page"', rail) == [lit]


@pytest.mark.parametrize(
    ("who", "room", "lands"),
    [
        ("wumin", "targets", "/analysis/targets/"),
        ("wumin", "analysis", "/analysis/funnel/"),
        ("chenan", "field", "/field/log/"),
        ("wangfang", "field", "/field/board/"),
        ("gaoming", "people", "/settings/people/"),
        ("chenan", "contacts", "/customers/"),
        ("gaoming", "analysis", "/more/"),
    ],
)
def test_the_bare_address_of_a_room_leads_to_what_is_open(
    cast: Cast, who: str, room: str, lands: str
) -> None:
    answer = enter(Client(), getattr(cast, who)).get(f"/{room}/", follow=True)
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, lands)


def test_what_is_asked_of_a_room_is_asked_of_its_page(cast: Cast) -> None:
    answer = enter(Client(), cast.wumin).get("/analysis/?as_of=2026-03-31&unit=D1&owner=%E9%99%88")
    assert answer.headers["Location"] == "/analysis/funnel/?as_of=2026-03-31&unit=D1&owner=%E9%99%88"
    assert enter(Client(), cast.wumin).get("/analysis/").headers["Location"] == "/analysis/funnel/"


@pytest.mark.parametrize(
    ("who", "there"),
    [
        ("yanzheng", {"/field/checks/", "/field/approvals/", "/problems/board/"}),
        ("hezong", {"/field/checks/", "/field/approvals/", "/problems/board/"}),
        ("gaoming", set()),
    ],
)
def test_the_boards_of_discipline_are_a_tap_away_for_whom_they_are(
    cast: Cast, who: str, there: set[str]
) -> None:
    shown = enter(Client(), getattr(cast, who)).get("/more/").content.decode()
    boards = ("/field/checks/", "/field/approvals/", "/problems/board/")
    assert {one for one in boards if f'href="{one}"' in shown} == there
