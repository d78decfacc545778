"""What managers and directors said deal by deal of a period (M22), as it stood at an instant."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from loudou.forecasts.figures.cycle import LEVELS
from loudou.forecasts.models import Judgement, Verdict
from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import money, when
from loudou.people.access import may
from loudou.people.models import User
from loudou.pipeline.models import State

_TOLD = (Verdict.IN, Verdict.OUT)


def forecast_judgements(lens: InsightLens) -> dict[str, Any]:
    """Every deal counted in or out for periods within the one asked for, with what it was worth when that was said.

    `owner` is who had the deal at the instant (B0.8), and whose deals are asked for goes by that too. `people` sums
    them up by who judged: adding them up would count a deal at every level.
    """
    rows = _standing(lens)
    names = dict(User.objects.filter(pk__in={_owner(row) for row in rows}).values_list("pk", "username"))
    fiscal = lens.company.fiscal
    return {
        "as_of": when(lens.instant),
        "rows": [
            {
                "period": fiscal.name(row.period),
                "who": row.user.username,
                "level": row.level,
                "deal": row.deal.code,
                "owner": names[_owner(row)],
                "verdict": row.verdict,
                "reason": row.reason,
                "amount": money(row.amount),
                "at": when(row.at),
            }
            for row in rows
        ],
        "people": _people(rows),
    }


def _standing(lens: InsightLens) -> list[Judgement]:
    period = lens.or_this_quarter()
    rows = Judgement.objects.filter(first__gte=period.start, end__lte=period.end)
    if lens.known is not None:
        rows = rows.filter(at__lt=lens.known)
    found = rows.newest().filter(verdict__in=_TOLD).select_related("user", "deal")
    found = found.visible_to(lens.user) if may(lens.user, "forecasts.see") else found.none()
    if lens.units is not None:
        found = found.filter(unit__in=sorted(lens.units))
    told = _with_owners(found, lens)
    if lens.owner is not None:
        told = [row for row in told if _owner(row) == lens.owner.pk]
    return sorted(told, key=lambda row: (row.first, LEVELS.index(row.level), row.user.username, row.pk))


def _with_owners(rows: Any, lens: InsightLens) -> list[Judgement]:
    """These judgements, each with who had its deal at the instant: a change of hands is known when it happens."""
    had: Any = F("deal__owner")
    if lens.known is not None:
        stood = State.objects.filter(Q(until=None) | Q(until__gte=lens.known), since__lt=lens.known)
        then = Subquery(stood.filter(deal=OuterRef("deal")).order_by("-seq").values("owner")[:1])
        had = Coalesce(then, had, output_field=BigIntegerField())
    return list(rows.annotate(had=had).defer("deal__search", "deal__extra", "deal__note"))


def _owner(row: Judgement) -> int:
    owner: int = vars(row)["had"]
    return owner


def _people(rows: list[Judgement]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str], dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        sums[row.user.username, row.level][row.verdict].append(row.amount)
    return [
        {
            "who": who,
            "level": level,
            **{verdict.value: money(sum(told[verdict], Decimal(0))) for verdict in _TOLD},
            **{f"deals_{verdict.value}": len(told[verdict]) for verdict in _TOLD},
        }
        for (who, level), told in sums.items()
    ]
