"""Setting up budgets, their plan in words and their lines; adjusting a line with its reason (R015)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.journal.record import changes, lock, record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.money import LARGEST
from loudou.kernel.numbers import CENT
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import Unit, User
from loudou.people.queries import organisation
from loudou.steering import events
from loudou.steering.models import Adjustment, Budget, BudgetLine, Category
from loudou.ui.fields import EARLIEST_YEAR, LATEST_YEAR

WORDS = ("demand", "resources", "strategy")


@verb
def set_budget(*, unit: Unit, period: Period, by: User | None) -> Budget:
    """Set up the budget of a unit and period; the one that stands already is the same one."""
    require(by, "steering.budget_set", Budget(unit=unit))
    if not (period.start.year >= EARLIEST_YEAR and period.end.year <= LATEST_YEAR + 1):
        raise Refused(_("The year must lie between 1990 and 2100."), field="period")
    if period.start.day != 1 or period.end.day != 1:
        raise Refused(_("A budget is of whole months: 2026, 2026-Q2, 2026-04."), field="period")
    budget, made = Budget.objects.get_or_create(unit=unit, starts_on=period.start, ends_on=period.end)
    if made:
        record(events.BUDGET_SET, budget, by=by)
    return budget


@verb
def describe_budget(budget: Budget, *, by: User | None, version: int | None = None, **words: str) -> Budget:
    """Change what a budget says of demand, resources and strategy."""
    require(by, "steering.budget_set", budget)
    fresh = lock(budget, version=version, sent=words)
    clean = {name: text.strip()[:1000] for name, text in words.items() if name in WORDS}
    changed = changes(fresh, clean)
    if not changed:
        return fresh
    for name in changed:
        setattr(fresh, name, clean[name])
    fresh.version += 1
    fresh.save()
    record(events.BUDGET_DESCRIBED, fresh, by=by, changes=changed)
    return fresh


@verb
def set_line(
    budget: Budget,
    *,
    category: str,
    month: date,
    amount: Decimal,
    by: User | None,
    reason: str = "",
    version: int | None = None,
) -> BudgetLine:
    """Set what may be spent of a category in a month; a line that stands is adjusted, which needs a reason."""
    require(by, "steering.budget_set", budget)
    fresh = lock(budget, version=version, sent={"amount": amount})
    _check_line(fresh, category, month, amount)
    line = fresh.lines.filter(category=category, month=month).first()
    if line is not None and line.amount == amount:
        return line
    if line is not None and not reason.strip():
        raise Refused(_("Say why the budget is adjusted."), field="reason")
    when = f"{month:%Y-%m}"
    if line is None:
        line = BudgetLine.objects.create(budget=fresh, category=category, month=month, amount=amount)
        record(events.LINE_SET, fresh, by=by, amount=amount, category=category, month=when)
    else:
        before, line.amount = line.amount, amount
        line.save(update_fields=["amount"])
        Adjustment.objects.create(
            line=line, before=before, after=amount, reason=reason.strip()[:300], at=clock.now(), by=by
        )
        told = {"before": before, "after": amount, "reason": reason.strip()}
        record(events.LINE_ADJUSTED, fresh, by=by, category=category, month=when, **told)  # type: ignore[arg-type]
    fresh.version += 1
    fresh.save(update_fields=["version"])
    return line


def _check_line(budget: Budget, category: str, month: date, amount: Decimal) -> None:
    if category not in Category.values:
        raise Refused(_("There is no category “{name}”.").format(name=category), field="category")
    if month.day != 1 or month not in budget.period:
        raise Refused(_("The month lies outside the budget."), field="month")
    if not amount.is_finite() or amount < 0:
        raise Refused(_("The amount must not be negative."), field="amount")
    if amount > LARGEST or amount != amount.quantize(CENT):
        raise Refused(_("The amount is too large."), field="amount")
    closed = organisation().closed_through
    if closed is not None and month <= closed:
        sentence = _("The books are closed through {day}; it must count later.")
        raise Refused(sentence.format(day=closed.isoformat()), field="month")


@verb
def withdraw_lines(keys: Sequence[int], *, by: User | None) -> int:
    """Take budget lines back that were set by mistake; returns how many."""
    rows = list(BudgetLine.objects.filter(pk__in=keys).select_related("budget__unit"))
    for row in rows:
        require(by, "steering.budget_set", row.budget)
    told = ((row.budget, {"category": row.category, "month": f"{row.month:%Y-%m}"}) for row in rows)
    record_each(events.LINE_WITHDRAWN, told, by=by)
    BudgetLine.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)
