"""The gate of the API: who calls, how often, in what form, in which language; and how it says no."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from loudou.exchange import callers
from loudou.exchange.api.document import document
from loudou.kernel import clock
from loudou.people import verbs
from loudou.people.models import Token
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast
from tests.exchange.calling import PREFIX, Calls, operations, send

SHAPE = {"code", "message", "request_id", "fields"}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal, its shape checked."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    body: dict[str, Any] = response.json()
    assert set(body) == SHAPE
    assert code in ("", body["code"])
    assert body["message"] and body["request_id"]
    assert body["request_id"] == response["X-Request-Id"]
    return body


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


# Reading strictly ----------------------------------------------------------------------------------------------

NO_JSON = [
    "",
    "{",
    "nonsense",
    '{"title": "x",}',
    "{'title': 'x'}",
    '{"title": "x"} {"title": "y"}',
    "[" * 100_000,
    '{"a":' * 5_000 + "1" + "}" * 5_000,
    '{"amount": NaN}',
    '{"amount": Infinity}',
    '{"amount": -Infinity}',
    '{"amount": 1e309}',
    '{"amount": 1e999999999}',
    '{"customer": ' + "9" * 5_000 + "}",
    '{"title": "x", "title": "y"}',
    '{"title": {"a": 1, "a": 2}}',
    b"\xff\xfe{\x00}\x00",
    b'{"title": "\xff"}',
]


@pytest.mark.parametrize("body", NO_JSON, ids=range(len(NO_JSON)))
def test_what_is_no_json_or_has_two_meanings_is_400(cast: Cast, body: str | bytes) -> None:
    response = Calls(cast.chenan).send("POST", "/deals", body)
    if body == "":
        problem(response, 422, "invalid")
    else:
        problem(response, 400, "bad_request")


REFUSED = [
    ({}, "title"),
    ({"title": ""}, "title"),
    ({"title": None}, "title"),
    ({"title": 1}, "title"),
    ({"title": ["x"]}, "title"),
    ({"title": {"$ne": 1}}, "title"),
    ({"title": "x\x00y"}, "title"),
    ({"title": "x", "customer": "1"}, "customer"),
    ({"title": "x", "customer": 1.5}, "customer"),
    ({"title": "x", "customer": True}, "customer"),
    ({"title": "x", "customer": 0}, "customer"),
    ({"title": "x", "customer": 2**63}, "customer"),
    ({"title": "x", "customer": 999_999}, "customer"),
    ({"title": "x", "owner": {"id": 1}}, "owner"),
    ({"title": "x", "amount": -0.01}, "amount"),
    ({"title": "x", "amount": 0.001}, "amount"),
    ({"title": "x", "amount": "1e309"}, "amount"),
    ({"title": "x", "amount": "NaN"}, "amount"),
    ({"title": "x", "amount": "Infinity"}, "amount"),
    ({"title": "x", "amount": "12万"}, "amount"),
    ({"title": "x", "amount": True}, "amount"),
    ({"title": "x", "amount": 10**14}, "amount"),
    ({"title": "x", "currency": "cny"}, "currency"),
    ({"title": "x", "currency": "XXX"}, "currency"),
    ({"title": "x", "expected_on": "0001-01-01"}, "expected_on"),
    ({"title": "x", "expected_on": "9999-12-31"}, "expected_on"),
    ({"title": "x", "expected_on": "2026-02-30"}, "expected_on"),
    ({"title": "x", "expected_on": 20260417}, "expected_on"),
    ({"title": "x", "expected_on": "2000-01-01"}, "expected_on"),
    ({"title": "x", "at": "2026-01-01T00:00:00"}, "at"),
    ({"title": "x", "at": "0001-01-01T00:00:00+14:00"}, "at"),
    ({"title": "x", "at": "9999-12-31T23:59:59-12:00"}, "at"),
    ({"title": "x", "at": 0}, "at"),
    ({"title": "x", "source": "hearsay"}, "source"),
    ({"title": "x", "funnel": "nowhere"}, "funnel"),
    ({"title": "x", "outcome": "won"}, "outcome"),
    ({"title": "x", "version": 5}, "version"),
    ({"title": "x", "id": 1, "owner_id": 3}, "id"),
    ({"title": "x", "__class__": "x"}, "__class__"),
]


@pytest.mark.parametrize(("body", "field"), REFUSED, ids=range(len(REFUSED)))
def test_wrong_values_are_refused_by_field(cast: Cast, body: dict[str, Any], field: str) -> None:
    fields = problem(Calls(cast.chenan).post("/deals", body), 422, "")["fields"]
    assert fields.get(field)
    assert not Deal.objects.exists()


def test_half_a_surrogate_is_refused_in_values_names_and_parameters(cast: Cast) -> None:
    call = Calls(cast.chenan)
    for body in ('{"title": "\\ud800"}', '{"title": "x", "\\udfff": 1}', '{"title": ["\\ud800"]}'):
        problem(call.send("POST", "/deals", body), 422, "invalid")
    for address in ("/deals?q=%00%00", "/deals?%00=1", "/deals/%00"):  # refused before anything reads it
        problem(call.get(address), 400, "bad_request")
    assert call.get("/deals?q=%ed%a0%80ab").status_code in (200, 422)


def test_the_whole_of_a_value_arrives(cast: Cast) -> None:
    text = "Ω≈ç√ 漏斗 👩\u200d👩\u200d👧 \u202eabc"
    deal = Calls(cast.chenan).post("/deals", {"title": text, "amount": 168000.01, "note": "a\nb\tc"}).json()
    assert (deal["title"], deal["amount"], deal["note"]) == (text, "168000.01", "a\nb\tc")
    largest = Calls(cast.chenan).post("/deals", {"title": "x", "amount": "9999999999999.99"}).json()
    assert largest["amount"] == "9999999999999.99"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=201", "limit"),
        ("limit=1000000000", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=WzFd%3Axyz", "cursor"),
        ("cursor=" + "x" * 3000, "cursor"),
        ("owner__password__startswith=p", "owner__password__startswith"),
        ("owner=nobody", "owner"),
        ("unit=nowhere", "unit"),
        ("sort=password", "sort"),
        ("customer=9223372036854775808", "customer"),
        ("outcome=gone", "outcome"),
        ("due=2026-13", "due"),
        ("min=x", "min"),
        ("q=x", "q"),
        ("q=" + "x" * 500, "q"),
        ("fields=password", "fields"),
        ("include=owner.unit.parent", "include"),
        ("format=csv", "format"),
    ],
)
def test_a_parameter_that_is_wrong_or_unknown_is_refused(cast: Cast, query: str, field: str) -> None:
    fields = problem(Calls(cast.chenan).get(f"/deals?{query}"), 422, "invalid")["fields"]
    assert field in fields


def test_a_parameter_given_twice_has_no_meaning(cast: Cast) -> None:
    problem(Calls(cast.chenan).get("/deals?owner=chenan&owner=lina"), 400, "bad_request")


# Pages of a list -----------------------------------------------------------------------------------------------


def test_a_list_comes_in_pages_each_row_once(cast: Cast) -> None:
    made = {make.deal(cast.chenan, title=f"商机 {number}").pk for number in range(7)}
    call, seen, cursor = Calls(cast.chenan), [], ""
    while True:
        page = call.get(f"/deals?limit=3&cursor={cursor}").json()
        seen += [row["id"] for row in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert (set(seen), len(seen)) == (made, 7)


def test_a_cursor_is_of_its_list_and_order_alone(cast: Cast) -> None:
    for number in range(3):
        make.deal(cast.chenan, title=f"商机 {number}")
    call = Calls(cast.chenan)
    cursor = call.get("/deals?limit=1").json()["next"]
    assert call.get(f"/deals?limit=1&cursor={cursor}").status_code == 200
    problem(call.get(f"/deals?limit=1&sort=amount&cursor={cursor}"), 422, "invalid")
    problem(call.get(f"/requests?limit=1&cursor={cursor}"), 422, "invalid")


@pytest.mark.parametrize(
    "path", ["/deals", "/customers", "/users", "/products", "/units", "/requests?box=all"]
)
def test_a_page_costs_as_many_queries_with_ten_times_the_rows(cast: Cast, path: str) -> None:
    from django.test.utils import CaptureQueriesContext

    from loudou.customers import verbs as customers

    call, costs = Calls(cast.wumin), []
    for round_ in (1, 10):
        for number in range(round_ * 3):
            customers.add_customer(name=f"客户甲乙{round_}{number}", by=cast.chenan)
            deal = make.deal(cast.chenan, title=f"商机 {round_} {number}")
            Calls(cast.chenan).patch(
                f"/deals/{deal.pk}", {"amount": "900000.00", "reason": "范围扩大", "version": deal.version}
            )
        call.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert call.get(path).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 12


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
    monkeypatch.setattr("loudou.exchange.api.people.organisation", lambda: 1 / 0)
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


# The document --------------------------------------------------------------------------------------------------


def test_the_document_is_openapi_and_says_what_every_operation_may_answer(db: None) -> None:
    drawn = document()
    assert drawn["openapi"].startswith("3.1")
    names = [operation["operationId"] for _method, _path, operation in operations()]
    assert len(names) == len(set(names))
    for method, path, operation in operations():
        statuses = {int(status) for status in operation["responses"]}
        assert {400, 401, 403, 404, 405, 413, 415, 422, 429, 503} <= statuses, path
        assert (409 in statuses) == (method != "GET"), path
        assert operation["summary"] and operation["tags"]
        if method == "POST":
            assert "Idempotency-Key" in [item["name"] for item in operation["parameters"]], path
        if method in ("PATCH", "PUT"):
            assert 428 in statuses, path


def test_the_document_names_no_schema_it_does_not_have(db: None) -> None:
    text = json.dumps(document(), default=str)
    import re

    wanted = set(re.findall(r"#/components/schemas/([^\"]+)", text))
    assert wanted <= set(document()["components"]["schemas"])
