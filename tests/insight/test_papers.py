"""Reports on paper: the workbook and the PDF have the numbers of the page, in 简体 and 繁體, with our own font alone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import translation
from pypdf import PageObject, PdfReader
from python_calamine import CalamineWorkbook

from loudou.insight.lens import InsightLens
from loudou.insight.papers import MAKERS, paper
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.ui import press
from loudou.ui.papers import Column, Group, Paper, Table, as_pdf, as_workbook
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.insight import examples
from tests.insight.test_worked_examples import _brought
from tests.make import instant

REPORTS = tuple(MAKERS)


@pytest.fixture
def d2(cast: Cast, tmp_path: Path) -> Iterator[None]:
    with clock.at(instant("2026-05-10 09:00")):
        _brought(examples.d2(tmp_path))
        yield


def _sheet(client: Client, report: str, query: str = "") -> list[list[Any]]:
    response = client.post(f"/analysis/files/{report}.xlsx{query}")
    assert response.status_code == 200
    return CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()


def _text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_the_workbook_of_d2_has_numbers_to_go_on_with(d2: None, cast: Cast, client: Client) -> None:
    enter(client, cast.zhangwei)
    rows = _sheet(client, "forecast_sheet")
    assert rows[0][0] == "阶段" and rows[1][0] == "验证 10%"  # every row says where it belongs
    sums = [(row[1] or row[0], row[5], row[8]) for row in rows if not row[2]]
    assert sums == [
        ("验证 合计", 800_000, 80_000),
        ("开发 合计", 700_000, 210_000),
        ("提案 合计", 1_000_000, 500_000),
        ("成交 合计", 450_000, 360_000),
        ("总计", 2_950_000, 1_150_000),
    ]
    assert [row[5] for row in rows if row[1] == "C003"] == [700_000]  # without what the ERP keeps


def test_the_workbook_of_the_funnel_is_the_page(d2: None, cast: Cast, client: Client) -> None:
    enter(client, cast.linjing)
    told = run("funnel", {}, cast.linjing)["stages"]
    rows = _sheet(client, "funnel")[1:]
    assert [(row[0], row[1], Decimal(str(row[2]))) for row in rows] == [
        (stage["stage"], stage["count"], Decimal(stage["amount"])) for stage in told
    ]


def test_a_workbook_has_numbers_rounded_as_reports_tell_them(cast: Cast, client: Client) -> None:
    with clock.at(instant("2026-05-10 09:00")):
        make.deal(cast.chenan, amount=Decimal("100.15"))
    with clock.at(instant("2026-05-12 10:07")):
        enter(client, cast.chenan)
        told = run("funnel", {}, cast.chenan)["stages"][0]
        assert (told["amount"], told["weighted"]) == ("100.15", "10.02")
        assert 10.02 in _sheet(client, "funnel")[1] and 10.015 not in _sheet(client, "funnel")[1]
        assert any(2.05 in row for row in _sheet(client, "promotion_table"))  # days in the stage


def test_a_formula_stays_text(cast: Cast, client: Client) -> None:
    make.deal(cast.chenan, title="=1+1")
    enter(client, cast.chenan)
    assert any("=1+1" in row for row in _sheet(client, "promotion_table"))


@pytest.mark.parametrize("report", REPORTS)
def test_every_report_is_a_paper_now_and_then(report: str, d2: None, cast: Cast) -> None:
    for asked in ({}, {"as_of": "2026-05-09", "owner": "zhangwei", "source": "none"}):
        lens = InsightLens.read(asked, cast.linjing)
        made = paper(report, lens, cast.linjing, form="xlsx")
        assert made.count == sum(len(group.rows) for table in made.paper.tables for group in table.groups)
        assert cast.linjing.name in made.paper.footer


def test_what_does_not_fit_on_paper_is_said(d2: None, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loudou.insight.papers.MOST_ON_PAPER", 2)
    made = paper("forecast_sheet", InsightLens.read({}, cast.linjing), cast.linjing, form="pdf")
    assert made.count == 2 and "6" in made.paper.notes[-1]


@pytest.mark.parametrize("report", ["promotion_table", "contact_table", "anomalies"])
def test_a_line_a_deal_is_made_as_deals_are_read_and_all_of_them_are_counted(
    report: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner in (cast.chenan, cast.sunqiang, cast.chenan, cast.maxiao, cast.sunqiang):
        make.deal(owner)
    lens = InsightLens.read({}, cast.linjing)
    whole = paper(report, lens, cast.linjing, form="xlsx")
    assert whole.count >= 5
    for room in ("papers", "papers._deals", "reports.anomalies", "reports.contacts", "reports.promotion"):
        monkeypatch.setattr(import_module(f"loudou.insight.{room}"), "HELPING", 2)
    again = paper(report, lens, cast.linjing, form="xlsx")
    assert (again.paper.tables, again.count) == (whole.paper.tables, whole.count)
    monkeypatch.setattr("loudou.insight.papers.MOST_IN_WORKBOOK", 3)
    cut = paper(report, lens, cast.linjing, form="xlsx")
    assert sum(len(group.rows) for table in cut.paper.tables for group in table.groups) == cut.count == 3
    assert str(whole.count) in cut.paper.notes[-1]


@pytest.mark.parametrize(
    ("language", "title", "stage"),
    [
        ("zh-hans", "销售预测表", "验证"),
        ("zh-hant", "銷售預測表", "驗證"),
        ("en", "Forecast sheet", "Verify"),
    ],
)
def test_the_pdf_of_d2_is_set_in_our_own_font(
    language: str, title: str, stage: str, d2: None, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine without any font: none but ours may be used, and every character is in it."""
    monkeypatch.setattr("loudou.ui.papers.typeset", partial(press.typeset, bare=True))
    with translation.override(language):
        lens = InsightLens.read({"owner": "zhangwei"}, cast.linjing)
        pdf = as_pdf(paper("forecast_sheet", lens, cast.linjing, form="pdf").paper)
    text = _text(pdf)
    assert title in text and stage in text and "灯具客户" in text
    assert "1,150,000" in text and "360,000" in text
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in PdfReader(io.BytesIO(pdf)).pages
        for font in page["/Resources"]["/Font"].values()
    }
    ours = ("DroidSansFallback", "LoudouLatin-Regular", "LoudouLatin-Bold")
    assert {font.split("+")[1].removesuffix("-Identity-H") for font in fonts} <= set(ours)


