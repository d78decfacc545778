"""A person's own day: what to do next in order, what is overdue, what came back to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from loudou.journal.models import Notice
from loudou.kernel import clock
from loudou.kernel.numbers import ZERO
from loudou.kernel.periods import Grain
from loudou.people.models import Organisation, User
from loudou.pipeline.figures.flags import Flag, urgent
from loudou.pipeline.models import Deal, Evidence, TaskDone
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.queries import flags
from loudou.pipeline.queries.funnels import at_their_stages
from loudou.pipeline.queries.gates import FIELDS, filled
from loudou.pipeline.queries.stock import Said, Whose
from loudou.ui.format import in_words
from loudou.ui.prepared import ANY, MANY, Prepared, Shapes, among

MOST = 60  # of each kind: a day has no more hours
MOST_GATES = 5
MOST_ANSWERS = 5
MOST_TOUCHED = 6
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
    soon = today + timedelta(days=SOON_DAYS)
    deals = at_their_stages(_ASKING.rows(user.pk, now, today, soon))
    waking = at_their_stages(_WAKING.rows(user.pk, today))
    tasks = [_step(deal, today) for deal in deals if deal.next_on and deal.next_step and deal.next_on <= soon]
    tasks += [Task("wake", deal, "", (today - deal.wake_on).days) for deal in waking if deal.wake_on]
    tasks += _gates([deal for deal in deals if deal.gate_total and deal.gate_done == deal.gate_total - 1])
    late = [Late(deal, reasons) for deal in deals if (reasons := urgent(flags.sight(deal), now, today))]
    late.sort(key=lambda item: (-item.reasons[0].n, -item.deal.base_amount, item.deal.pk))
    has_deals = bool(deals or waking) or (own and Deal.objects.filter(owner=user).exists())
    return MyDay(sorted(tasks, key=_place)[:MOST], late[:MOST], has_deals)


def won_since(first: date, company: Organisation, whose: Whose) -> Wins:
    """What was won from a day on, by whom `whose` says."""
    start, _end = company.fiscal.of(first, Grain.DAY).instants(company.zone)
    for count, amount in _WON.of(whose.said).tuples(*whose.values, start):
        return Wins(count, amount)
    return Wins(0, ZERO)


def answers(user: User) -> list[Notice]:
    """What superiors and colleagues wrote to a person: opinions on requests, notes on deals; newest first."""
    return _ANSWERS.rows(user.pk)


def touched(user: User) -> list[Deal]:
    """The person's deals in which something happened last."""
    return at_their_stages(_TOUCHED.rows(user.pk))


# What these lists show of a deal, and what its flags and its gate are read from: the rest is not read.
_SHOWN = (
    *(
        "title",
        "customer_id",
        "customer_name",
        "funnel_version_id",
        "spec_id",
        "outcome",
        "owner_id",
        "amount",
    ),
    *("base_amount", "expected_on", "next_step", "next_on", "source", "created_at", "stage_since", "wake_on"),
    *(
        "stage_warn_at",
        "stage_limit_at",
        "gate_done",
        "gate_total",
        "pushes",
        "backs",
        "skips",
        "owed_evidence",
    ),
    *("amount_jumps", "off_funnel"),
)


def _asking(owner: int, now: datetime, today: date, soon: date) -> QuerySet[Deal]:
    one_short = Q(gate_total__gt=0, gate_done=F("gate_total") - 1)
    asking = Q(next_on__lte=soon) | flags.urgent(now, today) | one_short
    deals = Deal.objects.filter(asking, owner=owner, outcome=Outcome.OPEN)
    return deals.order_by("next_on", "-base_amount", "pk").only(*_SHOWN)[: MOST * 3]


def _waking(owner: int, today: date) -> QuerySet[Deal]:
    resting = Deal.objects.filter(owner=owner, outcome=Outcome.ON_HOLD, wake_on__lte=today)
    return resting.order_by("wake_on", "pk").only(*_SHOWN)[:MOST]


def _won(said: Said, units: list[int], owner: int, start: datetime) -> QuerySet[Deal, Any]:
    won = Deal.objects.filter(said.condition(units, owner), outcome=Outcome.WON, closed_at__gte=start)
    sums = won.order_by().values("outcome").annotate(n=Count("*"), all_amount=Sum("base_amount"))
    return sums.values_list("n", "all_amount")


def _answered(recipient: int) -> QuerySet[Notice]:
    mine = Notice.objects.filter(recipient=recipient, entry__event__in=ANSWERS)
    return mine.select_related("entry__actor").order_by("-id")[:MOST_ANSWERS]


_GIVEN = Prepared(
    lambda keys: Evidence.objects.filter(among(keys, "deal"), withdrawn_at=None).values_list("deal", "kind"),
    MANY,
)
_DONE = Prepared(lambda keys: TaskDone.objects.filter(among(keys, "deal")).values_list("deal", "task"), MANY)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_ASKING = Prepared(_asking, ANY, _NEVER, date.min, date.max)
_WAKING = Prepared(_waking, ANY, date.min, unseen=True)
_WON = Shapes(_won, MANY, ANY, _NEVER)
_ANSWERS = Prepared(_answered, ANY)
_TOUCHED = Prepared(
    lambda owner: (
        Deal.objects.filter(owner=owner).order_by("-touched_at", "-id").only(*_SHOWN)[:MOST_TOUCHED]
    ),
    ANY,
)


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
    given, done = set(_GIVEN.tuples(keys)), set(_DONE.tuples(keys))
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
