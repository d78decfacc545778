"""Company names as duplicates are compared: without legal form, brackets, script and punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from loudou.kernel.chinese import simplified

_BRACKETED = re.compile(r"[(\[【〔《〈][^()\[\]【】〔〕《》〈〉]*[)\]】〕》〉]")
_TOKEN = re.compile(r"[a-z0-9]+|[^a-z0-9]+")
_NOISE = re.compile(r"[^\w]|_")
_PLACE = re.compile(r"^(\w{2,3})(?:省|市)(?=\w)")
_CHINESE_ENDINGS = (
    "股份有限责任公司",
    "股份有限公司",
    "有限责任公司",
    "股份公司",
    "有限公司",
    "集团",
    "公司",
    "株式会社",
)
_LATIN_ENDINGS = frozenset(
    [
        "ab",
        "ag",
        "as",
        "bhd",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "gmbh",
        "group",
        "holding",
        "holdings",
        "inc",
        "incorporated",
        "kg",
        "kk",
        "limited",
        "llc",
        "llp",
        "ltd",
        "ltda",
        "nv",
        "oy",
        "plc",
        "pte",
        "pty",
        "sa",
        "sarl",
        "sas",
        "sdn",
        "spa",
        "srl",
    ]
)


@lru_cache(maxsize=8_192)
def core_of(name: str) -> str:
    """What makes a company's name its own: 宁波市甬江机电（集团）有限公司 → 宁波甬江机电, “ACME Tools Co., Ltd.” → acmetools.

    Never empty unless the name is; the core of a core is itself. A branch (分公司) stays a name of its own.
    """
    core = unicodedata.normalize("NFKC", simplified(unicodedata.normalize("NFKC", name))).lower()
    while True:
        shorter = _without_form(core) or _NOISE.sub("", core) or core.strip()
        if shorter == core:
            return core
        core = shorter


def likeness(one: str, other: str) -> float:
    """How alike two cores are, from 0 to 1: one less the share of letters that must be changed."""
    longest = max(len(one), len(other))
    return 1 - _distance(one, other) / longest if longest else 1.0


def _without_form(text: str) -> str:
    text = _BRACKETED.sub(" ", text)
    words = _words(text)
    while len(words) > 1 and words[-1] in _LATIN_ENDINGS:
        words.pop()
    plain = _PLACE.sub(r"\1", "".join(words))
    if plain.endswith("分公司"):
        return plain
    ending = next((ending for ending in _CHINESE_ENDINGS if plain.endswith(ending)), "")
    return plain.removesuffix(ending)


def _words(text: str) -> list[str]:
    """Latin words and runs of anything else; dots belong to abbreviations (b.v.), other punctuation parts words."""
    parts = _NOISE.sub(" ", text.replace(".", "")).split()
    return [token for part in parts for token in _TOKEN.findall(part)]


def _distance(one: str, other: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, row[0] = row[0], i
        for j, wanted in enumerate(other, start=1):
            change = above + (letter != wanted)
            above = row[j]
            row[j] = min(row[j] + 1, row[j - 1] + 1, change)
    return row[-1]
