"""Reading the deals of the promotion table (F17): those that stood on the funnel some time during a period."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Func, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from loudou.fieldwork.queries.activities import Contacts, contacts_of, last_contacts
from loudou.insight.figures.anomalies import KINDS, OFF_FUNNEL, Limits, anomalies, of_the_past
from loudou.insight.figures.flow import LIVE, Span, is_void
from loudou.insight.figures.promotion import Promotion, promotion
from loudou.insight.figures.scope import Scope, just_before
from loudou.insight.queries.conditions import with_units
from loudou.insight.queries.known import Otherwise
from loudou.insight.queries.late import KEYS
from loudou.insight.queries.scope import which, whose
from loudou.people.employment import Employment, employment_then
from loudou.people.models import User
from loudou.pipeline.figures.flags import Flag
from loudou.pipeline.figures.history import Fact, History, as_known, off_funnel, unfold
from loudou.pipeline.figures.thresholds import Thresholds
from loudou.pipeline.models import Deal, State, Visit
from loudou.pipeline.queries.flags import flags_of, thresholds
from loudou.pipeline.queries.funnels import order_in, spec_of, version_then
from loudou.pipeline.queries.history import facts_of
from loudou.ui.prepared import MANY, Prepared, among


@dataclass(frozen=True)
class Row:
    """A deal of the table with its line and its flags; `owner` is who had it at the end of the period."""

    deal: Deal
    line: Promotion
    flags: Sequence[Flag]
    owner: User
    pk: int
    contacts: Contacts


def on_funnel(
    scope: Scope,
    span: Span,
    funnels: Collection[int] | None,
    otherwise: Sequence[Otherwise] = (),
    *,
    first: bool = False,
) -> QuerySet[Deal]:
    """Deals that stood on the funnel during the span and were the scope's at its end.

    Where only the `first` of them are read, the database is to look deal by deal and stop, not to collect them all.
    """
    right = [other.deal.pk for other in otherwise if _belongs(other.known, scope, span)]
    wanted = _stood(span, first=first)
    if otherwise:
        wanted = wanted & ~Q(among([other.deal.pk for other in otherwise])) | Q(among(right))
    deals = Deal.objects.filter(_mine(scope, span, right), wanted, which(scope, deal=""))
    return deals.filter(funnel__in=funnels) if funnels is not None else deals


def _stood(span: Span, *, first: bool) -> Q:
    """Deals that stood on the funnel during the span, as their rows tell."""
    known = Q(void_at=None) if span.known is None else Q(void_at=None) | Q(void_at__gte=span.known)
    stays = Visit.objects.filter(known, deal=OuterRef("pk"))
    if span.until is not None:
        stays = stays.filter(entered_at__lt=span.until)
    if span.since is not None:
        stays = stays.filter(Q(left_at=None) | Q(left_at__gte=span.since))
    if first:
        # Says nothing new, but that there is more to compare than is equal: the stays of all deals are not collected.
        stays = stays.filter(deal__lte=OuterRef("pk"))
    # What was live since the span began, or closed in it, stood on the funnel.
    now = span.until is None and span.known is None
    wanted = ~Q(outcome="invalid") if now else Q(Exists(stays))
    if span.since is not None:
        # What every deal that stood then has in common, so that those closed before need no second look.
        wanted &= Q(closed_at=None) | Q(closed_at__gte=span.since)
    return wanted


def _deals(keys: list[int]) -> QuerySet[Deal]:
    rows = Deal.objects.filter(among(keys)).select_related("customer", "spec", "funnel")
    return rows.defer("search", *(f"customer__{name}" for name in ("search", "note", "extra", "tags")))


_DEALS = Prepared(_deals, MANY)
_OWNERS = Prepared(lambda keys: User.objects.filter(among(keys)).select_related("unit"), MANY)


def rows(keys: Sequence[int], span: Span, today: date) -> list[Row]:
    """The lines of these deals, as known; five queries, of a past seven."""
    if not keys:
        return []
    deals = _DEALS.rows(list(keys))
    facts, judged = facts_of(keys), thresholds()
    found: list[_Known] = []
    for deal in deals:
        known = facts[deal.pk] if span.known is None else as_known(facts[deal.pk], span.known)
        if known:
            history = unfold(known, order_in(deal.funnel))
            version = version_then(deal.funnel_version_id, facts[deal.pk], span.known or span.now)
            found.append(_Known(deal, version, known, history, promotion(history, span)))
    theirs = {key for one in found for key in (one.line.owner, one.history.now.owner, one.deal.owner_id)}
    owners = {user.pk: user for user in _OWNERS.rows(sorted(theirs))}
    contacts = contacts_of(keys, span.since, span.until, span.known)
    lasts = last_contacts(keys, span.known) if span.known is not None else {}
    there = employment_then(owners.values(), span.known)
    return [
        Row(
            one.deal,
            one.line,
            _flags(one, owners, span, today, judged)
            if span.known is None
            else _flags_then(one, span.known, today, judged, lasts, there),
            owners[one.line.owner],
            one.deal.pk,
            contacts.get(one.deal.pk, Contacts()),
        )
        for one in found
    ]


class _Known(NamedTuple):
    """A deal of the table with the facts that are known of it, and what they tell."""

    deal: Deal
    version: int  # of its funnel, that it was on
    facts: Sequence[Fact]
    history: History
    line: Promotion


def _flags(
    one: _Known, owners: Mapping[int, User], span: Span, today: date, judged: Thresholds
) -> list[Flag]:
    """What is odd about it now."""
    one.deal.owner = owners[one.deal.owner_id]
    return anomalies(flags_of(one.deal, span.now, today, judged), (*KINDS, OFF_FUNNEL))


def _flags_then(
    one: _Known,
    known: datetime,
    today: date,
    judged: Thresholds,
    lasts: Mapping[int, datetime],
    there: Mapping[int, Employment],
) -> list[Flag]:
    """What was odd about it, as far as facts can tell: its last contact, and who was known to have left, among them."""
    deal, history = one.deal, one.history
    spec = spec_of(one.version, history.now.stage)
    _joined, left_on = there[history.now.owner]
    return of_the_past(
        history,
        one.facts,
        Limits(spec.warn_days, spec.max_days) if spec is not None else Limits(),
        known,
        today,
        thresholds=judged,
        contact_at=lasts.get(deal.pk, deal.created_at),
        owner_left=left_on is not None and left_on < today,
        off_funnel=off_funnel(history, deal.created_at, order_in(deal.funnel), judged),
    )


def _mine(scope: Scope, span: Span, right: list[int]) -> Any:
    """Deals that were the scope's when the span ended, and those that are `right` whatever their rows tell."""
    if span.until is None:  # it has not ended: nothing is known otherwise than it is
        return whose(scope, at=span.now)
    if scope.owner is None and scope.units is None:
        return Q()
    stood = State.objects.filter(Q(until=None) | Q(until__gte=span.until), since__lt=span.until).order_by()
    closed = stood.filter(whose(scope, at=span.until)).exclude(outcome__in=LIVE)
    if span.since is not None:  # nothing that was closed before stood on the funnel
        closed = closed.filter(since__gte=span.since)
    # The scope's own are few: they are found first, where one by one all deals there are would be looked at.
    keys: Any = Value(right, KEYS)
    for found in (
        _live(scope, stood.filter(outcome__in=LIVE), span.until),
        ArraySubquery(closed.values("deal")),
    ):
        keys = Func(found, keys, function="array_cat", output_field=KEYS)
    return among(keys)


def _live(scope: Scope, live: QuerySet[State], at: datetime) -> Any:
    """Keys of the deals of these states that were the scope's at an instant: an array."""
    if scope.owner is not None:
        return ArraySubquery(live.filter(whose(scope, at=at)).values("deal"))
    units = [one.unit for one in scope.units or () if one.at(just_before(at))]
    sql, values = with_units(live, at, units, ["deal"])
    return RawSQL(f"ARRAY({sql})", values, KEYS)  # noqa: S611 - a statement of Django's


def _belongs(history: History | None, scope: Scope, span: Span) -> bool:
    if history is None or is_void(history, span.known):
        return False
    line = promotion(history, span)
    stood = any(
        (span.until is None or stay.entered_at < span.until)
        and (stay.left_at is None or span.since is None or stay.left_at >= span.since)
        for stay in history.stays
    )
    return stood and scope.takes(line.owner, line.unit, just_before(span.until or span.now))
