"""Templates are compiled by a process that ends, for those that serve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines

from loudou.launch import templates
from loudou.ui import jinja

FEW: Path = settings.PACKAGE / "signoff" / "templates"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty place for compiled templates, and a program that has but a few of them."""
    monkeypatch.setattr(settings, "TEMPLATES", [{**settings.TEMPLATES[0], "DIRS": [FEW]}])
    monkeypatch.setattr(jinja, "templates_folder", lambda data: tmp_path / "templates")
    monkeypatch.setattr(engines["jinja2"], "_speaking", {})
    jinja.kept_in.cache_clear()
    found = jinja.kept_in()
    assert found is not None
    yield found
    jinja.kept_in.cache_clear()


def test_a_process_compiles_them_all_and_ends(kept: Path) -> None:
    languages = list(dict(settings.LANGUAGES))
    process = templates.compiling(*languages)
    assert process is not None
    process.join()
    assert process.exitcode == 0
    wanted = len(list(FEW.rglob("*.html")))
    assert wanted
    for language in languages:
        assert len(list((kept / language).iterdir())) >= wanted  # and what they are built on
    assert templates.compiling(*languages) is None  # what is there need not be compiled again


def test_only_what_is_missing_is_compiled(kept: Path) -> None:
    (kept / "en.whole").touch()
    process = templates.compiling("en", "zh-hant")
    assert process is not None
    process.join()
    assert {file.name for file in kept.iterdir()} == {"en.whole", "zh-hant", "zh-hant.whole"}


def test_without_a_place_for_them_there_is_nothing_to_do(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jinja, "templates_folder", lambda data: Path("/proc/nowhere"))
    jinja.kept_in.cache_clear()
    assert templates.compiling("en") is None
