"""`docs/figures.md` is true: its files exist and name the figure, its reports are served, no figure is missing."""

from __future__ import annotations

import re
from pathlib import Path

from loudou.insight.reports import REPORTS

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ROOT / "loudou" / "insight" / "figures"
ROW = re.compile(r"^\| ([MFP]\d\d) \| .* \| `([\w/.]+)` \| `([\w/.]+)` \| `([\w-]+)` \|$", re.M)
NUMBER = re.compile(r"\b(?:M\d\d|F1[67]|P24)\b")


def test_every_figure_is_where_the_page_says() -> None:
    text = (ROOT / "docs" / "figures.md").read_text("utf-8")
    rows = ROW.findall(text)
    assert len(rows) == len(re.findall(r"^\| [MFP]\d", text, re.M)) >= 11
    for number, computed, read, report in rows:
        assert number in NUMBER.findall((ROOT / "loudou" / computed).read_text("utf-8")), (number, computed)
        assert (ROOT / "loudou" / read).is_file(), read
        assert report in REPORTS
    assert {report for *_rest, report in rows} == set(REPORTS)


def test_no_figure_is_missing() -> None:
    told = {row[0] for row in ROW.findall((ROOT / "docs" / "figures.md").read_text("utf-8"))}
    named = {number for file in FIGURES.glob("*.py") for number in NUMBER.findall(file.read_text("utf-8"))}
    assert named <= told
