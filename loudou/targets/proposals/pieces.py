"""What a total may be taken apart into, and what each part weighs by the way that was chosen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from loudou.catalog.models import Product
from loudou.customers.models import Customer
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.models import Organisation, Unit
from loudou.targets.figures.decompose import GRAINS, Piece, Timing
from loudou.targets.figures.weighing import METHODS_AMONG, METHODS_IN_TIME, year_before
from loudou.targets.proposals.reading import Weight, Weights, twice
from loudou.targets.queries import history, members_below, sellers, units_below

if TYPE_CHECKING:
    from loudou.targets.proposals.proposing import Asked

MOST_DAYS = 3_660
_MONTH = re.compile(r"[0-9]{4}-([0-9]{2})")
ONE = Decimal(1)
Sold = Callable[[str, Period, Organisation, Unit], Mapping[str, Decimal]]


def pieces_of(asked: Asked, times: Timing, company: Organisation, weights: Weights | None) -> list[Piece]:
    """The parts in the order in which ties are settled, weighed by a file, or else by the method asked for."""
    if asked.by in GRAINS:
        return _in_time(asked, times, company, weights)
    parts = _KINDS[asked.by](asked, every=weights is not None)
    if not parts.names:
        raise Refused(_("There is nobody below “{unit}”.").format(unit=asked.unit.name), field="unit")
    if weights is not None:
        return _by_hand(parts.names, weights)
    method = _known(asked.method or "equal", METHODS_AMONG)
    if method == "equal":
        return [Piece(key, ONE) for key in parts.names]
    found = parts.weigh(method, times, company)
    return [Piece(key, max(found.get(key, ZERO), ZERO)) for key in parts.names]


def _in_time(asked: Asked, times: Timing, company: Organisation, weights: Weights | None) -> list[Piece]:
    if asked.period.length > MOST_DAYS:
        raise Refused(_("At most ten years."), field="period")
    method = _known(asked.method or "season", METHODS_IN_TIME)
    if method == "learned":
        index = history.learned_or_refused(asked.metric, company, times.calendar)
        times = replace(times, seasons=index)
    pieces = times.pieces(asked.period, GRAINS[asked.by])
    if weights is not None:
        return _weighed(pieces, weights)
    return [Piece(piece.key, ONE) for piece in pieces] if method == "equal" else pieces


def _known(method: str, methods: Sequence[str]) -> str:
    if method not in methods:
        sentence = _("“{value}” is not understood as {name}.")
        raise Refused(sentence.format(value=method[:40], name="method"), field="method")
    return method


class _Units:
    """The units directly below."""

    def __init__(self, asked: Asked, *, every: bool) -> None:
        self.asked = asked
        self.units = units_below(asked.unit)
        self.names = {unit.code: {unit.code, unit.name} for unit in self.units}

    def weigh(self, method: str, times: Timing, company: Organisation) -> Mapping[str, Decimal]:
        if method == "funnel":
            found = history.funnel_by_unit(self.units)
        elif method == "last_year":
            before = year_before(self.asked.period)
            keys = {unit.pk for unit in self.units}
            found = history.won_by_unit(self.asked.metric, before, company, keys)
        else:
            found = {unit.pk: self._capacity(unit, times) for unit in self.units}
        return {unit.code: found.get(unit.pk, ZERO) for unit in self.units}

    def _capacity(self, unit: Any, times: Timing) -> Decimal:
        people = sellers(members_below(unit, self.asked.period))
        return sum(history.capacity_of(people, self.asked.period, times.calendar).values(), ZERO)


class _People:
    """Those who sell there; with a file whoever it names."""

    def __init__(self, asked: Asked, *, every: bool) -> None:
        self.asked = asked
        members = members_below(asked.unit, asked.period)
        self.people = members if every else sellers(members)
        self.names = {user.username: {user.username, user.name} for user in self.people}

    def weigh(self, method: str, times: Timing, company: Organisation) -> Mapping[str, Decimal]:
        keys = [user.pk for user in self.people]
        if method == "funnel":
            found = history.funnel_by_person(keys)
        elif method == "last_year":
            before = year_before(self.asked.period)
            found = history.won_by_person(self.asked.metric, before, company, keys)
        else:
            found = history.capacity_of(self.people, self.asked.period, times.calendar)
        return {user.username: found.get(user.pk, ZERO) for user in self.people}


class _Kinds:
    """Kinds of what is sold or of who buys: known by their names, weighed by what was sold of them last year alone."""

    def __init__(self, asked: Asked, names: Iterable[str], sold: Sold) -> None:
        self.asked = asked
        self.sold = sold
        self.names = {name: {name} for name in sorted(names)}

    def weigh(self, method: str, times: Timing, company: Organisation) -> Mapping[str, Decimal]:
        if method != "last_year":
            raise Refused(
                _("Products and customers are weighed equally, by last year or by hand."), field="method"
            )
        return self.sold(self.asked.metric, year_before(self.asked.period), company, self.asked.unit)


def _families(asked: Asked, *, every: bool) -> _Kinds:
    families = Product.objects.exclude(family="").values_list("family", flat=True)
    return _Kinds(asked, families.distinct(), history.won_by_family)


def _segments(asked: Asked, *, every: bool) -> _Kinds:
    """The industries customers are in."""
    industries = Customer.objects.exclude(industry="").values_list("industry", flat=True)
    return _Kinds(asked, industries.distinct(), history.won_by_segment)


_KINDS: dict[str, Any] = {"unit": _Units, "person": _People, "family": _families, "segment": _segments}


def _by_hand(names: Mapping[str, set[str]], weights: Weights) -> list[Piece]:
    """Those a file names, with its weights."""
    refuse_unknown(set(weights) - set().union(*names.values()))
    pieces = []
    for key, called in names.items():
        lines = [weights[name] for name in called | {key} if name in weights]
        if len(lines) > 1:
            raise twice(key)
        pieces += [Piece(key, line.weight, line.locked) for line in lines]
    return pieces


def _weighed(pieces: Sequence[Piece], weights: Weights) -> list[Piece]:
    """Parts of a period with the weights of a file; a month may be named by its number alone."""
    names = {piece.key: {piece.key, *_month_names(piece.key)} for piece in pieces}
    refuse_unknown(set(weights) - set().union(*names.values()))
    weighed = []
    for key, called in names.items():
        lines = [weights[name] for name in called if name in weights] or [Weight(ZERO)]
        if len(lines) > 1:
            raise twice(key)
        weighed.append(Piece(key, lines[0].weight, lines[0].locked))
    return weighed


def _month_names(key: str) -> set[str]:
    """`1`, `01`, `1月` and `01月` are the first month of whatever year, a workbook's date is its month; else nothing."""
    month = _MONTH.fullmatch(key)
    if month is None:
        return set()
    numbers = {month[1], str(int(month[1]))}
    return numbers | {f"{number}月" for number in numbers} | {f"{key}-01"}


def refuse_unknown(keys: set[str], *, field: str = "weights") -> None:
    """Refuse what names no part."""
    if keys:
        raise Refused(_("“{key}” is no part of this.").format(key=sorted(keys)[0][:40]), field=field)
