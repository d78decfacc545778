"""Reading closed deals as they were known at some instant of their life, and what was learned from them."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from loudou.insight.models import Foretold
from loudou.insight.queries.live import configured
from loudou.odds.figures.features import reading
from loudou.odds.models import Lesson
from loudou.people.models import Organisation
from loudou.pipeline.models import Deal, Funnel
from loudou.pipeline.models.deal import Deals
from loudou.pipeline.queries.funnels import stage_order
from loudou.pipeline.queries.history import facts_of

MOST = 20_000  # the newest closed deals are enough
_AT_ONCE = 1_000


@dataclass(frozen=True)
class Past:
    """A closed deal: its version of the funnel, who closed it, its life, and whether it was won."""

    deal: int
    version: int
    owner: int
    began_at: datetime
    closed_at: datetime
    won: bool


@dataclass(frozen=True)
class Example:
    """What was known of a deal at an instant, and whether it was won since."""

    values: tuple[float, ...]
    won: bool


def countable(funnel: Funnel) -> int:
    """How many closed deals of a funnel can teach."""
    return _closed(funnel).count()


def pasts(funnel: Funnel) -> list[Past]:
    """The closed deals of a funnel, the newest at most, in order of their close; one query."""
    rows = _closed(funnel).order_by("-closed_at", "-pk")
    told = rows.values_list("pk", "funnel_version", "owner", "created_at", "closed_at", "outcome")[:MOST]
    found = [
        Past(key, version, owner, began, closed, outcome == "won")
        for key, version, owner, began, closed, outcome in told
        if began is not None and closed is not None
    ]
    return found[::-1]


def examples(
    funnel: Funnel,
    some: Sequence[Past],
    every: Sequence[Past],
    zone: tzinfo,
    *,
    since: datetime | None = None,
) -> Iterator[Example | None]:
    """Each of these deals as it was known at a random instant of its life (after `since`); None: it was not known then.

    The instant is the same whenever it is asked for. `every` are all closes: what owners had won and lost by then.
    """
    closes = _by_owner(every)
    order = stage_order(funnel.pk)
    for first in range(0, len(some), _AT_ONCE):
        part = some[first : first + _AT_ONCE]
        facts = facts_of([past.deal for past in part])
        for past in part:
            begin = max(past.began_at, since) if since is not None else past.began_at
            share = random.Random(past.deal).random()  # noqa: S311 - a sample, not a secret
            at = begin + (past.closed_at - begin) * share
            values = reading(
                facts[past.deal],
                at,
                order,
                partial(configured, version=past.version),
                partial(_by_then, closes, at),
                zone,
            )
            yield Example(values, past.won) if values is not None else None


def known_now(deal: Deal, company: Organisation, now: datetime) -> tuple[float, ...] | None:
    """What is known of a live deal now; two queries."""

    def closes_of(owner: int) -> tuple[int, int]:
        return _closes(_closed(deal.funnel).filter(owner=owner)).get(owner, (0, 0))

    facts, order = facts_of([deal.pk])[deal.pk], stage_order(deal.funnel_id)
    rate_of = partial(configured, version=deal.funnel_version_id)
    return reading(facts, now, order, rate_of, closes_of, company.zone)


def known_of_live(
    funnel: Funnel, company: Organisation, now: datetime, *, touched: bool = False
) -> Iterator[dict[int, tuple[float, ...]]]:
    """What is known now of the live deals of a funnel, some at a time; deals without dates (C21) are left out.

    With `touched` only of those nothing was told of since something happened to them.
    """
    deals = Deal.objects.live().filter(funnel=funnel, legacy=False)
    if touched:
        told = Foretold.objects.filter(deal=OuterRef("pk"), until=None, since__gt=OuterRef("touched_at"))
        deals = deals.exclude(Exists(told))
    rows = list(deals.order_by("pk").values_list("pk", "funnel_version"))
    closes, order = _closes(_closed(funnel)) if rows else {}, stage_order(funnel.pk)
    for first in range(0, len(rows), _AT_ONCE):
        part = rows[first : first + _AT_ONCE]
        facts = facts_of([deal for deal, _version in part])
        read = {
            deal: reading(
                facts[deal],
                now,
                order,
                partial(configured, version=version),
                lambda owner: closes.get(owner, (0, 0)),
                company.zone,
            )
            for deal, version in part
        }
        yield {deal: values for deal, values in read.items() if values is not None}


def _closes(closed: Deals) -> dict[int, tuple[int, int]]:
    """How many of these deals each owner won and lost."""
    counted = (
        closed.order_by()
        .values_list("owner")
        .annotate(won=Count("pk", filter=Q(outcome="won")), whole=Count("pk"))
    )
    return {owner: (won, whole - won) for owner, won, whole in counted}


def _closed(funnel: Funnel) -> Deals:
    outcomes = ("won", "lost", "cancelled")
    return Deal.objects.filter(
        funnel=funnel, outcome__in=outcomes, legacy=False, created_at__lt=F("closed_at")
    )


Closes = Mapping[int, tuple[list[datetime], list[datetime]]]


def _by_owner(every: Sequence[Past]) -> Closes:
    """When each owner won and lost, in order."""
    found: dict[int, tuple[list[datetime], list[datetime]]] = defaultdict(lambda: ([], []))
    for past in every:
        found[past.owner][0 if past.won else 1].append(past.closed_at)
    return found


def _by_then(closes: Closes, at: datetime, owner: int) -> tuple[int, int]:
    won, lost = closes.get(owner, ((), ()))
    return bisect_left(won, at), bisect_left(lost, at)


def in_force(funnel: int, at: datetime | None = None) -> Lesson | None:
    """The newest lesson learned from a funnel, before an instant if one is given."""
    learned = _learned(funnel)
    if at is not None:
        learned = learned.filter(learned_at__lt=at)
    return learned.first()


def counting(funnel: int) -> Lesson | None:
    """The newest lesson of a funnel that foretells better than its stage table: the one forecasts may count with."""
    return next((one for one in _learned(funnel) if one.trial is not None and one.trial.teaches), None)


def _learned(funnel: int) -> QuerySet[Lesson]:
    """The lessons learned from a funnel, the newest first."""
    return Lesson.objects.filter(funnel=funnel, state=Lesson.State.LEARNED).order_by("-number")


def newest(funnel: Funnel) -> Lesson | None:
    """The lesson asked for last, whatever became of it."""
    return Lesson.objects.filter(funnel=funnel).order_by("-number").first()


def waiting(funnel: Funnel) -> Lesson | None:
    """The lesson that is being learned."""
    return Lesson.objects.filter(funnel=funnel, state=Lesson.State.WAITING).first()
