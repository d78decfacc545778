"""Lost updates: a change names the version it was based on, or is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast
from tests.doors import PEOPLE, person
from tests.exchange.api_doors import ROWS
from tests.exchange.api_doors.world import World
from tests.exchange.calling import Calls, operations, problem

Change = Callable[[Calls, Deal, dict[str, Any], dict[str, str]], Any]
CHANGES: dict[str, Change] = {
    "edit": lambda call, deal, more, heads: call.patch(
        f"/deals/{deal.pk}", {"next_step": "打电话", **more}, **heads
    ),
    "lines": lambda call, deal, more, heads: call.put(
        f"/deals/{deal.pk}/lines", {"lines": [], **more}, **heads
    ),
    "deliveries": lambda call, deal, more, heads: call.put(
        f"/deals/{deal.pk}/deliveries", {"deliveries": [], **more}, **heads
    ),
    "contacts": lambda call, deal, more, heads: call.put(
        f"/deals/{deal.pk}/contacts", {"contacts": [], **more}, **heads
    ),
    "team": lambda call, deal, more, heads: call.put(
        f"/deals/{deal.pk}/team", {"members": [], **more}, **heads
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_without_a_version_a_guarded_change_is_428(cast: Cast, change: Change) -> None:
    body = problem(change(Calls(cast.chenan), make.deal(cast.chenan), {}, {}), 428, "version_needed")
    assert list(body["fields"]) == ["version"]


GUARDED = [f"{method} {path}" for method, path, said in operations() if said.get("x-guarded")]


@pytest.mark.parametrize("name", GUARDED)
def test_who_may_not_change_it_is_told_that_and_not_to_send_a_version(cast: Cast, name: str) -> None:
    row, (method, path) = ROWS[name], name.split(" ")
    statuses = row.statuses()
    refused = [kind for kind in list(PEOPLE)[1:] if statuses[kind] in (403, 404)]
    Calls(cast.shiyun)
    world = World()
    filled, body = path.format(**row.keys(world)), row.body(world)
    del body["version"]
    assert refused
    for kind in refused:
        assert Calls(person(cast, kind)).send(method, filled, body).status_code == statuses[kind], kind
    problem(
        Calls(cast.gaoming).send(method, filled, body), statuses["admin"] if "admin" in refused else 428, ""
    )


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_stale_version_is_409_and_brings_the_present_one(cast: Cast, change: Change) -> None:
    deal = make.deal(cast.chenan)
    stale = {"version": deal.version - 1}
    for more, heads in ((stale, {}), ({}, {"If_Match": f'"{deal.version - 1}"'})):
        response = change(Calls(cast.chenan), deal, more, heads)
        body = problem(response, 409, "stale")
        assert body["fields"]["version"] == {"stored": deal.version}
        assert response["ETag"] == f'"{deal.version}"'


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_present_version_goes_through_as_field_or_header(cast: Cast, change: Change) -> None:
    deal = make.deal(cast.chenan)
    assert change(Calls(cast.chenan), deal, {"version": deal.version}, {}).status_code == 200
    deal.refresh_from_db()
    response = change(Calls(cast.chenan), deal, {}, {"If_Match": f'W/"{deal.version}"'})
    assert response.status_code == 200
    deal.refresh_from_db()
    assert response["ETag"] == f'"{deal.version}"' and response.json()["version"] == deal.version


def test_both_values_are_shown_where_two_people_changed_the_same(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    first, second = Calls(cast.chenan), Calls(cast.wumin)
    assert (
        first.patch(f"/deals/{deal.pk}", {"version": deal.version, "next_step": "打电话"}).status_code == 200
    )
    response = second.patch(f"/deals/{deal.pk}", {"version": deal.version, "next_step": "去拜访"})
    assert problem(response, 409, "stale")["fields"]["next_step"] == {"stored": "打电话", "sent": "去拜访"}


@pytest.mark.parametrize("header", ["5", '"x"', '"5", "6"', "", '"99999999999"'])
def test_a_header_that_is_no_etag_is_400(cast: Cast, header: str) -> None:
    deal = make.deal(cast.chenan)
    response = Calls(cast.chenan).patch(f"/deals/{deal.pk}", {"next_step": "x"}, If_Match=header)
    problem(response, 400, "bad_request")


def test_field_and_header_must_not_disagree(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    response = Calls(cast.chenan).patch(
        f"/deals/{deal.pk}", {"version": deal.version, "next_step": "x"}, If_Match=f'"{deal.version + 1}"'
    )
    problem(response, 400, "bad_request")


ACTS = {
    "move": {"to": "develop"},
    "skip": {"to": "propose", "reason": "客户直接要方案"},
    "win": {},
    "lose": {"reason": "price", "review": "比价输了"},
    "cancel": {"reason": "no_budget", "review": "预算没了"},
    "invalidate": {"reason": "duplicate", "review": "重复"},
    "hold": {"wake_on": "2099-01-01", "reason": "年检"},
    "resume": {},
    "reopen": {"reason": "客户回头"},
    "hand-over": {"owner": 1, "reason": "调整"},
}


@pytest.mark.parametrize("act", ACTS)
def test_every_act_on_a_deal_refuses_a_stale_version(cast: Cast, act: str) -> None:
    deal = make.deal(cast.chenan)
    before = deal.version
    response = Calls(cast.wumin).post(f"/deals/{deal.pk}/{act}", {**ACTS[act], "version": before - 1})
    problem(response, 409, "stale")
    deal.refresh_from_db()
    assert deal.version == before


def test_details_of_everything_that_has_a_version_carry_it_as_an_etag(cast: Cast) -> None:
    versioned = {
        path
        for method, path, operation in operations()
        if method == "GET" and path.endswith("{id}") and path not in ("/tokens/{id}",)
    }
    call = Calls(cast.chenan)
    deal = make.deal(cast.chenan)
    for path in versioned & {"/deals/{id}", "/users/{id}", "/units/{id}", "/funnels/{id}", "/calendars/{id}"}:
        response = call.get(
            path.format(id=deal.pk if "deals" in path else cast.chenan.pk if "users" in path else 1)
        )
        assert response["ETag"] == f'"{response.json()["version"]}"', path


@pytest.mark.slow
def test_of_forty_changes_at_once_none_is_lost(own_database: str, django_db_blocker: Any) -> None:
    """Everybody adds a line to the note, reading and writing until their version holds."""
    with django_db_blocker.unblock():
        cast = Cast()
        deal = make.deal(cast.chenan)
        everybody = [Calls(cast.chenan) for _number in range(40)]
        conflicts: list[int] = []

        def add(number: int) -> None:
            call = everybody[number]
            try:
                while True:
                    seen = call.get(f"/deals/{deal.pk}").json()
                    sent = {"version": seen["version"], "note": f"{seen['note']}{number};"}
                    response = call.patch(f"/deals/{deal.pk}", sent)
                    if response.status_code == 200:
                        return
                    assert response.status_code == 409
                    conflicts.append(number)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=add, args=[number]) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        deal.refresh_from_db()
        assert sorted(deal.note.rstrip(";").split(";"), key=int) == [str(number) for number in range(40)]
        assert conflicts
