"""Taking data out: asking for it, a superior's approval where it names many people, and what became of it."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from loudou.customers.queries import sighted
from loudou.exchange import events
from loudou.exchange.exporting.sheet import Filters
from loudou.exchange.exporting.sheets import SHEETS, check_filters, sheet_of
from loudou.exchange.models import Export
from loudou.journal.jobs import later
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.models import User
from loudou.people.taking import taken_out
from loudou.signoff.acts import refuse_others
from loudou.signoff.models import Request
from loudou.signoff.verbs import ask, send_back, sign

ACT = "exchange.export"
# More people outside the house need an approval, however they are cut in slices (security.md IE-08, PR-09: 两高解释
# 2017 art. 5), and from so many on the security administrators hear of it.
FREE_PERSONS, FREE_SPAN = 250, timedelta(days=1)
ALARMING_PERSONS, ALARMING_SPAN = 2_500, timedelta(days=30)
KEPT = timedelta(hours=24)
AT_ONCE = 2_000  # rows that are made while the person waits; more are a job's work
MAKE = "loudou.exchange.tasks.exporting.make_export"


class Unproved(Forbidden):
    """The person must give their password first: what they ask for names many people (AU-19)."""


@verb
def ask_export(
    *, kind: str, format: str, filters: Filters, by: User, proved: bool = False, reason: str = ""
) -> Export:
    """Ask for a file. It is queued, or waits for a superior's signature when it names more than 250 people.

    Those of the person's other files of a day count with them. For that many the person must have `proved` lately
    that they are who they are; else `Unproved`. The file is made afterwards (`exporting.making`), as the person sees
    things then: a small one by who asked, others by a job.
    """
    sheet = sheet_of(kind, by)
    if format not in Export.Format.values:
        raise Refused(_("The format is CSV or XLSX."), field="format")
    check_filters(sheet, by, filters)
    expected = sheet.count(by, filters)
    persons = expected if sheet.persons else 0
    many = persons > 0 and persons + taken_out(lock(by), FREE_SPAN) > FREE_PERSONS
    if many and not reason.strip():
        raise Refused(_("Say what you need them for; who approves it will read it."), field="reason")
    if many and not proved:
        sentence = _("Confirm your password first: this makes more than %(n)d people within a day.")
        raise Unproved(sentence % {"n": FREE_PERSONS})
    export = Export.objects.create(
        kind=kind,
        format=format,
        filters=dict(filters),
        owner=by,
        unit=by.unit,
        language=get_language() or "",
        state=Export.State.ASKED if many else Export.State.QUEUED,
        asked_at=clock.now(),
        expected=expected,
        persons=persons,
    )
    record(events.EXPORT_ASKED, export, by=by, kind=kind, count=expected, filters=dict(filters))
    if many:
        _ask_approval(export, by=by, reason=reason)
    elif expected > AT_ONCE:
        later(MAKE, pk=export.pk)
    return export


@verb
def confirm_export(request: Request, *, opinion: str, by: User, version: int | None = None) -> Export:
    """Approve an export with an opinion; it is made afterwards."""
    export = _asked_for(request)
    sign(request, opinion=opinion, by=by, version=version)
    _turn(export, Export.State.QUEUED)
    record(
        events.EXPORT_CONFIRMED,
        export,
        by=by,
        kind=export.kind,
        count=export.expected,
        notify=filter(None, [export.owner]),
    )
    later(MAKE, pk=export.pk)
    return export


@verb
def refuse_export(request: Request, *, opinion: str, by: User, version: int | None = None) -> Export:
    """Do not approve an export, saying why."""
    export = _asked_for(request)
    send_back(request, opinion=opinion, by=by, version=version)
    _turn(export, Export.State.REFUSED)
    kind, count, reason = export.kind, export.expected, opinion[:200]
    record(events.EXPORT_REFUSED, export, by=by, kind=kind, count=count, reason=reason)
    return export


@verb
def finish_export(
    export: Export, *, rows: int, name: str, stored_as: str, sha256: str, by: User | None
) -> Export:
    """Note that the file is there, to be fetched by its owner within a day."""
    fresh = lock(export)
    fresh.rows = fresh.written = rows
    fresh.persons = rows if SHEETS[fresh.kind].persons else 0
    fresh.name, fresh.stored_as, fresh.sha256 = name, stored_as, sha256
    fresh.done_at = clock.now()
    fresh.expires_at = fresh.done_at + KEPT
    _turn(fresh, Export.State.READY)
    _note_made(fresh, by=by)
    return fresh


@verb
def hand_out(
    *, kind: str, format: str, filters: Filters, rows: int, owner: User | None, by: User | None
) -> Export:
    """Note that the command line wrote a file: as `owner` sees things, or everything."""
    now = clock.now()
    export = Export.objects.create(
        kind=kind,
        format=format,
        filters=dict(filters),
        owner=owner,
        unit=owner.unit if owner else None,
        language=get_language() or "",
        state=Export.State.HANDED,
        asked_at=now,
        done_at=now,
        expected=rows,
        written=rows,
        rows=rows,
        persons=rows if SHEETS[kind].persons else 0,
    )
    _note_made(export, by=by)
    return export


@verb
def fail_export(export: Export, *, reason: str, by: User | None) -> Export:
    """Note that the file could not be made, and why; one that is made or failed by now stays as it is."""
    fresh = lock(export)
    if fresh.state != Export.State.QUEUED:
        return fresh
    fresh.done_at = clock.now()
    _turn(fresh, Export.State.FAILED)
    hearers = filter(None, [fresh.owner])
    record(events.EXPORT_FAILED, fresh, by=by, kind=fresh.kind, reason=reason[:200], notify=hearers)
    return fresh


def _alarms(export: Export) -> bool:
    """Whether a file names so many people, or all that its owner took out has come to name so many with it."""
    if export.owner is None or not export.persons:
        return export.persons > ALARMING_PERSONS
    whole = taken_out(export.owner, ALARMING_SPAN) + sighted(export.owner)
    return export.persons > ALARMING_PERSONS or whole - export.persons <= ALARMING_PERSONS < whole


def _note_made(export: Export, *, by: User | None) -> None:
    guards = User.objects.active().filter(roles__contains=["security"]) if _alarms(export) else ()
    record(
        events.EXPORT_MADE,
        export,
        by=by,
        kind=export.kind,
        count=export.rows,
        persons=export.persons,
        filters=export.filters,
        format=export.format,
        sha256=export.sha256,
        notify=guards,
    )


def _turn(export: Export, state: str) -> None:
    export.state = state
    export.version += 1
    export.save()


def _asked_for(request: Request) -> Export:
    refuse_others(request, ACT)
    return lock(Export.objects.select_related("owner").get(pk=request.subject_id))


def _ask_approval(export: Export, *, by: User, reason: str) -> Request:
    sheet = SHEETS[export.kind]
    facts = [
        (gettext_lazy("what"), sheet.title),
        (gettext_lazy("people"), f"{export.persons:,}"),
        (gettext_lazy("filters"), "; ".join(f"{name}={value}" for name, value in export.filters.items())),
        (gettext_lazy("format"), export.format.upper()),
        (gettext_lazy("columns"), ", ".join(sheet.shown(by))),
    ]
    return ask(
        export,
        act=ACT,
        needs="exchange.confirm_export",
        url="exchange:confirm",
        by=by,
        unit=by.unit,
        payload={"kind": export.kind, "filters": export.filters, "format": export.format},
        facts=facts,
        reason=reason.strip()[:500],
    )
