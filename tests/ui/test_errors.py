"""What people see when something goes wrong: in their language, with a number and a way back, never a trace."""

from __future__ import annotations

import errno
from collections.abc import Callable

import psycopg
import pytest
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path, reverse

from loudou.ui import disk, errors, logs
from loudou.urls import handler400, handler403, handler404, handler500, urlpatterns
from tests.cast import Cast

__all__ = ["handler400", "handler403", "handler404", "handler500"]  # this module stands in for `loudou.urls`


def _broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("secret detail")


def _away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("secret host")


def _full(request: HttpRequest) -> HttpResponse:
    if "database" in request.GET:
        raise OperationalError("could not extend file") from psycopg.errors.DiskFull()
    raise OSError(errno.ENOSPC, "No space left on device")


broken_urls = [path("broken/", _broken), path("away/", _away), path("full/", _full)]
urlpatterns = [*urlpatterns, *broken_urls]

LANGUAGES = ["zh-hans", "zh-hant", "en"]


@pytest.fixture
def lina(cast: Cast) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(cast.lina)
    return client


def told(answer: HttpResponse, status: int) -> str:
    """The page's text, which must carry the number that stands in the log and a way on."""
    assert answer.status_code == status
    page = answer.content.decode()
    assert 'href="/"' in page
    assert "Traceback" not in page and "secret" not in page
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_failure_speaks_the_reader_s_language(lina: Client, cast: Cast, language: str) -> None:
    lina.post("/language/", {"language": language})
    with override_settings(ROOT_URLCONF="tests.ui.test_errors"):
        answers = {
            400: lina.get("/", headers={"Host": "elsewhere.example"}),
            403: lina.get("/audit/"),
            404: lina.get("/deals/999999/"),
            405: lina.get("/logout/"),
            413: lina.post("/account/", "x=" + "a" * (6 * 2**20), "application/x-www-form-urlencoded"),
            500: lina.get("/broken/"),
            503: lina.get("/away/"),
        }
    sentences = {
        "zh-hans": ("无法理解", "权限", "没有", "不能这样", "太大", "出了错", "数据库"),
        "zh-hant": ("無法理解", "權限", "沒有", "不能這樣", "太大", "出了錯", "資料庫"),
        "en": ("understood", "the right", "nothing here", "that way", "too large", "went wrong", "database"),
    }[language]
    tag = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}[language]
    for (status, answer), word in zip(answers.items(), sentences, strict=True):
        page = told(answer, status)
        assert word in page.split('id="error"')[1], (status, page)
        assert f'<html lang="{tag}"' in page
        if "X-Request-Id" in answer:
            assert answer["X-Request-Id"] in page


def test_a_database_that_is_away_is_one_line_of_the_log_a_request(
    lina: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """A trace for each request would fill the disk of a busy house; a fault of ours has its own."""
    with override_settings(ROOT_URLCONF="tests.ui.test_errors"):
        lina.get("/away/")
        lina.get("/broken/")
    lines = [(record.name, record.getMessage(), bool(record.exc_info)) for record in caplog.records]
    assert lines == [
        ("loudou.ui.errors", "database unavailable: secret host", False),
        ("django.request", "Internal Server Error: /broken/", True),
    ]


def test_a_full_disk_is_told_in_a_sentence_of_its_own(lina: Client, caplog: pytest.LogCaptureFixture) -> None:
    with override_settings(ROOT_URLCONF="tests.ui.test_errors"):
        answers = [lina.get("/full/"), lina.get("/full/?database")]
    for answer in answers:
        assert "磁盘已满" in told(answer, 503)
    assert [record.name for record in caplog.records] == ["loudou.ui.errors"] * 2


def test_a_full_disk_is_known_however_far_the_fault_came() -> None:
    far = DatabaseError("…")
    far.__cause__ = OperationalError("…")
    assert not disk.is_full(far)
    far.__cause__.__cause__ = psycopg.errors.DiskFull()
    assert disk.is_full(far)
    assert disk.is_full(psycopg.errors.DiskFull())
    assert not disk.is_full(PermissionError(errno.EACCES, "…"))


@pytest.mark.parametrize(
    ("cause", "away"),
    [
        (psycopg.OperationalError("connection refused"), True),
        (psycopg.errors.CannotConnectNow(), True),
        (psycopg.errors.DiskFull(), True),
        (psycopg.errors.DeadlockDetected(), False),
        (psycopg.errors.QueryCanceled(), False),
    ],
)
def test_what_was_asked_of_the_database_is_no_absence(cause: psycopg.Error, away: bool) -> None:
    problem = OperationalError("…")
    problem.__cause__ = cause
    assert logs.is_away(problem) is away
    assert not logs.is_away(cause)


def test_the_way_back_is_the_page_one_came_from(lina: Client) -> None:
    came = lina.get("/audit/", headers={"Referer": "http://testserver/customers/?q=x"})
    assert 'href="/customers/?q=x"' in told(came, 403)
    for elsewhere in ("http://evil.example/audit/", "http://testserver/audit/", "nonsense"):
        page = told(lina.get("/audit/", headers={"Referer": elsewhere}), 403)
        assert page.split('id="error"')[1].count('class="btn') == 1


def test_a_method_that_does_not_fit_says_which_do(lina: Client, client: Client) -> None:
    assert lina.get("/logout/")["Allow"] == "POST"
    assert "GET" in lina.delete("/settings/")["Allow"]


def test_a_part_of_a_page_gets_a_part(lina: Client) -> None:
    page = lina.get("/audit/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert "data-sentence" in page


def test_machines_get_json(lina: Client) -> None:
    with override_settings(ROOT_URLCONF="tests.ui.test_errors"):
        answer = lina.get("/api/v1/nothing-here")
    assert answer.status_code in (401, 404)
    assert answer["Content-Type"].startswith("application/json")


def _api(handler: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    return handler(RequestFactory().get("/api/v1/deals"))


def test_json_names_the_fault_and_nothing_more() -> None:
    for status, handler in (
        (400, lambda request: errors.bad_request(request, ValueError("secret"))),
        (405, lambda request: errors.not_allowed(request, "GET")),
        (500, errors.server_error),
    ):
        answer = _api(handler)
        assert answer.status_code == status
        assert f'"code": "{errors.CODES[status]}"' in answer.content.decode()
        assert "secret" not in answer.content.decode()


def test_a_page_from_elsewhere_is_no_page_of_ours(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    page = told(strict.post(reverse("people:sign_in"), {"username": "x"}), 403)
    assert "重新载入" in page and "权限" not in page  # who has been away too long has lost no right


def test_a_database_that_is_away_says_when_to_come_back(lina: Client) -> None:
    with override_settings(ROOT_URLCONF="tests.ui.test_errors"):
        assert lina.get("/away/")["Retry-After"] == "5"
