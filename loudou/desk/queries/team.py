"""What a leader sees first: what waits for their signature, where the team's deals are in trouble, who has a plan."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal

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
from loudou.pipeline.models import Deal, Stock
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.queries import flags
from loudou.signoff.models import Request
from loudou.signoff.queries import inbox

CAP = 100
SMALL_TEAM = 40
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


def waiting(user: User, *, limit: int = 6) -> list[Request]:
    """What waits for this person's signature, the most urgent first."""
    return list(inbox(user).select_related("asker").order_by("due_at", "id")[:limit])


def troubles(user: User, company: Organisation) -> list[Trouble]:
    """How many open deals within the person's reach have each trouble, and any (`urgent`), in one query."""
    now, today = clock.now(), company.today
    deals = DealLens.read({"outcome": "open"}, user).deals
    wanted = {URGENT: flags.urgent(now, today)} | {code: flags.where(code, now, today) for code in TROUBLES}
    first, *rest = (
        deals.filter(having).order_by().values_list(Value(code, output_field=CharField()))[: CAP + 1]
        for code, having in wanted.items()
    )
    counted = Counter(code for (code,) in first.union(*rest, all=True))
    return [Trouble(code, counted[code]) for code in wanted if counted[code]]


def largest_in_trouble(user: User, company: Organisation, *, limit: int = 6) -> list[Late]:
    """The largest open deals within reach that are over a limit or past a date, with why."""
    now, today = clock.now(), company.today
    deals = DealLens.read({"outcome": "open", "tone": "urgent", "sort": "amount"}, user).deals
    found = deals.select_related("spec", "owner").order_by("-base_amount", "-id")[:limit]
    return [Late(deal, urgent(flags.sight(deal), now, today)) for deal in found]


def members(user: User, company: Organisation) -> list[Member]:
    """The team by person while it is small, by the units below otherwise; most open deals first (four queries)."""
    far = reach(user, "pipeline.see")
    units = None if far is Reach.ALL else sorted(unit_ids(user, far))
    people = User.objects.active().exclude(unit=None)
    people = people if units is None else people.filter(unit__in=units)
    sellers = people.filter(roles__overlap=["rep", "presales", "manager", "partner"])
    team = list(sellers.select_related("unit").order_by("name_key")[: SMALL_TEAM + 1])
    if len(team) <= SMALL_TEAM:
        return _by_person(team, company)
    return _by_unit(user, units, company)


def _by_person(team: list[User], company: Organisation) -> list[Member]:
    owners = [user.pk for user in team]
    stock = _sums(Stock.objects.filter(owner__in=owners, resting=False), "owner")
    open_deals = Deal.objects.filter(owner__in=owners, outcome=Outcome.OPEN)
    counted = _counts(
        bare=open_deals.filter(Q(next_on=None) | Q(next_step="")),
        won=_won_this_month(company).filter(owner__in=owners),
    )
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
    everything = Unit.objects.filter(retired_at=None)
    top = user.unit if units is not None else None
    heads = list(everything.filter(parent=top).order_by("position", "code"))
    if top is None and len(heads) == 1:
        heads = list(everything.filter(parent=heads[0]).order_by("position", "code"))
    head_of = {
        key: head.pk
        for key, path in Unit.objects.values_list("pk", "path")
        for head in heads
        if path.startswith(head.path)
    }
    stock = _sums(Stock.objects.filter(unit__in=head_of, resting=False), "unit")
    won = dict(
        _won_this_month(company)
        .filter(unit__in=head_of)
        .values_list("unit")
        .annotate(n=Count("pk"))
        .order_by()
    )
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


def _won_this_month(company: Organisation) -> QuerySet[Deal]:
    start, _end = company.fiscal.of(company.today, Grain.MONTH).instants(company.zone)
    return Deal.objects.filter(outcome=Outcome.WON, closed_at__gte=start)


def _sums(stock: QuerySet[Stock], by: str) -> dict[int, tuple[int, Decimal]]:
    rows = stock.values_list(by).annotate(n=Sum("count"), total=Sum("amount")).order_by()
    return {key: (count, amount) for key, count, amount in rows}


def _counts(**wanted: QuerySet[Deal]) -> dict[tuple[str, int], int]:
    """How many of each kind every owner has, by kind and owner, in one query."""
    first, *rest = (
        deals.order_by().values_list(Value(kind, output_field=CharField()), "owner").annotate(n=Count("pk"))
        for kind, deals in wanted.items()
    )
    return {(kind, owner): n for kind, owner, n in first.union(*rest, all=True)}
