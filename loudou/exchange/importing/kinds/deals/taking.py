"""Taking deals over, opening them, correcting and editing those that are there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers.figures.names import core_of
from loudou.customers.models import Customer
from loudou.exchange.importing.alike import alike, as_there
from loudou.exchange.importing.engine import Run, accepted, each
from loudou.exchange.importing.references import (
    company,
    known_before,
    once,
    people,
    person_in,
    refuse_unknown,
    remember,
    source_of,
)
from loudou.exchange.importing.spec import Row
from loudou.journal.record import plain
from loudou.kernel.refusals import Refused
from loudou.people.access import may
from loudou.people.queries import plan_currencies
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal, Funnel, FunnelVersion
from loudou.pipeline.queries.funnels import default_funnel
from loudou.pipeline.verbs.importing import DealRow, correct_deals, import_deals
from loudou.ui.spelling import folded

_BLAMED = {
    "owner": "owner_username",
    "customer": "customer_code",
    "expected_on": "expected_close",
    "at": "created_at",
}
# Columns of a file and the fields of a deal that people may edit.
_EDITED = {
    "title": "title",
    "customer": "customer",
    "amount": "amount",
    "currency": "currency",
    "expected_close": "expected_on",
    "source": "source",
}
# What is read of every deal that a row is about: most of them are as the row says.
_SEEN = (
    *("code", "title", "customer", "customer_name", "funnel", "owner", "unit", "amount", "currency"),
    *("expected_on", "created_at", "source", "brought", "version"),
)


def take(rows: Sequence[Row], run: Run) -> None:
    """Open deals that are new, correct those that came by import, edit those that people opened here."""
    there = _there(rows, run)
    good = _resolved(rows, run)
    if may(run.by, "exchange.import_history"):
        brought = {key: deal for key, deal in there.items() if deal.brought is not None}
        _import([row for row in good if id(row) not in there], run)
        _correct([(row, brought[id(row)]) for row in good if id(row) in brought], run)
        rest = [row for row in good if id(row) in there and id(row) not in brought]
    else:
        rest = good
    each(rest, lambda row: _by_hand(there.get(id(row)), row, run), **_BLAMED)


def _there(rows: Sequence[Row], run: Run) -> dict[int, Deal]:
    seen = Deal.objects.only(*_SEEN)
    codes = {row.values["code"] for row in rows if "code" in row.values}
    coded = {deal.code: deal for deal in seen.filter(code__in=codes)} if codes else {}
    keys = known_before(run, rows, fallback=_told_by)
    rest = seen.in_bulk(list(keys.values())) if keys else {}
    found = {id(row): rest.get(keys.get(id(row), 0)) or coded.get(row.values.get("code", "")) for row in rows}
    return {key: deal for key, deal in found.items() if deal is not None}


def _told_by(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells deals apart that have neither code nor source."""
    names = ("title", "customer_code", "customer_name", "owner_username", "created_at")
    return tuple(values.get(name) for name in names)


def _resolved(rows: Sequence[Row], run: Run) -> list[Row]:
    """Put owners, customers and funnels in place of their names; rows that name somebody unknown are refused."""
    customers = _customers({row.values["customer_code"] for row in rows if "customer_code" in row.values})
    named = _by_name(rows, run)
    funnels = once(run, "funnels", _funnels)
    for row in rows:
        values = row.values
        if values.get("owner_username"):
            values["owner"] = person_in(row, run)
        if values.get("first_owner_username"):
            values["first_owner"] = person_in(row, run, "first_owner_username")
        if code := values.get("customer_code"):
            values["customer"] = customers.get(code)
            if values["customer"] is None:
                refuse_unknown(row, "customer_code")
        elif name := values.get("customer_name"):
            values["customer"] = named.get(core_of(name))
            if values["customer"] is None:
                row.warn(_("No single customer is called so; the deal stands without one."), "customer_name")
        if name := values.get("funnel"):
            values["funnel"] = funnels.get(folded(name))
            if values["funnel"] is None:
                row.refuse(_("There is no funnel “{name}”.").format(name=name), "funnel")
    return [row for row in rows if row.outcome != "refused"]


def also(rows: Sequence[Row], run: Run) -> None:
    """Name the funnel and the currency of refused rows that no deal could have."""
    rated = once(run, "plan currencies", plan_currencies)
    for row in rows:
        values, blamed = row.values, {note.column for note in row.notes}
        name, currency = values.get("funnel"), values.get("currency")
        if (
            isinstance(name, str)
            and "funnel" not in blamed
            and folded(name) not in once(run, "funnels", _funnels)
        ):
            row.refuse(_("There is no funnel “{name}”.").format(name=name), "funnel")
        if currency and currency not in rated and "currency" not in blamed:
            sentence = _(
                "There is no plan rate for {currency}; set one in the settings under currencies and rates."
            )
            row.refuse(sentence.format(currency=currency), "currency")


