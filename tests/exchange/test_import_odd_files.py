"""Files of odd shapes: read rightly, or refused in one sentence that says where; nothing is left out in silence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from loudou.customers.models import Customer
from loudou.exchange.exporting.files import write_xlsx
from loudou.exchange.importing.encodings import reads
from loudou.exchange.importing.files import LONGEST_CELL, LONGEST_LINE, opened
from loudou.exchange.importing.handing import Order, Result, hand_in
from loudou.exchange.importing.mapping import ColumnMap, Source
from loudou.exchange.importing.spec import kind_named, knows, recognise, rivals
from loudou.kernel.refusals import Refused
from loudou.pipeline.models import Deal
from loudou.targets.models import Actual
from tests.cast import Cast
from tests.exchange.test_import_page import brought, checked, signed_in, written

HEAD = "客户名称,行业\r\n"
ROWS = "".join(f"甬江机电{number}有限公司,机械\r\n" for number in range(40))


def bring(file: Path) -> Result:
    return hand_in(Order("customers", file), dry_run=False, all_or_nothing=False)


def refused(path: Path, raw: bytes) -> str:
    path.write_bytes(raw)
    with pytest.raises(Refused) as refusal, opened(path):
        pass
    return refusal.value.sentence


def spoilt(raw: bytes) -> bytes:
    """The same with a byte in line 11 that no encoding has there."""
    lines = raw.split(b"\n")
    lines[10] = b"\xff" + lines[10]
    return b"\n".join(lines)


def test_accounting_formats_of_a_spreadsheet_are_read_and_a_dash_alone_is_not(
    cast: Cast, tmp_path: Path
) -> None:
    """As Excel saves cells of its accounting formats: zero as a dash with blanks, below zero in brackets."""
    file = tmp_path / "actuals.csv"
    cells = [" -   ", " ¥ -   ", '" ¥ (1,234.50)"', '" 1,200.00 "', "-"]
    days = [f"D1,cash,2026-04-{day:02},{cell}" for day, cell in enumerate(cells, 1)]
    file.write_text("\n".join(["unit_code,metric,date,amount", *days]))
    result = hand_in(Order("actuals", file), dry_run=False, all_or_nothing=False)
    amounts = {one.day.day: one.amount for one in Actual.objects.all()}
    assert amounts == {1: 0, 2: 0, 3: Decimal("-1234.50"), 4: 1200} and result.refused == 1


@pytest.mark.parametrize(
    ("encoding", "called"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gb18030", "GB18030")]
)
def test_a_byte_that_does_not_belong_there_is_named_with_its_line(
    tmp_path: Path, encoding: str, called: str
) -> None:
    raw = (HEAD + ROWS).encode(encoding)
    assert refused(tmp_path / "a.csv", spoilt(raw)) == (
        f"第 11 行有不属于 {called} 的字节；请把文件另存为 UTF-8。"
    )


def test_a_file_that_was_cut_off_is_named_with_its_line(tmp_path: Path) -> None:
    wide = (HEAD + ROWS).encode("utf-16")
    assert "第 42 行有不属于 UTF-16 的字节" in refused(tmp_path / "a.csv", wide + b"\x2c")
    lone = wide[:-4] + b"\x00\xd8" + wide[-4:]
    assert "第 41 行有不属于 UTF-16 的字节" in refused(tmp_path / "a.csv", lone)
    assert "第 42 行有不属于 GB18030 的字节" in refused(
        tmp_path / "a.csv", (HEAD + ROWS + "尾").encode("gb18030")[:-1]
    )
    assert "第 2 行有不属于" in refused(tmp_path / "a.csv", "name,place\r\nCafé,Paris\r\n".encode("latin-1"))


def test_what_is_no_table_is_told_so(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.csv", bytes(range(256)) * 8).startswith("这不是表格")
    assert refused(tmp_path / "a.xls", b"\xef\xbb\xbf <HTML><table><tr><td>x").startswith("这是一个网页文件")


def test_a_cell_too_long_is_named_with_its_column_and_the_rest_is_taken(cast: Cast, tmp_path: Path) -> None:
    long = "大" * (LONGEST_CELL + 1)
    file = tmp_path / "a.csv"
    rows = f"甲江机电有限公司,{long}\r\n乙江机电有限公司,机械\r\n丙江机电有限公司,机械,{long}\r\n"
    file.write_text(HEAD + rows, "utf-8")
    result = bring(file)
    sentence = "有单元格超过 262,144 个字符。"
    assert [(note.line, note.column, note.reason) for note in result.notes] == [
        (2, "行业", sentence),
        (4, "", sentence),
    ]
    assert list(Customer.objects.filter(name__endswith="江机电有限公司").values_list("name", flat=True)) == [
        "乙江机电有限公司"
    ]


def test_a_line_without_end_is_named_and_nothing_before_it_is_written(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(HEAD + "甲江机电有限公司,机械\r\n乙江机电有限公司," + "大" * LONGEST_LINE, "utf-8")
    with pytest.raises(Refused) as refusal:
        bring(file)
    assert refusal.value.sentence == "第 3 行：文件中有一行没有尽头，这不是表格。"
    assert not Customer.objects.filter(name__endswith="江机电有限公司").exists()


@pytest.mark.parametrize("codec", ["hex", "rot13", "zlib"])
def test_a_codec_that_makes_no_text_reads_nothing(tmp_path: Path, codec: str) -> None:
    (tmp_path / "a.csv").write_text(HEAD + ROWS, "utf-8")
    with pytest.raises(LookupError):
        reads(tmp_path / "a.csv", codec)
    with pytest.raises(Refused), opened(tmp_path / "a.csv", encoding=codec):
        pass


def test_a_workbook_is_found_from_the_folder_one_is_in(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_xlsx(tmp_path / "a.xlsx", ["客户名称"], [["甬江机电有限公司"]], title="客户")
    monkeypatch.chdir(tmp_path)
    assert bring(Path("a.xlsx")).counts.new == 1


def test_rows_above_the_header_that_name_groups_are_passed_over(cast: Cast, tmp_path: Path) -> None:
    """As merged cells are written: a group says its name once, a name over two rows says it in the upper one."""
    rows = [["", "行业", "联系人", "手机"], ["甬江机电有限公司", "机械", "王强", "13812340001"]]
    write_xlsx(tmp_path / "a.xlsx", ["客户名称", "基本信息", "联系方式", ""], rows, title="客户")
    result = bring(tmp_path / "a.xlsx")
    customer = Customer.objects.get()
    assert (result.counts.new, customer.name, customer.industry) == (1, "甬江机电有限公司", "机械")
    assert [person.name for person in customer.contacts.all()] == ["王强"]


def test_a_header_stays_one_whatever_its_first_rows_say(tmp_path: Path) -> None:
    kind = kind_named("customers")
    assert kind is not None
    file = tmp_path / "a.csv"
    file.write_text('客户名称,来源,"备注"\r\n甲公司,电话,行业\r\n客户,联系人,x\r\n"坏"x,1,2\r\n', "utf-8")
    with opened(file, known=knows(kind)) as table:
        assert (table.header, table.header_line) == (["客户名称", "来源", "备注"], 1)
    file.write_text("天,地,人\r\n甲公司,电话,x\r\n", "utf-8")
    with opened(file, known=knows(kind)) as table:
        assert (table.header, table.header_line) == (["天", "地", "人"], 1)


SAID = "“name”和“客户名称”两列都是“名称”；只读取“name”。"


def test_two_columns_that_say_the_same_are_told_with_the_one_that_is_read(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("客户名称,name,行业\r\n乙公司,甲公司,机械\r\n", "utf-8")
    result = bring(file)
    assert [(note.line, note.column, note.reason, note.warning) for note in result.notes] == [
        (1, "name", SAID, True)
    ]
    assert Customer.objects.get().name == "甲公司"
    (tmp_path / "map.toml").write_text('[columns]\nname = "客户名称"\n', "utf-8")
    chosen = Order("customers", file, tmp_path / "map.toml")
    assert hand_in(chosen, dry_run=True, all_or_nothing=False).notes == []


def test_what_is_kept_or_read_elsewhere_is_no_rival() -> None:
    kind = kind_named("customers")
    assert kind is not None
    header = ["name", "客户名称", "联系人", "手机", "电话"]
    known = recognise(kind, header)
    assert [column for column, _sentence in rivals(kind, header, known)] == ["name"]
    kept = ColumnMap(columns=known.columns, keep=("*",))
    assert list(rivals(kind, header, kept)) == []
    fixed = ColumnMap(columns={**known.columns, "name": Source(value="甲公司")})
    assert list(rivals(kind, header, fixed)) == []


def test_the_page_says_it_before_anything_is_checked(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = signed_in(cast.linjing)
    run = brought(client, "name,客户名称\r\n甲公司,乙公司\r\n".encode())
    assert SAID in client.get(f"/imports/{run.pk}/").content.decode()


def test_the_page_asks_once_for_what_may_be_two_days_or_two_numbers(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    """Before anything is checked; who has said it is not asked again."""
    settings.MEDIA_ROOT = tmp_path
    client = signed_in(cast.chenan)
    rows = 'Z-1,甲,"12.000,50",01/02/2027\nZ-2,乙,1.234,01/02/2027\nZ-3,丙,5,31/01/2027\n'
    run = brought(client, ("编号,名称,金额,预计成交日期\n" + rows).encode(), kind="deals")
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert (page.count("--numbers"), page.count("--dates")) == (1, 1)
    found = checked(client, run, dates="day", numbers="1.234,50")
    assert (found.new, found.refused) == (3, 0)
    written(client, found)
    told = dict(Deal.objects.values_list("code", "amount"))
    assert told == {"Z-1": Decimal("12000.50"), "Z-2": Decimal(1234), "Z-3": Decimal(5)}
    days = dict(Deal.objects.values_list("code", "expected_on"))
    assert days == {"Z-1": date(2027, 2, 1), "Z-2": date(2027, 2, 1), "Z-3": date(2027, 1, 31)}


def test_the_command_is_told_how_numbers_and_dates_are_written(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    file.write_text('编号,名称,负责人,金额,预计成交日期\nZ-1,甲,chenan,"1.234,50",01/02/2027\n', "utf-8")
    result = hand_in(
        Order("deals", file, numbers="1.234,50", dates="month"), dry_run=False, all_or_nothing=True
    )
    assert result.counts.new == 1
    assert Deal.objects.values_list("amount", "expected_on").get() == (Decimal("1234.50"), date(2027, 1, 2))


def test_a_file_of_which_no_column_is_known_is_refused_as_a_whole(cast: Cast, tmp_path: Path) -> None:
    """Not line by line, although no single column of deals is needed."""
    file = tmp_path / "d.csv"
    file.write_text("eins,zwei\n1,2\n3,4\n", "utf-8")
    with pytest.raises(Refused):
        hand_in(Order("deals", file), dry_run=False, all_or_nothing=False)
