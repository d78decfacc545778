"""Where it narrows, as a workbook: every column under its own name, and the sentence with its value."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from loudou.insight import words
from loudou.insight.lens import InsightLens
from loudou.insight.papers import paper
from loudou.insight.reports import run
from loudou.ui import format as f
from loudou.ui.papers import Column, Group, Paper, Table, as_workbook
from tests.cast import Cast
from tests.histories import Histories
from tests.insight.test_records import world

__all__ = ["world"]


def _sheets(made: Paper) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_workbook(made)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_both_baselines_stand_under_their_own_names(
    world: Histories, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loudou.insight.figures.bottlenecks.FEW", 2)
    lens = InsightLens.read({"period": "2026-Q1"}, cast.linjing)
    sheets = _sheets(paper("bottlenecks", lens, cast.linjing, form="xlsx").paper)
    told = run("bottlenecks", {"period": "2026-Q1"}, cast.linjing)
    head, *rows = next(iter(sheets.values()))
    assert len(set(head)) == len(head)
    for row, stage in zip(rows, told["stages"], strict=True):
        shown = dict(zip(map(str, head), row, strict=True))
        if stage["base_rate"] is not None:
            assert shown["之前转化率"] == pytest.approx(float(stage["base_rate"]), abs=1e-6)
        if stage["base_median_days"] is not None:
            assert shown["之前中位数"] == pytest.approx(float(stage["base_median_days"]), abs=0.01)
    about = " ".join(str(cell) for row in sheets["Loudou"] for cell in row)
    if told["worse"]:
        stage = next(one for one in told["stages"] if one["stage"] == told["bottleneck"])
        assert f"瓶颈：{told['bottleneck']}" in about and f.percent(Decimal(stage["rate"])) in about
        assert Decimal(stage["value"] or 0) <= 0 or f.money(Decimal(stage["value"])) in about


def test_two_columns_of_one_name_are_told_apart() -> None:
    columns = [Column("金额"), Column("之前", "number"), Column("之前", "number"), Column("之前", "number")]
    made = Paper(
        title="表", author="林静", made="今天", tables=[Table(columns, [Group([("甲", 1, 2, 3)])])], name="x"
    )
    [sheet, *_about] = _sheets(made).values()
    assert sheet == [["金额", "之前", "之前 (2)", "之前 (3)"], ["甲", 1, 2, 3]]


def test_less_than_one_win_is_told_to_a_hundredth() -> None:
    assert [words.wins(Decimal(more)) for more in ("0.048", "1", "12.34")] == ["0.05", "1.0", "12.3"]
