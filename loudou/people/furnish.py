"""What every organisation needs before its first day: itself, and the official calendars."""

from __future__ import annotations

from loudou.journal.record import verb
from loudou.kernel import clock
from loudou.people.models import Calendar, CalendarDay, Organisation

FIRST_YEAR = 2015
_CALENDARS = {"CN": "中国大陆", "TW": "台灣", "HK": "香港"}
_LANGUAGES = {"CN": "zh_CN", "TW": "zh_TW", "HK": "zh_HK"}  # each in the words of its own notice
# General holidays: offices are shut on Good Friday, though it is no statutory holiday.
_DAYS = {"HK": ("public", "optional")}


@verb
def furnish() -> None:
    """Make the organisation and the calendars of the mainland, Taiwan and Hong Kong. Run again, it adds new years only.

    A year the official notice of which is not out yet is provisional: the mainland's are published one at a time.
    """
    this_year = clock.now().year
    for code, name in _CALENDARS.items():
        calendar, _made = Calendar.objects.get_or_create(
            code=code, defaults={"name": name, "weekend": [5, 6]}
        )
        _add_years(calendar, range(FIRST_YEAR, this_year + 2))
    if not Organisation.objects.exists():
        calendar = Calendar.objects.get(code="CN")
        Organisation.objects.create(id=1, name="Loudou", calendar=calendar, furnished_at=clock.now())


def _add_years(calendar: Calendar, years: range) -> None:
    import holidays  # eight megabytes that no web process needs

    known = calendar.known_until
    days = []
    for year in years:
        if year <= known:
            continue
        kinds, language = _DAYS.get(calendar.code), _LANGUAGES[calendar.code]
        off = holidays.country_holidays(calendar.code, years=year, language=language, categories=kinds)
        made_up = {day for day in off.weekend_workdays if day.year == year}
        if calendar.code == "CN" and not made_up and year >= 2008:
            break  # no notice yet: every year since 2008 has had make-up days
        days += [CalendarDay(calendar=calendar, day=day, working=True, name="") for day in sorted(made_up)]
        days += [
            CalendarDay(calendar=calendar, day=day, working=False, name=str(name)[:80])
            for day, name in sorted(off.items())
            if day not in made_up and day.year == year
        ]
        calendar.known_until = year
    set_by_hand = set(CalendarDay.objects.filter(calendar=calendar).values_list("day", flat=True))
    CalendarDay.objects.bulk_create(day for day in days if day.day not in set_by_hand)
    calendar.save(update_fields=["known_until"])
