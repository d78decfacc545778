"""A selling company of any size, made in bulk: the same rows its people would have left behind by working.

The past of every deal is drawn from a seeded generator and goes through the same functions that a click goes through
(`unfold`, `settle`, `state_lines`, `visit_lines`, `vector`); only the writing is by COPY. The same size, seed and day give
the same world. Rules of the gates are not asked, as they are not for imported history.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from loudou.demo.world import names
from loudou.demo.world.copying import bare, set_sequences
from loudou.demo.world.lives import Made, live
from loudou.journal.bulk import copy_in, copy_lines
from loudou.kernel.refusals import Refused

if TYPE_CHECKING:
    from loudou.customers.models import Contact, Customer
    from loudou.people.models import Unit, User

PASSWORD = "loudou-bench-2026"  # noqa: S105 - of worlds that hold nothing true
CHUNK = 10_000
COMPANY = "XHQ"
STAFF = ("gm", "operations", "finance", "control", "admin", "auditor")


@dataclass(frozen=True)
class Size:
    """How large a world is. About five moves a deal follow from it."""

    name: str
    users: int
    customers: int
    deals: int


SIZES = {
    "tiny": Size("tiny", 24, 300, 600),
    "small": Size("small", 100, 100_000, 200_000),
    "big": Size("big", 1_000, 500_000, 1_000_000),
}


def scaled(thousands: int) -> Size:
    """A world of so many thousand deals: a customer for every two, a person for every two thousand."""
    return Size(f"{thousands}k", max(24, thousands // 2), thousands * 500, thousands * 1000)


@dataclass
class World:
    """What a world is made from, handed to every process that makes a part of it."""

    size: Size
    seed: int
    until: datetime
    years: int = 3
    reps: list[tuple[int, int]] = field(default_factory=list)  # user and unit
    managers: dict[int, int] = field(default_factory=dict)  # unit → its manager

    def dice(self, *what: object) -> random.Random:
        """A generator of its own for each part, so that parts can be made in any order."""
        return random.Random(":".join(map(str, (self.seed, *what))))  # noqa: S311

    def keeper(self, customer: int) -> tuple[int, int]:
        """Who a customer belongs to: user and unit."""
        return self.reps[customer * 7919 % len(self.reps)]


def build(size: Size, *, seed: int = 1, until: date | None = None, processes: int = 0) -> dict[str, int]:
    """Fill a migrated and furnished database where nobody works yet; `until` is the world's last day (today).

    Returns how many rows of what there are. People sign in with `PASSWORD`: gm, operations, finance, control, admin,
    auditor, director1…, manager1…, rep1…. Raises `Refused` where somebody works already.
    """
    from django.db import connection

    from loudou.customers.models import Customer
    from loudou.kernel import clock
    from loudou.people.models import Unit
    from loudou.pipeline.models import Funnel

    if not Funnel.objects.filter(is_default=True).exists():
        raise Refused("The database lacks what every organisation needs: run loudou furnish.")
    if Customer.objects.exists() or Unit.objects.filter(code=COMPANY).exists():
        raise Refused("This organisation is in use already; a world is made in an empty one.")
    last = datetime.combine(until, datetime.max.time(), UTC) if until else clock.now()
    world = World(size, seed, last)
    _people(world)
    tables = _tables()
    with bare(tables):
        _spread(world, _customers, size.customers, processes)
        _spread(world, _deals, size.deals, processes)
    set_sequences(tables)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('pipeline_deal_number', %s)", [size.deals])
    _write_history(world)
    _ask_for_signatures(world)
    _fold()
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"
        )  # as the server does by itself a little later
    return {table._meta.label_lower: table._default_manager.count() for table in tables}


def _tables() -> list[Any]:
    from loudou.customers.models import Contact, Customer
    from loudou.pipeline import models as pipeline

    return [
        Customer,
        Contact,
        pipeline.Deal,
        pipeline.Move,
        pipeline.State,
        pipeline.Visit,
        pipeline.Course,
        pipeline.Evidence,
        pipeline.DealContact,
        pipeline.Competitor,
        pipeline.TeamMember,
        pipeline.Note,
    ]


# The parts, each in processes of its own -----------------------------------------------------------------------


def _spread(world: World, part: Callable[[World, int, int], None], total: int, processes: int) -> None:
    """Make rows 1 … total of a part, chunk by chunk."""
    from django.db import connection

    chunks = [(first, min(first + CHUNK, total + 1)) for first in range(1, total + 1, CHUNK)]
    processes = processes or min(os.cpu_count() or 1, len(chunks))
    if processes == 1:
        for first, end in chunks:
            part(world, first, end)
        return
    place = {name: connection.settings_dict[name] for name in ("NAME", "USER")}
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_join, initargs=(place,)
    ) as pool:
        for done in [pool.submit(part, world, first, end) for first, end in chunks]:
            done.result()


def _join(place: dict[str, str]) -> None:
    """Ready a process that helps: Django, and the database its parent fills."""
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict.update(place)


def _people(world: World) -> None:
    """Regions of four departments, departments of ten reps under a manager, directors above, a staff at the top."""
    from django.contrib.auth.hashers import make_password

    from loudou.journal.record import acting
    from loudou.people import verbs
    from loudou.people.models import User

    joined = world.until.date() - timedelta(days=366 * world.years + 30)
    hire, unit = partial(_hire, world.dice("people"), joined), partial(_unit, joined)
    departments = max(2, round(world.size.users / 11))
    regions = -(-departments // 4)
    with acting():
        verbs.set_rate(currency="USD", kind="plan", valid_from=date(2015, 1, 1), rate=Decimal("7.1"), by=None)
        top = unit(COMPANY, "恒远设备", "company", None)
        staff = {role: hire(role, role, top) for role in STAFF}
        areas = [
            unit(f"XR{n + 1}", f"{names.REGIONS[n % 8]}{n // 8 + 1}区", "region", top) for n in range(regions)
        ]
        directors = [hire(f"director{n + 1}", "director", area, staff["gm"]) for n, area in enumerate(areas)]
        teams = []
        for n in range(departments):
            department = unit(f"XD{n + 1}", f"直销{n + 1}部", "department", areas[n // 4])
            manager = hire(f"manager{n + 1}", "manager", department, directors[n // 4])
            teams.append((department, manager))
            world.managers[department.pk] = manager.pk
        for n in range(world.size.users - len(STAFF) - regions - departments):
            department, manager = teams[n % departments]
            rep = hire(f"rep{n + 1}", "rep", department, manager)
            world.reps.append((rep.pk, department.pk))
    hired = User.objects.filter(unit__path__startswith=top.path)
    hired.update(password=make_password(PASSWORD), password_changed_at=world.until)


def _hire(
    dice: random.Random, joined: date, username: str, role: str, unit: Unit, manager: User | None = None
) -> User:
    from loudou.people import verbs

    return verbs.add_person(
        username=username,
        name=names.person(dice, (1, 2, 2)),
        unit=unit,
        roles_held=[role],
        manager=manager,
        joined_on=joined,
        by=None,
    )


def _unit(since: date, code: str, name: str, kind: str, parent: Unit | None) -> Unit:
    from loudou.people import verbs

    return verbs.add_unit(code=code, name=name, kind=kind, parent=parent, by=None, since=since)


def _customers(world: World, first: int, end: int) -> None:
    """Customers first … end-1, two contacts each."""
    from django.db import transaction

    from loudou.customers.models import Contact, Customer

    dice = world.dice("customers", first)
    customers, contacts = [], []
    for key in range(first, end):
        customers.append(_customer(world, dice, key))
        contacts += [_contact(dice, customers[-1], place, part) for place, part in enumerate(("eb", "tb"))]
    with transaction.atomic():
        copy_in(Customer, customers, with_keys=True)
        copy_in(Contact, contacts, with_keys=True)


def _customer(world: World, dice: random.Random, key: int) -> Customer:
    from loudou.customers.models import Customer
    from loudou.ui.search import vector
    from loudou.ui.spelling import folded, sort_key

    owner, unit = world.keeper(key)
    city, brand, (trade, industry) = dice.choice(names.CITIES), names.brand(dice), dice.choice(names.TRADES)
    name = f"{city}{brand}{trade}{dice.choice(('有限公司', '有限公司', '股份有限公司', '集团'))}"
    code, phone = f"K{key:07d}", f"+86{13_000_000_000 + (key * 104_729 % 700_000_000):011d}"
    since = world.until - timedelta(days=dice.random() * 365 * world.years)
    return Customer(
        id=key,
        code=code,
        name=name,
        name_key=sort_key(name),
        name_core=folded(city + brand + trade),
        industry=industry,
        size=dice.choice(("<100", "100-499", "500-1999", "2000+")),
        region=city,
        source=dice.choice(names.SOURCES),
        uscc=_uscc(key) if key % 3 == 0 else "",
        phone=phone,
        owner_id=owner,
        unit_id=unit,
        created_at=since,
        recorded_at=since,
        touched_at=since + (world.until - since) * dice.random(),
        search=vector([name, code], [phone]),
    )


def _contact(dice: random.Random, customer: Customer, place: int, part: str) -> Contact:
    """A customer's contact, the first or the second, in a part of the purchase."""
    from loudou.customers.models import Contact
    from loudou.ui.search import vector
    from loudou.ui.spelling import sort_key

    name = names.person(dice, (1, 2))
    number = f"+86{15_000_000_000 + (customer.pk * 2 + place) * 7 % 900_000_000:011d}"
    return Contact(
        id=customer.pk * 2 - 1 + place,
        customer_id=customer.pk,
        name=name,
        name_key=sort_key(name),
        title=dice.choice(("总经理", "采购部长", "技术总监", "设备科长", "副总经理")),
        part=part,
        attitude=dice.choice(("supports", "neutral", "unknown")),
        phone=number,
        recorded_at=customer.recorded_at,
        search=vector([name], [number]),
    )


