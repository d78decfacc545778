"""A clock that is wrong, is set right, or jumps: nobody stays in for longer, and history keeps its order (AD-09, DU-07)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.test import Client

from loudou.journal.channel import through
from loudou.journal.models import Entry, Notice
from loudou.journal.queries import about
from loudou.journal.sentences import plain_sentence
from loudou.journal.verify import Verdict, verify
from loudou.kernel import clock
from loudou.people import invitations, verbs
from loudou.people.models import User
from loudou.people.queries import is_locked, token_owner
from loudou.pipeline import verbs as pipeline
from tests import make
from tests.cast import Cast

PASSWORD = "a-good-password-26"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
DAY = timedelta(days=1)
TURNED_BACK = "journal.turned_back"


@pytest.fixture
def lina(cast: Cast) -> User:
    return verbs.set_password(cast.lina, password=PASSWORD, by=None, must_change=False)


def signed_in(client: Client) -> Client:
    assert client.post("/login/", {"username": "lina", "password": PASSWORD}).url == "/"
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


# History ---------------------------------------------------------------------------------------------------------


def test_history_keeps_its_order_and_its_chain_when_the_clock_goes_back(cast: Cast) -> None:
    """The number tells what came first, not the time."""
    start = clock.now()
    with clock.at(start):
        deal = make.deal(cast.chenan)
    with clock.at(start - DAY):
        pipeline.edit(deal, title="改过的商机", by=cast.chenan)
    told = about(deal)
    assert [entry.pk for entry in told] == sorted((entry.pk for entry in told), reverse=True)
    assert (told[0].event, told[0].at < told[-1].at) == ("deal.edited", True)
    assert verify().good


def test_a_clock_that_went_back_is_told_once_to_auditors_and_keepers(cast: Cast) -> None:
    start = clock.now()
    with clock.at(start):
        verbs.note_verification(Verdict(1), by=None)
    earlier = Entry.objects.filter(event=TURNED_BACK).count()
    with clock.at(start + timedelta(minutes=5)):
        make.deal(cast.chenan)
        last = Entry.objects.latest("id")
    with clock.at(start - DAY):
        make.deal(cast.chenan)
        make.deal(cast.chenan)
        verbs.note_verification(Verdict(1), by=cast.yanzheng)
    found = Entry.objects.filter(event=TURNED_BACK).latest("id")
    assert found.particulars == {
        "bad": last.pk + 1,
        "last_at": last.at.isoformat(),
        "next_at": (start - DAY).isoformat(),
    }
    assert str(last.pk + 1) in plain_sentence(found)
    hearers = set(Notice.objects.filter(entry=found).values_list("recipient__username", flat=True))
    assert hearers == {"anran", "gaoming"}  # who asked for the check sees it anyway
    for later in (start - DAY, start, start + DAY):
        with clock.at(later):
            verbs.note_verification(Verdict(1), by=None)
    assert Entry.objects.filter(event=TURNED_BACK).count() == earlier + 1


@pytest.mark.parametrize(("minutes", "told"), [(0, 0), (1, 0), (59, 0), (60, 1), (60 * 24 * 400, 1)])
def test_what_a_long_act_or_a_clock_set_right_brings_is_no_anomaly(
    cast: Cast, minutes: int, told: int
) -> None:
    start = clock.now()
    with clock.at(start):
        verbs.note_verification(Verdict(1), by=None)
    earlier = Entry.objects.filter(event=TURNED_BACK).count()
    with clock.at(start - timedelta(minutes=minutes)):
        make.deal(cast.chenan)
        verbs.note_verification(Verdict(1), by=None)
    assert Entry.objects.filter(event=TURNED_BACK).count() - earlier == told


def test_a_story_of_the_past_is_no_clock_that_went_back(cast: Cast) -> None:
    """A demo is told with the times of its story between what happens today; a clock that went back beside it is told."""
    start = clock.now()
    with clock.at(start):
        verbs.note_verification(Verdict(1), by=None)
    earlier = Entry.objects.filter(event=TURNED_BACK).count()
    with through("demo"), clock.at(start - 500 * DAY):
        make.deal(cast.chenan)
    with clock.at(start + timedelta(minutes=10)):
        make.deal(cast.chenan)
        verbs.note_verification(Verdict(1), by=cast.yanzheng)
    assert Entry.objects.filter(event=TURNED_BACK).count() == earlier
    with through("demo"), clock.at(start - 400 * DAY):
        make.deal(cast.chenan)
    with clock.at(start - DAY):
        make.deal(cast.chenan)
        verbs.note_verification(Verdict(1), by=cast.yanzheng)
    assert Entry.objects.filter(event=TURNED_BACK).count() == earlier + 1


def test_a_broken_chain_does_not_hide_that_the_clock_went_back(cast: Cast) -> None:
    start = clock.now()
    with clock.at(start):
        verbs.note_verification(Verdict(1), by=None)
    with clock.at(start - DAY):
        verbs.note_verification(Verdict(1, bad_id=1, fault="content"), by=None)
        verbs.note_verification(Verdict(1), by=None)
    told = Entry.objects.order_by("-id").values_list("event", flat=True)
    assert list(told[:3]) == [TURNED_BACK, "journal.verified", "journal.broken"]


# Who is in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jump", "stays"),
    [
        (timedelta(minutes=-4), True),
        (timedelta(minutes=-6), False),
        (-DAY, False),
        (timedelta(hours=8), False),
        (timedelta(days=4000), False),
    ],
)
def test_a_session_does_not_outlive_a_jump(lina: User, jump: timedelta, stays: bool) -> None:
    start = clock.now()
    client = Client()
    with clock.at(start):
        signed_in(client)
        assert is_in(client)
    with clock.at(start + jump):
        assert is_in(client) is stays
        assert is_in(signed_in(client))
    with clock.at(start):
        client.post("/logout/")


def test_failures_of_the_future_hide_none_of_today(lina: User) -> None:
    """Five are five, also behind others that bear a later time."""
    start = clock.now()
    for hour in (3, 2, 1, 0):  # too far apart to lock
        with clock.at(start + DAY - timedelta(hours=hour)):
            assert verbs.sign_in(username="lina", password="wrong", address=None).user is None
    assert not is_locked("lina")
    with clock.at(start):
        locked = [verbs.sign_in(username="lina", password="wrong", address=None).locked for _n in range(5)]
        assert locked[-1]
        assert verbs.sign_in(username="lina", password=PASSWORD, address=None).user is None
    with clock.at(start + timedelta(minutes=16)):
        assert verbs.sign_in(username="lina", password=PASSWORD, address=None).user == lina


def test_a_code_of_before_the_clock_went_back_is_refused_and_a_recovery_code_helps(lina: User) -> None:
    start = datetime(2026, 4, 16, 4, 0, 10, tzinfo=UTC)
    fresh = verbs.set_up_second_factor(lina, secret=SECRET, code="", by=None)
    recovery = verbs.renew_recovery_codes(fresh, by=None)[0]
    with clock.at(start + DAY):
        code = pyotp.TOTP(SECRET).at(start + DAY)
        assert verbs.check_code(fresh, code=code, address=None).user == lina
    with clock.at(start):
        for at in (start + DAY, start):
            assert verbs.check_code(fresh, code=pyotp.TOTP(SECRET).at(at), address=None).user is None
        assert verbs.check_code(fresh, code=recovery, address=None).user == lina


def test_who_waits_with_a_password_for_the_code_waits_no_longer_for_a_jump(lina: User) -> None:
    verbs.set_up_second_factor(lina, secret=SECRET, code="", by=None)
    start = clock.now()
    client = Client()
    with clock.at(start):
        assert client.post("/login/", {"username": "lina", "password": PASSWORD}).url.startswith(
            "/login/code/"
        )
    for jump, open_still in (
        (timedelta(minutes=5), True),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=5, seconds=1), False),
        (timedelta(minutes=-6), False),
        (-DAY, False),
        (DAY, False),
    ):
        with clock.at(start + jump):
            assert (client.get("/login/code/").status_code == 200) is open_still, jump


@pytest.mark.parametrize(
    ("jump", "good"),
    [
        (timedelta(minutes=-4), True),
        (timedelta(minutes=-6), False),
        (-DAY, False),
        (-400 * DAY, False),
        (2 * DAY, True),
        (4 * DAY, False),
    ],
)
def test_a_link_for_a_password_does_not_outlive_a_jump(lina: User, jump: timedelta, good: bool) -> None:
    start = clock.now()
    with clock.at(start):
        secret = invitations.make(lina)
        assert invitations.fits(lina, secret)
    with clock.at(start + jump):
        assert invitations.fits(lina, secret) is good
        assert invitations.fits(lina, invitations.make(lina))


@pytest.mark.parametrize(
    "nonsense", ["", "-", "zz-", "-zz", "!!!-zz", "99999999999999999999-zz", "\x00-\ud800"]
)
def test_no_link_is_made_of_nonsense(lina: User, nonsense: str) -> None:
    assert not invitations.fits(lina, nonsense)


def test_a_token_ends_at_its_instant_however_the_clock_came_there(lina: User) -> None:
    start = clock.now()
    with clock.at(start):
        token, _secret = verbs.make_token(lina, name="t", scopes=["read"], days=1, by=lina)
    for jump, works in ((-DAY, True), (DAY - timedelta(seconds=1), True), (DAY, False), (400 * DAY, False)):
        with clock.at(start + jump):
            assert (token_owner(token.digest) is not None) is works, jump


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2038, 1, 20, 3, 14, 8, tzinfo=UTC),
        datetime(2027, 12, 31, 15, 59, 59, tzinfo=UTC),  # a second before the year ends in Shanghai
        datetime(2027, 12, 31, 16, 0, tzinfo=UTC),
        datetime(2028, 2, 29, 16, 0, tzinfo=UTC),
    ],
)
def test_the_house_is_open_at_any_instant(lina: User, moment: datetime) -> None:
    with clock.at(moment):
        deal = make.deal(lina)
        client = signed_in(Client())
        for path in ("/", "/deals/", f"/deals/{deal.pk}/", "/account/"):
            assert client.get(path).status_code == 200, path
        assert about(deal)[0].at == moment
    assert verify().good
