"""What becomes of tasks when something happens to their customer (`customers.consequences`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from loudou.customers.consequences import when
from loudou.customers.models import Customer
from loudou.journal.bulk import update_rows
from loudou.people.models import User
from loudou.tasks.models import Task


@when("merged")
def _follow_merge(customer: Customer, *, merged: Customer, by: User | None) -> dict[str, Any]:
    """Tasks become those of the customer that stays; which ones is remembered."""
    return {"tasks": _give(Task.objects.filter(customer=merged), customer)}


@when("unmerged")
def _return(customer: Customer, *, merged: Customer, moved: dict[str, Any], by: User | None) -> None:
    """Exactly those go back that came, unless they were given to another customer since."""
    _give(Task.objects.filter(pk__in=moved.get("tasks", ()), customer=customer), merged)


def _give(wanted: Iterable[Task], customer: Customer) -> list[int]:
    rows = list(wanted)
    for row in rows:
        row.customer = customer
    update_rows(Task, rows, ["customer"])
    return [row.pk for row in rows]
