"""How numbers, money, days and names are written in the reader's language. Rounding happens here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from loudou.kernel import clock
from loudou.kernel.money import minor_unit
from loudou.kernel.numbers import Ratio, rounded
from loudou.kernel.periods import Fiscal, Period
from loudou.kernel.phones import mobile_groups

_WEEKDAYS = (
    *(gettext_lazy("Mon"), gettext_lazy("Tue"), gettext_lazy("Wed"), gettext_lazy("Thu")),
    *(gettext_lazy("Fri"), gettext_lazy("Sat"), gettext_lazy("Sun")),
)
_MONTHS = (
    *(gettext_lazy("January"), gettext_lazy("February"), gettext_lazy("March"), gettext_lazy("April")),
    *(gettext_lazy("May"), gettext_lazy("June"), gettext_lazy("July"), gettext_lazy("August")),
    *(gettext_lazy("September"), gettext_lazy("October"), gettext_lazy("November"), gettext_lazy("December")),
)

DASH = "—"
PERIOD_NAME = re.compile(r"\d{4}(?:-(?:Q[1-4]|H[12]|W\d\d|0[1-9]|1[0-2]))?")
SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "TWD": "NT$", "HKD": "HK$"}
_SHORT_STEPS = {
    "zh-hans": ((Decimal(10**8), "亿"), (Decimal(10**4), "万")),
    "zh-hant": ((Decimal(10**8), "億"), (Decimal(10**4), "萬")),
    "en": ((Decimal(10**9), "bn"), (Decimal(10**6), "m"), (Decimal(10**3), "k")),
}


def language() -> str:
    """The reader's language code."""
    code = get_language() or settings.LANGUAGE_CODE
    return code if code in _SHORT_STEPS else "en"


def comma() -> str:
    """What stands between the items of a list."""
    return ", " if language() == "en" else "、"


def reason_sentence(reason: str) -> str:
    """Why a figure has no value (`domain.md` B0.6)."""
    return {
        "no_base": _("nothing to divide by"),
        "target_met": _("the target is met"),
        "not_assigned": _("no target assigned"),
        "no_target": _("no target assigned"),
        "absolute": _("this is an amount, not a share"),
        "rate": _("a share does not add up day by day"),
        "not_started": _("it has not begun"),
        "period_over": _("the period is over"),
        "too_late": _("too late for this period"),
        "small_n": _("too few cases"),
        "immature": _("not ripe yet"),
        "in_flight": _("too many are still on their way"),
        "not_recorded": _("not recorded"),
    }.get(reason, reason)


def number(value: Decimal | int | float | None, places: int = 0) -> str:
    """1234567.8 → 1,234,568."""
    if value is None:
        return DASH
    shown = rounded(Decimal(str(value)), Decimal(1).scaleb(-places))
    return f"{shown:,.{places}f}".replace("-", "−")


def percent(value: Decimal | float | Ratio | None, places: int = 1) -> str:
    """0.632 → 63.2 %."""
    if isinstance(value, Ratio):
        value = value.value
    if value is None:
        return DASH
    return f"{number(Decimal(str(value)) * 100, places)}%"


def points(value: Decimal | None, places: int = 1) -> str:
    """A difference of two ratios: −0.167 → −16.7 pp."""
    if value is None:
        return DASH
    sign = "+" if value > 0 else ""
    return f"{sign}{number(value * 100, places)}pp"


def money(
    amount: Decimal | int | None,
    currency: str = "CNY",
    *,
    full: bool = False,
    places: int | None = None,
    cents: bool = False,
) -> str:
    """¥1,680,000 → ¥168万; `full` writes every digit, `cents` also those of a round sum, for a column of them."""
    if amount is None:
        return DASH
    return _money(Decimal(amount), currency, full or cents, places, cents, language())


@lru_cache(maxsize=4_096)
def _money(amount: Decimal, currency: str, full: bool, places: int | None, cents: bool, language: str) -> str:
    symbol = SYMBOLS.get(currency, f"{currency} ")
    sign = "−" if amount < 0 else ""
    if not full:
        return f"{sign}{symbol}{_short(abs(amount), places, language)}"
    unit = minor_unit(currency)
    shown = rounded(abs(amount), unit)
    decimals = 0 if shown == shown.to_integral_value() and not cents else -int(unit.as_tuple().exponent)
    return f"{sign}{symbol}{shown:,.{decimals}f}"


