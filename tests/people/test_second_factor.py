"""The second factor: setting it up, signing in with it, losing it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.test import Client

from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people import verbs
from loudou.people.codes import code_step
from loudou.people.models import User
from tests.cast import Cast
from tests.doors import enter
from tests.races import at_once

PASSWORD = "a-good-password-26"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOON = datetime(2026, 4, 16, 4, 0, 10, tzinfo=UTC)


def code_at(moment: datetime) -> str:
    return pyotp.TOTP(SECRET).at(moment)


@pytest.fixture
def lina(cast: Cast) -> User:
    verbs.set_password(cast.lina, password=PASSWORD, by=None, must_change=False)
    return verbs.set_up_second_factor(cast.lina, secret=SECRET, code="", by=None)


def test_it_is_on_once_a_code_proves_the_device(cast: Cast) -> None:
    with clock.at(NOON):
        for code in ("000000", code_at(NOON + timedelta(minutes=5)), "", "abc", "١٢٣٤٥٦"):
            with pytest.raises(Refused) as caught:
                verbs.set_up_second_factor(cast.lina, secret=SECRET, code=code, by=cast.lina)
            assert caught.value.field == "code"
        fresh = verbs.set_up_second_factor(cast.lina, secret=SECRET, code=code_at(NOON), by=cast.lina)
        assert fresh.totp_secret == SECRET
        assert verbs.check_code(fresh, code=code_at(NOON), address=None).user is None  # it served already
    with pytest.raises(Refused):
        verbs.set_up_second_factor(cast.lina, secret=SECRET, code=code_at(NOON), by=cast.gaoming)
    assert SECRET not in str(list(Entry.objects.values_list("particulars", flat=True)))


@pytest.mark.parametrize(
    ("seconds", "fits"),
    [(-61, False), (-30, True), (0, True), (30, True), (61, False), (90, False), (8 * 3600, False)],
)
def test_a_clock_may_be_one_step_off(seconds: int, fits: bool) -> None:
    with clock.at(NOON):
        assert (code_step(SECRET, code_at(NOON + timedelta(seconds=seconds))) is not None) is fits


def test_a_code_serves_once(lina: User) -> None:
    with clock.at(NOON):
        assert verbs.check_code(lina, code=code_at(NOON), address="10.0.0.1").user == lina
        assert verbs.check_code(lina, code=code_at(NOON), address="10.0.0.1").user is None
    with clock.at(NOON + timedelta(seconds=30)):
        before = code_at(NOON - timedelta(seconds=30))
        assert verbs.check_code(lina, code=before, address=None).user is None  # an older one neither


def test_the_same_code_at_once_lets_one_in(own_database: str) -> None:
    cast = Cast()
    lina = verbs.set_up_second_factor(cast.lina, secret=SECRET, code="", by=None)
    now = clock.now()
    acts = [lambda: verbs.check_code(lina, code=code_at(now), address=None)] * 8
    assert sum(outcome.user is not None for outcome in at_once(acts)) == 1


def test_nobody_is_in_before_the_code(lina: User, client: Client) -> None:
    with clock.at(NOON):
        answer = client.post("/login/?next=/account/", {"username": "lina", "password": PASSWORD})
        assert answer.url.startswith("/login/code/")
        assert client.get("/account/").status_code == 302
        assert not Entry.objects.filter(event="user.signed_in").exists()
        assert client.get(answer.url).status_code == 200
        assert client.post(answer.url, {"code": "000000"}).status_code == 422
        answer = client.post(answer.url, {"code": code_at(NOON)})
        assert answer.url == "/account/"
        assert client.get("/account/").status_code == 200
        assert Entry.objects.filter(event="user.signed_in").count() == 1


def test_the_password_given_again_does_not_forget_wrong_codes(lina: User) -> None:
    """Who knows the password but not the code cannot guess on by signing in anew."""
    with clock.at(NOON):
        for _n in range(5):
            assert verbs.sign_in(username="lina", password=PASSWORD, address=None).user == lina
            verbs.check_code(lina, code="000000", address=None)
        assert verbs.sign_in(username="lina", password=PASSWORD, address=None).locked
        assert verbs.check_code(lina, code=code_at(NOON), address=None).locked


def test_waiting_for_the_code_ends_after_five_minutes(lina: User, client: Client) -> None:
    assert client.get("/login/code/").url == "/login/"
    with clock.at(NOON):
        client.post("/login/", {"username": "lina", "password": PASSWORD})
    with clock.at(NOON + timedelta(minutes=6)):
        assert client.post("/login/code/", {"code": code_at(NOON)}).url == "/login/"


def test_a_recovery_code_lets_one_in_once(lina: User) -> None:
    codes = verbs.renew_recovery_codes(lina, by=lina)
    assert len(set(codes)) == 10
    lina.refresh_from_db()
    assert not set(codes) & set(lina.recovery_codes)
    spoken = codes[0].upper().replace("-", " ")
    assert verbs.check_code(lina, code=spoken, address=None).user == lina
    assert verbs.check_code(lina, code=codes[0], address=None).user is None
    used = Entry.objects.get(event="user.recovery_code_used")
    assert used.particulars["count"] == 9
    again = verbs.renew_recovery_codes(lina, by=lina)
    assert verbs.check_code(lina, code=codes[1], address=None).user is None
    assert verbs.check_code(lina, code=again[0], address=None).user == lina


def test_recovery_codes_are_for_who_has_a_second_factor(cast: Cast, lina: User) -> None:
    with pytest.raises(Refused):
        verbs.renew_recovery_codes(cast.chenan, by=cast.chenan)
    with pytest.raises(Forbidden):
        verbs.renew_recovery_codes(lina, by=cast.gaoming)
    assert len(verbs.renew_recovery_codes(lina, by=None)) == 10


def test_it_is_turned_off_with_the_password(lina: User, cast: Cast) -> None:
    verbs.renew_recovery_codes(lina, by=lina)
    with pytest.raises(Refused) as caught:
        verbs.remove_second_factor(lina, current="wrong", by=lina)
    assert caught.value.field == "current"
    off = verbs.remove_second_factor(lina, current=PASSWORD, by=lina)
    assert (off.totp_secret, off.recovery_codes) == ("", [])


def test_a_keeper_turns_it_off_for_who_lost_the_phone_and_they_hear_of_it(lina: User, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.remove_second_factor(lina, by=cast.wumin)
    assert verbs.remove_second_factor(lina, by=cast.anran).totp_secret == ""
    assert Notice.objects.filter(recipient=lina, entry__event="user.second_factor_off").exists()


def test_the_pages(cast: Cast, client: Client) -> None:
    enter(client, verbs.set_password(cast.chenan, password=PASSWORD, by=None, must_change=False))
    page = client.get("/account/second-factor/").content.decode()
    assert '<svg class="qr"' in page
    secret = client.session["totp_draft"]
    assert client.post("/account/second-factor/", {"code": "000000"}).status_code == 422
    right = pyotp.TOTP(secret).at(clock.now())
    assert client.post("/account/second-factor/", {"code": right}).url == "/account/"
    page = client.get("/account/").content.decode()
    codes = client.session.get("new_codes")
    assert codes is None  # shown once
    assert page.count('<code class="secret">') == 10
    assert client.post("/account/second-factor/codes/").url == "/account/"
    assert client.get("/account/second-factor/").status_code == 200
    assert client.post("/account/second-factor/remove/", {"current": "x"}).status_code == 422
    assert client.post("/account/second-factor/remove/", {"current": PASSWORD}).url == "/account/"
