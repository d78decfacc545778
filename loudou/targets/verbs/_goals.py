"""Giving a target its number from a growth over a base or a share of a whole; the base is frozen with it (R002)."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.kernel.money import LARGEST
from loudou.kernel.numbers import MILLIONTH
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.models import Organisation
from loudou.pipeline.models import Stage
from loudou.targets.figures.goals import GROWTH, Goal, amount_at
from loudou.targets.figures.progress import RATES
from loudou.targets.figures.weighing import year_before
from loudou.targets.models import AT_STAGE, Kind, Target
from loudou.targets.queries.counting import reached_in

FASTEST = Decimal(1000)  # a growth of a hundred thousand per cent is a slip


def check_stage(metric: str, stage: Stage | None) -> None:
    """Of a stage only what can be counted there (R010)."""
    if stage is not None and metric not in AT_STAGE:
        sentence = _("At a stage deals, their amount and new customers are counted, nothing else.")
        raise Refused(sentence, field="stage")


def amount_of(target: Target, goal: Goal, company: Organisation) -> Decimal:
    """What a goal comes to, with its base frozen on the target; where one is frozen already, that one holds."""
    _check(target, goal)
    if target.base_value is None:
        _freeze(target, goal, company)
    assert target.base_value is not None
    target.rate = goal.rate
    return amount_at(goal.kind, target.base_value, goal.rate)


def _check(target: Target, goal: Goal) -> None:
    if goal.kind not in (Kind.GROWTH, Kind.SHARE):
        raise Refused(_("A target is an absolute number, a growth or a share."), field="kind")
    if target.pk is not None and target.kind != goal.kind:
        raise Refused(_("This target is meant in another way; withdraw it and set it anew."), field="kind")
    least = Decimal(-1) if goal.kind == GROWTH else Decimal(0)
    most = FASTEST if goal.kind == GROWTH else Decimal(1)
    rate = goal.rate
    if not rate.is_finite() or not least <= rate <= most or rate != rate.quantize(MILLIONTH):
        sentence = _("A growth lies above −100 %, a share between 0 and 100 %, with at most four decimals.")
        raise Refused(sentence, field="rate")
    if goal.kind == Kind.SHARE and target.metric in RATES:
        raise Refused(_("A conversion is a share already; set it as an absolute number."), field="kind")


def _freeze(target: Target, goal: Goal, company: Organisation) -> None:
    base, period = goal.base, None
    if goal.kind == GROWTH:
        period = goal.period or year_before(target.period)
        if period.end > target.starts_on:
            raise Refused(_("The base period ends before the target begins."), field="base_period")
        base = base if base is not None else _counted(target, period, company)
    if base is None:
        raise Refused(_("A share needs the whole it is of, such as the size of the market."), field="base")
    if not base.is_finite() or base > LARGEST:
        raise Refused(_("The amount is too large."), field="base")
    if base <= 0:
        raise Refused(_("A growth or a share needs a base above zero (B0.6)."), field="base")
    target.kind = goal.kind
    target.base_value = base.quantize(MILLIONTH)
    target.base_starts_on = period.start if period is not None else None
    target.base_ends_on = period.end if period is not None else None


def _counted(target: Target, period: Period, company: Organisation) -> Decimal:
    if period.end > company.today:
        raise Refused(_("The base period is not over; say what it will come to."), field="base")
    found = reached_in(target, period).value
    if found is None:
        raise Refused(_("Nothing is known of the base period; say what it came to."), field="base")
    return found
