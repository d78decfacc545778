"""The worked examples of `domain.md` D2, D3 and D4 as tables, the way an outsider hands them in."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

_STAGES = {"S1": "验证", "S2": "开发", "S3": "提案", "S4": "成交"}
_CLOSES = {"W": ("won", ""), "L": ("lost", "price"), "I": ("invalid", "duplicate"), "R": ("reopen", "")}
# D3: amounts in 万 and what happened, month-day; S back to an earlier stage is a step back.
D3 = {
    "O1": (30, "S1 01-05 S2 01-15 S3 02-04 S4 02-24 W 03-06"),
    "O2": (40, "S1 01-05 S2 01-25 L 02-10"),
    "O3": (50, "S1 01-08 S3 01-28 S4 02-17 W 02-27"),
    "O4": (70, "S1 01-10 S2 01-20 S3 02-09 S2 02-19 S3 03-01 S4 03-11"),
    "O5": (60, "S1 01-12 L 02-01"),
    "O6": (20, "S1 01-15 S2 02-04 S3 02-24 L 03-06 R 03-16 S4 03-21 W 03-30"),
    "O7": (10, "S1 02-01"),
    "O8": (10, "S1 02-05 S2 02-25"),
    "O9": (10, "S1 02-10 I 02-11"),
    "O10": (10, "S1 02-15 S2 02-25 S3 03-17"),
}
# D2: 张伟's sheet: stage and amount; C003 has 100 000 of accessories that the ERP keeps.
D2 = {
    "C001": ("验证", 500_000),
    "C002": ("验证", 300_000),
    "C003": ("开发", 800_000),
    "C004": ("提案", 600_000),
    "C005": ("提案", 400_000),
    "C006": ("成交", 450_000),
}


# D4: amounts in 万, when expected, since when, and what happened: event, month-day, what it set.
D4 = {
    "A": (100, "2026-06-15", "2026-03-01", "won 06-10 110"),
    "B": (80, "2026-06-20", "2026-03-02", "expected_close 06-01 2026-07-20"),
    "C": (60, "2026-05-20", "2026-03-03", "amount 04-20 70 lost 05-25 price"),
    "D": (50, "2026-06-25", "2026-03-04", "amount 05-05 40"),
    "E": (30, "2026-06-01", "2026-04-10", "won 05-30 30"),
    "F": (45, "2026-06-10", "2026-04-12", "lost 06-11 price"),
    "G": (90, "2026-08-10", "2026-03-05", "expected_close 05-10 2026-06-20 amount 05-11 85 won 06-18 85"),
    "H": (25, "2026-06-28", "2026-03-06", "owner 05-06 {owner}"),
    "I": (1, "2026-06-12", "2026-03-07", ""),
}


def d3(folder: Path, *, owner: str = "chenan") -> dict[str, Path]:
    """Files of D3: deals and their moves."""
    deals, moves = [], []
    for code, (amount, past) in D3.items():
        words = past.split()
        steps = [
            (what, f"2026-{day}T00:00:00+08:00") for what, day in zip(words[::2], words[1::2], strict=True)
        ]
        deals.append(
            (code, f"商机 {code}", "b2b", owner, amount * 10_000, "CNY", "2026-06-30", steps[0][1][:10])
        )
        for what, at in steps:
            event, reason = ("enter", "") if what in _STAGES else _CLOSES[what]
            moves.append((code, at, event, _STAGES.get(what, ""), "", reason, ""))
    return {
        "deals": write(folder / "deals.csv", _DEALS, deals),
        "moves": write(folder / "moves.csv", _MOVES, moves),
    }


def d2(folder: Path, *, owner: str = "zhangwei") -> dict[str, Path]:
    """Files of D2: customers, products, deals, moves and the ERP line; all due on the last day of 2026-Q2."""
    customers = [(code, f"灯具客户 {code}") for code in D2]
    deals, moves = [], []
    for code, (stage, amount) in D2.items():
        deals.append((code, f"灯具 {code}", "b2b", owner, amount, "CNY", "2026-06-30", "2026-04-01", code))
        moves.append((code, "2026-04-01T09:00:00+08:00", "enter", stage, "", "", ""))
    return {
        "customers": write(folder / "customers.csv", ("code", "name"), customers),
        "products": write(folder / "products.csv", ("code", "name"), [("ACC", "附件")]),
        "deals": write(folder / "deals.csv", (*_DEALS, "customer_code"), deals),
        "moves": write(folder / "moves.csv", _MOVES, moves),
        "lines": write(
            folder / "lines.csv",
            ("deal_code", "product_code", "quantity", "price", "system_of_record"),
            [("C003", "ACC", 1, 100_000, "erp")],
        ),
    }


def d4(folder: Path, *, owner: str, other: str) -> dict[str, Path]:
    """Files of D4: rates, deals of `owner` (H of `other` at first) and their moves."""
    deals, moves = [], []
    for code, (amount, expected, since, past) in D4.items():
        who = other if code == "H" else owner
        currency = "USD" if code == "I" else "CNY"
        deals.append((code, f"商机 {code}", "b2b", who, amount * 10_000, currency, expected, since))
        moves.append((code, f"{since}T00:00:00+08:00", "enter", "验证", "", "", ""))
        words = past.format(owner=owner).split()
        for event, day, value in zip(words[::3], words[1::3], words[2::3], strict=True):
            stated = int(value) * 10_000 if event in ("won", "amount") else ""
            reason = value if event in ("lost", "owner", "expected_close") else ""
            moves.append((code, f"2026-{day}T12:00:00+08:00", event, "", stated, reason, ""))
    rates = [
        ("USD", "2026-01-01", "plan", "7.10"),
        ("USD", "2026-04-01", "spot", "7.10"),
        ("USD", "2026-06-30", "spot", "7.00"),
    ]
    return {
        "rates": write(folder / "rates.csv", ("currency", "valid_from", "kind", "rate"), rates),
        "deals": write(folder / "deals.csv", _DEALS, deals),
        "moves": write(folder / "moves.csv", _MOVES, moves),
    }


_DEALS = ("code", "title", "funnel", "owner_username", "amount", "currency", "expected_close", "created_at")
_MOVES = ("deal_code", "at", "event", "stage", "amount", "reason", "by")


def write(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """A CSV file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(rows)
    path.write_text(out.getvalue(), "utf-8")
    return path
