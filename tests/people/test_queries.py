"""Reading the organisation, its units and its people."""

from __future__ import annotations

from datetime import date

from loudou.people import verbs
from loudou.people.models import FormerPassword, Membership, Placing, Rate, Token, User
from loudou.people.queries import (
    chain_above,
    colleagues,
    found,
    head_count,
    holders,
    organisation,
    tree,
    work_calendar,
)
from tests.cast import Cast


def test_managers_are_found_up_to_the_top_and_a_circle_ends(cast: Cast) -> None:
    assert [user.username for user in chain_above(cast.chenan)] == ["wumin", "heli", "hezong"]
    User.objects.filter(username="hezong").update(manager=cast.wumin)
    assert [user.username for user in chain_above(User.objects.get(username="chenan"))] == [
        "wumin",
        "heli",
        "hezong",
    ]


def test_people_are_found_by_anything_known_of_them(cast: Cast) -> None:
    verbs.edit_person(cast.lina, phone="13912345678", by=None)
    for typed in ("李娜", "lina", "ln", "LN", "1391234"):
        assert cast.lina in colleagues(typed), typed
    assert cast.lina not in colleagues("zhang")
    assert len(colleagues(limit=3)) == 3
    assert found("  ").count() == User.objects.count()
    verbs.deactivate(cast.lina, by=None)
    assert cast.lina not in colleagues("lina")


def test_the_tree_with_its_people(cast: Cast) -> None:
    [root] = tree(with_people=True)
    assert root.unit.code == "HQ"
    assert {user.username for user in root.people} >= {"hezong", "gaoming"}
    center = next(branch for branch in root.below if branch.unit.code == "CENTER")
    assert [branch.unit.code for branch in center.below] == ["D1", "D2", "D3"]
    assert head_count()[cast.unit("D1").pk] == 6
    assert holders()["rep"] == 7


def test_things_have_names(cast: Cast) -> None:
    company = organisation()
    assert str(company) == company.name
    assert work_calendar().works(date(2026, 4, 17))
    assert str(cast.unit("D1")) == "直销一部"
    assert str(Placing.objects.get(unit=cast.unit("D1"))).startswith(f"{cast.unit('D1').pk} under")
    assert str(Membership.objects.get(user=cast.lina)).startswith(f"{cast.lina.pk} in")
    assert str(company.calendar.days.first())
    assert "USD plan" in str(Rate(currency="USD", kind="plan", valid_from=date(2026, 1, 1), rate=7))
    assert str(Token(name="ETL", prefix="ld_abcde")) == "ETL (ld_abcde…)"
    assert str(FormerPassword(user=cast.lina, changed_at=company.furnished_at)).startswith(
        f"{cast.lina.pk} until"
    )
    assert User(name="Ada").get_short_name() == "A"
    assert cast.lina.get_short_name() == "娜"
    assert User.objects.get_by_natural_key("LINA") == cast.lina
