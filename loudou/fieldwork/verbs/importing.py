"""Activities that another system kept, taken over as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.fieldwork import events
from loudou.fieldwork.figures.visits import is_valid
from loudou.fieldwork.models import Activity
from loudou.fieldwork.verbs._counting import group_of, note_last, recount
from loudou.fieldwork.verbs._values import cleaned, next_codes, place, refuse_time
from loudou.journal import channel
from loudou.journal.bulk import copy_in, reserve_keys
from loudou.journal.record import record_each, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused, attempted
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.tables import Tables
from loudou.pipeline.models import Deal


@dataclass(frozen=True)
class ActivityRow:
    """An activity as a file tells it; names are resolved already."""

    kind: str
    at: datetime
    owner: User
    code: str = ""
    customer: Customer | None = None
    deal: Deal | None = None
    contact: str = ""
    result: str = ""
    next_step: str = ""
    next_on: date | None = None


@verb
def import_activities(
    rows: Sequence[ActivityRow], *, by: User | None, dry_run: bool = False
) -> list[Activity | Refused]:
    """Take over activities as they were, however long ago; each counts as known at its own time (B0.11).

    Returns an outcome a row, in order: the activity, or why not. With `dry_run` nothing is written.
    """
    require(by, "exchange.import_history")
    tables, now = Tables.read(), clock.now()
    codes = set(Activity.objects.filter(code__in={row.code for row in rows}).values_list("code", flat=True))
    outcomes = attempted(rows, lambda row: _made(row, codes, tables, now))
    made = [outcome for outcome in outcomes if isinstance(outcome, Activity)]
    if made and not dry_run:
        _write(made)
        record_each(events.IMPORTED, ((row, _told(row)) for row in made), by=by)
        recount({group_of(row) for row in made})
        note_last((row.deal_id for row in made), by=by)
    return outcomes


@verb
def withdraw_activities(keys: Sequence[int], *, by: User | None) -> None:
    """Take activities back that an import brought by mistake."""
    require(by, "exchange.import_history")
    rows = list(Activity.objects.filter(pk__in=keys))
    groups, deals = {group_of(row) for row in rows}, {row.deal_id for row in rows}
    record_each(events.WITHDRAWN, ((row, {"code": row.code}) for row in rows), by=by)
    Activity.objects.filter(pk__in=[row.pk for row in rows]).delete()
    if rows:
        recount(groups)
        note_last(deals, by=by)


def _made(row: ActivityRow, codes: set[str], tables: Tables, now: datetime) -> Activity:
    clean = cleaned(dict(_values(row)))
    if clean["code"] and clean["code"] in codes:
        sentence = _("An activity with the number “{code}” exists.")
        raise Refused(sentence.format(code=clean["code"]), field="code")
    activity = Activity(
        owner=row.owner, channel=channel.current().channel, recorded_at=now, known_at=row.at, **clean
    )
    refuse_time(activity.at, tables.company, back=True)
    activity.unit_id = tables.unit_of(row.owner, activity.at)
    place(activity, tables.company)
    activity.valid = is_valid(activity.kind, activity.contact, activity.result, activity.next_step)
    activity.counts = activity.valid
    codes.add(clean["code"])
    return activity


def _write(made: Sequence[Activity]) -> None:
    unnamed = [row for row in made if not row.code]
    besides = {row.code for row in made}
    for row, code in zip(unnamed, next_codes(len(unnamed), besides), strict=True):
        row.code = code
    for row, key in zip(made, reserve_keys(Activity, len(made)), strict=True):
        row.pk = key
    copy_in(Activity, made, with_keys=True)


def _values(row: ActivityRow) -> Iterator[tuple[str, Any]]:
    for name in (
        *("code", "kind", "at", "customer", "deal", "contact"),
        *("result", "next_step", "next_on"),
    ):
        yield name, getattr(row, name)


def _told(activity: Activity) -> dict[str, Any]:
    return {"kind": activity.kind, "at": activity.at, "code": activity.code}
