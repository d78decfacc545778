"""What targets say in words: each its own, else what the whole it is a part of says (R001, R008)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q

from loudou.targets.models import WORDS, Target

Distance = tuple[bool, int, int, bool, bool]


@dataclass(frozen=True)
class Word:
    """A letter of SMART in words; `whole` is the target that says it, None where it is the target's own word."""

    text: str
    whole: Target | None = None


def words_of(targets: Sequence[Target]) -> dict[int, Mapping[str, Word]]:
    """By the key of each target its words by name, empty where nobody said any (one query).

    What a part does not say itself the nearest whole says that does: a longer period of the same owner, then the same
    period or a longer one of the unit, then of the units above it.
    """
    wholes = list(_speaking(targets)) if targets else []
    return {target.pk: _of(target, wholes) for target in targets}


def _speaking(targets: Sequence[Target]) -> Iterable[Target]:
    """Whatever says a word and may be a whole of one of these targets."""
    units = {key for one in targets if one.unit is not None for key in one.unit.ancestor_ids()}
    people = {one.person_id for one in targets if one.person_id is not None}
    says = [~Q(**{name: ""}) for name in WORDS]
    found = Target.objects.filter(
        reduce(or_, says),
        Q(person__in=people) | Q(person=None, unit__in=units),
        metric__in={one.metric for one in targets},
        starts_on__lte=max(one.starts_on for one in targets),
        ends_on__gte=min(one.ends_on for one in targets),
    )
    return found.select_related("unit", "person", "stage")


def _of(target: Target, wholes: Iterable[Target]) -> dict[str, Word]:
    measured = ((_distance(target, one), one) for one in wholes)
    above = sorted(((far, one.pk, one) for far, one in measured if far is not None))
    said = {}
    for name in WORDS:
        own = getattr(target, name)
        first = None if own else next((one for _far, _pk, one in above if getattr(one, name)), None)
        said[name] = Word(getattr(first, name), first) if first is not None else Word(own)
    return said


def _distance(target: Target, whole: Target) -> Distance | None:
    """How far a whole is from its part, to be compared; None where the one is no part of the other."""
    if target.pk == whole.pk or (target.metric, target.stage_id) != (whole.metric, whole.stage_id):
        return None
    if target.starts_on < whole.starts_on or target.ends_on > whole.ends_on:
        return None
    if whole.family not in ("", target.family) or whole.segment not in ("", target.segment):
        return None
    of_others = whole.person_id is None and target.person_id is not None
    if whole.person_id is not None and whole.person_id != target.person_id:
        return None
    up = _steps_up(target, whole) if whole.person_id is None else 0
    if up is None:
        return None
    return of_others, up, whole.period.length, whole.family == "", whole.segment == ""


def _steps_up(target: Target, whole: Target) -> int | None:
    """By how many units a unit's target stands above; None where it does not."""
    if target.unit is None or whole.unit is None or not target.unit.path.startswith(whole.unit.path):
        return None
    return target.unit.depth - whole.unit.depth
