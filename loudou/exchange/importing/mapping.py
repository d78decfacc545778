"""Which column of a file means what: read from a mapping file, or from the choices a page kept.

A mapping says for each column of a kind where its text comes from; it may translate values, make codes of names, set
constants, and make several rows of one line, each under a condition (`docs/import.md` has the whole of it).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from loudou.exchange.importing.cells import bare
from loudou.exchange.importing.moments import ORDERS
from loudou.exchange.importing.numbers import WAYS
from loudou.kernel.refusals import Refused
from loudou.ui.cells import ERRORS
from loudou.ui.objects import read_json
from loudou.ui.spelling import folded, pinyin

Reader = Callable[[list[str]], str]
Test = Callable[[list[str]], bool]
Places = Mapping[str, int | None]
ANYTHING = "*"
LONGEST_FILE = 1 << 20
_NO_CODE = re.compile(r"[^a-z0-9]+")
_SOURCE_KEYS = {"from", "join", "value", "default", "words", "slug", "prefix"}
_FILE_KEYS = {"kind", "columns", "rows", "dates", "numbers", "time_zone", "keep", "encoding", "sheet"}


@dataclass(frozen=True)
class Source:
    """Where a column's text comes from: columns of the file, each translated, joined, made a code; or a constant."""

    headers: tuple[str, ...] = ()
    join: str = " "
    value: str = ""
    default: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    slug: bool = False
    prefix: str = ""


@dataclass(frozen=True)
class Variant:
    """One of the rows a line makes: when it is made, and what differs from the common columns.

    `when` maps a header to the values it may have: `*` for any, an empty one for none.
    """

    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True)
class ColumnMap:
    """All that is known about how a file is meant.

    `dates` are formats (strptime) tried before the usual ones, `numbers` how the file writes them (`numbers.WAYS`); `keep` names headers whose values go to the record's
    own fields (`*`: all that mean nothing else).
    """

    columns: Mapping[str, Source] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()
    dates: tuple[str, ...] = ()
    numbers: str = ""
    time_zone: str = ""
    keep: tuple[str, ...] = ()
    kind: str = ""
    encoding: str = ""
    sheet: str = ""


@dataclass(frozen=True)
class Route:
    """How one row is made of a line: under which condition, and by which reader each column."""

    test: Test | None
    readers: tuple[tuple[str, Reader], ...]
    kept: tuple[tuple[str, int], ...] = ()


def read_map(path: Path) -> ColumnMap:
    """The mapping in a TOML or JSON file. Raises `Refused` with one sentence that names what is wrong."""
    with path.open("rb") as file:
        return parse_map(file.read(LONGEST_FILE + 1))


