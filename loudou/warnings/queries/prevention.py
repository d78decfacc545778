"""Counting how warnings ended (M48): by sign and by who had the deal then; one query."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from loudou.insight.figures.flow import Span
from loudou.insight.figures.scope import Scope
from loudou.insight.queries.scope import which, whose
from loudou.kernel.numbers import ZERO
from loudou.warnings.figures.prevention import Prevention
from loudou.warnings.figures.signs import OCCURRED, PREVENTED
from loudou.warnings.models import EarlyWarning


@dataclass(frozen=True)
class Counted:
    """What one sign of one owner's deals came to."""

    sign: str
    owner: int
    prevention: Prevention


def ended(scope: Scope, span: Span, funnel: int | None) -> list[Counted]:
    """How warnings ended during the span, as known at its instant; whose is who had the deal when they ended (B0.8)."""
    rows = EarlyWarning.objects.filter(ended_rows(scope, span))
    if funnel is not None:
        rows = rows.filter(deal__funnel=funnel)
    told = rows.order_by().values_list("sign", "owner", "how", "announced")
    return [
        Counted(sign, owner, _prevention(how, announced, count, amount or ZERO))
        for sign, owner, how, announced, count, amount in told.annotate(n=Count("pk"), total=Sum("amount"))
    ]


def ended_rows(scope: Scope, span: Span) -> Q:
    """Warnings that ended during the span, of who had the deal when they did."""
    return _within(span) & whose(scope, at="ended_at") & which(scope) & Q(ended_at__isnull=False)


def standing(scope: Scope, span: Span, funnel: int | None) -> int:
    """How many warnings stood at the instant of a span."""
    rows = EarlyWarning.objects.filter(whose(scope, at=span.known or span.now), which(scope), announced=True)
    if funnel is not None:
        rows = rows.filter(deal__funnel=funnel)
    if span.known is None:
        return rows.filter(ended_at=None).count()
    then = Q(ended_at=None) | Q(ended_at__gte=span.known)
    return rows.filter(then, raised_at__lt=span.known).count()


def _within(span: Span) -> Q:
    until = min(filter(None, (span.until, span.known)), default=None)
    found = Q(ended_at__lt=until) if until is not None else Q()
    return found & Q(ended_at__gte=span.since) if span.since is not None else found


def _prevention(how: str, announced: bool, count: int, amount: Decimal) -> Prevention:
    if how == PREVENTED:
        return Prevention(prevented=count, prevented_amount=amount)
    if how == OCCURRED:
        return Prevention(
            occurred=count,
            occurred_amount=amount,
            unannounced=0 if announced else count,
        )
    return Prevention(void=count)
