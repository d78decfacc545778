"""How many rows a second an import takes, with every check of the page: customers, deals, their history; and once more.

`python -m bench` calls `measure()`; it needs nothing but a scratch folder, in which it starts a database of its own.
"""

from __future__ import annotations

import csv
import os
import random
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

FLOOR = 5_000  # rows a second (issue 2, part 6)
STAGES = ("验证", "开发", "提案", "成交")
REPS = ("chenan", "lina", "zhangwei", "zhoukai", "sunqiang", "zhaomin")


def measure(rows: int = 40_000) -> dict[str, Any]:
    """Rows a second by kind: `first` into an empty house, `again` when the same file changes nothing."""
    with tempfile.TemporaryDirectory(prefix="loudou-bench-import-") as scratch:
        os.environ |= {"LOUDOU_DATA": scratch, "LOUDOU_DEMO": "0"}
        os.environ.pop("DATABASE_URL", None)
        from loudou.launch.django import ready

        with ready("import"):
            _house()
            return {"floor": FLOOR, "kinds": _kinds(files(Path(scratch), rows))}


def files(folder: Path, rows: int) -> dict[str, Path]:
    """Customers, as many deals of theirs, and what happened to those, as somebody's old system would write them."""
    dice = random.Random(7)
    customers = [
        (
            f"C{n}",
            f"{_word(dice)}{_word(dice)}机电{n}有限公司",
            "机械",
            dice.choice(REPS),
            f"139{n:08}",
            "2024-03-01",
        )
        for n in range(rows)
    ]
    deals, moves = [], []
    for n in range(rows):
        owner, start = dice.choice(REPS), datetime(2024, 3, 4, 1, tzinfo=UTC) + timedelta(hours=n % 9000)
        amount = dice.randrange(10, 900) * 1000
        deals.append((f"D{n}", f"产线 {n}", f"C{n}", "b2b", owner, amount, "2026-12-31", start.isoformat()))
        moves += _past(f"D{n}", start, owner, dice)
    heads = {
        "customers": "code,name,industry,owner_username,phone,created_at",
        "deals": "code,title,customer_code,funnel,owner_username,amount,expected_close,created_at",
        "moves": "deal_code,at,event,stage,reason,by",
    }
    tables: dict[str, Sequence[tuple[Any, ...]]] = {"customers": customers, "deals": deals, "moves": moves}
    return {kind: _written(folder / f"{kind}.csv", heads[kind], table) for kind, table in tables.items()}


def _past(code: str, start: datetime, owner: str, dice: random.Random) -> list[tuple[Any, ...]]:
    """Some steps, ten days apart, and for most an end."""
    steps = dice.randrange(1, 5)
    told = [
        (code, (start + timedelta(days=10 * step)).isoformat(), "enter", STAGES[step], "", owner)
        for step in range(steps)
    ]
    at = (start + timedelta(days=10 * steps)).isoformat()
    end = dice.choice(["won", "lost", ""])
    if end:
        told.append((code, at, end, "", "price" if end == "lost" else "", owner))
    return told


def _house() -> None:
    """An empty house with people in it."""
    from loudou.demo.cast import assemble
    from loudou.launch.prepare import prepare

    prepare()
    assemble(joined_on=date(2024, 1, 1))


def _kinds(tables: dict[str, Path]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for once in ("first", "again"):
        for kind, file in tables.items():
            found.setdefault(kind, {})[once] = _rate(kind, file)
    return found


def _rate(kind: str, file: Path) -> int:
    from loudou.exchange.importing.handing import Order, hand_in

    began = time.perf_counter()
    result = hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)
    if result.refused:
        raise RuntimeError(result.as_text())
    return round(result.counts.rows / (time.perf_counter() - began))


def _word(dice: random.Random) -> str:
    return "".join(chr(dice.randrange(0x4E00, 0x8000)) for _letter in range(2))


def _written(path: Path, head: str, rows: Iterable[Sequence[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(head.split(","))
        writer.writerows(rows)
    return path
