"""Which deals a person is looking at: board, list and reports read the same address in the same way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

from django.db import connection
from django.db.models import Q
from psycopg.types.numeric import Int8

from loudou.customers.models import SOURCES, Customer
from loudou.kernel import clock
from loudou.kernel.keys import Keys
from loudou.kernel.money import LARGEST, parse_amount
from loudou.kernel.periods import Period
from loudou.people.access import unit_ids
from loudou.people.grants import Reach
from loudou.people.lens import PeopleLens
from loudou.pipeline.models import Deal, Deals, Funnel, Stage
from loudou.pipeline.models.deal import CLOSED, LIVE, Outcome
from loudou.pipeline.models.funnel import Category
from loudou.pipeline.queries.flags import CODES, is_of_open, urgent, watched, where
from loudou.pipeline.queries.funnels import every_spec, funnel_coded, specs_of_stage
from loudou.pipeline.queries.stock import NOBODYS, Whose
from loudou.ui.search import searchable

LIVE_ONES, EVERY, CLOSED_ONES = "live", "all", "closed"
_OUTCOMES: dict[str, tuple[str, ...]] = {
    LIVE_ONES: LIVE,
    CLOSED_ONES: CLOSED,
    EVERY: (),
    **{outcome.value: (outcome.value,) for outcome in Outcome},
}
# What the list can be sorted by; every order has an index and ends in the key.
SORTS: dict[str, tuple[str, ...]] = {
    "touched": ("-touched_at", "-id"),
    "amount": ("-base_amount", "-id"),
    "amount_up": ("base_amount", "id"),
    "due": ("expected_on", "id"),
    "due_down": ("-expected_on", "-id"),
    "next": ("next_on", "id"),
    "age": ("stage_since", "id"),
    "created": ("-created_at", "-id"),
    "closed": ("-closed_at", "-id"),
}
TONES = {"urgent": urgent, "watched": watched}
LONGEST_TEXT = 60


@dataclass(frozen=True)
class DealLens(PeopleLens):
    """Deals by funnel, stage, outcome, dates, category, source, amount, flag and text, in an order.

    `due`, `created` and `closed` are periods of the expected date, the first fact and the close; `tone` is `urgent`
    or `watched`, the two coloured chips. Without an outcome the live ones are meant, with a text all of them.
    """

    funnel: Funnel | None = None
    stage: Stage | None = None
    outcome: str = ""
    due: Period | None = None
    created: Period | None = None
    closed: Period | None = None
    category: str = ""
    source: str = ""
    flags: tuple[str, ...] = ()
    tone: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    customer: Customer | None = None
    text: str = ""
    sort: str = ""

    see = "pipeline.see"

    def names(self) -> tuple[str, ...]:
        """The parameters it understands."""
        return (
            *super().names(),
            *("funnel", "stage", "outcome", "due", "created", "closed", "category", "source"),
            *("flag", "tone", "min", "max", "customer", "q", "sort", "columns"),
        )

    @cached_property
    def deals(self) -> Deals:
        """The deals asked for, cut to what the person may see."""
        if self.text and len(self.whose.units or ()) > 1:
            return self.sought  # no index has the order of several units
        return self.among(Deal.objects.filter(self.permitted))

    @cached_property
    def sought(self) -> Deals:
        """The same deals, in the words of the index that a text is looked up in: quicker to read, but in no order."""
        return self.among(Deal.objects.filter(self._beside(self.whose.sought))) if self.text else self.deals

    def among(self, permitted: Deals) -> Deals:
        """Those of some permitted deals that are asked for."""
        found: Deals = permitted.filter(self.wanted)
        return found.found(self.text) if self.text else found

    @cached_property
    def permitted(self) -> Q:
        """What the person may see of the chosen unit and owner: the same as `visible_to`, in a form an index answers.

        It is `whose`, which speaks of unit and owner alone, and beside it the few deals named by key in `extra`.
        """
        return self._beside(self.whose.condition)

    def _beside(self, scope: Q) -> Q:
        return scope | self.chosen & Q(pk__in=self.extra) if self.extra else scope

    @cached_property
    def chosen(self) -> Q:
        """The chosen unit, with all below it, and the chosen owner."""
        return self._chosen.condition

    @cached_property
    def _chosen(self) -> Whose:
        units = tuple(sorted(self.units or ())) if self.unit is not None else None
        return Whose(units, self.owner.pk if self.owner is not None else None)

    @cached_property
    def whose(self) -> Whose:
        """What of it is the person's by unit or by owner; it holds for deals and for their stock alike."""
        chosen = self._chosen
        if self.user is None or self.far is Reach.ALL:
            return chosen
        if self.far is Reach.NONE:
            return NOBODYS
        if self.far is Reach.OWN:
            own = chosen.owner in (None, self.user.pk)
            return replace(chosen, owner=self.user.pk) if own else NOBODYS
        # `units` is cut to the person's own branch already.
        return chosen if self.unit is not None else replace(chosen, units=tuple(self._branch))

    @cached_property
    def extra(self) -> list[int]:
        """Deals that are the person's for another reason: helped with, followed, owned in a unit outside the branch."""
        if self.user is None or self.far in (Reach.ALL, Reach.NONE):
            return []
        known: dict[Reach, list[int]] = self.user.__dict__.setdefault("_deals_beside", {})
        if self.far in known:  # asked once a request, whatever else changes about the lens
            return known[self.far]
        asked: dict[str, Any] = {"user": Int8(self.user.pk)}
        if self.far is not Reach.OWN:
            asked["branch"] = Keys(self._branch)
        with connection.planned_cursor() as cursor:  # type: ignore[attr-defined] # of our own backend
            cursor.execute(_BESIDE_OWN if self.far is Reach.OWN else _BESIDE, asked)
            found = cursor.fetchall()
        known[self.far] = sorted({key for (key,) in found})
        return known[self.far]

    @cached_property
    def wanted(self) -> Q:
        """The filters that are no matter of access."""
        now, today = clock.now(), self.company.today
        asked = self._in_standing()
        if self.stage is not None:
            asked &= Q(spec__in=specs_of_stage(self.stage.pk))
        elif self.funnel is not None:
            asked &= Q(spec__in=[spec.pk for spec in every_spec(self.funnel)])
        if self.category:
            asked &= Q(category=self.category) | Q(category="", spec__category=self.category)
        if self.source:
            asked &= Q(source=self.source)
        if self.customer is not None:
            asked &= Q(customer=self.customer)
        if self.due is not None:
            asked &= Q(expected_on__gte=self.due.start, expected_on__lt=self.due.end)
        for field, period in (("created_at", self.created), ("closed_at", self.closed)):
            if period is not None:
                start, end = period.instants(self.company.zone)
                asked &= Q(**{f"{field}__gte": start, f"{field}__lt": end})
        if self.low is not None:
            asked &= Q(base_amount__gte=self.low)
        if self.high is not None:
            asked &= Q(base_amount__lte=self.high)
        for code in self.flags:
            asked &= where(code, now, today)
        return asked & TONES[self.tone](now, today) if self.tone else asked

    def _in_standing(self) -> Q:
        """The outcome, said once and in the words of the index that is read: the database multiplies what is said twice."""
        outcomes = _OUTCOMES[self.standing]
        if self.standing == LIVE_ONES and any(map(is_of_open, self.flags)):
            return Q()  # the flag says it
        asked = Q(outcome__in=outcomes) if outcomes else Q()
        if (self.sort == "closed" or self.closed is not None) and outcomes and set(outcomes) <= set(CLOSED):
            asked &= ~Q(closed_at=None)
        return asked

    @property
    def standing(self) -> str:
        """The outcome meant: the one asked for, else the live ones; a search looks everywhere, a close only at closed."""
        if self.outcome:
            return self.outcome
        if self.closed is not None:
            return CLOSED_ONES
        return EVERY if self.text or self.customer else LIVE_ONES

    def only(self, *names: str) -> str:
        """The query string of some parameters alone."""
        return self.href(**{name: None for name in self.asked if name not in names})

    @property
    def order(self) -> tuple[str, ...]:
        """The order of the list."""
        return SORTS[self.sort or "touched"]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but whom, funnel and order was asked for: column heads then count what is filtered."""
        return bool(set(self.asked) - {"unit", "owner", "funnel", "sort", "columns"})

    @property
    def is_by_whom(self) -> bool:
        """Whether it asks for live deals by unit and owner alone, so that the kept stock knows what they come to."""
        plain = not set(self.asked) - {"unit", "owner", "outcome", "sort", "columns"}
        return plain and self.standing in (LIVE_ONES, Outcome.OPEN, Outcome.ON_HOLD)

    @property
    def resting(self) -> list[bool]:
        """Which live deals are meant: open ones (False), resting ones (True), both."""
        return {Outcome.OPEN.value: [False], Outcome.ON_HOLD.value: [True]}.get(self.standing, [False, True])

    @cached_property
    def _branch(self) -> list[int]:
        assert self.user is not None
        return sorted(unit_ids(self.user, self.far))

    def _take(self, name: str, raw: str) -> Self:
        if taking := _TAKING.get(name):
            return replace(self, **taking(self, raw))
        return super()._take(name, raw)


# Read on every page of deals: written out, it costs a fifth of what composing it would. The server plans it unseen
# (`Prepared`): to make a plan takes it longer than to answer.
_ME = "(SELECT %(user)s)"
_SHARED = f"""
SELECT id FROM pipeline_deal
WHERE id IN (SELECT deal_id FROM pipeline_teammember WHERE user_id = {_ME}
             UNION SELECT deal_id FROM pipeline_follower WHERE user_id = {_ME})
