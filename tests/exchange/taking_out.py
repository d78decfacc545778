"""Exports for tests: asked for, made and read again."""

from __future__ import annotations

import csv
import io
from typing import Any

import python_calamine

from loudou.customers import verbs as customers
from loudou.customers.models import Customer
from loudou.exchange import verbs
from loudou.exchange.exporting import making
from loudou.exchange.models import Export
from loudou.people.models import User
from tests.cast import Cast


def made(user: User, kind: str, form: str = "csv", **more: Any) -> Export:
    """An export asked for and made."""
    asked = verbs.ask_export(kind=kind, format=form, filters=more.pop("filters", {}), by=user, **more)
    return making.make(asked.pk)


def table(export: Export) -> list[dict[str, str]]:
    """The rows of a file, its note left out."""
    if export.format == "xlsx":
        head, *rows = (
            python_calamine.CalamineWorkbook.from_path(str(making.stored(export)))
            .get_sheet_by_index(0)
            .to_python()
        )
        return [dict(zip(map(str, head), row, strict=True)) for row in rows]
    text = making.stored(export).read_text("utf-8-sig")
    return [row for row in csv.DictReader(io.StringIO(text)) if not next(iter(row.values())).startswith("# ")]


def customer(owner: User, number: int) -> Customer:
    return customers.add_customer(name=f"宁波甬江机电{number}", phone=f"1381234{number:04}", by=owner)


def many(cast: Cast, count: int) -> None:
    """So many customers of chenan's, quickly."""
    first = customer(cast.chenan, 0)
    rows = []
    for number in range(1, count):
        copy = Customer.objects.get(pk=first.pk)
        copy.pk, copy.code, copy.name, copy.phone = None, f"V{number}", f"客户 {number}", ""
        copy._state.adding = True
        rows.append(copy)
    Customer.objects.bulk_create(rows)
