"""What another site makes a signed-in browser send, and where it would like to send it (AU-17, AU-18, AU-21, AC-19)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from loudou.journal.models import Entry
from loudou.people.models import User
from tests.cast import Cast
from tests.doors import PEOPLE, enter
from tests.security.crawl import DOORS
from tests.world import World


def test_no_post_is_taken_without_the_page_it_comes_from(db: None) -> None:
    """Every door, by POST, as somebody whom GET or POST lets in; nothing is written."""
    world = World()
    # The first say the same to everybody, before anything is read; the last is what mail programs send (RFC 8058), and
    # does nothing without a key that stands in that one mail only.
    silent = ("healthz", "readyz", "broadcasts:unsubscribe")
    paths = {door: reverse(door.name, args=door.args(world)) for door in DOORS if door.name not in silent}
    clients: dict[str, Client] = {}
    for door, path in paths.items():
        let_in = next(
            (kind for kind, status in door.row().items() if status in (200, 302) and PEOPLE[kind]), "admin"
        )
        if let_in not in clients:
            clients[let_in] = enter(
                Client(enforce_csrf_checks=True), getattr(world.cast, str(PEOPLE[let_in]))
            )
        before = Entry.objects.count()
        for headers in ({}, {"HX-Request": "true", "Origin": "https://evil.example"}, {"Origin": "null"}):
            answer = clients[let_in].post(path, door.data(world), headers=headers)
            assert answer.status_code in (403, 405), (door.name, headers, answer.status_code)
        assert Entry.objects.count() == before, door.name


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "https:///evil.example",
        "http://testserver@evil.example/",
        "http://testserver/deals/",
        "javascript:alert(1)",
        "/\t/evil.example",
        " //evil.example",
        "evil.example",
        "desk:home",
        "²",
        "\x00",
    ],
)
def test_a_wanted_page_is_of_this_house(wanted: str, cast: Cast) -> None:
    client = Client(raise_request_exception=False)
    answer = client.post("/language/", {"language": "en", "next": wanted})
    assert (answer.status_code, answer["Location"]) == (302, reverse("people:sign_in"))
    enter(client, cast.chenan)
    answer = client.post("/account/appearance/", {"theme": "dark", "next": wanted})
    assert (answer.status_code, answer["Location"]) == (302, reverse("people:account"))


def test_a_page_of_this_house_is_gone_back_to_whole(cast: Cast) -> None:
    answer = Client().post("/language/", {"language": "en", "next": "/deals/?sort=due&owner=me"})
    assert answer["Location"] == "/deals/?sort=due&owner=me"


def test_other_hosts_are_not_answered(db: None, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    for headers in ({"Host": "evil.example"}, {"Host": "localhost:80@evil.example"}):
        assert Client(raise_request_exception=False, headers=headers).get("/login/").status_code == 400
    assert Client(headers={"Host": "localhost"}).get("/login/").status_code == 200


def test_what_a_proxy_would_say_is_not_believed_from_others(cast: Cast) -> None:
    claims = {"X-Forwarded-For": "9.9.9.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    answer = Client(headers=claims).post("/login/", {"username": "lina", "password": "falsch"})
    assert "evil.example" not in answer.content.decode()
    failed = Entry.objects.filter(event="person.sign_in_failed").order_by("-pk").first()
    if failed is not None:
        assert "9.9.9.9" not in str(failed.particulars)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_no_page_knows_other_methods(method: str, cast: Cast) -> None:
    client = enter(Client(), cast.gaoming)
    for path in ("/", "/deals/", "/customers/", "/account/"):
        assert client.generic(method, path, headers={"X-HTTP-Method-Override": "POST"}).status_code == 405


def test_a_session_is_new_after_signing_in_and_over_after_signing_out(lina: User) -> None:
    client = Client()
    client.cookies["loudou_session"] = "0" * 32
    client.get("/login/")
    client.post("/login/", {"username": "lina", "password": "loudou-demo-2026"})
    key = client.cookies["loudou_session"].value
    assert key != "0" * 32
    client.post("/logout/")
    stolen = Client()
    stolen.cookies["loudou_session"] = key
    assert stolen.get("/account/").status_code == 302


@pytest.fixture
def lina(cast: Cast) -> User:
    cast.lina.set_password("loudou-demo-2026")
    cast.lina.save()
    return cast.lina
