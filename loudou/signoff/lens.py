"""What a person looks at among requests: which box, which kind, only late ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from loudou.journal.vocabulary import names_of_values
from loudou.kernel import clock
from loudou.people.access import reach
from loudou.people.grants import Reach
from loudou.people.models import User
from loudou.signoff.models import Request, Requests
from loudou.signoff.queries import first_waiting, inbox, rows
from loudou.ui.paging import Page, keyset

_SIZE = 30


@dataclass(frozen=True)
class Box:
    """A box of requests: `waiting` for the person, `asked` by them, `answered` by them, or `all` they may see."""

    user: User
    name: str = "waiting"
    act: str = ""
    late: bool = False

    @classmethod
    def read(cls, params: Mapping[str, Any], user: User) -> Box:
        """Read the query string; what it does not know is left out."""
        box = cls(user)
        name = str(params.get("box") or "")
        act = str(params.get("act") or "")
        return cls(
            user,
            name if name in box.names else box.names[0],
            act if act in acts() else "",
            bool(params.get("late")),
        )

    @cached_property
    def names(self) -> list[str]:
        """The boxes the person has; who signs nothing begins with what they asked for."""
        far = reach(self.user, "signoff.see")
        signs = ["waiting"] if reach(self.user, "signoff.sign") is not Reach.NONE else []
        return [*signs, "asked", *(["answered"] if signs else []), *(["all"] if far > Reach.OWN else [])]

    @cached_property
    def rows(self) -> Requests:
        """What is in it."""
        rows = self._of_box()
        if self.act:
            rows = rows.filter(act=self.act)
        if self.late:
            rows = rows.waiting().filter(due_at__lt=clock.now())
        return rows

    def page(self, after: str = "") -> Page[Request]:
        """A page of it: what waits by its time, the most overdue first; the rest newest first."""
        order = ("due_at", "id") if self.name == "waiting" else ("-id",)
        read = None
        if self.name == "waiting" and not self.is_narrowed and not after:
            read = [(key, due_at, key) for key, due_at in first_waiting(self.user)]
        return keyset(self.rows, order=order, load=rows, after=after, size=_SIZE, read=read)

    def href(self, **changes: Any) -> str:
        """The query string with some parameters changed; None takes one out. Empty where nothing is chosen."""
        now = {"box": self.name, "act": self.act, "late": "1" if self.late else "", **changes}
        if now["box"] == self.names[0]:
            now["box"] = ""
        chosen = {name: value for name, value in now.items() if value}
        return f"?{urlencode(chosen)}" if chosen else ""

    @property
    def is_narrowed(self) -> bool:
        """Whether something is left out."""
        return bool(self.act or self.late)

    def _of_box(self) -> Requests:
        if self.name == "waiting":
            return inbox(self.user)
        if self.name == "asked":
            return Request.objects.filter(asker=self.user)
        if self.name == "answered":
            return Request.objects.filter(answered_by=self.user)
        return Request.objects.visible_to(self.user)


def acts() -> Mapping[str, Any]:
    """The kinds of requests and what they are called."""
    return names_of_values("signoff.request", "act")
