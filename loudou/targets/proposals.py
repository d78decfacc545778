"""What a decomposition would look like: asked for on the page or by `loudou decompose`, it writes nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from django.utils.translation import gettext as _

from loudou.kernel.allocation import CannotAllocate
from loudou.kernel.money import LARGEST, parse_amount
from loudou.kernel.numbers import CENT, MILLIONTH, ZERO, Ratio, rounded
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.targets.figures.decompose import (
    BYS,
    GRAINS,
    METRICS,
    Check,
    Piece,
    Share,
    assignment,
    decompose,
    over_assigned,
    sums_up,
    whole,
)
from loudou.targets.models import Target
from loudou.targets.queries import calendar_coded, members_below, sellers, target_of, timing, units_below

MOST_DAYS = 3_660
MOST_WEIGHTS = 20_000
_KEYS = ("key", "unit_code", "username", "period", "month", "code", "unit", "person")
_WEIGHTS = ("weight", "index", "share", "权重", "權重")
_LOCKED = ("locked", "amount", "锁定", "鎖定")


@dataclass(frozen=True)
class Weight:
    """A line of a weights file: the weight by hand, and the amount where it is fixed."""

    weight: Decimal
    locked: Decimal | None = None


Weights = Mapping[str, Weight]


@dataclass(frozen=True)
class Asked:
    """What is to be taken apart, and into what. `locked` are amounts by key that stay."""

    unit: Unit
    metric: str
    period: Period
    total: Decimal
    step: Decimal
    by: str
    calendar: str = ""
    locked: Mapping[str, Decimal] | None = None

    @classmethod
    def read(
        cls, *, unit: str, metric: str, period: str, total: str, step: str, by: str, calendar: str = ""
    ) -> Self:
        """From words; refuses what they cannot mean, one sentence each."""
        row = Unit.objects.filter(code=unit).first()
        if row is None:
            raise Refused(_("There is no unit with the code “{code}”.").format(code=unit), field="unit")
        if metric not in METRICS:
            raise Refused(_("There is no metric “{metric}”.").format(metric=metric), field="metric")
        if by not in BYS:
            raise Refused(_("“{value}” is not understood as {name}.").format(value=by, name="by"), field="by")
        return cls(row, metric, read_period(period), _amount(total, "total"), read_step(step), by, calendar)


@dataclass(frozen=True)
class Proposal:
    """A decomposition with its proof. `target` is what the people of the unit are measured against."""

    asked: Asked
    shares: Sequence[Share]
    checks: Sequence[Check]
    assignment: Ratio
    provisional: bool

    @property
    def sum(self) -> Decimal:
        """What the parts come to."""
        return whole(self.shares)

    def plain(self) -> dict[str, Any]:
        """As JSON (`contract.md`)."""
        return {
            "unit": self.asked.unit.code,
            "metric": self.asked.metric,
            "by": self.asked.by,
            "total": _money(self.asked.total),
            "parts": [
                {
                    "key": share.key,
                    "weight": str(rounded(share.weight, MILLIONTH)),
                    "raw": _money(share.raw),
                    "amount": _money(share.amount),
                    "locked": share.locked,
                }
                for share in self.shares
            ],
            "sum": _money(self.sum),
            "checks": [
                {"rule": check.rule, "passed": check.passed, "shortfall": _money(check.shortfall)}
                for check in self.checks
            ],
            "provisional": self.provisional,
        }


def propose(asked: Asked, weights: Weights | None = None) -> Proposal:
    """Take a total apart: in time by working days × seasonal index, among units and people equally; or by `weights`.

    Of people the check of 120 % is made: against the unit's own target of that period, else against the total.
    """
    company = organisation()
    calendar = calendar_coded(asked.calendar) if asked.calendar else None
    if asked.calendar and calendar is None:
        raise Refused(_("There is no calendar “{code}”.").format(code=asked.calendar), field="calendar")
    times = timing(company, calendar)
    if asked.by in GRAINS:
        if asked.period.length > MOST_DAYS:
            raise Refused(_("At most ten years."), field="period")
        pieces = times.pieces(asked.period, GRAINS[asked.by])
        pieces = _weighed(pieces, weights) if weights is not None else pieces
    else:
        pieces = _parts_of(asked, weights)
    pieces = [replace(piece, locked=(asked.locked or {}).get(piece.key, piece.locked)) for piece in pieces]
    try:
        shares = decompose(asked.total, pieces, asked.step)
    except CannotAllocate as problem:
        raise Refused(_sentence(problem.reason), field="total") from None
    checks = [sums_up(asked.total, shares)]
    carried = Ratio.missing("not_assigned")
    if asked.by == "person":
        target = measured_against(asked)
        checks.append(over_assigned(target, whole(shares)))
        carried = assignment(target, whole(shares))
    provisional = asked.by in GRAINS and times.calendar.provisional(asked.period)
    return Proposal(asked, shares, checks, carried, provisional)


def measured_against(asked: Asked) -> Decimal:
    """What people carry 120 % of: their unit's target; where none is set, the total itself."""
    found: Target | None = target_of(asked.unit, asked.metric, asked.period)
    return found.base_amount if found is not None else asked.total


