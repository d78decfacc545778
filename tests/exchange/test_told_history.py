"""What is history only goes out and comes in: judgements, former targets, closed books, warnings; reports are the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loudou.catalog import verbs as catalog
from loudou.exchange import verbs as imports
from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.exchange.importing.kinds.closings import exact
from loudou.exchange.importing.reading import Reading
from loudou.exchange.importing.taking_back import take_back
from loudou.exchange.models import Import
from loudou.forecasts.models import Judgement
from loudou.forecasts.verbs import judge
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.people import verbs as people
from loudou.people.models import Organisation
from loudou.people.queries import organisation
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.models import Deal
from loudou.steering import verbs as steering
from loudou.steering.models import Cost
from loudou.targets import verbs as targets
from loudou.targets.models import Actual, Closing, Edition, Fact, Target
from loudou.warnings import verbs as warnings
from loudou.warnings.models import EarlyWarning
from tests import make
from tests.cast import Cast
from tests.make import day, instant

KINDS = ("judgements", "target-editions", "warnings", "closings", "closing-facts")
BEGAN = instant("2026-03-02 09:00")
INSTANTS = ("2026-03-10T00:00:00+08:00", "2026-04-21T00:00:00+08:00", "2026-05-06T09:00:00+08:00")
SPRING = Fiscal().parse("2026-Q2")


@pytest.fixture(autouse=True)
def _may(db: None) -> Iterator[None]:
    with clock.at(instant("2026-05-06 10:00")):
        yield


@pytest.fixture
def told(cast: Cast) -> Cast:
    """A quarter of which everything was said twice: judged and judged otherwise, aimed and adjusted, closed, opened, closed."""
    product = catalog.add_product(name="控制柜", code="KZ", family="控制", by=None, list_price=Decimal(300))
    people.edit_person(cast.lina, joined_on=day("2025-01-06"), by=None)
    with clock.at(BEGAN):
        deals = [
            make.deal(owner, code=f"D{n}", amount=n * 100_000, expected_on=day("2026-06-20"))
            for n, owner in enumerate((cast.chenan, cast.lina, cast.sunqiang), 1)
        ]
        for metric in ("bookings", "deals"):
            whose = {"unit": cast.unit("D1"), "metric": metric, "period": SPRING}
            targets.set_target(**whose, amount=Decimal(10), by=cast.linjing)
        one = {"unit": None, "person": cast.lina, "metric": "bookings", "period": Fiscal().parse("2026-04")}
        targets.set_target(**one, amount=Decimal(700), by=None)
    with clock.at(instant("2026-04-10 15:00")):
        line = pipeline.LineInput(product, Decimal(2), Decimal(300))
        won = make.at_last_stage(cast.chenan, code="W1")
        pipeline.set_lines(won, lines=[line], by=None, reason="定了配置")
        make.fill_gate(Deal.objects.get(code="W1"), None)
        pipeline.win(Deal.objects.get(code="W1"), by=None)
        judge(deals[:2], period=SPRING, verdict="in", reason="合同已过法务", by=cast.wumin)
    with clock.at(instant("2026-04-20 10:00")):
        target = Target.objects.get(metric="bookings", unit=cast.unit("D1"), person=None)
        targets.adjust_target(target, amount=Decimal(900_000), cause="market", reason="行情回暖", by=None)
        judge(deals[:1], period=SPRING, verdict="open", by=cast.wumin)
        judge(deals[1:2], period=SPRING, verdict="out", reason="预算未批", by=cast.wumin)
    _warned(deals, cast)
    with clock.at(instant("2026-04-30 09:00")):
        first = steering.close_month(Fiscal().parse("2026-03"), note="三月", by=cast.qianjin)
    Closing.objects.filter(pk=first.pk).update(
        reopened_at=instant("2026-05-02 10:00"), reopened_by=cast.gaoming, reason="凭证未齐"
    )
    Organisation.objects.update(closed_through=None)
    with clock.at(instant("2026-05-05 09:00")):
        steering.close_month(Fiscal().parse("2026-04"), note="四月", by=cast.qianjin)
    return cast


def _warned(deals: list[Deal], cast: Cast) -> None:
    for days in (17, 23, 40):
        with clock.at(BEGAN + timedelta(days=days)):
            warnings.watch([deal.pk for deal in deals], allowed={}, by=None)
            if days == 23:
                put_off, seen = EarlyWarning.objects.standing().order_by("pk")[:2]
                by = put_off.deal.owner
                until = clock.now().date() + timedelta(days=5)
                warnings.snooze(put_off, until=until, reason="客户出差", by=by)
                warnings.finish(seen, by=seen.deal.owner)


def told_of() -> dict[str, list[Any]]:
    """All of it, without keys."""
    one = Judgement.objects.order_by("at", "deal__code")
    two = Edition.objects.order_by("target__metric", "target__person", "number")
    three = EarlyWarning.objects.order_by("deal__code", "raised_at", "sign")
    four = Closing.objects.order_by("starts_on", "closed_at")
    five = Fact.objects.order_by("closing__closed_at", "metric", "day", "person", "unit", "family", "amount")
    return {
        "judgements": list(
            one.values_list("user", "unit", "level", "deal", "first", "verdict", "reason", "amount", "at")
        ),
        "editions": list(
            two.values_list(
                *("target__metric", "target__set_at", "number", "amount", "currency", "cause", "reason"),
                *("effective_on", "set_at", "set_by"),
            )
        ),
        "warnings": [
            {name: value for name, value in row.items() if name not in ("id", "version")}
            for row in three.values()
        ],
        "closings": [
            {name: value for name, value in row.items() if name not in ("id", "version")}
            for row in four.values()
        ],
        "facts": list(
            five.values_list("closing__closed_at", "metric", "day", "person", "unit", "family", "amount")
        ),
        "organisation": list(Organisation.objects.values_list("closed_through")),
    }


def reports() -> dict[str, str]:
    found = {}
    for name in ("target-progress", "forecast-judgements", "prevention", "linearity"):
        for at in INSTANTS:
            asked = {"as-of": at, "from": "2026-03-01", "to": "2026-07-01"}
            found[f"{name} {at}"] = json.dumps(run(name, asked, None), default=str, sort_keys=True)
    return found


def taken_out(folder: Path) -> dict[str, Path]:
    files = {kind: folder / f"{kind}.csv" for kind in KINDS}
    for kind, file in files.items():
        assert hand(kind, username=None, output=file, form="csv", filters={}, bom=False) > 1
    return files


def forgotten(cast: Cast) -> None:
    """Nothing of it is there any more; targets have the numbers they have now."""
    for model in (Judgement, EarlyWarning, Fact, Closing):
        model._default_manager.all().delete()
    Organisation.objects.update(closed_through=None)
    Edition.objects.filter(number__gt=1).delete()
    for edition in Edition.objects.select_related("target"):
        told = {"amount": edition.target.amount, "set_at": clock.now(), "set_by": None}
        Edition.objects.filter(pk=edition.pk).update(**told)
        Target.objects.filter(pk=edition.target_id).update(set_at=clock.now())


def bring(kind: str, file: Path, *, dry: bool = False) -> Result:
    return hand_in(Order(kind, file), dry_run=dry, all_or_nothing=False)


def back(cast: Cast, by: Callable[[Cast], Any] = lambda cast: cast.gaoming) -> list[Any]:
    run = Import.objects.latest("id")
    imports.undo_import(run, by=by(cast))
    return list(take_back(run.pk, None).kept_back)


def test_an_empty_house_has_the_history_of_the_former_one(told: Cast, tmp_path: Path) -> None:
    stood, read = told_of(), reports()
    assert len(set(read.values())) == len(read)
    files = taken_out(tmp_path)
    for kind, file in files.items():
        again = bring(kind, file)
        assert again.counts.rows == again.counts.unchanged, again.as_text()
    forgotten(told)
    assert told_of() != stood
    empty = told_of()
    for minute, (kind, file) in enumerate(files.items()):
        dry = bring(kind, file, dry=True)
        assert dry.refused == 0, dry.as_text()
        with clock.at(clock.now() + timedelta(minutes=minute)):
            result = bring(kind, file)
        assert (result.refused, result.counts.unchanged) == (0, 0), result.as_text()
    now = told_of()
    assert {name: now[name] for name in now if now[name] != stood[name]} == {}
    assert {key: (read[key], text) for key, text in reports().items() if read[key] != text} == {}
    for kind in reversed(KINDS):
        run = Import.objects.filter(kind=kind).latest("id")
        with clock.at(clock.now() + timedelta(hours=1)):
            imports.undo_import(run, by=told.gaoming)
            assert take_back(run.pk, None).kept_back == [], kind
    left = told_of()
    assert {name: left[name] for name in left if left[name] != empty[name] and name != "editions"} == {}
    assert [row[2:4] for row in left["editions"]] == [row[2:4] for row in empty["editions"]]


def test_a_sign_that_stands_here_becomes_the_one_that_is_told(told: Cast, tmp_path: Path) -> None:
    files = taken_out(tmp_path)
    stood = told_of()["warnings"]
    EarlyWarning.objects.all().delete()
    warnings.watch(list(Deal.objects.live().values_list("pk", flat=True)), allowed={}, by=None)
    seen = told_of()["warnings"]
    result = bring("warnings", files["warnings"])
    assert result.refused == 0 and result.counts.changed > 0, result.as_text()
    kept = {(row["deal_id"], row["sign"], row["raised_at"]) for row in told_of()["warnings"]}
    assert kept >= {(row["deal_id"], row["sign"], row["raised_at"]) for row in stood}
    assert back(told) == []
    assert told_of()["warnings"] == seen


HEADS = {
    "judgements": "period,username,deal_code,verdict,at,amount,reason,unit_code",
    "target-editions": "unit_code,username,metric,period,number,amount,set_at",
    "warnings": "deal_code,sign,owner_username,raised_at,state,until,reason,announced,ended_at,how,unit_code",
    "closings": "from,through,closed_at,reopened_at",
    "closing-facts": "closed_at,what,day,username,unit_code,product_code,family,amount",
}
EARLY, LATE = "2026-04-01T08:00:00+08:00", "2026-04-25T08:00:00+08:00"
CLOSED = "2026-05-05T09:00:00+08:00"


@pytest.mark.parametrize(
    ("kind", "row", "column"),
    [
        ("judgements", f"2026-Q2,chenan,D1,in,{LATE},1,好,", "username"),
        ("judgements", f"2026-Q2,wumin,D1,in,{LATE},1,,", "reason"),
        ("judgements", f"2026-Q2,wumin,D2,in,{EARLY},1,好,", "at"),
        ("judgements", f"2026-Q2,nobody,D99,in,{LATE},1,好,X9", "deal_code"),
        ("judgements", f"Q2,wumin,D1,in,{LATE},1,好,", "period"),
        ("target-editions", f"D1,,bookings,2026-Q2,1,5,{EARLY}", "amount"),
        ("target-editions", f"D1,,bookings,2026-Q2,2,900000,{EARLY}", "number"),
        ("target-editions", f"D1,,bookings,2026-Q3,1,5,{EARLY}", "period"),
        ("target-editions", f"D1,lina,bookings,2026-04,1,700,{EARLY}", "period"),
        ("warnings", f"D1,stuck,chenan,{EARLY},,,,,{LATE},,", "how"),
        ("warnings", f"D1,stuck,chenan,{EARLY},,,,,2026-03-01,void,", "ended_at"),
        ("warnings", f"D1,stuck,chenan,{EARLY},snoozed,,,,,,", "until"),
        ("warnings", f"D1,stuck,chenan,{EARLY},,,,no,,,", "announced"),
        ("warnings", f"D99,stuck,nobody,{EARLY},,,,,,,X9", "deal_code"),
        ("closings", f"2026-05-01,2026-04-30,{CLOSED},", "through"),
        ("closings", f"2026-05-01,2026-05-20,{LATE},", "through"),
        ("closings", f"2026-07-01,2026-07-31,{LATE},", "from"),
        ("closings", f"2026-02-01,2026-02-28,{LATE},{EARLY}", "reopened_at"),
        ("closings", f"1990-01-01,2026-04-30,{CLOSED},{CLOSED}", "reopened_at"),
        ("closing-facts", f"{LATE},bookings,2026-04-10,chenan,D1,,,5", "closed_at"),
        ("closing-facts", f"{CLOSED},bookings,2026-04-10,chenan,D1,,,5", ""),
        ("closing-facts", f"{CLOSED},bookings,2026-04-10,nobody,X9,NO,,5", "username"),
        ("closing-facts", f"{CLOSED},joined,,,,,,", "username"),
        ("closing-facts", f"{CLOSED},family,,,,KZ,,", "family"),
        ("closing-facts", f"{CLOSED},bookings,2026-04-10,chenan,D1,,,viel", "amount"),
        (
            "closing-facts",
            f"{CLOSED},bookings,2026-04-10,chenan,D1,,,99999999999999999.0000000000001",
            "amount",
        ),
    ],
)
def test_what_no_history_may_be_is_refused_in_its_column(
    told: Cast, tmp_path: Path, kind: str, row: str, column: str
) -> None:
    before, file = told_of(), tmp_path / "wrong.csv"
    file.write_text(f"{HEADS[kind]}\n{row}\n", "utf-8")
    result = bring(kind, file)
    assert result.counts.refused == 1
    assert column in [note.column for note in result.notes], result.as_text()
    assert told_of() == before


def test_an_amount_has_as_many_digits_as_its_column_keeps() -> None:
    reading = Reading(UTC, instant("2026-06-01"))
    for told in (
        "99999999999999999",
        "-99999999999999999999.999999999999",
        "0.5",
        "1E-12",
        "7.5000000000000",
    ):
        assert exact(told, reading) == Decimal(told)


def test_one_row_that_is_wrong_refuses_all_that_was_frozen(told: Cast, tmp_path: Path) -> None:
    files = taken_out(tmp_path)
    closed = organisation().closed_through
    Fact.objects.all().delete()
    Closing.objects.update(employed={}, families={})
    text = files["closing-facts"].read_text("utf-8").splitlines()
    files["closing-facts"].write_text(
        "\n".join([*text, f"{CLOSED},bookings,2027-01-01,,D1,,,5"]) + "\n", "utf-8"
    )
    result = bring("closing-facts", files["closing-facts"])
    assert {note.column for note in result.notes} >= {"day"}
    assert Fact.objects.filter(closing__closed_at=instant("2026-05-05 09:00")).count() == 0
    files["closing-facts"].write_text("\n".join([*text, f"{CLOSED},bookings,,,D1,,,5"]) + "\n", "utf-8")
    assert bring("closing-facts", files["closing-facts"]).counts.refused > 1
    assert Fact.objects.filter(closing__closed_at=instant("2026-05-05 09:00")).count() == 0
    assert organisation().closed_through == closed


def test_a_dispute_that_stands_waits_for_an_answer_again(told: Cast, tmp_path: Path) -> None:
    file = tmp_path / "warnings.csv"
    head = "deal_code,sign,owner_username,raised_at,state,reason,answered_by"
    file.write_text(f"{head}\nD3,silent,sunqiang,{LATE},disputed,客户在休假,sunqiang\n", "utf-8")
    result = bring("warnings", file)
    assert (result.counts.new, [(note.column, note.warning) for note in result.notes]) == (
        1,
        [("state", True)],
    )
    assert EarlyWarning.objects.get(deal__code="D3", sign="silent").state == "open"
    assert bring("warnings", file).counts.unchanged == 1
    file.write_text(f"{head}\nD3,silent,sunqiang,{LATE},done,,sunqiang\n", "utf-8")
    assert bring("warnings", file).counts.changed == 1
    assert back(told) == []
    assert EarlyWarning.objects.get(deal__code="D3", sign="silent").state == "open"


def test_a_dispute_of_this_house_stays_one(told: Cast, tmp_path: Path) -> None:
    warning = EarlyWarning.objects.standing().filter(state="open").select_related("deal__owner")[0]
    warnings.dispute(warning, reason="客户已确认日期", by=warning.deal.owner)
    stood, file = told_of()["warnings"], taken_out(tmp_path)["warnings"]
    again = bring("warnings", file)
    assert again.counts.rows == again.counts.unchanged, again.as_text()
    assert told_of()["warnings"] == stood


def test_what_has_ended_is_not_told_otherwise(told: Cast, tmp_path: Path) -> None:
    ended = (
        EarlyWarning.objects.exclude(ended_at=None).filter(announced=True).select_related("deal", "owner")[0]
    )
    file, when = tmp_path / "warnings.csv", ended.raised_at.isoformat()
    head = "deal_code,sign,owner_username,raised_at,ended_at,how"
    row = f"{ended.deal.code},{ended.sign},{ended.owner.username},{when},{LATE},void"
    file.write_text(f"{head}\n{row}\n", "utf-8")
    assert [note.column for note in bring("warnings", file).notes] == ["raised_at"]


def test_editions_come_one_after_the_other(told: Cast, tmp_path: Path) -> None:
    file = tmp_path / "editions.csv"
    rows = (f"D1,,bookings,2026-Q2,1,10,{LATE}", f"D1,,bookings,2026-Q2,2,900000,{EARLY}")
    file.write_text("\n".join((HEADS["target-editions"], *rows)) + "\n", "utf-8")
    assert [note.column for note in bring("target-editions", file).notes] == ["set_at", "set_at"]


def test_books_are_withdrawn_last_first(told: Cast, tmp_path: Path) -> None:
    file = tmp_path / "closings.csv"
    Closing.objects.all().delete()
    Organisation.objects.update(closed_through=None)
    file.write_text(f"{HEADS['closings']}\n1990-01-01,2026-02-28,{EARLY},\n", "utf-8")
    assert bring("closings", file).counts.new == 1
    first = Import.objects.latest("id")
    file.write_text(f"{HEADS['closings']}\n2026-03-01,2026-03-31,{LATE},\n", "utf-8")
    assert bring("closings", file).counts.new == 1
    second = Import.objects.latest("id")
    imports.undo_import(first, by=told.gaoming)
    assert len(take_back(first.pk, None).kept_back) == 1
    imports.undo_import(second, by=told.gaoming)
    assert take_back(second.pk, None).kept_back == []
    assert organisation().closed_through == day("2026-02-28")


def test_what_was_posted_in_a_later_month_is_part_of_what_it_corrects(cast: Cast, tmp_path: Path) -> None:
    """One row for a result or a cost, as it is told by now; the same file again changes nothing."""
    with clock.at(instant("2026-04-22 10:00")):
        row = targets.ActualRow("cash", day("2026-04-20"), Decimal(300), person=cast.chenan, source_id="R-1")
        (actual,) = targets.record_actuals([row], by=None)
        spent = steering.CostRow(cast.chenan.unit, "travel", day("2026-04-20"), Decimal(50), source_id="B-1")
        (cost,) = steering.record_costs([spent], by=None)
    assert isinstance(actual, Actual) and isinstance(cost, Cost)
    with clock.at(instant("2026-05-05 09:00")):
        steering.close_month(Fiscal().parse("2026-04"), note="四月", by=cast.qianjin)
    targets.correct_actual(actual, amount=Decimal(320), by=None)
    steering.correct_cost(cost, amount=Decimal(45), by=None)
    assert (Actual.objects.count(), Cost.objects.count()) == (2, 2)
    for kind, amount in (("actuals", "320.00"), ("costs", "45.00")):
        file = tmp_path / f"{kind}.csv"
        assert hand(kind, username=None, output=file, form="csv", filters={}, bom=False) == 1
        assert amount in file.read_text("utf-8")
        assert bring(kind, file).counts.unchanged == 1
