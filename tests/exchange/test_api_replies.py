"""A POST with an `Idempotency-Key` is carried out once, however often and however at once it is sent."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from loudou.exchange import callers
from loudou.exchange.models import Reply
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.people.models import Token
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast
from tests.exchange.calling import Calls, problem

KEY = {"Idempotency_Key": "7f0c9d4e-2b7a-4c4e-9f43-1a2b3c4d5e6f"}


def test_the_same_key_and_body_get_the_same_answer_and_one_deal(cast: Cast) -> None:
    call = Calls(cast.chenan)
    first = call.post("/deals", {"title": "新产线"}, **KEY)
    again = call.post("/deals", {"title": "新产线"}, **KEY)
    assert (first.status_code, first.content, first["ETag"], first["Location"]) == (
        again.status_code,
        again.content,
        again["ETag"],
        again["Location"],
    )
    assert "Idempotent-Replayed" not in first and again["Idempotent-Replayed"] == "true"
    assert Deal.objects.count() == 1
    assert Entry.objects.filter(event="deal.opened").count() == 1


def test_without_a_key_every_post_is_one_of_its_own(cast: Cast) -> None:
    call = Calls(cast.chenan)
    for _number in range(2):
        assert call.post("/deals", {"title": "新产线"}).status_code == 201
    assert Deal.objects.count() == 2


@pytest.mark.parametrize(
    ("path", "body"), [("/deals", {"title": "别的"}), ("/customers", {"name": "新产线"})]
)
def test_a_key_is_of_one_request_alone(cast: Cast, path: str, body: dict[str, Any]) -> None:
    call = Calls(cast.chenan)
    call.post("/deals", {"title": "新产线"}, **KEY)
    problem(call.post(path, body, **KEY), 422, "key_reused")
    assert Deal.objects.count() == 1


def test_a_key_is_of_one_person_alone(cast: Cast) -> None:
    mine, theirs = Calls(cast.chenan), Calls(cast.lina)
    first = mine.post("/deals", {"title": "新产线"}, **KEY).json()
    second = theirs.post("/deals", {"title": "新产线"}, **KEY).json()
    assert first["id"] != second["id"] and second["owner"]["username"] == "lina"


def test_another_token_of_the_same_person_repeats_too(cast: Cast) -> None:
    first = Calls(cast.chenan).post("/deals", {"title": "新产线"}, **KEY).json()
    assert Calls(cast.chenan).post("/deals", {"title": "新产线"}, **KEY).json()["id"] == first["id"]


def test_a_refusal_is_repeated_as_it_was(cast: Cast) -> None:
    call = Calls(cast.chenan)
    deal = make.deal(cast.chenan)
    refused = call.post(f"/deals/{deal.pk}/move", {"to": "develop"}, **KEY)
    make.fill_gate(deal, cast.chenan)
    again = call.post(f"/deals/{deal.pk}/move", {"to": "develop"}, **KEY)
    assert (refused.status_code, again.content) == (422, refused.content)
    assert Entry.objects.filter(event="deal.gate_refused").count() == 1
    deal.refresh_from_db()
    assert deal.spec.position == 0


def test_a_fault_of_ours_is_not_repeated(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    call = Calls(cast.chenan)
    with monkeypatch.context() as broken:
        broken.setattr("loudou.exchange.api.deals.records.told", lambda *_args: 1 / 0)
        assert call.post("/deals", {"title": "新产线"}, **KEY).status_code == 500
    assert not Deal.objects.exists() and not Reply.objects.exists()
    assert call.post("/deals", {"title": "新产线"}, **KEY).status_code == 201


def test_an_answer_is_kept_for_a_day_and_forgotten_after_two(cast: Cast) -> None:
    call = Calls(cast.chenan)
    start = clock.now()
    with clock.at(start):
        first = call.post("/deals", {"title": "新产线"}, **KEY).json()
    with clock.at(start + timedelta(hours=25)):
        assert call.post("/deals", {"title": "新产线"}, **KEY).json()["id"] == first["id"]
        callers.prune()
        assert Reply.objects.exists()
    with clock.at(start + timedelta(hours=49)):
        assert call.post("/deals", {"title": "新产线"}, **KEY).json()["id"] != first["id"]
    with clock.at(start + timedelta(hours=98)):
        callers.prune()
    assert not Reply.objects.exists()


def test_the_secret_of_a_token_is_not_kept_to_be_repeated(cast: Cast) -> None:
    call = Calls(cast.chenan)
    call.client.force_login(cast.chenan)
    body = {"name": "x", "password": "loudou-demo-2026"}
    from django.contrib.auth.hashers import make_password

    cast.chenan.password = make_password("loudou-demo-2026")
    cast.chenan.save()
    first = call.post("/tokens", body, **KEY)
    again = call.post("/tokens", body, **KEY)
    assert first.status_code == again.status_code == 201
    assert first.json()["token"].startswith("ld_") and again.json()["token"] is None
    assert Token.objects.filter(name="x").count() == 1
    assert first.json()["token"][4:] not in Reply.objects.get().body


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "schlüssel", "a b"])
def test_a_key_is_visible_ascii_or_refused(cast: Cast, key: str) -> None:
    problem(Calls(cast.chenan).post("/deals", {"title": "x"}, Idempotency_Key=key), 400, "bad_request")
    assert not Deal.objects.exists()


def test_a_key_means_nothing_to_other_methods(cast: Cast) -> None:
    call = Calls(cast.chenan)
    call.get("/deals", **KEY)
    assert not Reply.objects.exists()


@pytest.mark.slow
def test_fifty_at_once_make_one_deal(own_database: str, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        cast = Cast()
        call = Calls(cast.chenan)
        answers: list[Any] = []

        def post() -> None:
            try:
                answers.append(call.post("/deals", {"title": "新产线"}, **KEY))
            finally:
                connections.close_all()

        threads = [threading.Thread(target=post) for _number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        statuses = sorted({response.status_code for response in answers})
        assert set(statuses) <= {201, 409}
        assert Deal.objects.count() == 1
        assert Entry.objects.filter(event="deal.opened").count() == 1
        bodies = {response.content for response in answers if response.status_code == 201}
        assert len(bodies) == 1
        for response in answers:
            if response.status_code == 409:
                assert response.json()["code"] == "in_flight" and response["Retry-After"] == "1"
        assert call.post("/deals", {"title": "新产线"}, **KEY).content in bodies