def _customers(codes: Collection[str]) -> dict[str, Customer]:
    """Customers by their codes, with what a deal wants of them; in place of a merged one the one it went into."""
    if not codes:
        return {}
    seen = ("code", "name", "owner", "unit", "merged_into")
    rows = Customer.objects.filter(code__in=codes).only(*seen)
    merged = Customer.objects.only(*seen).in_bulk([row.merged_into_id for row in rows if row.merged_into_id])
    return {row.code: merged.get(row.merged_into_id or 0, row) for row in rows}


def _by_name(rows: Sequence[Row], run: Run) -> dict[str, Customer]:
    """Customers by the core of their name, where just one that the person may see is called so."""
    wanted = {
        core_of(row.values["customer_name"])
        for row in rows
        if "customer_name" in row.values and "customer_code" not in row.values
    }
    if not wanted:
        return {}
    found: dict[str, list[Customer]] = {}
    for customer in Customer.objects.current().visible_to(run.by).filter(name_core__in=wanted):
        found.setdefault(customer.name_core, []).append(customer)
    return {core: alike[0] for core, alike in found.items() if len(alike) == 1}


def _funnels() -> dict[str, Funnel]:
    """Funnels by their code and their names in every language."""
    found: dict[str, Funnel] = {}
    for funnel in Funnel.objects.select_related("current"):
        for name in (funnel.code, *funnel.names.values()):
            found.setdefault(folded(name), funnel)
    return found


def _import(rows: Sequence[Row], run: Run) -> None:
    """Take over deals as they began."""
    ready = [(row, wanted) for row in rows if (wanted := _fresh(row, run))]
    outcomes = import_deals([wanted for _row, wanted in ready], by=run.by, dry_run=run.dry)
    made = []
    for row, deal in accepted([row for row, _wanted in ready], outcomes, **_BLAMED):
        row.outcome = "new"
        made.append((row, deal.pk))
    if not run.dry:
        run.trace.note_made("pipeline.deal", [key for _row, key in made])
        remember(run, made, fallback=_told_by)