def recipients(proposal: Proposal) -> list[dict[str, Any]]:
    """Whose target each part is, and of when, in the order of the parts: `unit`, `person` and `period`."""
    asked, keys = proposal.asked, [share.key for share in proposal.shares]
    if asked.by == "unit":
        units = {unit.code: unit for unit in Unit.objects.filter(code__in=keys)}
        return [{"unit": units[key], "period": asked.period} for key in keys]
    if asked.by == "person":
        people = {
            user.username: user for user in User.objects.filter(username__in=keys).select_related("unit")
        }
        return [{"unit": people[key].unit, "person": people[key], "period": asked.period} for key in keys]
    return [{"unit": asked.unit, "period": read_period(key)} for key in keys]


def read_period(text: str) -> Period:
    """A period by its name."""
    try:
        period = organisation().fiscal.parse(text.strip())
    except (ValueError, OverflowError):
        raise Refused(
            _("“{value}” is not understood as {name}.").format(value=text[:40], name="period"), field="period"
        ) from None
    if not 1990 <= period.start.year <= 2100:
        raise Refused(_("The year must lie between 1990 and 2100."), field="period")
    return period


def read_step(text: str) -> Decimal:
    """What parts are multiples of: a positive amount of whole cents."""
    step = _amount(text, "step")
    if step <= 0 or step != step.quantize(CENT):
        raise Refused(_("A step is an amount above zero, such as 10000."), field="step")
    return step


