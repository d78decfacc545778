"""Turning an entry into words, in the reader's language, at reading: a sentence, its icon, what changed.

A sentence leaves its actor out (`陈安` stands before it, in bold). Values that came from people are escaped and cut;
an event or field this program no longer knows speaks for itself. Fields that a model lists in `guarded` (field → the
verb that lets one see it) are hidden from readers without that right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from loudou.journal.labels import LABELS
from loudou.journal.titles import names_itself, title
from loudou.journal.vocabulary import event_named, names_of_values, subject_labelled
from loudou.ui import format as f

if TYPE_CHECKING:
    from loudou.journal.models import Entry

LONGEST = 160
HIDDEN = "•••"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_QUOTED = re.compile(r"([“「])\{(\w+)\}[”」]")  # a word between a sentence's own quotation marks
# What such marks become between them.
_WITHIN = {"“": str.maketrans("“”", "‘’"), "「": str.maketrans("「」", "『』")}

May = Callable[[str], bool]
BEFORE, AFTER = 0, -1  # which of a pair of values one is
_EXACT = SimpleNamespace(full_amounts=True)  # reads amounts to the last digit


@dataclass(frozen=True)
class Change:
    """One thing an act changed, ready to show: what it is called, how it stood, how it stands."""

    label: str
    before: str
    after: str


def sentence(entry: Entry, viewer: Any = None, *, linked: bool = True) -> Markup:
    """What happened, as safe HTML, its subject linked to its page unless `linked` is off (on that page itself)."""
    told = event_named(entry.event).told(entry.particulars)
    return escape(told).format_map(_Words(entry, told, viewer, linked))


def plain_sentence(entry: Entry, viewer: Any = None) -> str:
    """The same as text, for mail, files and titles."""
    told = event_named(entry.event).told(entry.particulars)
    return told.format_map(_Words(entry, told, viewer, linked=False))


def icon(entry: Entry) -> str:
    """The icon of the event."""
    return event_named(entry.event).icon


def actor(entry: Entry) -> str:
    """Who did it; the program itself where nobody did."""
    return entry.actor.name if entry.actor is not None else _("System")


def address(entry: Entry) -> str:
    """The page of the entry's subject; empty where it has none."""
    name = subject_labelled(entry.subject_type).url
    for arguments in ([entry.subject_id], []):
        try:
            return reverse(name, args=arguments) if name else ""
        except NoReverseMatch:
            continue
    return ""


def noun(entry: Entry) -> str:
    """What kind of thing the entry is about."""
    return str(subject_labelled(entry.subject_type).noun)


def label_in_words(entry: Entry) -> str:
    """What the subject was called; where that begins with the code of an act, as requests do, that act in words."""
    code, _blank, rest = entry.subject_label.partition(" ")
    act = names_of_values(entry.subject_type, "act").get(code)
    if act is None:
        return title(entry.subject_type, entry.subject_label)
    return title(code, rest) if names_itself(code, rest) else f"{act} {title(code, rest)}"


def changes(entry: Entry, viewer: Any = None, *, may: May | None = None) -> list[Change]:
    """What the act changed, one row a field. Guarded fields stay hidden unless `may` says the verb is the reader's."""
    told = entry.particulars
    rows = [
        Change(label_of(entry, name), *_pair(entry, name, pair, viewer, may))
        for name, pair in (told.get("changes") or {}).items()
    ]
    if "before" in told and "after" in told:
        name = str(told.get("field", ""))
        label = label_of(entry, name) if name else ""
        rows.append(Change(label, *_pair(entry, name, [told["before"], told["after"]], viewer, may)))
    return [row for row in rows if row.before != row.after]


def in_words(row: models.Model, pairs: Mapping[str, list[Any]]) -> dict[str, tuple[str, str]]:
    """Pairs of plain values of a row's fields as people read them, to the last digit, by what each field is called."""
    beside = {"currency": getattr(row, "currency", ""), "changes": pairs}
    entry = cast("Entry", SimpleNamespace(subject_type=row._meta.label_lower, particulars=beside))
    return {one.label: (one.before, one.after) for one in changes(entry, _EXACT)}


