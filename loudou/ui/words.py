"""Making Chinese text findable and sortable: pinyin, initials and two-character grams."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from pypinyin.seg.simpleseg import seg

from loudou.kernel.chinese import simplified

_NOISE = re.compile(r"[\s\-_.,，。、·（）()\[\]【】\"'“”‘’/&]+")
LONGEST_KEY = 200


def folded(text: str) -> str:
    """Text as it is compared: one script, compatibility forms unified, lower case, without blanks and punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", simplified(text))).lower()


def pinyin(text: str) -> str:
    """Full pinyin without tones: 华为 → huawei. Latin letters and digits stay."""
    return folded("".join(spoken(word) for word in seg(text)))


def initials(text: str) -> str:
    """First letters: 华为 → hw; Latin words and digits stay whole."""
    return folded("".join(spoken(word, Style.FIRST_LETTER) for word in seg(text)))


@lru_cache(maxsize=65_536)
def spoken(word: str, style: Style = Style.NORMAL) -> str:
    """One word or character in pinyin. Names are made of few words, so each is looked up once a process."""
    return "".join(lazy_pinyin(word, style=style, errors=lambda rest: rest.lower()))


@lru_cache(maxsize=65_536)
def syllables(word: str) -> tuple[str, ...]:
    """A word in pinyin, a syllable a character; what is no Chinese stays whole."""
    return tuple(lazy_pinyin(word, style=Style.NORMAL, errors=lambda rest: rest.lower()))


def words(text: str) -> list[str]:
    """The text cut where its reading needs it: 重庆 is chongqing, 重 alone is zhong."""
    found: list[str] = seg(text)
    return found


def sort_key(text: str) -> str:
    """What names sort by, and what a typed pinyin prefix is compared with: pinyin, a blank, initials."""
    words = seg(text)
    whole = folded("".join(map(spoken, words)))
    heads = folded("".join(spoken(word, Style.FIRST_LETTER) for word in words))
    return f"{whole} {heads}"[:LONGEST_KEY]


def grams(text: str) -> list[str]:
    """What a text is indexed under: its pairs of neighbouring characters, and its last character alone.

    Two typed characters are then one exact look-up, more are several, whose rows are checked for the whole; a
    single one is a prefix.
    """
    plain = folded(text)
    pairs = {plain[index : index + 2] for index in range(len(plain) - 1)}
    return sorted(pairs | {plain[-1:]}) if plain else []


def search_grams(text: str) -> list[str]:
    """The grams a row must have to contain `text`; empty for fewer than two characters."""
    plain = folded(text)
    return sorted({plain[index : index + 2] for index in range(len(plain) - 1)})


def is_chinese(text: str) -> bool:
    """Whether the text has a Chinese character."""
    return any("\u3400" <= letter <= "\u9fff" or "\U00020000" <= letter <= "\U0003134f" for letter in text)
