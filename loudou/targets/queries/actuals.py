"""Which results of other systems are on record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from loudou.targets.models import Actual
from loudou.targets.models.actual import Known


def on_record(days: Collection[date], source_ids: Collection[str]) -> dict[Known, Actual]:
    """The results of these days, and those with these ids in their own systems, by what they are known by."""
    wanted = Q(source_id__in=source_ids) | Q(source_id="", day__in=days)
    found = Actual.objects.filter(wanted, corrects=None).select_related("unit", "person")
    return {actual.known_by: actual for actual in found}
