"""The search column: every beginning a person might type, in one index.

A text is kept as the beginnings of its endings: of 深圳华为 the index holds 深圳华为, 圳华为, 华为 and 为, and the
same of its pinyin by syllable (shenzhenhuawei, zhenhuawei, huawei, wei) and of its initials (szhw, zhw, hw, w). A
word typed anywhere, in characters, full pinyin or initials, is then one prefix look-up in a GIN index
(`docs/decisions/0006-search.md`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import Q
from pypinyin import Style

from loudou.ui.words import folded, spoken

_CHINESE_DEPTH, _PINYIN_DEPTH, _INITIALS_DEPTH, _WORD_DEPTH = 4, 14, 6, 12
_SPLIT = re.compile(r"[A-Za-z0-9]+|[\u3400-\u9fff]|[^\sA-Za-z0-9\u3400-\u9fff]")


class SearchField(SearchVectorField):  # type: ignore[type-arg]
    """A tsvector column filled from `vector(...)`; compare it with `matches`."""

    def __init__(self, **options: object) -> None:
        options.setdefault("null", True)
        options.setdefault("editable", False)
        super().__init__(**options)  # type: ignore[arg-type]


class _Beginning(SearchQuery):
    """A query in the notation of a tsquery, taken as it is: no parser may cut Chinese its own way."""

    template = "%(expressions)s::tsquery"


def vector(texts: Iterable[str], digits: Iterable[str] = ()) -> str:
    """What a row is found by, in the notation of a tsvector: texts by every beginning, numbers by start and last four."""
    lexemes: set[str] = set()
    for text in texts:
        lexemes |= _of_text(text)
    for number in digits:
        plain = re.sub(r"\D", "", number)
        lexemes |= {plain[:20], plain[-4:], plain[-8:]} if len(plain) >= 4 else set()
    return " ".join(_quoted(lexeme) for lexeme in sorted(lexemes) if lexeme)


def matches(text: str, column: str = "search", names: tuple[str, ...] = ()) -> Q:
    """Rows whose search column has what was typed; every word must be there.

    A word longer than the index remembers is checked against the columns `names`, as a whole.
    """
    found = Q()
    for word in text.split()[:5]:
        plain = folded(word)
        if not plain:
            continue
        depth = _CHINESE_DEPTH if _has_chinese(plain) else _WORD_DEPTH
        found &= Q(**{column: _Beginning(f"{_quoted(plain[:depth])}:*")})
        if len(plain) > depth and names:
            whole = Q()
            for name in names:
                whole |= Q(**{f"{name}__icontains": word})
            found &= whole
    return found


def searchable(text: str) -> bool:
    """Whether there is enough to look up: two Chinese characters, or two letters or digits."""
    return len(folded(text)) >= 2


def _of_text(text: str) -> set[str]:
    units = _SPLIT.findall(text)
    lexemes: set[str] = set()
    if any(_has_chinese(unit) for unit in units):
        plain = folded(text)
        lexemes |= {plain[index : index + _CHINESE_DEPTH] for index in range(len(plain))}
        syllables = [_syllable(unit) for unit in units]
        heads = [_syllable(unit, Style.FIRST_LETTER) for unit in units]
        for index in range(len(units)):
            lexemes.add("".join(syllables[index:])[:_PINYIN_DEPTH])
            lexemes.add("".join(heads[index:])[:_INITIALS_DEPTH])
    for index, unit in enumerate(units):
        if not _has_chinese(unit) and folded(unit):
            lexemes.add(folded("".join(units[index:]))[:_WORD_DEPTH])
    return lexemes


@lru_cache(maxsize=65_536)
def _syllable(unit: str, style: Style = Style.NORMAL) -> str:
    return folded(spoken(unit, style))


def _has_chinese(text: str) -> bool:
    return any("\u3400" <= letter <= "\u9fff" for letter in text)


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def search_index(name: str) -> models.Index:
    """The index such a column needs."""
    from django.contrib.postgres.indexes import GinIndex

    return GinIndex(fields=["search"], name=name, fastupdate=True)
