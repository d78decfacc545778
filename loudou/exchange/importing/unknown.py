"""What else is wrong with rows that are refused: whoever mends a file shall mend it once.

A row that cannot be read is not led to the verbs, and a verb ends at the first thing that is wrong. What such rows refer
to is looked up all the same, and what is not there is named beside what they were refused for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from loudou.catalog.models import Product
from loudou.customers.models import Customer
from loudou.exchange.importing.references import by_code, person_in, refuse_unknown, units
from loudou.exchange.importing.spec import Row
from loudou.people.access import may
from loudou.pipeline.models import Deal

if TYPE_CHECKING:
    from loudou.exchange.importing.engine import Run

_BY_CODE = (("customer_code", Customer), ("deal_code", Deal), ("product_code", Product))
_PEOPLE = ("username", "by")  # and whatever ends in `_username`
_IN_THE_FILE = {("people", "username"), ("people", "manager_username")}  # told by rows of the same file


def name_the_rest(rows: Sequence[Row], run: Run) -> None:
    """Name what refused rows refer to and nobody knows, and what their kind finds beside it; each column once."""
    refused = [row for row in rows if row.outcome == "refused" and row.values]
    if not refused:
        return
    there = {name: by_code(model, _told(refused, name)) for name, model in _BY_CODE}
    people = [name for name in run.kind.names if name in _PEOPLE or name.endswith("_username")]
    for row in refused:
        blamed = {note.column for note in row.notes}
        for name in there:
            told = row.values.get(name)
            if told and name not in blamed and not _is_seen(there[name].get(told), name, run):
                refuse_unknown(row, name)
        if "unit_code" in row.values.keys() - blamed and row.values["unit_code"] not in units(run):
            refuse_unknown(row, "unit_code")
        for name in people:
            if name not in blamed and (run.kind.name, name) not in _IN_THE_FILE:
                person_in(row, run, name)
    if run.kind.also is not None:
        run.kind.also(refused, run)


def _told(rows: Sequence[Row], name: str) -> set[str]:
    return {row.values[name] for row in rows if row.values.get(name)}


def _is_seen(row: Any, name: str, run: Run) -> bool:
    if row is None or name == "product_code" or may(run.by, "exchange.import_history"):
        return row is not None
    return may(run.by, _SEEN[name], row)


_SEEN: Mapping[str, str] = {"customer_code": "customers.see", "deal_code": "pipeline.see"}
