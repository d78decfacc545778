"""Notes and files on a customer."""

from __future__ import annotations

from collections.abc import Sequence

from loudou.customers import events
from loudou.customers.models import Customer, CustomerFile, CustomerNote
from loudou.customers.verbs._state import current
from loudou.journal.record import lock, record, verb
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.remarks.models import TOLD
from loudou.remarks.writing import attach, take_off, write


@verb
def add_note(
    customer: Customer, *, text: str, by: User | None, mentioned: Sequence[User] = ()
) -> CustomerNote:
    """Write on a customer; its owner and who is mentioned hear of it, as far as they see it."""
    fresh = current(lock(customer))
    require(by, "customers.see", fresh)
    note = write(CustomerNote, text=text, by=by, mentioned=mentioned, customer=fresh)
    fresh.touched_at = note.at
    fresh.save(update_fields=["touched_at"])
    wanted = [*([fresh.owner] if fresh.owner else []), *mentioned]
    hearers = [user for user in wanted if may(user, "customers.see", fresh)]
    record(events.NOTED, fresh, by=by, text=note.text[:TOLD], notify=hearers)
    return note


@verb
def add_file(
    customer: Customer, *, name: str, kind: str, size: int, sha256: str, stored_as: str, by: User | None
) -> CustomerFile:
    """Attach a stored file; how it is received and checked is `ui.uploads`' business."""
    fresh = current(lock(customer))
    require(by, "customers.edit", fresh)
    stored = {"name": name, "kind": kind, "size": size, "sha256": sha256, "stored_as": stored_as}
    file = attach(CustomerFile, by=by, customer=fresh, **stored)
    fresh.touched_at = file.added_at
    fresh.save(update_fields=["touched_at"])
    record(events.FILE_ADDED, fresh, by=by, name=file.name, size=size, sha256=sha256)
    return file


@verb
def remove_file(file: CustomerFile, *, by: User | None) -> CustomerFile:
    """Take a file off a customer."""
    customer = current(lock(file.customer))
    require(by, "customers.edit", customer)
    fresh = lock(file)
    if fresh.removed_at is None:
        take_off(fresh)
        record(events.FILE_REMOVED, customer, by=by, name=fresh.name, sha256=fresh.sha256)
    return fresh
