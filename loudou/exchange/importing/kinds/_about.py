"""Rows of what people do about customers and deals: who, which customer, which deal in place of their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from loudou.customers.models import Customer
from loudou.exchange.importing.engine import Run, accepted
from loudou.exchange.importing.references import (
    by_code,
    known_before,
    person_in,
    refuse_unknown,
    remember,
)
from loudou.exchange.importing.spec import Row
from loudou.people.access import may
from loudou.pipeline.models import Deal

M = TypeVar("M", bound=Model)
T = TypeVar("T")
TellsApart = Callable[[Mapping[str, Any]], tuple[Any, ...]]
BLAMED = {
    "customer": "customer_code",
    "deal": "deal_code",
    "owner": "owner_username",
}  # fields of acts → columns


def resolved(rows: Sequence[Row], run: Run) -> list[Row]:
    """Put people, customers and deals in place of their names; rows that name somebody unknown are refused."""
    customers = by_code(Customer, named(rows, "customer_code"), "merged_into")
    deals = by_code(Deal, named(rows, "deal_code"))
    history = may(run.by, "exchange.import_history")
    for row in rows:
        values = row.values
        values["owner"] = person_in(row, run)
        if code := values.get("customer_code"):
            found = customers.get(code)
            values["customer"] = found.merged_into or found if found is not None else None
            if found is None or not (history or may(run.by, "customers.see", found)):
                refuse_unknown(row, "customer_code")
        if code := values.get("deal_code"):
            values["deal"] = deals.get(code)
            if values["deal"] is None or not (history or may(run.by, "pipeline.see", values["deal"])):
                refuse_unknown(row, "deal_code")
    return [row for row in rows if row.outcome != "refused"]


def known(kept: QuerySet[M], rows: Sequence[Row], run: Run, told_by: TellsApart) -> dict[int, M]:
    """The records that rows told of before: by their source or what tells them apart, else by their code; `id(row)` → it."""
    keys = known_before(run, rows, fallback=told_by)
    by_key = kept.in_bulk(list(keys.values()))
    codes = named(rows, "code")
    by_number = {row.code: row for row in kept.filter(code__in=codes)} if codes else {}  # type: ignore[attr-defined]
    found = {
        id(row): by_key.get(keys.get(id(row), 0)) or by_number.get(row.values.get("code", "")) for row in rows
    }
    return {key: record for key, record in found.items() if record is not None}


def bring(
    rows: Sequence[Row],
    wanted: Sequence[T],
    act: Callable[..., Sequence[Any]],
    run: Run,
    told_by: TellsApart,
    blamed: Mapping[str, str] = BLAMED,
) -> None:
    """Take new rows over as history: `act` makes a record, or a refusal, of each as it is wanted.

    What was made can be taken back, and is known when the rows come again. `blamed` are the columns of the act's fields.
    """
    outcomes = act(wanted, by=run.by, dry_run=run.dry) if wanted else ()
    made = list(accepted(rows, outcomes, **blamed))
    for row, _record in made:
        row.outcome = "new"
    if made and not run.dry:
        keys = [(row, record.pk) for row, record in made]
        run.trace.note_made(made[0][1]._meta.label_lower, [key for _row, key in keys])
        remember(run, keys, fallback=told_by)


def said(row: Row, names: Iterable[str]) -> dict[str, Any]:
    """What a row says of these."""
    return {name: row.values[name] for name in names if row.values.get(name) is not None}


def named(rows: Sequence[Row], column: str) -> list[str]:
    """What the rows write into a column."""
    return [row.values[column] for row in rows if column in row.values]
