"""What follows from a record: which records of its day count, when its deal was last in contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from itertools import chain

from django.db import connection
from django.db.models import Max

from loudou.customers import verbs as customers
from loudou.fieldwork.figures.visits import counting
from loudou.fieldwork.models import Activity
from loudou.fieldwork.queries.activities import said
from loudou.journal.bulk import update_rows
from loudou.kernel import clock
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.pipeline.verbs import note_contacts

Group = tuple[int, int | None, int | None, date]  # owner, customer, the deal where there is no customer, day


def group_of(activity: Activity) -> Group:
    """The records an activity is counted with: of the same person, customer and day."""
    deal = activity.deal_id if activity.customer_id is None else None
    return activity.owner_id, activity.customer_id, deal, activity.day


def recount(groups: Collection[Group]) -> None:
    """Say anew which records of these groups count, and tell their customers when they were last in contact.

    Of two acts on one group the second waits for the first.
    """
    _take_turns(groups)
    pairs = {(owner, day) for owner, _customer, _deal, day in groups}
    owners, days = [owner for owner, _day in pairs], [day for _owner, day in pairs]
    of_these = "(owner_id, day) IN (SELECT * FROM unnest(%s::bigint[], %s::date[]))"
    together: dict[Group, list[Activity]] = defaultdict(list)
    for activity in Activity.objects.known().extra(where=[of_these], params=[owners, days]):  # noqa: S610
        together[group_of(activity)].append(activity)
    changed = []
    for group in groups:
        rows = together.get(group, [])
        found = counting(said(row) for row in rows if row.valid)
        for row in rows:
            if row.counts != (row.pk in found):
                row.counts = row.pk in found
                changed.append(row)
    update_rows(Activity, changed, ["counts"])
    customers.note_heard(_lasts(chain.from_iterable(together.get(group, ()) for group in groups)), by=None)


def note_last(deals: Iterable[int | None], *, by: User | None) -> None:
    """Tell deals when they were last in contact."""
    keys = sorted({key for key in deals if key is not None})
    if not keys:
        return
    # Locked in order before they are looked at, so that nobody's contact is missed.
    list(Deal.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))
    contacts = Activity.objects.known().contacts().filter(deal__in=keys)
    found: dict[int, datetime] = dict(
        contacts.order_by().values_list("deal").annotate(last=Max("at")).values_list("deal", "last")
    )
    note_contacts({key: found.get(key) for key in keys}, by=by)


def _lasts(rows: Iterable[Activity]) -> dict[int, datetime]:
    """When the customers of these records were last in contact by them."""
    now = clock.now()
    happened = sorted((row for row in rows if row.valid and row.at <= now), key=lambda row: row.at)
    return {row.customer_id: row.at for row in happened if row.customer_id is not None}


def _take_turns(groups: Collection[Group]) -> None:
    keys = sorted({f"fieldwork {owner} {day}" for owner, _customer, _deal, day in groups})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(%s::text[]) AS name", [keys]
        )
