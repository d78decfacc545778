"""Deals that come from another system: opened as they stood there, corrected when their row comes again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.models import Customer
from loudou.journal.bulk import copy_in, mould, reserve_keys, update_rows
from loudou.journal.record import record_each, verb
from loudou.kernel.refusals import Refused
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.people.tables import NoRate
from loudou.pipeline import events
from loudou.pipeline.figures.history import unfold
from loudou.pipeline.models import Deal, Funnel, FunnelVersion, Move
from loudou.pipeline.models.history import MoveKind
from loudou.pipeline.queries.gates import counts_of
from loudou.pipeline.queries.history import fact_of
from loudou.pipeline.verbs._history import settle
from loudou.pipeline.verbs._search import deal_vector
from loudou.pipeline.verbs.importing._past import BIRTH, Past
from loudou.pipeline.verbs.importing._pasts import Pasts
from loudou.pipeline.verbs.importing._writing import write, write_derived
from loudou.pipeline.verbs.opening import next_codes
from loudou.ui.texts import visible

Outcome = Deal | Refused
_PLAIN = ("title", "customer", "source", "extra")
_UNMOVED = ("at", "currency")  # what no later fact tells anew
_FIRST = {"amount": MoveKind.AMOUNT, "expected_on": MoveKind.EXPECTED_CLOSE, "owner": MoveKind.OWNER}


@dataclass(frozen=True)
class DealRow:
    """A deal as its row has it: the values it began with. Without `at` nobody knows since when it is there."""

    code: str
    title: str
    funnel: Funnel
    owner: User
    currency: str
    amount: Decimal = Decimal(0)
    customer: Customer | None = None
    customer_name: str = ""
    expected_on: date | None = None
    at: datetime | None = None
    source: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    version: FunnelVersion | None = None  # under which it runs; None: the one in force

    @property
    def brought(self) -> dict[str, Any]:
        """The row as the deal remembers it, so that the same row again changes nothing."""
        return {
            "at": self.at.isoformat() if self.at else None,
            "amount": str(self.amount),
            "currency": self.currency,
            "expected_on": self.expected_on.isoformat() if self.expected_on else None,
            "owner": self.owner.pk,
            "title": self.title,
            "customer": self.customer.pk if self.customer else None,
            "customer_name": self.customer_name,
            "source": self.source,
            "extra": self.extra,
        }


@verb
def import_deals(rows: Sequence[DealRow], *, by: User | None, dry_run: bool = False) -> list[Outcome]:
    """Open deals as they began in another system, at the first stage of their funnel; an outcome a row, in order.

    Until their moves are imported they stand there, known since now. Owners may have left, funnels be retired. Codes
    must be new; without one a row gets the next number. Refused: a currency without a rate, books that are closed.
    With `dry_run` nothing is written, and the deals have no key.
    """
    require(by, "exchange.import_history")
    pasts, make = Pasts(()), mould(Deal)
    outcomes: list[Outcome] = []
    deals: list[Deal] = []
    births: list[Move] = []
    for row in rows:
        try:
            deal, birth = _open(row, pasts, by, make)
        except Refused as refusal:
            outcomes.append(refusal)
            continue
        outcomes.append(deal)
        deals.append(deal)
        births.append(birth)
    if dry_run:
        return outcomes
    _number(deals)
    _write(deals, births, pasts)
    record_each(events.OPENED, ((deal, _particulars(deal)) for deal in deals), by=by)
    return outcomes


@verb
def correct_deals(
    pairs: Sequence[tuple[Deal, DealRow]], *, by: User | None, dry_run: bool = False
) -> list[bool | Refused]:
    """Bring imported deals up to date with a row that came again: whether anything changed, a pair, in order.

    Only what the row says differently than last time counts; what people changed here since then stays. First values
    are corrected in the deal's birth, so that every figure of the past is right; later changes stand. A birth in closed
    books keeps its values, and the correction is a later fact of the same instant.
    """
    require(by, "exchange.import_history")
    differing = {deal.pk for deal, row in pairs if _differences(deal, row)}
    pasts = Pasts(differing)
    found: list[bool | Refused] = []
    changed: list[tuple[Past, dict[str, Any]]] = []
    for deal, row in pairs:
        if deal.pk not in differing:
            found.append(False)
            continue
        past = pasts.of[deal.pk]
        differences = _differences(past.deal, row)
        try:
            if differences:
                _refuse_unfit(row, pasts)
                _correct(past, row, pasts)
                changed.append((past, differences))
        except Refused as refusal:
            found.append(refusal)
        else:
            found.append(bool(differences))
    if dry_run:
        return found
    write([past for past, _differences in changed])
    update_rows(Deal, [past.deal for past, _differences in changed], (*_PLAIN, "customer_name", "search"))
    record_each(events.EDITED, ((past.deal, {"changes": changes}) for past, changes in changed), by=by)
    return found


@verb
def withdraw_deals(keys: Sequence[int], *, by: User | None) -> None:
    """Take deals back that an import brought by mistake, with all that followed from them; history keeps that they were."""
    rows = list(Deal.objects.select_for_update().filter(pk__in=keys))
    for row in rows:
        require(by, "pipeline.edit", None if may(by, "exchange.import_history") else row)
    record_each(events.WITHDRAWN, ((row, _particulars(row)) for row in rows), by=by)
    Deal.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _open(row: DealRow, pasts: Pasts, by: User | None, make: Callable[..., Deal]) -> tuple[Deal, Move]:
    """A deal and its birth, unsaved."""
    _refuse_unfit(row, pasts)
    assert row.funnel.current_id is not None
    version = row.version.pk if row.version is not None else row.funnel.current_id
    first = pasts.first_spec(version)
    now, at = pasts.now, row.at or pasts.now
    deal = make(
        code=row.code,
        title=visible(row.title),
        customer_id=row.customer.pk if row.customer else None,
        customer_name=row.customer_name,
        funnel_id=row.funnel.pk,
        funnel_version_id=version,
        spec_id=first.pk,
        owner_id=row.owner.pk,
        unit_id=pasts.tables.unit_of(row.owner, at),
        source=row.source,
        extra=row.extra,
        created_at=row.at,
        recorded_at=now,
        touched_at=at,
        legacy=row.at is None,
        brought=row.brought,
    )
    birth = pasts.make(deal, "enter", at, "", known_at=now)
    birth.by_id = by.pk if by else None
    birth.stage_id, birth.owner_id, birth.unit_id = first.stage_id, deal.owner_id, deal.unit_id
    birth.amount, birth.currency, birth.expected_on = row.amount, row.currency, row.expected_on
    birth.base_amount = pasts.tables.in_base(row.amount, row.currency, at)
    return deal, birth


def _refuse_unfit(row: DealRow, pasts: Pasts) -> None:
    """Refuse what no history may be: money nobody can count, facts in books that are closed."""
    if row.funnel.current_id is None:
        raise Refused(_("This funnel was never published."), field="funnel")
    try:
        pasts.tables.in_base(row.amount, row.currency, row.at or pasts.now)
    except NoRate:
        sentence = _(
            "There is no plan rate for {currency}; set one in the settings under currencies and rates."
        )
        raise Refused(sentence.format(currency=row.currency), field="currency") from None


def _correct(past: Past, row: DealRow, pasts: Pasts) -> None:
    """Let the deal be what the row says, as far as it says something else than last time.

    A birth in closed books stands as it is: what it should have been is a later fact of the same instant (C20).
    """
    deal, former, wanted = past.deal, past.given, row.brought
    birth = past.moves[0]
    if any(wanted[name] != former[name] for name in _UNMOVED):
        pasts.refuse_closed(min(birth.at, row.at or birth.at))
    for name in _PLAIN:
        if wanted[name] != former[name]:
            setattr(deal, name, getattr(row, name))
    if row.customer is not None and wanted["customer"] != former["customer"]:
        deal.customer_name = row.customer.name
    deal.search = deal_vector(deal)
    deal.brought = {**former, **wanted}
    differing = [name for name in _FIRST if wanted[name] != former[name]]
    if differing and pasts.is_closed(birth.at):
        _amend(past, row, pasts, differing)
        deal.brought["first"] = {name: former[name] for name in _FIRST} | former.get("first", {})
    elif "born" in former and "amount" in differing:
        deal.brought["born"] = wanted["amount"]
    pasts.arrange(past)


def _amend(past: Past, row: DealRow, pasts: Pasts, differing: Sequence[str]) -> None:
    """Tell first values anew at the instant of the birth, known since now."""
    birth = past.moves[0]
    if "amount" in differing and birth.stated is not None:
        differing = [name for name in differing if name != "amount"]  # a row of its own said the amount
    for name in differing:
        key = f"amends:{past.deal.pk}:{name}:{len(past.moves)}"
        move = pasts.make(past.deal, _FIRST[name], birth.at, key, known_at=pasts.now)
        if name == "amount":
            move.stated = row.amount
        elif name == "expected_on":
            move.expected_on = row.expected_on
        else:
            move.owner_id = row.owner.pk
        past.fresh.append(move)


def _differences(deal: Deal, row: DealRow) -> dict[str, list[Any]]:
    """What the row says differently than last time: field → [then, now]."""
    former = deal.brought or {}
    return {name: [former[name], value] for name, value in row.brought.items() if former[name] != value}


def _number(deals: Sequence[Deal]) -> None:
    """Give every deal its key, and a code where it brought none."""
    codes = next_codes(sum(not deal.code for deal in deals), {deal.code for deal in deals})
    for deal, key in zip(deals, reserve_keys(Deal, len(deals)), strict=True):
        deal.pk = key
        deal.code = deal.code or codes.pop(0)


def _write(deals: Sequence[Deal], births: Sequence[Move], pasts: Pasts) -> None:
    """COPY the deals with their births, and what follows from those; the database writes while rows are prepared."""
    histories = []
    for deal, birth in zip(deals, births, strict=True):
        birth.deal_id = deal.pk
        birth.import_key = f"{BIRTH}{deal.pk}"
        order = pasts.order(deal.funnel_id)
        facts = [fact_of(birth)]
        history = unfold(facts, order)
        settle(deal, history, facts, order)
        histories.append(history)
    for deal, (done, total) in zip(deals, counts_of(deals, bare=True), strict=True):
        deal.gate_done, deal.gate_total = done, total
    copy_in(Deal, _findable(deals), with_keys=True)
    copy_in(Move, births)
    write_derived(zip(deals, histories, strict=True))


def _findable(deals: Iterable[Deal]) -> Iterator[Deal]:
    for deal in deals:
        deal.search = deal_vector(deal)
        yield deal


def _particulars(deal: Deal) -> dict[str, Any]:
    return {
        "customer": deal.customer_name,
        "amount": deal.amount,
        "currency": deal.currency,
        "stage": str(deal.spec),
        "at": deal.created_at,
    }
