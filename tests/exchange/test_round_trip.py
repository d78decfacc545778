"""What was exported can be imported again, and changes nothing (`contract.md`, IE-04, IE-09)."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from django.db import models

from loudou.catalog import verbs as catalog
from loudou.catalog.models import Product
from loudou.customers import verbs as customers
from loudou.customers.models import Contact, Customer
from loudou.exchange.exporting.handing import hand
from loudou.exchange.importing.handing import Order, hand_in
from loudou.fieldwork import verbs as fieldwork
from loudou.fieldwork.models import Activity
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.people import verbs as people
from loudou.people.models import Rate, Unit, User
from loudou.pipeline import verbs
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal, Evidence, Line, Move, State, TaskDone, Visit
from loudou.signoff.models import Request
from loudou.targets import verbs as targets
from loudou.targets.models import Actual, Edition, SeasonalIndex, Target
from tests import make
from tests.cast import Cast

KINDS = (
    "rates",
    "units",
    "people",
    "products",
    "customers",
    "deals",
    "moves",
    "lines",
    "deliveries",
    "activities",
    "seasonal-index",
    "targets",
    "actuals",
)
NAMES = [
    "=1+1",
    "+86 Elektronik",
    "-5 Grad",
    "@home",
    "'quoted'",
    "''=double",
    "'=guarded already",
    "＝全形",
    "001234567890123456789",
    '漏斗, “引号” 和 "双引号"',
    "👩‍🔧 工具",
]
_WATCHED: tuple[type[models.Model], ...] = (
    Rate,
    Unit,
    User,
    Product,
    Customer,
    Deal,
    Move,
    Line,
    Activity,
    State,
    Visit,
    SeasonalIndex,
    Target,
    Edition,
    Actual,
)


def picture() -> dict[str, list[dict[str, Any]]]:
    """Everything that a kind could change, without what merely says when it was looked at."""
    hidden = {"last_login", "search"}
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in hidden}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in _WATCHED
    }


@pytest.fixture
def story(cast: Cast) -> Cast:
    """Deals with every kind of past, made by hand and by import."""
    people.set_rate(
        currency="USD",
        kind="plan",
        valid_from=clock.now().date() - timedelta(days=400),
        rate=Decimal("7.12345678"),
        by=None,
    )
    for number, name in enumerate(NAMES):
        customers.add_customer(name=name, by=cast.chenan, phone=f"1381234{number:04}", region="江苏")
        catalog.add_product(
            name=name,
            by=None,
            list_price=Decimal("1234.50"),
            cost=Decimal("900.01"),
            tax_rate=Decimal("0.13"),
        )
    product = Product.objects.order_by("pk").first()
    assert product is not None
    make.deal(cast.chenan, title="=cmd|' /C calc'!A0", customer=Customer.objects.order_by("pk").first())
    won = make.at_last_stage(cast.chenan, title="赢单", amount=Decimal("168000.01"))
    verbs.win(won, by=None, amount=Decimal("170000.00"))
    lost = make.deal(cast.lina, title="输单", currency="USD")
    verbs.lose(lost, by=None, code=make.reason(), review="-比价输了")
    verbs.reopen(lost, by=None, reason="=客户回头")
    moved = make.advance(make.deal(cast.chenan, title="动过的"))
    verbs.edit(
        moved,
        by=None,
        reason="范围扩大",
        amount=Decimal("999.99"),
        expected_on=(clock.now() + timedelta(days=99)).date(),
    )
    verbs.hand_over(moved, owner=cast.lina, by=None, reason="区域调整")
    verbs.step_back(moved, to=make.specs_of(moved)[0], by=None, reason="需求没讲清")
    verbs.hold(moved, by=None, wake_on=(clock.now() + timedelta(days=9)).date(), reason="客户年检")
    verbs.resume(moved, by=None)
    lined = make.deal(cast.chenan, title="有产品")
    verbs.set_lines(lined, lines=[verbs.LineInput(product, Decimal("2.500"), Decimal("1000.00"))], by=None)
    days = [clock.now().date() + timedelta(days=days) for days in (40, 80)]
    verbs.set_deliveries(lined, parts=[Part(day, Decimal("1250.00")) for day in days], by=None)
    fieldwork.log_activity(
        kind="visit", by=cast.chenan, deal=lined, contact="=许明华", result="看样\n两件", next_step="+报价"
    )
    targets.set_season(month=2, year=2027, index=Decimal("0.25"), by=None)
    targets.set_season(month=2, index=Decimal("0.6"), by=None)
    day = clock.now().date() - timedelta(days=9)
    receipt = targets.ActualRow("cash", day, Decimal("1200.50"), person=cast.chenan)
    invoice = targets.ActualRow("invoiced", day, Decimal("-7"), unit=cast.chenan.unit, source_id="=R-1")
    targets.record_actuals([receipt, invoice], by=None)
    for period, currency in (("2026", "CNY"), ("2026-Q2", "USD"), ("2026-W17", ""), ("2026-04-17", "")):
        whole = Fiscal().parse(period)
        aim = {"metric": "bookings", "period": whole, "amount": Decimal("1200.50"), "currency": currency}
        targets.set_target(unit=cast.chenan.unit, person=cast.chenan, by=None, **aim)
        targets.set_target(unit=cast.chenan.unit, by=None, **{**aim, "metric": "deals"})
    invalid = make.deal(cast.chenan, title="重复")
    verbs.invalidate(invalid, by=None, code=make.reason("invalid", "duplicate"), review="重复")
    return cast


def take_out(kind: str, folder: Path, form: str) -> Path:
    file = folder / f"{kind}.{form}"
    hand(kind, username=None, output=file, form=form, filters={}, bom=False)
    return file


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_imported_again_changes_nothing(story: Cast, tmp_path: Path, form: str) -> None:
    before = picture()
    for kind in KINDS:
        file = take_out(kind, tmp_path, form)
        result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)
        assert result.counts.rows > 0 and result.counts.rows == result.counts.unchanged, (
            kind,
            result.as_text(),
        )
    assert picture() == before


def _wide(cell: str) -> str:
    return "".join(
        chr(ord(sign) + 0xFEE0) if (sign.isascii() and sign.isalnum()) or sign in "-." else sign
        for sign in cell
    )


def _zulu(cell: str) -> str:
    told = re.fullmatch(r"\d{4}-\d\d-\d\dT.*[+]\d\d:\d\d", cell)
    return datetime.fromisoformat(cell).astimezone(UTC).isoformat().replace("+00:00", "Z") if told else cell


def _zeros(cell: str) -> str:
    return f"{cell}00" if re.fullmatch(r"\d+\.\d+", cell) else cell


WAYS: dict[str, Callable[[str], str]] = {
    "line ends": lambda cell: cell.replace("\r\n", "\n").replace("\n", "\r\n"),
    "blanks": lambda cell: f"{cell} \u3000" if cell else cell,
    "wide blanks": lambda cell: cell.replace(" ", "\u3000"),
    "decomposed": lambda cell: unicodedata.normalize("NFD", cell),
    "wide": _wide,
    "zulu": _zulu,
    "zeros": _zeros,
}


@pytest.mark.parametrize("way", WAYS)
def test_what_other_programs_do_to_a_file_is_no_change(story: Cast, tmp_path: Path, way: str) -> None:
    """Spreadsheets and editors end lines, write blanks, letters, zones and numbers in ways of their own."""
    fieldwork.log_activity(
        kind="visit", by=story.chenan, deal=make.deal(story.chenan), result="Größe\r\n两件"
    )
    before = picture()
    for kind in KINDS:
        file = take_out(kind, tmp_path, "csv")
        with file.open(encoding="utf-8", newline="") as had:
            head, *rows = csv.reader(had)
        rows = [[WAYS[way](cell) for cell in row] for row in rows]
        if kind not in ("deliveries", "lines"):
            rows.reverse()
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([head, *rows])
        result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)
        assert result.counts.rows == result.counts.unchanged, (kind, result.as_text())
    assert picture() == before


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_so_does_one_of_deals_that_were_imported_and_went_on(story: Cast, tmp_path: Path, form: str) -> None:
    (tmp_path / "old.csv").write_text(
        "code,title,funnel,owner_username,amount,currency,expected_close,created_at\n"
        "A1,旧商机,b2b,chenan,1000,CNY,2026-03-01,2025-01-05T09:30:00+08:00\n"
        "A2,没日期,b2b,lina,,CNY,,\n",
        "utf-8",
    )
    (tmp_path / "old-moves.csv").write_text(
        "deal_code,at,event,stage,amount,reason,by\n"
        "A1,2025-01-05T09:30:00+08:00,enter,verify,,,\n"
        "A1,2025-02-05T09:30:00+08:00,enter,propose,,跳过,chenan\n"
        "A1,2025-03-05T09:30:00+08:00,lost,,0,价格,\n"
        "A2,,enter,develop,,,\n",
        "utf-8",
    )
    hand_in(Order("deals", tmp_path / "old.csv"), dry_run=False, all_or_nothing=True)
    hand_in(Order("moves", tmp_path / "old-moves.csv"), dry_run=False, all_or_nothing=True)
    deal = Deal.objects.get(code="A2")
    verbs.edit(deal, by=None, title="现在叫这个", reason="有数了", amount=Decimal("5000.00"))
    before = picture()
    for kind in ("deals", "moves"):
        file = take_out(kind, tmp_path, form)
        result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)
        assert result.counts.rows == result.counts.unchanged, (kind, result.as_text())
    assert picture() == before


def emptied() -> None:
    """Nobody has a deal, a customer or a product any more."""
    for model in (Activity, State, Visit, Move, Line, Evidence, TaskDone, Request, Deal, Contact):
        model._default_manager.all().delete()
    Customer.objects.all().delete()
    Product.objects.all().delete()


def test_an_empty_house_filled_from_an_export_has_the_same_customers_and_deals(
    story: Cast, tmp_path: Path
) -> None:
    files = {
        kind: take_out(kind, tmp_path, "csv")
        for kind in ("products", "customers", "deals", "moves", "lines", "activities")
    }
    names = [name for (name,) in Customer.objects.order_by("pk").values_list("name")]
    values = list(
        Deal.objects.order_by("code").values_list("code", "title", "outcome", "amount", "owner__username")
    )
    stages = dict(Deal.objects.values_list("code", "spec__stage__code"))
    emptied()
    for kind, file in files.items():
        result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)
        assert result.refused == 0, (kind, result.as_text())
    assert [name for (name,) in Customer.objects.order_by("pk").values_list("name")] == names
    assert (
        list(
            Deal.objects.order_by("code").values_list("code", "title", "outcome", "amount", "owner__username")
        )
        == values
    )
    assert dict(Deal.objects.values_list("code", "spec__stage__code")) == stages
    assert list(Activity.objects.values_list("contact", "counts")) == [("=许明华", True)]


def test_an_empty_house_filled_from_an_export_knows_what_deals_were_at_every_instant(
    story: Cast, tmp_path: Path
) -> None:
    (tmp_path / "old.csv").write_text(
        "code,title,funnel,owner_username,amount,currency,expected_close,created_at\n"
        "O1,产线,b2b,chenan,100000,CNY,2026-01-31,2025-09-01T09:00:00+08:00\n"
        "O2,无期,b2b,lina,5000,USD,,2025-09-02T09:00:00+08:00\n",
        "utf-8",
    )
    (tmp_path / "past.csv").write_text(
        "deal_code,at,event,stage,amount,reason\n"
        "O1,2025-09-01T09:00:00+08:00,enter,验证,,\n"
        "O1,2025-09-01T09:00:00+08:00,owner,,,sunqiang\n"
        "O1,2025-10-01T09:00:00+08:00,amount,,180000,加了一条线\n"
        "O1,2025-11-01T09:00:00+08:00,expected_close,,,2026-06-30\n"
        "O2,2025-10-02T09:00:00+08:00,enter,开发,,\n"
        "O2,2025-10-03T09:00:00+08:00,expected_close,,,2026-03-31\n",
        "utf-8",
    )
    product = Product.objects.order_by("-pk")[0].code
    lines = f"deal_code,product_code,quantity,price,system_of_record\nO1,{product},2,500,erp\n"
    (tmp_path / "parts.csv").write_text(lines, "utf-8")
    for kind, name in (("deals", "old"), ("moves", "past"), ("lines", "parts")):
        hand_in(Order(kind, tmp_path / f"{name}.csv"), dry_run=False, all_or_nothing=True)
    files = {
        kind: take_out(kind, tmp_path, "csv") for kind in ("products", "customers", "deals", "moves", "lines")
    }
    for kind in ("deals", "moves"):
        again = hand_in(Order(kind, files[kind]), dry_run=False, all_or_nothing=False)
        assert again.counts.rows == again.counts.unchanged, again.as_text()
    told = stood()
    assert ("O1", "sunqiang", Decimal("99000.00")) in [
        (code, owner, amount) for code, owner, amount, *_ in told
    ]
    emptied()
    for kind, file in files.items():
        hand_in(Order(kind, file), dry_run=False, all_or_nothing=True)
    assert stood() == told


def stood() -> list[tuple[Any, ...]]:
    """Every deal at every instant: since when, whose, for how much, by which day, how likely, in which category."""
    names = ("deal__code", "owner__username", "amount", "expected_on", "probability", "category", "since")
    rows = State.objects.order_by("deal__code", "seq").values_list(*names)
    alike = groupby(rows, key=lambda row: row[:-1])  # a plan of deliveries changes nothing of these
    return [next(stretch) for _values, stretch in alike]
