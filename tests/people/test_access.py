"""The access rule against a model of twenty lines, on organisations nobody thought of (AC-07)."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loudou.catalog.models import Product
from loudou.kernel.refusals import Forbidden
from loudou.people import verbs
from loudou.people.access import company_of, fetch, may, reach, require, unit_ids
from loudou.people.grants import GRANTS, Reach
from loudou.people.models import Organisation, Unit, User
from loudou.pipeline.lens import DealLens
from loudou.pipeline.models import Deal, Follower, TeamMember
from tests import make
from tests.cast import Cast

ROLES = (
    "rep",
    "presales",
    "manager",
    "director",
    "gm",
    "control",
    "finance",
    "hr",
    "auditor",
    "partner",
    "admin",
)
VERBS = ("pipeline.see", "pipeline.edit", "pipeline.move", "pipeline.confirm", "pipeline.hand_over")


@dataclass
class Plan:
    """An organisation: each unit's parent, each person's unit and roles, each deal's owner, unit and sharers."""

    parents: list[int | None]
    people: list[tuple[int | None, frozenset[str]]]
    deals: list[tuple[int, int | None, frozenset[int], frozenset[int]]]
    narrowed: dict[str, dict[str, str]] = field(default_factory=dict)

    def above(self, unit: int | None) -> set[int]:
        """A unit and everything above it."""
        chain: set[int] = set()
        while unit is not None:
            chain.add(unit)
            unit = self.parents[unit]
        return chain

    def reaches(self, person: int, verb: str) -> int:
        """How far one goes."""
        widest = 0
        for role in self.people[person][1]:
            granted = int(GRANTS[verb].get(role, 0))  # type: ignore[call-overload]
            limit = self.narrowed.get(verb, {}).get(role)
            widest = max(widest, min(granted, int(Reach[limit])) if limit else granted)
        return widest

    def allows(self, person: int, verb: str, deal: int) -> bool:
        """The model: may this person do this to this deal?"""
        far, home = self.reaches(person, verb), self.people[person][0]
        owner, unit, followers, team = self.deals[deal]
        if far in (0, 4):
            return far == 4
        if owner == person or person in team or (verb == "pipeline.see" and person in followers):
            return True
        if home is None or unit is None:
            return False
        return (far >= 2 and unit == home) or (far == 3 and home in self.above(unit))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    parents: list[int | None] = []
    for n in range(draw(st.integers(1, 9))):
        parents.append(draw(st.one_of(st.none(), st.integers(0, n - 1))) if n else None)
    units = st.one_of(st.none(), st.integers(0, len(parents) - 1))
    roles = st.frozensets(st.sampled_from(ROLES), max_size=2)
    people = draw(st.lists(st.tuples(units, roles), min_size=1, max_size=6))
    somebody = st.integers(0, len(people) - 1)
    some = st.frozensets(somebody, max_size=2)
    deals = draw(st.lists(st.tuples(somebody, units, some, some), min_size=1, max_size=8))
    limits = st.dictionaries(
        st.sampled_from(ROLES), st.sampled_from([reach.name for reach in Reach]), max_size=2
    )
    narrowed = draw(st.dictionaries(st.sampled_from(VERBS), limits, max_size=2))
    return Plan(parents, people, deals, narrowed)


def build(plan: Plan, pattern: Deal) -> tuple[list[User], list[Deal]]:
    """The organisation of a plan, in the database."""
    units: list[Unit] = []
    for n, parent in enumerate(plan.parents):
        unit = Unit.objects.create(
            code=f"P{n}", name=f"P{n}", kind="team", parent=units[parent] if parent is not None else None
        )
        unit.path = f"{units[parent].path if parent is not None else '/'}{unit.pk}/"
        unit.save()
        units.append(unit)
    users = [
        User.objects.create(
            username=f"p{n}",
            name=f"p{n}",
            name_key=f"p{n}",
            roles=sorted(roles),
            unit=units[home] if home is not None else None,
        )
        for n, (home, roles) in enumerate(plan.people)
    ]
    deals = []
    for n, (owner, unit, followers, team) in enumerate(plan.deals):
        deal = Deal.objects.get(pk=pattern.pk)
        deal.pk, deal.code, deal.owner = None, f"plan-{n}", users[owner]  # type: ignore[assignment]
        deal.unit = units[unit] if unit is not None else None
        deal.save(force_insert=True)
        Follower.objects.bulk_create(Follower(deal=deal, user=users[one]) for one in followers)
        TeamMember.objects.bulk_create(TeamMember(deal=deal, user=users[one]) for one in team)
        deals.append(deal)
    Organisation.objects.update(narrowed=plan.narrowed)
    return users, deals


@pytest.fixture
def pattern(cast: Cast) -> Deal:
    return make.deal(cast.chenan)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans())
