"""Acts that are no page: typing into the sheet of everybody's targets, taking a year apart for everybody, day by day.

They happen in a transaction that is undone, through the same views and figures; milliseconds of one after the other.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

FLOORS = {"typing a target": 100.0, "a year to days, everybody": 2_000.0}
_YEAR = Decimal(1_200_000)


def acts(rounds: int = 12) -> dict[str, dict[str, float]]:
    """The median and the longest of each, in milliseconds."""
    from django.db import transaction

    with transaction.atomic():
        found = {"typing a target": _timed(_typing(), rounds), "a year to days, everybody": _timed(_apart, 3)}
        transaction.set_rollback(True)
    return found


def _timed(act: Callable[[], None], rounds: int) -> dict[str, float]:
    took = []
    act()
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return {"p50": round(statistics.median(took), 1), "most": round(max(took), 1)}


def _typing() -> Callable[[], None]:
    """A cell of the whole company's sheet, with another amount each time."""
    from django.test import Client
    from django.urls import reverse

    from loudou.demo.world import PASSWORD
    from loudou.demo.world.company import COMPANY

    client = Client(SERVER_NAME="127.0.0.1")
    client.post("/login/", {"username": "gm", "password": PASSWORD})
    asked = f"?unit={COMPANY}&metric=bookings"
    sheet: dict[str, Any] = client.get(reverse("targets:sheet_data") + asked).json()
    row, cells = next((key, cells) for key, cells in sheet["cells"].items() if key.startswith("p"))
    column, (amount, seen, *_rest) = next(iter(cells.items()))
    typed = {"amount": Decimal(amount), "version": seen}

    def act() -> None:
        typed["amount"] += 1
        said = [row, column, str(typed["amount"]), typed["version"], None]
        answer = client.post(
            reverse("targets:set_cells") + asked,
            json.dumps({"cells": [said]}),
            content_type="application/json",
        )
        if answer.status_code != 200:
            raise SystemExit(f"a target was not taken: {answer.content.decode()}")
        typed["version"] = answer.json()["cells"][0]["version"]

    return act


def _apart() -> None:
    """Everybody's year into its days, each day by its working time, each person's days to the cent of their year."""
    from datetime import timedelta

    from loudou.kernel.periods import Grain, Period
    from loudou.people.models import User
    from loudou.people.queries import organisation
    from loudou.targets.figures.decompose import Piece, decompose, whole
    from loudou.targets.queries.targets import timing

    company = organisation()
    year = company.fiscal.of(company.today, Grain.YEAR)
    times = timing(company)
    days = [year.start + timedelta(days=number) for number in range((year.end - year.start).days)]
    weights = [(str(day), times.weight(Period(day, day + timedelta(days=1)))) for day in days]
    for _person in User.objects.filter(roles__contains=["rep"], is_active=True):
        shares = decompose(_YEAR, [Piece(key, weight) for key, weight in weights], Decimal("0.01"))
        if whole(shares) != _YEAR:
            raise SystemExit("the days do not come to the year")
