"""Chinese text in pinyin: words as words, the rest character by character."""

from __future__ import annotations

import pytest
from pypinyin import Style, lazy_pinyin

from loudou.ui.spelling import folded, initials, pinyin, sort_key


@pytest.mark.parametrize(
    ("text", "whole", "heads"),
    [
        ("重庆银行", "chongqingyinhang", "cqyh"),
        ("重", "zhong", "z"),
        ("长城", "changcheng", "cc"),
        ("上行下效", "shangxingxiaxiao", "sxxx"),  # the longest phrase there is, not 上行 and 下效
        ("绿地控股", "lvdikonggu", "ldkg"),
        ("華為", "huawei", "hw"),
        ("海川ABC 3号", "haichuanabc3hao", "hcabc3h"),
        ("", "", ""),
    ],
)
def test_it_is_read_as_people_read_it(text: str, whole: str, heads: str) -> None:
    assert pinyin(text) == whole
    assert initials(text) == heads
    assert sort_key(text) == f"{whole} {heads}"


def test_every_character_sounds_as_the_tables_say() -> None:
    units = [chr(code) for code in range(0x4E00, 0xA000)]
    units = [unit for unit in units if folded(unit) == unit]  # the others are read as their simplified form
    assert len(units) > 15_000
    assert [pinyin(unit) for unit in units] == [lazy_pinyin(unit, style=Style.NORMAL)[0] for unit in units]
