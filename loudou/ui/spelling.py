"""Making Chinese text findable and sortable: one way to compare it, its pinyin, its initials."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from loudou.kernel.chinese import simplified

_NOISE = re.compile(
    r"[\s\x00\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\-_.,，。、·（）()\[\]【】\"'“”‘’/&]+"
)
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+|\S")
_ENTRY = re.compile(r'"([^"]+)":\s*')
_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u030c"))
_FIRST, _LAST = "\u3400", "\u9fff"  # the characters that have sounds here
LONGEST_KEY = 200

Reading = tuple[str, str]


def _entries(name: str) -> Iterator[tuple[str, Any]]:
    """What one of pypinyin's tables holds. The package itself keeps them in ten times the room they need here."""
    package = find_spec("pypinyin")
    assert package is not None and package.submodule_search_locations
    text = (Path(next(iter(package.submodule_search_locations))) / name).read_text("utf-8")
    decode, place = json.JSONDecoder().raw_decode, 0
    # One by one: read whole, it would leave a heap of 40 MB behind.
    while entry := _ENTRY.search(text, place):
        value, place = decode(text, entry.end())
        yield entry[1], value


@cache
def _toneless(sound: str) -> str:
    """zhōng → zhong, lǜ → lv."""
    bare = unicodedata.normalize("NFC", unicodedata.normalize("NFD", sound).translate(_TONES))
    return sys.intern(bare.replace("ü", "v"))


def _sounds() -> list[str]:
    """How each character from the first on sounds by itself; nothing where it has no sound."""
    found = [""] * (ord(_LAST) - ord(_FIRST) + 1)
    for key, read in _entries("pinyin_dict.json"):
        place = int(key) - ord(_FIRST)
        if 0 <= place < len(found):
            found[place] = _toneless(read.split(",")[0])
    return found


def _alone(unit: str) -> str:
    """How a character sounds by itself, without its tone; itself, where it has no sound."""
    return _SOUNDS[ord(unit) - ord(_FIRST)] or unit


def _phrases() -> tuple[dict[str, str], dict[str, str]]:
    """Every phrase, and the sounds of those that sound otherwise than their characters do alone.

    Phrases are kept by their first character, what follows it between blanks: a tenth of the room of 47,000 strings.
    """
    rests: dict[str, str] = {}
    sounds: dict[str, str] = {}
    for phrase, marked in _entries("phrases_dict.json"):
        if not all(_FIRST <= unit <= _LAST for unit in phrase):
            continue
        rests[phrase[0]] = f"{rests.get(phrase[0], ' ')}{phrase[1:]} "
        read = [_toneless(sound[0]) for sound in marked]
        if read != [_alone(unit) for unit in phrase]:
            sounds[phrase] = " ".join(read)
    return rests, sounds


_SOUNDS = _sounds()
_RESTS, _READ_AS = _phrases()
_LONGEST = {first: 1 + max(map(len, rests.split())) for first, rests in _RESTS.items()}
_toneless.cache_clear()


def folded(text: str) -> str:
    """Text as it is compared: one script, compatibility forms unified, lower case, without blanks and punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", simplified(text))).lower()


@lru_cache(maxsize=256)
def readings(text: str) -> tuple[Reading, ...]:
    """A text's characters with their pinyin, its Latin words and digits as they are; the first parts make its `folded`.

    Words are read as words: 重庆 is chongqing, 重 alone is zhong.
    """
    read: list[Reading] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", simplified(text)).lower()):
        if _FIRST <= run[0] <= _LAST:
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
        rests = _RESTS.get(run[start], "")
        sizes = range(min(_LONGEST.get(run[start], 1), len(run) - start), 1, -1)
        size = next((size for size in sizes if f" {run[start + 1 : start + size]} " in rests), 1)
        yield run[start : start + size]
        start += size


@lru_cache(maxsize=65_536)
def _of_word(word: str) -> tuple[Reading, ...]:
    """A Chinese word with its pinyin, a syllable a character. Names are made of few words: each is looked up once."""
    sounds = _READ_AS.get(word, "").split()
    if len(sounds) != len(word):
        sounds = [_alone(letter) for letter in word]
    return tuple(zip(word, sounds, strict=True))


def _head(unit: str, sound: str) -> str:
    return sound[:1] if _FIRST <= unit <= _LAST else sound
