"""Taking over what was said elsewhere: with its own times, as it was (C21)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.forecasts import events, queries
from loudou.forecasts.models import Judgement, Level, Submission, Verdict
from loudou.forecasts.verbs._numbers import check_amount, following, latest
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.money import LARGEST
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal


@verb
def import_submission(
    user: User,
    *,
    period: Period,
    submitted: Decimal,
    by: User | None,
    adjustment: Decimal = ZERO,
    reason: str = "",
    comment: str = "",
    submitted_at: datetime | None = None,
    late: bool = False,
    locked_at: datetime | None = None,
    reopened_at: datetime | None = None,
    reopened_because: str = "",
    unit: int | None = None,
    level: str = "",
    limit: Decimal | None = None,
) -> Submission | None:
    """Take over a number handed in elsewhere; None when it is known already.

    `level` is what they forecast at then; untold it goes by the roles they held. `submitted` is the person's own number
    with the adjustment in it, `limit` the error (a ratio) it was locked under; without one that of the present rules.
    Without `submitted_at` it was handed in when it was locked, else now. A locked number of the same instant cannot be
    told twice with different amounts: the snapshot does not change; reopened it was the official one until then.
    """
    require(by, "exchange.import_history")
    check_amount(submitted)
    base = submitted - adjustment
    if abs(base) > LARGEST:
        raise Refused(_("The amount is too large."), field="adjustment")
    lock(user)
    _refuse_disorder(submitted_at, locked_at, reopened_at)
    at = submitted_at or locked_at or clock.now()
    made = following(user, period, latest(user, period), base=base, submitted=submitted, submitted_at=at)
    made.locked_at = locked_at
    if _is_known(made, dated=submitted_at is not None):
        return None
    made.level = level or queries.level_at(user, at)
    made.unit_id, made.reason, made.comment, made.is_late = unit, reason[:300], comment[:600], late
    if reopened_at is not None:
        made.void_at, made.void_reason = reopened_at, reopened_because[:300]
    if locked_at is not None:
        made.limit = limit or queries.terms().limit(made.level)
    made.save(force_insert=True)
    record(events.IMPORTED, made, by=by, submitted=submitted)
    return made


def _is_known(made: Submission, *, dated: bool) -> bool:
    """Whether such a number is kept, of the same instant if it is `dated`; refuses a second one locked at one instant."""
    known = Submission.objects.of(made.period).filter(user=made.user, locked_at=made.locked_at)
    same = known.filter(submitted=made.submitted, base=made.base)
    if (same.filter(submitted_at=made.submitted_at) if dated else same).exists():
        return True
    if made.locked_at is not None and known.filter(void_at=None).exists():
        raise Refused(
            _("Another number was locked at this instant; a locked forecast does not change."),
            field="submitted",
        )
    return False


def _refuse_disorder(
    submitted_at: datetime | None, locked_at: datetime | None, reopened_at: datetime | None
) -> None:
    """A number is handed in, then locked, then reopened."""
    if submitted_at is not None and locked_at is not None and locked_at < submitted_at:
        raise Refused(_("It was locked before it was handed in."), field="locked_at")
    if reopened_at is not None and (locked_at is None or reopened_at < locked_at):
        raise Refused(_("Only what was locked before is reopened."), field="reopened_at")


@verb
def withdraw_submissions(keys: Collection[int], *, by: User | None) -> int:
    """Take back numbers an import brought; returns how many."""
    require(by, "exchange.import_history")
    rows = list(Submission.objects.filter(pk__in=keys).select_related("user"))
    for row in rows:
        record(events.WITHDRAWN, row, by=by)
        row.delete()
    return len(rows)


@verb
def import_judgement(
    user: User,
    deal: Deal,
    *,
    period: Period,
    verdict: str,
    amount: Decimal,
    at: datetime,
    by: User | None,
    reason: str = "",
    level: str = "",
    unit: int | None = None,
) -> Judgement | None:
    """Take over what a leader said of a deal for a period elsewhere, `level` being theirs then; None when it is known.

    What they said comes in the order in which they said it: the last word is the one that counts.
    """
    require(by, "exchange.import_history")
    level = level or queries.level_at(user, at)
    if level not in (Level.MANAGER, Level.DIRECTOR):
        raise Refused(_("Managers and directors judge the deals of those below them."), field="user")
    if verdict != Verdict.OPEN and not reason.strip():
        raise Refused(_("Say why."), field="reason")
    lock(user)
    said = Judgement.objects.of(period).filter(user=user, deal=deal)
    known = said.filter(at=at).first()
    if known is not None and (known.verdict, known.amount) == (verdict, amount):
        return None
    if known is not None or said.filter(at__gt=at).exists():
        raise Refused(_("They have judged this deal at that time or later already."), field="at")
    about = {"user": user, "unit_id": unit, "level": level, "deal": deal}
    when = {"first": period.start, "end": period.end, "at": at}
    why = "" if verdict == Verdict.OPEN else reason.strip()[:300]
    made = Judgement.objects.create(**about, **when, verdict=verdict, amount=amount, reason=why)
    name = organisation().fiscal.name(period)
    record(events.JUDGEMENT_IMPORTED, deal, by=by, verdict=verdict, period=name, who=user.name)
    return made


@verb
def withdraw_judgements(keys: Collection[int], *, by: User | None) -> int:
    """Take back judgements an import brought; returns how many."""
    require(by, "exchange.import_history")
    rows = list(Judgement.objects.filter(pk__in=keys).select_related("user", "deal"))
    for row in rows:
        record(events.JUDGEMENT_WITHDRAWN, row.deal, by=by, who=row.user.name)
    Judgement.objects.filter(pk__in=keys).delete()
    return len(rows)
