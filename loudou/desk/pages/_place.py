"""A place one can go to, and who may."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from loudou.people.access import may
from loudou.people.models import User
from loudou.ui.jinja import url

Text = str | Promise


@dataclass(frozen=True)
class Place:
    """A page: its URL name, its name, its icon, the right it needs, the keys that go there, a line about it."""

    url: str
    name: Text
    icon: str
    needs: str = ""
    keys: str = ""
    about: Text = ""
    query: str = ""

    @property
    def address(self) -> str:
        """Its path."""
        return url(self.url) + self.query

    def open_to(self, user: User) -> bool:
        """Whether the person may go there; several rights are separated by blanks, one is enough."""
        return not self.needs or any(may(user, right) for right in self.needs.split())


Groups = tuple[tuple[Text, tuple[Place, ...]], ...]
