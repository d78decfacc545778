"""Who is mentioned in a text: `@陈安 请看` names 陈安."""

from __future__ import annotations

import re

from loudou.people.models import User

_AT = re.compile(r"@([\w\u00b7.\-]{1,40})")
_LONGEST_NAME = 20
MOST = 20


def mentioned(text: str) -> list[User]:
    """The people whose name or user name follows an @; of names that begin alike the longest counts.

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
