"""What every answer tells the browser to forbid, whatever its status (XS-04, XS-05, AC-20, AP-10, AP-14)."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client

from loudou.ui.headers import COMMON
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.security.crawl import WALKERS, client_of, pages
from tests.world import World


def guarded(answer: HttpResponse) -> None:
    policy = answer.headers["Content-Security-Policy"]  # of files that people brought: stricter still
    assert policy == COMMON["Content-Security-Policy"] or policy.startswith("default-src 'none'; sandbox")
    rest = {name: value for name, value in COMMON.items() if name != "Content-Security-Policy"}
    assert {name: answer.headers.get(name) for name in rest} == rest
    assert answer["Cache-Control"] in ("no-store", "private, no-store"), answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_policy_lets_nothing_in_from_pages_themselves_or_others() -> None:
    policy = dict(part.strip().split(" ", 1) for part in COMMON["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert (
        "unsafe" not in COMMON["Content-Security-Policy"] and "http" not in COMMON["Content-Security-Policy"]
    )


def test_every_page_is_guarded_and_kept_by_nobody(db: None) -> None:
    clients = {who: client_of(who) for who in WALKERS}
    for door, path in pages(World()):
        who = next((who for who in WALKERS if door.row()[who] == 200), "manager")
        guarded(clients[who].get(path, headers={"Origin": "https://evil.example"}))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *(("GET", "/nothing/", 404), ("GET", "/deals/999999/", 404), ("POST", "/healthz", 200)),
        *(("GET", "/settings/organisation/", 403), ("DELETE", "/deals/", 405), ("GET", "/deals/?q=%00", 400)),
        *(("GET", "/static/nothing.css", 404), ("GET", "/static/../loudou/settings.py", 404)),
        *(("GET", "/api/v1/nothing", 404), ("TRACE", "/api/v1/deals", 405), ("GET", "/logout/", 405)),
    ],
)
def test_errors_are_guarded_too_and_say_little(method: str, path: str, status: int, cast: Cast) -> None:
    answer = enter(Client(raise_request_exception=False), cast.chenan).generic(method, path)
    assert answer.status_code == status
    guarded(answer)
    text = answer.content.decode()
    assert not [
        word for word in ("Traceback", "Django", "site-packages", "SELECT", "psycopg") if word in text
    ]


def test_a_fault_of_ours_tells_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_args: object, **_options: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("loudou.pipeline.views.page.company_of", stumble)
    client = enter(Client(raise_request_exception=False), cast.chenan)
    answer = client.get(f"/deals/{World().deal.pk}/")
    assert answer.status_code == 500
    guarded(answer)
    assert "secret detail" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


def test_the_api_takes_a_token_from_its_header_alone(cast: Cast) -> None:
    secret = Calls(cast.chenan).secret
    for address in (f"/api/v1/me?token={secret}", f"/api/v1/me?access_token={secret}"):
        assert Client().get(address).status_code == 401
    assert Client().get("/api/v1/me", headers={"X-Api-Key": secret}).status_code == 401
    assert Client().get("/api/v1/me", headers={"Authorization": f"Basic {secret}"}).status_code == 401
    assert Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
