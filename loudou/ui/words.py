"""Making Chinese text findable and sortable: one way to compare it, its pinyin, its initials."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path

# pypinyin keeps its 47,000 phrases in ten times the room they need here: they are read from its file instead.
os.environ["PYPINYIN_NO_PHRASES"] = "true"
import pypinyin
from pypinyin.contrib.tone_convert import to_normal

from loudou.kernel.chinese import simplified

_NOISE = re.compile(
    r"[\s\x00\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\-_.,，。、·（）()\[\]【】\"'“”‘’/&]+"
)
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+|\S")
_ENTRY = re.compile(r'"([^"]+)":\s*')
LONGEST_KEY = 200

Reading = tuple[str, str]


@lru_cache(maxsize=32_768)
def _alone(unit: str) -> str:
    """How a character sounds by itself, without its tone; itself, where it has no sound."""
    return pypinyin.lazy_pinyin(unit, style=pypinyin.Style.NORMAL)[0]


def _phrases() -> dict[str, str]:
    """Every phrase with its sounds; with nothing where it sounds as its characters do alone."""
    plain = lru_cache(maxsize=None)(partial(to_normal, v_to_u=False))
    text = (Path(pypinyin.__file__).parent / "phrases_dict.json").read_text("utf-8")
    decode, found, place = json.JSONDecoder().raw_decode, {}, 0
    # One by one: read whole, it would leave a heap of 40 MB behind.
    while entry := _ENTRY.search(text, place):
        sounds, place = decode(text, entry.end())
        phrase, read = entry[1], [plain(sound[0]) for sound in sounds]
        as_alone = len(read) == len(phrase) and read == [_alone(unit) for unit in phrase]
        found[phrase] = "" if as_alone else " ".join(read)
    return found


_PHRASES = _phrases()
_LONGEST = max(map(len, _PHRASES))


def folded(text: str) -> str:
    """Text as it is compared: one script, compatibility forms unified, lower case, without blanks and punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", simplified(text))).lower()


@lru_cache(maxsize=1024)
def readings(text: str) -> tuple[Reading, ...]:
    """A text's characters with their pinyin, its Latin words and digits as they are; the first parts make its `folded`.

    Words are read as words: 重庆 is chongqing, 重 alone is zhong.
    """
    read: list[Reading] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", simplified(text)).lower()):
        if "\u3400" <= run[0] <= "\u9fff":
            for word in _words(run):
                read += _of_word(word)
        elif not _NOISE.match(run):
            read.append((run, run))
    return tuple(read)


def pinyin(text: str) -> str:
    """Full pinyin without tones: 华为 → huawei. Latin letters and digits stay."""
    return "".join(sound for _unit, sound in readings(text))


def initials(text: str) -> str:
    """First letters: 华为 → hw; Latin words and digits stay whole."""
    return "".join(_head(unit, sound) for unit, sound in readings(text))


def sort_key(text: str) -> str:
    """What names sort by, and what a typed pinyin prefix is compared with: pinyin, a blank, initials."""
    read = readings(text)
    whole = "".join([sound for _unit, sound in read])
    heads = "".join([_head(unit, sound) for unit, sound in read])
    return f"{whole} {heads}"[:LONGEST_KEY]


def _words(run: str) -> Iterator[str]:
    """Chinese text cut into words: at each place the longest phrase there is, else one character."""
    start = 0
    while start < len(run):
        sizes = range(min(_LONGEST, len(run) - start), 1, -1)
        size = next((size for size in sizes if run[start : start + size] in _PHRASES), 1)
        yield run[start : start + size]
        start += size


@lru_cache(maxsize=65_536)
def _of_word(word: str) -> tuple[Reading, ...]:
    """A Chinese word with its pinyin, a syllable a character. Names are made of few words: each is looked up once."""
    sounds = _PHRASES.get(word, "").split()
    if len(sounds) != len(word):
        sounds = [_alone(letter) for letter in word]
    return tuple(zip(word, sounds, strict=True))


def _head(unit: str, sound: str) -> str:
    return sound[:1] if "\u3400" <= unit <= "\u9fff" else sound
