"""Competitors that are named on deals: as one who was there, or as the one who won it instead (M05).

They are told apart by their names, however these are spelled. Who is named on a deal is known of now alone: of a past
instant it is not kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from django.db.models import Q, Value
from django.db.models.functions import Lower

from loudou.pipeline.models import Competitor, Deal

# Every name on a deal once, and whether that is who won it instead.
NAMED = """
SELECT deal, name, bool_or(won_it) FROM (
  SELECT deal_id, lower(name), false FROM pipeline_competitor
  UNION ALL SELECT id, lower(lost_to), true FROM pipeline_deal WHERE lost_to <> ''
) AS every (deal, name, won_it) GROUP BY deal, name
"""


class Rivals(NamedTuple):
    """Who won a deal instead, if anybody did, and every name on it, as names are told apart."""

    lost_to: str = ""
    names: frozenset[str] = frozenset()


def against(rival: str, deal: str) -> Q:
    """Rows of deals on which a competitor is named (any, without one); `deal` is the column with their key."""
    if not rival:
        return Q()
    there = Competitor.objects.filter(name__iexact=rival).values("deal")
    lost = Deal.objects.filter(lost_to__iexact=rival).values("pk")
    return Q(**{f"{deal}__in": there}) | Q(**{f"{deal}__in": lost})


def spelled(names: Iterable[str]) -> dict[str, str]:
    """How these are spelled on deals, by the name as the database tells it apart; two queries."""
    wanted = [Lower(Value(name)) for name in names]
    there = Competitor.objects.annotate(low=Lower("name")).filter(low__in=wanted).values_list("low", "name")
    lost = Deal.objects.annotate(low=Lower("lost_to")).filter(low__in=wanted).values_list("low", "lost_to")
    return dict([*lost.order_by("lost_to").distinct(), *there.order_by("name").distinct()])


def rivals_of(keys: Collection[int]) -> Mapping[int, Rivals]:
    """Who is named on these deals; two queries, none for no deals."""
    if not keys:
        return {}
    names: dict[int, set[str]] = defaultdict(set)
    for key, name in Competitor.objects.filter(deal__in=keys).values_list("deal", Lower("name")):
        names[key].add(name)
    lost = Deal.objects.filter(pk__in=keys).values_list("pk", Lower("lost_to"))
    return {key: Rivals(name, frozenset(names[key] | ({name} - {""}))) for key, name in lost}
