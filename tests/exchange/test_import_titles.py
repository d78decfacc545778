"""The titles that the import page shows are headers it understands, whoever types them and in whatever language."""

from __future__ import annotations

from collections import Counter

import pytest
from django.conf import settings
from django.utils import translation

from loudou.exchange.exporting.sheets import SHEETS
from loudou.exchange.importing.mapping import Source
from loudou.exchange.importing.spec import kind_named, kinds, plain, recognise

LANGUAGES = [language for language, _name in settings.LANGUAGES]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_title_that_is_shown_means_its_column(language: str) -> None:
    missed = []
    for kind in kinds():
        with translation.override(language):
            titles = {column.name: str(column.title) for column in kind.columns}
        for reader in LANGUAGES:  # who reads it may have another language than who wrote it
            with translation.override(reader):
                found = recognise(kind, [f"{title}*" for title in titles.values()]).columns
            missed += [
                (kind.name, name, title)
                for name, title in titles.items()
                if found.get(name) != Source((f"{title}*",))
            ]
    assert missed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_columns_of_a_kind_are_shown_under_one_title(language: str) -> None:
    with translation.override(language):
        titles = Counter((kind.name, plain(str(column.title))) for kind in kinds() for column in kind.columns)
    assert [title for title, count in titles.items() if count > 1] == []


def test_a_word_that_files_use_for_one_column_stays_its_own() -> None:
    """Where no title says otherwise: 抽查结果 is whether it was true, a bare number is the caller's."""
    checks, calls = kind_named("spot-checks"), kind_named("calls")
    assert checks is not None
    assert calls is not None
    assert recognise(checks, ["抽查结果", "说明"]).columns == {
        "result": Source(("抽查结果",)),
        "finding": Source(("说明",)),
    }
    assert recognise(calls, ["number"]).columns == {"phone": Source(("number",))}


def test_what_is_exported_is_understood_column_by_column() -> None:
    unknown = {}
    for kind in kinds():
        if (sheet := SHEETS.get(kind.name)) is not None:
            found = recognise(kind, sheet.columns).columns
            unknown[kind.name] = [name for name in kind.names if name in sheet.columns and name not in found]
    assert {kind: names for kind, names in unknown.items() if names} == {}