def read_weights(content: bytes) -> dict[str, Weight]:
    """A file of weights: CSV of `key,weight[,locked]` with or without a head, or JSON of key → weight."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    rows = _json_rows(text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text)
    found: dict[str, Weight] = {}
    for key, weight, locked in rows[:MOST_WEIGHTS]:
        if key in found:
            raise Refused(_("“{key}” has two weights.").format(key=key), field="weights")
        fixed = _amount(locked, "weights") if locked else None
        found[key] = Weight(_weight(weight, key), fixed)
    if not found:
        raise Refused(_("The file has no weights."), field="weights")
    return found


Line = tuple[str, str, str]


def _json_rows(text: str) -> list[Line]:
    try:
        said = json.loads(text)
    except ValueError:
        raise Refused(_("The file is neither CSV nor JSON."), field="weights") from None
    if isinstance(said, dict):
        return [(str(key).strip(), str(weight), "") for key, weight in said.items()]
    rows = [row for row in said if isinstance(row, dict)]
    return [
        (str(_first(row, _KEYS)).strip(), str(_first(row, _WEIGHTS)), str(_first(row, _LOCKED)))
        for row in rows
    ]


def _first(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((row[name] for name in names if row.get(name) not in (None, "", False)), "")


def _csv_rows(text: str) -> list[Line]:
    first = text.partition("\n")[0]
    delimiter = next((mark for mark in (",", ";", "\t", "，") if mark in first), ",")
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    rows = [row for row in rows if any(row)]
    if not rows:
        return []
    head = [cell.lower() for cell in rows[0]]
    places = {name: place for place, name in enumerate(head)}
    if any(name in places for name in _WEIGHTS):
        named = [{name: row[place] for name, place in places.items() if place < len(row)} for row in rows[1:]]
        return [
            (str(_first(row, _KEYS)), str(_first(row, _WEIGHTS)), str(_first(row, _LOCKED))) for row in named
        ]
    return [(row[0], row[1] if len(row) > 1 else "", row[2] if len(row) > 2 else "") for row in rows]


def _weight(raw: str, key: str) -> Decimal:
    try:
        weight = parse_amount(raw.removesuffix("%") or "0")
    except ValueError:
        raise Refused(
            _("The weight of “{key}” is no number.").format(key=key[:40]), field="weights"
        ) from None
    if weight < 0 or weight > LARGEST:
        raise Refused(_("A weight must not be negative."), field="weights")
    return weight


def _weighed(pieces: Sequence[Piece], weights: Weights) -> list[Piece]:
    """Parts of a period with the weights of a file; a month may be named by its number alone."""
    found = {_piece_key(key): weight for key, weight in weights.items()}
    known = {piece.key for piece in pieces} | {_piece_key(piece.key[-2:]) for piece in pieces}
    _refuse_unknown(set(found) - known)
    weighed = []
    for piece in pieces:
        line = found.get(piece.key) or found.get(_piece_key(piece.key[-2:])) or Weight(ZERO)
        weighed.append(Piece(piece.key, line.weight, line.locked))
    return weighed


def _piece_key(key: str) -> str:
    """`1`, `01` and `1月` are the first month of whatever year."""
    number = key.removesuffix("月")
    return f"-{int(number):02}" if number.isascii() and number.isdigit() and len(number) < 3 else key


def _parts_of(asked: Asked, weights: Weights | None) -> list[Piece]:
    """Units below the one asked for, or the people who sell there: those a file names, else all of them equally."""
    if asked.by == "unit":
        keys = {unit.code: {unit.code, unit.name} for unit in units_below(asked.unit)}
    else:
        people = members_below(asked.unit, asked.period)
        people = sellers(people) if weights is None else people
        keys = {user.username: {user.username, user.name} for user in people}
    if not keys:
        raise Refused(_("There is nobody below “{unit}”.").format(unit=asked.unit.name), field="unit")
    if weights is None:
        return [Piece(key, Decimal(1)) for key in keys]
    _refuse_unknown(set(weights) - set().union(*keys.values()))
    pieces = []
    for key, names in keys.items():
        line = next((weights[name] for name in (key, *names) if name in weights), None)
        if line is not None:
            pieces.append(Piece(key, line.weight, line.locked))
    return pieces


def _refuse_unknown(keys: set[str]) -> None:
    if keys:
        raise Refused(_("“{key}” is no part of this.").format(key=sorted(keys)[0][:40]), field="weights")


def _amount(raw: str, field: str) -> Decimal:
    try:
        amount = parse_amount(raw)
    except ValueError:
        raise Refused(_("Write an amount such as 1,234.50 or 12万."), field=field) from None
    if abs(amount) > LARGEST:
        raise Refused(_("The amount is too large."), field=field)
    return amount


def _money(amount: Decimal) -> str:
    return str(rounded(amount, CENT))


def _sentence(reason: str) -> str:
    return {
        "off_step": _("What is left to take apart is no multiple of the step."),
        "no_weight": _("Nothing has a weight, so nobody can take it."),
        "negative_weight": _("A weight must not be negative."),
        "locked_exceeds": _("The locked parts come to more than the whole."),
    }[reason]
