"""Setting and withdrawing the selling days of a unit or a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.journal.record import changes, record, record_each, refuse_stale, verb
from loudou.kernel.numbers import CENT
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import Unit, User
from loudou.pipeline.models import Funnel
from loudou.targets import events
from loudou.targets.figures.selling import WEEK
from loudou.targets.models import SellingCalendar

HEAVIEST = Decimal(100)


@verb
def set_selling_days(
    *,
    weekdays: Sequence[Decimal],
    by: User | None,
    unit: Unit | None = None,
    funnel: Funnel | None = None,
    holiday: Decimal | None = None,
    version: int | None = None,
) -> SellingCalendar:
    """Set what Monday to Sunday and official holidays weigh for a unit with all below it, or for a funnel."""
    require(by, "targets.seasons")
    if (unit is None) == (funnel is None):
        raise Refused(_("Selling days are those of a unit or of a funnel."), field="unit")
    _check(weekdays, holiday)
    values = {"weekdays": [day.quantize(CENT) for day in weekdays], "holiday": holiday}
    row, made = SellingCalendar.objects.select_for_update(of=("self",)).get_or_create(
        unit=unit, funnel=funnel, defaults=values
    )
    if made:
        record(events.SELLING_SET, row, by=by)
        return row
    refuse_stale(row, version, values)
    changed = changes(row, values)
    if not changed:
        return row
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    record(events.SELLING_SET, row, by=by, changes=changed)
    return row


@verb
def withdraw_selling_days(keys: Sequence[int], *, by: User | None) -> None:
    """Take selling days back; time weighs working days there again."""
    require(by, "targets.seasons")
    rows = list(SellingCalendar.objects.filter(pk__in=keys).select_related("unit", "funnel"))
    record_each(events.SELLING_WITHDRAWN, ((row, {}) for row in rows), by=by)
    SellingCalendar.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _check(weekdays: Sequence[Decimal], holiday: Decimal | None) -> None:
    if len(weekdays) != WEEK:
        raise Refused(_("A week has seven days, Monday to Sunday."), field="weekdays")
    for weight in [*weekdays, *([holiday] if holiday is not None else [])]:
        if not weight.is_finite() or not 0 <= weight <= HEAVIEST or weight != weight.quantize(CENT):
            raise Refused(
                _("A day weighs 0 to 100, with at most two decimal places; 0 is a day that is shut."),
                field="weekdays",
            )
    if not any(weekdays):
        raise Refused(_("On one day of the week at least something is sold."), field="weekdays")
