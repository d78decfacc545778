"""Workbooks as people keep them: sheets that explain come first, formulas fail."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.utils.translation import override
from rustpy_xlsxwriter import write_worksheets

from loudou.customers.models import Customer
from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import Deal
from loudou.ui import old_sheets
from loudou.ui.sheets import convert
from tests.cast import Cast
from tests.exchange import xls
from tests.exchange.test_import_page import brought, signed_in

HEADER = ["客户名称", "行业", "备注"]
ROWS = [["甬江机电有限公司", "机械", "甲"], ["绍兴越城轻纺", "纺织", "乙"]]
EXPLAINED = [["填写说明"], ["请从第二张表开始填写", "带 * 的必填"], ["行业", "从列表选择"]]
Rows = Sequence[Sequence[str]]


@pytest.fixture(autouse=True)
def _own_folder(settings: pytest.FixtureRequest, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]


def written(path: Path, **sheets: Rows) -> Path:
    """A workbook with these sheets in this order, rows as they stand."""

    def records(rows: Rows) -> Iterator[dict[str, str]]:
        width = max(map(len, rows))
        names, *others = [[*row, *[""] * (width - len(row))] for row in rows]
        heads = [name or " " * place for place, name in enumerate(names, 1)]
        yield from (dict(zip(heads, row, strict=True)) for row in others)

    write_worksheets([(name, records(rows)) for name, rows in sheets.items()], str(path))
    return path


def failing(path: Path, cells: dict[str, str], *, sheet: str = "sheet1") -> Path:
    """The same workbook with cells whose formulas failed, as Excel writes them."""
    other = path.with_name(f"failing-{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            part = source.read(name).decode()
            for place, error in cells.items() if name.endswith(f"{sheet}.xml") else ():
                cell = f'<c r="{place}" s="1" t="e"><f>VLOOKUP(A1,客户!A:B,2,0)</f><v>{error}</v></c>'
                part, count = re.subn(rf'<c r="{place}"[^>]*>.*?</c>', cell, part)
                assert count == 1, place
            target.writestr(name, part)
    return other


def bring(file: Path, sheet: str = "", kind: str = "customers") -> Result:
    return hand_in(Order(kind, file, sheet=sheet), dry_run=False, all_or_nothing=False)


def said(result: Result) -> list[tuple[int, str, str, bool]]:
    return [(note.line, note.column, note.reason, note.warning) for note in result.notes]


def test_a_sheet_that_explains_is_passed_over_and_it_is_said(cast: Cast, tmp_path: Path) -> None:
    file = written(tmp_path / "a.xlsx", 说明=EXPLAINED, 空=[[" "]], 客户=[HEADER, *ROWS])
    result = bring(file)
    assert result.counts.new == 2
    assert said(result) == [(1, "", "读取的是工作表“客户”，不是第一张“说明”。", True)]


def test_the_page_says_which_sheet_it_reads(cast: Cast, tmp_path: Path) -> None:
    file = written(tmp_path / "a.xlsx", 说明=EXPLAINED, 客户=[HEADER, *ROWS])
    client = signed_in(cast.linjing)
    run = brought(client, file.read_bytes(), name="a.xlsx")
    assert (run.sheet, run.sheets, run.header) == ("客户", ["说明", "客户"], HEADER)
    assert "读取的是工作表“客户”，不是第一张“说明”。" in client.get(f"/imports/{run.pk}/").content.decode()


def test_the_sheet_that_somebody_names_is_read(cast: Cast, tmp_path: Path) -> None:
    file = written(tmp_path / "a.xlsx", 一=[HEADER, ROWS[0]], 二=[HEADER, ROWS[1]])
    assert bring(file, "二").counts.new == 1
    assert Customer.objects.get().name == "绍兴越城轻纺"


@pytest.mark.parametrize("first", [[HEADER, ROWS[0]], [["行业", "备注", "公司"], ["机械", "甲", "甬江"]]])
def test_a_first_sheet_with_known_columns_is_the_one(cast: Cast, tmp_path: Path, first: Rows) -> None:
    """Also where what is needed is not among them: somebody says what it is, no other sheet is taken instead."""
    file = written(tmp_path / "a.xlsx", 一=first, 二=[HEADER, ROWS[1]])
    run = brought(signed_in(cast.linjing), file.read_bytes(), name="a.xlsx")
    assert run.sheet == "一"


def test_where_no_sheet_has_what_is_needed_the_first_is_shown(cast: Cast, tmp_path: Path) -> None:
    file = written(tmp_path / "a.xlsx", 说明=EXPLAINED, 别的=[["天", "地"], ["玄", "黄"]])
    assert brought(signed_in(cast.linjing), file.read_bytes(), name="a.xlsx").sheet == "说明"


def test_what_a_mapping_says_counts_as_known(cast: Cast, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[columns]\nname = "厂家"\n', "utf-8")
    file = written(tmp_path / "a.xlsx", 一=[["编码", "厂家"], ["1", "甬江"]], 二=[HEADER, ROWS[1]])
    order = Order("customers", file, map_file=own)
    assert hand_in(order, dry_run=False, all_or_nothing=False).counts.new == 1
    assert Customer.objects.get().name == "甬江"


def test_a_cell_whose_formula_failed_is_refused_with_its_place(cast: Cast, tmp_path: Path) -> None:
    rows = [[f"甬江机电{number}", "机械", "甲"] for number in range(4)]
    file = written(tmp_path / "a.xlsx", 客户=[HEADER, *rows])
    result = bring(failing(file, {"A2": "#N/A", "B3": "#REF!", "C4": "#VALUE!"}))
    assert (result.counts.new, result.counts.refused) == (1, 3)
    assert said(result) == [
        (line, column, f"这里的公式出错（{error}）；请在表格中改正这个单元格。", False)
        for line, column, error in [(2, "name", "#N/A"), (3, "industry", "#REF!"), (4, "note", "#VALUE!")]
    ]


def test_an_old_workbook_tells_its_failed_cells_as_well(cast: Cast, tmp_path: Path) -> None:
    """Its reader takes them for empty, and the customer would come in without what stood there."""
    rows: list[list[xls.Cell]] = [
        ["甬江机电0", xls.Error(0x17), "甲"],
        ["甬江机电1", "机械", xls.Error(0x0F, formula=True)],
        ["甬江机电2", "机械", "丙"],
        [xls.Error(), "机械", "丁"],
    ]
    for small in (False, True):
        file = tmp_path / f"{small}.xls"
        xls.write_xls(file, [list(HEADER), *rows], small=small)
        result = bring(file)
        assert result.counts.refused == 3
        assert said(result) == [
            (line, column, f"这里的公式出错（{error}）；请在表格中改正这个单元格。", False)
            for line, column, error in [(2, "industry", "#REF!"), (3, "note", "#VALUE!"), (5, "name", "#N/A")]
        ]
    assert Customer.objects.get().name == "甬江机电2"


def test_failed_cells_of_an_old_workbook_are_found_however_large_it_is(tmp_path: Path) -> None:
    """Beyond seven megabytes its header does not name all of its table of sectors."""
    rows: list[list[xls.Cell]] = [["漏" * 200, 1.0] for _number in range(20_000)]
    file = tmp_path / "a.xls"
    xls.write_xls(file, [[], *rows, ["尾", xls.Error(0x07)]])
    assert file.stat().st_size > 8_000_000
    assert old_sheets.failed(file, 0) == {20_002: {2: "#DIV/0!"}}
    assert convert(file, tmp_path / "out.csv")["rows"] == 20_001
    assert (tmp_path / "out.csv").read_text("utf-8").splitlines()[-1] == "尾,#DIV/0!"


@pytest.mark.parametrize("cut", [0, 20, 100, 520, 1_100, 1_560])
def test_of_a_damaged_old_workbook_no_cell_is_said_to_have_failed(tmp_path: Path, cut: int) -> None:
    """Its reader says that it is damaged."""
    file = tmp_path / "a.xls"
    xls.write_xls(file, [["客户", xls.Error()]])
    whole = file.read_bytes()
    file.write_bytes(whole[:cut])
    assert old_sheets.failed(file, 0) == {}
    file.write_bytes(whole[:cut] + b"\xff" * (len(whole) - cut))
    assert old_sheets.failed(file, 0) == {}
    file.write_bytes(whole)
    assert old_sheets.failed(file, 7) == {}


def test_an_error_is_no_text_where_columns_are_joined_or_kept(cast: Cast, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('keep = "*"\n[columns]\nname = { from = ["客户名称", "分部"] }\n', "utf-8")
    file = tmp_path / "a.csv"
    file.write_text("客户名称,分部,旧号\n甬江,#REF!,1\n越城,二,#N/A\n新誉,三,3\n", "utf-8")
    result = hand_in(Order("customers", file, map_file=own), dry_run=False, all_or_nothing=False)
    assert [(note.line, note.column) for note in result.notes] == [(2, "name"), (3, "旧号")]
    assert Customer.objects.get().name == "新誉 三"


def test_errors_are_found_where_the_sheet_begins_further_in(cast: Cast, tmp_path: Path) -> None:
    """Of the sheet that is read and no other, whatever part of the archive it is."""
    rows = [["", *HEADER], *([["", *row] for row in ROWS])]
    file = failing(written(tmp_path / "a.xlsx", 说明=EXPLAINED, 客户=rows), {"C3": "#NUM!"}, sheet="sheet2")
    result = bring(file, "客户")
    assert [(note.line, note.column) for note in result.notes if not note.warning] == [(3, "industry")]
    assert convert(file, tmp_path / "out.csv", "说明")["rows"] == len(EXPLAINED)
    assert "#NUM!" not in (tmp_path / "out.csv").read_text("utf-8")


def test_a_workbook_without_relations_is_read_as_it_is(cast: Cast, tmp_path: Path) -> None:
    file = failing(written(tmp_path / "a.xlsx", 客户=[HEADER, *ROWS]), {"C2": "#NUM!"})
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as target:
        for name in source.namelist():
            target.writestr(
                name,
                source.read(name).replace(b' r:id="', b" r:id='").replace(b'"/></sheets>', b"'/></sheets>"),
            )
    assert convert(tmp_path / "b.xlsx", tmp_path / "out.csv")["rows"] == 3


DEALS = [["商机编号", "商机名称", "负责人", "金额", "预计成交日期"], ["X1", "甲", "chenan", "1200", "46418"]]


def patched(path: Path, part: str, pattern: str, instead: str) -> Path:
    """The same workbook with something in one of its parts written otherwise."""
    other = path.with_name(f"patched-{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode()
            if name.endswith(part):
                text, count = re.subn(pattern, instead, text, count=1)
                assert count == 1, text[:400]
            target.writestr(name, text)
    return other


@pytest.mark.parametrize("value", ["", "<v></v>", "<v/>"])
@pytest.mark.parametrize("formula", ["<f>SUM(A1)</f>", '<f t="shared" si="0"/>'])
def test_a_formula_that_was_never_calculated_is_no_empty_cell(
    cast: Cast, tmp_path: Path, formula: str, value: str
) -> None:
    book = written(tmp_path / "a.xlsx", 数据=DEALS)
    book = patched(book, "sheet1.xml", r'<c r="D2"[^>]*>.*?</c>', f'<c r="D2" s="1">{formula}{value}</c>')
    result = bring(book, kind="deals")
    assert [(line, column) for line, column, *_rest in said(result)] == [(2, "amount")]


def test_a_formula_that_came_to_an_empty_text_is_an_empty_cell(cast: Cast, tmp_path: Path) -> None:
    book = written(tmp_path / "a.xlsx", 数据=DEALS)
    cell = '<c r="D2" t="str"><f>IF(1,"")</f><v></v></c>'
    assert bring(patched(book, "sheet1.xml", r'<c r="D2"[^>]*>.*?</c>', cell), kind="deals").counts.new == 1


@pytest.mark.parametrize(("since", "day"), [("0", "2027-01-31"), ("1", "2031-02-01")])
def test_days_are_counted_from_where_the_workbook_counts_them(
    cast: Cast, tmp_path: Path, since: str, day: str
) -> None:
    book = written(tmp_path / "a.xlsx", 数据=DEALS)
    told = f'<workbookPr date1904="{since}"/>'
    result = bring(patched(book, "xl/workbook.xml", r"<workbookPr[^>]*/>", told), kind="deals")
    assert result.counts.new == 1, result.as_text()
    assert str(Deal.objects.get(code="X1").expected_on) == day


def test_a_sheet_that_explains_is_passed_over_where_no_column_is_needed(cast: Cast, tmp_path: Path) -> None:
    book = written(tmp_path / "a.xlsx", 填写说明=EXPLAINED, 数据=DEALS)
    assert bring(book, kind="deals").counts.new == 1


@pytest.mark.parametrize("begins", ["%PDF-1.4\n%äöü", "{\\rtf1\\ansi"])
def test_a_paper_under_the_name_of_a_table_is_none(cast: Cast, tmp_path: Path, begins: str) -> None:
    (tmp_path / "a.xlsx").write_text(begins, "utf-8")
    with pytest.raises(Refused, match="XLSX"):
        bring(tmp_path / "a.xlsx")


def test_a_day_is_no_amount_and_is_said_so(cast: Cast, tmp_path: Path) -> None:
    head, row = DEALS
    book = written(tmp_path / "a.xlsx", 数据=[head, [*row[:3], "1903-04-14", row[4]]])
    with override("en"):
        assert "format the cell" in said(bring(book, kind="deals"))[0][2]
