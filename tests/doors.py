"""The doors table: every URL of the house × every kind of person → the status they get.

Each room lists its doors in `tests/<room>/doors.py` as `DOORS`. The law in `laws/test_doors.py` tries every one and
fails for a URL that nobody listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from loudou.journal.models import Notice
from loudou.kernel import clock
from loudou.people.models import User
from tests.cast import Cast
from tests.world import World

# Kinds of people, in the order of a row; None is nobody signed in.
PEOPLE: dict[str, str | None] = {
    "anonymous": None,
    "owner": "chenan",  # a rep, owner of the world's records
    "colleague": "lina",  # a rep of the same unit
    "outsider": "maxiao",  # a rep of another region
    "manager": "wumin",
    "director": "heli",
    "operations": "linjing",
    "finance": "qianjin",
    "control": "wangfang",
    "admin": "gaoming",
    "security": "anran",
    "auditor": "yanzheng",
}


@dataclass(frozen=True)
class Door:
    """One URL by one method, and what each kind of person gets, in the order of PEOPLE.

    `expect` is a row of statuses; a single status stands for everybody who is signed in, with 302 to the sign-in page
    for who is not. `args` and `data` are made from the world. `query` is appended.
    """

    name: str
    expect: str
    args: Callable[[World], list[Any]] = field(default=lambda world: [])
    method: str = "GET"
    data: Callable[[World], dict[str, Any]] = field(default=lambda world: {})
    query: str = ""

    def row(self) -> dict[str, int]:
        """The expected status by kind of person."""
        statuses = [int(part) for part in self.expect.split()]
        if len(statuses) == 1:
            statuses = [302] + statuses * (len(PEOPLE) - 1)
        if len(statuses) != len(PEOPLE):
            raise ValueError(f"{self.name}: a row has one status or {len(PEOPLE)}")
        return dict(zip(PEOPLE, statuses, strict=True))


def person(cast: Cast, kind: str) -> Any:
    """The member of the cast that stands for a kind of people; None for nobody."""
    username = PEOPLE[kind]
    return getattr(cast, username) if username else None


def enter(client: Client, user: User) -> Client:
    """Sign somebody in as the sign-in page does: their password has just been given."""
    client.force_login(user)
    session = client.session
    session["confirmed_at"] = clock.now().isoformat()
    session.save()
    return client


def led(client: Client, user: User, event: str) -> tuple[int, str]:
    """Where the newest notice of an event leads its reader: the status they get there, and the address."""
    notice = Notice.objects.filter(recipient=user, entry__event=event).latest("pk")
    answer = enter(client, user).post(f"/notices/{notice.pk}/", follow=True)
    return answer.status_code, answer.request["PATH_INFO"]
