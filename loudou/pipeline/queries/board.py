"""Reading the board: what each stage holds in all, and the cards that are shown of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum, Value

from loudou.kernel.numbers import ZERO
from loudou.pipeline.figures.flags import Flag, pace, stage_age, urgent, watched
from loudou.pipeline.figures.thresholds import Thresholds
from loudou.pipeline.models import Deal, Deals, Funnel, StageSpec
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.queries.flags import sight, thresholds
from loudou.pipeline.queries.funnels import every_spec
from loudou.pipeline.queries.stock import Whose, stocked
from loudou.signoff.models import Request
from loudou.ui.prepared import MANY, Prepared, among

CARDS = 20
# What a card or a row shows of a deal and of its owner: the rest is not read.
SHOWN = (
    *("code", "title", "customer_id", "customer_name", "funnel_version_id", "spec_id", "outcome", "owner_id"),
    *("amount", "currency", "base_amount", "expected_on", "probability", "category", "next_step", "next_on"),
    *("source", "created_at", "touched_at", "stage_since", "stage_warn_at", "stage_limit_at", "closed_at"),
    *("held_at", "gate_done", "gate_total", "pushes", "backs", "skips", "owed_evidence", "amount_jumps"),
    *("off_funnel", "last_contact_at", "unit_id", "version"),
    *("owner__name", "owner__is_active", "owner__left_on"),
)
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Sums:
    """What deals come to together: how many, their amount, weighted, and their average stay in days."""

    count: int = 0
    amount: Decimal = ZERO
    weighted: Decimal = ZERO
    dated: int = 0
    stayed_days: Decimal = ZERO  # of the dated ones together

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.count + other.count,
            self.amount + other.amount,
            self.weighted + other.weighted,
            self.dated + other.dated,
            self.stayed_days + other.stayed_days,
        )

    @property
    def average_stay(self) -> Decimal | None:
        """Days in the stage, on average; None without deals."""
        return self.stayed_days / self.dated if self.dated else None


@dataclass(frozen=True)
class Card:
    """A deal as its card shows it."""

    deal: Deal
    age: float | None
    pace: str
    flags: list[Flag]
    waiting: Request | None = None

    @property
    def pk(self) -> int:
        """The deal's key."""
        return self.deal.pk

    @property
    def late(self) -> bool:
        """Whether its next step is overdue."""
        return any(flag.code == "next_overdue" for flag in self.flags)

    @property
    def tone(self) -> str:
        """The tone of its most urgent flag."""
        return self.flags[0].tone if self.flags else ""


@dataclass
class Column:
    """A stage of the board. `spec` is the stage as the version in force has it, `keys` how any version has it."""

    spec: StageSpec
    keys: list[int]
    sums: Sums = field(default_factory=Sums)
    cards: list[Card] = field(default_factory=list)
    next: str = ""

    @property
    def over(self) -> bool:
        """Whether its deals stay longer than it allows, on average."""
        stay = self.sums.average_stay
        return stay is not None and self.spec.max_days is not None and stay > self.spec.max_days

    @property
    def rest(self) -> Sums:
        """What is there and not shown."""
        shown = sum((card.deal.base_amount for card in self.cards), ZERO)
        return Sums(self.sums.count - len(self.cards), self.sums.amount - shown)


def columns(funnel: Funnel) -> list[Column]:
    """The stages of a funnel: those of the version in force in order, then those only older versions have."""
    found: dict[int, Column] = {}
    specs = every_spec(funnel)
    for spec in [*(spec for spec in specs if spec.version_id == funnel.current_id), *specs]:
        column = found.setdefault(spec.stage_id, Column(spec, []))
        if spec.pk not in column.keys:
            column.keys.append(spec.pk)
    return list(found.values())


def stock_sums(whose: Whose, specs: Collection[int], now: datetime, *, resting: bool) -> dict[int, Sums]:
    """What stands in each of these stages, from what the database keeps of it: one query, whatever the number of deals."""
    found = {}
    for row in stocked(whose, [resting], specs):
        stayed = Decimal(row.dated) * Decimal(now.timestamp()) - row.began_seconds
        found[row.spec] = Sums(row.deals, row.amount, row.weighted, row.dated, stayed / DAY_SECONDS)
    return found


