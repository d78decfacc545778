"""What an import may not rewrite any more: what was frozen when its books were closed (`domain.md` C20)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from loudou.fieldwork.models import Activity
from loudou.kernel.periods import midnight
from loudou.people.queries import organisation
from loudou.pipeline.models import Move
from loudou.targets.queries.closing import standing_closings


def frozen_deals(keys: Collection[int]) -> dict[int, date]:
    """Those deals of which something is frozen, each with the last day of the books it is frozen in."""
    return _frozen(Move.objects.filter(deal__in=keys), "deal")


def frozen_moves(keys: Collection[str]) -> dict[str, date]:
    """The same of told moves, by their import keys."""
    return _frozen(Move.objects.filter(import_key__in=keys), "import_key")


def frozen_activities(keys: Collection[int]) -> dict[int, date]:
    """The same of activities."""
    return _frozen(Activity.objects.filter(pk__in=keys), "pk")


def why_frozen(day: date) -> str:
    """The sentence that says so."""
    sentence = _("The books are closed through {day}; what stands in them is not rewritten.")
    return sentence.format(day=day.isoformat())


def _frozen(rows: Any, key: str) -> dict[Any, date]:
    """What lies in closed months and was written before they were closed; what came late is frozen nowhere yet."""
    zone, found = organisation().zone, {}
    for closing in standing_closings():
        stood = rows.filter(at__lt=midnight(closing.ends_on, zone), recorded_at__lte=closing.closed_at)
        found.update(dict.fromkeys(stood.values_list(key, flat=True), closing.last_day))
    return found
