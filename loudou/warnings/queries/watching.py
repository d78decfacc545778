"""What the watch reads: which deals it has to look at, and how each stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Max

from loudou.fieldwork.figures.contacts import SILENT, contact_state
from loudou.insight.figures.flow import Span
from loudou.insight.figures.leakage import limit_of
from loudou.insight.figures.scope import Scope
from loudou.insight.figures.times import Times
from loudou.insight.queries.leaks import leaking
from loudou.insight.queries.times import stage_times
from loudou.kernel.periods import midnight
from loudou.people.models import Organisation
from loudou.pipeline.figures.flags import stage_age, whole_days
from loudou.pipeline.figures.thresholds import Thresholds
from loudou.pipeline.models import Deal, Funnel, Move, Visit
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.models.history import MoveKind
from loudou.pipeline.queries.flags import flags_of, thresholds
from loudou.pipeline.queries.funnels import next_spec, stage_order
from loudou.warnings.figures.signs import SIGNS, Standing
from loudou.warnings.models import EarlyWarning

LEARNED_FROM = timedelta(days=365)  # the times of others that tell what is far longer (M12)
LAST_STAGE_MAY = frozenset({"due_soon"})  # in the last stage a date that comes near is no sign of anything
# (deal, since when it was in the stage) → when and how it left.
Stays = dict[tuple[int, datetime | None], tuple[datetime | None, str]]


@dataclass(frozen=True)
class _Look:
    """When the watch looks, for whom, and from when on something is odd."""

    now: datetime
    company: Organisation
    limits: Thresholds


@dataclass(frozen=True)
class Watched:
    """A deal as the watch sees it, with the warnings of it that stand."""

    deal: Deal
    standing: Standing
    warnings: Sequence[EarlyWarning]

    def told_for(self, warning: EarlyWarning, stays: Stays) -> Standing:
        """How the deal stands, with the end of the stay that a warning is about."""
        left_at, left_by = stays.get((self.deal.pk, warning.since), (None, ""))
        return replace(self.standing, left_at=left_at, left_by=left_by)


def to_look_at(since: datetime | None) -> list[int]:
    """The deals to look at: with `since` those touched from then on, else all that are open or warned of."""
    if since is not None:
        return sorted(Deal.objects.filter(touched_at__gte=since).values_list("pk", flat=True))
    warned = EarlyWarning.objects.standing().values_list("deal", flat=True)
    return sorted({*Deal.objects.open().values_list("pk", flat=True), *warned})


def limits(now: datetime) -> dict[int, int | None]:
    """Microseconds that each stage of every funnel allows before a deal in it leaks in silence (M12); a query a funnel.

    They are learned from the deals of everybody that came into the stage within a year.
    """
    span = Span(now, now - LEARNED_FROM, None, None)
    found: dict[int, int | None] = {}
    times = thresholds().stuck_times
    for funnel in Funnel.objects.order_by("pk"):
        stages = list(stage_order(funnel.pk))
        timed = stage_times(stages, Scope(), span)
        found |= {stage: limit_of(timed.get(stage, Times()).p75, times) for stage in stages}
    return found


def watched(
    keys: Collection[int], allowed: dict[int, int | None], company: Organisation, now: datetime
) -> list[Watched]:
    """These deals with their signs and their warnings; four queries however many they are."""
    deals = Deal.objects.filter(pk__in=keys).select_related("spec", "owner", "unit")
    stuck = _stuck(keys, allowed, now)
    moved = _date_moved(keys)
    look = _Look(now, company, Thresholds.read(company.thresholds))
    standing: dict[int, list[EarlyWarning]] = {}
    for warning in EarlyWarning.objects.standing().filter(deal__in=keys).select_for_update(no_key=True):
        standing.setdefault(warning.deal_id, []).append(warning)
    return [
        Watched(
            deal,
            _standing(deal, look, stuck=deal.pk in stuck, moved=moved.get(deal.pk)),
            standing.get(deal.pk, []),
        )
        for deal in deals.defer("search", "extra", "note", "review").order_by("pk")
    ]


def stays_of(warnings: Iterable[EarlyWarning]) -> Stays:
    """When and how the stays that warnings are about came to their end; one query."""
    wanted = {warning.deal_id for warning in warnings if warning.since is not None}
    rows = Visit.objects.filter(deal__in=wanted).exclude(left_at=None)
    return {
        (deal, entered): (left, how)
        for deal, entered, left, how in rows.values_list("deal", "entered_at", "left_at", "left_by")
    }


def _stuck(keys: Collection[int], allowed: dict[int, int | None], now: datetime) -> set[int]:
    known = {stage: limit for stage, limit in allowed.items() if limit is not None}
    if not known:
        return set()
    leaks = leaking(known, Scope(), Span(now, None, None, None), ["stuck"])
    return set(leaks.filter(deal__in=keys).order_by().values_list("deal", flat=True))


def _date_moved(keys: Collection[int]) -> dict[int, datetime]:
    moves = Move.objects.filter(deal__in=keys, kind=MoveKind.EXPECTED_CLOSE).order_by()
    return dict(moves.values_list("deal").annotate(last=Max("at")))


def _standing(deal: Deal, look: _Look, *, stuck: bool, moved: datetime | None) -> Standing:
    due = deal.expected_on
    return Standing(
        outcome=deal.outcome,
        signs=_signs(deal, look, stuck=stuck),
        touched_at=deal.touched_at,
        stage_since=deal.stage_since,
        limit_at=deal.stage_limit_at,
        date_passes_at=midnight(due + timedelta(days=1), look.company.zone) if due is not None else None,
        ended_at=deal.closed_at or deal.held_at,
        date_moved_at=moved,
    )


def _signs(deal: Deal, look: _Look, *, stuck: bool) -> dict[str, int]:
    """The signs an open deal shows, each with its number."""
    if deal.outcome != Outcome.OPEN:
        return {}
    now, limits = look.now, look.limits
    shown = flags_of(deal, now, look.company.today, limits)
    found = {flag.code: flag.n for flag in shown if flag.code in SIGNS}
    if next_spec(deal.spec) is None:
        found = {sign: number for sign, number in found.items() if sign not in LAST_STAGE_MAY}
    if stuck:
        age = stage_age(deal.stage_since, deal.stage_limit_at, deal.spec.max_days, now)
        found["stuck"] = int(age or 0)
    last = deal.last_contact_at
    if last is not None and contact_state(last, now, timedelta(days=limits.contact_days)) == SILENT:
        found["silent"] = whole_days(now - last)
    return found
