"""The search column: every beginning a person might type, in one index (`docs/decisions/0006-search.md`).

A text is kept as the beginnings of its endings: of 深圳华为 the index holds 深圳华为, 圳华为, 华为 and 为, and the
same of its pinyin by syllable (shenzhenhuawei, zhenhuawei, huawei, wei) and of its initials (szhw, zhw, hw, w). A
word typed anywhere, in characters of either script, full pinyin or initials, is then one prefix look-up in a GIN
index. What nearly every name ends with (有限公司) begins nothing: it would be half of the index and find nobody.
Numbers are kept whole and by their last four digits, behind a #, and found only so: who may see just the last four
cannot feel their way to the others digit by digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import Q

from loudou.ui.words import folded, syllables, words

_CHINESE_DEPTH, _PINYIN_DEPTH, _LATIN_DEPTH = 4, 14, 20
_UNIT = re.compile(r"[A-Za-z0-9]+|[\u3400-\u9fff]|[^\sA-Za-z0-9\u3400-\u9fff]")
_NUMBER = re.compile(r"\+?[\d\s\-()]{5,}")
_LEGAL_FORM = re.compile(r"(?:股份)?(?:有限(?:责任)?公?司?|公司)$")
_MOST_WORDS = 5


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
    """What a row is found by, in the notation of a tsvector: texts by every beginning, numbers whole and by their end."""
    lexemes: set[str] = set()
    for text in texts:
        lexemes |= _of_text(text)
    for number in digits:
        plain = re.sub(r"\D", "", number)
        lexemes |= {f"#{plain[:20]}", f"#{plain[-4:]}"} if len(plain) >= 4 else set()
    return " ".join(map(_quoted, sorted(filter(None, lexemes))))


def matches(text: str, column: str = "search", *, whole_numbers: bool = True) -> Q:
    """Rows whose search column has what was typed; every word must be there. Without a word, all rows.

    `whole_numbers` off, digits find a number by its last four alone.
    """
    parts = [_asked(word, whole_numbers) for word in _typed(text)]
    return Q(**{column: _Beginning(" & ".join(parts))}) if parts else Q()


def searchable(text: str) -> bool:
    """Whether there is enough to look up: two Chinese characters, or two letters or digits."""
    return len(folded(text)) >= 2


def _typed(text: str) -> list[str]:
    """The words somebody typed, folded; a number with its blanks and hyphens is one."""
    plain = text.strip()[:200]
    if _NUMBER.fullmatch(plain):
        return [re.sub(r"\D", "", plain)]
    words = (_LEGAL_FORM.sub("", folded(word)) for word in plain.split()[:_MOST_WORDS])
    return [word for word in words if word]


def _asked(word: str, whole_numbers: bool) -> str:
    """The part of a tsquery that finds one word."""
    if _has_chinese(word):
        # Longer words are looked up by pieces, the last of which may overlap the one before.
        ends = [*range(_CHINESE_DEPTH, len(word), _CHINESE_DEPTH), len(word)]
        pieces = [word[max(end - _CHINESE_DEPTH, 0) : end] for end in ends]
        return " & ".join(f"{_quoted(piece)}:*" for piece in pieces)
    ways = [f"{_quoted(word[:_LATIN_DEPTH])}:*"]
    if len(word) > _PINYIN_DEPTH:
        ways.append(_quoted(word[:_PINYIN_DEPTH]))  # pinyin is remembered this far
    if word.isdigit() and len(word) >= 4 and (whole_numbers or len(word) == 4):
        ways.append(_quoted(f"#{word[:20]}"))
    return f"({' | '.join(ways)})"


def _of_text(text: str) -> set[str]:
    spelled = [pair for word in words(text) for pair in _spelled(word) if pair[1]]
    plain = folded(text)
    form = _LEGAL_FORM.search(plain)
    telling = len(spelled) - (len(form[0]) if form and form.start() else 0)
    lexemes: set[str] = set()
    if _has_chinese(text):
        ends = len(plain) - (len(spelled) - telling)
        lexemes |= {plain[index : index + _CHINESE_DEPTH] for index in range(ends)}
        sounds = [sound for _unit, sound in spelled]
        heads = [sound[:1] if _has_chinese(unit) else sound for unit, sound in spelled]
        for index in range(telling):
            lexemes.add("".join(sounds[index : index + _PINYIN_DEPTH])[:_PINYIN_DEPTH])
            lexemes.add("".join(heads[index : index + _LATIN_DEPTH])[:_LATIN_DEPTH])
    for index, (unit, _sound) in enumerate(spelled):
        if not _has_chinese(unit):
            rest = [folded(unit) for unit, _sound in spelled[index : index + _LATIN_DEPTH]]
            lexemes.add("".join(rest)[:_LATIN_DEPTH])
    return lexemes


@lru_cache(maxsize=65_536)
def _spelled(word: str) -> tuple[tuple[str, str], ...]:
    """A word's characters with their pinyin, and its Latin words and digits as they are."""
    units: list[str] = _UNIT.findall(word)
    sounds = syllables(word)
    if len(sounds) != len(units):
        sounds = tuple("".join(syllables(unit)) for unit in units)
    return tuple((unit, folded(sound)) for unit, sound in zip(units, sounds, strict=True))


def _has_chinese(text: str) -> bool:
    return any("\u3400" <= letter <= "\u9fff" for letter in text)


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def search_index(name: str) -> models.Index:
    """The index such a column needs."""
    from django.contrib.postgres.indexes import GinIndex

    return GinIndex(fields=["search"], name=name, fastupdate=True)
