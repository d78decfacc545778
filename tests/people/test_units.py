"""Building and rebuilding the tree of units."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loudou.journal.models import Entry
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs
from loudou.people.models import Placing, Unit
from loudou.people.queries import moving, organisation, placings, standings_below, tree
from tests.cast import Cast
from tests.races import at_once


def add(code: str, parent: Unit | None = None, **details: object) -> Unit:
    return verbs.add_unit(code=code, name=code, kind="team", parent=parent, by=None, **details)  # type: ignore[arg-type]


def test_a_unit_stands_where_it_was_put(cast: Cast) -> None:
    unit = verbs.add_unit(
        code="D1A", name="一组", kind="team", parent=cast.unit("D1"), since=date(2026, 1, 1), by=cast.gaoming
    )
    assert unit.path == f"{cast.unit('D1').path}{unit.pk}/"
    assert unit.ancestor_ids()[-2:] == [cast.unit("D1").pk, unit.pk]
    assert unit.depth == 3
    assert [(row.parent, row.since, row.until) for row in placings(unit)] == [
        (cast.unit("D1"), date(2026, 1, 1), None)
    ]
    assert Entry.objects.filter(event="unit.added", subject_id=unit.pk).exists()


def test_two_roots_may_stand_beside_each_other(cast: Cast) -> None:
    root = add("OTHER")
    assert root.path == f"/{root.pk}/"
    assert len(tree()) == 2


def test_a_code_is_taken_once(cast: Cast) -> None:
    with pytest.raises(Refused) as caught:
        add("D1")
    assert caught.value.field == "code"


def test_names_change_and_older_versions_are_stale(cast: Cast) -> None:
    unit = cast.unit("D1")
    fresh = verbs.edit_unit(unit, name="直销一中心", by=cast.gaoming, version=unit.version)
    assert fresh.name == "直销一中心"
    assert verbs.edit_unit(fresh, name="直销一中心", by=cast.gaoming).version == fresh.version
    with pytest.raises(Stale):
        verbs.edit_unit(unit, name="x", by=cast.gaoming, version=unit.version)


def test_everything_below_moves_along_and_the_past_stays(cast: Cast) -> None:
    center, south, d1 = cast.unit("CENTER"), cast.unit("SOUTH"), cast.unit("D1")
    team = add("D1A", d1, since=date(2025, 1, 1))
    assert (moving(d1).units, moving(d1).people) == (2, 6)
    moved = verbs.move_unit(d1, to=south, on=date(2026, 4, 1), by=cast.gaoming)
    team.refresh_from_db()
    assert moved.path == f"{south.path}{d1.pk}/"
    assert team.path == f"{moved.path}{team.pk}/"
    assert [(row.parent, row.since, row.until) for row in placings(moved)] == [
        (south, date(2026, 4, 1), None),
        (center, date(2024, 1, 1), date(2026, 4, 1)),
    ]
    before = {standing.unit_id: (standing.since, standing.until) for standing in standings_below(center)}
    assert before[d1.pk] == (None, date(2026, 4, 1))
    after = {standing.unit_id: (standing.since, standing.until) for standing in standings_below(south)}
    assert after[d1.pk] == (date(2026, 4, 1), None)
    assert after[team.pk] == (date(2026, 4, 1), None)


def test_a_team_stands_where_its_department_stood_while_it_was_there(cast: Cast) -> None:
    d1, d2 = cast.unit("D1"), cast.unit("D2")
    brief, late = (add(code, d2, since=date(2025, 1, 1)) for code in ("D2A", "D2B"))
    verbs.move_unit(brief, to=d1, on=date(2026, 3, 1), by=None)
    verbs.move_unit(d1, to=cast.unit("SOUTH"), on=date(2026, 4, 1), by=None)
    verbs.move_unit(late, to=d1, on=date(2026, 4, 15), by=None)
    verbs.move_unit(brief, to=d2, on=date(2026, 5, 1), by=None)

    def through_d1(above: str) -> list[tuple[int, date | None, date | None]]:
        below = standings_below(cast.unit(above))
        return [(one.unit_id, one.since, one.until) for one in below if one.branch_id == d1.pk]

    before = (d1.pk, None, date(2026, 4, 1)), (brief.pk, date(2026, 3, 1), date(2026, 4, 1))
    assert sorted(through_d1("CENTER")) == sorted(before)  # who came when it had left never stood there
    since = (
        (d1.pk, date(2026, 4, 1), None),
        (brief.pk, date(2026, 4, 1), date(2026, 5, 1)),
        (late.pk, date(2026, 4, 15), None),
    )
    assert sorted(through_d1("SOUTH")) == sorted(since)


def test_moved_twice_on_a_day_it_stood_there_once(cast: Cast) -> None:
    d1, day = cast.unit("D1"), date(2026, 4, 1)
    verbs.move_unit(d1, to=cast.unit("SOUTH"), on=day, by=cast.gaoming)
    verbs.move_unit(cast.unit("D1"), to=cast.unit("NORTH"), on=day, by=cast.gaoming)
    assert Placing.objects.filter(unit=d1).count() == 2
    assert verbs.move_unit(cast.unit("D1"), to=None, on=day, by=cast.gaoming).path == f"/{d1.pk}/"


def test_where_it_stands_already_is_no_move(cast: Cast) -> None:
    d1 = cast.unit("D1")
    assert verbs.move_unit(d1, to=cast.unit("CENTER"), by=cast.gaoming).version == d1.version


def test_a_unit_never_stands_below_itself(cast: Cast) -> None:
    for target in ("CENTER", "D1"):
        with pytest.raises(Refused) as caught:
            verbs.move_unit(cast.unit("CENTER"), to=cast.unit(target), by=cast.gaoming)
        assert caught.value.field == "parent"


def test_two_moves_at_once_close_no_circle(own_database: str) -> None:
    cast = Cast()
    south, north = cast.unit("SOUTH"), cast.unit("NORTH")
    at_once(
        [
            lambda: verbs.move_unit(south, to=north, by=cast.gaoming),
            lambda: verbs.move_unit(north, to=south, by=cast.gaoming),
        ]
    )
    south.refresh_from_db()
    north.refresh_from_db()
    assert south.path.startswith(north.path) != north.path.startswith(south.path)
    assert south.parent_id != south.pk and north.parent_id != north.pk
    assert not (south.parent_id == north.pk and north.parent_id == south.pk)


def test_not_before_it_came_to_stand_there_nor_below_a_closed_one(cast: Cast) -> None:
    with pytest.raises(Refused) as caught:
        verbs.move_unit(cast.unit("D1"), to=cast.unit("SOUTH"), on=date(2020, 1, 1), by=cast.gaoming)
    assert caught.value.field == "on"
    closed = verbs.retire_unit(cast.unit("N1"), by=cast.gaoming)
    with pytest.raises(Refused) as caught:
        verbs.move_unit(cast.unit("D1"), to=closed, by=cast.gaoming)
    assert caught.value.field == "parent"


def test_only_an_empty_unit_is_closed(cast: Cast) -> None:
    for code in ("D1", "SOUTH"):
        with pytest.raises(Refused):
            verbs.retire_unit(cast.unit(code), by=cast.gaoming)
    closed = verbs.retire_unit(cast.unit("N1"), by=cast.gaoming)
    assert closed.retired_at is not None
    assert verbs.retire_unit(closed, by=cast.gaoming).version == closed.version
    assert "N1" not in str(
        [branch.unit.code for root in tree() for top in root.below for branch in top.below]
    )


def test_a_move_on_a_day_to_come_waits_for_it(cast: Cast) -> None:
    from loudou.kernel import clock

    today, d1, south = organisation().today, cast.unit("D1"), cast.unit("SOUTH")
    team = add("D1A", d1)
    monday = today + timedelta(days=7)
    planned = verbs.move_unit(d1, to=south, on=monday, by=cast.gaoming)
    assert (planned.path, planned.version) == (d1.path, d1.version + 1)
    assert placings(planned)[0].since == monday
    assert verbs.settle(by=None) == []
    with clock.at(clock.now() + timedelta(days=7)):
        assert verbs.settle(by=None) == [d1]
        assert verbs.settle(by=None) == []
    team.refresh_from_db()
    assert team.path == f"{south.path}{d1.pk}/{team.pk}/"
    assert Entry.objects.filter(event="unit.arrived", subject_id=d1.pk).count() == 1


def test_a_planned_move_can_be_taken_back(cast: Cast) -> None:
    day = organisation().today + timedelta(days=7)
    verbs.move_unit(cast.unit("D1"), to=cast.unit("SOUTH"), on=day, by=cast.gaoming)
    verbs.move_unit(cast.unit("D1"), to=cast.unit("CENTER"), on=day, by=cast.gaoming)
    assert {row.parent for row in placings(cast.unit("D1"))} == {cast.unit("CENTER")}


def test_what_is_planned_closes_no_circle_either(cast: Cast) -> None:
    today, north, south = organisation().today, cast.unit("NORTH"), cast.unit("SOUTH")
    verbs.move_unit(south, to=north, on=today + timedelta(days=9), by=cast.gaoming)
    for day in (today, today + timedelta(days=3), today + timedelta(days=20)):
        with pytest.raises(Refused) as caught:
            verbs.move_unit(north, to=south, on=day, by=cast.gaoming)
        assert caught.value.field == "parent"


def test_a_unit_that_somebody_is_to_come_to_stays_open(cast: Cast) -> None:
    day = organisation().today + timedelta(days=7)
    verbs.join_unit(cast.lina, unit=cast.unit("N1"), on=day, by=cast.gaoming)
    with pytest.raises(Refused):
        verbs.retire_unit(cast.unit("N1"), by=cast.gaoming)


def test_others_may_not(cast: Cast) -> None:
    unit = cast.unit("D3")
    for act in (
        lambda: verbs.add_unit(code="x", name="x", kind="team", parent=None, by=cast.hezong),
        lambda: verbs.edit_unit(unit, name="x", by=cast.renli),
        lambda: verbs.move_unit(unit, to=None, by=cast.heli),
        lambda: verbs.retire_unit(unit, by=cast.anran),
    ):
        with pytest.raises(Forbidden):
            act()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(0, 300)), max_size=25))
def test_however_it_is_rebuilt_paths_and_parents_agree(db: None, moves: list[tuple[int, int, int]]) -> None:
    from django.db import transaction

    mark = transaction.savepoint()
    units = [add(f"U{n}", since=date(2025, 1, 1)) for n in range(9)]
    for which, where, day in sorted(moves, key=lambda move: move[2]):
        unit = Unit.objects.get(pk=units[which].pk)
        to = Unit.objects.get(pk=units[where].pk) if where != which else None
        try:
            verbs.move_unit(unit, to=to, on=date(2025, 1, 1) + timedelta(days=day), by=None)
        except Refused:
            continue
    for unit in Unit.objects.filter(pk__in=[unit.pk for unit in units]):
        chain, above = [unit.pk], unit.parent
        while above is not None:
            chain.append(above.pk)
            above = above.parent
        assert unit.ancestor_ids() == chain[::-1]
        stays = list(Placing.objects.filter(unit=unit).order_by("since"))
        assert stays[-1].until is None and stays[-1].parent_id == unit.parent_id
        assert all(one.until == two.since for one, two in itertools.pairwise(stays))
    today = organisation().today
    for unit in units:
        below = {
            s.unit_id
            for s in standings_below(unit)
            if (s.since is None or s.since <= today + timedelta(400)) and s.until is None
        }
        fresh = Unit.objects.get(pk=unit.pk)
        assert below == set(Unit.objects.filter(path__startswith=fresh.path).values_list("pk", flat=True))
    transaction.savepoint_rollback(mark)
