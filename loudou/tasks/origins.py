"""Where tasks come from. Rooms above say so in their `apps.py`; this room knows none of them.

origin("warning", _("early warning"), "warnings:warning", model="warnings.EarlyWarning")
set_task(owner, title=…, origin="warning", origin_key=str(warning.pk), by=None)
Task.objects.of("warning", warning.pk)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loudou.journal.vocabulary import values
from loudou.kernel.numbers import key_of
from loudou.people.models import User

HAND = "hand"


@dataclass(frozen=True)
class Origin:
    """One kind of things that give rise to tasks: its code, its name, the URL name of the page of one of them.

    `model` names what they are, so that nobody is led where they may not go. Where `offered`, people themselves make
    tasks of one at its page; without it only the room above does.
    """

    code: str
    name: str | Promise
    url: str = ""
    model: str = ""
    offered: bool = False

    def address(self, key: str) -> str:
        """Where the thing with this key is seen; empty where it has no page."""
        return reverse(self.url, args=[key]) if self.url and key else ""

    def open_to(self, user: User, key: str) -> bool:
        """Whether this person may make a task of the thing with this key."""
        return self.offered and bool(self.seen(user, [key]))

    def seen(self, user: User, keys: Iterable[str]) -> set[str]:
        """Which of the things with these keys the person may see (one query)."""
        known = [key for key in keys if key_of(key) is not None]
        if not self.model or not known:
            return set()
        rows: Any = apps.get_model(self.model)._default_manager
        return {str(key) for key in rows.visible_to(user).filter(pk__in=known).values_list("pk", flat=True)}


ORIGINS: dict[str, Origin] = {}


def origin(
    code: str, name: str | Promise, url: str = "", *, model: str = "", offered: bool = False
) -> Origin:
    """Declare a kind of things that tasks come from; at most 20 letters."""
    ORIGINS[code] = Origin(code, name, url, model, offered)
    values("tasks.task", "origin", {code: name})
    return ORIGINS[code]


def origin_of(code: str) -> Origin:
    """The kind with this code; a task outlives the code that set it."""
    return ORIGINS.get(code) or Origin(code, code)


origin(HAND, _("by hand"))
origin("follow_up", _("follow-up"), "fieldwork:activity", model="fieldwork.Activity")
