"""The worker's part: the watch looks at what changed every ten minutes, and once a night at every open deal."""

from __future__ import annotations

from datetime import timedelta

from loudou.journal.jobs import job
from loudou.kernel import clock
from loudou.people.present import of_today
from loudou.people.queries import organisation
from loudou.warnings import verbs
from loudou.warnings.models import Watch
from loudou.warnings.queries.watching import limits, to_look_at

FROM_HOUR = 1  # the nightly look is taken from then on, whenever there is a worker
OVERLAP = timedelta(minutes=1)  # acts that were under way when the watch looked last
_HELPING = 2000  # deals looked at in one act


@job(cron="*/10 * * * *", alone=True)
@of_today
def keep_watch(timestamp: int = 0) -> tuple[int, int]:
    """Raise and end warnings, ask again, tell superiors; returns how many were raised and how many ended.

    The first run of a day looks at every open deal, whatever nights were missed; the others at what was touched since.
    """
    now, company = clock.now(), organisation()
    whole_on, looked_until = Watch.kept()
    whole = looked_until is None or (
        whole_on != company.today and now.astimezone(company.zone).hour >= FROM_HOUR
    )
    since = None if whole or looked_until is None else looked_until - OVERLAP
    keys, raised, ended = to_look_at(since), 0, 0
    allowed = limits(now) if keys else {}
    for begin in range(0, len(keys), _HELPING):
        new, gone = verbs.watch(keys[begin : begin + _HELPING], allowed=allowed, by=None)
        raised, ended = raised + new, ended + gone
    if whole:
        verbs.ask_again(by=None)
        verbs.escalate(by=None)
    verbs.note_watch(whole_on=company.today if whole else None, looked_until=now, by=None)
    return raised, ended
