"""What a decomposition would look like: asked for on the page, by `loudou decompose` or the API, it writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Self

from django.utils.translation import gettext as _

from loudou.kernel.allocation import CannotAllocate
from loudou.kernel.numbers import CENT, MILLIONTH, ZERO, Ratio, rounded
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.models import Organisation, Unit, User
from loudou.people.queries import organisation
from loudou.targets.figures.decompose import (
    BYS,
    GRAINS,
    METRICS,
    Check,
    Piece,
    Share,
    alike,
    assignment,
    decompose,
    excessive,
    over_assigned,
    sums_up,
    whole,
)
from loudou.targets.figures.progress import RATES
from loudou.targets.figures.typed import like, parse_target
from loudou.targets.figures.weighing import Leaver, strained
from loudou.targets.models import IN_MONEY, Target
from loudou.targets.proposals.pieces import pieces_of, refuse_unknown
from loudou.targets.proposals.reading import (
    Weights,
    read_amount,
    read_period,
    read_step,
    refuse_beyond_whole,
    refuse_no_step,
    refuse_per_cent,
)
from loudou.targets.queries import calendar_coded, standing_parts, stays_closed, target_of, timing
from loudou.targets.queries.history import vacant_seats
from loudou.ui import format as f


@dataclass(frozen=True)
class Asked:
    """What is to be taken apart, into what, and by which weights. `locked` are amounts by key that stay.

    A rate is no sum: each part has it whole, so that weights and step say nothing.
    """

    unit: Unit
    metric: str
    period: Period
    total: Decimal
    step: Decimal
    by: str
    calendar: str = ""
    locked: Mapping[str, Decimal] | None = None
    method: str = ""

    @classmethod
    def read(
        cls,
        *,
        unit: str,
        metric: str,
        period: str,
        total: str,
        step: str,
        by: str,
        calendar: str = "",
        method: str = "",
    ) -> Self:
        """From words; refuses what they cannot mean, one sentence each."""
        row = Unit.objects.filter(code=unit).first()
        if row is None:
            raise Refused(_("There is no unit with the code “{code}”.").format(code=unit), field="unit")
        if metric not in METRICS:
            raise Refused(_("There is no metric “{metric}”.").format(metric=metric), field="metric")
        if by not in BYS:
            raise Refused(_("“{value}” is not understood as {name}.").format(value=by, name="by"), field="by")
        amount, steps = read_amount(total, "total", parse_target), read_step(step)
        return cls(
            row, metric, read_period(period), amount, steps, by, calendar, method=method.replace("-", "_")
        )


@dataclass(frozen=True)
class Proposal:
    """A decomposition with its proof. `warnings` are checks that stop nothing, `vacant` the seats that carry nothing."""

    asked: Asked
    shares: Sequence[Share]
    checks: Sequence[Check]
    assignment: Ratio
    provisional: bool
    warnings: Sequence[Check] = ()
    vacant: Sequence[Leaver] = ()

    @property
    def is_rate(self) -> bool:
        """Whether it is a rate, whose parts come to nothing together."""
        return self.asked.metric in RATES

    @property
    def sum(self) -> Decimal:
        """What the parts come to."""
        return whole(self.shares)

    @property
    def weighted(self) -> Decimal:
        """What the weights come to; by the funnel, the raw weighted funnel (M25)."""
        return sum((share.weight for share in self.shares), ZERO)

    def plain(self) -> dict[str, Any]:
        """As JSON (`contract.md`)."""
        return {
            "unit": self.asked.unit.code,
            "metric": self.asked.metric,
            "by": self.asked.by,
            "method": self.asked.method or None,
            "total": _money(self.asked.total),
            "parts": [
                {
                    "key": share.key,
                    "weight": str(rounded(share.weight, MILLIONTH)),
                    "raw": _money(share.raw),
                    "amount": _money(share.amount),
                    "locked": share.locked,
                    "closed": share.closed,
                }
                for share in self.shares
            ],
            "sum": None if self.is_rate else _money(self.sum),
            "sum_reason": "rate" if self.is_rate else None,
            "checks": [_plain(check) for check in self.checks],
            "warnings": [_plain(check) for check in self.warnings],
            **self._assigned(),
            "vacant": [
                {"name": seat.name, "unit": seat.unit, "amount": _money(ZERO)} for seat in self.vacant
            ],
            "provisional": self.provisional,
        }

    def _assigned(self) -> dict[str, Any]:
        ratio = self.assignment
        if ratio.value is None:
            return {"assignment": None, "assignment_reason": ratio.reason}
        return {"assignment": str(rounded(ratio.value, MILLIONTH))}


def propose(asked: Asked, weights: Weights | None = None) -> Proposal:
    """Take a total apart: in time by working days × seasonal index, else equally, by another method or by `weights`.

    Of people the check of 120 % is made: against the unit's own target of that period, else against the total. Nothing is
    checked of a rate, for it is no sum.
    """
    company = organisation()
    refuse_no_step(asked.step)
    for name, amount in (("total", asked.total), ("step", asked.step)):
        refuse_per_cent(amount, asked.metric, name)
    refuse_beyond_whole(asked.total, asked.metric, "total")
    calendar = calendar_coded(asked.calendar) if asked.calendar else None
    if asked.calendar and calendar is None:
        raise Refused(_("There is no calendar “{code}”.").format(code=asked.calendar), field="calendar")
    times = timing(company, calendar, asked.unit)
    pieces = pieces_of(asked, times, company, weights)
    pieces = _locked(pieces, asked)
    if asked.by in GRAINS:
        pieces = _frozen(pieces, asked, company)
    provisional = asked.by in GRAINS and times.calendar.provisional(asked.period)
    if asked.metric in RATES:
        if asked.total != asked.total.quantize(CENT):
            raise Refused(_("At most two decimal places."), field="total")
        return Proposal(asked, alike(asked.total, pieces), [], Ratio.missing("rate"), provisional)
    try:
        shares = decompose(asked.total, pieces, asked.step)
    except CannotAllocate as problem:
        raise Refused(_sentence(problem.reason), field="total") from None
    summed = sums_up(asked.total, shares)
    _refuse_short(asked, shares, summed)
    proposal = Proposal(
        asked,
        shares,
        checks=[summed],
        assignment=Ratio.missing("not_assigned"),
        provisional=provisional,
        warnings=_by_funnel(asked, shares),
    )
    return _assigned(proposal) if asked.by == "person" else proposal


def _locked(pieces: Sequence[Piece], asked: Asked) -> list[Piece]:
    """The pieces with the amounts at which somebody fixed them.

    Those of a rate are written as the whole is: with 12.5% a lock at 5% is 5, not 0.05.
    """
    locked = asked.locked or {}
    refuse_unknown(set(locked) - {piece.key for piece in pieces}, field="locked")
    found = [piece._replace(locked=locked.get(piece.key, piece.locked)) for piece in pieces]
    for piece in found:
        if piece.locked is not None:
            refuse_per_cent(piece.locked, asked.metric, "locked")
            refuse_beyond_whole(piece.locked, asked.metric, "locked")
    if asked.metric not in RATES:
        return found
    return [
        piece if piece.locked is None else piece._replace(locked=like(piece.locked, asked.total))
        for piece in found
    ]


def _frozen(pieces: Sequence[Piece], asked: Asked, company: Organisation) -> list[Piece]:
    """The pieces with what stands in closed books: targets of then stay, what is open shares the rest (M64, C20).

    A closed part that has no target weighs as any other; none is set for it.
    """
    closed = company.closed_through
    if closed is None or asked.period.start > closed:
        return list(pieces)
    standing = standing_parts(
        asked.unit, asked.metric, Period(asked.period.start, closed + timedelta(days=1))
    )
    found = []
    for piece in pieces:
        part = company.fiscal.parse(piece.key)
        amount = standing.get((part.start, part.end))
        if part.end - timedelta(days=1) > closed:
            found.append(piece)
        elif amount is not None and piece.locked not in (None, amount):
            raise stays_closed(closed, field="locked")
        else:
            found.append(piece._replace(locked=piece.locked if amount is None else amount, closed=True))
    return found


def _refuse_short(asked: Asked, shares: Sequence[Share], summed: Check) -> None:
    """Periods, units, products and customers are all there is of a whole: where each is locked, they sum to it.

    People need not: what they carry is measured by the 120 % (M31). Nor what closed books say, which nobody locked.
    """
    if summed.passed or asked.by == "person" or all(share.closed for share in shares):
        return
    if (summed.shortfall < 0) != (asked.total < 0):
        raise Refused(_sentence("locked_exceeds"), field="total")
    sentence = _("The parts do not sum to the whole: {missing} is missing.")
    raise Refused(sentence.format(missing=_figure(summed.shortfall, asked.metric)), field="total")


def _figure(amount: Decimal, metric: str) -> str:
    if metric in IN_MONEY:
        return f.money(amount, organisation().base_currency, full=True)
    return f.number(amount, 0 if amount == int(amount) else 2)


def _assigned(proposal: Proposal) -> Proposal:
    """With what M31 asks of people: 120 % at least, a warning beyond 150 %, seats nobody sits on."""
    asked, carried = proposal.asked, proposal.sum
    target = measured_against(asked)
    return replace(
        proposal,
        checks=[*proposal.checks, over_assigned(target, carried)],
        assignment=assignment(target, carried),
        warnings=[*proposal.warnings, *([check] if not (check := excessive(target, carried)).passed else [])],
        vacant=vacant_seats(asked.unit, asked.period),
    )


def _by_funnel(asked: Asked, shares: Sequence[Share]) -> list[Check]:
    weighted = sum((share.weight for share in shares), ZERO)
    if asked.method != "funnel" or not strained(asked.total, weighted):
        return []
    return [Check("funnel_gap", passed=False, shortfall=asked.total - weighted)]


def measured_against(asked: Asked) -> Decimal:
    """What people carry 120 % of: their unit's target; where none is set, the total itself."""
    found: Target | None = target_of(asked.unit, asked.metric, asked.period)
    return found.base_amount if found is not None else asked.total


