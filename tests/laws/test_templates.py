"""Templates compile, their URLs resolve, and nothing in them is inline script, inline style or another host's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import engines
from django.urls import get_resolver
from jinja2 import nodes

from tests.laws.test_doors import _names

PACKAGE = Path(__file__).resolve().parents[2] / "loudou"
TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))
_QUOTED = re.compile(r"""\"[^"]*"|'[^']*'""")
_URL = re.compile(r"""(?<![\w.])url\(\s*['"]([\w:-]+)['"]""")


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_it_compiles(file: Path) -> None:
    name = str(file).split("/templates/")[1]
    engine = next(iter(engines.all()))
    engine.get_template(name)


def test_what_is_put_in_at_compiling_has_no_other_meaning() -> None:
    """A call of `url` or `_` is replaced by its answer (`ui/settling.py`): no template may mean something else by it."""
    engine = next(iter(engines.all()))
    components = PACKAGE / "ui/templates/ui/components.html"  # hands `icon` on as it is
    for file in TEMPLATES:
        names = engine.env.parse(file.read_text("utf-8")).find_all(nodes.Name)
        given = {name.name for name in names if name.ctx != "load"} & set(engine.env.fixed)
        assert given <= ({"icon"} if file == components else set()), (file.name, given)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_its_lines_can_be_read(file: Path) -> None:
    """None is longer than 110 characters (`docs/style.md`), but for what is quoted: a sentence stands in one piece."""
    lines = enumerate(file.read_text("utf-8").split("\n"), 1)
    long = {n: line for n, line in lines if len(line) > 110}
    assert not [n for n, line in long.items() if len(_QUOTED.sub('""', line)) > 110]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_its_urls_resolve(file: Path) -> None:
    known = set(_names(get_resolver().url_patterns))
    asked = set(_URL.findall(file.read_text("utf-8")))
    assert asked <= known, sorted(asked - known)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_it_has_no_inline_script_or_style_and_fetches_nothing_from_elsewhere(file: Path) -> None:
    text = file.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert not re.search(r"hx-on|javascript:", text)
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", text)
    assert "| safe" not in text
    assert "|safe" not in text


def test_a_partial_has_an_id() -> None:
    """What htmx swaps names itself: the first tag of a `_partial.html` of a room carries an id."""
    for file in TEMPLATES:
        if not file.name.startswith("_") or file.parent.name == "ui":
            continue
        text = re.sub(r"{#.*?#}|{%.*?%}", "", file.read_text("utf-8"), flags=re.S)
        first = re.search(r"<[a-z][^>]*>", text)
        assert first and "id=" in first.group(), (
            f"{file.name} begins with {first.group() if first else 'nothing'}"
        )


def test_what_cries_out_is_no_list() -> None:
    """A list that is an alert is no list any more, and what it lists belongs to nothing: the alert stands around it."""
    for file in TEMPLATES:
        wrong = re.findall(
            r"<(?:ul|ol|li|table)\b[^>]*\brole=\"(?:alert|status)\"[^>]*>", file.read_text("utf-8")
        )
        assert not wrong, (file.name, wrong)


def test_the_code_of_a_period_is_for_addresses() -> None:
    """`2026-Q4` goes into addresses; what is read says `2026 四季度` (`format.period`)."""
    for file in TEMPLATES:
        for shown in re.findall(r"(?<!period=){{[^{}]*\bfiscal\.name\([^{}]*}}", file.read_text("utf-8")):
            assert re.search(r"\b(?:href|url)\(", shown), (file.name, shown)


def test_a_section_and_its_table_are_not_named_alike() -> None:
    """Two landmarks of one name cannot be told apart; the region that is pushed sideways needs it."""
    for file in TEMPLATES:
        told = file.read_text("utf-8")
        for name in re.findall(r'<section[^>]*\baria-labelledby="([^"]+)"', told):
            assert f'role="region" aria-labelledby="{name}"' not in told, (file.name, name)


def test_a_narrow_window_is_a_screen() -> None:
    """A sheet of A4 is narrower than the phone's bound: what is said of phones would turn its tables into cards."""
    sheets = [f for f in PACKAGE.glob("*/static/**/*.css") if "vendor" not in f.parts]
    assert sheets
    told = re.compile(r"@media \(max-width: 7\d\dpx\)")
    assert not [f.name for f in sheets if told.search(f.read_text("utf-8"))]