def _deals(world: World, first: int, end: int) -> None:
    """Deals first … end-1 with all that hangs on them."""
    from django.db import transaction

    from loudou.customers.models import Customer
    from loudou.pipeline import models as pipeline

    dice = world.dice("deals", first)
    wanted = [(key, dice.randint(1, world.size.customers)) for key in range(first, end)]
    rows = Customer.objects.filter(pk__in={customer for _key, customer in wanted})
    names = dict(rows.values_list("pk", "name"))
    made = Made()
    for key, customer in wanted:
        live(world, dice, made, key, customer, names[customer])
    with transaction.atomic():
        copy_in(pipeline.Deal, made.deals, with_keys=True)
        for model, rows_of in made.hanging():
            copy_in(model, rows_of)
        for model, columns, lines in made.derived():
            copy_lines(model, columns, lines)


# What is written by the house's own means ------------------------------------------------------------------------


def _write_history(world: World) -> None:
    """The journal: one entry a move, numbered and chained by the database itself, in order of time."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_JOURNAL)
        cursor.execute(_NOTICES)


def _fold() -> None:
    """What the database counted chunk by chunk, as the worker's job folds it."""
    from loudou.pipeline.verbs._stock import fold_stock
    from loudou.pipeline.verbs._tally import fold_tallies

    fold_tallies()
    fold_stock()


