"""Which entries of history an auditor is looking at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Self
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet

from loudou.journal.channel import CHANNELS
from loudou.journal.models import Entry
from loudou.journal.queries import entries
from loudou.journal.vocabulary import events, subjects
from loudou.kernel.numbers import key_of
from loudou.kernel.periods import midnight
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.signoff.models import Request

NAMES = ("actor", "event", "kind", "key", "channel", "since", "until", "request")


@dataclass(frozen=True)
class AuditLens:
    """History by who, what, about which thing, through which door, when, in which request.

    What could not be understood is left out and named in `problems`.
    """

    actor: User | None = None
    event: str = ""
    kind: str = ""
    key: int | None = None
    channel: str = ""
    since: date | None = None
    until: date | None = None
    request: UUID | None = None
    asked: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @classmethod
    def read(cls, params: Mapping[str, Any]) -> Self:
        """Read the query string."""
        lens = cls()
        for name in NAMES:
            raw = str(params.get(name) or "").strip()
            if not raw:
                continue
            try:
                lens = replace(lens, **{name: _TAKING[name](raw)}, asked={**lens.asked, name: raw})
            except ValueError:
                lens = replace(lens, problems=(*lens.problems, name))
        return lens

    def href(self, **changes: str | None) -> str:
        """The query string with some parameters changed; None takes one out."""
        return "?" + urlencode({name: value for name, value in {**self.asked, **changes}.items() if value})

    @property
    def entries(self) -> QuerySet[Entry]:
        """The entries asked for, newest first. `event` may be a whole name or a beginning such as `deal.`"""
        wanted, zone = entries(), organisation().zone
        if self.actor is not None:
            wanted = wanted.filter(actor=self.actor)
        if self.event:
            exact = not self.event.endswith(".")
            wanted = wanted.filter(event=self.event) if exact else wanted.filter(event__startswith=self.event)
        if self.kind and self.key is not None:
            wanted = wanted.filter(self._about_one(self.kind, self.key))
        elif self.kind:
            wanted = wanted.filter(subject_type=self.kind)
        elif self.key is not None:
            wanted = wanted.filter(subject_id=self.key)
        if self.channel:
            wanted = wanted.filter(channel=self.channel)
        if self.since is not None:
            wanted = wanted.filter(at__gte=midnight(self.since, zone))
        if self.until is not None:
            wanted = wanted.filter(at__lt=midnight(self.until + timedelta(days=1), zone))
        if self.request is not None:
            wanted = wanted.filter(request_id=self.request)
        return wanted

    @staticmethod
    def _about_one(kind: str, key: int) -> Q:
        """Of one thing, with the signatures asked for it: what was signed is found where the thing is looked for."""
        asked = Request.objects.filter(subject_type=kind, subject_id=key)
        signed = Q(
            subject_type=Request._meta.label_lower, subject_id__in=list(asked.values_list("pk", flat=True))
        )
        return Q(subject_type=kind, subject_id=key) | signed


def _actor(raw: str) -> User:
    user = User.objects.filter(username__iexact=raw).first() or User.objects.filter(name=raw).first()
    if user is None:
        raise ValueError(raw)
    return user


def _key(raw: str) -> int:
    key = key_of(raw)
    if key is None:
        raise ValueError(raw)
    return key


def _event(raw: str) -> str:
    if not any(event.name.startswith(raw) for event in events()):
        raise ValueError(raw)
    return raw


def _one_of(raw: str, choices: tuple[str, ...]) -> str:
    if raw not in choices:
        raise ValueError(raw)
    return raw


_TAKING: dict[str, Any] = {
    "actor": _actor,
    "event": _event,
    "kind": lambda raw: _one_of(raw, tuple(subject.label for subject in subjects())),
    "key": _key,
    "channel": lambda raw: _one_of(raw, CHANNELS),
    "since": date.fromisoformat,
    "until": date.fromisoformat,
    "request": UUID,
}
