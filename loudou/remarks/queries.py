"""Reading notes: in full for history, which keeps only their beginning; and whom a text means by an @."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from loudou.journal.vocabulary import Event
from loudou.people.models import User
from loudou.remarks.models import TOLD, WrittenNote

_AT = re.compile(r"@([\w\u00b7.\-]{1,40})")
_LONGEST_NAME = 20
MOST = 20


def mentioned(text: str) -> list[User]:
    """The people whose name or user name follows an @ (`@陈安 请看`); of names that begin alike the longest counts.

    Chinese runs on without a blank, so every beginning of what follows the @ may be the name.
    """
    words = [match.group(1) for match in _AT.finditer(text)][:MOST]
    if not words:
        return []
    beginnings = {word[:end] for word in words for end in range(1, min(len(word), _LONGEST_NAME) + 1)}
    people = User.objects.active().filter(name__in=beginnings)
    by_name: dict[str, list[User]] = {}
    for user in people:
        by_name.setdefault(user.name, []).append(user)
    by_login = {user.username.lower(): user for user in User.objects.active().filter(username__in=words)}
    found: dict[int, User] = {}
    for word in words:
        name = next((word[:end] for end in range(len(word), 0, -1) if word[:end] in by_name), "")
        for user in by_name.get(name, []) or filter(None, [by_login.get(word.lower())]):
            found[user.pk] = user
    return list(found.values())


def in_full(entries: Sequence[Any], noted: Event, notes: Iterable[WrittenNote]) -> dict[int, str]:
    """The whole text of the notes that history tells of, by the entry that does; `notes` is asked only then."""
    told = [entry for entry in entries if entry.event == noted.name]
    if not told:
        return {}
    whole = {(note.author_id, note.text[:TOLD]): note.text for note in notes}
    texts = ((entry, str(entry.particulars.get("text", ""))) for entry in told)
    return {entry.pk: whole.get((entry.actor_id, text), text) for entry, text in texts}
