"""Negotiations, measures and evaluations by file: in, again, out, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from loudou.exchange import verbs as imports
from loudou.exchange.exporting.sheets import SHEETS
from loudou.exchange.importing.handing import Order, hand_in
from loudou.exchange.importing.taking_back import take_back
from loudou.exchange.models import Import
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.steering import verbs as steering
from loudou.steering.models import Measure, Note
from loudou.targets import verbs as targets
from loudou.targets.models import Negotiation, Target
from loudou.tasks import verbs as tasks
from loudou.tasks.models import Task
from tests.cast import Cast
from tests.make import instant

YEAR = Fiscal().parse("2026")
TALKS = "unit_code,metric,period,envelope,proposed,text,specific,attainable,relevant,comment"
MEASURES = "unit_code,username,metric,period,text,owner_username,due_on,state,result"
NOTES = "unit_code,username,period,text"


@pytest.fixture(autouse=True)
def _may(db: None) -> Iterator[None]:
    with clock.at(instant("2026-05-06 10:00")):
        yield


def bring(folder: Path, kind: str, *lines: str, by: str | None = None) -> str:
    file = folder / f"{kind}.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return hand_in(Order(kind, file, username=by), dry_run=False, all_or_nothing=False).as_text()


def taken_out(kind: str, user: User | None = None) -> list[list[object]]:
    sheet, zone = SHEETS[kind], organisation().zone
    return [list(sheet.write(row, user, zone)) for row in sheet.choose(user, {})]


def test_a_negotiation_is_opened_answered_and_known_again(cast: Cast, tmp_path: Path) -> None:
    first = "D1,bookings,2026,6000000,5800000,全年,东区,去年,份额,"
    assert "new 1" in bring(tmp_path, "negotiations", TALKS, first)
    assert "unchanged 1" in bring(tmp_path, "negotiations", TALKS, first)
    talk = Negotiation.objects.get()
    assert (talk.envelope, talk.proposed, talk.specific) == (6_000_000, 5_800_000, "东区")
    told = bring(
        tmp_path, "negotiations", TALKS, "D1,签约,2026,6100000,5900000,再谈,,,,", "NO,bookings,2026,1,,,,,,"
    )
    assert "changed 1" in told and "refused 1" in told
    talk.refresh_from_db()
    assert (talk.envelope, talk.proposed, talk.rounds.count()) == (6_100_000, 5_900_000, 4)
    [out] = taken_out("negotiations", cast.hezong)
    assert out[:6] == ["D1", "bookings", "2026", Decimal(6_100_000), Decimal(5_900_000), "再谈"]
    with pytest.raises(Forbidden):
        targets.withdraw_negotiations([talk.pk], by=cast.lina)
    assert targets.withdraw_negotiations([talk.pk], by=cast.hezong) == 1
    assert not Negotiation.objects.exists()


def test_what_waits_for_a_signature_is_not_withdrawn(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "negotiations", TALKS, "D1,bookings,2026,6000000,,,,,,")
    talk = Negotiation.objects.get()
    Negotiation.objects.update(state="submitted")
    with pytest.raises(Refused):
        targets.withdraw_negotiations([talk.pk], by=None)
    assert "refused 1" in bring(tmp_path, "negotiations", TALKS, "D1,bookings,2026,7000000,,好,,,,")


def test_measures_come_with_their_tasks_and_end_with_a_result(cast: Cast, tmp_path: Path) -> None:
    targets.set_target(
        unit=None, person=cast.lina, metric="bookings", period=YEAR, amount=Decimal(9), by=None
    )
    line = ",lina,bookings,2026,拜访十家老客户,lina,2026-06-01"
    assert "new 1" in bring(tmp_path, "measures", MEASURES, f"{line},,", by="lina")
    assert "unchanged 1" in bring(tmp_path, "measures", MEASURES, f"{line},,", by="lina")
    assert Task.objects.open().count() == 1
    assert "changed 1" in bring(tmp_path, "measures", MEASURES, f"{line},done,拜访了十二家", by="lina")
    assert Task.objects.open().count() == 0
    told = bring(
        tmp_path,
        "measures",
        MEASURES,
        ",lina,deals,2026,没有目标,lina,2026-06-01,,",
        ",,bookings,2026,没有人,lina,2026-06-01,,",
        ",lina,bookings,2026,旧措施,lina,2026-03-01,,",
        ",lina,bookings,2026,没有这人,nobody,2026-06-01,,",
        by="lina",
    )
    assert "refused 4" in told
    history = (
        ",lina,bookings,2026,旧措施,lina,2026-03-01,done,做完了",
        ",lina,bookings,2026,拖着的,lina,2026-03-02,,",
        ",lina,bookings,2026,看不见,sunqiang,2026-03-02,,",
    )
    assert "new 2" in bring(tmp_path, "measures", MEASURES, *history)
    out = taken_out("measures", cast.lina)
    assert [(row[4], row[7]) for row in out] == [
        ("拜访十家老客户", "done"),
        ("旧措施", "done"),
        ("拖着的", "open"),
    ]
    assert out[0][:4] == ["D1", "lina", "bookings", "2026"]
    with pytest.raises(Refused):
        steering.bring_measure(
            steering.MeasureRow(Target.objects.get(), " ", cast.lina, date(2026, 3, 1)), by=None
        )
    with pytest.raises(Forbidden):
        steering.withdraw_measures([row.pk for row in Measure.objects.all()], by=cast.sunqiang)
    assert "new 1" in bring(tmp_path, "measures", MEASURES, f"{line.replace('十', '八')},,", by="lina")
    assert steering.withdraw_measures([row.pk for row in Measure.objects.all()], by=cast.lina) == 4
    assert not Measure.objects.exists() and not Task.objects.open().exists()


def test_what_was_said_last_comes_and_goes_with_a_negotiation(cast: Cast, tmp_path: Path) -> None:
    asked = "D1,bookings,2026,6000000,,先报个数,,,,"
    assert "new 1" in bring(tmp_path, "negotiations", TALKS, asked)
    [out] = taken_out("negotiations", cast.hezong)
    assert out[3:6] == [Decimal(6_000_000), None, "先报个数"]
    assert "changed 1" in bring(tmp_path, "negotiations", TALKS, asked.replace("6000000,,先", "6200000,,再"))
    [out] = taken_out("negotiations", cast.hezong)
    assert out[3:6] == [Decimal(6_200_000), None, "再报个数"]


def test_the_task_of_a_measure_that_a_file_of_tasks_brought_is_the_measures(
    cast: Cast, tmp_path: Path
) -> None:
    """An export holds both; a house that is filled from it has each task once, and it ends its measure."""
    targets.set_target(
        unit=None, person=cast.lina, metric="bookings", period=YEAR, amount=Decimal(9), by=None
    )
    measure = ",lina,bookings,2026,拜访十家老客户,lina,2026-06-01,,"
    steering.take_measure(
        Target.objects.get(), text="拜访十家老客户", owner=cast.lina, due_on=date(2026, 6, 1), by=cast.lina
    )
    [before] = taken_out("tasks")
    Measure.objects.all().delete()
    Task.objects.all().delete()
    task = f"{before[0]},拜访十家老客户,lina,2026-06-01,open,"
    head = "code,title,owner_username,due_on,state,outcome"
    assert "new 1" in bring(tmp_path, "tasks", head, task)
    assert "new 1" in bring(tmp_path, "measures", MEASURES, measure, by="lina")
    [after] = taken_out("tasks")
    assert after[:4] == before[:4]
    tasks.finish_task(Task.objects.get(), result="拜访了十二家", by=cast.lina)
    assert (Measure.objects.get().state, Measure.objects.get().result) == ("done", "拜访了十二家")


def test_evaluations_of_weeks_and_months(cast: Cast, tmp_path: Path) -> None:
    targets.set_target(unit=None, person=cast.lina, metric="deals", period=YEAR, amount=Decimal(9), by=None)
    targets.set_target(unit=cast.unit("D1"), metric="bookings", period=YEAR, amount=Decimal(9), by=None)
    lines = (",lina,2026-W17,签了两单", "D1,,2026-04,进度落后一周")
    assert "new 2" in bring(tmp_path, "evaluations", NOTES, *lines)
    assert "unchanged 2" in bring(tmp_path, "evaluations", NOTES, *lines)
    told = bring(
        tmp_path,
        "evaluations",
        NOTES,
        ",lina,2026-W17,签了三单",
        ",lina,2026-05,未完",
        ",sunqiang,2026-04,无",
    )
    assert "changed 1" in told and "refused 2" in told
    assert taken_out("evaluations") == [
        ["D1", "lina", "2026-W17", "签了三单"],
        ["D1", None, "2026-04", "进度落后一周"],
    ]
    with pytest.raises(Forbidden):
        steering.withdraw_notes([Note.objects.get(person=None).pk], by=cast.lina)
    assert steering.withdraw_notes([row.pk for row in Note.objects.all()], by=None) == 2


def back() -> Import:
    """Take the newest import back."""
    run = Import.objects.latest("id")
    imports.undo_import(run, by=User.objects.get(username="linjing"))
    return take_back(run.pk, None)


def test_what_only_changed_something_is_taken_back_too(cast: Cast, tmp_path: Path) -> None:
    targets.set_target(
        unit=None, person=cast.lina, metric="bookings", period=YEAR, amount=Decimal(9), by=None
    )
    line = ",lina,bookings,2026,拜访十家老客户,lina,2026-06-01"
    bring(tmp_path, "measures", MEASURES, f"{line},,")
    assert "changed 1" in bring(tmp_path, "measures", MEASURES, f"{line},done,拜访了十二家")
    assert back().kept_back == []
    measure, task = Measure.objects.get(), Task.objects.get()
    assert (measure.state, measure.result, measure.closed_at, task.state) == ("open", "", None, "open")
    assert steering.reopen_measure(measure, by=None).version == measure.version
    bring(tmp_path, "evaluations", NOTES, ",lina,2026-W17,签了两单")
    assert "changed 1" in bring(tmp_path, "evaluations", NOTES, ",lina,2026-W17,签了三单")
    assert back().kept_back == [] and Note.objects.get().text == "签了两单"


def test_a_measure_of_long_ago_that_has_no_task_is_taken_back_as_well(cast: Cast, tmp_path: Path) -> None:
    targets.set_target(
        unit=None, person=cast.lina, metric="bookings", period=YEAR, amount=Decimal(9), by=None
    )
    line = ",lina,bookings,2026,拜访十家老客户,lina,2026-02-01"
    bring(tmp_path, "measures", MEASURES, f"{line},,")
    bring(tmp_path, "measures", MEASURES, f"{line},done,拜访了十二家")
    assert back().kept_back == []
    assert Measure.objects.get().state == "open" and not Task.objects.exists()


def test_what_was_said_in_a_negotiation_stays_and_the_import_says_so(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "negotiations", TALKS, "D1,bookings,2026,6000000,5800000,全年,,,,")
    with clock.at(instant("2026-05-06 11:00")):
        assert "changed 1" in bring(tmp_path, "negotiations", TALKS, "D1,bookings,2026,6100000,,再谈,,,,")
    assert back().kept_back == [["targets.negotiation", "协商中说过的话不能收回，请再说一次。", 1]]
    assert Negotiation.objects.get().envelope == 6_100_000
