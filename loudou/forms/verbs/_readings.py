"""Noting that somebody read a record."""

from __future__ import annotations

from loudou.forms.models import FormRecord, Reading
from loudou.kernel import clock
from loudou.people.models import User


def note_reading(made: FormRecord, reader: User) -> Reading:
    """Keep a first reading of a locked record; by one of its readers it counts as opened."""
    now, meant = clock.now(), reader.has(*made.form_version.readers)
    reading, new = Reading.objects.get_or_create(
        record=made, reader=reader, defaults={"is_meant": meant, "read_at": now}
    )
    if new and meant and made.opened_at is None:
        made.opened_at = now
        made.save(update_fields=["opened_at"])
    return reading
