"""Making Chinese text findable and sortable: one way to compare it, its pinyin, its initials."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT
from pypinyin.phrases_dict import phrases_dict
from pypinyin.seg.mmseg import seg

from loudou.kernel.chinese import simplified

_NOISE = re.compile(r"[\s\x00\-_.,，。、·（）()\[\]【】\"'“”‘’/&]+")
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+|\S")
LONGEST_KEY = 200

Reading = tuple[str, str]


def _share_sounds() -> None:
    """Let equal sounds be one list: pypinyin brings one for each character of 47,000 phrases, 20 MB in every process."""
    kept: dict[tuple[str, ...], list[str]] = {}
    # All of the new before any of the old goes: the room of the old is given back as a whole then.
    shared = {
        phrase: [kept.setdefault(tuple(sound), [*sound]) for sound in sounds]
        for phrase, sounds in PHRASES_DICT.items()
    }
    for whole in (PHRASES_DICT, phrases_dict):
        whole.clear()
    PHRASES_DICT.update(shared)


_share_sounds()


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
            for word in seg.cut(run):
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


@lru_cache(maxsize=65_536)
def _of_word(word: str) -> tuple[Reading, ...]:
    """A Chinese word with its pinyin, a syllable a character. Names are made of few words: each is looked up once."""
    sounds = lazy_pinyin(word, style=Style.NORMAL)
    if len(sounds) != len(word):  # pypinyin keeps characters it cannot read together
        sounds = [lazy_pinyin(letter, style=Style.NORMAL)[0] for letter in word]
    return tuple(zip(word, sounds, strict=True))


def _head(unit: str, sound: str) -> str:
    return sound[:1] if "\u3400" <= unit <= "\u9fff" else sound
