"""The organisation's own settings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.journal.record import changes, lock, record, verb
from loudou.kernel.refusals import Refused
from loudou.people import events
from loudou.people.access import require
from loudou.people.grants import GRANTS, Reach
from loudou.people.models import Calendar, CalendarDay, Organisation, Rate, User
from loudou.people.queries import organisation


@verb
def set_organisation(*, by: User | None, version: int | None = None, **values: Any) -> Organisation:
    """Change the organisation's name, currency, fiscal year, calendar or limits."""
    require(by, "people.set_up")
    fresh = lock(organisation(), version=version, sent=values)
    changed = changes(fresh, values)
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, values[name])
    fresh.version += 1
    fresh.save()
    record(events.ORGANISATION_SET, fresh, by=by, changes=changed)
    return fresh


@verb
def narrow(*, verb_name: str, role: str, reach: str, by: User | None) -> Organisation:
    """Let a role reach less far with a verb than the table grants; an empty reach takes the narrowing back."""
    require(by, "people.narrow")
    fresh = lock(organisation())
    granted: Reach | None = GRANTS.get(verb_name, {}).get(role)  # type: ignore[assignment] # role is any text
    if granted is None:
        raise Refused(_("This role has no such right."), field="role")
    if reach and Reach[reach] > granted:
        raise Refused(_("Rights can be narrowed, not widened."), field="reach")
    roles = dict(fresh.narrowed.get(verb_name, {}))
    former = roles.pop(role, "")
    if reach and Reach[reach] != granted:
        roles[role] = reach
    fresh.narrowed = {name: rest for name, rest in {**fresh.narrowed, verb_name: roles}.items() if rest}
    fresh.version += 1
    fresh.save(update_fields=["narrowed", "version"])
    record(
        events.NARROWED, fresh, by=by, verb=verb_name, role=role, field="reach", before=former, after=reach
    )
    return fresh


@verb
def set_calendar_day(
    calendar: Calendar, *, day: date, working: bool | None, by: User | None, name: str = ""
) -> Calendar:
    """Make a day a holiday or a working day, or (None) let the week's pattern decide again."""
    require(by, "people.calendars")
    fresh = lock(calendar)
    former = CalendarDay.objects.filter(calendar=fresh, day=day).first()
    if working is None:
        if former is None:
            return fresh
        former.delete()
    else:
        CalendarDay.objects.update_or_create(
            calendar=fresh, day=day, defaults={"working": working, "name": name}
        )
    fresh.version += 1
    fresh.save(update_fields=["version"])
    record(
        events.CALENDAR_SET,
        fresh,
        by=by,
        day=day,
        field="working",
        before=former.working if former else None,
        after=working,
        name=name,
    )
    return fresh


@verb
def set_rate(*, currency: str, kind: str, valid_from: date, rate: Decimal, by: User | None) -> Rate:
    """Set the rate of a currency from a day on. Amounts already stored keep the rate of their moment."""
    require(by, "people.rates")
    base = organisation().base_currency
    if currency == base:
        raise Refused(_("{currency} is the base currency.").format(currency=base), field="currency")
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise Refused(_("A currency has a code of three capitals, such as USD."), field="currency")
    if not rate.is_finite() or rate <= 0 or rate >= Decimal(10) ** 9:
        raise Refused(_("A rate is a number above zero."), field="rate")
    row, made = Rate.objects.select_for_update().get_or_create(
        currency=currency, kind=kind, valid_from=valid_from, defaults={"rate": rate}
    )
    former = None if made else row.rate
    if former == rate:
        return row
    row.rate = rate
    row.version += 1
    row.save()
    record(events.RATE_SET, row, by=by, field="rate", before=former, after=rate)
    return row
