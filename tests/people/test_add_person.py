"""Adding a person."""

from __future__ import annotations

from datetime import date

import pytest

from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people import verbs
from loudou.people.models import Membership, User
from tests.cast import Cast

PASSWORD = "correct-horse-battery"


def test_they_belong_to_their_unit_from_the_day_they_joined(cast: Cast) -> None:
    user = verbs.add_person(
        username=" wangwu ",
        name="王五",
        unit=cast.unit("D1"),
        roles_held=["rep", "rep"],
        manager=cast.wumin,
        joined_on=date(2026, 3, 1),
        password=PASSWORD,
        email="wangwu@example.org",
        by=cast.gaoming,
    )
    assert user.username == "wangwu"
    assert user.roles == ["rep"]
    assert user.check_password(PASSWORD)
    assert user.name_key.startswith("wangwu")
    placed = Membership.objects.get(user=user)
    assert (placed.unit.code, placed.since, placed.until) == ("D1", date(2026, 3, 1), None)
    entry = Entry.objects.get(event="user.added", subject_id=user.pk)
    assert entry.actor == cast.gaoming
    assert PASSWORD not in str(entry.particulars)


def test_without_a_password_nobody_gets_in(cast: Cast) -> None:
    user = verbs.add_person(username="noone", name="无名", unit=None, roles_held=[], by=None)
    assert not user.has_usable_password()
    assert not Membership.objects.filter(user=user).exists()
    assert verbs.sign_in(username="noone", password="", address=None).user is None


def test_a_user_name_is_taken_whatever_its_case(cast: Cast) -> None:
    with pytest.raises(Refused) as caught:
        verbs.add_person(username="CHENAN", name="陈安", unit=None, roles_held=[], by=cast.gaoming)
    assert caught.value.field == "username"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("li.na", "li.na"),
        ("Anna  Snelling", "Anna Snelling"),
        ("ＨＹ－０１７", "HY-017"),
        ("o’brien", "o'brien"),
        ("王·小明", "王·小明"),
        ("e\u0301ric", "éric"),
        ("li_na+2@example.org", "li_na+2@example.org"),
    ],
)
def test_a_user_name_is_kept_as_everybody_types_it(cast: Cast, typed: str, kept: str) -> None:
    assert verbs.add_person(username=typed, name="名", unit=None, roles_held=[], by=None).username == kept


@pytest.mark.parametrize(
    "typed",
    ["bad name!", "", " ", ".", "a/b", "<b>", "li\u202ena", "a\u200bb", "a;b", "😀", "a\x1bb", "li\ud800"],
)
def test_a_user_name_holds_nothing_that_hides_or_misleads(cast: Cast, typed: str) -> None:
    with pytest.raises(Refused) as caught:
        verbs.add_person(username=typed, name="名", unit=None, roles_held=[], by=None)
    assert caught.value.field == "username"
    with pytest.raises(Refused):
        verbs.edit_person(cast.lina, username=typed, by=cast.gaoming)


@pytest.mark.parametrize(
    "roles", [["admin", "auditor"], ["admin", "security"], ["security", "auditor", "rep"]]
)
def test_the_three_administrations_lie_in_different_hands(cast: Cast, roles: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        verbs.add_person(username="both", name="两面", unit=None, roles_held=roles, by=cast.gaoming)
    assert caught.value.field == "roles"


def test_there_is_no_such_role(cast: Cast) -> None:
    with pytest.raises(Refused) as caught:
        verbs.add_person(username="x", name="x", unit=None, roles_held=["king"], by=cast.gaoming)
    assert caught.value.field == "roles"


def test_human_resources_add_people_but_give_no_roles(cast: Cast) -> None:
    assert verbs.add_person(username="new1", name="新人", unit=None, roles_held=[], by=cast.renli).pk
    with pytest.raises(Forbidden):
        verbs.add_person(username="new2", name="新人", unit=None, roles_held=["rep"], by=cast.renli)


@pytest.mark.parametrize("who", ["chenan", "wumin", "hezong", "anran", "yanzheng"])
def test_others_may_not(cast: Cast, who: str) -> None:
    with pytest.raises(Forbidden):
        verbs.add_person(username="x", name="x", unit=None, roles_held=[], by=getattr(cast, who))
    assert not User.objects.filter(username="x").exists()


@pytest.mark.parametrize("password", ["short", "administrator", "xiaoming-username", "x" * 1025])
def test_a_password_that_is_none_is_refused(cast: Cast, password: str) -> None:
    with pytest.raises(Refused) as caught:
        verbs.add_person(
            username="xiaoming-username", name="小明", unit=None, roles_held=[], password=password, by=None
        )
    assert caught.value.field == "password"
