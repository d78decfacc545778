"""Reading is taking too: how many people's phones a person is shown in a month, wherever that is (`security.md` PR-09)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection

from loudou.customers import events
from loudou.customers.looks import sees_phone
from loudou.customers.models import Contact, Customer
from loudou.journal.record import record, verb
from loudou.people.models import User
from loudou.people.queries import organisation

MOST_A_MONTH = 2_500
_REMEMBERED = 10_000
# What this process has counted: whoever looks at the same page again costs no write.
_counted: set[tuple[int, date, int]] = set()

_COUNT = """
INSERT INTO customers_sight AS known (user_id, month, seen, told) VALUES (%(user)s, %(month)s, %(seen)s::bigint[], false)
ON CONFLICT (user_id, month) DO UPDATE SET seen = ARRAY(SELECT unnest(known.seen) UNION SELECT unnest(excluded.seen))
WHERE NOT known.told AND NOT known.seen @> excluded.seen
RETURNING cardinality(seen)
"""
_TELL = "UPDATE customers_sight SET told = true WHERE user_id = %(user)s AND month = %(month)s AND NOT told RETURNING id"


def sight(rows: Iterable[Customer | Contact], *, by: User) -> None:
    """Count the customers and people whose whole phones somebody is shown; security hears of who saw very many."""
    keys = sorted(_key(row) for row in rows if row.phone and sees_phone(by, row))
    month = organisation().today.replace(day=1)
    page = (by.pk, month, hash(tuple(keys)))
    if not keys or page in _counted:
        return
    asked: dict[str, Any] = {"user": by.pk, "month": month, "seen": keys}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, asked)
        count = (cursor.fetchone() or (0,))[0]
    if count > MOST_A_MONTH:
        _sight(asked, count=count, by=by)
    if len(_counted) >= _REMEMBERED:
        _counted.clear()
    _counted.add(page)


@verb
def _sight(asked: dict[str, Any], *, count: int, by: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_TELL, asked)
        if cursor.fetchone() is None:
            return  # told by another request at this moment
    guards = User.objects.active().filter(roles__contains=["security"])
    record(events.SIGHTED, by, by=None, count=count, notify=[*guards, *filter(None, [by.manager])])


def _key(row: Customer | Contact) -> int:
    return -row.pk if isinstance(row, Contact) else row.pk
