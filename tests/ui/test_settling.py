"""What templates say the same on every page is put in when they are compiled, in the reader's language."""

from __future__ import annotations

import gc
import weakref

import pytest
from django.template import engines
from django.utils import translation
from markupsafe import Markup

LANGUAGES = {"en": "Deals", "zh-hans": "商机", "zh-hant": "商機"}


def rendered(source: str, language: str = "en", **context: object) -> str:
    with translation.override(language):
        return str(engines["jinja2"].from_string(source).render(context))


@pytest.mark.parametrize(("language", "word"), LANGUAGES.items())
def test_a_sentence_is_in_the_reader_s_language(language: str, word: str) -> None:
    assert rendered('{{ _("Deals") }}', language) == word


def test_an_included_template_speaks_it_too() -> None:
    for language, word in (("en", "Language"), ("zh-hant", "語言")):
        assert word in rendered(
            '{% include "ui/_manner.html" %}', language, theme="auto", csrf_input="", request=_Request()
        )


class _Request:
    resolver_match = None

    def get_full_path(self) -> str:
        return "/"


def test_what_sets_its_lines_in_is_not_sent() -> None:
    source = "<ul>\n    {% for n in (1, 2) %}\n      <li>\n        a   b {{ n }}\n      </li>\n    {% endfor %}\n</ul>"
    assert rendered(source) == "<ul><li>a b 1</li><li>a b 2</li></ul>"


def test_between_words_and_inline_elements_a_space_stays() -> None:
    assert rendered("<p>\n  a\n  <b>b</b>\n  <i>c</i>\n</p>") == "<p>a <b>b</b> <i>c</i></p>"


def test_what_is_filled_in_keeps_its_spaces() -> None:
    assert rendered("<p>{{ told }}</p>", told="a  \n  b") == "<p>a  \n  b</p>"
    assert rendered('{{ "a  b" }}') == "a  b"


def test_what_is_filled_in_is_escaped_and_a_percent_sign_is_one() -> None:
    assert rendered('{{ _("Hello %(name)s", name=who) }}', who="<b>") == "Hello &lt;b&gt;"
    assert rendered('{{ _("Hello %(name)s", name=who) }}', who=Markup("<b>")) == "Hello <b>"
    assert rendered('{{ _("100%% of %(n)s", n=3) }}') == "100% of 3"
    assert rendered('{{ _("100%%") }}') == "100%"


@pytest.mark.parametrize(
    ("language", "told"), [("en", "2,089 deals"), ("zh-hans", "2,089 个商机"), ("zh-hant", "2,089 個商機")]
)
def test_a_count_in_a_sentence_has_its_thousands_apart(language: str, told: str) -> None:
    assert rendered('{{ ngettext("%(num)d deal", "%(num)d deals", n) }}', language, n=2089) == told
    assert rendered('{{ ngettext("%(num)d deal", "%(num)d deals", 1) }}') == "1 deal"


def test_addresses_icons_and_the_language_are_written_into_the_text() -> None:
    environment = engines["jinja2"].env
    with translation.override("en"):
        code = engines["jinja2"].env.compile(
            '{{ url("desk:home") }} {{ icon("home") }} {{ now_language() }}', raw=True
        )
    assert environment is not None
    assert "context.call" not in code
    assert "#home" in code


def test_what_depends_on_the_page_waits_for_it() -> None:
    assert rendered('{{ url("pipeline:deal", key) }}', key=7) == "/deals/7/"
    assert rendered("{{ _(word) }}", word="Deals") == "Deals"
    assert "#x" in rendered("{{ icon(name) }}", name="x")


def test_an_address_that_is_none_fails_on_the_page() -> None:
    template = engines["jinja2"].from_string('{% if asked %}{{ url("nowhere:at-all") }}{% endif %}')
    assert template.render({"asked": False}) == ""
    with pytest.raises(Exception, match="nowhere"):
        template.render({"asked": True})


def test_a_word_after_a_dot_is_an_attribute_first_and_then_a_key() -> None:
    shown = engines["jinja2"].from_string(
        "{{ it.name }} {{ it.items() | list | length }} {{ it.count }} {{ it.none is defined }}"
    )
    assert shown.render({"it": {"name": "<b>", "items": "hidden", "count": 3}}) == "&lt;b&gt; 3 3 False"


def test_whole_numbers_truths_and_nothing_are_written_as_they_read() -> None:
    assert (
        engines["jinja2"].from_string("{{ a }} {{ b }} {{ c }}").render({"a": -7, "b": True, "c": None})
        == "-7 True None"
    )


class _Shown:
    """Something large that a page shows."""


def test_what_a_page_was_shown_is_let_go_of_with_it() -> None:
    """Macros and contexts know each other: without the collector they would hold it."""
    source = (
        '{% from "ui/components.html" import icon with context %}{% macro told() %}{{ shown }}{% endmacro %}'
        '{{ told() }}{% include "ui/_icons.html" ignore missing %}{{ icon("home") }}'
    )
    shown = _Shown()
    gone = weakref.ref(shown)
    gc.collect()
    gc.disable()
    try:
        first = rendered(source, shown=shown)
        del shown
        assert gone() is None
    finally:
        gc.enable()
    assert "_Shown" in first
    assert "7" in rendered(source, shown=7)


def test_a_page_within_a_page_keeps_the_outer_one_s_macros() -> None:
    inner = "{% macro word() %}b{% endmacro %}{{ word() }}"
    source = "{% macro word() %}a{% endmacro %}{{ word() }}{{ page(inner) }}{{ word() }}"
    assert rendered(source, page=rendered, inner=inner) == "aba"
