"""Compiled templates are kept for the next start, of this very program only."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from loudou.ui import jinja
from loudou.ui.settling import Environment


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    jinja.kept_in.cache_clear()


def test_a_template_is_compiled_once_for_a_language(tmp_path: Path) -> None:
    kept = jinja.kept_in()
    assert kept is not None and kept.parent == settings.ENVIRONMENT.data / "templates"
    made = [_spoken(tmp_path) for _start in range(2)]
    assert [one.get_template("word.html").render() for one in made] == ["Hello"] * 2
    files = list((tmp_path / "zh-hans").iterdir())
    assert len(files) == 1
    files[0].write_bytes(b"no template at all")
    assert _spoken(tmp_path).get_template("word.html").render() == "Hello"


def test_what_another_program_compiled_is_thrown_away() -> None:
    kept = jinja.kept_in()
    assert kept is not None
    other = kept.parent / "0123456789abcdef"
    other.mkdir()
    jinja.kept_in.cache_clear()
    assert jinja.kept_in() == kept and not other.exists()


def test_without_a_place_for_them_templates_are_compiled_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jinja, "templates_folder", lambda data: Path("/proc/nowhere"))
    assert jinja.kept_in() is None
    jinja.kept_in.cache_clear()


def test_a_page_comes_though_nothing_can_be_kept(tmp_path: Path) -> None:
    """The next program throws away what this one keeps; a disk is full; something else stands there."""
    gone = _spoken(tmp_path / "thrown away")
    (tmp_path / "zh-hans").write_text("no folder")
    for spoken in (gone, _spoken(tmp_path)):
        assert spoken.get_template("word.html").render() == "Hello"


def test_nothing_is_kept_where_others_can_write() -> None:
    kept = jinja.kept_in()
    assert kept is not None
    kept.parent.chmod(0o777)
    jinja.kept_in.cache_clear()
    assert jinja.kept_in() is None
    kept.parent.chmod(0o700)


def _spoken(folder: Path) -> Environment:
    from jinja2 import DictLoader

    return Environment(loader=DictLoader({"word.html": "Hello"})).speaking("zh-hans", folder)