def facts(entry: Entry, viewer: Any = None, *, may: May | None = None) -> list[tuple[str, str]]:
    """Every other particular with something to say, as (label, value)."""
    told = {
        name: value
        for name, value in entry.particulars.items()
        if name not in ("changes", "field") and value not in (None, "", [], {}, False)
    }
    if "before" in entry.particulars and "after" in entry.particulars:
        told.pop("before", None)
        told.pop("after", None)
    return [(label_of(entry, name), _shown(entry, name, value, viewer, may)) for name, value in told.items()]


def reason(entry: Entry) -> str:
    """Why it was done, where whoever did it said so and the sentence does not; what was signed has its signature for that."""
    told = entry.particulars.get("reason")
    silent = "{reason}" not in event_named(entry.event).told(entry.particulars)
    if not isinstance(told, str) or not silent or entry.particulars.get("request"):
        return ""
    choices = dict(getattr(_field(entry, "reason"), "flatchoices", ()))
    return _cut(str(choices.get(told, told)))


def label_of(entry: Entry, name: str) -> str:
    """What a field or particular is called."""
    own = getattr(_field(entry, name), "verbose_name", name)
    return str(own if isinstance(own, Promise) else LABELS.get(name, own))


@dataclass(frozen=True)
class Say:
    """These functions for one reader; pages have it as `say`."""

    viewer: Any
    may: May

    def sentence(self, entry: Entry, linked: bool = True) -> Markup:
        """What happened."""
        return sentence(entry, self.viewer, linked=linked)

    def changes(self, entry: Entry) -> list[Change]:
        """What the act changed, for this reader's eyes."""
        return changes(entry, self.viewer, may=self.may)

    def reason(self, entry: Entry) -> str:
        """Why it was done, where the sentence does not say it."""
        return reason(entry)

    def facts(self, entry: Entry) -> list[tuple[str, str]]:
        """The rest of what was noted, for this reader's eyes."""
        return facts(entry, self.viewer, may=self.may)

    def icon(self, entry: Entry) -> str:
        """The icon of the event."""
        return icon(entry)

    def actor(self, entry: Entry) -> str:
        """Who did it."""
        return actor(entry)

    def noun(self, entry: Entry) -> str:
        """What kind of thing it is about."""
        return noun(entry)

    def label_in_words(self, entry: Entry) -> str:
        """What it is about was called."""
        return label_in_words(entry)

    def address(self, entry: Entry) -> str:
        """The page of what it is about."""
        return address(entry)


class _Words(dict[str, Any]):
    """What the placeholders of an entry's sentence stand for; what it quotes quotes within quotes."""

    def __init__(self, entry: Entry, told: str, viewer: Any, linked: bool) -> None:
        super().__init__()
        self.entry, self.viewer, self.linked = entry, viewer, linked
        self.within = {name: _WITHIN[mark] for mark, name in _QUOTED.findall(told)}

    def __missing__(self, name: str) -> Any:
        inner = self.within.get(name, {})
        if name == "subject":
            label = _cut(label_in_words(self.entry)).translate(inner) or f.DASH
            to = address(self.entry) if self.linked else ""
            return Markup('<a href="{}">{}</a>').format(to, label) if to else label
        if name == "actor":
            return actor(self.entry)
        return _shown(self.entry, name, self.entry.particulars.get(name), self.viewer, None).translate(inner)


def _pair(entry: Entry, name: str, pair: Any, viewer: Any, may: May | None) -> tuple[str, str]:
    """Both values; amounts that look alike when shortened (¥91万) with every digit."""
    values = pair if isinstance(pair, list) and len(pair) == 2 else [None, pair]
    before, after = (
        _shown(entry, name, raw, viewer, may, place)
        for place, raw in zip((BEFORE, AFTER), values, strict=True)
    )
    if before == after:
        before, after = (
            _shown(entry, name, raw, _EXACT, may, place)
            for place, raw in zip((BEFORE, AFTER), values, strict=True)
        )
    return before, after


def _shown(entry: Entry, name: str, raw: Any, viewer: Any, may: May | None, place: int = AFTER) -> str:
    """A value as people read it, hidden where the reader may not see the field; `place`: as it was before or after."""
    needs = getattr(_model(entry), "guarded", {}).get(name)
    if needs is not None and raw not in (None, "") and not (may is not None and may(needs)):
        return HIDDEN
    return _cut(_value(raw, _field(entry, name), _Reader(entry, name, viewer, place)))


