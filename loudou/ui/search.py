"""The search column: what a person might type, whole or begun, in one index (`docs/decisions/0006-search.md`).

- Chinese is kept as its pairs of neighbouring characters (深圳, 圳华, 华为), in one script: two typed characters are
  one exact look-up, more are several.
- Its pinyin is kept by syllables and pairs of them (shen, shenzhen, zhenhua), its initials by twos and threes (sz,
  szh, zhw). What is typed is cut the same way. Pieces are few and exact, so that the database knows how many rows
  each brings, which decides whether it looks them up or walks along the order of the list.
- Latin words are found by their beginning.
- Numbers and codes are found whole or by their beginning, once it tells few of them from all others (`_BEGUN_…`).
  Telephone numbers are found by their last four too, and by these alone for who may see no more of them: nobody feels
  their way to the others digit by digit.
- Facets (industry, grade, tag) are exact, so that a filter and a word are one look-up.

What nearly every company's name ends with (有限公司) begins nothing: it would be half of the index and find nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from operator import add

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import OperationalError, connection, models
from django.db.models import Func, Q
from django.db.models.expressions import Combinable

from loudou.ui.pinyin import SYLLABLES, cuts
from loudou.ui.spelling import folded, readings

_LATIN_DEPTH, _LONGEST_SOUND, _MOST_INITIALS = 20, 40, 12
_NO_INITIALS = frozenset("iuv")  # no syllable begins with one
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_NUMBER = re.compile(r"\+?[\d\s\-()]{5,}")
_LAST_NUMBER = re.compile(r"[0-9]+$")
_LEGAL_FORM = re.compile(r"(?:股份)?(?:有限(?:责任)?公?司?|公司)$")
_COUNTRY = re.compile(r"^(?:86|852|853|886)0?(?=\d{7})")
_MOST_WORDS = 5
# Digits from which the beginning of a number or a code is looked up. With fewer a beginning such as KH-0 is that of a
# large part of all: the index would be read for a tenth of a second to find everything. A landline begins with its area
# code, a credit code with its region, which half of all customers may share.
_BEGUN_MOBILE, _BEGUN_LANDLINE, _BEGUN_CODE, _BEGUN_DIGITS, _BEGUN_CREDIT = 4, 5, 3, 4, 9
_MOBILE, _CREDIT = re.compile(r"1[3-9]"), re.compile(r"9[123]")
_NUMBER_MARK, _CODE_MARK, _FACET_MARK, _LATIN_MARK = "#", "=", "@", "~"


class SearchField(SearchVectorField):  # type: ignore[type-arg]
    """A tsvector column filled from `vector(...)`; compare it with `matches` and `of_facets`."""

    def __init__(self, **options: object) -> None:
        options.setdefault("null", True)
        options.setdefault("editable", False)
        super().__init__(**options)  # type: ignore[arg-type]


class _Asked(SearchQuery):
    """A query in the notation of a tsquery, taken as it is: no parser may cut Chinese its own way."""

    template = "%(expressions)s::tsquery"


def vector(
    texts: Iterable[str],
    numbers: Iterable[str] = (),
    *,
    codes: Iterable[str] = (),
    facets: Mapping[str, Iterable[str]] | None = None,
) -> str:
    """What a row is found by, in the notation of a tsvector.

    `numbers` are the digits of telephone numbers in the forms one may type, `codes` are found whole, begun or by the
    number they end with (KH-000417, KH-0004, 417), `facets` name what the row is filtered by.
    """
    lexemes: set[str] = set()
    for text in texts:
        lexemes |= _of_text(text)
    for number in numbers:
        lexemes |= {_NUMBER_MARK + number, _NUMBER_MARK + number[-4:]} if len(number) >= 4 else set()
    for code in codes:
        lexemes |= _of_code(code)
    for name, values in (facets or {}).items():
        lexemes |= {_facet(name, value) for value in values if value}
    lexemes.discard("")
    return _quoted(*lexemes) if lexemes else ""


def matches(text: str, column: str = "search", *, whole_numbers: bool = True) -> Q:
    """Rows whose search column has what was typed; every word must be there. Without a word, all rows.

    `whole_numbers` off, digits find a telephone number by its last four alone.
    """
    asked = sought(text, whole_numbers=whole_numbers)
    return having(asked, column) if asked else Q()


def sought(text: str, *, whole_numbers: bool = True) -> str:
    """What was typed, in the notation of a tsquery; empty without a word."""
    return " & ".join(_word(word, whole_numbers) for word in _typed(text))


def having(asked: str, column: str = "search") -> Q:
    """Rows whose search column has what a tsquery asks."""
    return Q(**{column: _Asked(asked)})


def of_facets(wanted: Mapping[str, str], column: str = "search") -> Q:
    """Rows with all of these facets; empty values ask nothing."""
    parts = [_quoted(_facet(name, value)) for name, value in wanted.items() if value]
    return Q(**{column: _Asked(" & ".join(parts))}) if parts else Q()


def searchable(text: str) -> bool:
    """Whether there is enough to look up: two Chinese characters, or two letters or digits."""
    return len(folded(text)) >= 2


def is_barely_begun(text: str) -> bool:
    """Whether it has a number or code of too few digits for its beginning to be looked up: it is found whole alone."""
    return any(
        any(map(str.isdigit, word)) and not _CHINESE.search(word) and not _is_begun(word)
        for word in _typed(text)
    )


def _is_begun(word: str) -> bool:
    ways = [*_coded(word), *(_numbered(number, begun=True) for number in _dialled(word))]
    return any(way.endswith(":*") for way in ways)


def _typed(text: str) -> list[str]:
    """The words somebody typed, folded; a number with its blanks and hyphens is one."""
    plain = text.strip()[:200]
    if _NUMBER.fullmatch(plain):
        return [re.sub(r"\D", "", plain)]
    words = (_LEGAL_FORM.sub("", folded(word)) for word in plain.split()[:_MOST_WORDS])
    return [word for word in words if word]


def _word(word: str, whole_numbers: bool) -> str:
    """The part of a tsquery that finds one word."""
    if _CHINESE.search(word):
        if len(word) == 1:
            return f"{_quoted(word)}:*"
        return " & ".join(map(_quoted, _runs(word, 2)))
    ways = [f"{_quoted(_LATIN_MARK + word[:_LATIN_DEPTH])}:*"]
    if word.isascii() and word.isalpha():
        ways += _sounds(word[:_LONGEST_SOUND])
    else:
        ways += _coded(word)
    if word.isdigit() and (len(word) == 4 or (whole_numbers and len(word) > 4)):
        ways += [_numbered(number, begun=whole_numbers) for number in sorted(_dialled(word))]
    return f"({' | '.join(ways)})"


def _sounds(word: str) -> list[str]:
    """The ways a word may stand for Chinese: as pinyin, the last syllable perhaps only begun, and as initials."""
    ways = [_quoted(word)]
    for cut in cuts(word):
        pairs = [one + other for one, other in pairwise(cut)] or [word]
        begun = ":*" if cut[-1] not in SYLLABLES else ""
        if len(cut) > 2 or begun:
            ways.append(f"({' & '.join(map(_quoted, pairs))}{begun})")
    if 3 < len(word) <= _MOST_INITIALS and not set(word) & _NO_INITIALS:
        ways.append(f"({' & '.join(map(_quoted, _runs(word, 3)))})")
    return ways


def _coded(word: str) -> list[str]:
    """The ways a word may stand for a code: whole or begun, or as the number it ends with."""
    enough = _BEGUN_CODE if not word.isdigit() else _BEGUN_CREDIT if _CREDIT.match(word) else _BEGUN_DIGITS
    begun = ":*" if sum(map(str.isdigit, word)) >= enough else ""
    ways = [_quoted(_CODE_MARK + word) + begun]
    bare = word.lstrip("0")
    return [*ways, _quoted(_CODE_MARK + bare)] if bare and bare != word else ways


def _numbered(number: str, *, begun: bool) -> str:
    """A telephone number, whole or its last four; `begun` also its beginning."""
    enough = _BEGUN_MOBILE if _MOBILE.match(number) else _BEGUN_LANDLINE
    return _quoted(_NUMBER_MARK + number) + (":*" if begun and len(number) >= enough else "")


def _dialled(digits: str) -> set[str]:
    """A number as it may have been kept: without the 0 or the country's code it was dialled with."""
    bare = digits.lstrip("0")
    return {digits, bare, _COUNTRY.sub("", bare)} - {""}


