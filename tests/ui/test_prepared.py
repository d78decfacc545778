"""A prepared query answers as the query it was made of."""

from __future__ import annotations

import threading

from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from loudou.people.models import Unit, User
from loudou.ui.prepared import ANY, MANY, Prepared, Shapes, among, read, together
from tests.cast import Cast

PEOPLE = Prepared(lambda key: User.objects.filter(unit=key).select_related("unit").order_by("username"), ANY)
ONE = Prepared(lambda key: User.objects.filter(pk=key).select_related("unit"), ANY)
NAMES = Prepared(
    lambda key: User.objects.filter(unit=key).order_by("username").values_list("pk", "name"), ANY
)
SORTED = Shapes(
    lambda order, key: User.objects.filter(unit=key).order_by(order).values_list("pk", "name"), ANY
)
SOME = Prepared(lambda keys: User.objects.filter(among(keys)).only("name").order_by("pk"), MANY)


def test_it_is_asked_with_other_values_each_time(cast: Cast) -> None:
    for unit in Unit.objects.all():
        expected = list(User.objects.filter(unit=unit).order_by("username"))
        assert PEOPLE.rows(unit.pk) == expected
        assert PEOPLE.first(unit.pk) == next(iter(expected), None)


def test_what_it_joins_and_leaves_out_is_as_it_was_said(cast: Cast) -> None:
    PEOPLE.rows(cast.chenan.unit_id)
    with CaptureQueriesContext(connection) as asked:
        assert {person.unit.name for person in PEOPLE.rows(cast.chenan.unit_id)} == {cast.chenan.unit.name}
        keys = [cast.lina.pk, cast.chenan.pk]
        assert [person.name for person in SOME.rows(keys)] == [
            person.name for person in User.objects.filter(pk__in=keys).order_by("pk")
        ]
        assert SOME.rows([]) == []
    assert len(asked) == 4
    assert "password" in SOME.rows([cast.lina.pk])[0].get_deferred_fields()


def test_threads_ask_it_through_their_own_connections(own_database: str) -> None:
    person = Cast().chenan
    found: list[list[User]] = []

    def ask() -> None:
        found.append(PEOPLE.rows(person.unit_id))
        connection.close()

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert [person in people for people in found] == [True] * 4


def test_an_answer_is_the_row_that_django_would_make(cast: Cast) -> None:
    """What was read and what was not, what is joined, also where there is nothing, and that it stands in the database."""
    loose = User.objects.filter(unit=None).first()
    for person in [*User.objects.filter(unit=cast.chenan.unit).order_by("username"), loose]:
        if person is None:
            continue
        (made,) = ONE.rows(person.pk)
        assert {name: value for name, value in made.__dict__.items() if name != "_state"} == {
            name: value for name, value in person.__dict__.items() if name != "_state"
        }
        assert (made.unit, made._state.adding, made._state.db) == (person.unit, False, "default")
        assert made.get_deferred_fields() == set()


def test_values_come_as_the_database_gives_them(cast: Cast) -> None:
    assert NAMES.tuples(cast.chenan.unit_id) == list(
        User.objects.filter(unit=cast.chenan.unit).order_by("username").values_list("pk", "name")
    )
    assert SORTED.of("-username").tuples(cast.chenan.unit_id) == NAMES.tuples(cast.chenan.unit_id)[::-1]


def test_what_is_among_some_keys_is_so_in_an_inner_query_too(cast: Cast) -> None:
    people = User.objects.filter(among([cast.chenan.unit_id, -1], "unit"))
    assert set(people) == set(User.objects.filter(unit=cast.chenan.unit))
    assert list(User.objects.filter(pk__in=people.values("pk")).order_by("pk")) == list(people.order_by("pk"))


