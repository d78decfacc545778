"""Which targets say what somebody aims at in a period: one as it was set, several that make it up, a share of a longer one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q

from loudou.insight.asked import ALL_TIME
from loudou.insight.lens import InsightLens
from loudou.insight.queries.aimed import BY_PRODUCT, to_be_told
from loudou.insight.reports.aims import Aim
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Grain, Period
from loudou.targets.figures.decompose import Timing
from loudou.targets.figures.progress import RATES, prorated
from loudou.targets.models import Target
from loudou.targets.models.target import Targets
from loudou.targets.queries import Timings
from loudou.targets.queries.closing import as_known
from loudou.ui.prepared import read


def wanted_period(lens: InsightLens) -> Period:
    """The chosen period; without one, and of all time, the quarter of the day the figures are of."""
    if lens.period is not None and lens.period != ALL_TIME:
        return lens.period
    return lens.company.fiscal.of(lens.today, Grain.QUARTER)


def wanted_targets(lens: InsightLens, period: Period | None = None) -> Targets:
    """The targets of a lens that touch its period, or another one."""
    found = Target.objects.visible_to(lens.user).for_products(divided=lens.by == BY_PRODUCT)
    found = found.touching(period or wanted_period(lens))
    if lens.unit is not None:
        found = found.filter(unit__in=list(lens.units or ()))
    return found.filter(person=lens.owner) if lens.owner is not None else found


def chosen_aims(lens: InsightLens, times: Timings, which: Q | None = None) -> Iterable[Aim]:
    """One aim for everybody and every metric that has a target for the period, or `which` of the targets."""
    return aims_of(lens, targets_between(lens, [wanted_period(lens)], which), times)


def targets_between(lens: InsightLens, periods: Sequence[Period], whose: Q | None = None) -> list[Target]:
    """Whose targets touch one of these periods or what lies between them, as they were known."""
    hull = Period(min(one.start for one in periods), max(one.end for one in periods))
    return as_known(read(to_be_told(wanted_targets(lens, hull).filter(whose or Q()))), lens.known)


def aims_of(lens: InsightLens, targets: Iterable[Target], times: Timings) -> Iterable[Aim]:
    """One aim for everybody and everything counted that these targets know of the lens's period."""
    wanted = wanted_period(lens)
    groups: dict[tuple[Any, ...], list[Target]] = defaultdict(list)
    for target in targets:
        if target.period.overlap(wanted) is not None:
            owner = ("person", target.person_id) if target.person_id else ("unit", target.unit_id)
            groups[(*owner, target.metric, target.stage_id, target.family)].append(target)
    for some in groups.values():
        aim = _aim(some, lens, times.of(some[0].unit, some[0].stage))
        if aim is not None:
            yield aim


def _aim(targets: Sequence[Target], lens: InsightLens, times: Timing) -> Aim | None:
    """Of one owner's targets what is asked for: exactly that period's, the sum of its parts, a share of a longer one.

    Where no period was asked for, the target of the shortest period that has the day goes before a share.
    """
    wanted = wanted_period(lens)
    if parts := _tiling(targets, wanted):
        first = parts[0]
        amount = _together(parts, times)
        single = first if len(parts) == 1 else None
        return aimed(first, wanted, amount, single, "set" if single else "sum")
    around = [target for target in targets if lens.today in target.period]
    if (lens.period is None or lens.period == ALL_TIME) and around:
        found = min(around, key=lambda target: target.period.length)
        return aimed(found, found.period, found.base_amount, found, "set")
    longer = [target for target in targets if target.period.overlap(wanted) == wanted]
    if not longer:
        return None
    found = min(longer, key=lambda target: target.period.length)
    is_rate = found.metric in RATES
    amount = found.base_amount if is_rate else prorated(found.base_amount, wanted, found.period, times)
    return aimed(found, wanted, amount, found, "share")


def aimed(of: Target, period: Period, amount: Decimal, target: Target | None, origin: str) -> Aim:
    """An aim of a target's owner at what that target counts."""
    return Aim(of.unit, of.person, of.metric, period, amount, target, origin, of.stage, of.family)


def _together(parts: Sequence[Target], times: Timing) -> Decimal:
    """What parts of a period come to: their sum, of a rate their mean by the weight of their times."""
    if parts[0].metric not in RATES:
        return sum((part.base_amount for part in parts), ZERO)
    weights, amounts = [times.weight(part.period) for part in parts], [part.base_amount for part in parts]
    if max(amounts) > 1:  # in per cent, all of them
        amounts = [amount if amount > 1 else amount * 100 for amount in amounts]
    weighed = sum((amount * w for amount, w in zip(amounts, weights, strict=True)), ZERO)
    return weighed / sum(weights, ZERO) if any(weights) else amounts[0]


def _tiling(targets: Sequence[Target], wanted: Period) -> list[Target]:
    """Targets that make up a period without a gap, the longest first; none if there is no such row."""
    parts: list[Target] = []
    day = wanted.start
    while day < wanted.end:
        fitting = [one for one in targets if one.starts_on == day and one.ends_on <= wanted.end]
        if not fitting:
            return []
        parts.append(max(fitting, key=lambda one: one.ends_on))
        day = parts[-1].ends_on
    return parts
