"""Recording results that other systems tell: many at once, correcting one, taking them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count
from django.utils.translation import gettext as _

from loudou.journal.record import changes, lock, record, record_each, verb
from loudou.kernel import clock
from loudou.kernel.money import LARGEST
from loudou.kernel.numbers import CENT, ZERO, rounded
from loudou.kernel.periods import midnight
from loudou.kernel.refusals import Refused, attempted
from loudou.people.access import require
from loudou.people.models import Organisation, Rate, Unit, User
from loudou.people.queries import organisation
from loudou.people.tables import NoRate, Tables
from loudou.targets import events
from loudou.targets.models import TOLD, Actual, Closing
from loudou.targets.queries.actuals import on_record
from loudou.targets.queries.closing import closing_of, counted_elsewhere, counting_day, standing_closings
from loudou.ui.fields import EARLIEST_YEAR, LATEST_YEAR


@dataclass(frozen=True)
class ActualRow:
    """A result as it is told, `amount` with what was posted for it since. Without a unit that of the person on that day.

    Where it counted elsewhere on a later day than its own (`counts_on`), and what was `posted` for it on which days, is
    history: told so only with the right to import that.
    """

    metric: str
    day: date
    amount: Decimal
    unit: Unit | None = None
    person: User | None = None
    currency: str = ""
    source_system: str = ""
    source_id: str = ""
    counts_on: date | None = None
    posted: Mapping[date, Decimal] = field(default_factory=dict)


@verb
def record_actuals(rows: Sequence[ActualRow], *, by: User | None) -> list[Actual | Refused]:
    """Record results; what became of each row, in their order: the result, or why it was refused.

    Refused is also what is on record already, or stands in `rows` twice.
    """
    require(by, "targets.record")
    if any(row.counts_on or row.posted for row in rows):
        require(by, "exchange.import_history")
    tables, closings = Tables.read(), standing_closings()
    known = set(on_record({row.day for row in rows}, {row.source_id for row in rows if row.source_id}))

    def make(row: ActualRow) -> Actual:
        made = _made(row, tables, closings)
        if made.known_by in known:
            raise Refused(_("This result is on record already; correct it there."), field="amount")
        known.add(made.known_by)
        return made

    outcomes = attempted(rows, make)
    made = [one for one in outcomes if isinstance(one, Actual)]
    Actual.objects.bulk_create(made)
    late = [
        (row, one) for row, one in zip(rows, outcomes, strict=True) if isinstance(one, Actual) and row.posted
    ]
    Actual.objects.bulk_create(posting for row, one in late for posting in _postings(row, one, tables))
    told = ((one, {"amount": one.amount, "currency": one.currency}) for one in made)
    record_each(events.ACTUAL_RECORDED, told, by=by)
    return outcomes


@verb
def correct_actual(
    actual: Actual, *, amount: Decimal, by: User | None, currency: str = "", version: int | None = None
) -> Actual:
    """Change the amount of a result that was told wrongly; what it was stays in history.

    Where its books are closed the result stays, and the difference is posted in the open month (C20).
    """
    require(by, "targets.record", actual)
    fresh = lock(actual, version=version, sent={"amount": amount})
    company = organisation()
    _check_amount(amount)
    if company.closed_through is not None and fresh.counts_on <= company.closed_through:
        return _post_difference(fresh, amount, currency, company, by)
    currency = currency or fresh.currency
    values = {"amount": amount.quantize(CENT) - (fresh.as_told - fresh.amount), "currency": currency}
    changed = changes(fresh, values)
    if not changed:
        return fresh
    fresh.amount, fresh.currency = values["amount"], currency  # type: ignore[assignment]
    day = midnight(fresh.day, company.zone)
    fresh.base_amount = _in_base(fresh.amount, currency, day, Tables.read())
    fresh.version += 1
    fresh.save()
    record(events.ACTUAL_CORRECTED, fresh, by=by, changes=changed)
    return fresh


@verb
def withdraw_actuals(keys: Sequence[int], *, by: User | None) -> int:
    """Take results back that were told by mistake; returns how many."""
    require(by, "targets.record")
    found = Actual.objects.filter(pk__in=keys).select_related("unit", "person")
    rows = list(found.annotate(posted=Count("postings")))
    company = organisation()
    for row in rows:
        _refuse_closed(row, company)
    record_each(events.ACTUAL_WITHDRAWN, ((row, {"amount": row.amount}) for row in rows), by=by)
    Actual.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _made(row: ActualRow, tables: Tables, closings: Sequence[Closing]) -> Actual:
    company = tables.company
    if row.unit is None and row.person is None:
        raise Refused(_("A result needs a unit or a person who achieved it."), field="unit")
    if row.metric not in TOLD:
        sentence = _("“{metric}” is counted here; only invoiced, cash and gross_margin are told.")
        raise Refused(sentence.format(metric=row.metric), field="metric")
    if not EARLIEST_YEAR <= row.day.year <= LATEST_YEAR:
        raise Refused(_("The year must lie between 1990 and 2100."), field="date")
    if row.day > company.today:
        raise Refused(_("This lies in the future."), field="date")
    _check_amount(row.amount)
    counts_on, _posted = counted_elsewhere(row.day, row.counts_on, row.posted, company)
    at = midnight(row.day, company.zone)
    currency = row.currency or company.base_currency
    unit = row.unit.pk if row.unit is not None else None
    amount = row.amount.quantize(CENT) - sum(row.posted.values())
    return Actual(
        unit_id=tables.unit_of(row.person, at) if unit is None and row.person is not None else unit,
        person=row.person,
        metric=row.metric,
        day=row.day,
        counts_on=counts_on,
        at=midnight(counts_on, company.zone),
        relates_to=next((one for one in closings if row.day in one.period), None),
        amount=amount,
        currency=currency,
        base_amount=_in_base(amount, currency, at, tables),
        source_system=row.source_system,
        source_id=row.source_id,
        recorded_at=clock.now(),
    )


def _postings(row: ActualRow, actual: Actual, tables: Tables) -> Iterator[Actual]:
    """What was posted for a result elsewhere, on the days on which it counted there."""
    zone = tables.company.zone
    _counts_on, posted = counted_elsewhere(row.day, row.counts_on, row.posted, tables.company)
    for counts_on, amount in posted.items():
        posting = _posting_of(actual, counts_on, midnight(counts_on, zone))
        posting.amount = amount.quantize(CENT)
        posting.base_amount = _in_base(posting.amount, actual.currency, midnight(actual.day, zone), tables)
        yield posting


def _in_base(amount: Decimal, currency: str, at: datetime, tables: Tables) -> Decimal:
    try:
        return rounded(tables.in_base(amount, currency, at, kind=Rate.Kind.SPOT))
    except NoRate:
        sentence = _("There is no rate of {currency} yet.")
        raise Refused(sentence.format(currency=currency), field="currency") from None


def _check_amount(amount: Decimal) -> None:
    if not amount.is_finite() or abs(amount) > LARGEST:
        raise Refused(_("The amount is too large."), field="amount")
    if amount != amount.quantize(CENT):
        raise Refused(_("At most two decimal places."), field="amount")


def _post_difference(
    fresh: Actual, amount: Decimal, currency: str, company: Organisation, by: User | None
) -> Actual:
    """Post what a frozen result is off by in the open month; what was posted there already is posted anew."""
    if currency and currency != fresh.currency:
        raise Refused(_("Its books are closed; the currency stays."), field="currency")
    counts_on = counting_day(fresh.day, company)
    missing = amount.quantize(CENT) - fresh.as_told
    if missing == 0:
        return fresh
    at = midnight(counts_on, company.zone)
    posting = fresh.postings.filter(counts_on=counts_on).first() or _posting_of(fresh, counts_on, at)
    posting.amount += missing
    posting.base_amount = _in_base(
        posting.amount, fresh.currency, midnight(fresh.day, company.zone), Tables.read()
    )
    posting.save()
    fresh.version += 1
    fresh.save(update_fields=["version"])
    record(events.ACTUAL_POSTED, fresh, by=by, amount=missing, counts_on=counts_on)
    return fresh


def _posting_of(fresh: Actual, counts_on: date, at: datetime) -> Actual:
    return Actual(
        unit_id=fresh.unit_id,
        person_id=fresh.person_id,
        metric=fresh.metric,
        day=fresh.day,
        counts_on=counts_on,
        at=at,
        amount=ZERO,
        currency=fresh.currency,
        source_system=fresh.source_system,
        source_id=fresh.source_id,
        relates_to=closing_of(fresh.day),
        corrects=fresh,
        recorded_at=clock.now(),
    )


def _refuse_closed(row: Actual, company: Organisation) -> None:
    """What counted in closed books is frozen, and what postings stand on stays (C20)."""
    closed = company.closed_through
    if row.posted or (closed is not None and row.counts_on <= closed):  # type: ignore[attr-defined]
        raise Refused(_("Its books are closed; correct it to 0 instead."), field="date")
