"""Giving and taking roles."""

from __future__ import annotations

import pytest

from loudou.journal.models import Entry, Notice
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs
from loudou.people.access import may
from loudou.people.models import User
from tests.cast import Cast
from tests.races import at_once, failures


def test_a_role_changes_what_one_may_and_one_hears_of_it(cast: Cast) -> None:
    assert not may(cast.lina, "pipeline.confirm")
    fresh = verbs.grant_roles(cast.lina, roles_held=["manager", "rep"], by=cast.gaoming)
    assert may(fresh, "pipeline.confirm")
    entry = Entry.objects.get(event="user.roles_granted")
    assert (entry.particulars["before"], entry.particulars["after"]) == (["rep"], ["manager", "rep"])
    assert Notice.objects.filter(entry=entry, recipient=cast.lina).exists()


def test_the_same_roles_are_no_change(cast: Cast) -> None:
    assert verbs.grant_roles(cast.lina, roles_held=["rep"], by=cast.anran).version == cast.lina.version


def test_nobody_gives_themselves_a_role(cast: Cast) -> None:
    with pytest.raises(Refused):
        verbs.grant_roles(cast.gaoming, roles_held=["admin", "gm"], by=cast.gaoming)
    with pytest.raises(Refused):
        verbs.grant_roles(cast.anran, roles_held=["security", "rep"], by=cast.anran)


@pytest.mark.parametrize("roles", [["admin", "auditor"], ["security", "auditor"], ["admin", "security"]])
def test_exclusive_roles_are_refused(cast: Cast, roles: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        verbs.grant_roles(cast.lina, roles_held=roles, by=cast.gaoming)
    assert caught.value.field == "roles"


def test_the_last_administrator_stays(cast: Cast) -> None:
    with pytest.raises(Refused):
        verbs.grant_roles(cast.gaoming, roles_held=["hr"], by=cast.anran)
    verbs.grant_roles(cast.renli, roles_held=["admin", "hr"], by=cast.gaoming)
    assert verbs.grant_roles(cast.gaoming, roles_held=["hr"], by=cast.anran).roles == ["hr"]


def test_an_older_version_is_stale(cast: Cast) -> None:
    verbs.grant_roles(cast.lina, roles_held=["presales"], by=cast.gaoming, version=cast.lina.version)
    with pytest.raises(Stale):
        verbs.grant_roles(cast.lina, roles_held=["rep"], by=cast.anran, version=cast.lina.version)


@pytest.mark.parametrize("who", ["chenan", "hezong", "renli", "yanzheng"])
def test_others_may_not(cast: Cast, who: str) -> None:
    with pytest.raises(Forbidden):
        verbs.grant_roles(cast.lina, roles_held=["gm"], by=getattr(cast, who))


def test_two_administrators_leaving_at_once_do_not_both_leave(own_database: str) -> None:
    cast = Cast()
    verbs.grant_roles(cast.renli, roles_held=["admin"], by=cast.anran)
    leave = [
        lambda: verbs.grant_roles(cast.gaoming, roles_held=["rep"], by=cast.anran),
        lambda: verbs.grant_roles(cast.renli, roles_held=["rep"], by=cast.anran),
    ]
    assert len(failures(at_once(leave))) == 1
    assert User.objects.filter(roles__contains=["admin"]).count() == 1