@lru_cache(maxsize=128)  # five kilobytes each
def _of_text(text: str) -> frozenset[str]:
    read = readings(text)
    plain = "".join([unit for unit, _sound in read])
    form = _LEGAL_FORM.search(plain)
    idle = len(form[0]) if form and form.start() else 0
    telling = read[: len(read) - idle]
    lexemes: set[str] = set()
    if _CHINESE.search(plain):
        lexemes.update(_runs(plain, 2)[: max(len(plain) - idle, 1)] or [plain])
        sounds = [sound for _unit, sound in telling]
        heads = "".join([sound[:1] if _CHINESE.match(unit) else sound for unit, sound in telling])
        lexemes.update(sounds, map(add, sounds, sounds[1:]), _runs(heads, 2), _runs(heads, 3))
    at = 0
    for unit, _sound in read:
        if not _CHINESE.match(unit):
            lexemes.add(_LATIN_MARK + plain[at : at + _LATIN_DEPTH])
        at += len(unit)
    return frozenset(lexemes)


def _of_code(code: str) -> set[str]:
    """A code whole, and the number it ends with: of KH-000417 also 417."""
    number = _LAST_NUMBER.search(code)
    return {_CODE_MARK + part for part in (folded(code), number[0].lstrip("0") if number else "") if part}


