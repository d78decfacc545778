"""Setting the rules by which forecasts are made and held."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from loudou.forecasts import events
from loudou.forecasts.figures.cycle import LEVELS
from loudou.forecasts.models import Terms
from loudou.journal.record import changes, lock, record, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User


@verb
def set_terms(*, by: User | None, version: int | None = None, **values: Any) -> Terms:
    """Change the rules: limits by level (ratios), hours, lock, grain; what is locked keeps the limit it has (M23)."""
    require(by, "forecasts.set_up")
    if not Terms.objects.exists():
        Terms.objects.create(id=1)
    fresh = lock(Terms.objects.get(), version=version, sent=values)
    for name in (f"{level}_limit" for level in LEVELS):
        if not 0 < values.get(name, getattr(fresh, name)) <= 1:
            raise Refused(_("A limit lies between 0 and 100 %."), field=name)
    changed = changes(fresh, values)
    for name, value in values.items():
        setattr(fresh, name, value)
    fresh.version += 1
    fresh.save()
    if changed:
        record(events.TERMS_SET, fresh, by=by, changed=changed)
    return fresh
