"""Handing in forecasts, locking and reopening them, and setting the rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from loudou.forecasts import events, queries
from loudou.forecasts.branches import branch
from loudou.forecasts.figures.cycle import LEVELS
from loudou.forecasts.models import Judgement, Level, Submission, Terms, Verdict, level_of
from loudou.forecasts.says import CATEGORIES
from loudou.journal.record import changes, lock, record, verb
from loudou.kernel import clock
from loudou.kernel.money import LARGEST
from loudou.kernel.numbers import ZERO, rounded
from loudou.kernel.periods import Period, midnight
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal
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
    _check_amount(submitted)
    lock(user)  # one at a time, so that numbers follow each other
    level, previous = level_of(user), _last(user, period)
    if previous is not None:
        _refuse_unseen(previous, seen, submitted)
    view = queries.rolled_up(user, period, company, now)
    base = rounded(view.base)
    if not reason.strip():
        _refuse_unexplained(level, submitted, base, view.says.closed)
    rules = queries.cycle(company)
    made = _next(user, period, previous, base=base, submitted=submitted, submitted_at=now)
    made.unit, made.reason, made.comment = user.unit, reason.strip()[:300], comment.strip()[:600]
    made.deadline, made.is_late = rules.deadline(level, period, now), rules.is_late(level, period, now)
    made.weighted, made.judged = rounded(view.says.weighted), _judged(user, level, period, now)
    for name in _COLUMNS:
        setattr(made, name, getattr(view.says, name))
    made.save(force_insert=True)
    record(events.SUBMITTED, made, by=by, submitted=submitted, adjustment=made.adjustment, reason=reason)
    return made


@verb
def judge(
    deals: Sequence[Deal], *, period: Period, verdict: str, by: User, reason: str = ""
) -> list[Judgement]:
    """Count deals in or out of one's own forecast of a period, with the reason, or take that back (`open`).

    Managers and directors judge the open deals below them that are due in the period. What the level below said, the
    deal and its category stay as they are. Returns what was said anew.
    """
    require(by, "forecasts.submit")
    level = level_of(by)
    if level == Level.REP:
        raise Forbidden(_("Managers and directors judge the deals of those below them."))
    company, why = organisation(), reason.strip()[:300]
    if verdict not in Verdict.values:
        raise Refused(_("A deal is counted in or out, or not judged."), field="verdict")
    if clock.now() >= period.instants(company.zone)[1]:
        raise Refused(_("This period is over."), field="verdict")
    if verdict != Verdict.OPEN and not why:
        raise Refused(_("Say why."), field="reason")
    lock(by)
    due = queries.to_judge(by, period, company.today)
    known = {deal.pk: deal for deal in due.filter(pk__in=[deal.pk for deal in deals])}
    for deal in deals:
        if deal.pk not in known:
            raise Refused(
                _("{deal} is not open and due in this period below you.").format(deal=deal.code),
                field="deals",
            )
    said = [deal for deal in known.values() if (deal.verdict, deal.why) != (verdict, why)]
    return [_say(deal, period, verdict, why, level, by) for deal in said]


def _say(deal: Deal, period: Period, verdict: str, why: str, level: str, by: User) -> Judgement:
    made = Judgement.objects.create(
        user=by,
        unit=by.unit,
        level=level,
        deal=deal,
        first=period.start,
        end=period.end,
        verdict=verdict,
        reason="" if verdict == Verdict.OPEN else why,
        amount=vars(deal)["falls"],
        at=clock.now(),
    )
    event = events.UNJUDGED if verdict == Verdict.OPEN else events.JUDGED
    name = organisation().fiscal.name(period)
    record(event, deal, by=by, verdict=verdict, period=name, reason=made.reason)
    return made


def _judged(user: User, level: str, period: Period, now: datetime) -> Decimal | None:
    """What somebody's own judgement of the deals came to when they handed in; None where nothing was judged."""
    if level == Level.REP:
        return None
    found = queries.bench(user, period, organisation(), now)
    return found.judged if found.is_judged else None


