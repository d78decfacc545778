"""Days that leave the house as files are whole: also those of which no stop was told."""

from __future__ import annotations

import csv
from pathlib import Path

from loudou.daylog import verbs
from loudou.daylog.models import DayLog, DeskLog
from loudou.exchange.exporting.handing import hand
from loudou.kernel import clock
from tests.cast import Cast
from tests.daylog.files import bring
from tests.make import day, instant

TUESDAY = day("2026-04-14")


def taken_out(kind: str, folder: Path) -> list[dict[str, str]]:
    file = folder / f"{kind}-out.csv"
    hand(kind, username=None, output=file, form="csv", filters={}, bom=False)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_a_day_without_a_stop_goes_out_and_comes_back(cast: Cast, tmp_path: Path) -> None:
    with clock.at(instant("2026-04-14 17:30")):
        stops = [verbs.Stop(place="宁波", customer_name="甬江机电"), verbs.Stop(place="绍兴")]
        verbs.submit_log(cast.chenan, day=TUESDAY, stops=stops, by=cast.chenan)
        verbs.submit_log(cast.lina, day=TUESDAY, reflection="在公司准备投标文件", by=cast.lina)
        verbs.check_arrival(cast.zhangwei, arrival="unreachable", by=cast.wangfang)
        verbs.hear_report(cast.chenan, stops=stops[:1], by=cast.wangfang)
        verbs.hear_report(cast.lina, stops=[], deviation="在公司", by=cast.wangfang)
        logs, heard = taken_out("day-logs", tmp_path), taken_out("desk-logs", tmp_path)
    told = [(row["username"], row["place"], row["reflection"]) for row in logs]
    assert told == [("chenan", "宁波", ""), ("chenan", "绍兴", ""), ("lina", "", "在公司准备投标文件")]
    assert sorted((row["username"], row["place"], row["arrival"], row["deviation"]) for row in heard) == [
        ("chenan", "宁波", "", ""),
        ("lina", "", "", "在公司"),
        ("zhangwei", "", "unreachable", ""),
    ]
    others = {"chenan": "zhoukai", "lina": "sunqiang", "zhangwei": "zhaomin"}
    for kind, rows in (("day-logs", logs), ("desk-logs", heard)):
        result = bring(tmp_path, kind, [{**row, "username": others[row["username"]]} for row in rows])
        assert (result.counts.new, result.counts.refused) == (len(rows), 0), list(result.notes)
    assert DayLog.objects.get(user=cast.sunqiang).reflection == "在公司准备投标文件"
    assert DeskLog.objects.get(user=cast.zhaomin).arrival == "unreachable"
