"""Notes and files on a deal."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from loudou.journal.record import lock, record, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import may
from loudou.people.models import User
from loudou.pipeline import events
from loudou.pipeline.models import Deal, File, Note
from loudou.pipeline.verbs._gates import touch_gate
from loudou.pipeline.verbs._taking import take
from loudou.remarks.models import TOLD
from loudou.remarks.writing import attach, take_off, write


@verb
def add_note(deal: Deal, *, text: str, by: User | None, mentioned: Sequence[User] = ()) -> Note:
    """Write on a deal; who is mentioned hears of it."""
    fresh = take(deal, "pipeline.see", by=by)
    note = write(Note, text=text, by=by, mentioned=mentioned, deal=fresh)
    fresh.touched_at = note.at
    fresh.save(update_fields=["touched_at"])
    hearers = [
        user for user in (fresh.owner, *mentioned, *fresh.followers.all()) if may(user, "pipeline.see", fresh)
    ]
    record(events.NOTED, fresh, by=by, text=note.text[:TOLD], notify=hearers)
    return note


@verb
def add_file(
    deal: Deal, *, name: str, kind: str, size: int, sha256: str, stored_as: str, by: User | None
) -> File:
    """Attach a stored file; how it is received and checked is `ui.uploads`' business."""
    fresh = take(deal, "pipeline.edit", by=by)
    stored = {"name": name, "kind": kind, "size": size, "sha256": sha256, "stored_as": stored_as}
    file = attach(File, by=by, deal=fresh, **stored)
    touch_gate(fresh)
    record(events.FILE_ADDED, fresh, by=by, name=file.name, size=size, sha256=sha256)
    return file


@verb
def remove_file(file: File, *, by: User | None) -> File:
    """Take a file off a deal; evidence that rests on it must be withdrawn first."""
    deal = take(file.deal, "pipeline.edit", by=by)
    fresh = lock(file)
    if fresh.removed_at is not None:
        return fresh
    if deal.evidence.filter(file=fresh, withdrawn_at=None).exists():
        raise Refused(_("Evidence rests on this file; withdraw that first."))
    take_off(fresh)
    record(events.FILE_REMOVED, deal, by=by, name=fresh.name, sha256=fresh.sha256)
    return fresh
