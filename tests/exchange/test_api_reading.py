"""What callers send is read strictly: one meaning, or refused by field."""

from __future__ import annotations

from typing import Any

import pytest

from loudou.pipeline.models import Deal
from tests.cast import Cast
from tests.exchange.calling import Calls, problem

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
    text = "Ω≈ç√ 漏斗 👩\u200d👩\u200d👧 é"
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
