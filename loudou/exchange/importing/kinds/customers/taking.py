"""Taking customers over: added where they are new, brought up to date where they are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from loudou.customers import verbs
from loudou.customers.figures.names import core_of
from loudou.customers.models import Contact, Customer
from loudou.exchange.importing.alike import as_there
from loudou.exchange.importing.engine import Run, accepted, each
from loudou.exchange.importing.kinds.customers.people import give_phones, hosts, led
from loudou.exchange.importing.references import (
    by_code,
    company,
    known_before,
    person_in,
    remember,
    source_of,
)
from loudou.exchange.importing.spec import Row
from loudou.journal.record import plain
from loudou.kernel.refusals import Refused
from loudou.people.access import may
from loudou.people.models import User
from loudou.ui.spelling import folded

_FIELDS = (
    *("name", "kind", "industry", "size", "region", "address", "website", "source", "uscc", "phone", "grade"),
    *("tags", "note", "created_at"),
)
_CONTACT = ("contact_name", "contact_title", "contact_phone", "contact_email", "contact_wechat")
_BLAMED = {"owner": "owner_username", "name": "name"}


def take(rows: Sequence[Row], run: Run) -> None:
    """Add customers that are new, bring up to date those that are there; then the people they name."""
    give_phones(rows)
    known = known_before(run, rows, fallback=_told_by)
    there = _there(rows, known)
    owned = [row for row in rows if _find_owner(row, run)]
    leaders = led(owned, there)
    guests = hosts([row for row in owned if id(row) not in leaders], there, run)
    own = [row for row in owned if id(row) not in leaders and id(row) not in guests]
    taken = there | guests
    for row, customer in _add([row for row in own if id(row) not in there], run):
        taken[id(row)] = customer
    _bring_up_to_date([(row, there[id(row)]) for row in own if id(row) in there], run)
    joining = [row for row in owned if id(row) in leaders or id(row) in guests]
    _join(joining, leaders, taken)
    if not run.dry:
        remember(
            run,
            [(row, taken[id(row)].pk) for row in owned if id(row) in taken and id(row) not in known],
            fallback=_told_by,
        )
    naming = [(row, taken[id(row)]) for row in owned if id(row) in taken and not _is_refused(row)]
    _add_contacts(naming, run, needed={id(row) for row in joining})


def also(rows: Sequence[Row], run: Run) -> None:
    """Name every field of refused rows that no customer could have."""
    for row in rows:
        blamed = {note.column for note in row.notes}
        for refusal in verbs.faults({name: row.values[name] for name in _FIELDS if name in row.values}):
            if (column := _BLAMED.get(refusal.field, refusal.field)) not in blamed:
                row.refuse(refusal.sentence, column)


def _join(rows: Sequence[Row], leaders: Mapping[int, Row], taken: dict[int, Customer]) -> None:
    """Let rows that only add a person go with the customer their leader tells of; refused, it takes them along."""
    for row in rows:
        leader = leaders.get(id(row))
        if leader is None:
            row.outcome = "unchanged"
        elif id(leader) in taken and not _is_refused(leader):
            taken[id(row)], row.outcome = taken[id(leader)], "unchanged"
        else:
            sentence = _("Line {line}, which tells of the same customer, is refused.")
            row.refuse(sentence.format(line=leader.line), "name")


def _there(rows: Sequence[Row], known: Mapping[int, int]) -> dict[int, Customer]:
    """The customers that rows are about, by the row: known by their source, or by their code."""
    codes = by_code(Customer, (row.values["code"] for row in rows if "code" in row.values))
    rest = _by_key(set(known.values()))
    found = {
        id(row): customer
        for row in rows
        if (customer := rest.get(known.get(id(row), 0)) or codes.get(row.values.get("code", "")))
    }
    kept = _by_key({customer.merged_into_id for customer in found.values() if customer.merged_into_id})
    return {row: kept.get(customer.merged_into_id or 0, customer) for row, customer in found.items()}


def _by_key(keys: Collection[int]) -> dict[int, Customer]:
    """Customers by their keys; what they are found by is left where it is."""
    return Customer.objects.defer("search").in_bulk(list(keys)) if keys else {}


def _told_by(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells customers apart that have neither code nor source."""
    return values.get("name"), values.get("uscc"), values.get("phone")


def _find_owner(row: Row, run: Run) -> bool:
    """Put the owner in place of their name; what is no day for somebody to set is left out."""
    if row.values.get("owner_username"):
        row.values["owner"] = person_in(row, run)
        if row.values["owner"] is None:
            return False
    if "created_at" in row.values and not may(run.by, "exchange.import_history"):
        free = timedelta(days=company(run).back_date_days)
        if row.values["created_at"] < run.reading.now - free:
            del row.values["created_at"]
            row.warn(_("Only a migration dates customers back; the date is not taken over."), "created_at")
    return True