_base_currency: Callable[[], str] = lambda: "CNY"  # noqa: E731 - until `amounts_are_in` says otherwise


def amounts_are_in(base_currency: Callable[[], str]) -> None:
    """Say in which currency amounts without one are; the organisation is known above this room alone."""
    global _base_currency
    _base_currency = base_currency


@dataclass(frozen=True)
class _Reader:
    entry: Entry
    name: str
    viewer: Any
    place: int = AFTER

    @property
    def currency(self) -> str:
        """The currency of a bare amount: the one told beside it, of its time if that changed, else the organisation's."""
        told = self.entry.particulars.get("currency")
        changed = (self.entry.particulars.get("changes") or {}).get("currency")
        found = changed[self.place] if isinstance(changed, list) and changed else told
        return found if isinstance(found, str) and found else _base_currency()

    def money(self, amount: Decimal, currency: str = "") -> str:
        return f.money(
            amount, currency or self.currency, full=bool(getattr(self.viewer, "full_amounts", False))
        )


def _value(raw: Any, field: Any, reader: _Reader) -> str:
    if raw is None or raw == "":
        return f.DASH
    if isinstance(raw, bool):
        return _("yes") if raw else _("no")
    if isinstance(raw, list):
        return _listed(raw, field, reader)
    if isinstance(raw, Mapping):
        return _of_mapping(raw, field, reader)
    named = names_of_values(reader.entry.subject_type, reader.name).get(str(raw))
    if named is not None:
        return str(named)
    if field is not None and getattr(field, "choices", None):
        return str(dict(field.flatchoices).get(raw, raw))
    if isinstance(raw, str):
        return _of_text(raw, field, reader)
    return f.number(raw) if isinstance(raw, int) and abs(raw) >= 10_000 else str(raw)


def _of_text(raw: str, field: Any, reader: _Reader) -> str:
    if isinstance(field, models.DecimalField):
        try:
            amount = Decimal(raw)
        except InvalidOperation:
            return raw
        if field.decimal_places == 2:
            return reader.money(amount)
        if field.decimal_places == 4 and field.max_digits <= 6:
            return f.percent(amount)
        return f"{amount.normalize():f}"
    if reader.name.endswith("period"):
        return f.period_named(raw)
    try:
        if _DAY.fullmatch(raw):
            return f.day(date.fromisoformat(raw), year=True)
        if _INSTANT.fullmatch(raw):
            return f.instant(datetime.fromisoformat(raw))
    except ValueError:
        return raw
    return raw


def _of_mapping(raw: Mapping[str, Any], field: Any, reader: _Reader) -> str:
    if set(raw) == {"amount", "currency"}:
        try:
            return reader.money(Decimal(str(raw["amount"])), str(raw["currency"]))
        except InvalidOperation:
            return str(raw["amount"])
    if set(raw) == {"id", "name"}:
        return str(raw["name"])
    if set(raw) <= {"zh-hans", "zh-hant", "en"}:
        return f.in_words({key: str(value) for key, value in raw.items()}) or f.DASH
    return "; ".join(f"{key} {_value(value, None, reader)}" for key, value in raw.items()) or f.DASH


def _listed(raw: list[Any], field: Any, reader: _Reader) -> str:
    """A list with commas; a list of rows with their cells joined by dots."""
    inner = getattr(field, "base_field", field)
    cells = [
        " · ".join(_value(cell, None, reader) for cell in item)
        if isinstance(item, list)
        else _value(item, inner, reader)
        for item in raw
    ]
    return f.comma().join(cells) or f.DASH


def _cut(text: str) -> str:
    """At most one short paragraph; line breaks and control characters are blanks."""
    flat = " ".join(
        "".join(letter if letter.isprintable() else " " for letter in text[: LONGEST * 4]).split()
    )
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def _model(entry: Entry) -> type[models.Model] | None:
    try:
        return apps.get_model(entry.subject_type)
    except (LookupError, ValueError):
        return None


def _field(entry: Entry, name: str) -> Any:
    model = _model(entry)
    if model is None or not name:
        return None
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
