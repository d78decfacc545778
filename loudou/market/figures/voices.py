"""What a record says of the market (P24, R118): which of its sentences tell of competitors, and which of prices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

COMPETITOR, PRICE, CUSTOMER = "competitor", "price", "customer"
ABOUT = (COMPETITOR, PRICE, CUSTOMER)
_ENDS = re.compile(r"(?<=[。！？!?；;])|\n+|(?<=\.)\s+")
_PRICE = re.compile(
    r"价格|報價|报价|降价|降價|涨价|漲價|单价|單價|底价|底價|折扣|让利|讓利|便宜|太贵|太貴"
    r"|\d\s*(?:折|元|万|萬|块|塊)|[¥￥]\s*\d|NT\$|(?<![a-z])(?:price|discount|quote|cheap|expensive)",
    re.IGNORECASE,
)
_LATIN = re.compile("[a-z0-9]")
_NEVER = "(?!)"
_SHORTEST = 2  # letters of a competitor's name; a single one would be found everywhere


@dataclass(frozen=True)
class Said:
    """One thing a record says: what it is about, in whose words it stands, which competitors it names."""

    about: str
    text: str
    competitors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Voice:
    """One thing said of the market, with where it stands on record.

    `source` is `visit`, `log` or `walk`, `key` the record's; `region` is the customer's.
    """

    said: Said
    day: date
    source: str
    key: int
    who: str
    customer: str
    customer_id: int | None
    region: str

    @property
    def order(self) -> tuple[date, str, int]:
        """Its place in a list."""
        return self.day, self.source, self.key


def sentences(text: str) -> list[str]:
    """The sentences of a text, without blanks around them."""
    return [part.strip() for part in _ENDS.split(text) if part and part.strip()]


def names_in(text: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """The competitors a text names; `known` are their names by how they are compared.

    Of two names at one place the longer one is meant (海天精工, not 海天), and letters of another word are none (GE
    in “agenda”).
    """
    found = {hit.group() for hit in _any_of(tuple(known)).finditer(text.casefold())}
    return tuple(name for key, name in known.items() if key in found)


@lru_cache(maxsize=8)
def _any_of(keys: tuple[str, ...]) -> re.Pattern[str]:
    words = sorted((key for key in keys if len(key) >= _SHORTEST), key=len, reverse=True)
    return re.compile("|".join(map(_word, words)) or _NEVER)


def _word(key: str) -> str:
    """A name as a pattern; where it begins or ends with a letter or digit of ours no other one goes on."""
    before = "(?<![a-z0-9])" if _LATIN.match(key[0]) else ""
    after = "(?![a-z0-9])" if _LATIN.match(key[-1]) else ""
    return f"{before}{re.escape(key)}{after}"


def heard(
    known: Mapping[str, str],
    *,
    competitors: str = "",
    prices: str = "",
    customers: Sequence[str] = (),
    anything: Iterable[str] = (),
) -> list[Said]:
    """What a record says: fields that are about one thing, and sentences of `anything` that tell of the market.

    A sentence about a competitor's price is both.
    """
    found = []
    if competitors.strip():
        found.append(Said(COMPETITOR, competitors.strip(), names_in(competitors, known)))
    if prices.strip():
        found.append(Said(PRICE, prices.strip(), names_in(prices, known)))
    found += [Said(CUSTOMER, text.strip(), names_in(text, known)) for text in customers if text.strip()]
    for sentence in (one for text in anything for one in sentences(text)):
        said = Said(COMPETITOR, sentence, names_in(sentence, known))
        if said.competitors:
            found.append(said)
        if _PRICE.search(sentence):
            found.append(replace(said, about=PRICE))
    return found


@dataclass(frozen=True)
class Counts:
    """How much was said, by what it is about."""

    competitor: int = 0
    price: int = 0
    customer: int = 0

    @property
    def total(self) -> int:
        """Everything."""
        return self.competitor + self.price + self.customer


def counted(voices: Iterable[Voice]) -> Counts:
    """Voices by what they are about."""
    about = [voice.said.about for voice in voices]
    return Counts(*(about.count(name) for name in ABOUT))


@dataclass(frozen=True)
class Rival:
    """A competitor as the field tells of them: how often, at how many customers, in which regions."""

    name: str
    mentions: int
    customers: int
    regions: tuple[str, ...]
    last: date


def rivals(voices: Sequence[Voice]) -> list[Rival]:
    """Every competitor that was named, the most often named first; a sentence about their price counts once."""
    found = []
    for name in dict.fromkeys(name for voice in voices for name in voice.said.competitors):
        mine = [voice for voice in voices if name in voice.said.competitors]
        found.append(
            Rival(
                name,
                len({(one.source, one.key, one.said.text) for one in mine}),
                len({one.customer_id or one.customer for one in mine if one.customer}),
                tuple(sorted({one.region for one in mine if one.region})),
                max(one.day for one in mine),
            )
        )
    return sorted(found, key=lambda rival: (-rival.mentions, rival.name))