def test_cents_stand_under_cents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loudou.ui.papers.typeset", lambda _template, data, **_how: data["tables"][0])
    columns = (Column("部门"), Column("金额", "money"), Column("目标", "money"))
    rows = (("直销一部", Decimal(1000), Decimal(500)), ("直销二部", Decimal("2.5"), None))
    table = Table(columns, (Group(rows),), total=("总计", Decimal("1002.5"), Decimal(500)))
    told: Any = as_pdf(Paper("对照", author="陈安", made="2026-04-16 09:00", tables=(table,)))
    assert told["groups"][0]["rows"] == [["直销一部", "¥1,000.00", "¥500"], ["直销二部", "¥2.50", "—"]]
    assert told["total"] == ["总计", "¥1,002.50", "¥500"]
    assert [column["wide"] for column in told["columns"]] == [1, 0, 0]


def test_a_workbook_writes_numbers_as_what_they_are() -> None:
    columns = (Column("部门"), Column("金额", "money"), Column("占比", "percent"), Column("天数", "days"))
    rows = (("直销一部", Decimal("1234567.5"), Decimal("0.3855"), Decimal("2.05")),)
    table = Table(columns, (Group(rows, "华东"),), total=("总计", Decimal(5), None, None), by="区域")
    made = as_workbook(Paper("对照", author="陈安", made="2026-04-16 09:00", tables=(table,)))
    with ZipFile(io.BytesIO(made)) as parts:
        styles = parts.read("xl/styles.xml").decode()
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert all(told in styles for told in ("0.0%", "#,##0.0"))
    styled = dict(re.findall(r'<c r="([A-Z]2)" s="(\d+)"', sheet))
    assert sorted(styled) == ["C2", "D2", "E2"] and len(set(styled.values())) == 3
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
    assert sheets == [
        ["区域", "部门", "金额", "占比", "天数"],
        ["华东", "直销一部", 1234567.5, 0.3855, 2.05],
        ["总计", "", 5, "", ""],
    ]


def _printed(*groups: Group, columns: Sequence[Column]) -> list[PageObject]:
    table = Table(columns, groups)
    pdf = as_pdf(Paper("对照", author="陈安", made="2026-04-16 09:00", tables=(table,)))
    return list(PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("stages", [2, 24])
def test_the_first_column_of_a_wide_table_keeps_its_room(stages: int) -> None:
    """No column runs into the next one: where there are many the text is smaller instead."""
    columns = [Column("部门", wide=2), *(Column(f"阶段{n} 转化率", "percent") for n in range(stages))]
    row = ("直销一部", *(Decimal("0.1234"),) * stages)
    [page] = _printed(Group([row]), columns=columns)
    lines = [line for line in page.extract_text().splitlines() if line.startswith("直销一部")]
    assert len(lines) == 1, "the name of the part is broken into characters"


def test_the_heading_of_a_group_stands_with_its_rows() -> None:
    columns = (Column("商机", wide=2), Column("金额", "money"))
    found = set()
    for rows in range(30, 40):  # a page holds about that many
        first = Group([(f"单{n}", Decimal(n)) for n in range(rows)], "甲组")
        pages = _printed(first, Group([("乙单", Decimal(1))], "乙组"), columns=columns)
        found.add(len(pages))
        texts = [page.extract_text() for page in pages]
        assert ["乙组" in text for text in texts] == ["乙单" in text for text in texts]
    assert found == {1, 2}


def test_a_font_is_unpacked_once(tmp_path: Path) -> None:
    folder = press.unpacked(tmp_path / "fonts")
    first = next(folder.iterdir()).stat().st_mtime_ns
    assert next(press.unpacked(folder).iterdir()).stat().st_mtime_ns == first


def test_a_page_that_cannot_be_set_says_so(tmp_path: Path) -> None:
    template = tmp_path / "wrong.typ"
    template.write_text("#panic(1)")
    with pytest.raises(press.PressFailed):
        press.typeset(template, {}, language="zh", folder=tmp_path / "fonts")
