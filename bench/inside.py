"""What needs the program's own eyes, in a process of its own: `python -m bench.inside make|fill|asks|acts|queries …`.

It runs in the data folder that LOUDOU_DATA names and prints JSON.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import date, timedelta
from typing import Any

from bench.acts import acts
from bench.client import Ask
from bench.pages import LOOKS_ONLY, PAGES, ROLES
from loudou.kernel.periods import Grain

MANY = 40  # different requests a page, so that no page is measured on one row


def main() -> None:
    from loudou.launch.django import ready

    with ready("command"):
        what, *more = sys.argv[1:]
        doing = {"make": make, "fill": fill, "asks": asks, "acts": acts, "queries": queries}
        found: Any = doing[what](*more)  # type: ignore[operator]
    print(json.dumps(found, ensure_ascii=False))


def make(size: str) -> dict[str, int]:
    """Migrate, furnish and fill; returns how many rows of what there are."""
    from loudou.customers.models import Customer
    from loudou.demo.world import SIZES, build
    from loudou.launch.prepare import furnished

    furnished()
    return {} if Customer.objects.exists() else build(SIZES[size])


def fill() -> dict[str, int]:
    """Put what the pages of issues 4 and 5 show into the world, where it is missing."""
    from bench import filling
    from loudou.launch.prepare import furnished

    furnished()  # a world that was kept may be older than the program
    return filling.fill()


def asks(only: str = "") -> dict[str, dict[str, list[dict[str, Any]]]]:
    """For every role, and every page whose name has `only` in it, what to ask for."""
    from loudou.people.models import User
    from loudou.pipeline.tasks import fold_counts

    fold_counts()  # what was done in a kept world is still to be folded: no worker ran
    found = {}
    for role, username in ROLES.items():
        user = User.objects.select_related("unit").get(username=username)
        wanted = _figures() if role == LOOKS_ONLY else {**_work(user), **_figures()}
        found[role] = {name: [vars(ask) for ask in some] for name, some in wanted.items() if only in name}
    return found


def _work(user: Any) -> dict[str, list[Ask]]:
    from loudou.customers.models import Customer
    from loudou.demo.world.names import BRAND, CITIES
    from loudou.pipeline.models import Deal
    from loudou.ui.spelling import initials, pinyin

    dice = random.Random(7)
    visible = Deal.objects.visible_to(user).open()
    # One that somebody else shares with them comes first: whoever does not own a deal is asked about once more.
    shared = visible.exclude(owner=user).order_by("pk").values_list("pk", flat=True)[:1]
    deals = [*shared, *_some(visible, dice)]
    customers = _some(Customer.objects.current().visible_to(user), dice)
    brands = ["".join(dice.choices(BRAND, k=2)) for _ in range(MANY)]
    cities = [dice.choice(CITIES) for _ in range(MANY)]
    words = [*brands[::2], *(pinyin(city) for city in cities[::4]), *(initials(text) for text in brands[::4])]
    filters = (
        *("funnel=b2b&stage=propose", "min=500000&sort=amount", "flag=no_next_step"),
        *("outcome=won", "source=web"),
    )
    return {
        "home": [Ask("/")],
        "list": [Ask("/deals/"), Ask("/deals/?sort=amount"), Ask("/deals/?sort=due")],
        "filtered list": [Ask(f"/deals/?{text}") for text in filters],
        "deal search": [Ask(f"/deals/?q={_quoted(text)}") for text in words],
        "search (Ctrl-K)": [Ask(f"/search/?q={_quoted(text)}") for text in words],
        "customer search": [Ask(f"/customers/?q={_quoted(text)}") for text in words],
        "customer look-up": [Ask(f"/customers/suggest/?q={_quoted(text)}", hx=True) for text in words],
        "customer": [Ask(f"/customers/{key}/") for key in customers],
        "detail": [Ask(f"/deals/{key}/") for key in deals],
        "board": [Ask("/board/")],
        "sign-off inbox": [Ask("/signoff/")],
        "log draft": [Ask("/field/log/")],
        "move": _moves(user),
        "create": [
            Ask("/deals/open/", {"title": f"量测商机 {key}", "customer": str(key), "currency": "CNY"})
            for key in customers
        ],
    }


def _figures() -> dict[str, list[Ask]]:
    """The pages of figures, with the quarter and the day a year before the world's own today."""
    from loudou.people.queries import organisation

    company = organisation()
    quarter = company.fiscal.previous(company.fiscal.of(company.today, Grain.QUARTER))
    ended = f"from={quarter.start}&to={quarter.end}"
    year_ago = company.today - timedelta(days=365)
    return unseen(company.today) | {
        "anomalies": [Ask("/analysis/anomalies/")],
        "accuracy horizons": [Ask("/forecasts/accuracy/horizons/")],
        "funnel": [Ask("/analysis/funnel/"), Ask("/analysis/funnel/?view=flow")],
        "funnel flow": [Ask("/analysis/funnel/?view=flow")],
        "funnel a year ago": [Ask(f"/analysis/funnel/?as_of={year_ago}")],
        "cohort and stage times": [Ask("/analysis/funnel/?view=cohort")],
        "cohorts cumulated": [Ask("/analysis/cumulative/")],
        "bottlenecks": [Ask("/analysis/bottlenecks/")],
        "win rate and cycle": [Ask("/analysis/win-rate/"), Ask(f"/analysis/win-rate/?{ended}&by=owner")],
        "waterfall of a quarter": [Ask(f"/analysis/waterfall/?{ended}")],
        "waterfall to now": [Ask("/analysis/waterfall/")],
        "F17 promotion table": [Ask("/analysis/promotion-table/")],
        "F16 forecast sheet": [Ask("/analysis/forecast-sheet/")],
        "forecasts": [Ask("/forecasts/")],
        "forecast covers": [Ask("/forecasts/coverage/each/", hx=True)],
        "period forecast": [Ask("/forecasts/outlook/")],
        "forecast accuracy": [Ask("/forecasts/accuracy/")],
        "targets": [Ask("/analysis/targets/")],
        "target sheet": [Ask("/targets/sheet/")],
        "growth and linearity": [Ask("/targets/pace/")],
        "3E board": [Ask("/field/board/")],
    }


