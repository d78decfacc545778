"""Changing one's own password."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people import passwords, verbs
from loudou.people.models import Session, User
from tests.cast import Cast

OLD, NEW = "old-password-2026", "new-password-2026"


@pytest.fixture
def lina(cast: Cast) -> User:
    return verbs.set_password(cast.lina, password=OLD, by=None, must_change=False)


@pytest.fixture
def strict(settings: object) -> None:
    from dataclasses import replace

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, password_profile="mlps")  # type: ignore[attr-defined]


def test_the_present_one_is_asked_for(lina: User, cast: Cast) -> None:
    for current, by in (("wrong", lina), (OLD, cast.gaoming)):
        with pytest.raises(Refused) as caught:
            verbs.change_password(lina, current=current, password=NEW, by=by)
        assert caught.value.field == "current"


def test_other_sessions_end_and_the_present_one_goes_on(lina: User) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/login/", {"username": "lina", "password": OLD})
    answer = here.post("/account/password/", {"current": OLD, "password": NEW, "again": NEW})
    assert answer.url == "/account/"
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert Session.objects.filter(user=lina).count() == 1


def test_both_must_agree(lina: User) -> None:
    client = Client()
    client.force_login(lina)
    answer = client.post("/account/password/", {"current": OLD, "password": NEW, "again": "other"})
    assert answer.status_code == 422
    answer = client.post("/account/password/", {"current": "x", "password": NEW, "again": NEW})
    assert answer.status_code == 422


def test_not_the_same_again(lina: User) -> None:
    with pytest.raises(Refused):
        verbs.change_password(lina, current=OLD, password=OLD, by=lina)


# Forty passwords, judged by both profiles (AU-06): length and commonness against classes of characters.
TABLE = [
    # password, modern, mlps
    ("abc", False, False),
    ("abcdefg", False, False),
    ("Abcdef1", False, False),
    ("Xq7!mnop", False, True),
    ("Xq7mnopr", False, True),
    ("xq7!mnop", False, True),
    ("xqzvmnopr", False, False),
    ("XQ7MNOPR", False, False),
    ("12345678", False, False),
    ("password", False, False),
    ("Password1", False, False),
    ("qwertyuiop", False, False),
    ("zkwv-plmq-tyrb", True, False),
    ("zkwvplmqtyrb", True, False),
    ("zkwvplmqtyr", False, False),
    ("ZKWVPLMQTYRB", True, False),
    ("Zkwvplmqtyrb", True, False),
    ("Zkwvplmqtyr7", True, True),
    ("9182736450918", True, False),
    ("correct horse battery staple", True, False),
    ("Correct horse battery staple", True, True),
    ("我的密码是一句很长的话呀", True, False),
    ("我的密码是一句很长的话Ab1", True, True),
    ("我的密码", False, False),
    ("x" * 64, True, False),
    ("Xy7" * 30, True, True),
    ("Xy7" + "x" * 1021, True, True),
    ("Xy7" + "x" * 1022, False, False),
    ("lina", False, False),
    ("linalina2026", True, False),
    ("            ", True, False),
    ("tab\tand space 1", True, True),
    ("emoji 🎉🎉🎉🎉🎉🎉", True, False),
    ("Emoji 🎉🎉🎉🎉🎉🎉", True, True),
    ("administrator", False, False),
    ("letmeinletmein", True, False),
    ("Tr0ub4dor&3", False, True),
    ("aA1!aA1!", False, True),
    ("aA1!aA1", False, False),
    ("2026-11-22 morning", True, True),
]


@pytest.mark.parametrize(("password", "modern", "mlps"), TABLE)
def test_the_modern_profile_wants_length(lina: User, password: str, modern: bool, mlps: bool) -> None:
    assert _taken(lina, password) is modern


@pytest.mark.parametrize(("password", "modern", "mlps"), TABLE)
def test_the_other_profile_wants_classes(
    lina: User, strict: None, password: str, modern: bool, mlps: bool
) -> None:
    assert _taken(lina, password) is mlps


def _taken(user: User, password: str) -> bool:
    from django.contrib.auth.password_validation import validate_password

    try:
        validate_password(password, user)
    except ValidationError:
        return False
    return True


def test_the_strict_profile_forbids_the_last_five(lina: User, strict: None) -> None:
    current = OLD
    used = [f"Passw0rd-{n}-of-many" for n in range(7)]
    for password in used:
        lina = verbs.change_password(lina, current=current, password=password, by=lina)
        current = password
    with pytest.raises(Refused):
        verbs.change_password(lina, current=current, password=used[1], by=lina)
    assert verbs.change_password(lina, current=current, password=used[0], by=lina)


def test_the_strict_profile_lets_passwords_run_out_after_ninety_days(lina: User, strict: None) -> None:
    assert not passwords.expired(lina)
    with clock.at(clock.now() + timedelta(days=91)):
        assert passwords.expired(lina)
    lina.password_changed_at = None
    assert passwords.expired(lina)


def test_the_modern_profile_never_does(lina: User) -> None:
    with clock.at(clock.now() + timedelta(days=4000)):
        assert not passwords.expired(lina)


def test_the_rules_say_what_they_want(strict: None) -> None:
    rules = (passwords.LengthRule(), passwords.ClassesRule(), passwords.HistoryRule())
    assert all(rule.get_help_text() for rule in rules)


def test_the_modern_rules_are_few() -> None:
    assert passwords.LengthRule().get_help_text()
    assert passwords.ClassesRule().get_help_text() == passwords.HistoryRule().get_help_text() == ""
    passwords.HistoryRule().validate("whatever", None)


def test_who_signs_in_for_the_first_time_is_told_why_and_comes_to_their_first_page(cast: Cast) -> None:
    lina = verbs.set_password(cast.lina, password=OLD, by=None)
    verbs.set_preferences(lina, by=lina, landing="pipeline:board")
    client, why = Client(), "请先换成您自己的新密码"
    client.force_login(lina)
    assert client.get("/").url == "/account/password/"
    assert why in client.get("/account/password/").content.decode()
    given = {"current": OLD, "password": NEW, "again": NEW}
    assert client.post("/account/password/", given).url == "/board/"
    assert why not in client.get("/account/password/").content.decode()
    assert (
        client.post("/account/password/", {"current": NEW, "password": OLD, "again": OLD}).url == "/account/"
    )
