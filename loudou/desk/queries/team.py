"""What a leader sees first: what waits for their signature, where the team's deals are in trouble, who has a plan."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, Q, QuerySet, Sum, Value

from loudou.desk.queries.day import Late
from loudou.kernel import clock
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Grain
from loudou.people.access import reach, unit_ids
from loudou.people.grants import Reach
from loudou.people.models import Organisation, Unit, User
from loudou.pipeline.figures.flags import urgent
from loudou.pipeline.lens import DealLens
from loudou.pipeline.models import Deal, Deals, Stock
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.queries import flags
from loudou.pipeline.queries.board import SHOWN
from loudou.pipeline.queries.funnels import at_their_stages
from loudou.pipeline.queries.stock import Said
from loudou.ui.prepared import ANY, MANY, Prepared, Shapes, among

CAP = 100
SMALL_TEAM = 40
MOST_LARGE = 6
URGENT = "urgent"
TROUBLES = ("over_stay", "overdue", "next_overdue", "no_next_step")


@dataclass(frozen=True)
class Trouble:
    """A kind of trouble: its flag and how many open deals have it, counted to a hundred."""

    code: str
    count: int


@dataclass(frozen=True)
class Member:
    """A person, or a unit with everything below it: open deals, their amount, those without a next step, wins."""

    who: User | Unit
    count: int
    amount: Decimal
    bare: int
    won: int


def troubles(user: User, company: Organisation) -> list[Trouble]:
    """How many open deals within the person's reach have each trouble, and any (`urgent`), in one query."""
    shape, within = _within(user)
    told = _TROUBLES.of(shape).tuples(*within, clock.now(), company.today)
    counted = Counter(code for (code,) in told)
    return [Trouble(code, counted[code]) for code in (URGENT, *TROUBLES) if counted[code]]


def largest_in_trouble(user: User, company: Organisation) -> list[Late]:
    """The largest open deals within reach that are over a limit or past a date, with why."""
    now, today = clock.now(), company.today
    shape, within = _within(user)
    found = at_their_stages(_LARGEST.of(shape).rows(*within, now, today))
    return [Late(deal, urgent(flags.sight(deal), now, today)) for deal in found]


class _Shape(NamedTuple):
    """In which words deals within reach are asked for: by unit or owner, and beside those some by key."""

    said: Said
    beside: bool

    def open_deals(self, units: list[int], owner: int, extra: list[int]) -> Deals:
        """The open ones."""
        within = self.said.condition(units, owner)
        if self.beside:
            within |= Q(among(extra))
        return Deal.objects.filter(within, outcome=Outcome.OPEN)


def _within(user: User) -> tuple[_Shape, tuple[list[int], int, list[int]]]:
    lens = DealLens.read({}, user)
    return _Shape(lens.whose.said, bool(lens.extra)), (*lens.whose.values, lens.extra)


def _in_trouble(shape: _Shape, *asked: Any) -> QuerySet[Deal, Any]:
    *within, now, today = asked
    wanted = {URGENT: flags.urgent(now, today)} | {code: flags.where(code, now, today) for code in TROUBLES}
    first, *rest = (
        shape.open_deals(*within)
        .filter(having)
        .order_by()
        .values_list(Value(code, output_field=CharField()))[: CAP + 1]
        for code, having in wanted.items()
    )
    return first.union(*rest, all=True)


def _largest(shape: _Shape, *asked: Any) -> QuerySet[Deal]:
    """Their keys are found first, in an index alone: of a unit in a hundred nearly two thousand rows were looked into for six."""
    *within, now, today = asked
    deals = shape.open_deals(*within).filter(flags.urgent(now, today)).order_by("-base_amount", "-id")
    found = among(ArraySubquery(deals.values("pk")[:MOST_LARGE]))
    return Deal.objects.filter(found).select_related("owner").only(*SHOWN).order_by("-base_amount", "-id")


_DEALS = MANY, ANY, [ANY - 1]
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_TROUBLES = Shapes(_in_trouble, *_DEALS, _NEVER, date.max)
_LARGEST = Shapes(_largest, *_DEALS, _NEVER, date.max)


