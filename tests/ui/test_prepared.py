"""A prepared query answers as the query it was made of."""

from __future__ import annotations

import threading

from django.db import connection
from django.test.utils import CaptureQueriesContext

from loudou.people.models import Unit, User
from loudou.ui.prepared import ANY, MANY, Prepared, among
from tests.cast import Cast

PEOPLE = Prepared(lambda key: User.objects.filter(unit=key).select_related("unit").order_by("username"), ANY)
SOME = Prepared(lambda keys: User.objects.filter(among(User, keys)).only("name").order_by("pk"), MANY)


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
