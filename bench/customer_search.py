"""How soon a customer is found among a million: `python -m bench.customer_search [--customers N] [--keep FOLDER]`.

Makes a scratch database with 1,000 reps in 30 departments of 3 regions, adds the customers through
`customers.verbs.add_customers` (and says how fast that was), then asks the list page's query, count included, for
every kind of word as rep, manager, director and general manager. Prints p50 and p95 in milliseconds.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

BRANDS = "甬江恒力长安新誉海天博泰金方圆宏发正信瑞中远华塑科锐达盛通宝隆鼎泰安捷凯欧诺威格美佳永兴顺祥东立讯"
TRADES = (
    *("机电", "自动化", "精密机械", "电子科技", "新能源", "轨道交通", "医疗器械", "生物技术", "光电", "模具"),
    *("物流", "食品", "纺织", "建材", "化工", "环保工程", "软件", "信息技术", "贸易", "汽车零部件"),
)
FORMS = ("有限公司", "有限公司", "有限公司", "股份有限公司", "集团有限公司", "（集团）股份有限公司")
LATIN = ("Acme", "Bosch", "Nordic", "Pioneer", "Summit", "Vertex", "Zenith", "Atlas", "Orion", "Delta")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--keep", default="", help="folder of the database; used again when it is filled")
    options.add_argument("--rounds", type=int, default=40)
    given = options.parse_args()
    os.environ["LOUDOU_DATA"] = given.keep or tempfile.mkdtemp(prefix="loudou-search-")
    from loudou.launch.django import ready

    with ready("command"):
        from loudou.launch.prepare import prepare

        prepare()
        people = cast()
        fill(given.customers, people)
        measure(given.rounds)


def cast() -> list[Any]:
    """The organisation: 3 regions of 10 departments of about 33 reps; returns the reps."""
    from loudou.journal.record import acting
    from loudou.people import verbs
    from loudou.people.models import User

    if not User.objects.exists():
        with acting():
            top = verbs.add_unit(code="HQ", name="总部", kind="company", parent=None, by=None)
            add = verbs.add_person
            add(username="gm", name="总经理", unit=top, roles_held=["gm"], by=None)
            for region in range(3):
                above = verbs.add_unit(
                    code=f"R{region}", name=f"大区{region}", kind="region", parent=top, by=None
                )
                add(username=f"director{region}", name="总监", unit=above, roles_held=["director"], by=None)
                for place in range(10):
                    code = f"R{region}D{place}"
                    unit = verbs.add_unit(code=code, name=code, kind="department", parent=above, by=None)
                    add(username=f"manager{code}", name="经理", unit=unit, roles_held=["manager"], by=None)
                    for number in range(34 if place == 0 else 33 if place < 9 else 35):
                        add(
                            username=f"rep{code}-{number}",
                            name="销售",
                            unit=unit,
                            roles_held=["rep"],
                            by=None,
                        )
    return list(User.objects.filter(roles__contains=["rep"]).select_related("unit").order_by("pk"))


def fill(count: int, people: list[Any]) -> None:
    """Add what is missing, in files of 50,000 rows, and let the database know its rows."""
    from django.db import connection

    from loudou.customers.models import Customer
    from loudou.customers.verbs import add_customers

    there = Customer.objects.count()
    started, written = time.perf_counter(), 0
    while there + written < count:
        size = min(50_000, count - there - written)
        rows = list(made(random.Random(there + written), size, people))
        began = time.perf_counter()
        outcomes = add_customers(rows, by=None)
        took = time.perf_counter() - began
        written += sum(isinstance(outcome, Customer) for outcome in outcomes)
        print(f"{there + written:>9,}  {size / took:>8,.0f} rows/s", file=sys.stderr, flush=True)
    if written:
        print(f"{written:,} customers added in {time.perf_counter() - started:,.0f} s")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE customers_customer")


def made(dice: random.Random, count: int, people: list[Any]) -> Iterator[dict[str, Any]]:
    """Rows as a file brings them."""
    from loudou.customers.figures.codes import check_letter
    from loudou.demo.world.names import CITIES, SOURCES

    for _ in range(count):
        city = dice.choice(CITIES)
        brand = "".join(dice.choices(BRANDS, k=2))
        name = f"{city}{dice.choice(('', '', '市'))}{brand}{dice.choice(TRADES)}{dice.choice(FORMS)}"
        if dice.random() < 0.05:
            name = (
                f"{dice.choice(LATIN)} {''.join(dice.choices('abcdefghiklmnorstuvw', k=5)).title()} Co., Ltd."
            )
        body = f"91{dice.randint(110000, 659000)}{dice.randint(0, 10**9 - 1):09d}"
        mobile = f"1{dice.choice('3589')}{dice.randint(0, 10**9 - 1):09d}"
        yield {
            "name": name,
            "owner": dice.choice(people),
            "industry": dice.choice(TRADES),
            "region": city,
            "source": dice.choice(SOURCES),
            "grade": dice.choices(("", "vip", "key", "regular"), (50, 2, 13, 35))[0],
            "uscc": body + check_letter(body) if dice.random() < 0.6 else "",
            "phone": mobile if dice.random() < 0.7 else f"0574-8{dice.randint(0, 10**7 - 1):07d}",
        }


def measure(rounds: int) -> None:
    """Ask for every kind of word as everybody, and print what it took."""
    from loudou.people.models import User

    people = [
        ("rep", User.objects.get(username="repR0D3-7")),
        ("manager", User.objects.get(username="managerR0D3")),
        ("director", User.objects.get(username="director0")),
        ("gm", User.objects.get(username="gm")),
    ]
    print(f"{'':24}" + "".join(f"{role:>18}" for role, _user in people))
    for kind, word in WORDS.items():
        line = f"{kind:24}"
        for _role, user in people:
            dice = random.Random(7)
            asked(user, word(dice))  # plans and pages are warm for everybody who works
            times = [asked(user, word(dice)) for _ in range(rounds)]
            p95 = sorted(times)[max(int(len(times) * 0.95) - 1, 0)]
            line += f"{statistics.median(times):>9.1f} /{p95:>7.1f}"
        print(line, flush=True)


def asked(user: Any, params: dict[str, str]) -> float:
    """Milliseconds of the first page with its count, as somebody who has just signed in sees it."""
    from loudou.customers.lens import CustomerLens
    from loudou.people.models import User

    fresh = User.objects.select_related("unit").get(pk=user.pk)
    started = time.perf_counter()
    CustomerLens.read(params, fresh).page()
    return (time.perf_counter() - started) * 1000


def _row(dice: random.Random) -> Any:
    from loudou.customers.models import Customer

    while True:
        row = Customer.objects.filter(pk=dice.randint(1, 1_000_000)).first() or Customer.objects.first()
        if row is not None and row.uscc and row.phone:
            return row


def _brand(dice: random.Random) -> str:
    return "".join(dice.choices(BRANDS, k=2))


def _typed(text: Callable[[random.Random], str]) -> Callable[[random.Random], dict[str, str]]:
    return lambda dice: {"q": text(dice)}


def _pinyin(dice: random.Random) -> str:
    from loudou.ui.spelling import pinyin

    return pinyin(_brand(dice))


def _initials(dice: random.Random) -> str:
    from loudou.ui.spelling import initials

    return initials(_row(dice).name[:5])


def _city(dice: random.Random) -> str:
    from loudou.demo.world.names import CITIES

    return dice.choice(CITIES)


WORDS: dict[str, Callable[[random.Random], dict[str, str]]] = {
    "no word": lambda dice: {},
    "by name": lambda dice: {"sort": "name"},
    "two characters, rare": _typed(_brand),
    "two characters, a city": _typed(_city),
    "two characters, a trade": _typed(lambda dice: dice.choice(TRADES)[:2]),
    "a whole name": _typed(lambda dice: _row(dice).name),
    "pinyin": _typed(_pinyin),
    "pinyin of a city": _typed(lambda dice: "shanghai"),
    "initials": _typed(_initials),
    "two initials": _typed(lambda dice: "".join(dice.choices("bcdfghjklmnpqrstwxyz", k=2))),
    "phone": _typed(lambda dice: _row(dice).phone[3:]),
    "last four": _typed(lambda dice: f"{dice.randint(0, 9999):04d}"),
    "four digits of a mobile": _typed(lambda dice: f"138{dice.randint(0, 9)}"),
    "five digits of a landline": _typed(lambda dice: f"8{dice.randint(0, 9999):04d}"),
    "seven digits of a phone": _typed(lambda dice: _row(dice).phone[3:10]),
    "code": _typed(lambda dice: _row(dice).code),
    "half a code": _typed(lambda dice: _row(dice).code[:6]),
    "most of a code": _typed(lambda dice: _row(dice).code[:8]),
    "half a credit code": _typed(lambda dice: _row(dice).uscc[:9]),
    "credit code": _typed(lambda dice: _row(dice).uscc),
    "nothing found": _typed(lambda dice: "龘靐"),
    "industry": lambda dice: {"industry": dice.choice(TRADES)},
    "grade vip": lambda dice: {"grade": "vip"},
    "city and word": lambda dice: {"region": _city(dice), "q": _brand(dice)},
    "industry, city, by name": lambda dice: {
        "industry": dice.choice(TRADES),
        "region": _city(dice),
        "sort": "name",
    },
}


if __name__ == "__main__":
    main()
