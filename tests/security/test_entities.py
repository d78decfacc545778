"""Workbooks whose XML defines words of its own: billions of laughs and files of this machine are never read (IE-03)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from django.utils import translation

from loudou.kernel.refusals import Refused
from loudou.ui.workbooks import write_csv

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
LAUGHS = (
    '<!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
OUTSIDE = '<!doctype x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'
PARTS = {"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": "<worksheet>&i;</worksheet>"}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("definition", [LAUGHS, OUTSIDE])
def test_a_workbook_defines_no_words(definition: str, part: str, tmp_path: Path) -> None:
    book, sheet = tmp_path / "book.xlsx", tmp_path / "sheet.csv"
    with zipfile.ZipFile(book, "w") as archive:
        for name, text in PARTS.items():
            archive.writestr(name, HEAD + (definition if name == part else "") + text)
    with translation.override("en"), pytest.raises(Refused) as refusal:
        write_csv(book, sheet)
    assert str(refusal.value.sentence).startswith(
        "The file holds definitions that no spreadsheet program writes"
    )
    assert not sheet.exists()
