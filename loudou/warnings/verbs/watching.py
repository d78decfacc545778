"""The watch: raising warnings, ending them, asking again, and telling superiors that nobody answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q

from loudou.journal.record import record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.periods import midnight
from loudou.people.models import User
from loudou.people.queries import chain_above, organisation
from loudou.pipeline.queries.flags import thresholds
from loudou.signoff.models import Request
from loudou.signoff.verbs import withdraw
from loudou.warnings import events
from loudou.warnings.figures.signs import (
    EARLIER,
    OCCURRED,
    OF_THE_STAY,
    VOID,
    End,
    Raised,
    end_of,
    unannounced,
)
from loudou.warnings.models import EarlyWarning, Watch
from loudou.warnings.queries.watching import Watched, stays_of, watched

MOST_LEVELS = 2
State = EarlyWarning.State
Problem = tuple[int, str, datetime | None]


@dataclass
class _Found:
    """What one look changes."""

    raised: list[EarlyWarning] = field(default_factory=list)
    ended: list[EarlyWarning] = field(default_factory=list)
    moved: list[EarlyWarning] = field(default_factory=list)


@verb
def watch(keys: Collection[int], *, allowed: dict[int, int | None], by: None) -> tuple[int, int]:
    """Look through these deals: raise a warning for every new sign, end those whose sign has gone.

    `allowed` are the microseconds each stage allows (`queries.watching.limits`). Looking twice changes nothing, and
    looking late finds the same ends at the same instants. Returns how many were raised and how many ended.
    """
    now, found = clock.now(), _Found()
    deals = watched(keys, allowed, organisation(), now)
    stays = stays_of(warning for one in deals for warning in one.warnings)
    for one in deals:
        for warning in one.warnings:
            end = end_of(_as_raised(warning), one.told_for(warning, stays), now)
            if end is not None:
                found.ended.append(_ended(warning, end))
            elif _follow(warning, one):
                found.moved.append(warning)
    known = _problems(keys) | {_problem(warning) for warning in found.ended}
    for one in deals:
        found.raised += _new(one, known, now)
    _write(found)
    return sum(warning.announced for warning in found.raised), len(found.ended)


@verb
def note_watch(*, whole_on: date | None, looked_until: datetime, by: None) -> None:
    """Keep how far the watch has looked, so that a missed night is caught up with. What it found has its own entries."""
    row = Watch.objects.first() or Watch(id=1)
    row.whole_on, row.looked_until = whole_on or row.whole_on, looked_until
    row.save()


@verb
def ask_again(*, by: None) -> int:
    """Open warnings again whose answer has run out: put off until today, or being done too long. Returns how many."""
    now, done_for = clock.now(), timedelta(days=thresholds().again_days)
    over = Q(state=State.SNOOZED, until__lte=organisation().today)
    over |= Q(state=State.DONE, answered_at__lte=now - done_for)
    rows = EarlyWarning.objects.standing().filter(over).select_related("deal")
    again = list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    for warning in again:
        warning.state, warning.asked_at, warning.level = State.OPEN, now, 0
        warning.version += 1
    EarlyWarning.objects.bulk_update(again, ["state", "asked_at", "level", "version"], batch_size=500)
    record_each(events.ASKED_AGAIN, [(one.deal, {"sign": one.sign}) for one in again], by=by)
    return len(again)


@verb
def escalate(*, by: None) -> int:
    """Tell superiors of warnings that nobody answered in time, the next one after as long again. Returns how many."""
    told = 0
    for level in range(MOST_LEVELS):
        late = EarlyWarning.objects.waiting().filter(level=level, asked_at__lt=_patience(level + 1))
        rows = late.select_related("deal__owner").select_for_update(no_key=True, of=("self",))
        by_owner: dict[User, list[EarlyWarning]] = defaultdict(list)
        for warning in rows.order_by("-amount", "pk"):
            by_owner[warning.deal.owner].append(warning)
        for owner, warnings in by_owner.items():
            told += _tell_above(owner, warnings, level, by)
    return told


def _tell_above(owner: User, warnings: list[EarlyWarning], level: int, by: None) -> int:
    above = chain_above(owner)
    if len(above) <= level:
        return 0
    EarlyWarning.objects.filter(pk__in=[one.pk for one in warnings]).update(level=level + 1)
    record(events.ESCALATED, warnings[0], by=by, owner=owner.name, count=len(warnings), notify=[above[level]])
    return len(warnings)


def _patience(times: int) -> datetime:
    """What was asked before this instant has waited so many times the days it may."""
    company, left = organisation(), thresholds().answer_days * times
    calendar, day = company.calendar.work_calendar(), company.today
    while left:
        day -= timedelta(days=1)
        left -= calendar.works(day)
    return midnight(day, company.zone)


def _as_raised(warning: EarlyWarning) -> Raised:
    return Raised(warning.sign, warning.raised_at, warning.since, warning.comes_at)


def _ended(warning: EarlyWarning, end: End) -> EarlyWarning:
    warning.ended_at = end.at
    warning.how = VOID if warning.state == State.DISMISSED else end.how
    warning.version += 1
    return warning


def _follow(warning: EarlyWarning, one: Watched) -> bool:
    """Whether a standing warning has to follow its deal: who has it, what it comes to, the number, the day."""
    standing, deal = one.standing, one.deal
    values = {
        "owner_id": deal.owner_id,
        "unit_id": deal.unit_id,
        "amount": deal.base_amount,
        "number": standing.signs[warning.sign],
        "since": standing.stage_since if warning.sign in OF_THE_STAY else None,
        "comes_at": standing.comes_at(warning.sign),
    }
    changed = [name for name, value in values.items() if getattr(warning, name) != value]
    for name in changed:
        setattr(warning, name, values[name])
    return bool(changed)


def _new(one: Watched, known: set[Problem], now: datetime) -> Iterator[EarlyWarning]:
    """The warnings a deal shows for the first time, and problems that came without any."""
    standing = {warning.sign for warning in one.warnings if warning.ended_at is None}
    for sign in one.standing.signs:
        if sign in standing:
            continue
        warning = EarlyWarning(deal=one.deal, sign=sign, raised_at=now, asked_at=now)
        _follow(warning, one)
        yield warning
        came = unannounced(sign, one.standing, one.deal.recorded_at)
        problem = (one.deal.pk, EARLIER.get(sign, ""), came)
        if came is not None and problem not in known:
            yield _unwarned(one, problem[1], came)


def _unwarned(one: Watched, sign: str, came: datetime) -> EarlyWarning:
    return EarlyWarning(
        deal=one.deal,
        sign=sign,
        owner=one.deal.owner,
        unit=one.deal.unit,
        amount=one.deal.base_amount,
        since=one.standing.stage_since if sign in OF_THE_STAY else None,
        comes_at=came,
        announced=False,
        raised_at=came,
        asked_at=came,
        ended_at=came,
        how=OCCURRED,
    )


def _problems(keys: Collection[int]) -> set[Problem]:
    """Problems of these deals that are told already."""
    rows = EarlyWarning.objects.filter(deal__in=keys, sign__in=EARLIER.values(), how=OCCURRED)
    return set(rows.values_list("deal", "sign", "comes_at"))


def _problem(warning: EarlyWarning) -> Problem:
    return warning.deal_id, warning.sign, warning.comes_at


def _write(found: _Found) -> None:
    EarlyWarning.objects.bulk_update(found.ended, ["ended_at", "how", "version"], batch_size=500)
    follows = ["owner", "unit", "amount", "number", "since", "comes_at"]
    EarlyWarning.objects.bulk_update(found.moved, follows, batch_size=500)
    EarlyWarning.objects.bulk_create(found.raised, batch_size=500)
    fresh = [one for one in found.raised if one.announced]
    record_each(events.RAISED, [(one.deal, {"sign": one.sign}) for one in fresh], by=None)
    told = [(one.deal, {"sign": one.sign, "how": one.how}) for one in found.ended]
    record_each(events.ENDED, told, by=None)
    for warning in found.ended:
        if warning.state == State.DISPUTED:
            for request in Request.objects.about(warning).waiting():
                withdraw(request, by=None)