def short(value: Decimal | int | None, *, places: int | None = None) -> str:
    """1680000 → 168万, 241000000 → 2.41亿, 504000 → 50.4万: three or four digits that matter."""
    if value is None:
        return DASH
    return _short(Decimal(value), places, language())


def _short(value: Decimal, places: int | None, language: str) -> str:
    sign, size = ("−" if value < 0 else ""), abs(value)
    for step, mark in _SHORT_STEPS[language]:
        if size >= step:
            scaled = size / step
            decimals = places if places is not None else (2 if scaled < 10 else 1 if scaled < 100 else 0)
            text = f"{rounded(scaled, Decimal(1).scaleb(-decimals)):,.{decimals}f}"
            if decimals and places is None:
                text = text.rstrip("0").rstrip(".")
            return f"{sign}{text}{mark}"
    return sign + number(size, 0 if size >= 1000 or size == size.to_integral_value() else 2)


def step(values: Sequence[float]) -> tuple[int, str]:
    """The unit a chart's axis counts these amounts in, and its mark: (10000, 万) for millions in Chinese."""
    largest = max((abs(value) for value in values), default=0)
    for size, mark in _SHORT_STEPS[language()]:
        if largest >= size:
            return int(size), mark
    return 1, ""


def day(value: date | datetime | None, *, year: bool | None = None) -> str:
    """A day as people write it: 4-17, or 2025-04-17 when the year is not this one (or is asked for)."""
    if value is None:
        return DASH
    value = _local(value)
    plain = value.date() if isinstance(value, datetime) else value
    shown_year = plain.year != _this_year() if year is None else year
    return plain.isoformat() if shown_year else f"{plain.month}-{plain.day:02}"


def instant(value: datetime | None) -> str:
    """4-17 09:30."""
    if value is None:
        return DASH
    local = _local(value)
    return f"{day(local)} {local:%H:%M}"


def exactly(value: datetime) -> str:
    """2026-04-17 09:30:12: an instant to the second."""
    return f"{_local(value):%Y-%m-%d %H:%M:%S}"


def month_code(value: Period) -> str:
    """2026-04: a month as addresses name it."""
    return f"{value.start:%Y-%m}"


def hexadecimal(octets: bytes | memoryview) -> str:
    """Octets as letters and digits."""
    return bytes(octets).hex()


def weekday(value: date) -> str:
    """周四, 週四, Thu."""
    return str(_WEEKDAYS[value.weekday()])


def weekday_initials() -> list[str]:
    """The heads of a calendar's columns, Monday first: 一, 二 …, M, T …"""
    return [
        pgettext("Monday", "M"),
        pgettext("Tuesday", "T"),
        pgettext("Wednesday", "W"),
        pgettext("Thursday", "T"),
        pgettext("Friday", "F"),
        pgettext("Saturday", "S"),
        pgettext("Sunday", "S"),
    ]


def month_name(value: date) -> str:
    """4 月, April."""
    return str(_MONTHS[value.month - 1])


def rate(value: Decimal | None) -> str:
    """A rate with the digits it has: 7.1, 0.00467."""
    return DASH if value is None else f"{value.normalize():f}"