"""  # noqa: S608 - sentences of this module, as below
_BESIDE_OWN = f"{_SHARED} AND owner_id <> {_ME}"
_OUTSIDE = "(unit_id = ANY((SELECT %(branch)s)::bigint[])) IS NOT TRUE"
_BESIDE = (
    f"{_SHARED} AND {_OUTSIDE} "  # noqa: S608
    f"UNION ALL SELECT id FROM pipeline_deal WHERE owner_id = {_ME} AND {_OUTSIDE}"
)


def _one_of(name: str, choices: Any, attribute: str = "") -> Callable[[DealLens, str], dict[str, Any]]:
    def take(lens: DealLens, raw: str) -> dict[str, Any]:
        if raw not in choices:
            raise ValueError(raw)
        return {attribute or name: raw}

    return take


def _period(name: str) -> Callable[[DealLens, str], dict[str, Any]]:
    return lambda lens, raw: {name: lens.company.fiscal.parse(raw)}


def _amount(name: str) -> Callable[[DealLens, str], dict[str, Any]]:
    def take(lens: DealLens, raw: str) -> dict[str, Any]:
        amount = parse_amount(raw)
        if abs(amount) > LARGEST:
            raise ValueError(raw)
        return {name: amount}

    return take


def _funnel(lens: DealLens, raw: str) -> dict[str, Any]:
    funnel = funnel_coded(raw)
    if funnel is None:
        raise ValueError(raw)
    return {"funnel": funnel}


def _stage(lens: DealLens, raw: str) -> dict[str, Any]:
    """A stage by its code within the chosen funnel, or with its funnel's code before it: `b2b.develop`."""
    funnel, _dot, code = raw.rpartition(".")
    if not funnel and lens.funnel is None:
        raise ValueError(raw)
    stages = Stage.objects.filter(code=code).select_related("funnel")
    stage = (
        stages.filter(funnel__code=funnel).first() if funnel else stages.filter(funnel=lens.funnel).first()
    )
    if stage is None:
        raise ValueError(raw)
    return {"stage": stage}


