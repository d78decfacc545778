"""The flags of `figures/flags.py` as conditions of the database, for filters and counts over many deals."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from django.db.models import Q

from loudou.customers.queries import twinned
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.figures.flags import Flag, Sight, flags
from loudou.pipeline.figures.thresholds import Thresholds
from loudou.pipeline.models import Deal
from loudou.pipeline.models.deal import LIVE, Outcome

_OPEN = Q(outcome=Outcome.OPEN)
_LIVE = Q(outcome__in=LIVE)
_NO_NEXT = Q(next_on=None) | Q(next_step="")


def _unheard(since: datetime) -> Q:
    """Nobody spoke to the customer since; of a deal without any contact its beginning tells."""
    return Q(last_contact_at__lt=since) | Q(last_contact_at=None, created_at__lt=since)


_Condition = Callable[[datetime, date, Thresholds], Q]
_OF_OPEN: dict[str, _Condition] = {
    "over_stay": lambda now, today, limits: Q(stage_limit_at__lt=now),
    "overdue": lambda now, today, limits: Q(expected_on__lt=today),
    "next_overdue": lambda now, today, limits: Q(next_on__lt=today),
    "no_next_step": lambda now, today, limits: _NO_NEXT,
    "near_limit": lambda now, today, limits: (
        Q(stage_warn_at__lt=now) & (Q(stage_limit_at=None) | Q(stage_limit_at__gte=now))
    ),
    "due_soon": lambda now, today, limits: Q(
        expected_on__gte=today, expected_on__lte=today + timedelta(days=limits.soon_days)
    ),
    "pushed": lambda now, today, limits: Q(pushes__gte=limits.pushes),
    "no_evidence": lambda now, today, limits: Q(
        gate_total__gt=0, gate_done=0, stage_since__lte=now - timedelta(days=limits.bare_days)
    ),
    "no_contact": lambda now, today, limits: _unheard(now - timedelta(days=2 * limits.contact_days)),
}
_OF_ANY: dict[str, _Condition] = {
    "owner_left": lambda now, today, limits: _LIVE & Q(owner__in=User.objects.gone(today).values("pk")),
    "duplicate_customer": lambda now, today, limits: _LIVE & twinned("customer"),
    "owed": lambda now, today, limits: Q(owed_evidence__gt=0),
    "amount_jump": lambda now, today, limits: Q(amount_jumps__gt=0),
    "backward": lambda now, today, limits: Q(backs__gt=0),
    "skipped": lambda now, today, limits: Q(skips__gt=0),
    "off_funnel": lambda now, today, limits: Q(off_funnel=True),
    "no_customer": lambda now, today, limits: Q(customer=None),
    "no_start": lambda now, today, limits: Q(created_at=None),
    "no_expected": lambda now, today, limits: _LIVE & Q(expected_on=None),
}
CODES = (*_OF_OPEN, *_OF_ANY)


def thresholds() -> Thresholds:
    """From when on something is odd in this organisation."""
    return Thresholds.read(organisation().thresholds)


def where(code: str, now: datetime, today: date) -> Q:
    """Deals that have this flag."""
    wanted = (_OF_OPEN.get(code) or _OF_ANY[code])(now, today, thresholds())
    return _OPEN & wanted if is_of_open(code) else wanted


def is_of_open(code: str) -> bool:
    """Whether only open deals can have this flag."""
    return code in _OF_OPEN


def twins(keys: Collection[int]) -> set[int]:
    """Those of these deals whose customer has a twin."""
    return set(Deal.objects.filter(twinned("customer"), pk__in=keys).values_list("pk", flat=True))


def urgent(now: datetime, today: date) -> Q:
    """Open deals over a limit or past a date: the red chip."""
    return Q(stage_limit_at__lt=now) | Q(expected_on__lt=today) | Q(next_on__lt=today)


def watched(now: datetime, today: date) -> Q:
    """Open deals that are not urgent but want watching: the amber chip."""
    limits = thresholds()
    soon = Q(expected_on__gte=today, expected_on__lte=today + timedelta(days=limits.soon_days))
    often = Q(pushes__gte=limits.pushes)
    return ~urgent(now, today) & (Q(stage_warn_at__lt=now) | Q(next_on=None) | soon | often)


def sight(deal: Deal) -> Sight:
    """A deal as the flags of cards are read from it."""
    return Sight(
        open=deal.outcome == Outcome.OPEN,
        live=deal.is_live,
        has_customer=deal.customer_id is not None,
        since=deal.created_at,
        stage_since=deal.stage_since,
        warn_at=deal.stage_warn_at,
        limit_at=deal.stage_limit_at,
        expected_on=deal.expected_on,
        has_next=bool(deal.next_step),
        next_on=deal.next_on,
        gate_done=deal.gate_done,
        gate_total=deal.gate_total,
        pushes=deal.pushes,
        backs=deal.backs,
        skips=deal.skips,
        owed=deal.owed_evidence,
        amount_jumps=deal.amount_jumps,
        off_funnel=deal.off_funnel,
    )


def flags_of(
    deal: Deal, now: datetime, today: date, limits: Thresholds | None = None, *, twin: bool = False
) -> list[Flag]:
    """A deal's flags, the most urgent first; who judges many hands `thresholds()` in and has read their owners.

    That its customer has a `twin` tells who has looked (`twins`): cards and lists do not.
    """
    seen = sight(deal)._replace(
        contact_at=deal.last_contact_at or deal.created_at,
        owner_left=deal.owner.has_left(today),
        twin=twin,
    )
    return flags(seen, now, today, limits or thresholds())
