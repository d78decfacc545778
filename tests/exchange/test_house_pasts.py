"""Files of who belonged where, and where units stood, and when: in, again, refused whole, out again, and back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from loudou.exchange import verbs
from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.exchange.importing.taking_back import take_back
from loudou.exchange.models import Import
from loudou.kernel.refusals import Refused
from loudou.people import verbs as people
from loudou.people.models import Membership, Placing, Unit, User
from tests.cast import Cast

MEMBERSHIPS = """username,unit_code,from,until
lina,D2,2024-01-01,2025-07-01
LINA,D1,2025-07-01,
zhangwei,D1,2024-01-01,2025-01-01
zhangwei,D2,2025-03-01,
"""
PLACES = """部门编码,上级部门编码,起始日期,终止日期
D1,SOUTH,2024-01-01,2025-07-01
D1,CENTER,2025-07-01,
"""


def bring(folder: Path, kind: str, content: str, *, dry: bool = False, by: str | None = None) -> Result:
    file = folder / f"{kind}.csv"
    file.write_text(content, "utf-8")
    return hand_in(Order(kind, file, username=by), dry_run=dry, all_or_nothing=False)


def outcome(result: Result) -> tuple[int, int, int]:
    return result.counts.changed, result.counts.unchanged, result.counts.refused


def refusals(result: Result) -> list[tuple[int, str]]:
    return [(note.line, note.column) for note in result.notes]


def back(cast: Cast) -> Import:
    run = Import.objects.latest("id")
    verbs.undo_import(run, by=cast.gaoming)
    return take_back(run.pk, cast.gaoming.pk)


def house() -> list[object]:
    stays = Membership.objects.order_by("user__username", "since")
    stood = Placing.objects.order_by("unit__code", "since")
    return [
        *stays.values_list("user__username", "unit__code", "since", "until"),
        *stood.values_list("unit__code", "parent__code", "since", "until"),
        *Unit.objects.order_by("code").values_list("code", "path", "parent__code"),
        *User.objects.order_by("username").values_list("username", "unit__code"),
    ]


def test_the_rows_of_a_person_are_their_whole_past(cast: Cast, tmp_path: Path) -> None:
    before = house()
    assert outcome(bring(tmp_path, "memberships", MEMBERSHIPS, dry=True)) == (4, 0, 0)
    assert house() == before
    assert outcome(bring(tmp_path, "memberships", MEMBERSHIPS, by="gaoming")) == (4, 0, 0)
    told = Membership.objects.filter(user=cast.zhangwei).order_by("since")
    assert list(told.values_list("unit__code", "since", "until")) == [
        ("D1", date(2024, 1, 1), date(2025, 1, 1)),
        ("D2", date(2025, 3, 1), None),
    ]
    assert User.objects.get(username="zhangwei").unit == cast.unit("D2")
    assert outcome(bring(tmp_path, "memberships", MEMBERSHIPS)) == (0, 4, 0)
    assert Import.objects.filter(kind="memberships").count() == 2


def test_a_person_is_taken_whole_or_not_at_all(cast: Cast, tmp_path: Path) -> None:
    before = house()
    result = bring(
        tmp_path,
        "memberships",
        "username,unit_code,from,until\n"
        "lina,D2,2024-01-01,2025-07-01\nlina,D1,gestern,\n"
        "zhangwei,D9,2024-01-01,\nzhangwei,D1,2025-01-01,\n"
        "zhoukai,D1,2024-01-01,2025-02-01\nzhoukai,D2,2025-01-01,\n"
        "chenan,D1,2024-01-01,\nchenan,D2,2024-01-01,\n"
        "nobody,D1,2024-01-01,\n",
    )
    assert outcome(result) == (0, 0, 9)
    assert refusals(result) == [
        (2, ""),
        (3, "from"),
        (4, "unit_code"),
        (5, ""),
        (6, "from"),
        (7, "from"),
        (8, ""),
        (9, "username"),
        (10, "username"),
    ]
    assert house() == before


def test_the_rows_of_a_unit_are_its_whole_past(cast: Cast, tmp_path: Path) -> None:
    assert outcome(bring(tmp_path, "unit-places", PLACES, by="gaoming")) == (2, 0, 0)
    told = Placing.objects.filter(unit__code="D1").order_by("since")
    assert list(told.values_list("parent__code", "since", "until")) == [
        ("SOUTH", date(2024, 1, 1), date(2025, 7, 1)),
        ("CENTER", date(2025, 7, 1), None),
    ]
    assert outcome(bring(tmp_path, "unit-places", PLACES)) == (0, 2, 0)


def test_a_unit_is_taken_whole_or_not_at_all(cast: Cast, tmp_path: Path) -> None:
    before = house()
    result = bring(
        tmp_path,
        "unit-places",
        "unit_code,parent_code,from,until\n"
        "D1,SOUTH,2024-01-01,2025-07-01\nD1,D99,2025-07-01,\n"
        "D2,SOUTH,2024-01-01,2025-01-01\nD2,CENTER,2025-02-01,\n"
        "CENTER,D1,2024-01-01,\n"
        "X9,,2024-01-01,\n",
    )
    assert outcome(result) == (0, 0, 6)
    assert refusals(result) == [
        (2, ""),
        (3, "parent_code"),
        (4, "until"),
        (5, "until"),
        (6, "parent_code"),
        (7, "unit_code"),
    ]
    assert house() == before


def test_taken_back_everybody_and_everything_is_where_it_was(cast: Cast, tmp_path: Path) -> None:
    people.join_unit(cast.lina, unit=cast.unit("D2"), on=date(2026, 2, 3), by=None)
    before = house()
    bring(tmp_path, "memberships", MEMBERSHIPS)
    assert house() != before
    assert back(cast).kept_back == [] and house() == before
    company = cast.unit("CENTER").parent
    assert company is not None
    swap = (
        "unit_code,parent_code,from\nD1,CENTER,2024-01-01\n"
        f"D1,{company.code},2025-07-01\nCENTER,{company.code},2024-01-01\nCENTER,D1,2025-07-01\n"
    )
    assert outcome(bring(tmp_path, "unit-places", swap)) == (4, 0, 0)
    assert back(cast).kept_back == [] and house() == before


def test_what_was_moved_since_stays(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "unit-places", PLACES + "D2,SOUTH,2024-01-01,\n")
    people.move_unit(cast.unit("D1"), to=cast.unit("SOUTH"), by=None)
    people.close_books(through=date(2025, 12, 31), by=None)
    kept = back(cast).kept_back
    assert sorted(count for _label, _why, count in kept) == [1, 1]
    assert cast.unit("D1").parent == cast.unit("D2").parent == cast.unit("SOUTH")


def test_what_goes_out_comes_in_again(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "memberships", MEMBERSHIPS)
    bring(tmp_path, "unit-places", PLACES)
    closed = people.add_unit(
        code="OLD", name="老部门", kind="team", parent=cast.unit("D1"), by=None, position=7
    )
    closed = people.retire_unit(closed, by=None)
    told, files = house(), {}
    for kind in ("units", "unit-places", "memberships"):
        files[kind] = tmp_path / f"out-{kind}.csv"
        assert hand(kind, username="gaoming", output=files[kind], form="csv", filters={}, bom=False) > 1
        again = hand_in(Order(kind, files[kind]), dry_run=False, all_or_nothing=False)
        assert again.counts.rows == again.counts.unchanged, again.as_text()
    assert house() == told
    row = next(line for line in files["units"].read_text("utf-8").splitlines() if line.startswith("OLD,"))
    head = files["units"].read_text("utf-8").splitlines()[0]
    result = bring(
        tmp_path,
        "units",
        f"{head}\n{row.replace('OLD', 'OLDER')}\nD1,直销一部,CENTER,department,3,{closed.retired_at}\n",
    )
    assert (result.counts.new, result.counts.refused) == (1, 1)
    older = cast.unit("OLDER")
    assert (older.retired_at, older.position) == (closed.retired_at, 7)


def test_only_administrators_may(cast: Cast, tmp_path: Path) -> None:
    for kind, content in (("memberships", MEMBERSHIPS), ("unit-places", PLACES)):
        with pytest.raises(Refused):
            bring(tmp_path, kind, content, by="linjing")