def ago(value: datetime | date | None) -> str:
    """2 天前, 刚刚: how long since, in the largest unit that fits."""
    if value is None:
        return DASH
    if not isinstance(value, datetime):
        gap = (_today() - value).days
        if gap == 0:
            return _("today")
        if gap < 0:
            return ngettext("in %(n)d day", "in %(n)d days", -gap) % {"n": -gap}
        return ngettext("%(n)d day ago", "%(n)d days ago", gap) % {"n": gap}
    passed = clock.now() - value
    if passed < timedelta(minutes=1):
        return _("just now")
    if passed < timedelta(hours=1):
        n = int(passed.total_seconds() // 60)
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", n) % {"n": n}
    if passed < timedelta(days=1):
        n = int(passed.total_seconds() // 3600)
        return ngettext("%(n)d hour ago", "%(n)d hours ago", n) % {"n": n}
    return ngettext("%(n)d day ago", "%(n)d days ago", passed.days) % {"n": passed.days}


def left(until: datetime) -> str:
    """还剩 2 小时 40 分, 还剩 3 天: how long is left, to the minute within a day; afterwards nothing is."""
    still = max(until - clock.now(), timedelta(0))
    if still >= timedelta(days=1):
        return ngettext("%(n)d day left", "%(n)d days left", still.days) % {"n": still.days}
    hours, minutes = divmod(int(still.total_seconds()) // 60, 60)
    return _("%(hours)d h %(minutes)d min left") % {"hours": hours, "minutes": minutes}


def days(value: float | Decimal | int | None, places: int = 0) -> str:
    """9 天."""
    if value is None:
        return DASH
    shown = number(value, places)
    return ngettext("%(n)s day", "%(n)s days", 1 if shown == "1" else 2) % {"n": shown}


def period(value: Period, fiscal: Fiscal | None = None) -> str:
    """2026 年 4 月, 2026 二季度, 2026 年; a free stretch as its first and last day."""
    name = (fiscal or Fiscal()).name(value)
    if ".." not in name:
        return period_named(name)
    last = value.end - timedelta(days=1)
    return _("%(first)s to %(last)s") % {"first": value.start.isoformat(), "last": last.isoformat()}


def period_named(name: str) -> str:
    """2026-Q2 as 2026 二季度: what `Fiscal.name` calls a period, in words; a day and what is no such name as it is."""
    if not PERIOD_NAME.fullmatch(name):
        return name
    year, _sep, part = name.partition("-")
    if not part:
        return _("%(year)s") % {"year": year}
    if part.startswith("Q"):
        quarters = (_("first quarter"), _("second quarter"), _("third quarter"), _("fourth quarter"))
        return _("%(year)s %(quarter)s") % {"year": year, "quarter": quarters[int(part[1]) - 1]}
    if part.startswith("H"):
        halves = (_("first half"), _("second half"))
        return _("%(year)s %(half)s") % {"year": year, "half": halves[int(part[1]) - 1]}
    if part.startswith("W"):
        return _("%(year)s week %(week)s") % {"year": year, "week": int(part[1:])}
    return pgettext("month", "%(year)s-%(month)s") % {"year": year, "month": int(part)}


def part(value: Period, fiscal: Fiscal | None = None) -> str:
    """A month or a quarter within its year: 4 月, 二季度; April, second quarter."""
    name = (fiscal or Fiscal()).name(value).partition("-")[2]
    if name.startswith("Q"):
        quarters = (_("first quarter"), _("second quarter"), _("third quarter"), _("fourth quarter"))
        return quarters[int(name[1]) - 1]
    return month_name(value.start)


def in_words(names: Mapping[str, str] | str | None) -> str:
    """A name that is data and comes in several languages: the reader's, else the first there is."""
    if not names:
        return ""
    if isinstance(names, str):
        return names
    return names.get(language()) or names.get("zh-hans") or next(iter(names.values()), "")


def device(agent: str) -> str:
    """What a browser says of itself, shortened to its name and system: Chrome · Windows."""
    browsers = (("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
    systems = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip
    names = [next((name for mark, name in marks if mark in agent), "") for marks in (browsers, systems)]
    return " · ".join(filter(None, names)) or agent[:60]


def phone(text: str) -> str:
    """A colleague's number as it was entered, 138 1234 5678 where it is a mobile of the mainland."""
    return " ".join(mobile_groups(text)) or text


def file_size(octets: int) -> str:
    """1.4 MB."""
    size = float(octets)
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GB"


def _local(value: date | datetime) -> date | datetime:
    return timezone.localtime(value) if isinstance(value, datetime) else value


def _this_year() -> int:
    """The reader's year; but for the days around new year it is the same everywhere."""
    now = clock.now()
    return now.year if 1 < now.timetuple().tm_yday < 365 else _today().year


def _today() -> date:
    return clock.today(ZoneInfo(timezone.get_current_timezone_name()))