def test_what_never_changes_is_written_into_it(cast: Cast) -> None:
    """A percent sign in it stays one; what is asked for is sent apart."""
    User.objects.filter(pk=cast.lina.pk).update(name="九成%s李'娜")
    named = Prepared(lambda key: User.objects.filter(name__contains="%s李'", unit=key), ANY)
    assert named.rows(cast.lina.unit_id) == [cast.lina]
    assert named.rows(0) == []
    with CaptureQueriesContext(connection) as asked:
        named.rows(cast.lina.unit_id)
    assert "李''" in asked[0]["sql"]


def test_a_query_of_other_words_each_time_makes_its_rows_in_the_same_way(cast: Cast) -> None:
    asked = User.objects.select_related("unit", "manager__unit").defer("email", "manager__email")
    asked = asked.prefetch_related("reports").order_by("username")
    with CaptureQueriesContext(connection) as usual:
        expected = [_told(user) for user in asked]
    with CaptureQueriesContext(connection) as ours:
        found = [_told(user) for user in read(asked)]
    assert found == expected
    assert any(manager is None for *_rest, manager, _unit, _reports in found)
    assert any(reports for *_rest, reports in found)
    assert len(ours) == len(usual)
    assert read(asked.none()) == []
    assert read(asked.filter(pk__in=[])) == []


def test_what_was_left_out_of_a_row_is_read_when_it_is_asked_for(cast: Cast) -> None:
    (found,) = read(User.objects.filter(pk=cast.chenan.pk).defer("email"))
    assert not found._state.adding
    assert found.get_deferred_fields() == {"email"}
    assert found.email == cast.chenan.email


def _told(user: User) -> tuple[object, ...]:
    manager = user.manager
    unit = manager.unit.name if manager is not None and manager.unit is not None else None
    return (
        user.pk,
        user.name,
        user.joined_on,
        user.unit and user.unit.name,
        manager,
        unit,
        list(user.reports.all()),
    )


def test_several_are_asked_at_once_each_with_its_own_values(cast: Cast) -> None:
    units = [cast.chenan.unit_id, cast.qianjin.unit_id]
    apart = [row for unit in units for row in NAMES.tuples(unit)]
    with CaptureQueriesContext(connection) as asked:
        assert together((NAMES, [unit]) for unit in units) == apart
        assert together([]) == []
    assert len(asked) == 1 and apart


def test_keys_are_sent_in_one_type_however_large_they_are(cast: Cast) -> None:
    wanted = Prepared(lambda keys: User.objects.filter(among(keys)).values_list("pk", "phone"), MANY)
    me = User.objects.filter(pk=cast.lina.pk)
    for beside in ([], [70_000], [2**40]):
        for _ in range(2):
            assert wanted.tuples([cast.lina.pk, *beside]) == list(me.values_list("pk", "phone"))
    assert wanted.tuples([]) == []
    words = 'SELECT "people_user"."id" AS "pk", "people_user"."phone" AS "phone" FROM "people_user" WHERE'
    assert [types for types, _generic in kept(words)] == ["{bigint[]}"]


def test_a_query_planned_unseen_keeps_its_plan(cast: Cast) -> None:
    def build(key: int, units: list[int]) -> QuerySet[User, tuple[str]]:
        return User.objects.filter(among(units, "unit")).exclude(pk=key).order_by("pk").values_list("email")

    seen, unseen = Prepared(build, ANY, [ANY - 1]), Prepared(build, ANY, [ANY - 1], unseen=True)
    for person in 6 * [cast.lina, cast.chenan]:
        asked = (person.pk, [person.unit_id, cast.chenan.unit_id])
        assert unseen.tuples(*asked) == seen.tuples(*asked)
    ((_types, generic),) = kept('SELECT "people_user"."email"', "(SELECT $2)")
    assert generic > 0


def kept(*words: str) -> list[tuple[str, int]]:
    """What the server keeps of statements with these words: the types of their values, how often one plan was used."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, parameter_types::text, generic_plans FROM pg_prepared_statements")
        rows = cursor.fetchall()
    return [
        (types, generic) for statement, types, generic in rows if all(word in statement for word in words)
    ]