def _add(rows: Sequence[Row], run: Run) -> Iterable[tuple[Row, Customer]]:
    """Add customers, and warn of those that may be there already under another code."""
    wanted = [
        {name: row.values[name] for name in ("code", "owner", "extra", *_FIELDS) if name in row.values}
        for row in rows
    ]
    added: list[tuple[Row, Customer]] = []
    alike = _alike(rows, run)
    outcomes = verbs.add_customers(wanted, by=run.by, dry_run=run.dry)
    for row, customer in accepted(rows, outcomes, **_BLAMED):
        row.outcome = "new"
        added.append((row, customer))
        if warning := alike.get(id(row)):
            row.warn(warning, "name")
    if not run.dry:
        run.trace.note_made("customers.customer", [customer.pk for _row, customer in added])
    return added


def _alike(rows: Sequence[Row], run: Run) -> dict[int, str]:
    """What to say of rows whose name or phone somebody has already, as far as the person may see that one."""
    names, phones = defaultdict(list), defaultdict(list)
    for row in rows:
        names[core_of(row.values["name"])].append(row)
        if row.values.get("phone"):
            phones[row.values["phone"]].append(row)
    current = Customer.objects.current().visible_to(run.by)
    seen: dict[int, str] = {}
    for column, wanted in (("name_core", names), ("phone", phones)):
        # Indexed are only those that are not empty; said so, the index is used.
        others = current.exclude(**{column: ""}).filter(**{f"{column}__in": list(wanted)})
        known = others.values_list(column, "name", "code") if wanted else ()
        for value, name, code in known:
            for row in wanted[value]:
                sentence = _("This may be “{name}” ({code}), who is there already.")
                seen.setdefault(id(row), sentence.format(name=name, code=code))
    return seen


def _bring_up_to_date(pairs: Sequence[tuple[Row, Customer]], run: Run) -> None:
    """Bring customers up to date with what their rows say; foreign ones are not touched, nor named."""
    seen = []
    for row, customer in pairs:
        if may(run.by, "customers.see", customer):
            seen.append((row, customer))
        else:
            code = row.values.get("code", "")
            row.refuse(_("A customer with the code “{code}” exists.").format(code=code), "code")
    wanted = verbs.differences((customer, _said(row, customer)) for row, customer in seen)
    changing: dict[int, Customer] = {}
    for (row, customer), values in zip(seen, wanted, strict=True):
        owner = row.values.get("owner")
        if isinstance(values, Refused):
            row.refuse(values.sentence, _BLAMED.get(values.field, values.field))
        elif values or (owner is not None and owner.pk != customer.owner_id):
            changing[id(row)] = customer
            row.values["differing"] = values
        else:
            row.outcome = "unchanged"
    each(
        [row for row, _customer in seen if id(row) in changing],
        lambda row: _change(changing[id(row)], row, run),
        **_BLAMED,
    )


def _said(row: Row, customer: Customer) -> dict[str, Any]:
    """What a row says of a customer that is there."""
    said = {name: row.values[name] for name in _FIELDS if name in row.values}
    if extra := row.values.get("extra"):
        said["extra"] = {**customer.extra, **extra}
    return as_there(customer, said)


def _change(customer: Customer, row: Row, run: Run) -> str:
    """Change what differs: what the customer says, and whose it is."""
    said, differing = _said(row, customer), row.values["differing"]
    before = {name: plain(getattr(customer, name)) for name in differing}
    if differing:
        customer = verbs.edit_customer(customer, by=run.by, **{name: said[name] for name in differing})
    owner: User | None = row.values.get("owner")
    if owner is not None and owner.pk != customer.owner_id:
        before["owner_id"] = customer.owner_id
        verbs.hand_over(customer, owner=owner, by=run.by, reason=_("by import"))
    run.trace.note_changed(customer, before)
    return "changed"


def _add_contacts(pairs: Sequence[tuple[Row, Customer]], run: Run, *, needed: Collection[int]) -> None:
    """Add the people whom rows name and whom their customer does not know yet.

    A person who cannot be added is a warning, but a refusal for rows `needed` for that alone.
    """
    naming = [(row, customer) for row, customer in pairs if row.values.get("contact_name")]
    if not naming:
        return
    keys = [customer.pk for _row, customer in naming if customer.pk]
    known = {
        (customer, folded(name))
        for customer, name in Contact.objects.filter(customer__in=keys).values_list("customer_id", "name")
    }
    fresh = []
    for row, customer in naming:
        person = (customer.pk or id(customer), folded(row.values["contact_name"]))
        if person not in known:
            known.add(person)
            fresh.append((row, customer))
    wanted = [
        (
            customer,
            {name.removeprefix("contact_"): row.values[name] for name in _CONTACT if name in row.values},
        )
        for row, customer in fresh
    ]
    outcomes = verbs.add_contacts(wanted, by=run.by, dry_run=run.dry)
    for (row, _customer), outcome in zip(fresh, outcomes, strict=True):
        if isinstance(outcome, Refused):
            say = row.refuse if id(row) in needed else row.warn
            say(outcome.sentence, f"contact_{outcome.field}")
            continue
        if row.outcome == "unchanged":
            row.outcome = "changed"
        if not run.dry:
            run.trace.note_made("customers.contact", [outcome.pk])


def _is_refused(row: Row) -> bool:
    return row.outcome == "refused"


def key(values: dict[str, Any]) -> Any:
    """What tells the rows of one file apart."""
    said = (*_told_by(values), values.get("owner_username"), values.get("contact_name"))
    return source_of(values) or values.get("code") or said
