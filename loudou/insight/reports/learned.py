"""What was learned since a past instant (B0.1): deals that counted otherwise than is known of them now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from loudou.insight.figures.flow import is_void, passages, standing_at
from loudou.insight.figures.scope import just_before
from loudou.insight.lens import InsightLens
from loudou.insight.queries.known import Named, Otherwise
from loudou.insight.reports._plain import money, stage_name
from loudou.pipeline.figures.history import History, Stand
from loudou.pipeline.models import StageSpec
from loudou.pipeline.queries.funnels import every_spec


@dataclass(frozen=True)
class Learned:
    """A deal that was counted otherwise: how it stood as it was known at the instant, and as is known of it now.

    None: it did not stand on the funnel, or nobody knew of it.
    """

    deal: Named
    told: Stand | None
    known: Stand | None


def learned(lens: InsightLens, otherwise: Iterable[Otherwise]) -> list[Learned]:
    """Those whose facts, known late, change what stood at the instant or moved in the period, largest first."""
    found = [
        Learned(other.deal, _stood(other.known, lens), _stood(other.told, lens))
        for other in otherwise
        if other.is_late and _counted(other.known, lens) != _counted(other.told, lens)
    ]
    return sorted(found, key=lambda one: (-one.deal.base_amount, one.deal.pk))


def plain(lens: InsightLens, some: Sequence[Learned]) -> list[dict[str, Any]]:
    """As JSON: the funnel's stages by name."""
    names = {spec.stage_id: spec for spec in reversed(every_spec(lens.shown_funnel))}
    return [
        {"code": one.deal.code, "told": _plain(one.told, names), "known": _plain(one.known, names)}
        for one in some
    ]


def _counted(history: History | None, lens: InsightLens) -> list[Any]:
    """What a deal brings to the flow of the lens."""
    if history is None:
        return []
    mine = [
        passage
        for passage in passages(history, lens.span)
        if lens.scope.takes(passage.owner, passage.unit, passage.at)
    ]
    return sorted(mine, key=lambda passage: (passage.at, passage.kind, passage.stage))


def _stood(history: History | None, lens: InsightLens) -> Stand | None:
    if history is None or is_void(history, lens.known):
        return None
    stand = standing_at(history.stands, lens.known)
    mine = stand is not None and lens.scope.takes(stand.owner, stand.unit, just_before(lens.instant))
    return stand if mine else None


def _plain(stand: Stand | None, names: dict[int, StageSpec]) -> dict[str, Any] | None:
    if stand is None:
        return None
    return {"stage": stage_name(names[stand.stage]), "amount": money(stand.base_amount)}
