"""Bringing data in: the file, what its columns mean, the run, and taking it back."""

from __future__ import annotations

import uuid

from django.utils.translation import get_language

from loudou.exchange import events
from loudou.exchange.models import Import
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.people.access import require
from loudou.people.models import User


@verb
def begin_import(*, kind: str, name: str, size: int, sha256: str, by: User | None, total: int = 0) -> Import:
    """Note that the command begins to import a file."""
    require(by, "exchange.import")
    now = clock.now()
    run = Import.objects.create(
        kind=kind,
        name=name[:200],
        size=size,
        sha256=sha256,
        owner=by,
        unit=by.unit if by else None,
        language=get_language() or "",
        request_id=uuid.uuid4(),
        state=Import.State.WRITING,
        asked_at=now,
        began_at=now,
        total=total,
    )
    record(events.IMPORT_BEGUN, run, by=by, kind=kind, size=size, sha256=sha256)
    return run


@verb
def finish_import(run: Import, *, by: User | None, fault: str = "", stopped: bool = False) -> Import:
    """Note how a run ended. What it wrote is written already, chunk by chunk."""
    fresh = lock(run)
    fresh.done_at = clock.now()
    fresh.fault = fault[:500]
    fresh.stop_asked = False
    fresh.version += 1
    if stopped:
        fresh.state = Import.State.STOPPED
    else:
        fresh.state = Import.State.FAILED if fault else Import.State.DONE
    fresh.save()
    counts = {name: getattr(fresh, name) for name in ("new", "changed", "unchanged", "refused")}
    if fault:
        record(events.IMPORT_FAILED, fresh, by=by, kind=fresh.kind, reason=fault[:200], **counts)
    elif stopped:
        record(events.IMPORT_STOPPED, fresh, by=by, kind=fresh.kind, **counts)
    else:
        record(events.IMPORT_DONE, fresh, by=by, kind=fresh.kind, **counts)
    return fresh