def _runs(letters: str, length: int) -> list[str]:
    """Every run of so many neighbouring letters."""
    return [letters[index : index + length] for index in range(len(letters) - length + 1)]


def _facet(name: str, value: str) -> str:
    return f"{_FACET_MARK}{name}={value}"


def _quoted(*lexemes: str) -> str:
    """Lexemes in the notation of a tsvector."""
    joined = "\x00".join(lexemes)  # which no text has that a database keeps
    if "'" in joined or "\\" in joined:
        joined = joined.replace("\\", "\\\\").replace("'", "''")
    return "'" + joined.replace("\x00", "' '") + "'"


_LOCKED = "55P03"  # PostgreSQL's word for a lock that did not come in time
_SETTLE = """
SELECT coalesce(sum(gin_clean_pending_list(i.oid)), 0) FROM pg_class i JOIN pg_am a ON a.oid = i.relam
WHERE a.amname = 'gin' AND i.relnamespace = current_schema()::regnamespace AND pg_has_role(i.relowner, 'MEMBER')
"""


def settle() -> int:
    """Let search indexes take what was written since the last time; returns how many pages of it there were.

    Else every few hundredth act of somebody would wait for it, for the time of twenty others. Where a large import is at
    it already, this leaves it to that.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(_SETTLE)
            return int(cursor.fetchone()[0])
    except OperationalError as problem:
        if getattr(problem.__cause__, "sqlstate", "") != _LOCKED:
            raise
        return 0


def marks_of(owner: str, unit: str) -> Func:
    """Whose a row is, in one list of numbers: the key of its owner, and that of its unit with a minus before it."""
    return Func(
        models.F(owner),
        Func(models.F(unit), template="-%(expressions)s"),
        template="ARRAY[%(expressions)s]",
        output_field=ArrayField(models.BigIntegerField()),
    )


def search_index(name: str, marks: Combinable | None = None) -> models.Index:
    """The index such a column needs; with whose a row is in it, only what somebody may see is fetched of what they seek."""
    from django.contrib.postgres.indexes import GinIndex

    columns = ("search",) if marks is None else ()
    expressions = () if marks is None else (models.F("search"), marks)
    return GinIndex(*expressions, fields=columns, name=name, fastupdate=True)
