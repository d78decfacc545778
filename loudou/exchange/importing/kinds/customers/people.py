"""Lists of people: rows that name one company are one customer with several contacts.

What a person's row says of their company counts only where the company is new; afterwards it adds its person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loudou.customers.figures.names import core_of
from loudou.customers.models import Customer
from loudou.exchange.importing.engine import Run
from loudou.exchange.importing.references import source_of
from loudou.exchange.importing.spec import HUBSPOT_PEOPLE, PIPEDRIVE_PEOPLE, Row
from loudou.people.access import may
from loudou.ui.spelling import folded

# Systems whose ids are those of people, not of companies.
_OF_PEOPLE = (HUBSPOT_PEOPLE, PIPEDRIVE_PEOPLE)
Values = Mapping[str, Any]


def is_of_people(values: Values) -> bool:
    """Whether a row's id is that of a person, who stands in the row beside their company."""
    return values.get("source_system") in _OF_PEOPLE and bool(source_of(values))


def stand_alone(values: dict[str, Any]) -> None:
    """Somebody in a list of people who names no company is a customer in person."""
    person = values.get("contact_name")
    if person and values.get("source_system") in _OF_PEOPLE and values.get("name", person) == person:
        values["name"], values["kind"] = person, Customer.Kind.PERSON


def give_phones(rows: Iterable[Row]) -> None:
    """In a list of people the phone is theirs, not their company's; of a customer in person it is both."""
    for row in rows:
        values = row.values
        if is_of_people(values) and values.get("contact_name") and "phone" in values:
            values.setdefault("contact_phone", values["phone"])
            if values.get("kind") != Customer.Kind.PERSON:
                del values["phone"]


def led(rows: Sequence[Row], there: Mapping[int, Customer]) -> dict[int, Row]:
    """The rows that only add a person to a customer, each with the row that tells of that customer: one that is known,
    else the first."""
    if not any(row.values.get("contact_name") for row in rows):
        return {}
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if company := _company(row.values):
            groups.setdefault(company, []).append(row)
    found: dict[int, Row] = {}
    for group in groups.values():
        if len(group) > 1 and any(_names_another(row.values) for row in group):
            leader = next((row for row in group if id(row) in there), group[0])
            found |= {id(row): leader for row in group if row is not leader}
    return found


def _company(values: Values) -> tuple[str, ...]:
    """What tells a row's company from others, where it has neither a code nor an id of its own; else nothing."""
    name = folded(values["name"])
    if is_of_people(values):
        return (name,)
    if "code" in values or source_of(values):
        return ()
    return name, *(values.get(column, "") for column in ("uscc", "region", "address"))


def _names_another(values: Values) -> bool:
    """Whether a row names somebody at the customer, who is not the customer."""
    name: str = values.get("contact_name", "")
    return bool(name) and values.get("kind") != "person" and folded(name) != folded(values["name"])


def hosts(rows: Sequence[Row], there: Mapping[int, Customer], run: Run) -> dict[int, Customer]:
    """The companies that are there already, of rows in a list of people: the only one of that name, else the known one."""
    asked = [row for row in rows if is_of_people(row.values) and _names_another(row.values)]
    named = _by_name({row.values["name"] for row in asked}, run)
    found = {id(row): named.get(folded(row.values["name"])) or there.get(id(row)) for row in asked}
    return {
        row: customer
        for row, customer in found.items()
        if customer is not None and may(run.by, "customers.see", customer)
    }


def _by_name(names: set[str], run: Run) -> dict[str, Customer]:
    """Customers by their folded names, where just one that the person may see is called so."""
    if not names:
        return {}
    found: dict[str, list[Customer]] = {}
    seen = Customer.objects.current().visible_to(run.by).defer("search")
    for customer in seen.filter(name_core__in={core_of(name) for name in names}):
        found.setdefault(folded(customer.name), []).append(customer)
    return {name: alike[0] for name, alike in found.items() if len(alike) == 1}
