"""Imports and exports that nobody works at any more have an end, in a sentence, and a way out for who waits."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from procrastinate.contrib.django.models import ProcrastinateJob

from loudou.customers.models import Customer
from loudou.exchange import verbs
from loudou.exchange.exporting import making
from loudou.exchange.importing import handing, running, taking_back, unattended, working
from loudou.exchange.importing.handing import Order, hand_in
from loudou.exchange.models import Export, Import
from loudou.exchange.tasks.housekeeping import clear_exports, end_unattended
from loudou.journal.models import Entry, Notice
from loudou.kernel import clock
from loudou.kernel.refusals import Stale
from loudou.launch import locks
from tests.cast import Cast
from tests.exchange.taking_out import made
from tests.exchange.test_import_page import CUSTOMERS, brought, checked, chosen, signed_in, written
from tests.jobs import run

PRODUCTS = "code,name\nK-1,控制柜\n"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def _job(**values: Any) -> None:
    """What has become of the newest job; those before it are through."""
    columns = ", ".join(f"{name} = %s" for name in values)
    key = ProcrastinateJob.objects.latest("id").pk
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id <> %s", [key])
        cursor.execute(f"UPDATE procrastinate_jobs SET {columns} WHERE id = %s", [*values.values(), key])


def _cut_off(monkeypatch: pytest.MonkeyPatch, problem: BaseException, where: Any = working) -> None:
    """After what was written."""
    whole = where.import_table

    def half(*args: Any, **more: Any) -> None:
        whole(*args, **more)
        raise problem

    monkeypatch.setattr(where, "import_table", half)


def _page(cast: Cast, found: Import) -> str:
    return signed_in(cast.chenan).get(f"/imports/{found.pk}/").content.decode()


def _tried_in_vain(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Import:
    """An import whose last try has failed after its rows were written."""
    client = signed_in(cast.chenan)
    found = checked(client, brought(client))
    client.post(f"/imports/{found.pk}/write/")
    with monkeypatch.context() as then:
        _cut_off(then, OperationalError("could not extend file: No space left on device"))
        with pytest.raises(OperationalError):
            working.write(found.pk)
    _job(status="failed")
    found.refresh_from_db()
    return found


def test_while_it_waits_to_be_tried_again_its_page_says_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _tried_in_vain(cast, monkeypatch)
    _job(status="todo", attempts=1, scheduled_at=clock.now() + timedelta(minutes=2))
    assert run(end_unattended) == 0
    assert "磁盘已满" in _page(cast, found)
    assert "磁盘已满" in signed_in(cast.chenan).get(f"/imports/{found.pk}/state/").content.decode()
    with clock.at(clock.now() + timedelta(minutes=3)):
        assert unattended.pause_of(found) is None
    _job(status="doing")
    assert unattended.pause_of(found) is None


def test_one_that_ran_out_of_tries_ends_and_can_be_taken_back(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _tried_in_vain(cast, monkeypatch)
    assert found.state == Import.State.WRITING
    assert run(end_unattended) == 1 and run(end_unattended) == 0
    found.refresh_from_db()
    assert (found.state, found.rows) == (Import.State.FAILED, 2)
    assert "撤销" in found.fault and Notice.objects.get(recipient=cast.chenan).entry.event == "import.failed"
    page = _page(cast, found)
    assert f"/imports/{found.pk}/undo/" in page and f"/imports/{found.pk}/check/" in page
    assert signed_in(cast.chenan).post(f"/imports/{found.pk}/undo/").status_code == 302
    assert taking_back.take_back(found.pk, cast.chenan.pk).kept_back == []
    assert not Customer.objects.exists()


def test_one_that_ran_out_of_tries_can_be_begun_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _tried_in_vain(cast, monkeypatch)
    run(end_unattended)
    client = signed_in(cast.chenan)
    again = checked(client, found)
    assert (again.state, again.new, again.unchanged) == (Import.State.CHECKED, 0, 2)
    assert Customer.objects.count() == 2


def test_a_dry_run_that_ran_out_of_tries_can_be_made_again(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    found = brought(client)
    client.post(f"/imports/{found.pk}/check/", chosen(client, found))
    _job(status="failed")
    assert run(end_unattended) == 1
    found.refresh_from_db()
    assert found.state == Import.State.FAILED and found.fault
    assert checked(client, found).state == Import.State.CHECKED


def test_who_stops_one_that_waits_to_be_tried_again_need_not_wait(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _tried_in_vain(cast, monkeypatch)
    _job(status="todo", attempts=1, scheduled_at=clock.now() + timedelta(minutes=9))
    signed_in(cast.chenan).post(f"/imports/{found.pk}/stop/")
    assert run(end_unattended) == 1
    found.refresh_from_db()
    assert (found.state, found.fault) == (Import.State.STOPPED, "")
    # The try that comes all the same finds it over.
    assert working.write(found.pk).state == Import.State.STOPPED


def test_an_undo_that_ran_out_of_tries_can_be_asked_for_again(cast: Cast) -> None:
    client = signed_in(cast.chenan)
    found = written(client, checked(client, brought(client)))
    client.post(f"/imports/{found.pk}/undo/")
    _job(status="failed")
    assert run(end_unattended) == 1
    found.refresh_from_db()
    assert found.state == Import.State.FAILED and found.fault
    assert client.post(f"/imports/{found.pk}/undo/").status_code == 302
    taking_back.take_back(found.pk, cast.chenan.pk)
    assert not Customer.objects.exists()


def test_an_undo_that_fails_on_our_side_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(cast.chenan)
    found = written(client, checked(client, brought(client)))
    client.post(f"/imports/{found.pk}/undo/")
    with monkeypatch.context() as then:
        then.setattr(taking_back, "_take_batch", lambda *_args: 1 / 0)
        assert taking_back.take_back(found.pk, cast.chenan.pk).state == Import.State.FAILED
        then.setattr(Import.objects, "get", lambda pk: _undoing(found))
        then.setattr(taking_back, "_take_batch", lambda *_args: _raise(OperationalError()))
        with pytest.raises(OperationalError):
            taking_back.take_back(found.pk, cast.chenan.pk)
    assert Notice.objects.get(recipient=cast.chenan).entry.event == "import.undo_failed"
    assert f"/imports/{found.pk}/undo/" in _page(cast, found)


def _undoing(found: Import) -> Import:
    found.refresh_from_db()
    found.state = Import.State.UNDOING
    return found


def _raise(problem: BaseException) -> None:
    raise problem


def test_a_full_disk_is_told_as_such(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(cast.chenan)
    found = checked(client, brought(client, CUSTOMERS + "坏客户,keine,\n".encode()))
    assert f"/imports/{found.pk}/refused/" in _page(cast, found)
    _cut_off(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))
    found = written(client, found)
    assert found.state == Import.State.FAILED and "磁盘已满" in found.fault
    assert f"/imports/{found.pk}/refused/" not in _page(cast, found)  # it may be half of them


def test_what_ended_by_itself_just_now_is_left_alone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _tried_in_vain(cast, monkeypatch)
    whole = unattended.attended

    def slowly(*names: str) -> Any:
        seen = whole(*names)
        verbs.finish_import(Import.objects.get(pk=found.pk), by=None)
        return seen

    monkeypatch.setattr(unattended, "attended", slowly)
    assert run(end_unattended) == 0
    found.refresh_from_db()
    assert (found.state, found.fault) == (Import.State.DONE, "")
    found.version -= 1
    with pytest.raises(Stale):
        verbs.give_up_import(found, by=None)


# By the command ------------------------------------------------------------------------------------------------


def _handed_in(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text(PRODUCTS, "utf-8")
    hand_in(Order("products", file), dry_run=False, all_or_nothing=False)


def test_a_command_that_is_interrupted_or_stumbles_says_so(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for problem, state in ((KeyboardInterrupt(), "stopped"), (RuntimeError(), "failed")):
        with monkeypatch.context() as then:
            _cut_off(then, problem, handing)
            with pytest.raises(type(problem)):
                _handed_in(tmp_path)
        assert Import.objects.latest("id").state == state
    assert run(end_unattended) == 0
    assert not list(running.folder().glob("*.lock"))


def test_a_command_that_was_killed_is_noticed(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any, **_more: Any) -> None:
        assert run(end_unattended) == 0  # it is at it
        raise DatabaseError

    monkeypatch.setattr(handing, "import_table", away)
    monkeypatch.setattr(handing, "finish_import", lambda *_args, **_more: _raise(DatabaseError()))
    monkeypatch.setattr(Path, "unlink", lambda *_args, **_more: None)  # a killed one leaves its mark
    with pytest.raises(DatabaseError):
        _handed_in(tmp_path)
    found = Import.objects.get()
    assert found.state == Import.State.WRITING
    assert run(end_unattended) == 1
    found.refresh_from_db()
    assert found.state == Import.State.FAILED and found.fault
    assert Entry.objects.latest("id").event == "import.failed"


def test_a_command_of_another_machine_is_believed_in_for_a_day(cast: Cast) -> None:
    found = verbs.begin_import(kind="products", name="a.csv", size=1, sha256="0" * 64, by=None)
    assert run(end_unattended) == 0
    with clock.at(clock.now() + timedelta(days=1, minutes=1)):
        assert run(end_unattended) == 1
    found.refresh_from_db()
    assert found.state == Import.State.FAILED


def test_a_lock_goes_with_who_holds_it(tmp_path: Path) -> None:
    import fcntl

    mark = tmp_path / "mark"
    with locks.locked(mark, fcntl.LOCK_EX):
        assert not locks.can_lock(mark, fcntl.LOCK_EX)
    assert locks.can_lock(mark, fcntl.LOCK_EX)


# Exports -------------------------------------------------------------------------------------------------------


def _queued(cast: Cast) -> Export:
    return verbs.ask_export(kind="units", format="csv", filters={}, by=cast.chenan)


def test_an_export_that_nobody_makes_ends(cast: Cast) -> None:
    export = _queued(cast)
    assert run(end_unattended) == 0  # who asked for it makes it
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert run(end_unattended) == 1
    export.refresh_from_db()
    entry = Notice.objects.get(recipient=cast.chenan).entry
    assert (export.state, entry.event) == (Export.State.FAILED, "export.failed")
    assert "重新" in entry.particulars["reason"]
    assert entry.particulars["reason"] in signed_in(cast.chenan).get("/exports/list/").content.decode()


def test_one_that_waits_for_its_job_is_left_to_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loudou.exchange.verbs.exporting.AT_ONCE", 0)
    export = _queued(cast)
    with clock.at(clock.now() + timedelta(hours=1)):
        assert run(end_unattended) == 0
    done = making.make(export.pk)
    assert done.state == Export.State.READY
    assert verbs.fail_export(done, reason="", by=None).state == Export.State.READY  # too late


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_disk_that_is_full_leaves_no_half_of_an_export(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: _raise(OSError(errno.ENOSPC, "full")))
    export = made(cast.chenan, "units", form)
    assert export.state == Export.State.FAILED
    assert not list(making._folder().iterdir())
    assert "磁盘已满" in Notice.objects.get(recipient=cast.chenan).entry.particulars["reason"]


def test_what_a_killed_worker_left_of_an_export_goes_after_a_day(cast: Cast) -> None:
    kept = made(cast.chenan, "units")
    stray = making._folder() / "0123456789abcdef0123456789abcdef.csv"
    stray.write_text("half", "utf-8")
    assert run(clear_exports) == 0 and stray.exists()
    before = clock.now().timestamp() - 25 * 3600
    for path in making._folder().iterdir():
        os.utime(path, (before, before))
    assert run(clear_exports) == 0
    assert [path.name for path in making._folder().iterdir()] == [kept.stored_as]
