"""Every word a user sees is written by hand in 简体 and 繁體."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tools.messages import LANGUAGES, PACKAGE, extracted, rooms

_CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"}
_FIELD = re.compile(r"%\((\w+)\)|{(\w+)}")


def _catalog(room: str, language: str) -> Catalog:
    file = PACKAGE / room / "locale" / language / "LC_MESSAGES" / "django.po"
    if not file.exists():
        return Catalog()
    with file.open("rb") as source:
        return read_po(source)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("room", rooms())
def test_nothing_is_untranslated(room: str, language: str) -> None:
    catalog = _catalog(room, language)
    missing = []
    for message in extracted(room):
        found = catalog.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        texts = (
            [] if found is None else [found.string] if isinstance(found.string, str) else list(found.string)
        )
        if found is None or found.fuzzy or not all(texts) or not texts:
            missing.append(message.id)
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("room", rooms())
def test_a_translation_keeps_the_placeholders(room: str, language: str) -> None:
    for message in _catalog(room, language):
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[1]
        wanted = set(_FIELD.findall(source))
        for text in [message.string] if isinstance(message.string, str) else message.string:
            assert set(_FIELD.findall(text)) == wanted, (message.id, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_word_has_one_translation(language: str) -> None:
    """A text that stands in two rooms is translated alike in both: Django shows the first it finds."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for room in rooms():
        for message in _catalog(room, language):
            if not message.id:
                continue
            key = (str(message.context), str(message.id))
            here = (room, str(message.string))
            if key in seen:
                assert seen[key][1] == here[1], (message.id, seen[key], here)
            seen[key] = here


def test_traditional_is_not_converted_simplified() -> None:
    """Words that differ between the mainland and Taiwan (`domain.md` E) are Taiwan's in 繁體."""
    mainland = (
        "數據",
        "默認",
        "用戶",
        "信息",
        "質量",
        "導入",
        "導出",
        "菜單",
        "文件夾",
        "登錄",
        "屏幕",
        "鏈接",
        "視頻",
    )
    for room in rooms():
        for message in _catalog(room, "zh_Hant"):
            text = str(message.string)
            assert not [word for word in mainland if word in text], (room, message.id, text)


def test_no_sentence_stands_inside_an_f_string() -> None:
    """There the extraction does not see it, and nobody notices that it has no translation."""
    hidden = []
    for file in sorted(PACKAGE.rglob("*.py")):
        for text in (
            node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.JoinedStr)
        ):
            calls = (node.func for node in ast.walk(text) if isinstance(node, ast.Call))
            hidden += [
                f"{file.name}:{text.lineno}"
                for name in calls
                if isinstance(name, ast.Name) and name.id in _CALLS
            ]
    assert hidden == []


def test_compiled_files_are_not_in_the_tree() -> None:
    import subprocess

    tracked = subprocess.run(
        ["git", "ls-files", "*.mo"], cwd=Path(PACKAGE).parent, capture_output=True, text=True, check=False
    )
    assert tracked.stdout == ""
