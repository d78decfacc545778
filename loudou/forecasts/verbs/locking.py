"""Making the numbers of a period official, and taking that back."""

from __future__ import annotations

from django.db.models import Max
from django.utils.translation import gettext as _

from loudou.forecasts import events, queries
from loudou.forecasts.models import Submission
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation


@verb
def lock_period(period: Period, *, by: User | None) -> list[Submission]:
    """Make the last number of everybody in the person's branch the official one of a period; returns those locked.

    Who has an official number keeps it (M22: the snapshot does not move), and the limit it was locked under (M23).
    Whose number was reopened is waited for: what they handed in before that is not locked in its place.
    """
    require(by, "forecasts.lock")
    if period.start > organisation().today:
        raise Refused(_("This period has not begun."))
    newest = Submission.objects.of(period).order_by("user_id", "-number").distinct("user_id")
    rows = Submission.objects.filter(pk__in=newest.values("pk")).visible_to(by, "forecasts.lock")
    held = set(
        Submission.objects.of(period)
        .exclude(locked_at=None)
        .filter(void_at=None)
        .values_list("user", flat=True)
    )
    now, locked, rules = clock.now(), [], queries.terms()
    reopened = dict(Submission.objects.of(period).values_list("user").annotate(Max("void_at")))
    free = rows.filter(locked_at=None).exclude(user__in=held).select_related("user")
    for row in free.select_for_update(of=("self",), no_key=True).order_by("pk"):
        if (since := reopened.get(row.user_id)) is not None and row.submitted_at < since:
            continue
        row.locked_at, row.limit = now, rules.limit(row.level)
        row.save(update_fields=["locked_at", "limit"])
        record(events.LOCKED, row, by=by, submitted=row.submitted)
        locked.append(row)
    return locked


@verb
def reopen(submission: Submission, *, reason: str, by: User | None) -> Submission:
    """Take the official number of a person and period back; it stays in the history, the next lock makes another."""
    require(by, "forecasts.reopen", submission)
    fresh = lock(submission)
    if not fresh.is_official:
        raise Refused(_("This is no locked forecast."))
    if not reason.strip():
        raise Refused(_("Say why it is reopened."), field="reason")
    fresh.void_at, fresh.void_reason = clock.now(), reason.strip()[:300]
    fresh.save(update_fields=["void_at", "void_reason"])
    record(events.REOPENED, fresh, by=by, notify=[fresh.user], reason=reason)
    return fresh
