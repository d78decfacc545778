"""The gate of the API: who calls, how often, in what form, in which language; and how it says no."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from loudou.exchange import callers
from loudou.kernel import clock
from loudou.people import verbs
from loudou.people.models import Token
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast
from tests.exchange.calling import PREFIX, Calls, operations, problem, send

# Who calls -----------------------------------------------------------------------------------------------------


def test_nobody_gets_in_without_saying_who_they_are(db: None) -> None:
    """A sweep over every operation and method; the document alone is public."""
    client = Client(raise_request_exception=False)
    for method, path, _operation in operations():
        response = send(client, method, path.format(id=1, key=1, name="funnel"), {})
        problem(response, 401, "unauthenticated")
        assert response["WWW-Authenticate"].startswith("Bearer")
    for path in ("", "/", "/nothing", "/deals/", "/../admin", "/v0/deals"):
        problem(send(client, "GET", path), 401, "unauthenticated")
    assert client.get(f"{PREFIX}/openapi.json").status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "Token", "bearer", "TOKEN"])
def test_a_token_goes_in_the_header(cast: Cast, scheme: str) -> None:
    call = Calls(cast.chenan)
    response = send(call.client, "GET", "/me", Authorization=f"{scheme} {call.secret}")
    assert response.json()["username"] == "chenan"


def test_a_token_in_the_address_is_no_token(cast: Cast) -> None:
    call = Calls(cast.chenan)
    for name in ("token", "access_token", "api_key", "Authorization"):
        problem(send(call.client, "GET", f"/me?{name}={call.secret}"), 401, "unauthenticated")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic Y2hlbmFuOng=",
        "Bearer ld_ x",
        "ld_x",
        "Bearer " + "x" * 5000,
    ],
)
def test_a_header_that_is_no_token_is_refused_even_beside_a_session(cast: Cast, header: str) -> None:
    client = Client()
    client.force_login(cast.chenan)
    problem(send(client, "GET", "/me", Authorization=header), 401, "unauthenticated")


def test_a_token_ends_when_it_expires_is_revoked_or_its_owner_leaves(cast: Cast) -> None:
    call = Calls(cast.chenan)
    with clock.at(clock.now() + timedelta(days=91)):
        problem(call.get("/me"), 401, "unauthenticated")
    other = Calls(cast.chenan)
    verbs.revoke_token(other.token, by=cast.chenan)
    problem(other.get("/me"), 401, "unauthenticated")
    verbs.deactivate(cast.chenan, by=None)
    problem(call.get("/me"), 401, "unauthenticated")


def test_rights_are_those_of_the_owner_now_not_when_the_token_was_made(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    call = Calls(cast.wumin)
    assert call.get(f"/deals/{deal.pk}").status_code == 200
    verbs.grant_roles(cast.wumin, roles_held=["marketing"], by=None)
    problem(call.get(f"/deals/{deal.pk}"), 404, "not_found")


def test_a_scope_narrows_what_the_token_may_do(cast: Cast) -> None:
    reads, writes = Calls(cast.chenan, scopes=["read"]), Calls(cast.chenan, scopes=["write"])
    assert reads.get("/deals").status_code == 200
    problem(reads.post("/deals", {"title": "x"}), 403, "scope")
    problem(writes.get("/deals"), 403, "scope")
    assert writes.post("/deals", {"title": "x"}).status_code == 201


def test_the_use_of_a_token_is_noted_at_most_once_a_minute(cast: Cast) -> None:
    call = Calls(cast.chenan)
    start = clock.now()
    for seconds, noted in ((0, 0), (30, 0), (59, 0), (61, 61), (70, 61)):
        with clock.at(start + timedelta(seconds=seconds)):
            assert call.get("/me").status_code == 200
        assert Token.objects.get(pk=call.token.pk).last_used_at == start + timedelta(seconds=noted)


def test_only_the_hash_of_a_token_is_in_the_database(cast: Cast) -> None:
    call = Calls(cast.chenan)
    send(
        call.client,
        "POST",
        "/deals",
        {"title": "x"},
        Authorization=f"Bearer {call.secret}",
        Idempotency_Key="k",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{call.secret[4:]}%"]
            )
            assert cursor.fetchone()[0] == 0, table


# Sessions and other sites --------------------------------------------------------------------------------------


def signed_in(cast: Cast) -> Client:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(cast.chenan)
    return client


def test_a_session_reads_without_more_ado(cast: Cast) -> None:
    assert send(signed_in(cast), "GET", "/deals").status_code == 200


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"]
)
def test_another_site_cannot_write_through_a_session(cast: Cast, content_type: str) -> None:
    for method, path, _operation in operations():
        if method == "GET":
            continue
        response = send(
            signed_in(cast),
            method,
            path.format(id=1, key=1, name="x"),
            '{"title": "untergeschoben"}',
            Origin="https://evil.example",
            Content_Type=content_type,
        )
        assert response.status_code in (403, 415), (method, path, response.status_code)
    assert not Deal.objects.exists()


def test_a_session_writes_with_the_csrf_cookie_in_the_header(cast: Cast) -> None:
    client = signed_in(cast)
    client.get("/account/")
    token = client.cookies["loudou_csrf"].value
    assert send(client, "POST", "/deals", {"title": "Neu"}, X_CSRFToken=token).status_code == 201
    wrong = token[:-1] + ("x" if token[-1] != "x" else "y")
    problem(send(client, "POST", "/deals", {"title": "Neu"}, X_CSRFToken=wrong), 403, "csrf")
    problem(send(client, "POST", "/deals", {"title": "Neu"}), 403, "csrf")


def test_a_token_needs_no_csrf(cast: Cast) -> None:
    call = Calls(cast.chenan)
    call.client.handler.enforce_csrf_checks = True
    assert call.post("/deals", {"title": "Neu"}, Origin="https://evil.example").status_code == 201


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://testserver.evil.example"])
def test_no_other_origin_is_let_in(cast: Cast, origin: str) -> None:
    call = Calls(cast.chenan)
    for method in ("GET", "OPTIONS"):
        response = call.send(method, "/deals", Origin=origin, Access_Control_Request_Method="POST")
        assert not [name for name in response.headers if name.lower().startswith("access-control")]


def test_an_expired_password_stops_a_session_with_an_answer_for_programs(cast: Cast) -> None:
    user = verbs.set_password(cast.chenan, password="ein-neues-kennwort-2026", by=None)
    client = Client()
    client.force_login(user)
    problem(send(client, "GET", "/deals"), 403, "forbidden")


# Methods, forms, sizes -----------------------------------------------------------------------------------------


def test_head_is_get_without_a_body_and_options_says_what_there_is(cast: Cast) -> None:
    call = Calls(cast.chenan)
    deal = make.deal(cast.chenan)
    head = call.send("HEAD", f"/deals/{deal.pk}")
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == f'"{deal.version}"'
    options = call.send("OPTIONS", "/deals")
    assert (options.status_code, options["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize("method", ["TRACE", "DELETE", "PUT", "PROPFIND"])
def test_other_methods_are_refused_and_say_which_there_are(cast: Cast, method: str) -> None:
    response = Calls(cast.chenan).send(method, "/deals")
    problem(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("header", ["X_HTTP_Method_Override", "X_Method_Override", "X_HTTP_Method"])
def test_no_header_turns_a_reading_into_a_writing(cast: Cast, header: str) -> None:
    deal = make.deal(cast.chenan)
    call = Calls(cast.chenan)
    assert call.send("GET", f"/deals/{deal.pk}", **{header: "DELETE"}).status_code == 200
    response = call.send("POST", "/deals?_method=DELETE", {"title": "x"})
    assert list(problem(response, 422, "invalid")["fields"]) == ["_method"]
    assert Deal.objects.filter(pk=deal.pk).exists()


@pytest.mark.parametrize(
    "path", ["/deals/", "//deals", "/DEALS", "/deals.json", "/%64eals/", "/deals;x=1", "/deals/1/"]
)
def test_only_the_address_itself_leads_there(cast: Cast, path: str) -> None:
    problem(Calls(cast.chenan).get(path), 404, "not_found")


@pytest.mark.parametrize("key", ["0", "-1", "abc", "1.5", "9223372036854775808", "9" * 40, "1e3", "１"])
def test_a_key_that_names_nothing_is_404(cast: Cast, key: str) -> None:
    make.deal(cast.chenan)
    problem(Calls(cast.chenan).get(f"/deals/{key}"), 404, "not_found")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""]
)
def test_a_body_is_json_or_refused(cast: Cast, content_type: str) -> None:
    response = Calls(cast.chenan).send("POST", "/deals", '{"title": "x"}', Content_Type=content_type)
    problem(response, 415, "unsupported_media_type")


def test_a_body_has_a_size(cast: Cast, settings: Any) -> None:
    call = Calls(cast.chenan)
    problem(call.send("POST", "/deals", b'{"title": "' + b"x" * 6_000_000 + b'"}'), 413, "too_large")
    long = problem(call.post("/deals", {"title": "x" * 1_000_000}), 422, "invalid")
    assert list(long["fields"]) == ["title"]


# How often -----------------------------------------------------------------------------------------------------


def test_a_caller_has_six_hundred_requests_a_minute(cast: Cast) -> None:
    call, other = Calls(cast.chenan), Calls(cast.chenan)
    start = clock.now()
    with clock.at(start):
        for _number in range(600):
            assert callers.seconds_to_wait(f"token {call.token.pk}") == 0
        response = call.get("/me")
        problem(response, 429, "too_many")
        assert response["Retry-After"] == "60"
        assert other.get("/me").status_code == 200
    with clock.at(start + timedelta(seconds=59)):
        assert call.get("/me")["Retry-After"] == "1"
    with clock.at(start + timedelta(seconds=60)):
        assert call.get("/me").status_code == 200


def test_strangers_are_counted_by_address_and_ipv6_by_network(db: None) -> None:
    assert callers.stranger("192.0.2.7") == "address 192.0.2.7"
    assert (
        callers.stranger("2001:db8:1:2:3:4:5:6")
        == callers.stranger("2001:db8:1:2::1")
        == "address 2001:db8:1:2::/64"
    )
    assert callers.stranger(None) == "address unknown"
    client = Client()
    with clock.at(clock.now()):
        for _number in range(600):
            callers.seconds_to_wait("address 127.0.0.1")
        response = send(client, "GET", "/me", X_Forwarded_For="203.0.113.9")  # no proxy is trusted here
        problem(response, 429, "too_many")


# Languages -----------------------------------------------------------------------------------------------------


def test_it_speaks_the_language_asked_for_else_the_persons_else_the_houses(cast: Cast) -> None:
    call = Calls(cast.chenan)
    in_english = call.get("/nothing", Accept_Language="en-GB,en;q=0.9").json()["message"]
    in_chinese = call.get("/nothing").json()["message"]
    assert in_english == "There is nothing here, or it is not yours to see."
    assert in_chinese != in_english
    assert call.get("/nothing", Accept_Language="zh-TW").json()["message"] not in (in_english, in_chinese)
    verbs.set_preferences(cast.chenan, by=cast.chenan, language="en")
    assert call.get("/nothing").json()["message"] == in_english
    assert call.get("/nothing", Accept_Language="xx").json()["message"] == in_english


# When something goes wrong on our side -------------------------------------------------------------------------


def test_a_fault_of_ours_says_nothing_but_its_number(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Calls(cast.chenan)
    monkeypatch.setattr("loudou.exchange.api.people.oneself.organisation", lambda: 1 / 0)
    body = problem(call.get("/me"), 500, "server_error")
    assert "division" not in json.dumps(body)


def test_a_database_that_is_away_is_503_and_will_be_back(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Calls(cast.chenan)

    def away(*_args: Any) -> None:
        raise OperationalError("connection refused at 10.0.0.5")

    monkeypatch.setattr("loudou.exchange.callers.seconds_to_wait", away)
    response = call.get("/me")
    body = problem(response, 503, "unavailable")
    assert response["Retry-After"] == "5" and "10.0.0.5" not in json.dumps(body)
