"""A person's own day: what to do next in order, what is overdue, what came back to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from loudou.journal.models import Notice
from loudou.kernel import clock
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Grain
from loudou.people.models import Organisation, User
from loudou.pipeline.figures.flags import Flag, urgent
from loudou.pipeline.models import Deal, Evidence, TaskDone
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.queries import flags
from loudou.pipeline.queries.funnels import with_specs
from loudou.pipeline.queries.gates import FIELDS, filled
from loudou.ui.format import in_words

MOST = 60  # of each kind: a day has no more hours
MOST_GATES = 5
SOON_DAYS = 3
ANSWERS = ("signoff.signed", "signoff.returned", "deal.noted")


@dataclass(frozen=True)
class Task:
    """Something to do about a deal: `due` its next step today, `wake` it rests no longer, `gate` one item lacks.

    `late` is a next step whose day has passed, by `days`; `soon` one of the days ahead. `text` says what.
    """

    kind: str
    deal: Deal
    text: str
    days: int = 0


@dataclass(frozen=True)
class Late:
    """An open deal over a limit or past a date, with why, the most urgent reason first."""

    deal: Deal
    reasons: list[Flag]


@dataclass(frozen=True)
class MyDay:
    """A person's day: tasks in order, what is overdue (at most `MOST`, and how many in all)."""

    tasks: list[Task]
    late: list[Late]
    has_deals: bool


@dataclass(frozen=True)
class Wins:
    """What was won in a stretch of time."""

    count: int
    amount: Decimal


def my_day(user: User, company: Organisation, *, own: bool = True) -> MyDay:
    """What asks for a person today: two queries for deals, two for what a gate still lacks.

    Of who leads (`own` off) only deals that ask for something count as having deals.
    """
    now, today = clock.now(), company.today
    mine = Deal.objects.filter(owner=user)
    soon = today + timedelta(days=SOON_DAYS)
    asking = (
        Q(next_on__lte=soon) | flags.urgent(now, today) | Q(gate_total__gt=0, gate_done=F("gate_total") - 1)
    )
    asking_deals = mine.filter(asking, outcome=Outcome.OPEN).order_by("next_on", "-base_amount", "pk")
    deals = with_specs(asking_deals[: MOST * 3])
    resting = mine.filter(outcome=Outcome.ON_HOLD, wake_on__lte=today).order_by("wake_on", "pk")
    waking = with_specs(resting[:MOST])
    tasks = [_step(deal, today) for deal in deals if deal.next_on and deal.next_step and deal.next_on <= soon]
    tasks += [Task("wake", deal, "", (today - deal.wake_on).days) for deal in waking if deal.wake_on]
    tasks += _gates([deal for deal in deals if deal.gate_total and deal.gate_done == deal.gate_total - 1])
    late = [Late(deal, reasons) for deal in deals if (reasons := urgent(flags.sight(deal), now, today))]
    late.sort(key=lambda item: (-item.reasons[0].n, -item.deal.base_amount, item.deal.pk))
    has_deals = bool(deals or waking) or (own and Deal.objects.filter(owner=user).exists())
    return MyDay(sorted(tasks, key=_place)[:MOST], late[:MOST], has_deals)


def won_since(first: date, company: Organisation, whose: Q) -> Wins:
    """What was won from a day on, by whom `whose` says."""
    start, _end = company.fiscal.of(first, Grain.DAY).instants(company.zone)
    won = Deal.objects.filter(whose, outcome=Outcome.WON, closed_at__gte=start)
    found = won.aggregate(n=Count("pk"), amount=Sum("base_amount"))
    return Wins(found["n"], found["amount"] or ZERO)


def answers(user: User, *, limit: int = 5) -> list[Notice]:
    """What superiors and colleagues wrote to a person: opinions on requests, notes on deals; newest first."""
    mine = Notice.objects.filter(recipient=user, entry__event__in=ANSWERS)
    return list(mine.select_related("entry", "entry__actor").order_by("-id")[:limit])


def touched(user: User, *, limit: int = 6) -> list[Deal]:
    """The person's deals in which something happened last."""
    return with_specs(Deal.objects.filter(owner=user).order_by("-touched_at", "-id")[:limit])


def _step(deal: Deal, today: date) -> Task:
    assert deal.next_on is not None
    late = (today - deal.next_on).days
    kind = "due" if late == 0 else "late" if late > 0 else "soon"
    return Task(kind, deal, deal.next_step, abs(late))


def _place(task: Task) -> tuple[int, int]:
    """Today's steps first, then what is late (longest first), wakes up, lacks one item; the days ahead last."""
    order = ("due", "late", "wake", "gate", "soon").index(task.kind)
    return order, task.days if task.kind == "soon" else -task.days


def _gates(deals: Sequence[Deal]) -> list[Task]:
    """Deals one item short of their next stage, with the item; the largest few."""
    largest = sorted(deals, key=lambda deal: (-deal.base_amount, deal.pk))[:MOST_GATES]
    if not largest:
        return []
    keys = [deal.pk for deal in largest]
    given = set(Evidence.objects.filter(deal__in=keys, withdrawn_at=None).values_list("deal", "kind"))
    done = set(TaskDone.objects.filter(deal__in=keys).values_list("deal", "task"))
    found = []
    for deal in largest:
        lacking = [
            in_words(row.names)
            for row in deal.spec.evidence_kinds.all()
            if row.required and (deal.pk, row.pk) not in given
        ]
        lacking += [
            in_words(row.names)
            for row in deal.spec.tasks.all()
            if row.required and (deal.pk, row.pk) not in done
        ]
        lacking = lacking or _fields(deal)
        found.append(Task("gate", deal, lacking[0] if lacking else ""))
    return found


def _fields(deal: Deal) -> list[str]:
    """Which required fields a deal lacks."""
    have = filled(deal)
    return [str(FIELDS.get(name, name)) for name in deal.spec.required_fields if name not in have]
