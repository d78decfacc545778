"""Acts and what is written down of them."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError
from django.http import Http404
from django.utils.translation import gettext_lazy

from loudou.journal import channel
from loudou.journal.models import Delivery, Entry, Notice
from loudou.journal.record import acting, changes, lock, plain, record, send_mail, verb
from loudou.journal.vocabulary import Event, event
from loudou.kernel import clock
from loudou.kernel.money import Money
from loudou.kernel.refusals import Refused, Stale
from loudou.people.models import Organisation, SavedView, User
from tests.cast import Cast

EVENT = Event("test.happened", "happened", "point")


@verb
def rename(
    user: User, *, name: str, by: User | None, fail: bool = False, notify: tuple[User, ...] = ()
) -> User:
    """An act small enough to watch."""
    fresh = lock(user)
    fresh.name = name
    fresh.save(update_fields=["name"])
    record(EVENT, fresh, by=by, name=name, notify=notify)
    send_mail("somebody@example.org", "A\nsubject ", "body")
    if fail:
        raise Refused("no")
    return fresh


@verb
def rename_two(one: User, two: User, *, by: User | None, second_fails: bool = False) -> None:
    """An act made of two; the second may be refused without undoing the first."""
    rename(one, name="甲", by=by)
    try:
        rename(two, name="乙", by=by, fail=second_fails)
    except Refused:
        record(EVENT, two, by=by, refused=True)


def told() -> list[Entry]:
    return list(Entry.objects.filter(event=EVENT.name).order_by("id"))


# What an act leaves behind ---------------------------------------------------------------------------------------


def test_an_act_that_succeeds_is_written_down_with_who_when_and_which_door(cast: Cast) -> None:
    door = uuid.uuid4()
    with channel.through("api", door), clock.at(datetime(2026, 4, 1, tzinfo=UTC)):
        rename(cast.chenan, name="陈平安", by=cast.wumin)
    entry = told()[0]
    assert (entry.actor, entry.channel, entry.request_id) == (cast.wumin, "api", door)
    assert (entry.subject_type, entry.subject_id, entry.subject_label) == (
        "people.user",
        cast.chenan.pk,
        "陈平安",
    )
    assert (entry.at, entry.particulars) == (datetime(2026, 4, 1, tzinfo=UTC), {"name": "陈平安"})


def test_a_bare_call_counts_as_a_command_and_a_door_has_a_known_name(cast: Cast) -> None:
    rename(cast.chenan, name="x", by=None)
    assert (told()[0].channel, told()[0].actor) == ("command", None)
    with pytest.raises(ValueError, match="chimney"), channel.through("chimney"):
        pass


def test_an_act_that_is_refused_leaves_nothing(cast: Cast) -> None:
    with pytest.raises(Refused):
        rename(cast.chenan, name="x", by=cast.wumin, fail=True, notify=(cast.lina,))
    cast.chenan.refresh_from_db()
    assert cast.chenan.name == "陈安"
    assert (told(), Delivery.objects.count(), Notice.objects.filter(recipient=cast.lina).count()) == (
        [],
        0,
        0,
    )


def test_a_part_that_is_refused_is_undone_alone(cast: Cast) -> None:
    rename_two(cast.chenan, cast.lina, by=None, second_fails=True)
    assert [entry.particulars for entry in told()] == [{"name": "甲"}, {"refused": True}]
    assert Delivery.objects.count() == 1
    cast.lina.refresh_from_db()
    assert cast.lina.name == "李娜"


def test_a_stretch_of_acts_succeeds_or_fails_together(cast: Cast) -> None:
    with pytest.raises(Refused), acting():
        _rename_and_fail(cast)
    assert told() == []
    with acting():
        rename(cast.chenan, name="x", by=None)
        rename(cast.lina, name="y", by=None)
        assert told() == []  # entries come just before the commit
    assert len(told()) == 2


def _rename_and_fail(cast: Cast) -> None:
    rename(cast.chenan, name="x", by=None)
    rename(cast.lina, name="y", by=None, fail=True)


def test_who_shall_hear_hears_once_and_nobody_hears_of_their_own_act(cast: Cast) -> None:
    rename(cast.chenan, name="x", by=cast.wumin, notify=(cast.lina, cast.wumin, cast.lina))
    assert [notice.recipient for notice in Notice.objects.filter(entry=told()[0])] == [cast.lina]


def test_who_is_answered_hears_nothing_else_of_the_act(cast: Cast) -> None:
    answered = event("test.answered", "answered", answers=True)
    with acting():
        rename(cast.chenan, name="x", by=cast.wumin, notify=(cast.lina, cast.zhoukai))
        record(answered, cast.chenan, by=cast.wumin, notify=[cast.lina])
        rename(cast.chenan, name="y", by=cast.wumin, notify=(cast.lina,))
    heard = Notice.objects.values_list("recipient__username", "entry__event")
    assert set(heard) == {("lina", "test.answered"), ("zhoukai", "test.happened")}


def test_history_and_mail_are_written_inside_an_act(cast: Cast) -> None:
    with pytest.raises(RuntimeError):
        record(EVENT, cast.chenan, by=None)
    with pytest.raises(RuntimeError):
        send_mail("a@example.org", "s", "b")


def test_a_subject_of_a_mail_is_one_line(cast: Cast) -> None:
    rename(cast.chenan, name="x", by=None)
    assert Delivery.objects.get().payload["subject"] == "A subject"


# Locks and versions ----------------------------------------------------------------------------------------------


def test_a_row_that_moved_on_shows_both_values(db: None) -> None:
    company = Organisation.objects.get()
    with acting():
        assert lock(company, version=company.version).pk == company.pk
        with pytest.raises(Stale) as stale:
            lock(
                company, version=company.version + 1, sent={"name": "别名", "base_currency": "CNY", "gone": 1}
            )
    assert stale.value.version == company.version
    assert stale.value.differences == {"name": (company.name, "别名"), "gone": (None, 1)}
    assert stale.value.told["名称"] == (
        company.name,
        "别名",
    )  # the page names fields in the reader's language


def test_a_row_that_went_meanwhile_is_not_there(cast: Cast) -> None:
    view = SavedView.objects.create(owner=cast.lina, page="pipeline:list", name="本季", made_at=clock.now())
    SavedView.objects.all().delete()
    with pytest.raises(Http404), acting():
        lock(view)


def test_changes_are_before_and_after_of_what_differs(cast: Cast) -> None:
    assert changes(cast.chenan, {"name": "陈平安", "email": cast.chenan.email}) == {
        "name": ["陈安", "陈平安"]
    }


# Deadlocks -------------------------------------------------------------------------------------------------------


def failing(times: int, state: type[psycopg.errors.Error]) -> Any:
    """An act that meets this error so many times before it succeeds; how often it was tried."""
    tries = []

    @verb
    def act(*, by: None = None) -> int:
        tries.append(1)
        if len(tries) <= times:
            raise (
                IntegrityError if issubclass(state, psycopg.IntegrityError) else OperationalError
            ) from state()
        return len(tries)

    return act


@pytest.mark.parametrize(
    "state",
    [
        psycopg.errors.DeadlockDetected,
        psycopg.errors.SerializationFailure,
        psycopg.errors.UniqueViolation,  # somebody wrote the same in that moment: the next try finds it
    ],
)
def test_where_somebody_was_in_the_way_it_is_tried_again(
    own_database: str, state: type[psycopg.errors.Error]
) -> None:
    assert failing(2, state)() == 3
    with pytest.raises(DatabaseError):
        failing(3, state)()


@pytest.mark.parametrize("state", [psycopg.errors.LockNotAvailable, psycopg.errors.CheckViolation])
def test_other_faults_of_the_database_are_not_tried_again(
    own_database: str, state: type[psycopg.errors.Error]
) -> None:
    with pytest.raises(DatabaseError):
        failing(1, state)()


def test_inside_another_act_it_is_left_to_the_outer_one(db: None) -> None:
    act = failing(1, psycopg.errors.DeadlockDetected)
    with pytest.raises(OperationalError), acting():
        act()


# Plain values ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (1.5, "1.5"),
        (Decimal("1.50"), "1.50"),
        (date(2026, 4, 1), "2026-04-01"),
        (datetime(2026, 4, 1, tzinfo=UTC), "2026-04-01T00:00:00+00:00"),
        (uuid.UUID(int=1), str(uuid.UUID(int=1))),
        (Money(Decimal(3), "USD"), {"amount": "3", "currency": "USD"}),
        ({"a": [Decimal(1)], 2: None}, {"a": ["1"], "2": None}),
        ({"x"}, ["x"]),
        ("bad\x00\ud800", "bad\ufffd?"),
        (object, "<class 'object'>"),
    ],
)
def test_values_are_kept_as_json_can(value: Any, kept: Any) -> None:
    assert plain(value) == kept


def test_rows_are_kept_as_number_and_name_and_words_as_text(cast: Cast) -> None:
    assert plain(cast.chenan) == {"id": cast.chenan.pk, "name": "陈安"}
    assert isinstance(plain(gettext_lazy("name")), str)
