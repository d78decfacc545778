"""What the demo company sets out to sell: bookings by quarter and month of everybody who sells and of every unit above
them. The months of a department are what its people carry, less 20 %; those of the units above are the sum of theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from loudou.demo.plot import Act, Plot
from loudou.demo.tempers import temper
from loudou.kernel.periods import Fiscal, Grain, Period
from loudou.people.models import Unit, User
from loudou.targets import verbs as targets
from loudou.targets.models import Metric, Target
from loudou.targets.proposals import Asked, propose, recipients

STEP = Decimal(10_000)
OVER = Decimal("1.2")  # people carry 120 % of their unit's target (R006)
MORE_OVER = {"D3": Decimal("1.35")}  # they make up for what is waived of 直销一部 (`agreeing`)
STRETCH = Decimal("1.1")  # what one wishes for over what will come
GROWTH = Decimal("0.09")  # from quarter to quarter


def set_aims(plot: Plot, acts: Sequence[Act]) -> None:
    """Set every quarter's targets from the story's first quarter to the end of its last year."""
    units = {unit.pk: unit for unit in Unit.objects.all()}
    leavers = {seller.role.username for seller in plot.sellers() if seller.last != plot.until}
    months: list[targets.CellInput] = []
    for place, quarter in enumerate(_quarters(plot)):
        shares = _shares(plot, acts, quarter, place)
        carried = _months_of([_aim(quarter, user.unit, amount, person=user) for user, amount in shares])
        # Whoever will leave carries on top: the sheet of a later day is without them, and proves what the others carry.
        staying = [cell for cell in carried if cell.person and cell.person.username not in leavers]
        above = _above(staying, units)
        for key, by_month in above.items():
            _aim(quarter, units[key], sum(by_month.values(), Decimal()))
            months += [targets.CellInput(units[key], None, *one) for one in by_month.items()]
        months += carried
    targets.set_cells(months, metric=Metric.BOOKINGS, by=None)


def _above(
    carried: Sequence[targets.CellInput], units: Mapping[int, Unit]
) -> dict[int, dict[Period, Decimal]]:
    """By unit and month what units set out to sell: what the people of each carry comes to 120 % at the least."""
    people: dict[tuple[Unit, Period], Decimal] = defaultdict(Decimal)
    for cell in carried:
        people[cell.unit, cell.period] += cell.amount or 0
    found: dict[int, dict[Period, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for (own, month), amount in people.items():
        whole = amount / MORE_OVER.get(own.code, OVER) // STEP * STEP
        unit: Unit | None = own
        while unit is not None:
            found[unit.pk][month] += whole
            unit = units.get(unit.parent_id) if unit.parent_id else None
    return found


def _quarters(plot: Plot) -> list[Period]:
    last = date(plot.until.year + 1, 1, 1)
    first = Fiscal().of(plot.begin, Grain.QUARTER).start
    return Fiscal().split(Period(first, last), Grain.QUARTER)


def _shares(plot: Plot, acts: Sequence[Act], quarter: Period, place: int) -> list[tuple[User, Decimal]]:
    """What each seller who is there at the quarter's beginning carries: as much as they are trusted to, less if new."""
    worth = {act.about: act.with_["amount"] for act in acts if act.kind == "open"}
    won = sum((worth[act.about] for act in acts if act.kind == "win"), Decimal())
    sellers = plot.sellers()
    trust = {seller.role.username: Decimal(str(temper(seller.role.username).carries)) for seller in sellers}
    per_quarter = won / 6 / sum(trust.values(), Decimal()) * STRETCH * OVER
    grown = per_quarter * (Decimal("0.78") + GROWTH * place)
    people = {user.username: user for user in User.objects.select_related("unit")}
    shares = []
    for seller in sellers:
        stays = seller.last == plot.until or seller.last > quarter.start
        if seller.first < quarter.end and stays:
            ramp = Decimal("0.5") if seller.first >= quarter.start > plot.begin else Decimal(1)
            shares.append((people[seller.role.username], grown * ramp * trust[seller.role.username]))
    return shares


def _aim(quarter: Period, unit: Unit | None, amount: Decimal, person: User | None = None) -> Target:
    rounded = (amount / STEP).quantize(Decimal(1)) * STEP
    return targets.set_target(
        unit=unit,
        person=person,
        metric=Metric.BOOKINGS,
        period=quarter,
        amount=rounded,
        by=None,
        specific="签约额，不含税",
        attainable="按在手商机与近四季成交推算",
        relevant="三年内进入国内前五",
    )


def _months_of(carried: Sequence[Target]) -> list[targets.CellInput]:
    """The months of people's quarters, which sum to them: who carries the same has the same, on the company's one calendar."""
    found: list[targets.CellInput] = []
    known: dict[Decimal, list[tuple[Period, Decimal]]] = {}
    for whole in carried:
        if whole.amount not in known:
            proposal = propose(_by_month(whole))
            known[whole.amount] = [
                (month["period"], share.amount)
                for month, share in zip(recipients(proposal), proposal.shares, strict=True)
            ]
        assert whole.unit is not None
        found += [
            targets.CellInput(whole.unit, whole.person, month, amount)
            for month, amount in known[whole.amount]
        ]
    return found


def _by_month(whole: Target) -> Asked:
    assert whole.unit is not None
    return Asked(whole.unit, whole.metric, whole.period, whole.amount, STEP, "month")