@verb
def lock_period(period: Period, *, by: User | None) -> list[Submission]:
    """Make the last number of everybody in the person's branch the official one of a period; returns those locked.

    Who has an official number keeps it (M22: the snapshot does not move), and the limit it was locked under (M23).
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
    # A number that was reopened waits for its successor.
    free = rows.filter(locked_at=None).exclude(user__in=held).select_related("user")
    for row in free.select_for_update(of=("self",), no_key=True).order_by("pk"):
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

    `level` is what they forecast at then; untold it goes by the roles they held. `submitted` is the person's own number with the adjustment in it, `limit` the error (a ratio) it was locked under;
    without one that of the present rules. Without `submitted_at` it was handed in when it was locked, else now. A locked
    number of the same instant cannot be told twice with different amounts: the snapshot does not change; reopened it
    was the official one until then.
    """
    require(by, "exchange.import_history")
    _check_amount(submitted)
    base = submitted - adjustment
    if abs(base) > LARGEST:
        raise Refused(_("The amount is too large."), field="adjustment")
    lock(user)
    _refuse_disorder(submitted_at, locked_at, reopened_at)
    known = Submission.objects.of(period).filter(user=user, locked_at=locked_at)
    same = known.filter(submitted=submitted, base=base)
    if (same.filter(submitted_at=submitted_at) if submitted_at else same).exists():
        return None
    if locked_at is not None and known.filter(void_at=None).exists():
        raise Refused(
            _("Another number was locked at this instant; a locked forecast does not change."),
            field="submitted",
        )
    at = submitted_at or locked_at or clock.now()
    made = _next(user, period, _last(user, period), base=base, submitted=submitted, submitted_at=at)
    made.level = level or queries.level_at(user, at)
    made.unit_id, made.reason, made.comment, made.locked_at = unit, reason[:300], comment[:600], locked_at
    made.is_late = late
    if reopened_at is not None:
        made.void_at, made.void_reason = reopened_at, reopened_because[:300]
    if locked_at is not None:
        made.limit = limit or queries.terms().limit(made.level)
    made.save(force_insert=True)
    record(events.IMPORTED, made, by=by, submitted=submitted)
    return made


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


@verb
def remind(users: Sequence[User], *, period: Period, deadline: datetime, by: User | None) -> None:
    """Tell people that their number is due."""
    require(by, "forecasts.set_up")
    company = organisation()
    record(
        events.REMINDED,
        company,
        by=by,
        notify=users,
        period=company.fiscal.name(period),
        deadline=deadline.astimezone(company.zone),
    )


@verb
def chase(people: Sequence[User] | None, *, period: Period, by: User) -> list[User]:
    """Ask those below who handed nothing in this week for their number; without `people`, all of them.

    Each is asked once a day and period, whoever does it; they hear of it by notice, and by mail as they wish. Returns
    whom it was; raises `Refused` where nobody is left to ask.
    """
    require(by, "forecasts.submit")
    if level_of(by) == Level.REP:
        raise Forbidden(_("Managers and directors ask those below them."))
    company, now = organisation(), clock.now()
    if now >= period.instants(company.zone)[1]:
        raise Refused(_("This period is over."))
    keys, name = branch(by).keys, company.fiscal.name(period)
    wanted = keys if people is None else {one.pk for one in people}
    if not wanted <= keys:
        raise Refused(_("Only those below you can be asked."), field="people")
    asked = queries.idle(wanted, period, queries.monday_of(company.today, company))
    for one in sorted(asked, key=attrgetter("pk")):
        lock(one)  # one at a time, so that two superiors do not ask the same person twice
    told = queries.chased([one.pk for one in asked], name, midnight(company.today, company.zone))
    left, rules = [one for one in asked if one.pk not in told], queries.cycle(company)
    if not left:
        raise Refused(_("Nobody is left to ask: who has not handed in was asked today."))
    for one in left:
        due = rules.deadline(level_of(one), period, now).astimezone(company.zone)
        record(events.CHASED, one, by=by, notify=[one], period=name, deadline=due)
    return left


@verb
def set_terms(*, by: User | None, version: int | None = None, **values: Any) -> Terms:
    """Change the rules: limits by level (ratios), hours, lock, grain; what is locked keeps the limit it has (M23)."""
    require(by, "forecasts.set_up")
    if not Terms.objects.exists():
        Terms.objects.create(id=1)
    fresh = lock(Terms.objects.get(), version=version, sent=values)
    for name in (f"{level}_limit" for level in LEVELS):
        if not 0 < values.get(name, getattr(fresh, name)) <= 1:
            raise Refused(_("A limit lies between 0 and 100 %."), field=name)
    changed = changes(fresh, values)
    for name, value in values.items():
        setattr(fresh, name, value)
    fresh.version += 1
    fresh.save()
    if changed:
        record(events.TERMS_SET, fresh, by=by, changed=changed)
    return fresh


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


def _next(user: User, period: Period, previous: Submission | None, **values: Any) -> Submission:
    """The number that comes after a person's previous one of a period, not yet kept."""
    number = previous.number + 1 if previous else 1
    level = level_of(user)
    return Submission(user=user, level=level, first=period.start, end=period.end, number=number, **values)


def _last(user: User, period: Period) -> Submission | None:
    return Submission.objects.of(period).filter(user=user).order_by("-number").first()


def _require_own(user: User, by: User | None) -> None:
    """Nobody hands in for another one: the number below is never overwritten (M22)."""
    require(by, "forecasts.submit")
    if by is not None and by != user:
        raise Forbidden(_("You do not have the right to do this."))


def _check_amount(amount: Decimal) -> None:
    if amount < 0:
        raise Refused(_("The amount must not be negative."), field="submitted")
    if amount > LARGEST:
        raise Refused(_("The amount is too large."), field="submitted")
