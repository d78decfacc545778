"""Setting and withdrawing the seasons of the year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.journal.record import record, record_each, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.targets import events
from loudou.targets.models import SeasonalIndex
from loudou.targets.queries.history import learned_or_refused

LARGEST_INDEX = Decimal(100)


@verb
def set_season(*, month: int, index: Decimal, by: User | None, year: int = 0) -> SeasonalIndex:
    """Set the seasonal index of a month: of every year, or of one."""
    require(by, "targets.seasons")
    if not 1 <= month <= 12:
        raise Refused(_("A month is a number from 1 to 12, such as 4 or 2026-04."), field="month")
    if not index.is_finite() or not 0 <= index <= LARGEST_INDEX:
        raise Refused(_("A seasonal index is a number from 0 to 100; 1 is the mean month."), field="index")
    row, made = SeasonalIndex.objects.select_for_update().get_or_create(
        year=year, month=month, defaults={"index": index}
    )
    former = None if made else row.index
    if former == index:
        return row
    if not made:
        row.index = index
        row.version += 1
        row.save()
    record(events.SEASON_SET, row, by=by, field="index", before=former, after=index)
    return row


@verb
def set_seasons(indices: Mapping[int, Decimal], *, by: User | None) -> list[SeasonalIndex]:
    """Set the indices of several months of every year."""
    return [set_season(month=month, index=index, by=by) for month, index in sorted(indices.items())]


@verb
def learn_seasons(*, by: User | None) -> list[SeasonalIndex]:
    """Set what history teaches; refused where there are less than two whole years of it (M62)."""
    company = organisation()
    index = learned_or_refused("bookings", company, company.calendar.work_calendar()).months
    return set_seasons(index, by=by)


@verb
def withdraw_seasons(keys: Sequence[int], *, by: User | None) -> None:
    """Take seasonal indices back; their months weigh 1 per working day again."""
    require(by, "targets.seasons")
    rows = list(SeasonalIndex.objects.filter(pk__in=keys))
    record_each(events.SEASON_WITHDRAWN, ((row, {"index": row.index}) for row in rows), by=by)
    SeasonalIndex.objects.filter(pk__in=[row.pk for row in rows]).delete()
