"""The past tenses of the house: each room names its events and its subjects here, in its `events.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

Sentence = str | Promise
_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Event:
    """Something that happened: its name, its sentence in the reader's language, its icon.

    The sentence may name `{subject}` and any particular of the entry; `bare` is said instead where those that it does
    not name were left empty. An answer says it all to whom it is for: they hear of nothing else that the act brought
    with it.
    """

    name: str
    sentence: Sentence
    icon: str
    answers: bool = False
    bare: Sentence = ""
    page: str = ""  # the URL name of where who hears of it goes on, if that is not its subject's page

    def told(self, particulars: Mapping[str, Any]) -> str:
        """The sentence for an entry with these particulars, its placeholders still in it."""
        whole, bare = str(self.sentence), str(self.bare)
        said = set(_NAMED.findall(whole)) - set(_NAMED.findall(bare))
        return bare if bare and not any(particulars.get(name) for name in said) else whole

    @property
    def gist(self) -> str:
        """The sentence without its particulars, for lists of events."""
        return re.sub(r"[“”「」]?\{\w+\}[“”「」]?", "…", str(self.bare or self.sentence))


@dataclass(frozen=True)
class Subject:
    """A kind of thing that history is about: its stable label, its noun, the URL name of its page."""

    label: str
    noun: Sentence
    url: str


_events: dict[str, Event] = {}
_subjects: dict[str, Subject] = {}
_values: dict[tuple[str, str], Mapping[str, Sentence]] = {}


def event(
    name: str,
    sentence: Sentence,
    icon: str = "point",
    *,
    answers: bool = False,
    bare: Sentence = "",
    page: str = "",
) -> Event:
    """Declare an event. Names are dotted, subject first, past tense last: `deal.won`."""
    if name in _events:
        raise ValueError(f"event {name} is declared twice")
    _events[name] = Event(name, sentence, icon, answers, bare, page)
    return _events[name]


def subject(label: str, noun: Sentence, url: str = "") -> Subject:
    """Declare a kind of subject by its model label (`pipeline.deal`) and, where it has a page, its URL name."""
    _subjects[label] = Subject(label, noun, url)
    return _subjects[label]


def values(label: str, field: str, names: Mapping[str, Sentence]) -> None:
    """Name the values of a field that the model itself does not name (`people.user`, `roles`: code → name).

    Several rooms may name values of one field: each names its own.
    """
    _values[label, field] = {**_values.get((label, field), {}), **names}


def event_named(name: str) -> Event:
    """The event of an entry; an entry outlives the code that wrote it, so an unknown name speaks for itself."""
    return _events.get(name) or Event(name, name, "point")


def subject_labelled(label: str) -> Subject:
    """The kind of subject an entry is about."""
    return _subjects.get(label) or Subject(label, label, "")


def names_of_values(label: str, field: str) -> Mapping[str, Sentence]:
    """What a field's values are called; empty where nobody named them."""
    return _values.get((label, field), {})


def events() -> list[Event]:
    """All declared events, by name."""
    return [_events[name] for name in sorted(_events)]


def subjects() -> list[Subject]:
    """All declared kinds of subjects, by label."""
    return [_subjects[label] for label in sorted(_subjects)]
