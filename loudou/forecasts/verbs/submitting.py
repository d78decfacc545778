"""Handing in one's own number for a period."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.forecasts import events, queries
from loudou.forecasts.models import Level, Submission, level_of
from loudou.forecasts.verbs._numbers import check_amount, following, latest
from loudou.insight.figures.categories import CATEGORIES
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.numbers import rounded
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.ui import format as f

_COLUMNS = ("closed", *CATEGORIES)


@verb
def submit(
    user: User,
    *,
    period: Period,
    submitted: Decimal,
    by: User | None,
    reason: str = "",
    comment: str = "",
    seen: int | None = None,
) -> Submission:
    """Hand in the number of a person for a period; the numbers below and before it stay as they are (C12).

    A manager's number starts from the roll-up of those below, and differing from it needs a reason; so does a number of
    anybody below what is won in the period already. `seen` is how many numbers of their own the person knew of: raises
    `Stale` when there is another one by now.
    """
    _require_own(user, by)
    company, now = organisation(), clock.now()
    if now >= period.instants(company.zone)[1]:
        raise Refused(_("This period is over."), field="submitted")
    check_amount(submitted)
    lock(user)  # one at a time, so that numbers follow each other
    level, previous = level_of(user), latest(user, period)
    if previous is not None:
        _refuse_unseen(previous, seen, submitted)
    view = queries.rolled_up(user, period, company, now)
    base = rounded(view.base)
    if not reason.strip():
        _refuse_unexplained(level, submitted, base, view.says.closed)
    rules = queries.cycle(company)
    made = following(user, period, previous, base=base, submitted=submitted, submitted_at=now)
    made.unit, made.reason, made.comment = user.unit, reason.strip()[:300], comment.strip()[:600]
    made.deadline, made.is_late = rules.deadline(level, period, now), rules.is_late(level, period, now)
    made.weighted, made.judged = rounded(view.says.weighted), _judged(user, level, period, now)
    for name in _COLUMNS:
        setattr(made, name, getattr(view.says, name))
    made.save(force_insert=True)
    record(events.SUBMITTED, made, by=by, submitted=submitted, adjustment=made.adjustment, reason=reason)
    return made


def _require_own(user: User, by: User | None) -> None:
    """Nobody hands in for another one: the number below is never overwritten (M22)."""
    require(by, "forecasts.submit")
    if by is not None and by != user:
        raise Forbidden(_("You do not have the right to do this."))


def _refuse_unseen(previous: Submission, seen: int | None, submitted: Decimal) -> None:
    if seen is None or seen == previous.number:
        return
    currency, both = organisation().base_currency, (previous.submitted, submitted)
    stored, sent = (f.money(one, currency, full=True) for one in both)
    raise Stale(
        _("Another number has been handed in in the meantime; look at it and decide."),
        version=previous.number,
        differences={"submitted": both},
        told={_("Forecast"): (stored, sent)},
    )


def _refuse_unexplained(level: str, submitted: Decimal, base: Decimal, won: Decimal) -> None:
    """A number that may be right all the same, as when an order is about to be cancelled, is kept with a reason."""
    if submitted < won:
        sentence = _("{won} is won in this period already; raise your number or say why it is lower.")
        told = f.money(won, organisation().base_currency, full=True)
        raise Refused(sentence.format(won=told), field="reason")
    if level != Level.REP and submitted != base:
        raise Refused(_("Say why your number differs from the roll-up."), field="reason")


def _judged(user: User, level: str, period: Period, now: datetime) -> Decimal | None:
    """What somebody's own judgement of the deals came to when they handed in; None where nothing was judged."""
    if level == Level.REP:
        return None
    found = queries.bench(user, period, organisation(), now)
    return found.judged if found.is_judged else None
