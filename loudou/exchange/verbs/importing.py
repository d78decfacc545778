"""Bringing data in: the file, what its columns mean, the run, and taking it back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loudou.exchange import events
from loudou.exchange.importing.engine import Counts
from loudou.exchange.importing.mapping import ColumnMap, to_plain
from loudou.exchange.importing.receiving import UNDO_DAYS, Kept, Look
from loudou.exchange.importing.spec import Kind, kind_named
from loudou.exchange.models import ColumnChoice, Import
from loudou.journal.jobs import later
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import require
from loudou.people.models import User

CHECK = "loudou.exchange.tasks.importing.check"
WRITE = "loudou.exchange.tasks.importing.write"
UNDO = "loudou.exchange.tasks.importing.undo"
State = Import.State
_STILL = (State.UPLOADED, State.CHECKED, State.FAILED, State.STOPPED)


@verb
def bring_import(*, kind: str, kept: Kept, look: Look, mapping: ColumnMap, by: User) -> Import:
    """Take a file in that somebody uploaded. Nothing is read from it yet but its header and first rows."""
    _refuse_kind(kind, by)
    run = Import.objects.create(
        kind=kind,
        name=kept.name,
        size=kept.size,
        sha256=kept.sha256,
        stored_as=kept.stored_as,
        mapping=to_plain(mapping),
        owner=by,
        unit=by.unit,
        language=get_language() or "",
        request_id=uuid.uuid4(),
        asked_at=clock.now(),
        **asdict(look),
    )
    record(events.IMPORT_BROUGHT, run, by=by, kind=kind, size=kept.size, sha256=kept.sha256)
    return run


@verb
def read_again(
    run: Import, *, look: Look, mapping: ColumnMap, by: User, version: int | None = None
) -> Import:
    """Read the file in another encoding, or another sheet of it; what its columns mean is found out anew."""
    fresh = _in_hand(run, by, version, _STILL)
    for name, value in asdict(look).items():
        setattr(fresh, name, value)
    fresh.mapping, fresh.state, fresh.fault = to_plain(mapping), State.UPLOADED, ""
    _save(fresh)
    record(events.IMPORT_MAPPED, fresh, by=by, encoding=look.encoding, sheet=look.sheet)
    return fresh


@verb
def map_import(run: Import, *, mapping: ColumnMap, by: User, version: int | None = None) -> Import:
    """Say what the columns mean, with a mapping somebody saved or wrote."""
    fresh = _in_hand(run, by, version, _STILL)
    if mapping.kind and mapping.kind != fresh.kind:
        raise Refused(_("This mapping is for {kind}.").format(kind=mapping.kind), field="map")
    fresh.mapping, fresh.state, fresh.fault = to_plain(mapping), State.UPLOADED, ""
    _save(fresh)
    record(events.IMPORT_MAPPED, fresh, by=by)
    return fresh


@verb
def check_import(
    run: Import, *, mapping: ColumnMap, all_or_nothing: bool = False, by: User, version: int | None = None
) -> Import:
    """Have a dry run made with this mapping: every row is judged and nothing is written."""
    fresh = _in_hand(run, by, version, _STILL)
    fresh.mapping, fresh.all_or_nothing = to_plain(mapping), all_or_nothing
    fresh.state, fresh.fault, fresh.checked_at = State.CHECKING, "", None
    _count(fresh, {})
    _save(fresh)
    record(events.IMPORT_MAPPED, fresh, by=by)
    later(CHECK, pk=fresh.pk)
    return fresh


@verb
def finish_check(run: Import, *, by: User | None, fault: str = "", stopped: bool = False) -> Import:
    """Note how the dry run ended."""
    fresh = lock(run)
    fresh.fault, fresh.stop_asked = fault[:500], False
    fresh.state = State.FAILED if fault else State.UPLOADED if stopped else State.CHECKED
    fresh.checked_at = None if fault or stopped else clock.now()
    if fresh.checked_at:
        fresh.total = fresh.rows
    _save(fresh)
    if fault:
        record(events.IMPORT_FAILED, fresh, by=by, kind=fresh.kind, reason=fault[:200])
    elif stopped:
        record(events.IMPORT_STOPPED, fresh, by=by, kind=fresh.kind)
    else:
        record(events.IMPORT_CHECKED, fresh, by=by, kind=fresh.kind, **_counts(fresh))
    return fresh


@verb
def write_import(run: Import, *, by: User, version: int | None = None) -> Import:
    """Have what was checked written: the good rows, or with `all_or_nothing` all of them or none."""
    fresh = _in_hand(run, by, version, (State.CHECKED, State.STOPPED))
    # One that goes on began when it wrote first: what people did to those rows since then is not to be taken back.
    fresh.state, fresh.began_at, fresh.done_at = State.WRITING, fresh.began_at or clock.now(), None
    _count(fresh, {})
    _save(fresh)
    record(events.IMPORT_BEGUN, fresh, by=by, kind=fresh.kind, size=fresh.size, sha256=fresh.sha256)
    later(WRITE, pk=fresh.pk)
    return fresh


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
        state=State.WRITING,
        asked_at=now,
        began_at=now,
        total=total,
    )
    record(events.IMPORT_BEGUN, run, by=by, kind=kind, size=size, sha256=sha256)
    return run


@verb
def stop_import(run: Import, *, by: User) -> Import:
    """Ask a run to end after the rows in hand; what it wrote stays, and the same file again finishes it."""
    fresh = lock(run)
    require(by, "exchange.import", fresh)
    if fresh.state not in (State.CHECKING, State.WRITING) or fresh.stop_asked:
        return fresh
    fresh.stop_asked = True
    _save(fresh)
    record(events.IMPORT_STOP_ASKED, fresh, by=by)
    return fresh


@verb
def finish_import(run: Import, *, by: User | None, fault: str = "", stopped: bool = False) -> Import:
    """Note how a run ended. What it wrote is written already, chunk by chunk."""
    fresh = lock(run)
    fresh.done_at = clock.now()
    fresh.fault = fault[:500]
    fresh.stop_asked = False
    if stopped:
        fresh.state = State.STOPPED
    else:
        fresh.state = State.FAILED if fault else State.DONE
    _save(fresh)
    hearers = [fresh.owner] if fresh.owner is not None and fresh.stored_as else []
    counts = _counts(fresh)
    if fault:
        record(
            events.IMPORT_FAILED,
            fresh,
            by=None,  # nobody wanted this: who brought the file hears of it
            notify=hearers,
            kind=fresh.kind,
            reason=fault[:200],
            **counts,
        )
    elif stopped:
        record(events.IMPORT_STOPPED, fresh, by=by, kind=fresh.kind, **counts)
    else:
        record(events.IMPORT_DONE, fresh, by=by, kind=fresh.kind, **counts)
    return fresh


@verb
def undo_import(run: Import, *, by: User, version: int | None = None) -> Import:
    """Have an import taken back within 30 days: what it made and nobody has touched since goes, what it changed is as before."""
    fresh = lock(run, version=version)
    require(by, "exchange.import", fresh)
    _refuse_kind(fresh.kind, by)
    if not fresh.can_be_taken_back:
        raise Refused(_("Only what was imported can be taken back."))
    if fresh.done_at is None or clock.now() > fresh.done_at + timedelta(days=UNDO_DAYS):
        raise Refused(_("An import can be taken back for {n} days; this one is older.").format(n=UNDO_DAYS))
    fresh.state = State.UNDOING
    _save(fresh)
    record(events.IMPORT_UNDO_ASKED, fresh, by=by)
    later(UNDO, pk=fresh.pk, by=by.pk)
    return fresh


@verb
def finish_undo(
    run: Import, *, taken: int, count: int, kept_back: Sequence[Sequence[Any]], by: User | None
) -> Import:
    """Note what was taken back, and what had to stay, by reason."""
    fresh = lock(run)
    fresh.state, fresh.undone_at, fresh.kept_back = State.UNDONE, clock.now(), list(map(list, kept_back))
    _save(fresh)
    record(events.IMPORT_UNDONE, fresh, by=by, taken=taken, count=count)
    return fresh


@verb
def fail_undo(run: Import, *, fault: str, by: User | None) -> Import:
    """Note that taking it back broke off; what is back is back, and the rest can be taken back as before."""
    fresh = lock(run)
    fresh.state, fresh.fault = State.FAILED, fault[:500]
    _save(fresh)
    hearers = [fresh.owner] if fresh.owner is not None else []
    record(events.IMPORT_UNDO_FAILED, fresh, by=None, notify=hearers, reason=fault[:200])
    return fresh


@verb
def give_up_import(run: Import, *, by: User | None) -> Import:
    """End an import that nobody works at any more, though it stands as under way: it was tried too often, or cut off.

    Raises `Stale` when it has moved on meanwhile.
    """
    fresh = lock(run, version=run.version)
    if fresh.state == State.UNDOING:
        return fail_undo(
            fresh, fault=_("It could not be taken back to its end. Take the rest back again."), by=by
        )
    finish = finish_check if fresh.state == State.CHECKING else finish_import
    if fresh.stop_asked:
        return finish(fresh, by=by, stopped=True)
    if fresh.state == State.CHECKING:
        return finish(fresh, by=by, fault=_("The rows could not be checked to the end. Check them again."))
    if not fresh.stored_as:
        sentence = _("The command was cut off. What it wrote stays; the same file again finishes it.")
    else:
        sentence = _(
            "It could not be finished, however often it was tried. What was written stays: check the file again and import the rest, or take it back."
        )
    return finish(fresh, by=by, fault=sentence)


@verb
def save_mapping(
    *, kind: str, name: str, mapping: Mapping[str, Any], header: Sequence[str], shared: bool, by: User
) -> ColumnChoice:
    """Keep a mapping under a name, to be offered for the next file with such headers; the same name again replaces it."""
    _refuse_kind(kind, by)
    choice, _made = ColumnChoice.objects.update_or_create(
        owner=by,
        kind=kind,
        name=name.strip()[:80],
        defaults={
            "mapping": dict(mapping),
            "header": list(header),
            "is_shared": shared,
            "saved_at": clock.now(),
        },
    )
    record(events.MAPPING_SAVED, choice, by=by, name=choice.name, kind=kind)
    return choice


@verb
def remove_mapping(choice: ColumnChoice, *, by: User) -> None:
    """Remove a mapping of one's own."""
    if choice.owner_id != by.pk:
        raise Forbidden(_("You do not have the right to do this."))
    record(events.MAPPING_REMOVED, choice, by=by, name=choice.name, kind=choice.kind)
    choice.delete()


def _in_hand(run: Import, by: User, version: int | None, states: Sequence[str]) -> Import:
    """The import, locked, for who brought it, while it may still be mapped, checked and written."""
    fresh = lock(run, version=version)
    if fresh.owner_id != by.pk:
        raise Forbidden(_("Only who brought a file imports it."))
    _refuse_kind(fresh.kind, by)
    if fresh.state not in states or not fresh.stored_as:
        raise Refused(_("This file is already on its way, or has been imported; bring it again."))
    return fresh


def _refuse_kind(kind: str, by: User) -> Kind:
    found = kind_named(kind)
    if found is None:
        raise Refused(_("Choose what the file holds."), field="kind")
    if not found.open_to(by):
        raise Forbidden(_("You do not have the right to do this."))
    return found


def _save(run: Import) -> None:
    run.version += 1
    run.save()


def _count(run: Import, counts: Mapping[str, int]) -> None:
    for name in asdict(Counts()):
        setattr(run, name, counts.get(name, 0))


def _counts(run: Import) -> dict[str, Any]:
    return {name: getattr(run, name) for name in ("new", "changed", "unchanged", "refused")}