def test_lists_counts_and_acts_agree_with_the_model(pattern: Deal, plan: Plan) -> None:
    mark = transaction.savepoint()
    users, deals = build(plan, pattern)
    mine = Deal.objects.filter(pk__in=[deal.pk for deal in deals])
    for person, user in enumerate(users):
        for verb in VERBS:
            allowed = {deals[n].pk for n in range(len(deals)) if plan.allows(person, verb, n)}
            seen = {deals[n].pk for n in range(len(deals)) if plan.allows(person, "pipeline.see", n)}
            fresh = User.objects.get(pk=user.pk)
            listed = mine.visible_to(fresh, verb)
            assert set(listed.values_list("pk", flat=True)) == allowed & seen
            assert listed.count() == len(allowed & seen)
            assert {deal.pk for deal in mine if may(fresh, verb, deal)} == allowed
        lens = DealLens.read({"outcome": "all"}, User.objects.get(pk=user.pk))
        assert set(lens.deals.filter(pk__in=mine).values_list("pk", flat=True)) == seen_by(
            plan, person, deals
        )
    transaction.savepoint_rollback(mark)


def seen_by(plan: Plan, person: int, deals: list[Deal]) -> set[int]:
    return {deals[n].pk for n in range(len(deals)) if plan.allows(person, "pipeline.see", n)}


def test_who_may_no_longer_see_what_they_may_change_finds_nothing_to_change(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    Organisation.objects.update(narrowed={"pipeline.see": {"manager": "OWN"}})
    manager = User.objects.get(pk=cast.wumin.pk)
    assert reach(manager, "pipeline.edit") is Reach.BRANCH
    assert may(manager, "pipeline.edit", deal) and not may(manager, "pipeline.see", deal)
    assert not Deal.objects.visible_to(manager, "pipeline.edit").exists()


def test_nobody_may_anything(cast: Cast) -> None:
    assert reach(AnonymousUser(), "pipeline.see") is Reach.NONE  # type: ignore[arg-type]
    cast.lina.is_active = False
    assert not may(cast.lina, "pipeline.see")
    assert not Deal.objects.visible_to(cast.lina).exists()


def test_the_system_may_everything(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    assert reach(None, "pipeline.see") is Reach.ALL
    assert Deal.objects.visible_to(None).get() == deal
    require(None, "people.manage")
    assert company_of(None) == company_of(cast.lina)


def test_an_unknown_verb_is_an_error_not_a_refusal(cast: Cast) -> None:
    with pytest.raises(KeyError):
        may(cast.gaoming, "pipeline.fly")


def test_narrowed_to_the_team_one_sees_one_s_own_unit(cast: Cast) -> None:
    below = verbs.add_unit(code="D1A", name="一组", kind="team", parent=cast.unit("D1"), by=None)
    verbs.join_unit(cast.lina, unit=below, by=None)
    own = make.deal(cast.chenan)
    make.deal(User.objects.get(username="lina"))
    verbs.narrow(verb_name="pipeline.see", role="manager", reach="TEAM", by=cast.anran)
    manager = User.objects.get(username="wumin")
    assert list(Deal.objects.visible_to(manager)) == [own]


def test_who_belongs_nowhere_sees_their_own_and_nothing_else(cast: Cast) -> None:
    deal = make.deal(cast.wumin)
    make.deal(cast.chenan)
    verbs.join_unit(cast.wumin, unit=None, by=None)
    alone = User.objects.get(username="wumin")
    assert unit_ids(alone, Reach.BRANCH) == frozenset()
    assert list(Deal.objects.visible_to(alone)) == [deal]


def test_a_row_is_404_when_invisible_and_403_when_untouchable(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    assert fetch(cast.chenan, Deal, deal.pk, to="pipeline.move") == deal
    with pytest.raises(Http404):
        fetch(cast.maxiao, Deal, deal.pk)
    with pytest.raises(PermissionDenied):
        fetch(cast.wangfang, Deal, deal.pk, to="pipeline.move")
    with pytest.raises(Forbidden):
        require(cast.wangfang, "pipeline.move", deal)
    assert fetch(cast.chenan, Deal, deal.pk, using=Deal.objects.select_related("spec")).spec == deal.spec


def test_a_thing_without_owner_and_unit_is_for_who_sees_all(cast: Cast) -> None:
    product = Product.objects.create(code="X", name="x", name_key="x")
    assert Product.objects.visible_to(cast.maxiao).get() == product
    verbs.narrow(verb_name="catalog.see", role="rep", reach="BRANCH", by=cast.anran)
    narrowed = User.objects.get(username="maxiao")
    assert not Product.objects.visible_to(narrowed).exists()
    assert not may(narrowed, "catalog.see", product)


def test_a_move_changes_what_one_sees_at_once(cast: Cast) -> None:
    deal = make.deal(cast.chenan)
    assert not may(cast.liuyang, "pipeline.see", deal)
    verbs.move_unit(cast.unit("D1"), to=cast.unit("D2"), by=cast.gaoming)
    assert may(User.objects.get(username="liuyang"), "pipeline.see", deal)


def test_what_hangs_on_a_customer_is_shared_with_it(cast: Cast) -> None:
    from loudou.customers import verbs as customers
    from loudou.customers.models import Contact

    customer = customers.add_customer(name="宁波甬江机电", by=cast.chenan)
    contact = customers.add_contact(customer, name="许明华", by=cast.chenan)
    assert not may(cast.lina, "customers.see", contact)
    customers.share(customer, user=cast.lina, by=cast.chenan)
    shared = User.objects.get(username="lina")
    assert may(shared, "customers.see", contact)
    assert list(Contact.objects.visible_to(shared)) == [contact]