def _ask_for_signatures(world: World) -> None:
    """Three deals a department wait for their manager's signature, asked for by the verb itself."""
    from loudou.journal.channel import through
    from loudou.people.models import User
    from loudou.pipeline import verbs
    from loudou.pipeline.models import Deal
    from loudou.pipeline.queries.funnels import next_spec, spec_by_name

    with through("demo"):
        for unit in world.managers:
            ready = Deal.objects.open().filter(unit=unit, spec__stage__code="develop")
            for deal in list(ready.select_related("spec", "owner").order_by("id")[:60]):
                if deal.gate_done < deal.gate_total or not deal.gate_total:
                    continue
                following = next_spec(deal.spec) or spec_by_name(deal.funnel_version_id, "propose")
                assert following is not None
                verbs.move(deal, to=following, by=User.objects.get(pk=deal.owner_id))
                if deal.pk % 3 == 0:
                    break


_JOURNAL = """
INSERT INTO journal_entry (at, event, actor_id, subject_type, subject_id, subject_label, particulars, request_id, channel)
SELECT m.recorded_at,
       CASE WHEN m.kind = 'enter' AND m.amount IS NOT NULL THEN 'deal.opened'
            WHEN m.kind = 'enter' AND m.backward THEN 'deal.moved_back'
            WHEN m.kind = 'enter' THEN 'deal.moved'
            WHEN m.kind IN ('won', 'lost', 'cancelled') THEN 'deal.' || m.kind
            WHEN m.kind = 'invalid' THEN 'deal.invalidated'
            WHEN m.kind = 'reopen' THEN 'deal.reopened'
            WHEN m.kind = 'hold' THEN 'deal.held'
            WHEN m.kind = 'resume' THEN 'deal.resumed'
            WHEN m.kind = 'owner' THEN 'deal.handed_over'
            ELSE 'deal.edited' END,
       m.by_id, 'pipeline.deal', m.deal_id, d.title,
       CASE WHEN m.kind = 'enter' AND m.amount IS NOT NULL
            THEN jsonb_build_object('amount', m.amount::text, 'currency', m.currency, 'stage', s.code)
            WHEN m.kind = 'enter'
            THEN jsonb_build_object('from_stage', '', 'to_stage', s.code, 'reason', m.reason)
            WHEN m.kind = 'owner'
            THEN jsonb_build_object('former', '', 'owner', m.owner_id, 'reason', m.reason)
            WHEN m.kind = 'hold'
            THEN jsonb_build_object('wake_on', '', 'reason', m.reason)
            ELSE jsonb_build_object('amount', coalesce(m.amount::text, ''), 'reason', m.reason,
                                    'changes', jsonb_build_object(m.kind, jsonb_build_array(null, m.amount::text))) END,
       gen_random_uuid(), m.channel
FROM pipeline_move m JOIN pipeline_deal d ON d.id = m.deal_id LEFT JOIN pipeline_stage s ON s.id = m.stage_id
ORDER BY m.recorded_at, m.id
"""

# A few dozen notices for everybody, the newest unread.
_NOTICES = """
INSERT INTO journal_notice (recipient_id, entry_id, read_at)
SELECT owner_id, id, CASE WHEN place > 5 THEN at END
FROM (SELECT d.owner_id, e.id, e.at, row_number() OVER (PARTITION BY d.owner_id ORDER BY e.id DESC) AS place
      FROM journal_entry e JOIN pipeline_deal d ON d.id = e.subject_id
      WHERE e.subject_type = 'pipeline.deal' AND e.id > (SELECT max(id) FROM journal_entry) - 100000) newest
WHERE place <= 40
"""


def _uscc(number: int) -> str:
    """A unified social credit code with its check digit (GB 32100)."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91330200MA{number:07d}"
    total = sum(letters.index(letter) * 3**place % 31 for place, letter in enumerate(body))
    return body + letters[(31 - total % 31) % 31]
