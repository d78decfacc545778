"""What a lens asks of days: which of them, and whose."""

from __future__ import annotations

from loudou.daylog.queries.counting import Asked
from loudou.daylog.queries.duty import Duty, duties, working_days
from loudou.insight.lens import InsightLens
from loudou.kernel.periods import Period, midnight

SEE = "daylog.see"


def asked_of(lens: InsightLens, period: Period | None = None) -> tuple[Asked, list[Duty]]:
    """The working days a lens looks at, up to its instant, and who is on duty on them."""
    wanted = period or lens.or_this_quarter()
    days = working_days(wanted, lens.today, lens.company.calendar.work_calendar())
    scope, zone = lens.seen_by(SEE), lens.company.zone
    since, until = midnight(wanted.start, zone), midnight(wanted.end, zone)
    asked = Asked(days, since, min(until, lens.instant), lens.instant, scope, zone, lens.user)
    return asked, duties(days, scope, zone)