def members(user: User, company: Organisation) -> list[Member]:
    """The team by person while it is small, by the units below otherwise; most open deals first (three queries)."""
    far = reach(user, "pipeline.see")
    units = None if far is Reach.ALL else sorted(unit_ids(user, far))
    team = _TEAM.of(units is not None).rows(units or [])
    if len(team) <= SMALL_TEAM:
        return _by_person(team, company)
    return _by_unit(user, units, company)


def _by_person(team: list[User], company: Organisation) -> list[Member]:
    owners = [user.pk for user in team]
    stock = _sums(_STOCK.of("owner"), owners)
    counted = {(kind, owner): n for kind, owner, n in _COUNTED.tuples(owners, _month_start(company))}
    rows = [
        Member(
            user,
            *stock.get(user.pk, (0, ZERO)),
            counted.get(("bare", user.pk), 0),
            counted.get(("won", user.pk), 0),
        )
        for user in team
    ]
    return sorted((row for row in rows if row.count or row.won), key=lambda row: -row.count)


def _by_unit(user: User, units: list[int] | None, company: Organisation) -> list[Member]:
    """The children of the person's own unit (of the roots, for who sees everything), each with its whole branch."""
    every = _UNITS.rows()
    heads = _below(every, user.unit_id if units is not None else None)
    if units is None and len(heads) == 1:
        heads = _below(every, heads[0].pk)
    head_of = {unit.pk: head.pk for unit in every for head in heads if unit.path.startswith(head.path)}
    stock = _sums(_STOCK.of("unit"), list(head_of))
    won = dict(_WON.tuples(list(head_of), _month_start(company)))
    totals: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    for key, head in head_of.items():
        count, amount = stock.get(key, (0, ZERO))
        totals[head][0] += count
        totals[head][1] += amount
        totals[head][2] += won.get(key, 0)
    return [
        Member(head, int(totals[head.pk][0]), totals[head.pk][1], 0, int(totals[head.pk][2]))
        for head in heads
    ]


def _below(units: list[Unit], above: int | None) -> list[Unit]:
    """The units right below one, or the roots, that are not retired."""
    return [unit for unit in units if unit.parent_id == above and unit.retired_at is None]


def _month_start(company: Organisation) -> datetime:
    start, _end = company.fiscal.of(company.today, Grain.MONTH).instants(company.zone)
    return start


def _sums(stock: Prepared[Stock], keys: list[int]) -> dict[int, tuple[int, Decimal]]:
    return {key: (count, amount) for key, count, amount in stock.tuples(keys)}


def _team(within: bool, units: list[int]) -> QuerySet[User]:
    people = User.objects.active().filter(roles__overlap=["rep", "presales", "manager", "partner"])
    people = people.filter(among(units, "unit")) if within else people.exclude(unit=None)
    return people.order_by("name_key").only("name", "username")[: SMALL_TEAM + 1]


def _stock(by: str, keys: list[int]) -> QuerySet[Stock, Any]:
    rows = Stock.objects.filter(among(keys, by), resting=False)
    return rows.values_list(by).annotate(n=Sum("count"), total=Sum("amount")).order_by()


def _won(start: datetime) -> QuerySet[Deal]:
    return Deal.objects.filter(outcome=Outcome.WON, closed_at__gte=start).order_by()


def _counted(owners: list[int], start: datetime) -> QuerySet[Deal, Any]:
    """How many deals without a next step every owner has, and how many they won, in one query."""
    bare = Deal.objects.filter(Q(next_on=None) | Q(next_step=""), outcome=Outcome.OPEN).order_by()
    first, second = (
        deals.filter(among(owners, "owner"))
        .values_list(Value(kind, output_field=CharField()), "owner")
        .annotate(n=Count("*"))
        for kind, deals in (("bare", bare), ("won", _won(start)))
    )
    return first.union(second, all=True)


_TEAM = Shapes(_team, MANY)
_STOCK = Shapes(_stock, MANY)
_COUNTED = Prepared(_counted, MANY, _NEVER)
_WON = Prepared(
    lambda units, start: _won(start).filter(among(units, "unit")).values_list("unit").annotate(n=Count("*")),
    *(MANY, _NEVER),
)
_UNITS = Prepared(lambda: Unit.objects.order_by("position", "code"))
