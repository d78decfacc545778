"""Changing what is known about a person."""

from __future__ import annotations

from datetime import date

import pytest

from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs
from loudou.people.models import User
from tests.cast import Cast


def test_it_is_written_down_field_by_field(cast: Cast) -> None:
    fresh = verbs.edit_person(
        cast.lina, name="李娜娜", phone="13900000000", manager=cast.liuyang, by=cast.gaoming
    )
    assert (fresh.name, fresh.manager) == ("李娜娜", cast.liuyang)
    assert fresh.name_key.startswith("linana")
    told = Entry.objects.get(event="user.edited").particulars["changes"]
    assert told["name"] == ["李娜", "李娜娜"]
    assert told["manager"][1]["name"] == "刘洋"


def test_nothing_changed_is_nothing_written(cast: Cast) -> None:
    fresh = verbs.edit_person(cast.lina, name="李娜", by=cast.gaoming)
    assert fresh.version == cast.lina.version
    assert not Entry.objects.filter(event="user.edited").exists()


def test_roles_passwords_and_units_are_no_data(cast: Cast) -> None:
    fresh = verbs.edit_person(cast.lina, roles=["admin"], password="x", is_active=False, by=cast.gaoming)
    assert (fresh.roles, fresh.is_active) == (["rep"], True)


def test_nobody_stands_above_themselves(cast: Cast) -> None:
    for above in (cast.heli, cast.wumin, cast.chenan):
        with pytest.raises(Refused) as caught:
            verbs.edit_person(cast.heli, manager=above, by=cast.gaoming)
        assert caught.value.field == "manager"


def test_who_stands_at_the_top_has_no_manager(cast: Cast) -> None:
    assert verbs.edit_person(cast.hezong, phone="1", by=cast.gaoming).manager is None


def test_nobody_leaves_before_they_joined(cast: Cast) -> None:
    with pytest.raises(Refused) as caught:
        verbs.edit_person(cast.lina, left_on=date(2020, 1, 1), by=cast.gaoming)
    assert caught.value.field == "left_on"


def test_a_user_name_is_taken(cast: Cast) -> None:
    with pytest.raises(Refused) as caught:
        verbs.edit_person(cast.lina, username="Chenan", by=cast.gaoming)
    assert caught.value.field == "username"


def test_a_user_name_from_before_the_rule_stays_with_all_else(cast: Cast) -> None:
    User.objects.filter(pk=cast.lina.pk).update(username="li na!")
    lina = User.objects.get(pk=cast.lina.pk)
    assert verbs.edit_person(lina, username="li na!", phone="1", by=cast.gaoming).username == "li na!"
    with pytest.raises(Refused):
        verbs.edit_person(lina, username="li na!!", by=cast.gaoming)


def test_who_saw_an_older_version_is_shown_both_values(cast: Cast) -> None:
    seen = cast.lina.version
    verbs.edit_person(cast.lina, phone="1", by=cast.gaoming, version=seen)
    with pytest.raises(Stale) as caught:
        verbs.edit_person(cast.lina, phone="2", by=cast.renli, version=seen)
    assert caught.value.differences["phone"] == ("1", "2")


def test_a_manager_may_not(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        verbs.edit_person(cast.lina, phone="1", by=cast.wumin)