def deal_sums(deals: Deals, specs: Mapping[int, StageSpec], now: datetime) -> dict[int, Sums]:
    """What these deals come to in each of these stages, summed in one grouped query."""
    since = ExpressionWrapper(Value(now) - F("stage_since"), output_field=DurationField())
    limit = ExpressionWrapper(Value(now) - F("stage_limit_at"), output_field=DurationField())
    rows = (
        deals.filter(spec__in=specs)
        .values("spec_id")
        .annotate(
            n=Count("pk"),
            base=Sum("base_amount"),
            own=Sum(F("base_amount") * F("probability")),
            rest=Sum("base_amount", filter=Q(probability=None)),
            known=Count("stage_since"),
            limited=Count("stage_limit_at"),
            past_limit=Sum(limit),
            unlimited=Sum(since, filter=Q(stage_limit_at=None)),
        )
    )
    found = {}
    for row in rows.order_by():
        spec = specs[row["spec_id"]]
        days = _days(row["past_limit"]) + _days(row["unlimited"]) + row["limited"] * (spec.max_days or 0)
        weighted = (row["own"] or ZERO) + (row["rest"] or ZERO) * spec.probability
        found[spec.pk] = Sums(row["n"], row["base"], weighted, row["known"], days)
    return found


def first_keys(
    deals: Deals, shown: Sequence[Column], order: Sequence[str]
) -> dict[int, list[tuple[Any, ...]]]:
    """The keys of the first cards of every column, one more than is shown, in one query: column place → rows."""
    names = [name.lstrip("-") for name in order]
    parts = [
        deals.filter(spec__in=column.keys)
        .annotate(place=Value(place))
        .order_by(*ordering(order))
        .values_list("place", "pk", *names)[: CARDS + 1]
        for place, column in enumerate(shown)
    ]
    found: dict[int, list[tuple[Any, ...]]] = {place: [] for place in range(len(shown))}
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0] if parts else []
    for place, *row in rows:
        found[place].append(tuple(row))
    return found


def ordering(order: Sequence[str]) -> list[Any]:
    """An order as the database is asked for it: what is empty comes last."""
    nullable = {name for name in order if Deal._meta.get_field(name.lstrip("-")).null}
    return [
        F(name[1:]).desc(nulls_last=True) if name in nullable and name[0] == "-" else name for name in order
    ]


def cards(keys: Iterable[int], specs: dict[int, StageSpec], now: datetime, today: date) -> dict[int, Card]:
    """The cards of these deals by key; two queries."""
    wanted = list(keys)
    waiting = waiting_for(wanted)
    limits = thresholds()
    return {
        deal.pk: card(deal, specs.get(deal.spec_id) or deal.spec, now, today, limits, waiting.get(deal.pk))
        for deal in _CARDS.rows(wanted)
    }


_CARDS = Prepared(lambda keys: Deal.objects.filter(among(keys)).select_related("owner").only(*SHOWN), MANY)


def waiting_for(keys: Iterable[int]) -> dict[int, Request]:
    """What these deals wait for, by deal: the oldest request, with who is to sign it."""
    return {request.subject_id: request for request in _WAITING.rows(list(keys))}


def _waiting(keys: list[int]) -> QuerySet[Request]:
    waiting = Request.objects.waiting().filter(among(keys, "subject_id"), subject_type="pipeline.deal")
    return waiting.select_related("signer").order_by("-id")


_WAITING = Prepared(_waiting, MANY)


def card(
    deal: Deal, spec: StageSpec, now: datetime, today: date, limits: Thresholds, waiting: Request | None
) -> Card:
    """One deal's card."""
    deal.spec = spec
    seen = sight(deal)
    found = [*urgent(seen, now, today), *watched(seen, now, today, limits)]
    return Card(deal, *stay(deal, now), found, waiting)


def stay(deal: Deal, now: datetime) -> tuple[float | None, str]:
    """How many days a deal has stood in its stage, and the colour of that."""
    spec = deal.spec
    until = deal.held_at if deal.outcome == Outcome.ON_HOLD and deal.held_at else now
    age = stage_age(deal.stage_since, deal.stage_limit_at, spec.max_days, until)
    return age, pace(age, spec.warn_days, spec.max_days)


def fill(
    column: Column, sums: dict[int, Sums], found: dict[int, Card], rows: list[tuple[Any, ...]]
) -> Column:
    """A column with what it holds and the cards that are shown of it."""
    total = sum((sums[key] for key in column.keys if key in sums), Sums())
    shown = [found[row[0]] for row in rows[:CARDS] if row[0] in found]
    return replace(column, sums=total, cards=shown)


def _days(gap: timedelta | None) -> Decimal:
    return Decimal(str(gap.total_seconds())) / DAY_SECONDS if gap is not None else ZERO
