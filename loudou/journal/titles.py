"""What things were recorded under, in the reader's language.

A record keeps the title a thing had when it happened, in the language of who acted: 业绩报告 张伟 2026-10. People and
codes in it are data; the rest are words of the program that rooms name here, and those are said anew, as periods are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from django.conf import settings
from django.utils import translation

from loudou.journal.vocabulary import Sentence
from loudou.ui.format import PERIOD_NAME, in_words, period_named

Word = Sentence | Mapping[str, str]  # of the program, or written in several languages

_words: dict[str, list[Word]] = {}
_PERIOD = re.compile(rf"(?<!\S)(?=\d{{4}}-){PERIOD_NAME.pattern}(?!\S)")


def titled(*kinds: str, words: Iterable[Word]) -> None:
    """Say of which words the titles of these kinds are made: labels of models (`reviews.pack`), codes of acts."""
    for kind in kinds:
        _words.setdefault(kind, []).extend(words)
    _known.cache_clear()


def title(kind: str, kept: str) -> str:
    """A title as the reader's language has it."""
    known, pattern = _known(kind)
    said = pattern.sub(lambda found: _said(known[found[0]]), kept) if known else kept
    return _PERIOD.sub(lambda found: period_named(found[0]), said) if known else said


def names_itself(kind: str, kept: str) -> bool:
    """Whether a title begins by saying what it is: then nothing need be said before it."""
    known, pattern = _known(kind)
    return bool(known) and pattern.match(kept) is not None


@cache
def _known(kind: str) -> tuple[dict[str, Word], re.Pattern[str]]:
    """Every language's form of a kind's words, and what finds them where they stand by themselves."""
    forms = {form: word for word in _words.get(kind, ()) for form in _forms(word)}
    longest_first = sorted(map(re.escape, forms), key=len, reverse=True)
    return forms, re.compile(rf"(?<!\S)(?:{'|'.join(longest_first)})(?!\S)")


def _forms(word: Word) -> Iterable[str]:
    if isinstance(word, Mapping):
        yield from filter(None, word.values())
        return
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            yield str(word)


def _said(word: Word) -> str:
    return in_words(dict(word)) if isinstance(word, Mapping) else str(word)
