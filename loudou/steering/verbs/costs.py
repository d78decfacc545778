"""Recording what was spent: by hand within the budget, by import as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from loudou.journal.record import changes, lock, record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.money import LARGEST
from loudou.kernel.numbers import CENT, ZERO
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import Organisation, Unit, User
from loudou.people.queries import organisation
from loudou.steering import events
from loudou.steering.figures.budget import BLOCKED, Card
from loudou.steering.models import Budget, Category, Cost
from loudou.steering.queries.budgets import cards
from loudou.targets.queries.closing import closing_of, counted_elsewhere, counting_day
from loudou.ui import format as f
from loudou.ui.fields import EARLIEST_YEAR, LATEST_YEAR


@dataclass(frozen=True)
class CostRow:
    """A cost as it is told, `amount` with what was posted for it since.

    Where it counted elsewhere on a later day than its own (`counts_on`), and what was `posted` for it on which days, is
    history: told so only with the right to import that.
    """

    unit: Unit
    category: str
    day: date
    amount: Decimal
    state: str = Cost.State.APPROVED
    note: str = ""
    source_system: str = ""
    source_id: str = ""
    counts_on: date | None = None
    posted: Mapping[date, Decimal] = field(default_factory=dict)


@verb
def record_costs(rows: Sequence[CostRow], *, by: User | None) -> list[Cost | Refused]:
    """Record what was spent as it was, within the budget or not; what became of each row, in their order."""
    if any(row.counts_on or row.posted for row in rows):
        require(by, "exchange.import_history")
    company = organisation()
    outcomes: list[Cost | Refused] = []
    for row in rows:
        try:
            require(by, "steering.spend", Cost(unit=row.unit))
            outcomes.append(_made(row, company))
        except Refused as refusal:
            outcomes.append(refusal)
    made = [one for one in outcomes if isinstance(one, Cost)]
    Cost.objects.bulk_create(made)
    told = [
        (row, one) for row, one in zip(rows, outcomes, strict=True) if isinstance(one, Cost) and row.posted
    ]
    Cost.objects.bulk_create(posting for row, one in told for posting in _postings(row, one, company))
    record_each(events.COST_RECORDED, ((one, {"amount": one.amount}) for one in made), by=by)
    return outcomes


@verb
def spend(budget: Budget, row: CostRow, *, by: User | None) -> Cost:
    """Commit or record a cost by hand; beyond the budget of its category it is refused until that is adjusted (M74)."""
    lock(budget)
    card = cards(budget).get(row.category, Card())
    after = card + Card(approved=row.amount)
    if row.amount > 0 and after.status == BLOCKED:
        left = f.money(max(card.left, Decimal(0)), organisation().base_currency, full=True)
        sentence = _("Only {left} of this budget is left; adjust the budget first.")
        raise Refused(sentence.format(left=left), field="amount")
    outcome = record_costs([row], by=by)[0]
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


@verb
def correct_cost(cost: Cost, *, by: User | None, version: int | None = None, **values: Any) -> Cost:
    """Change amount, state or note of a cost that was told wrongly, or whose commitment was claimed.

    Where its books are closed the cost stays, and the difference is posted in the open month (C20).
    """
    require(by, "steering.spend", cost)
    fresh = lock(cost, version=version, sent=values)
    company = organisation()
    if company.closed_through is not None and fresh.counts_on <= company.closed_through:
        return _post_difference(fresh, values, company, by)
    if "amount" in values:
        values["amount"] -= fresh.as_told - fresh.amount
    changed = changes(fresh, values)
    if not changed:
        return fresh
    for name, value in values.items():
        setattr(fresh, name, value)
    _check(fresh)
    fresh.counts_on = counting_day(fresh.day, company)
    fresh.relates_to = closing_of(fresh.day) if fresh.counts_on != fresh.day else None
    fresh.version += 1
    fresh.save()
    record(events.COST_CORRECTED, fresh, by=by, changes=changed)
    return fresh


@verb
def withdraw_costs(keys: Sequence[int], *, by: User | None) -> int:
    """Take costs back that were told by mistake; returns how many."""
    found = Cost.objects.filter(pk__in=keys).select_related("unit")
    rows = list(found.annotate(posted=Count("postings")))
    company = organisation()
    for row in rows:
        require(by, "steering.spend", row)
        _refuse_frozen(row, company)
    record_each(events.COST_WITHDRAWN, ((row, {"amount": row.amount}) for row in rows), by=by)
    Cost.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _made(row: CostRow, company: Organisation) -> Cost:
    said = {name: value for name, value in vars(row).items() if name not in ("counts_on", "posted")}
    cost = Cost(**said, recorded_at=clock.now())
    cost.amount -= sum(row.posted.values())
    _check(cost)
    cost.counts_on, _posted = counted_elsewhere(row.day, row.counts_on, row.posted, company)
    cost.relates_to = closing_of(row.day) if cost.counts_on != row.day else None
    return cost


def _check(cost: Cost) -> None:
    if cost.category not in Category.values:
        raise Refused(_("There is no category “{name}”.").format(name=cost.category), field="category")
    if cost.state not in Cost.State.values:
        raise Refused(_("A cost is committed or approved."), field="state")
    if not cost.amount.is_finite() or abs(cost.amount) > LARGEST or cost.amount != cost.amount.quantize(CENT):
        raise Refused(_("The amount is too large."), field="amount")
    if not EARLIEST_YEAR <= cost.day.year <= LATEST_YEAR:
        raise Refused(_("The year must lie between 1990 and 2100."), field="date")


def _post_difference(fresh: Cost, values: Mapping[str, Any], company: Organisation, by: User | None) -> Cost:
    """Post what a frozen cost is off by in the open month; what was posted there already is posted anew."""
    if any(getattr(fresh, name) != value for name, value in values.items() if name != "amount"):
        raise Refused(
            _("Its books are closed; only its amount is corrected, in the open month."), field="amount"
        )
    amount: Decimal = values.get("amount", fresh.as_told)
    _check(Cost(category=fresh.category, state=fresh.state, day=fresh.day, amount=amount))
    counts_on, missing = counting_day(fresh.day, company), amount - fresh.as_told
    if missing == 0:
        return fresh
    posting = fresh.postings.filter(counts_on=counts_on).first() or _posting_of(fresh, counts_on)
    posting.amount += missing
    posting.save()
    fresh.version += 1
    fresh.save(update_fields=["version"])
    record(events.COST_POSTED, fresh, by=by, amount=missing, counts_on=counts_on)
    return fresh


def _postings(row: CostRow, cost: Cost, company: Organisation) -> Iterator[Cost]:
    """What was posted for a cost elsewhere, on the days on which it counted there."""
    _counts_on, posted = counted_elsewhere(row.day, row.counts_on, row.posted, company)
    for counts_on, amount in posted.items():
        yield _posting_of(cost, counts_on, amount)


def _posting_of(fresh: Cost, counts_on: date, amount: Decimal = ZERO) -> Cost:
    same = ("unit", "category", "day", "state", "source_system", "source_id")
    return Cost(
        **{name: getattr(fresh, name) for name in same},
        amount=amount,
        counts_on=counts_on,
        relates_to=closing_of(fresh.day),
        corrects=fresh,
        recorded_at=clock.now(),
    )


def _refuse_frozen(cost: Cost, company: Organisation) -> None:
    """What counted in closed books is frozen, and what postings stand on stays (C20)."""
    closed = company.closed_through
    if cost.posted or (closed is not None and cost.counts_on <= closed):  # type: ignore[attr-defined]
        raise Refused(_("Its books are closed; correct it to 0 instead."), field="date")
