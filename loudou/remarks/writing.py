"""Keeping a note or a file; the verb of the room whose record it is on asks for the right and writes history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.people.models import User
from loudou.remarks.models import AttachedFile, WrittenNote
from loudou.ui.texts import kept

N = TypeVar("N", bound=WrittenNote)
F = TypeVar("F", bound=AttachedFile)
LONGEST_NOTE = 10_000


def write(model: type[N], *, text: str, by: User | None, mentioned: Sequence[User], **about: Any) -> N:
    """Keep a note about a record; refused without words."""
    said = kept(text, "text", longest=LONGEST_NOTE)
    if not said:
        raise Refused(_("Write something."), field="text")
    return model._default_manager.create(
        author=by, text=said, at=clock.now(), mentioned=[user.pk for user in mentioned], **about
    )


def attach(model: type[F], *, by: User | None, **file: Any) -> F:
    """Keep that a file was received for a record: `name`, `kind`, `size`, `sha256`, `stored_as`, and the record."""
    name = str(file.pop("name"))[:200]
    return model._default_manager.create(name=name, added_by=by, added_at=clock.now(), **file)


def take_off(file: AttachedFile) -> None:
    """Keep that a file is no longer on its record; what lies on the disk stays, as history names it."""
    file.removed_at = clock.now()
    file.save(update_fields=["removed_at"])
