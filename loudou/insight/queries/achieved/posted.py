"""What counts in the open month although it belongs to closed ones, row by row with its record (`domain.md` C20)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from loudou.fieldwork.models import Activity
from loudou.insight.figures.flow import Span
from loudou.insight.queries.achieved._amended import ENDS, Amended
from loudou.insight.queries.achieved._late import Late
from loudou.kernel.periods import midnight
from loudou.people.models import Organisation, User
from loudou.pipeline.models import Deal, Stage
from loudou.targets.models import AT_STAGE, Closing, Metric


@dataclass(frozen=True)
class Posted:
    """What came late or is another now: what it is, when it was, whose, by how much, and the record it is about.

    `is_difference` says that something of it is frozen; an amount that is taken away is negative.
    """

    what: str
    at: datetime
    owner: str
    amount: Decimal | None
    is_difference: bool
    subject: Deal | Activity

    @property
    def is_visit(self) -> bool:
        """Whether it is a visit, not a deal."""
        return isinstance(self.subject, Activity)


def posted_for(closing: Closing, company: Organisation, user: User | None, most: int = 100) -> list[Posted]:
    """What of a closing's months was written after it, newest first; a person sees what is theirs to see."""
    late = Late.of(closing, company, Span(now=closing.closed_at))
    since = midnight(closing.starts_on, company.zone)
    found = [*_told(late, since, user, most), *_amended(late, since, user), *_visits(late, since, user, most)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:most]


def _told(late: Late, since: datetime, user: User | None, most: int) -> Iterator[Posted]:
    """Deals of which nothing was known: how they ended, of those without an end how far they came."""
    visible = Deal.objects.visible_to(user)
    ends = late.closes(ENDS).filter(left_at__gte=since, deal__in=visible)
    for end in ends.select_related("deal__customer", "left_owner").order_by("-left_at")[:most]:
        yield Posted(
            _end_named(end.left_by), end.left_at, str(end.left_owner), end.left_amount, False, end.deal
        )
    furthest = late.reached().filter(reached_at__gte=since, deal__in=visible)
    furthest = furthest.exclude(deal__in=late.closes(ENDS).values("deal")).order_by(
        "deal", "-reached_at", "-pk"
    )
    rows = furthest.distinct("deal").select_related("deal__customer", "owner", "stage")
    for way in rows[:most]:
        yield Posted(_stage_named(way.stage), way.reached_at, str(way.owner), way.amount, False, way.deal)


def _amended(late: Late, since: datetime, user: User | None) -> Iterator[Posted]:
    """Deals whose frozen past is another now: their ends, of those whose end stands the stages they reached."""
    deals: Mapping[int, Deal] = {
        deal.pk: deal
        for deal in Deal.objects.visible_to(user)
        .filter(pk__in=[one.deal for one in late.amended])
        .select_related("customer")
    }
    mine = [one for one in late.amended if one.deal in deals]
    ends = {end.owner for one in mine for _sign, end in one.ends}
    owners = User.objects.in_bulk(ends | {reach.owner for one in mine for _sign, reach in one.reaches})
    stages = {stage.pk: stage for stage in Stage.objects.all()} if mine else {}
    for one in mine:
        rows = _ends_of(one) if one.ends else _reaches_of(one, stages)
        for what, at, owner, amount in rows:
            if at >= since:
                yield Posted(what, at, str(owners[owner]), amount, True, deals[one.deal])


def _ends_of(one: Amended) -> Iterable[tuple[str, datetime, int, Decimal]]:
    stood, stands = one.stood.end, one.stands.end
    if stood is not None and stands is not None and stood[:-1] == stands[:-1]:
        return [(_end_named(stood.by), stood.at, stood.owner, stands.amount - stood.amount)]
    return [(_end_named(end.by), end.at, end.owner, sign * end.amount) for sign, end in one.ends]


def _reaches_of(one: Amended, stages: Mapping[int, Stage]) -> Iterator[tuple[str, datetime, int, Decimal]]:
    for sign, reach in one.reaches:
        yield _stage_named(stages[reach.stage]), reach.at, reach.owner, sign * reach.amount


def _visits(late: Late, since: datetime, user: User | None, most: int) -> Iterator[Posted]:
    signs = {one.pk: sign for sign, one in late.visits if one.at >= since}
    rows = Activity.objects.visible_to(user).filter(pk__in=signs).select_related("owner").order_by("-at")
    for one in rows[:most]:
        yield Posted(str(Metric.VISITS.label), one.at, str(one.owner), None, signs[one.pk] < 0, one)


def _end_named(way: str) -> str:
    return str(Metric.BOOKINGS.label if way == "won" else Metric.CONVERSION.label)


def _stage_named(stage: Stage) -> str:
    return f"{AT_STAGE[Metric.BOOKINGS]} · {stage.name}"
