"""Activities by import: as they were, the same again changes nothing, taken back without a trace in the counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loudou.customers import verbs as customers
from loudou.exchange.importing.handing import Order, hand_in
from loudou.fieldwork import verbs
from loudou.fieldwork.models import Activity
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden
from loudou.people.models import Organisation
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast
from tests.make import day, instant

NOON = instant("2026-04-14 12:00")
HEAD = "code,kind,at,owner_username,customer_code,deal_code,contact,result,next_step,next_on\n"


@pytest.fixture
def deal(cast: Cast) -> Deal:
    customer = customers.add_customer(name="宁波甬江机电有限公司", by=cast.chenan, code="KH-1")
    with clock.at(instant("2025-01-02 09:00")):
        return make.deal(cast.chenan, customer=customer)


def bring(folder: Path, *lines: str, by: str | None = None, **how: Any) -> Any:
    file = folder / "activities.csv"
    file.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    with clock.at(NOON):
        return hand_in(
            Order("activities", file, username=by), **{"dry_run": False, "all_or_nothing": False, **how}
        )


def test_they_are_taken_over_as_they_were(cast: Cast, deal: Deal, tmp_path: Path) -> None:
    result = bring(
        tmp_path,
        "A1,visit,2025-03-01T10:00:00+08:00,chenan,KH-1,,许明华,看了现场,,",
        f"A2,拜访,2025-03-01 16:00,陈安,,{deal.code},许明华,又谈一次,送样,2025-03-05",
        f"A3,上门拜访,2025-03-02,chenan,KH-1,{deal.code},,没见到人,,",
        f"A4,call,2025-03-03T09:00:00+08:00,chenan,,{deal.code},,,,",
    )
    assert (result.counts.new, result.refused) == (4, 0), result.as_text()
    rows = {row.code: row for row in Activity.objects.all()}
    assert [rows[code].counts for code in ("A1", "A2", "A3", "A4")] == [True, False, False, True]
    assert rows["A2"].customer == rows["A1"].customer
    assert (rows["A2"].next_on, rows["A1"].known_at) == (day("2025-03-05"), instant("2025-03-01 10:00"))
    assert Deal.objects.get(pk=deal.pk).last_contact_at == instant("2025-03-03 09:00")


def test_the_same_file_again_changes_nothing_and_a_correction_one_row(
    cast: Cast, deal: Deal, tmp_path: Path
) -> None:
    line = "A1,visit,2025-03-01T10:00:00+08:00,chenan,KH-1,,许明华,看了 {what},,"
    nameless = ",call,2025-03-01T11:00:00+08:00,chenan,KH-1,,许明华,问价,,"
    bring(tmp_path, line.format(what="现场"), nameless)
    again = bring(tmp_path, line.format(what="现场"), nameless)
    assert (again.counts.unchanged, Activity.objects.count()) == (2, 2)
    changed = bring(tmp_path, line.format(what="车间"), nameless)
    assert (changed.counts.changed, changed.counts.unchanged) == (1, 1)
    assert Activity.objects.get(code="A1").result == "看了 车间"
    blanks = bring(tmp_path, line.format(what="车间").replace("许明华", "许  明华"))
    assert blanks.counts.changed == 1
    assert bring(tmp_path, line.format(what="车间").replace("许明华", "许  明华")).counts.unchanged == 1


def test_a_dry_run_writes_nothing(cast: Cast, deal: Deal, tmp_path: Path) -> None:
    line = "A1,visit,2025-03-01,chenan,KH-1,,许明华,看了现场,,"
    assert bring(tmp_path, line, dry_run=True).counts.new == 1
    assert not Activity.objects.exists()


def test_bad_rows_are_refused_with_their_column(cast: Cast, deal: Deal, tmp_path: Path) -> None:
    result = bring(
        tmp_path,
        "A1,visit,2025-03-01,nobody,KH-1,,许明华,看了现场,,",
        "A2,seance,2025-03-01,chenan,KH-1,,许明华,看了现场,,",
        "A3,visit,2027-03-01,chenan,KH-1,,许明华,看了现场,,",
        "A4,visit,2025-03-01,chenan,KH-9,,许明华,看了现场,,",
        "A5,visit,2025-03-01,chenan,,SJ-9,许明华,看了现场,,",
        "A6,visit,2025-03-01,chenan,,,许明华,看了现场,,",
        "A7,visit,2025-03-01,chenan,KH-1,,许明华,看了现场,,不知道",
    )
    found = {(note.line, note.column) for note in result.notes}
    assert found == {
        (2, "owner_username"),
        (3, "kind"),
        (4, "at"),
        (5, "customer_code"),
        (6, "deal_code"),
        (7, "customer_code"),
        (8, "next_on"),
    }


def test_without_the_right_to_history_they_obey_the_page(cast: Cast, deal: Deal, tmp_path: Path) -> None:
    result = bring(
        tmp_path,
        "A1,visit,2026-04-13,chenan,KH-1,,许明华,看了现场,,",
        "A2,visit,2025-03-01,chenan,KH-1,,许明华,看了现场,,",
        "A3,visit,2026-04-13,lina,KH-1,,许明华,看了现场,,",
        by="chenan",
    )
    assert (result.counts.new, result.refused) == (1, 2)
    taken = bring(tmp_path, "A1,visit,2026-04-13,lina,KH-1,,许明华,看了现场,,", by=None)
    assert {note.column for note in taken.notes} == {"owner_username"}


def test_what_comes_late_for_a_closed_month_is_taken(cast: Cast, deal: Deal, tmp_path: Path) -> None:
    Organisation.objects.update(closed_through=day("2025-12-31"))
    assert bring(tmp_path, "A1,visit,2025-03-01,chenan,KH-1,,许明华,看了现场,,").counts.new == 1


def test_what_was_taken_back_counts_no_more(cast: Cast, deal: Deal, tmp_path: Path) -> None:
    bring(tmp_path, f"A1,visit,2025-03-01,chenan,,{deal.code},许明华,看了现场,,")
    bring(tmp_path, f"A2,visit,2025-03-01T10:00:00+08:00,chenan,,{deal.code},许明华,又看现场,,")
    with pytest.raises(Forbidden):
        verbs.withdraw_activities([1], by=cast.chenan)
    verbs.withdraw_activities([Activity.objects.get(code="A1").pk], by=None)
    assert Activity.objects.get().counts
    assert Deal.objects.get(pk=deal.pk).last_contact_at == instant("2025-03-01 10:00")


def test_one_number_twice_in_one_helping_is_refused(cast: Cast, deal: Deal) -> None:
    row = verbs.ActivityRow(kind="call", at=NOON, owner=cast.chenan, deal=deal, code="X")
    with clock.at(NOON):
        first, second, nameless = verbs.import_activities(
            [row, row, verbs.ActivityRow("call", NOON, cast.chenan, deal=deal)], by=None
        )
    assert isinstance(first, Activity) and isinstance(nameless, Activity)
    assert nameless.code.startswith("HD-") and not isinstance(second, Activity)