def parse_map(raw: bytes) -> ColumnMap:
    """The same from the file's bytes; JSON begins with a brace, TOML cannot."""
    if len(raw) > LONGEST_FILE:
        raise Refused(_("A mapping is a short file; this one has more than a megabyte."), field="map")
    try:
        text = raw.decode("utf-8-sig")
        loaded = read_json(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        sentence = _("The mapping is neither TOML nor JSON: {problem}.")
        raise Refused(sentence.format(problem=str(problem)[:200]), field="map") from None
    return from_plain(loaded)


def from_plain(loaded: Any) -> ColumnMap:
    """A mapping of plain dictionaries and lists, as TOML and JSON hold it."""
    table = _table(loaded, "mapping")
    _refuse_unknown(table, _FILE_KEYS, "mapping")
    variants = []
    for raw in _list(table.get("rows", []), "rows"):
        part = _table(raw, "rows")
        _refuse_unknown(part, {"when", "columns"}, "rows")
        when = {
            header: tuple(map(_scalar, value if isinstance(value, list) else [value]))
            for header, value in _table(part.get("when", {}), "when").items()
        }
        variants.append(Variant(when, _sources(part.get("columns", {}))))
    keep = table.get("keep", [])
    zone = _scalar(table.get("time_zone", ""))
    if zone:
        _known_zone(zone)
    return ColumnMap(
        columns=_sources(table.get("columns", {})),
        variants=tuple(variants),
        dates=_dates(table.get("dates", [])),
        numbers=_numbers(_scalar(table.get("numbers", ""))),
        time_zone=zone,
        keep=tuple(map(_scalar, keep if isinstance(keep, list) else [keep])),
        kind=_scalar(table.get("kind", "")),
        encoding=_scalar(table.get("encoding", "")),
        sheet=_scalar(table.get("sheet", "")),
    )


def to_plain(mapping: ColumnMap) -> dict[str, Any]:
    """The same as plain dictionaries and lists, to be kept as JSON; `from_plain` reads it back."""
    plain: dict[str, Any] = {
        "columns": {name: _plain_source(source) for name, source in mapping.columns.items()}
    }
    if mapping.variants:
        plain["rows"] = [
            {
                "when": {header: list(values) for header, values in variant.when.items()},
                "columns": {name: _plain_source(source) for name, source in variant.columns.items()},
            }
            for variant in mapping.variants
        ]
    for name in ("dates", "keep"):
        if given := getattr(mapping, name):
            plain[name] = list(given)
    for name in ("numbers", "time_zone", "kind", "encoding", "sheet"):
        if given := getattr(mapping, name):
            plain[name] = given
    return plain


def routes(mapping: ColumnMap, header: Sequence[str], known: Iterable[str]) -> list[Route]:
    """How the rows of a file with this header are made. Refuses columns that neither the file nor the kind has."""
    places = _places(header)
    targets = set(known)
    made = []
    for variant in mapping.variants or (Variant(),):
        wanted = {**mapping.columns, **variant.columns}
        wanted = {name: source for name, source in wanted.items() if source != Source()}
        for name in wanted:
            if name not in targets:
                sentence = _("“{name}” is no column of this kind; there are: {known}.")
                raise Refused(sentence.format(name=name, known=", ".join(sorted(targets))), field="map")
        readers = tuple((name, _reader(source, places)) for name, source in wanted.items())
        made.append(Route(_test(variant.when, places), readers, _kept(mapping, wanted, header, places)))
    return made


def slug(text: str) -> str:
    """A code made of a name: “Acme Corporation” → acme-corporation, 宁波甬江 → ningboyongjiang."""
    plain = unicodedata.normalize("NFKC", text)
    if not plain.isascii():
        plain = " ".join(pinyin(part) or part for part in plain.split())
    return _NO_CODE.sub("-", plain.lower()).strip("-")[:60]


def _sources(raw: Any) -> dict[str, Source]:
    return {name: _source(name, value) for name, value in _table(raw, "columns").items()}


def _source(name: str, raw: Any) -> Source:
    if isinstance(raw, str):
        return Source(headers=(raw,)) if raw else Source()
    if isinstance(raw, list):
        return Source(headers=tuple(map(_scalar, raw)))
    table = _table(raw, name)
    _refuse_unknown(table, _SOURCE_KEYS, name)
    headers = table.get("from", [])
    return Source(
        headers=tuple(map(_scalar, headers if isinstance(headers, list) else [headers])),
        join=_scalar(table.get("join", " ")),
        value=_scalar(table.get("value", "")),
        default=_scalar(table.get("default", "")),
        words={key: _scalar(value) for key, value in _table(table.get("words", {}), name).items()},
        slug=bool(table.get("slug", False)),
        prefix=_scalar(table.get("prefix", "")),
    )


def _plain_source(source: Source) -> Any:
    if source == Source(headers=source.headers) and len(source.headers) <= 1:
        return source.headers[0] if source.headers else ""
    plain: dict[str, Any] = {}
    if source.headers:
        plain["from"] = list(source.headers)
        if source.join != " ":
            plain["join"] = source.join
    for name in ("value", "default", "prefix"):
        if given := getattr(source, name):
            plain[name] = given
    if source.words:
        plain["words"] = dict(source.words)
    if source.slug:
        plain["slug"] = True
    return plain


def _reader(source: Source, places: Places) -> Reader:
    """A function of a line's cells. The common case, one column as it is, stays as quick as it can be."""
    indices = [_place(header, places) for header in source.headers]
    if source == Source(headers=source.headers) and len(indices) == 1:
        return itemgetter(indices[0])
    words = {folded(key): value for key, value in source.words.items()}

    def read(cells: list[str]) -> str:
        parts = [part for index in indices if (part := bare(cells[index]))]
        if failed := ERRORS.intersection(parts):
            return min(failed)
        if words:
            parts = [words.get(folded(part), part) for part in parts]
        text = source.join.join(parts) if indices else source.value
        text = text or source.default
        if source.slug:
            text = slug(text)
        return source.prefix + text if text else ""

    return read


def _test(when: Mapping[str, tuple[str, ...]], places: Places) -> Test | None:
    if not when:
        return None
    asked = [
        (_place(header, places), {folded(value) for value in values}, ANYTHING in values)
        for header, values in when.items()
    ]

    def test(cells: list[str]) -> bool:
        return all(
            bool(cells[index].strip()) if anything else folded(cells[index]) in values
            for index, values, anything in asked
        )

    return test


def _kept(
    mapping: ColumnMap, wanted: Mapping[str, Source], header: Sequence[str], places: Places
) -> tuple[tuple[str, int], ...]:
    used = {folded(name) for source in wanted.values() for name in source.headers}
    if ANYTHING in mapping.keep:
        return tuple((name, place) for place, name in enumerate(header) if name and folded(name) not in used)
    return tuple((name, _place(name, places)) for name in mapping.keep)


def _places(header: Sequence[str]) -> Places:
    """Where a column stands, by its name as it is and as it is compared; of two alike, the first. None: two have it."""
    places: dict[str, int | None] = {}
    for place, name in enumerate(header):
        if name:
            places[name] = None if name in places else place
    for place, name in enumerate(header):
        if name:
            places.setdefault(folded(name), place)
    return places


def _place(header: str, places: Places) -> int:
    name = header if header in places else folded(header)
    if name not in places:
        raise Refused(_("The file has no column “{name}”.").format(name=header), field="map")
    found = places[name]
    if found is None:
        raise Refused(
            _("Two columns of the file are called “{name}”; rename one.").format(name=header), field="map"
        )
    return found


def _dates(raw: Any) -> tuple[str, ...]:
    """The formats of dates that a mapping lists, or those of the order it names."""
    if isinstance(raw, str) and raw in ORDERS:
        return ORDERS[raw]
    return tuple(map(_scalar, _list(raw, "dates")))


def _numbers(way: str) -> str:
    if way and way not in WAYS:
        sentence = _("Numbers are written {ways}, not {name}.")
        raise Refused(sentence.format(ways=" / ".join(WAYS), name=way[:40]), field="map")
    return way


def _known_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Refused(_("There is no time zone “{zone}”.").format(zone=name), field="map") from None


def _refuse_unknown(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in table:
        if name not in known:
            sentence = _("The mapping does not know “{name}” in {where}; it knows: {known}.")
            raise Refused(
                sentence.format(name=name, where=where, known=", ".join(sorted(known))), field="map"
            )


def _table(raw: Any, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Refused(_("In the mapping, {where} must be a table.").format(where=where), field="map")
    return raw


def _list(raw: Any, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise Refused(_("In the mapping, {where} must be a list.").format(where=where), field="map")
    return raw


def _scalar(raw: Any) -> str:
    if isinstance(raw, dict | list):
        raise Refused(_("In the mapping, a value must be text or a number."), field="map")
    return "" if raw is None else str(raw)
