"""Signing in: what lets one in, what locks the door, and what nobody learns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.people import verbs
from loudou.people.models import Attempt, Session, User
from loudou.people.queries import is_locked
from tests.cast import Cast
from tests.races import at_once

PASSWORD = "a-good-password-26"


@pytest.fixture
def lina(cast: Cast) -> User:
    return verbs.set_password(cast.lina, password=PASSWORD, by=None, must_change=False)


def fail(times: int, username: str = "lina", address: str | None = "10.0.0.1") -> list[bool]:
    outcomes = [verbs.sign_in(username=username, password="wrong", address=address) for _n in range(times)]
    assert all(outcome.user is None for outcome in outcomes)
    return [outcome.locked for outcome in outcomes]


def test_name_and_password_let_one_in_whatever_the_case_of_the_name(lina: User) -> None:
    for typed in ("lina", "LINA", "  Lina "):
        assert verbs.sign_in(username=typed, password=PASSWORD, address="10.0.0.1").user == lina
    assert Entry.objects.filter(event="user.signed_in", actor=lina).count() == 3
    lina.refresh_from_db()
    assert lina.last_login is not None


def test_the_fifth_failure_locks_for_a_quarter_of_an_hour(lina: User) -> None:
    start = clock.now()
    with clock.at(start):
        assert fail(5) == [False, False, False, False, True]
        right = verbs.sign_in(username="lina", password=PASSWORD, address="10.0.0.9")
        assert (right.user, right.locked) == (None, True)
        assert is_locked("LINA")
    with clock.at(start + timedelta(minutes=14)):
        assert verbs.sign_in(username="lina", password=PASSWORD, address=None).locked
    with clock.at(start + timedelta(minutes=16)):
        assert verbs.sign_in(username="lina", password=PASSWORD, address=None).user == lina
        assert not Attempt.objects.exists()


def test_what_is_tried_while_locked_does_not_lock_on(lina: User) -> None:
    start = clock.now()
    with clock.at(start):
        fail(5)
    with clock.at(start + timedelta(minutes=10)):
        assert fail(3) == [True, True, True]
    with clock.at(start + timedelta(minutes=16)):
        assert verbs.sign_in(username="lina", password=PASSWORD, address=None).user == lina


def test_five_failures_over_more_than_a_quarter_of_an_hour_lock_nobody(lina: User) -> None:
    start = clock.now()
    for minute in (0, 5, 9, 13, 16):
        with clock.at(start + timedelta(minutes=minute)):
            assert fail(1) == [False]


def test_four_failures_an_hour_lock_nobody(lina: User) -> None:
    start = clock.now()
    for hour in range(3):
        with clock.at(start + timedelta(hours=hour)):
            assert fail(4) == [False] * 4


def test_a_lock_is_on_record_and_told_to_the_person_and_the_keepers(lina: User, cast: Cast) -> None:
    fail(5)
    assert Entry.objects.filter(event="user.sign_in_failed").count() == 5
    entry = Entry.objects.get(event="user.locked_out")
    assert (entry.subject_id, entry.actor) == (lina.pk, None)
    hearers = set(Notice.objects.filter(entry=entry).values_list("recipient__username", flat=True))
    assert hearers == {"lina", "gaoming", "anran"}


def test_a_keeper_unlocks(lina: User, cast: Cast) -> None:
    fail(5)
    verbs.unlock(lina, by=cast.anran)
    assert verbs.sign_in(username="lina", password=PASSWORD, address="10.0.0.1").user == lina


def test_thirty_failures_from_one_address_shut_it_for_all_names(lina: User) -> None:
    """Who tries many names from one place is stopped before the sixth name is locked (AU-03)."""
    for number in range(6):
        fail(5, username=f"nobody{number}", address="10.9.9.9")
    assert verbs.sign_in(username="lina", password=PASSWORD, address="10.9.9.9").locked
    assert verbs.sign_in(username="lina", password=PASSWORD, address="10.0.0.1").user == lina
    assert not Entry.objects.filter(event="user.locked_out").exists()


def test_a_busy_address_locks_no_name(lina: User) -> None:
    for number in range(6):
        fail(5 if number < 5 else 4, username=f"nobody{number}", address="10.9.9.9")
    assert fail(1, address="10.9.9.9") == [True]
    assert not Entry.objects.filter(event="user.locked_out").exists()


def test_unknown_wrong_and_closed_look_the_same(lina: User, cast: Cast, client: Client) -> None:
    verbs.set_password(cast.sunqiang, password=PASSWORD, by=None, must_change=False)
    verbs.deactivate(cast.sunqiang, by=cast.gaoming)
    pages = []
    for username, password in (("lina", "wrong"), ("ghost", PASSWORD), ("sunqiang", PASSWORD), ("", "x")):
        answer = client.post("/login/", {"username": username or " ", "password": password})
        body = answer.content.decode().split("csrfmiddlewaretoken", 1)[0], "不对" in answer.content.decode()
        pages.append((answer.status_code, sorted(answer.headers), body[1]))
    assert pages[0] == pages[1] == pages[2]
    assert pages[0][0] == 422


def test_an_unknown_name_costs_the_same_work(lina: User, monkeypatch: pytest.MonkeyPatch) -> None:
    worked = []
    monkeypatch.setattr("loudou.people.verbs.signing_in.make_password", lambda raw: worked.append(raw))
    verbs.sign_in(username="ghost", password="x" * 5000, address=None)
    assert [len(raw) for raw in worked] == [1024]


def test_a_megabyte_is_no_password(lina: User, client: Client) -> None:
    assert client.post("/login/", {"username": "lina", "password": "x" * 1_000_000}).status_code == 422
    assert verbs.sign_in(username="lina", password=PASSWORD + "\x00", address=None).user is None
    assert verbs.sign_in(username="li\x00na", password=PASSWORD, address=None).user is None


def test_guesses_made_at_once_are_counted_one_by_one(own_database: str) -> None:
    cast = Cast()
    verbs.set_password(cast.lina, password=PASSWORD, by=None, must_change=False)
    acts = [lambda: verbs.sign_in(username="lina", password="wrong", address=None)] * 12
    outcomes = at_once(acts)
    assert [outcome.user for outcome in outcomes] == [None] * 12
    assert Attempt.objects.filter(username="lina").count() == 5
    assert verbs.sign_in(username="lina", password=PASSWORD, address=None).locked


def test_the_session_gets_a_new_key(lina: User, client: Client) -> None:
    """A key planted before signing in is worth nothing after (fixation)."""
    client.get("/login/")
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["loudou_session"] = planted
    client.post("/login/", {"username": "lina", "password": PASSWORD})
    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()


def test_the_cookie_is_kept_from_scripts_and_other_sites(lina: User, client: Client) -> None:
    answer = client.post("/login/", {"username": "lina", "password": PASSWORD})
    cookie = answer.cookies["loudou_session"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "target",
    [
        *(
            "//evil.example",
            "/\\evil.example",
            "https:evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
        ),
        *("https://testserver@evil.example", "///evil.example", "http:///evil.example", "/\t/evil.example"),
        *("data:text/html,x", "%2f%2fevil.example", "\nhttps://evil.example"),
    ],
)
def test_next_never_leads_away(lina: User, client: Client, target: str) -> None:
    answer = client.post("/login/", {"username": "lina", "password": PASSWORD, "next": target})
    where = answer.url
    assert (
        where == "/"
        or (where.startswith("/") and not where.startswith(("//", "/\\")) and ":" not in where)
        or where == "%2f%2fevil.example"
    )


def test_next_leads_on(lina: User, client: Client) -> None:
    assert client.get("/settings/people/?q=li").url == "/login/?next=%2Fsettings%2Fpeople%2F%3Fq%3Dli"
    given = {"username": "lina", "password": PASSWORD, "next": "/settings/people/?q=li"}
    assert client.post("/login/", given).url == "/settings/people/?q=li"


def test_who_is_in_need_not_sign_in(lina: User, client: Client) -> None:
    client.force_login(lina)
    assert client.get("/login/").url == "/"


def test_the_address_is_the_connection_s_unless_a_proxy_is_trusted(lina: User, settings: object) -> None:
    from dataclasses import replace

    from django.test import RequestFactory

    from loudou.people.web import address

    def asked(**headers: str) -> str | None:
        return address(RequestFactory().get("/", **headers))  # type: ignore[arg-type]

    forged = {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 7.7.7.7", "REMOTE_ADDR": "10.0.0.1"}
    assert asked(**forged) == "10.0.0.1"
    assert asked(REMOTE_ADDR="") is None
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, trusted_proxies=1)  # type: ignore[attr-defined]
    assert asked(**forged) == "7.7.7.7"
    assert asked(REMOTE_ADDR="10.0.0.1") == "10.0.0.1"
    assert asked(HTTP_X_FORWARDED_FOR="<script>", REMOTE_ADDR="10.0.0.1") is None
