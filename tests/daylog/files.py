"""The week of scenario D5 (`domain.md`) and the month of D6 as files, the way an outsider would bring them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from loudou.exchange.importing.handing import Order, Result, hand_in

REPS = [f"field{number}" for number in range(1, 11)]
DAY = date(2026, 4, 14)
WEEK = [date(2026, 4, 13) + timedelta(days=offset) for offset in range(5)]


def bring(tmp_path: Path, kind: str, rows: Sequence[Mapping[str, str]]) -> Result:
    """Write rows into a file and import it."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(names), *(",".join(row.get(name, "") for name in names) for row in rows)]
    file = tmp_path / f"{kind}.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return hand_in(Order(kind, file), dry_run=False, all_or_nothing=False)


def team(
    unit: str = "D5", reps: Sequence[str] = REPS, boss: str = "boss"
) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A unit with a manager and reps who have been there for years."""
    yield "units", [{"code": unit, "name": "外勤部", "parent_code": "", "kind": "department"}]
    people = [{"username": boss, "name": "外勤经理", "unit_code": unit, "roles": "manager"}]
    people += [
        {"username": rep, "name": f"外勤{rep}", "unit_code": unit, "roles": "rep", "manager_username": boss}
        for rep in reps
    ]
    yield "people", [{**person, "joined_on": "2024-01-01"} for person in people]


def at(day: date, clock: str) -> str:
    """An instant in Shanghai."""
    return f"{day.isoformat()}T{clock}:00+08:00"


def stop(rep: str, day: date) -> dict[str, str]:
    """Where a rep was that day, as both sides tell it."""
    return {
        "username": rep,
        "day": day.isoformat(),
        "place": "宁波",
        "customer": f"甬江机电{rep}",
        "persons": "许明华、郑国栋",
        "result": "确认样机方案",
    }


def day_logs() -> list[dict[str, str]]:
    """48 logs in time for the week: of the 14th eight on time, one late and one after the lock; one more missing."""
    rows = []
    for day in WEEK:
        for rep in REPS:
            handed = at(day, "20:15")
            if day == DAY and rep == "field9":
                handed = at(day + timedelta(days=1), "11:30")
            if day == DAY and rep == "field10":
                handed = at(day + timedelta(days=1), "12:30")
            if day == WEEK[-1] and rep == "field10":
                continue
            rows.append({**stop(rep, day), "submitted_at": handed})
    return rows


def desk_logs() -> list[dict[str, str]]:
    """The 14th as the desk heard it: eight checked, seven on time; nine reports in the window; three fields differ."""
    rows = []
    for number, rep in enumerate(REPS, 1):
        heard = stop(rep, DAY)
        if number <= 8:
            heard |= {"arrival": "on_time" if number <= 7 else "late", "checked_at": at(DAY, "08:05")}
        heard["reported_at"] = at(DAY, "18:25" if number == 1 else "17:40")
        if number == 2:
            heard |= {"place": "绍兴"}
        if number == 3:
            heard |= {"persons": "许明华", "result": "未见到人"}
        rows.append(heard)
    return rows


def items() -> list[dict[str, str]]:
    """46 items due on the 14th, 39 of them closed that day, three on the next, four with a cause."""
    rows = []
    for number in range(46):
        row = {"username": REPS[number % 10], "item": f"事项{number}", "due_on": DAY.isoformat()}
        if number < 39:
            row["closed_on"] = DAY.isoformat()
        elif number < 42:
            row["closed_on"] = (DAY + timedelta(days=1)).isoformat()
        else:
            row["cause"] = "客户改期"
        rows.append(row)
    return rows


def checks() -> list[dict[str, str]]:
    """Five drawn and three named: six true, one not reached, one not true (of the 16th)."""
    rows = []
    for number in range(8):
        result = {6: "unverifiable", 7: "false"}.get(number, "verified")
        rows.append(
            {
                "username": REPS[number],
                "day": WEEK[3].isoformat(),
                "reason": "random" if number < 5 else "targeted",
                "result": result,
                "finding": "已致电客户核实",
                "checker_username": "wangfang",
                "checked_at": at(WEEK[4], "10:00"),
            }
        )
    return rows


BOSS = "chengang"
REVIEW = "2026-05-04T10:00:00+08:00"


def signatures() -> list[dict[str, str]]:
    """What waited for the manager of D6: 232 answered in time, 18 late, 8 waiting of which 3 still inside; 175 opinions."""
    rows = []
    for number in range(258):
        day = date(2026, 4, 1) + timedelta(days=number % 28)
        row = {"subject": f"日报 {number}", "asker_username": f"six{number % 6 + 1}", "signer_username": BOSS}
        if number >= 255:
            day = date(2026, 4, 30)  # a Thursday before the holiday: due on 6 May
        row["asked_at"] = at(day, "17:30")
        if number < 250:
            row["opened_at"] = at(day, "19:00")
            row["answered_at"] = at(day, "19:01") if number < 232 else at(day + timedelta(days=5), "09:00")
            row["opinion"] = f"第{number}份：下次先核实预算与决策人" if number < 175 else "同意"
            row["answer"] = "通过" if number % 10 else "驳回"
        rows.append(row)
    return rows
