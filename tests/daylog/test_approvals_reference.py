"""M46 held against a slow reference: every figure of a hundred requests reckoned anew from the words of `domain.md`."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loudou.insight.reports import run
from loudou.people.models import User
from loudou.signoff.models import Request
from tests.cast import Cast

ZONE = ZoneInfo("Asia/Shanghai")
BEGIN, INSTANT = datetime(2026, 3, 20, tzinfo=ZONE), datetime(2026, 4, 21, 9, tzinfo=ZONE)
APRIL = (datetime(2026, 4, 1, tzinfo=ZONE), datetime(2026, 5, 1, tzinfo=ZONE))
WORDS = (
    "同意",
    "资料齐全，按约定日期推进",
    "先见到管预算的人再报价",
    "请 补上竞品 的报价来",
    "请补上竞品的报价来啊",
)


def drawn(chance: Random, cast: Cast) -> list[Request]:
    """Requests of a month: answered early, late or not at all, by the signer or who signs instead, read or not."""
    signers, found = [cast.wumin, cast.heli, cast.liuyang], []
    for number in range(180):
        signer: User | None = chance.choice([*signers, None])
        asked = BEGIN + timedelta(minutes=chance.randrange(32 * 24 * 60))
        if fresh := number % 15 == 0:
            signer, asked = signers[number // 15 % 3], INSTANT - timedelta(hours=5)
        due = asked + timedelta(hours=chance.choice((10, 24, 33)))
        state = chance.choice(("signed", "signed", "signed", "returned", "waiting", "withdrawn"))
        state = "waiting" if fresh else state
        answered = None if state == "waiting" else asked + timedelta(minutes=chance.randrange(1, 60 * 48))
        by = chance.choice(signers) if signer is None or number % 9 == 0 else signer
        opened = answered - timedelta(seconds=chance.randrange(1, 9)) if answered and number % 3 else None
        told = state in ("signed", "returned")
        found.append(
            Request(
                **{"act": "t", "needs": "x", "url": "x", "subject_type": "t", "subject_id": number},
                **{"asker": cast.chenan, "signer": signer, "asked_at": asked, "due_at": due, "state": state},
                answered_at=answered,
                answered_by=by if told else None,
                opened_at=opened,
                opinion=f"{chance.choice(WORDS)}{number // 3 if number % 2 else ''}" if told else "",
                unit=cast.chenan.unit,
            )
        )
    return found


def reckoned(rows: list[Request], who: User) -> dict[str, Any]:
    """The row of one person, request by request."""
    mine = [
        row
        for row in rows
        if row.state != "withdrawn"
        and APRIL[0] <= row.asked_at < min(APRIL[1], INSTANT)
        and (row.signer or row.answered_by) == who
    ]
    heard = [row for row in mine if row.answered_at and row.answered_at < INSTANT]
    in_time = [row for row in heard if row.answered_at <= row.due_at]  # type: ignore[operator]
    pending = [row for row in mine if row not in heard]
    inside = [row for row in pending if row.due_at >= INSTANT]
    answers = sorted(
        (row for row in rows if row.answered_by == who), key=lambda row: row.answered_at or BEGIN
    )
    counted = [
        (place, row)
        for place, row in enumerate(answers)
        if APRIL[0] <= row.asked_at < INSTANT and row.answered_at and row.answered_at < INSTANT
    ]
    good = [row for place, row in counted if has_substance(row, answers[max(place - 20, 0) : place])]
    seconds = sorted((row.answered_at - row.opened_at).seconds for _p, row in counted if row.opened_at)  # type: ignore[operator]
    half = len(seconds) // 2
    middle = Decimal(seconds[half]) if len(seconds) % 2 else Decimal(seconds[half - 1] + seconds[half]) / 2
    timely = Decimal(len(in_time)) / (len(mine) - len(inside))
    substance = Decimal(len(good)) / len(counted)
    return {
        "received": len(mine),
        "in_time": len(in_time),
        "late": len(heard) - len(in_time),
        "pending": len(pending),
        "pending_inside": len(inside),
        "timeliness": text(timely, 6),
        "opinions": len(counted),
        "substantial": len(good),
        "substance": text(substance, 6),
        "score": text(60 * timely + 40 * substance, 2),
        "median_reading_seconds": text(middle, 2),
        "rubber_stamp": middle < 5,
    }


def has_substance(row: Request, before: list[Request]) -> bool:
    """Ten characters at least, and none of the twenty opinions before it."""
    plain = row.opinion.replace(" ", "")
    return len(plain) >= 10 and plain not in [other.opinion.replace(" ", "") for other in before]


def text(value: Decimal, places: int) -> str:
    return str(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_manager_is_told_what_the_reference_reckons(cast: Cast, seed: int) -> None:
    rows = Request.objects.bulk_create(drawn(Random(seed), cast))
    told = run("approvals", {"period": "2026-04", "as-of": INSTANT.isoformat()}, None)
    for who in (cast.wumin, cast.heli, cast.liuyang):
        (found,) = (row for row in told["rows"] if row["who"] == who.username)
        reference = reckoned(rows, who)
        assert {name: found[name] for name in reference} == reference
        assert reference["substantial"] < reference["opinions"] and reference["pending_inside"]


def test_who_only_signs_instead_of_another_is_judged_by_their_opinions(cast: Cast) -> None:
    at = APRIL[0] + timedelta(days=1)
    said = {"asker": cast.chenan, "signer": cast.wumin, "asked_at": at, "due_at": at, "state": "signed"}
    Request.objects.create(
        **{"act": "t", "needs": "x", "url": "x", "subject_type": "t", "subject_id": 1, **said},
        answered_by=cast.heli,
        answered_at=at,
        opinion=WORDS[1],
    )
    told = run("approvals", {"period": "2026-04", "as-of": INSTANT.isoformat()}, None)
    rows = {row["who"]: row for row in told["rows"]}
    assert (rows["wumin"]["received"], rows["wumin"]["opinions"]) == (1, 0)
    assert (rows["heli"]["received"], rows["heli"]["substantial"]) == (0, 1)
