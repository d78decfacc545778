"""How often the pages ask the database: at most twenty times, however many targets and deals there are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from loudou.exchange.importing.handing import Order, hand_in
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.pipeline import verbs as pipeline
from loudou.pipeline.figures.deliveries import Part
from loudou.pipeline.models import Deal
from loudou.steering.lens import BackwardLens
from loudou.steering.verbs import close_month
from loudou.targets import verbs as targets
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.make import instant

MOST = 20
FEW, MANY = ("chenan",), ("chenan", "lina", "zhangwei", "zhoukai", "sunqiang", "zhaomin")


def _bring(folder: Path, kind: str, *lines: str) -> None:
    file = folder / f"{kind}.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    assert hand_in(Order(kind, file), dry_run=False, all_or_nothing=True).refused == 0


def _fill(folder: Path, people: tuple[str, ...], deals: int) -> None:
    """Each of these people has targets of two quarters, and deals won, lost, and open from before the second one."""
    of = [(name, number) for name in people for number in range(deals)]
    _bring(
        folder,
        "deals",
        "code,title,funnel,owner_username,amount,currency,expected_close,created_at",
        *(f"{name}{number}a,商机,b2b,{name},300000,CNY,,2025-09-01" for name, number in of),
        *(f"{name}{number}b,商机,b2b,{name},500000,CNY,2026-06-10,2026-02-10" for name, number in of),
    )
    _bring(
        folder,
        "moves",
        "deal_code,at,event,stage,amount,reason,by",
        *(f"{name}{number}a,2025-09-01,enter,verify,,," for name, number in of),
        *(
            f"{name}{number}a,2026-0{1 + number % 2 * 3}-11,{'lost,,,price' if number % 3 else 'won,,,'},"
            for name, number in of
        ),
        *(f"{name}{number}b,2026-02-10,enter,verify,,," for name, number in of),
    )
    lines = [f"{name},bookings,2026-Q{quarter},1250000" for name in people for quarter in (1, 2)]
    _bring(folder, "targets", "username,metric,period,amount", *lines)


@pytest.mark.parametrize(
    "path", ["/targets/backward/?period=2026-Q2", "/targets/leaderboard/?period=2026-Q2"]
)
@pytest.mark.parametrize("who", ["hezong", "heli", "wumin", "chenan"])
def test_steering_asks_as_often_with_ten_times_as_much(
    cast: Cast, tmp_path: Path, path: str, who: str, django_assert_max_num_queries: Any
) -> None:
    counts = []
    with clock.at(instant("2026-05-01")):
        client = enter(Client(), getattr(cast, who))
        for people, deals in ((FEW, 2), (MANY[1:], 4)):
            _fill(tmp_path, people, deals)
            assert client.get(path).status_code == 200
            with django_assert_max_num_queries(MOST) as asked:
                client.get(path)
            counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("who", ["hezong", "heli", "chenan"])
@pytest.mark.parametrize("more", ["", "&as_of=2026-06-10"])
def test_pages_over_closed_books_ask_at_most_twenty_times(
    cast: Cast, tmp_path: Path, who: str, more: str, django_assert_max_num_queries: Any
) -> None:
    with clock.at(instant("2026-06-05 09:00")):
        _fill(tmp_path, MANY, 4)
        close_month(Fiscal().parse("2026-04"), by=None)
    head = "deal_code,at,event,stage,amount,reason,by"
    with clock.at(instant("2026-06-06 09:00")):
        _bring(tmp_path, "moves", head, "chenan0b,2026-04-11,won,,,,", "lina1b,2026-04-11,enter,develop,,,")
    with clock.at(instant("2026-06-20 09:00")):
        client = enter(Client(), getattr(cast, who))
        for page in ("leaderboard", "backward", "pace"):
            path = f"/targets/{page}/?period=2026-Q2{more}"
            assert client.get(path).status_code == 200
            with django_assert_max_num_queries(MOST):
                client.get(path)


@pytest.mark.parametrize("who", ["heli", "wumin"])
def test_a_negotiation_asks_at_most_twenty_times(
    cast: Cast, tmp_path: Path, who: str, django_assert_max_num_queries: Any
) -> None:
    counts = []
    assert cast.wumin.unit is not None
    with clock.at(instant("2026-05-01 10:00")):
        year = Fiscal().parse("2027")
        talk = targets.open_negotiation(
            unit=cast.wumin.unit, metric="bookings", period=year, envelope=Decimal(27_000_000), by=cast.heli
        )
        client = enter(Client(), getattr(cast, who))
        for people, deals in ((FEW, 2), (MANY[1:], 4)):
            _fill(tmp_path, people, deals)
            targets.propose_target(
                talk, amount=Decimal(27_000_000), parts={}, by=cast.wumin, comment="新产线"
            )
            assert client.get(f"/targets/negotiations/{talk.pk}/").status_code == 200
            with django_assert_max_num_queries(MOST) as asked:
                client.get(f"/targets/negotiations/{talk.pk}/")
            counts.append(len(asked))
            targets.answer_proposal(talk, text="再看看漏斗", by=cast.heli)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("who", ["hezong", "heli", "wumin"])
@pytest.mark.parametrize("whose", ["", "&unit={unit}", "&owner=lina"])
@pytest.mark.parametrize("day", ["", "&as_of=2026-06-10"])
def test_backward_from_a_past_day_with_late_facts_and_deliveries_asks_at_most_twenty_times(
    cast: Cast, tmp_path: Path, who: str, whose: str, day: str, django_assert_max_num_queries: Any
) -> None:
    assert cast.wumin.unit is not None
    with clock.at(instant("2026-06-05 09:00")):
        _fill(tmp_path, MANY, 4)
        close_month(Fiscal().parse("2026-04"), by=None)
        planned = Deal.objects.get(code="lina2b")
        part = Part(date(2026, 6, 20), Decimal(200_000)), Part(date(2026, 7, 20), Decimal(300_000))
        pipeline.set_deliveries(planned, parts=part, by=cast.lina)
    with clock.at(instant("2026-06-14 09:00")):
        for code in ("chenan0b", "lina1b"):  # known only after the day looked at
            pipeline.lose(
                Deal.objects.get(code=code), at=instant("2026-06-08 09:00"), code=make.reason(), by=None
            )
        client = enter(Client(), getattr(cast, who))
        path = f"/targets/backward/?period=2026-Q2{whose.format(unit=cast.wumin.unit.code)}{day}"
        assert client.get(path).status_code == 200
        with django_assert_max_num_queries(MOST):
            client.get(path)
        lens = BackwardLens.read(QueryDict(path.partition("?")[2]), getattr(cast, who))
        assert bool(lens.otherwise) is bool(day)
