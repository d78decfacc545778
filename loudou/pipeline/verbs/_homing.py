"""Live deals go along when their owner comes to another unit (`domain.md` B0.8)."""

from __future__ import annotations

from datetime import date

from django.db.models import F, Q

from loudou.kernel.periods import midnight
from loudou.people.models import User
from loudou.people.moving import goes_along
from loudou.people.queries import organisation
from loudou.pipeline.figures.courses import LIVE
from loudou.pipeline.models import Move, State
from loudou.pipeline.verbs.importing._pasts import Pasts
from loudou.pipeline.verbs.importing._writing import write

_AT_ONCE = 500


def _rehome(user: User, since: date) -> None:
    """Bring the deals that somebody had since that day, while they were live, to the units they belonged to.

    Those too that were live for all that was known then: their close, or that they went to somebody else, was told later.
    """
    instant = midnight(since, organisation().zone)
    there = State.objects.filter(owner=user, outcome__in=LIVE).filter(Q(until=None) | Q(until__gt=instant))
    ever = Move.objects.filter(owner=user).values("deal")
    late = Move.objects.filter(deal__in=ever, known_at__gt=instant).exclude(known_at=F("at"))
    keys = sorted({*there.values_list("deal", flat=True), *late.values_list("deal", flat=True)})
    for start in range(0, len(keys), _AT_ONCE):
        write(Pasts(keys[start : start + _AT_ONCE]).rearranged())


goes_along(_rehome)
