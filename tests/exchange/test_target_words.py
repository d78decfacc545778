"""The words of SMART in files of targets: in, again, out, taken back."""

from __future__ import annotations

from pathlib import Path

from loudou.exchange import verbs as imports
from loudou.exchange.exporting.sheets import SHEETS
from loudou.exchange.importing.handing import Order, hand_in
from loudou.exchange.importing.taking_back import take_back
from loudou.exchange.models import Import
from loudou.people.queries import organisation
from loudou.targets.models import Target
from tests.cast import Cast

HEAD = "unit_code,username,metric,period,amount,specific,attainable,relevant"


def bring(folder: Path, *lines: str) -> str:
    file = folder / "targets.csv"
    file.write_text("\n".join((HEAD, *lines)) + "\n", "utf-8")
    return hand_in(Order("targets", file), dry_run=False, all_or_nothing=False).as_text()


def back(cast: Cast) -> Import:
    """Take the newest import back."""
    run = Import.objects.latest("id")
    imports.undo_import(run, by=cast.linjing)
    return take_back(run.pk, None)


def test_files_bring_the_words_and_take_them_out_again(cast: Cast, tmp_path: Path) -> None:
    row = "D1,,bookings,2027,6000000,东区,在手充足,进前五"
    assert "new 1" in bring(tmp_path, row)
    assert "unchanged 1" in bring(tmp_path, row)
    assert "unchanged 1" in bring(tmp_path, "D1,,bookings,2027,6000000,,,")
    Target.objects.update(approved_by=cast.hezong)
    assert "unchanged 1" in bring(tmp_path, row)
    assert "changed 1" in bring(tmp_path, row.replace("东区", "东区与南区"))
    assert "refused 1" in bring(tmp_path, row.replace("6000000", "7000000"))
    target = Target.objects.get()
    assert (target.specific, target.amount, target.version) == ("东区与南区", 6_000_000, 2)
    sheet = SHEETS["targets"]
    [out] = [list(sheet.write(one, None, organisation().zone)) for one in sheet.choose(None, {})]
    assert dict(zip(sheet.columns, out, strict=True))["specific"] == "东区与南区"


def test_nobody_learns_from_a_file_what_another_branch_shall_reach(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "D2,,bookings,2027,6000000,,,")
    file = tmp_path / "targets.csv"
    for amount in ("6000000", "7000000"):
        file.write_text(f"{HEAD}\nD2,,bookings,2027,{amount},,,\n", "utf-8")
        order = Order("targets", file, username="wumin")
        assert hand_in(order, dry_run=False, all_or_nothing=False).refused == 1


def test_an_import_that_is_taken_back_takes_its_words_along(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, "D1,,bookings,2027,6000000,东区,,")
    bring(tmp_path, "D1,,bookings,2027,6000000,西区,,进前五")
    assert back(cast).kept_back == []
    target = Target.objects.get()
    assert (target.specific, target.relevant, target.amount) == ("东区", "", 6_000_000)
    bring(tmp_path, "D1,,bookings,2027,7000000,西区,,")
    assert back(cast).kept_back == []
    target.refresh_from_db()
    assert (target.specific, target.amount) == ("东区", 6_000_000)
