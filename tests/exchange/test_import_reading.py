"""What one cell means, and what a mapping says: text in, a value or one sentence out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from loudou.customers.models import SOURCES
from loudou.exchange.importing import cells
from loudou.exchange.importing.mapping import ColumnMap, Source, from_plain, parse_map, routes, slug, to_plain
from loudou.exchange.importing.moments import ORDERS
from loudou.exchange.importing.reading import Bad, Reading
from loudou.kernel.refusals import Refused

HERE = ZoneInfo("Asia/Shanghai")
READING = Reading(zone=HERE, now=datetime(2026, 6, 1, tzinfo=UTC))
MONTH_FIRST = Reading(zone=HERE, now=READING.now, formats=("%m/%d/%Y %I:%M %p", "%m/%d/%Y"))


@pytest.mark.parametrize(
    "raw",
    [
        "2026-04-17",
        "2026/4/17",
        "2026.4.17",
        "2026年4月17日",
        "20260417",
        "民國115年4月17日",
        "民国115/4/17",
        "46129",
    ],
)
def test_a_day_in_every_way_people_write_it(raw: str) -> None:
    assert cells.day(raw, READING) == date(2026, 4, 17)
    assert cells.instant(raw, READING) == datetime(2026, 4, 17, tzinfo=HERE)


@pytest.mark.parametrize(
    ("raw", "instant"),
    [
        ("2026-04-17 09:14", datetime(2026, 4, 17, 9, 14, tzinfo=HERE)),
        ("2026-04-17T09:14:05Z", datetime(2026, 4, 17, 9, 14, 5, tzinfo=UTC)),
        ("2026/4/17 9:14:05.25", datetime(2026, 4, 17, 9, 14, 5, 250_000, tzinfo=HERE)),
        ("2026/4/17 9:14+00:00", datetime(2026, 4, 17, 9, 14, tzinfo=UTC)),
        ("46129.5", datetime(2026, 4, 17, 12, tzinfo=HERE)),
    ],
)
def test_an_instant_with_its_clock(raw: str, instant: datetime) -> None:
    assert cells.instant(raw, READING) == instant


def test_a_form_that_somebody_chose_is_tried_first() -> None:
    assert cells.day("03/04/2026", MONTH_FIRST) == date(2026, 3, 4)
    assert cells.instant("3/15/2026 2:30 PM", MONTH_FIRST) == datetime(2026, 3, 15, 14, 30, tzinfo=HERE)
    assert cells.day("2026-03-04", MONTH_FIRST) == date(2026, 3, 4)


@pytest.mark.parametrize(
    ("read", "raw"),
    [
        (cells.day, "2026-13-45"),
        (cells.day, "03/04/2026"),
        (cells.day, "2026-04-17 morgens"),
        (cells.day, "0001-01-01"),
        (cells.day, "2101-01-01"),
        (cells.past, "2026-06-02"),
        (cells.amount, "NaN"),
        (cells.amount, "-1"),
        (cells.amount, "1.005"),
        (cells.amount, "1e30"),
        (cells.amount, "1e999999999"),
        (cells.amount, "viel"),
        (cells.amount, "-"),
        (cells.amount, " ¥ (1,234.00)"),
        (cells.signed, "-"),
        (cells.signed, "-(5)"),
        (cells.signed, "(1.005)"),
        (cells.signed, "(1e30)"),
        (cells.signed, f"({10**14})"),
        (cells.quantity, " -   "),
        (cells.quantity, "0"),
        (cells.quantity, "1.0005"),
        (cells.quantity, "1e20"),
        (cells.rate, "0"),
        (cells.growth, "1" * 4_000),
        (cells.growth, "0.0000001"),
        (cells.rate, "1000000000"),
        (cells.rate, "0.000000001"),
        (cells.share, "100%"),
        (cells.share, "-1"),
        (cells.share, "12.345%"),
        (cells.currency, "dollars"),
        (cells.email, "no address"),
        (cells.text(5), "abcdef"),
        (cells.text(5), "a\x07b"),
        (cells.code(60), "123456789012345…"),
        (cells.word(lambda: SOURCES), "占卜"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(read: Callable[[str, Reading], Any], raw: str) -> None:
    with pytest.raises(Bad) as bad:
        read(raw, READING)
    assert str(bad.value).strip()


@pytest.mark.parametrize(
    ("read", "raw", "value"),
    [
        (cells.amount, "1,234.50", Decimal("1234.50")),
        (cells.amount, "12万", Decimal(120_000)),
        (cells.amount, "¥1200", Decimal(1200)),
        (cells.amount, "CNY 1200", Decimal(1200)),
        (cells.amount, "1200元", Decimal(1200)),
        (cells.amount, " -   ", Decimal(0)),
        (cells.amount, " ¥ -   ", Decimal(0)),
        (cells.amount, "CNY -", Decimal(0)),
        (cells.signed, "¥ -", Decimal(0)),
        (cells.signed, " ¥ (1,234.00)", Decimal(-1234)),
        (cells.signed, "CNY (5)", Decimal(-5)),
        (cells.signed, "¥-5", Decimal(-5)),
        (cells.signed, "−¥5", Decimal(-5)),
        (cells.signed, "+5", Decimal(5)),
        (cells.quantity, "2.125", Decimal("2.125")),
        (cells.rate, "7.12345678", Decimal("7.12345678")),
        (cells.share, "13%", Decimal("0.13")),
        (cells.share, "13", Decimal("0.13")),
        (cells.share, "0.13", Decimal("0.13")),
        (cells.share, "１３％", Decimal("0.13")),
        (cells.currency, "人民币", "CNY"),
        (cells.currency, "usd", "USD"),
        (cells.email, " a@b.example ", "a@b.example"),
        (cells.text(5), "a      b", "a b"),
        (cells.code(60), "A   1", "A 1"),
        (cells.word(lambda: SOURCES, web=("官网",)), "官網", "web"),
        (cells.words(lambda: {"rep": "Rep", "manager": "Manager"}), "manager；rep", ["manager", "rep"]),
        (cells.words(lambda: {"rep": "Rep", "manager": "Manager"}), "rep manager", ["manager", "rep"]),
        (cells.words(lambda: {"rep": "Sales rep"}), "Sales rep", ["rep"]),
    ],
)
def test_what_is_meant_is_read(read: Callable[[str, Reading], Any], raw: str, value: Any) -> None:
    assert read(raw, READING) == value


MAPPING: dict[str, Any] = {
    "kind": "deals",
    "keep": ["product"],
    "dates": ["%m/%d/%Y"],
    "time_zone": "Asia/Taipei",
    "columns": {
        "code": "id",
        "title": {"from": ["account", "product"], "join": " · ", "words": {"GTXPro": "GTX Pro"}},
        "customer_code": {"from": ["account"], "slug": True, "prefix": "c-"},
        "currency": {"value": "USD"},
        "source": {"from": ["came"], "default": "web"},
        "expected_close": "",
    },
    "rows": [{"when": {"stage": ["Won", "Lost"], "account": ["*"]}, "columns": {"amount": "value"}}, {}],
}


def test_blanks_beside_a_dash_reach_its_reader_and_no_others_do() -> None:
    assert [cells.bare(cell) for cell in (" a ", " -   ", "-", "  ")] == ["a", " -   ", "-", ""]
    chosen = Source(("total",), words={"none": "0"})
    (route,) = routes(ColumnMap(columns={"amount": chosen}), ["total"], ["amount"])
    assert [route.readers[0][1]([cell]) for cell in (" 5 ", " - ", " none ")] == ["5", " - ", "0"]


@pytest.mark.parametrize(("home", "meant"), [("CNY", "CNY"), ("TWD", "TWD"), ("HKD", "HKD"), ("USD", "CNY")])
def test_yuan_is_the_money_of_the_land(home: str, meant: str) -> None:
    assert cells.currency("元", replace(READING, home=home)) == meant


def test_a_mapping_makes_rows_of_lines() -> None:
    mapping = from_plain(MAPPING)
    assert from_plain(to_plain(mapping)) == mapping
    header = ["ID", "account", "product", "stage", "value", "came"]
    known = ["code", "title", "customer_code", "currency", "source", "expected_close", "amount"]
    first, second = routes(mapping, header, known)
    line = ["7", "Acme Corp", "GTXPro", "won", "12", ""]
    assert first.test is not None and first.test(line) and not first.test(["7", "", "x", "Won", "", ""])
    assert second.test is None
    assert {name: read(line) for name, read in first.readers} == {
        "code": "7",
        "title": "Acme Corp · GTX Pro",
        "customer_code": "c-acme-corp",
        "currency": "USD",
        "source": "web",
        "amount": "12",
    }
    assert first.kept == (("product", 2),)
    everything = routes(ColumnMap(columns={"code": Source(("ID",))}, keep=("*",)), header, known)[0]
    assert [name for name, _place in everything.kept] == header[1:]


def test_a_code_is_made_of_any_name() -> None:
    assert (slug("Acme Corporation"), slug("宁波甬江 2")) == ("acme-corporation", "ningboyongjiang-2")
    assert slug("a" * 61) == "a" * 60


def test_a_mapping_names_headers_as_they_are_else_the_first_that_is_alike() -> None:
    header, line = ["Code", "name", "NAME", "Total", "Total"], ["1", "small", "large", "3", "4"]

    def read(named: str) -> str:
        (route,) = routes(ColumnMap(columns={"code": Source((named,))}), header, ["code"])
        return route.readers[0][1](line)

    assert [read(named) for named in ("NAME", "name", "Name")] == ["large", "small", "small"]
    with pytest.raises(Refused, match="Total"):
        read("Total")


def test_a_mapping_may_have_a_megabyte() -> None:
    beginning = b'kind = "deals"\n#'
    assert parse_map(beginning + b"x" * ((1 << 20) - len(beginning))).kind == "deals"


@pytest.mark.parametrize(
    "raw",
    [
        b"x" * ((1 << 20) + 1),
        b"kind = ",
        b"{",
        b"\xff\xfe",
        b"[1, 2]",
        b"colums = {}",
        b'columns = "a"',
        b'dates = "a"',
        b'time_zone = "Mars"',
        b'[columns]\ncode = { form = "a" }',
        b'[columns]\ncode = [["a"]]',
        b"[[rows]]\nif = 1",
    ],
)
def test_a_mapping_nobody_can_follow_is_one_sentence(raw: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        parse_map(raw)
    assert refusal.value.field == "map"


@pytest.mark.parametrize("columns", [{"nix": Source(("a",))}, {"code": Source(("b",))}])
def test_a_mapping_that_does_not_fit_the_file_is_one_sentence(columns: dict[str, Source]) -> None:
    with pytest.raises(Refused):
        routes(ColumnMap(columns=columns), ["a"], ["code"])


def test_json_is_a_mapping_too() -> None:
    assert parse_map(b'{"columns": {"code": "a"}}').columns == {"code": Source(("a",))}


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("31/01/2027", date(2027, 1, 31)),
        ("01/31/2027", date(2027, 1, 31)),
        ("3.3.2027", date(2027, 3, 3)),
        ("2027.1.31", date(2027, 1, 31)),
        ("２０２７／１／３１", date(2027, 1, 31)),
        ("民國116年1月31日", date(2027, 1, 31)),
        ("116/01/31", date(2027, 1, 31)),
        ("31-Jan-2027", date(2027, 1, 31)),
        ("Jan 31st, 2027", date(2027, 1, 31)),
    ],
)
def test_a_date_that_can_only_be_one_day_is_read(raw: str, day: date) -> None:
    assert cells.day(raw, READING) == day


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("01/02/2027", "--dates"),
        ("1-2-2027 09:30", "--dates"),
        ("31/01/27", "four digits"),
        ("27年1月31日", "four digits"),
        ("32/01/2027", "2026-04-17"),
        ("31-Foo-2027", "2026-04-17"),
    ],
)
def test_a_date_that_may_be_two_days_asks_which(raw: str, says: str) -> None:
    with override("en"), pytest.raises(Bad, match=says):
        cells.day(raw, READING)


@pytest.mark.parametrize(("order", "day"), [("day", date(2027, 2, 1)), ("month", date(2027, 1, 2))])
def test_who_says_which_comes_first_is_believed(order: str, day: date) -> None:
    said = replace(READING, formats=ORDERS[order])
    assert {cells.day(raw, said) for raw in ("01/02/2027", "1.2.2027", "01-02-2027 14:30")} == {day}
    assert cells.day("2027-02-01", said) == date(2027, 2, 1)
    with pytest.raises(Bad):
        cells.day("31/31/2027", said)
    with pytest.raises(Bad):
        cells.day("13/31/2027" if order == "day" else "31/01/2027", said)


@pytest.mark.parametrize(
    ("raw", "hour"),
    [
        ("2027/1/31 下午 3:20", 15),
        ("2027/1/31 上午12:20", 0),
        ("2027-01-31 03:20 PM", 15),
        ("2027/1/31 下午 12:20", 12),
    ],
)
def test_a_clock_of_twelve_hours_says_which_half(raw: str, hour: int) -> None:
    assert cells.instant(raw, READING) == datetime(2027, 1, 31, hour, 20, tzinfo=HERE)


@pytest.mark.parametrize("raw", ["12.000,50", "1.234.567", "1,2345", "12.000", "1,5", "¥1.234", "1,23,456"])
def test_a_number_that_may_be_two_asks_how_they_are_written(raw: str) -> None:
    with override("en"), pytest.raises(Bad, match="--numbers"):
        cells.amount(raw, READING)


COMMA = replace(READING, decimal=",")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("12.000,50", "12000.50"),
        ("1.234.567", "1234567"),
        ("12.000", "12000"),
        ("1,5", "1.5"),
        ("€ 1.234,50", "1234.50"),
        ("1 234,50 EUR", "1234.50"),
        ("1,5万", "15000"),
        ("1200", "1200"),
        (" -  ", "0"),
    ],
)
def test_with_a_decimal_comma_points_part_thousands(raw: str, value: str) -> None:
    assert cells.amount(raw, COMMA) == Decimal(value)


@pytest.mark.parametrize("raw", ["1,234.50", "12.5", "1.2345", "1,5,5", "viel"])
def test_with_a_decimal_comma_other_numbers_are_none(raw: str) -> None:
    with override("en"), pytest.raises(Bad, match=r"1\.234,50"):
        cells.amount(raw, COMMA)


def test_a_number_of_a_workbook_has_its_point_whatever_its_texts_have() -> None:
    assert cells.amount("1234.5", replace(COMMA, workbook=True)) == Decimal("1234.5")


@pytest.mark.parametrize(
    ("raw", "value"), [("12.000", "12"), ("1'234.50", "1234.50"), ("1,234.50", "1234.50")]
)
def test_with_a_decimal_point_three_digits_after_it_are_no_thousands(raw: str, value: str) -> None:
    assert cells.amount(raw, replace(READING, decimal=".")) == Decimal(value)
    with override("en"), pytest.raises(Bad, match=r"1,234\.50"):
        cells.amount("12.000,50", replace(READING, decimal="."))


def test_codes_have_narrow_letters_and_texts_stay_as_they_are() -> None:
    assert cells.code(60)("ＫＨ－２６０７　１", READING) == "KH-2607 1"
    assert cells.code(60)("项目（一期）", READING) == "项目（一期）"
    assert cells.text(60)("ＡＢＣ\r\n行\r", READING) == "ＡＢＣ\n行"
    assert cells.text(60)("Gro\u0308ße", READING) == "Größe"
    assert cells.currency("ＵＳＤ", READING) == "USD"


def test_a_mapping_says_how_numbers_and_dates_are_written() -> None:
    told = from_plain({"numbers": "1.234,50", "dates": "day"})
    assert (told.numbers, told.dates) == ("1.234,50", ORDERS["day"])
    assert from_plain(to_plain(told)) == told
    with pytest.raises(Refused):
        from_plain({"numbers": "1 234"})
