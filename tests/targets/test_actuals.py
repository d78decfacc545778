"""Results that other systems tell: recorded, corrected, withdrawn, and what targets of their metrics come to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.insight.reports import run
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people import verbs as people
from loudou.people.models import Organisation
from loudou.targets import verbs
from loudou.targets.models import Actual
from loudou.targets.verbs import ActualRow
from tests.cast import Cast
from tests.make import instant

HEAD = "unit_code,username,metric,date,amount,currency,source_system,source_id"


@pytest.fixture(autouse=True)
def _today(db: None) -> Any:
    with clock.at(instant("2026-05-06")):
        yield


def bring(folder: Path, *lines: str) -> Result:
    file = folder / "actuals.csv"
    file.write_text("\n".join((HEAD, *lines)) + "\n", "utf-8")
    return hand_in(Order("actuals", file), dry_run=False, all_or_nothing=False)


def one(cast: Cast, **more: Any) -> Actual | Refused:
    said = {"metric": "cash", "day": date(2026, 4, 10), "amount": Decimal(100), "person": cast.chenan}
    return verbs.record_actuals([ActualRow(**{**said, **more})], by=cast.qianjin)[0]


def test_finance_records_what_was_received(cast: Cast) -> None:
    made = one(cast)
    assert isinstance(made, Actual) and str(made)
    assert (made.unit, made.currency, made.base_amount) == (cast.chenan.unit, "CNY", 100)
    assert Entry.objects.filter(event="actual.recorded", actor=cast.qianjin).count() == 1
    corrected = verbs.correct_actual(made, amount=Decimal("-20.5"), version=1, by=cast.qianjin)
    assert (corrected.amount, corrected.base_amount, corrected.version) == (
        Decimal("-20.50"),
        Decimal("-20.50"),
        2,
    )
    assert verbs.correct_actual(corrected, amount=Decimal("-20.50"), by=cast.qianjin).version == 2
    with pytest.raises(Stale):
        verbs.correct_actual(made, amount=Decimal(1), version=1, by=cast.qianjin)
    with pytest.raises(Forbidden):
        verbs.correct_actual(made, amount=Decimal(1), by=cast.wumin)
    assert verbs.withdraw_actuals([made.pk], by=cast.qianjin) == 1
    assert not Actual.objects.exists()


def test_a_result_is_on_record_once(cast: Cast, tmp_path: Path) -> None:
    one(cast)
    assert _refused(one(cast, amount=Decimal(7))) == "amount"
    one(cast, source_system="ERP", source_id="7")
    assert _refused(one(cast, source_system="ERP", source_id="7", day=date(2026, 4, 11))) == "amount"
    told = ("D1,chenan,cash,2026-04-12,5,,,", ",chenan,cash,2026-04-12,6,,,")
    result = bring(tmp_path, *told)
    assert (result.counts.new, result.refused) == (1, 1)
    assert Actual.objects.count() == 3


def test_other_money_counts_at_the_spot_rate_of_the_day(cast: Cast) -> None:
    assert _refused(one(cast, currency="USD")) == "currency"
    people.set_rate(currency="USD", kind="spot", valid_from=date(2026, 4, 1), rate=Decimal("7.2"), by=None)
    made = one(cast, currency="USD")
    assert isinstance(made, Actual) and made.base_amount == Decimal("720.00")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"metric": "bookings"}, "metric"),
        ({"person": None}, "unit"),
        ({"day": date(2026, 5, 7)}, "date"),
        ({"day": date(1980, 5, 7)}, "date"),
        ({"amount": Decimal("0.001")}, "amount"),
        ({"amount": Decimal(10) ** 15}, "amount"),
        ({"amount": Decimal("NaN")}, "amount"),
    ],
)
def test_what_is_no_result_is_refused(cast: Cast, more: dict[str, Any], field: str) -> None:
    assert _refused(one(cast, **more)) == field
    assert not Actual.objects.exists()


def test_closed_books_stay_as_they_are(cast: Cast) -> None:
    made = one(cast)
    assert isinstance(made, Actual)
    Organisation.objects.update(closed_through=date(2026, 4, 30))
    with pytest.raises(Refused):
        verbs.withdraw_actuals([made.pk], by=cast.qianjin)


def test_a_file_brought_again_changes_nothing_and_a_changed_row_corrects(cast: Cast, tmp_path: Path) -> None:
    unit = cast.chenan.unit.code
    lines = [
        f"{unit},,开票,2026-04-01,5000,CNY,ERP,INV-1",
        ",chenan,cash,2026-04-02,1200.50,,ERP,RCV-1",
        ",chenan,cash,2026-04-02,-200.50,,ERP,RCV-2",
        ",lina,毛利,2026/4/3,800,,,",
    ]
    first = bring(tmp_path, *lines)
    assert (first.counts.new, first.refused) == (4, 0), first.as_text()
    again = bring(tmp_path, *lines)
    assert (again.counts.unchanged, again.counts.new) == (4, 0)
    changed = bring(tmp_path, *lines[:3], ",lina,毛利,2026/4/3,900,,,")
    assert (changed.counts.changed, changed.counts.unchanged) == (1, 3)
    assert sum(row.amount for row in Actual.objects.filter(metric="cash")) == 1000


def test_a_bad_row_says_what_is_wrong(cast: Cast, tmp_path: Path) -> None:
    bring(tmp_path, ",chenan,cash,2026-04-02,5,,ERP,A")
    found = bring(
        tmp_path,
        ",nobody,cash,2026-04-02,5,,,",
        "NO-UNIT,,cash,2026-04-02,5,,,",
        ",chenan,bookings,2026-04-02,5,,,",
        ",,cash,2026-04-02,5,,,",
        ",chenan,cash,2026-04-03,5,,ERP,A",
        ",lina,cash,2030-04-03,5,,,",
    )
    assert found.refused == 6 and Actual.objects.count() == 1


def test_a_target_in_cash_is_held_against_what_was_received(cast: Cast, tmp_path: Path) -> None:
    unit = cast.chenan.unit.code
    file = tmp_path / "targets.csv"
    file.write_text(
        f"unit_code,username,metric,period,amount\n{unit},,cash,2026-Q2,2000\n,chenan,cash,2026-Q2,1000\n"
        f"{unit},,invoiced,2026-Q2,100\n",
        "utf-8",
    )
    hand_in(Order("targets", file), dry_run=False, all_or_nothing=True)
    bring(
        tmp_path,
        ",chenan,cash,2026-04-02,700,,,",
        ",chenan,cash,2026-05-01,11,,,",
        f"{unit},,cash,2026-04-30,300,,,",
        ",sunqiang,cash,2026-04-30,5000,,,",
        ",chenan,cash,2026-03-31,9000,,,",
    )
    rows = run("target-progress", {"as_of": "2026-05-01T00:00:00+08:00"}, None)["rows"]
    told = {(row["owner"], row["metric"]): (row["actual"], row["attainment"]) for row in rows}
    assert told == {
        (None, "cash"): ("1000.00", "0.500000"),
        ("chenan", "cash"): ("700.00", "0.700000"),
        (None, "invoiced"): (None, None),
    }
    late = run("target-progress", {"as_of": "2026-05-02T00:00:00+08:00"}, None)["rows"]
    assert {row["owner"]: row["actual"] for row in late if row["metric"] == "cash"}["chenan"] == "711.00"


def _refused(outcome: Actual | Refused) -> str:
    assert isinstance(outcome, Refused)
    return outcome.field