def _begun(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values a deal began with: those a row names as such (an export has them beside those of today), else its own."""
    if "first_amount" not in values:
        return dict(values)
    first = {name: values.get(column) for name, column in _FIRST.items()}
    return {**values, **first, "owner": first["owner"] or values.get("owner")}


def _fresh(row: Row, run: Run) -> DealRow | None:
    values = _begun(row.values)
    funnel = values.get("funnel") or once(run, "default_funnel", lambda: default_funnel(None))
    if values.get("owner") is None:
        row.refuse(_("This is missing."), "owner_username")
    if funnel is None:
        row.refuse(_("There is no funnel to open it on."), "funnel")
    if row.outcome or funnel is None:
        return None
    customer = values.get("customer")
    name = customer.name if customer else values.get("customer_name", "")
    return DealRow(
        code=values.get("code", ""),
        title=values.get("title") or _title(name, values),
        funnel=funnel,
        owner=values["owner"],
        currency=values.get("currency") or company(run).base_currency,
        amount=values.get("amount", Decimal(0)),
        customer=customer,
        customer_name=name,
        expected_on=values.get("expected_close"),
        at=values.get("created_at"),
        source=values.get("source", ""),
        extra=values.get("extra", {}),
        version=_version(row, funnel, run),
    )


def _version(row: Row, funnel: Funnel, run: Run) -> FunnelVersion | None:
    """The version a deal ran under where it comes from, if the funnel has it here; else it runs under the one in force."""
    number = row.values.get("funnel_version")
    found = once(run, "funnel_versions", _versions).get((funnel.pk, number))
    if number is not None and found is None:
        sentence = _("The funnel has no version {n} here; the deal runs under the one in force.")
        row.warn(sentence.format(n=number), "funnel_version")
    return found


def _versions() -> dict[tuple[int, int | None], FunnelVersion]:
    published = FunnelVersion.objects.exclude(published_at=None)
    return {(version.funnel_id, version.number): version for version in published}


def _correct(pairs: Sequence[tuple[Row, Deal]], run: Run) -> None:
    """Correct deals that came by import before."""
    keys = {deal.brought["customer"] for _row, deal in pairs if deal.brought and deal.brought["customer"]}
    known = {customer.pk: customer for row, _deal in pairs if (customer := row.values.get("customer"))}
    customers = known | Customer.objects.defer("search").in_bulk(list(keys - known.keys()))
    ready = [(deal, _again(row, deal, customers, run)) for row, deal in pairs]
    outcomes = correct_deals(ready, by=run.by, dry_run=run.dry)
    deals = {id(row): deal for row, deal in pairs}
    for row, corrected in accepted([row for row, _deal in pairs], outcomes, **_BLAMED):
        row.outcome = "changed" if corrected else "unchanged"
        if corrected:
            run.trace.note_changed(deals[id(row)], {"brought": deals[id(row)].brought})


# What a deal began with, where a row tells that beside how it stands today.
_FIRST = {"amount": "first_amount", "expected_close": "first_expected_close", "owner": "first_owner"}
# How a deal stands today, by the columns of a file; rows by their keys.
_TODAY: dict[str, Callable[[Deal], Any]] = {
    "title": lambda deal: deal.title,
    "customer": lambda deal: deal.customer_id,
    "owner": lambda deal: deal.owner_id,
    "amount": lambda deal: deal.amount,
    "currency": lambda deal: deal.currency,
    "expected_close": lambda deal: deal.expected_on,
    "created_at": lambda deal: deal.created_at,
    "source": lambda deal: deal.source,
}


def _again(row: Row, deal: Deal, customers: Mapping[int, Customer], run: Run) -> DealRow:
    """The row of a deal that came before; what it leaves out, or says as the deal stands today, is as it was.

    So an export, which has the values of today, can be imported again and corrects nothing.
    """
    former = deal.brought or {}
    told = {
        name: value
        for name, value in row.values.items()
        if name not in _TODAY or not alike(getattr(value, "pk", value), _TODAY[name](deal))
    }
    values = {name: row.values[first] for name, first in _FIRST.items() if first in row.values} | told
    customer = values.get("customer") or customers.get(former["customer"] or 0)
    before = Decimal(former["amount"])
    known = (before, Decimal(former.get("born", before)))  # 0 and 0.00 are one
    everybody = once(run, "people_by_key", lambda: {user.pk: user for user in people(run).values()})
    return DealRow(
        code=deal.code,
        title=values.get("title", former["title"]),
        funnel=once(run, "funnels_by_key", lambda: Funnel.objects.in_bulk())[deal.funnel_id],
        owner=values.get("owner") or everybody[former["owner"]],
        currency=values.get("currency", former["currency"]),
        amount=before if values.get("amount", before) in known else values["amount"],
        customer=customer,
        customer_name=customer.name if customer else values.get("customer_name", former["customer_name"]),
        expected_on=values.get("expected_close") or _day(former["expected_on"]),
        at=values.get("created_at") or _moment(former["at"]),
        source=values.get("source", former["source"]),
        extra=values.get("extra") or former["extra"],
    )


def _day(raw: str | None) -> date | None:
    return date.fromisoformat(raw) if raw else None


def _moment(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None


def _title(customer_name: str, values: Mapping[str, Any]) -> str:
    """What a deal is called whose row says nothing: its customer, and its number there."""
    return " ".join(filter(None, (customer_name, values.get("code") or values.get("source_id", ""))))[
        :200
    ] or _("deal")


def _by_hand(deal: Deal | None, row: Row, run: Run) -> str:
    """Open or edit a deal as its page would."""
    return _open(row, run) if deal is None else _edit(deal, row, run)


def _open(row: Row, run: Run) -> str:
    values = row.values
    details = {"source": values.get("source", ""), "customer_name": values.get("customer_name", "")}
    customer = values.get("customer")
    deal = verbs.open_deal(
        title=values.get("title") or _title(customer.name if customer else details["customer_name"], values),
        by=run.by,
        owner=values.get("owner"),
        customer=customer,
        funnel=values.get("funnel"),
        amount=values.get("amount", Decimal(0)),
        currency=values.get("currency", ""),
        expected_on=values.get("expected_close"),
        at=values.get("created_at"),
        code=values.get("code", ""),
        extra=values.get("extra", {}),
        **details,
    )
    run.trace.note_made("pipeline.deal", [deal.pk])
    remember(run, [(row, deal.pk)], fallback=_told_by)
    return "new"


def _edit(deal: Deal, row: Row, run: Run) -> str:
    """Change what the row says differently; an amount that waits for a signature is a warning, not a refusal."""
    if not may(run.by, "pipeline.see", deal):
        raise Refused(_("A deal with the number “{code}” exists.").format(code=deal.code), field="code")
    values = row.values
    wanted = as_there(deal, {field: values[column] for column, field in _EDITED.items() if column in values})
    before = {
        name: plain(getattr(deal, name)) for name, value in wanted.items() if getattr(deal, name) != value
    }
    owner = values.get("owner")
    if not before and (owner is None or owner.pk == deal.owner_id):
        return "unchanged"
    if before:
        edited = verbs.edit(deal, by=run.by, reason=_("by import"), **{name: wanted[name] for name in before})
        if edited.requests:
            row.warn(_("The change of the amount waits for a manager's signature."), "amount")
    if owner is not None and owner.pk != deal.owner_id:
        before["owner_id"] = deal.owner_id
        verbs.hand_over(deal, owner=owner, by=run.by, reason=_("by import"))
    run.trace.note_changed(deal, before)
    return "changed"


def key(values: dict[str, Any]) -> Any:
    """What tells the rows of one file apart."""
    return source_of(values) or values.get("code") or _told_by(values)