def unseen(today: date) -> dict[str, list[Ask]]:
    """Pages of instants and periods drawn anew for every run: nobody can have asked for them."""
    dice = random.Random()

    def asks(path: str, *, as_of: bool) -> list[Ask]:
        return [Ask(f"{path}{_then(today, dice) if as_of else _period(today, dice)}") for _ in range(MANY)]

    return {
        "unseen: as of": asks("/analysis/funnel/?", as_of=True),
        "unseen: flow": asks("/analysis/funnel/?view=flow&", as_of=False),
        "unseen: cohort": asks("/analysis/funnel/?view=cohort&", as_of=False),
        "unseen: waterfall": asks("/analysis/waterfall/?", as_of=False),
        "unseen: bottlenecks": asks("/analysis/bottlenecks/?", as_of=True),
        "unseen: F17": asks("/analysis/promotion-table/?", as_of=True),
        "unseen: growth": asks("/targets/pace/?", as_of=True),
    }


def _then(today: date, dice: random.Random) -> str:
    """Some minute of one to two and a half years."""
    day = today - timedelta(days=dice.randrange(30, 900))
    return f"as_of={day}T{dice.randrange(24):02}:{dice.randrange(60):02}"


def _period(today: date, dice: random.Random) -> str:
    """About a quarter of one to two and a half years, beginning and ending on any day."""
    since = today - timedelta(days=dice.randrange(150, 900))
    return f"from={since}&to={since + timedelta(days=dice.randrange(70, 110))}"


def _moves(user: Any) -> list[Ask]:
    """Forward through the gate and back again, deal by deal, as cards are dragged."""
    from django.db import transaction

    from loudou.kernel.refusals import Refused
    from loudou.pipeline import verbs
    from loudou.pipeline.models import Deal, Move
    from loudou.pipeline.queries.funnels import next_spec

    found: list[Ask] = []
    ready = Deal.objects.visible_to(user).open().filter(spec__stage__code="verify").exclude(gate_total=0)
    # Any of them: those touched last were moved by a run before, and have a longer past than deals have.
    keys = list(ready.order_by("pk").values_list("pk", flat=True))
    some = random.Random(Move.objects.latest("pk").pk).sample(keys, min(2000, len(keys)))
    rows = ready.select_related("spec", "owner").in_bulk(some)
    for deal in map(rows.__getitem__, some):
        following = next_spec(deal.spec)
        if deal.gate_done < deal.gate_total or following is None:
            continue
        with transaction.atomic():
            try:
                moved = verbs.move(deal, to=following, by=user)
                there = moved.request is None
            except Refused:
                there = False
            transaction.set_rollback(True)
        if there:
            found.append(Ask(f"/deals/{deal.pk}/move/", {"to": str(following.pk), "board": "1"}, True))
            back = {"to": str(deal.spec_id), "reason": "再确认需求", "board": "1"}
            found.append(Ask(f"/deals/{deal.pk}/move/", back, True))
        if len(found) >= 2 * MANY:
            break
    return found


def _some(rows: Any, dice: random.Random) -> list[int]:
    keys = list(rows.order_by("-touched_at").values_list("pk", flat=True)[: 20 * MANY])
    return dice.sample(keys, min(MANY, len(keys)))


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text)


def queries(file: str) -> dict[str, dict[str, int]]:
    """How many statements each page sends to the database, for every role: the most of a few requests."""
    from pathlib import Path

    from django.test import Client

    from loudou.demo.world import PASSWORD

    wanted = json.loads(Path(file).read_text("utf-8"))
    found: dict[str, dict[str, int]] = {}
    for role, username in ROLES.items():
        client = Client(SERVER_NAME="127.0.0.1")
        client.post("/login/", {"username": username, "password": PASSWORD})
        found[role] = {}
        for page in PAGES:
            asks = wanted[role].get(page.name, [])
            some = [Ask(**ask) for ask in (asks[-6:] if page.unseen else asks[:6])]
            counts = [_counted(client, ask) for ask in some]
            if len(counts) > 1:
                counts = counts[1:]  # the first fills what a process remembers
            else:
                counts = [_counted(client, ask) for ask in some]
            found[role][page.name] = max(counts, default=0)
    return found


def _counted(client: Any, ask: Ask) -> int:
    from django.db import connection

    count = 0

    def counting(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal count
        count += not str(sql).startswith(("SAVEPOINT", "RELEASE SAVEPOINT"))
        return execute(sql, params, many, context)

    headers = {"HX-Request": "true"} if ask.hx else {}
    with connection.execute_wrapper(counting):
        if ask.form is None:
            client.get(ask.path, headers=headers)
        else:
            client.post(ask.path, ask.form, headers=headers)
    return count


if __name__ == "__main__":
    main()