def recipients(proposal: Proposal) -> list[dict[str, Any]]:
    """Whose target each part is, and of when, in the order of the parts: what `set_target` takes."""
    asked, keys = proposal.asked, [share.key for share in proposal.shares]
    if asked.by == "unit":
        units = {unit.code: unit for unit in Unit.objects.filter(code__in=keys)}
        return [{"unit": units[key], "period": asked.period} for key in keys]
    if asked.by == "person":
        people = {
            user.username: user for user in User.objects.filter(username__in=keys).select_related("unit")
        }
        return [{"unit": people[key].unit, "person": people[key], "period": asked.period} for key in keys]
    if asked.by in ("family", "segment"):
        return [{"unit": asked.unit, "period": asked.period, asked.by: key} for key in keys]
    return [{"unit": asked.unit, "period": read_period(key)} for key in keys]


def _plain(check: Check) -> dict[str, Any]:
    return {"rule": check.rule, "passed": check.passed, "shortfall": _money(check.shortfall)}


def _money(amount: Decimal) -> str:
    return str(rounded(amount, CENT))


def _sentence(reason: str) -> str:
    return {
        "off_step": _("What is left to take apart is no multiple of the step."),
        "no_weight": _("Nothing has a weight, so nobody can take it."),
        "negative_weight": _("A weight must not be negative."),
        "locked_exceeds": _("The locked parts come to more than the whole."),
    }[reason]
