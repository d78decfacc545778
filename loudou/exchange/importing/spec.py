"""What a kind of rows is: its columns, how each is read, what it is known by, and who takes the rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from loudou.exchange.importing.mapping import ANYTHING, ColumnMap, Source, routes
from loudou.exchange.importing.reading import Parser
from loudou.kernel.refusals import Refused
from loudou.people.access import may
from loudou.people.models import User
from loudou.ui.spelling import folded

if TYPE_CHECKING:
    from loudou.exchange.importing.engine import Run

_REQUIRED = re.compile(
    r"[*＊]|[(（\[【](?:必填|必輸|必填项|必填項|選填|选填|required|optional)[)）\]】]", re.IGNORECASE
)


@dataclass(frozen=True)
class Column:
    """One column of a kind: the name in `contract.md`, its name for people, how it is read, what files call it.

    `parts` are headers that make it together, such as a first and a last name; `beside` is the column without which it
    says nothing, `instead` the one that says it too where no header does.
    """

    name: str
    title: str | Promise
    read: Parser
    required: bool = False
    aliases: tuple[str, ...] = ()
    parts: tuple[tuple[str, ...], ...] = ()
    beside: str = ""
    instead: str = ""


class Row:
    """One row on its way: where it stands in the file, what its cells said, and what became of it.

    `outcome` is `new`, `changed`, `unchanged` or `refused`; a row stays undecided until its kind has looked at it.
    `repeats` is the line above that says it already.
    """

    __slots__ = ("cells", "line", "notes", "outcome", "repeats", "values")

    def __init__(self, line: int, cells: list[str]) -> None:
        self.line = line
        self.cells = cells
        self.values: dict[str, Any] = {}
        self.notes: list[Note] = []
        self.outcome = ""
        self.repeats = 0

    def refuse(self, reason: str, column: str = "") -> None:
        """Say what is wrong; a row may be refused for several reasons."""
        self.notes.append(Note(self.line, column, reason))
        self.outcome = "refused"

    def warn(self, reason: str, column: str = "") -> None:
        """Say what somebody should look at; the row is taken all the same."""
        self.notes.append(Note(self.line, column, reason, warning=True))


@dataclass(frozen=True)
class Note:
    """Something about a row: line, column, reason. A refusal, unless it is a warning."""

    line: int
    column: str
    reason: str
    warning: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of rows that can be imported.

    `rights` are verbs of `people.grants` of which somebody needs one beside `exchange.import`. `take` gets the rows of one
    chunk, decides about each and, unless the run is dry, has the room's verbs write them. Rows are led to it together
    by `together` (a column, in files that have the column `together_with`), or all at once where one may refer to
    another (`at_once`). `key` is what tells rows of
    one file apart; of two with the same key the second is refused, or passed over where the `first_counts`. `order` is
    the place in which a migration brings its files. Rows that say the same in the column `whole` are taken together or
    refused together. `complete` fills in what a row leaves out before it is asked for what
    no row can do without. `also` names what else is wrong with rows that are refused.
    """

    name: str
    title: str | Promise
    rights: tuple[str, ...]
    columns: tuple[Column, ...]
    take: Callable[[Sequence[Row], Run], None]
    key: Callable[[dict[str, Any]], Hashable | None]
    order: int
    together: str = ""
    together_with: str = ""
    at_once: bool = False
    whole: str = ""
    first_counts: bool = False
    complete: Callable[[dict[str, Any]], None] | None = None
    also: Callable[[Sequence[Row], Run], None] | None = None
    keeps: bool = False  # has fields of the organisation's own, so that columns without a meaning can be kept

    def open_to(self, user: User | None) -> bool:
        """Whether this person may import it at all."""
        return may(user, "exchange.import") and any(may(user, right) for right in self.rights)

    def column(self, name: str) -> Column:
        """One of its columns."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        """The names of its columns."""
        return [column.name for column in self.columns]

    @property
    def required(self) -> list[str]:
        """The columns no row can do without."""
        return [column.name for column in self.columns if column.required]


def recognise(kind: Kind, header: Sequence[str]) -> ColumnMap:
    """The mapping that a file's own headers say, as far as they are known; of two headers alike the first is taken.

    A header is of the first column that knows it. What that column then has under a better name is left to others
    that know it too, as 手机 beside 电话 is the phone of the 联系人.
    """
    here = {plain(name): name for name in reversed(header) if name}
    names = _names(kind)
    first: dict[str, str] = {}
    for column in kind.columns:
        for alias in names[column.name]:
            first.setdefault(alias, column.name)
    found: dict[str, Source] = {}
    for column in kind.columns:
        mine = [alias for alias in names[column.name] if first[alias] == column.name]
        _find(column, [here[alias] for alias in mine if alias in here], here, found)
    for column in kind.columns:
        if column.name not in found:
            _find(column, [here[alias] for alias in names[column.name] if alias in here], here, found)
    for column in kind.columns:
        if column.instead in found:
            found.setdefault(column.name, found[column.instead])
    beside = {column.name: column.beside for column in kind.columns if column.beside}
    columns = {name: source for name, source in found.items() if beside.get(name, name) in found}
    if system := _system(columns, here):
        columns["source_system"] = Source(value=system)
    return ColumnMap(columns=columns)


def knows(kind: Kind) -> Callable[[str], bool]:
    """Whether a header is one that files call a column of this kind, or a part of one."""
    names = {name for called in _names(kind).values() for name in called}
    names |= {plain(part) for column in kind.columns for parts in column.parts for part in parts}
    return lambda header: plain(header) in names


def suffices(kind: Kind, own: ColumnMap) -> Callable[[list[str]], bool]:
    """Whether a header has every column no row can do without, as it is known or as `own` says."""

    def does(header: list[str]) -> bool:
        try:
            made = routes(merged(recognise(kind, header), own), header, kind.names)
        except Refused:
            return False
        return all({*kind.required} <= {name for name, _reader in route.readers} for route in made)

    return does


def rivals(kind: Kind, header: Sequence[str], mapping: ColumnMap) -> Iterator[tuple[str, str]]:
    """Headers that name a column which is read from another one: the column, and one sentence with both headers."""
    routes = [mapping.columns, *(variant.columns for variant in mapping.variants)]
    used = {header for columns in routes for source in columns.values() for header in source.headers}
    idle = [name for name in header if name and name not in used and not {name, ANYTHING} & {*mapping.keep}]
    names = _names(kind)
    for column in kind.columns:
        taken = mapping.columns.get(column.name, Source()).headers
        if not taken:
            continue
        for name in idle:
            if plain(name) in names[column.name]:
                sentence = _(
                    "The columns “{first}” and “{second}” both say “{field}”; only “{first}” is read."
                )
                yield column.name, sentence.format(first=" + ".join(taken), second=name, field=column.title)


def _names(kind: Kind) -> dict[str, list[str]]:
    """What files call each column: its name, its synonyms, and last the title that people are shown.

    A title counts in every language, unless another column of the kind has it too or is called so by files.
    """
    names = {column.name: [plain(name) for name in (column.name, *column.aliases)] for column in kind.columns}
    taken = {name for called in names.values() for name in called}
    titled: dict[str, set[str]] = {}
    for language, _language in settings.LANGUAGES:
        with translation.override(language):
            for column in kind.columns:
                titled.setdefault(plain(str(column.title)), set()).add(column.name)
    for title, columns in titled.items():
        if title not in taken and len(columns) == 1:
            names[columns.pop()].append(title)
    return names


def _find(column: Column, named: Sequence[str], here: Mapping[str, str], found: dict[str, Source]) -> None:
    """Let a column have the best of the headers that name it, or several that make it, as far as no other has them."""
    used = {header for source in found.values() for header in source.headers}
    best = next((header for header in named if header not in used), "")
    for parts in column.parts:
        there = tuple(here.get(plain(part), "") for part in parts)
        if all(there) and not used.intersection(there) and best in ("", *there):
            found[column.name] = Source(there)
            return
    if best:
        found[column.name] = Source((best,))


# Whose ids a header tells, where another stands beside it: people and companies of one system are numbered apart.
HUBSPOT_PEOPLE, PIPEDRIVE_PEOPLE = "HubSpot contacts", "Pipedrive people"
_SYSTEMS = (
    ("Record ID", "First Name", HUBSPOT_PEOPLE),
    ("Record ID", "Email", HUBSPOT_PEOPLE),
    ("Record ID", "", "HubSpot"),
    ("Person - Pipedrive System ID", "", PIPEDRIVE_PEOPLE),
    ("Person - Name", "", PIPEDRIVE_PEOPLE),
    ("Organization - Pipedrive System ID", "", "Pipedrive"),
    ("Deal - Pipedrive System ID", "", "Pipedrive"),
)


def _system(columns: Mapping[str, Source], here: Mapping[str, str]) -> str:
    """The system that a file without a word about it comes from, as its headers betray."""
    telling = columns.get("source_id") or columns.get("contact_name") or Source()
    if not telling.headers or "source_system" in columns:
        return ""
    for name, beside, system in _SYSTEMS:
        if plain(name) == plain(telling.headers[0]) and (not beside or plain(beside) in here):
            return system
    return ""


def plain(header: str) -> str:
    """A header as it is compared: without marks of being required, blanks and punctuation, in one script."""
    return folded(_REQUIRED.sub("", header))


def merged(base: ColumnMap, own: ColumnMap) -> ColumnMap:
    """The mapping of known headers, overruled by what somebody has said about their file."""
    return ColumnMap(
        columns={**base.columns, **own.columns},
        variants=own.variants,
        dates=own.dates or base.dates,
        numbers=own.numbers or base.numbers,
        time_zone=own.time_zone or base.time_zone,
        keep=own.keep or base.keep,
        kind=own.kind,
        encoding=own.encoding,
        sheet=own.sheet,
    )


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Let a kind be imported; a room's kinds are declared in a module of `kinds`."""
    if kind.name in _kinds:
        raise ValueError(f"kind {kind.name} is declared twice")
    _kinds[kind.name] = kind
    return kind


def kinds() -> list[Kind]:
    """All kinds, in the order in which a migration brings them."""
    from loudou.exchange.importing.kinds import load

    load()
    return sorted(_kinds.values(), key=lambda kind: kind.order)


def kind_named(name: str) -> Kind | None:
    """A kind by its name."""
    return next((kind for kind in kinds() if kind.name == name), None)
