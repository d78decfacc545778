"""A machine that listens everywhere and was told no names answers to those alone that no stranger can give it."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from loudou.ui import hosts

NEAR = [
    "localhost:8000",
    "127.0.0.1",
    "192.168.1.20:8000",
    "[fd00::1]:8000",
    "crm",
    "crm.local",
    "crm.local.",
]
FAR = ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "local.evil.example", "evil.example."]


@pytest.mark.parametrize("asked", NEAR)
def test_near_names_are_answered(asked: str) -> None:
    assert hosts.is_near(asked)


@pytest.mark.parametrize("asked", FAR)
def test_names_of_the_internet_are_not(asked: str) -> None:
    assert not hosts.is_near(asked)


@pytest.mark.parametrize(
    ("asked", "status"), [("crm.example.com", 404), ("127.0.0.1:8000", 404), ("evil.example", 400)]
)
def test_but_for_the_sites_own(
    asked: str, status: int, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.SITE_ADDRESS = "https://crm.example.com"
    settings.MIDDLEWARE = ["loudou.ui.hosts.near_only", *settings.MIDDLEWARE]
    answer = Client(raise_request_exception=False, headers={"Host": asked}).get("/static/none.css")
    assert answer.status_code == status
    assert ("LOUDOU_HOSTS" in caplog.text) == (status == 400)


def test_what_stands_behind_is_reached() -> None:
    handle = hosts.near_only(lambda request: HttpResponse("here"))
    assert handle(RequestFactory().get("/", headers={"host": "localhost"})).content == b"here"