def _flags(lens: DealLens, raw: str) -> dict[str, Any]:
    wanted = tuple(dict.fromkeys(raw.split(",")))
    if not set(wanted) <= set(CODES):
        raise ValueError(raw)
    return {"flags": wanted}


def _text(lens: DealLens, raw: str) -> dict[str, Any]:
    if not searchable(raw):
        raise ValueError(raw)
    return {"text": raw[:LONGEST_TEXT]}


def _customer(lens: DealLens, raw: str) -> dict[str, Any]:
    """A customer by number; one the person may not see names nobody."""
    found = Customer.objects.visible_to(lens.user).filter(pk=int(raw)).first()
    if found is None:
        raise ValueError(raw)
    return {"customer": found}


_TAKING: dict[str, Callable[[DealLens, str], dict[str, Any]]] = {
    "funnel": _funnel,
    "stage": _stage,
    "outcome": _one_of("outcome", _OUTCOMES),
    "due": _period("due"),
    "created": _period("created"),
    "closed": _period("closed"),
    "category": _one_of("category", Category.values),
    "source": _one_of("source", SOURCES),
    "flag": _flags,
    "tone": _one_of("tone", TONES),
    "min": _amount("low"),
    "max": _amount("high"),
    "customer": _customer,
    "q": _text,
    "sort": _one_of("sort", SORTS),
    "columns": lambda lens, raw: {},
}
