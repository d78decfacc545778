"""The board of targets page by page: every line once, in the order of the whole, each measure told once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from loudou.insight.lens import InsightLens
from loudou.insight.queries import aimed
from loudou.insight.reports import target_board as board
from loudou.insight.reports.aiming import wanted_targets
from loudou.insight.reports.target_board import Board, target_board
from loudou.insight.reports.targets import target_progress
from tests.cast import Cast
from tests.doors import enter
from tests.insight.test_target_progress import quarter

__all__ = ["quarter"]
ASKED = {"period": "2026-Q2"}


def pages(lens: InsightLens) -> list[Board]:
    """All of them, by the links from each to the next."""
    found = [target_board(lens)]
    while found[-1].next:
        found.append(target_board(lens, found[-1].next, found[-1].told_by_now))
    return found


def _name(line: Any) -> tuple[Any, ...]:
    aim = line.aim
    return aim.unit, aim.person, aim.metric, aim.amount, line.progress.actual


@pytest.mark.parametrize("owners", [1, 2, 100])
def test_every_line_stands_on_one_page(quarter: Cast, owners: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "OWNERS", owners)
    lens = InsightLens.read(ASKED, None)
    whole, found = target_progress(lens), pages(lens)
    assert [_name(line) for page in found for line in page.report.lines] == [
        _name(line) for line in whole.lines
    ]
    everybody = aimed.owners_of(wanted_targets(lens))
    assert len(found) == -(-len(everybody) // owners)
    told = [aim.counted for page in found for aim in page.measures]
    assert sorted(told) == sorted({line.aim.counted for line in whole.lines})


def test_owners_of_whom_nothing_is_told_take_no_page(quarter: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a period that cuts through the first owners' targets nothing can be told of them."""
    monkeypatch.setattr(board, "OWNERS", 1)
    lens = InsightLens.read({"period": "2026"}, None)
    whole = target_progress(lens)
    assert aimed.owners_of(wanted_targets(lens))
    assert [_name(line) for page in pages(lens) for line in page.report.lines] == [
        _name(line) for line in whole.lines
    ]


def test_the_page_shows_more_with_and_without_scripts(
    quarter: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "OWNERS", 2)
    enter(client, quarter.hezong)
    first = client.get("/analysis/targets/?period=2026-Q2").content.decode()
    (link,) = set(re.findall(r'href="([^"]*after=[^"]*)"', first))
    plain = client.get("/analysis/targets/" + link.replace("&amp;", "&")).content.decode()
    more = client.get("/analysis/targets/" + link.replace("&amp;", "&"), headers={"HX-Request": "true"})
    rows = [re.findall(r'<td class="lead">.*?</td>', text) for text in (first, plain, more.content.decode())]
    assert rows[1] == rows[2] and rows[1] and not set(rows[0]) & set(rows[1])
    assert "<html" in plain and 'class="panel headline"' in first and 'class="panel headline"' not in plain
    assert (
        "<html" not in more.content.decode()
        and 'hx-swap-oob="beforeend:#target-rows"' in more.content.decode()
    )


def test_a_measure_of_which_nothing_was_told_above_is_told(
    quarter: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page without scripts tells all its measures; one that is added to others only what they have not told."""
    monkeypatch.setattr(board, "OWNERS", 2)
    lens = InsightLens.read(ASKED, None)
    first = target_board(lens)
    both = target_board(lens, first.next)
    assert first.told_by_now == [aim.counted for aim in first.measures]
    assert [aim.counted for aim in both.measures] == [aim.counted for aim in both.report.measures]
    added = target_board(lens, first.next, first.told_by_now)
    assert not {aim.counted for aim in added.measures} & set(first.told_by_now)
    page = enter(client, quarter.hezong).get("/analysis/targets/?period=2026-Q2").content.decode()
    assert f"told={'%2C'.join(first.told_by_now)}" in page


def test_a_page_after_all_that_is_told_says_so(
    quarter: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owners of the last page may have nothing to tell: there are targets all the same."""
    monkeypatch.setattr(board, "OWNERS", 1)
    last = aimed.owners_of(wanted_targets(InsightLens.read(ASKED, None)))[-1].key
    text = (
        enter(client, quarter.hezong).get(f"/analysis/targets/?period=2026-Q2&after={last}").content.decode()
    )
    assert "没有更多了。" in text and "回到列表开头" in text
    assert "此期间没有目标" not in text and 'href="?period=2026-Q2"' in text
