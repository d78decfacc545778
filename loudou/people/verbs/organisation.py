"""The organisation's own settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loudou.journal.record import changes, lock, record, verb
from loudou.kernel.money import LARGEST
from loudou.kernel.refusals import Refused
from loudou.people import events
from loudou.people.access import require
from loudou.people.grants import GRANTS, Reach
from loudou.people.models import Calendar, CalendarDay, Organisation, Rate, User
from loudou.people.queries import organisation, read_organisation_again
from loudou.ui.fields import EARLIEST_YEAR, LATEST_YEAR

SETTINGS = (
    *("name", "base_currency", "fiscal_first_month", "time_zone", "calendar", "confirm_amount"),
    *("back_date_days", "reopen_days", "hold_days"),
)

# Rooms above that keep amounts say here whether they have any: those would be wrong in another base currency.
counted_in_base: list[Callable[[], bool]] = []


@verb
def set_organisation(*, by: User | None, version: int | None = None, **values: Any) -> Organisation:
    """Change the organisation's name, currency, fiscal year, time zone, calendar or limits (`SETTINGS`)."""
    require(by, "people.set_up")
    fresh = lock(organisation(), version=version, sent=values)
    changed = changes(fresh, {name: values[name] for name in SETTINGS if name in values})
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, values[name])
    _check(fresh)
    if "base_currency" in changed and any(counted() for counted in counted_in_base):
        raise Refused(
            _("Amounts are counted in {currency} already; the base currency stays.").format(
                currency=changed["base_currency"][0]
            ),
            field="base_currency",
        )
    fresh.version += 1
    fresh.save()
    read_organisation_again()
    record(events.ORGANISATION_SET, fresh, by=by, changes=changed)
    return fresh


@verb
def close_books(through: date, *, by: User | None) -> Organisation:
    """Let nothing be dated on or before a day any more; books are closed up to yesterday at the latest (C20)."""
    require(by, "people.close_books")
    fresh = lock(organisation())
    if through >= fresh.today:
        raise Refused(_("A month is closed when it is over."), field="month")
    if fresh.closed_through is not None and through < fresh.closed_through:
        raise Refused(_("These books are closed already."), field="month")
    return _set_closed(fresh, through, by)


@verb
def reopen_books(through: date | None, *, by: User | None, signed: bool = False) -> Organisation:
    """Let the days after one be dated again; None opens all books. What was `signed` needs no right besides."""
    require(by if not signed else None, "people.reopen_books")
    return _set_closed(lock(organisation()), through, by)


def _set_closed(fresh: Organisation, through: date | None, by: User | None) -> Organisation:
    changed = changes(fresh, {"closed_through": through})
    if not changed:
        return fresh
    fresh.closed_through = through
    fresh.version += 1
    fresh.save(update_fields=["closed_through", "version"])
    read_organisation_again()
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
    if reach and (reach not in Reach.__members__ or Reach[reach] > granted):
        raise Refused(_("Rights can be narrowed, not widened."), field="reach")
    roles = dict(fresh.narrowed.get(verb_name, {}))
    former = roles.pop(role, "")
    if reach and Reach[reach] != granted:
        roles[role] = reach
    fresh.narrowed = {name: rest for name, rest in {**fresh.narrowed, verb_name: roles}.items() if rest}
    fresh.version += 1
    fresh.save(update_fields=["narrowed", "version"])
    read_organisation_again()
    record(
        events.NARROWED, fresh, by=by, verb=verb_name, role=role, field="reach", before=former, after=reach
    )
    return fresh


@verb
def add_calendar(*, code: str, name: str, weekend: list[int], by: User | None) -> Calendar:
    """Add a calendar of one's own: which weekdays are free; holidays and make-up days are set day by day."""
    require(by, "people.calendars")
    _check_weekend(weekend)
    try:
        with transaction.atomic():
            calendar = Calendar.objects.create(
                code=code.strip().upper(), name=name.strip(), weekend=sorted(set(weekend)), known_until=9999
            )
    except IntegrityError:
        raise Refused(
            _("A calendar with the code “{code}” exists.").format(code=code), field="code"
        ) from None
    record(events.CALENDAR_ADDED, calendar, by=by, weekend=calendar.weekend)
    return calendar


@verb
def edit_calendar(
    calendar: Calendar, *, by: User | None, name: str, weekend: list[int], version: int | None = None
) -> Calendar:
    """Change a calendar's name or which weekdays are free; days set by hand stay as they are."""
    require(by, "people.calendars")
    _check_weekend(weekend)
    values = {"name": name.strip(), "weekend": sorted(set(weekend))}
    fresh = lock(calendar, version=version, sent=values)
    changed = changes(fresh, values)
    if not changed:
        return fresh
    fresh.name, fresh.weekend = name.strip(), values["weekend"]
    fresh.version += 1
    fresh.save(update_fields=["name", "weekend", "version"])
    record(events.CALENDAR_EDITED, fresh, by=by, changes=changed)
    return fresh


@verb
def set_calendar_day(
    calendar: Calendar, *, day: date, working: bool | None, by: User | None, name: str = ""
) -> Calendar:
    """Make a day a holiday or a working day, or (None) let the week's pattern decide again."""
    require(by, "people.calendars")
    fresh = lock(calendar)
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise Refused(_("The year must lie between 1990 and 2100."), field="day")
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
    read_organisation_again()
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
    _check_currency(currency, "currency")
    if kind not in Rate.Kind.values:
        raise Refused(_("A rate is a plan rate or a spot rate."), field="kind")
    if not EARLIEST_YEAR <= valid_from.year <= LATEST_YEAR:
        raise Refused(_("The year must lie between 1990 and 2100."), field="valid_from")
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


def _check(company: Organisation) -> None:
    """Refuse settings nobody could count with."""
    if not company.name.strip():
        raise Refused(_("The organisation needs a name."), field="name")
    _check_currency(company.base_currency, "base_currency")
    if not 1 <= company.fiscal_first_month <= 12:
        raise Refused(_("A fiscal year starts in a month from 1 to 12."), field="fiscal_first_month")
    if company.time_zone not in available_timezones():
        raise Refused(_("There is no time zone “{zone}”.").format(zone=company.time_zone), field="time_zone")
    for name, most in (("back_date_days", 365), ("reopen_days", 3650), ("hold_days", 365)):
        if not 0 <= getattr(company, name) <= most:
            raise Refused(_("From 0 to {most} days.").format(most=most), field=name)
    if company.confirm_amount is not None and not 0 <= company.confirm_amount <= LARGEST:
        raise Refused(_("The amount must not be negative."), field="confirm_amount")


def _check_currency(currency: str, field: str) -> None:
    if len(currency) != 3 or not currency.isascii() or not (currency.isalpha() and currency.isupper()):
        raise Refused(_("A currency has a code of three capitals, such as USD."), field=field)


def _check_weekend(weekend: list[int]) -> None:
    if not set(weekend) <= set(range(7)) or len(set(weekend)) == 7:
        raise Refused(_("At least one weekday must be a working day."), field="weekend")
