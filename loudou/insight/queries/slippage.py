"""Counting what became of the deals that were expected in a period when it began, and how often they were put off (M11)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    Case,
    DecimalField,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Lag, Round

from loudou.insight.figures.flow import LIVE, Amounts
from loudou.insight.figures.slippage import ENDS, Outcomes, Pushes, ended, fate, outcomes
from loudou.insight.queries.conditions import apart, together
from loudou.insight.queries.late import KEYS
from loudou.insight.queries.scope import which, whose
from loudou.insight.queries.waterfall import Past, known_late, load
from loudou.insight.queries.ways import Asked, Seen, at_once, at_the_end
from loudou.kernel.numbers import ZERO
from loudou.pipeline.models import Move, State
from loudou.ui.prepared import among

_MONEY: Any = DecimalField(max_digits=22, decimal_places=2)


class Holder(NamedTuple):
    """Who had a deal: its owner, and the unit it counted for."""

    owner: int
    unit: int | None


def start_outcomes(asked: Asked, pasts: Mapping[int, Past] | None = None) -> Outcomes:
    """What became of what stood at the first instant by the second; one query.

    `pasts` are of the deals that go by hand; where they are not at hand three more.
    """
    by_hand = load(dict(known_late(asked))) if pasts is None else pasts
    return fates_of(asked, by_hand) + _counted(_ends([asked], list(by_hand)))


def by_holder(some: Sequence[Asked]) -> list[dict[Holder, Outcomes]]:
    """What became of the starts of several spans of one scope, the earliest first, by who had the deals when each began.

    One query for all of them; deals known late at any of the instants go by hand in all of them: three queries more.
    """
    first, *others = some
    edges = [edge for one in others for edge in (one.between.since, one.between.until)]
    pasts = load(dict(known_late(first, also=edges)))
    found: list[dict[Holder, Outcomes]] = [defaultdict(Outcomes) for _one in some]
    for place, owner, unit, *row in _ends(some, list(pasts), by_holder=True):
        found[place][Holder(owner, unit)] += _outcome(*row)
    for told, asked in zip(found, some, strict=True):
        between = asked.between
        for past in pasts.values():
            then = past.known(between.since)
            one = fate(then, past.known(between.until), between)
            if then is not None and one is not None:
                told[Holder(then.now.owner, then.now.unit)] += outcomes([one])
    return found


def fates_of(asked: Asked, pasts: Mapping[int, Past | Seen]) -> Outcomes:
    """What became of those of these deals that stood at the first instant, told by their pasts."""
    between = asked.between
    fates = (fate(past.known(between.since), past.known(between.until), between) for past in pasts.values())
    return outcomes(one for one in fates if one is not None)


def _counted(rows: Any) -> Outcomes:
    return sum((_outcome(*row) for row in rows), Outcomes())


def _outcome(outcome: str, due: bool, count: int, amount: Decimal, won: Decimal | None) -> Outcomes:
    return ended(outcome, due, Amounts(count, amount), won or ZERO)


# What can be asked for of a start: all of it, what was won of it with the amounts of the start and with what the wins
# brought, what was lost of it, what was put off or is open still.
BEGUN: Mapping[str, tuple[str, ...]] = {
    "begun": ENDS,
    "begun_won": ("won",),
    "begun_brought": ("won",),
    "begun_lost": ("lost",),
    "begun_slipped": ("moved_out", "still_open"),
}
_ENDED = {
    "begun": Q(),
    "begun_won": Q(ended="won"),
    "begun_brought": Q(ended="won"),
    "begun_lost": ~Q(ended__in=(*LIVE, "won")),
    "begun_slipped": Q(ended__in=LIVE),
}


def begun(what: str, asked: Asked, late: Mapping[int, Past]) -> QuerySet[Any, Any]:
    """The states in which one of `BEGUN` stood at the first instant, but for those that go by hand; `brings` is its amount."""
    brings = F("brought") if what == "begun_brought" else _valued(asked)
    rows = _ended(asked, list(late)).filter(_ENDED[what])
    found: QuerySet[Any, Any] = rows.annotate(brings=brings)
    return found


def begun_by_hand(what: str, asked: Asked, late: Mapping[int, Past]) -> dict[int, Amounts]:
    """What the deals that go by hand bring to one of `BEGUN`, those that bring something."""
    between = asked.between
    found = {}
    for key, past in late.items():
        one = fate(past.known(between.since), past.known(between.until), between)
        if one is not None and one.end in BEGUN[what]:
            found[key] = Amounts(1, one.won if what == "begun_brought" else one.amount)
    return found


def start_pushes(asked: Asked, deals: int) -> Pushes:
    """How often the deals that stood at the first instant, so many, were put off by the second; four queries."""
    between = asked.between
    by_hand = load(dict(known_late(asked)))
    mine = [
        key
        for key, past in by_hand.items()
        if fate(past.known(between.since), past.known(between.until), between) is not None
    ]
    few = asked.only is not None or asked.scope.owner is not None  # an index of their own has them
    stood = _stood(asked, list(by_hand))
    rows = [stood] if few else apart(stood, between.since)
    # Their keys first: the rows of all deals would be read for them.
    keys: Any = ArraySubquery(together([part.order_by().values("deal") for part in rows]))
    keys = Func(keys, Value(mine, KEYS), function="array_cat", output_field=KEYS)
    before: Any = Window(Lag("expected_on"), partition_by=["deal"], order_by=["at", "id"])
    dated = Move.objects.filter(
        among(keys, "deal"), expected_on__isnull=False, at__lt=between.until, known_at__lt=between.until
    )
    moved = dated.annotate(before=before).filter(expected_on__gt=F("before")).order_by()
    times: Counter[int] = Counter()
    days = 0
    for key, at, former, later in moved.values_list("deal", "at", "before", "expected_on"):
        if at >= between.since:
            times[key] += 1
            days += (later - former).days
    return Pushes(deals, list(times.values()), days)


def _stood(asked: Asked, late: list[int]) -> QuerySet[State]:
    between = asked.between
    stood = State.objects.filter(
        whose(asked.scope, at=between.since),
        which(asked.scope),
        asked.named,
        Q(until=None) | Q(until__gte=between.since),
        since__lt=between.since,
        outcome__in=LIVE,
    ).exclude(deal__in=late)
    if asked.funnels is not None:
        stood = stood.filter(funnel__in=asked.funnels)
    if between.window is not None:
        stood = stood.filter(expected_on__gte=between.window.start, expected_on__lt=between.window.end)
    return stood


def _ends(some: Sequence[Asked], late: list[int], *, by_holder: bool = False) -> list[tuple[Any, ...]]:
    """How the deals of several starts ended, whether what is open is due in the window still, how many they are and what
    they come to; one query. `by_holder` sets the place of the start and whose the deals were then before it.

    How a deal stood at the second instant is looked up once, where Django would say it again for each column.
    """
    arms: list[str] = []
    params: list[Any] = []
    holder = ("owner", "unit") if by_holder else ()
    for place, asked in enumerate(some):
        window, stood = asked.between.window, _stood(asked, []).order_by().annotate(worth=_valued(asked))
        few = asked.only is not None or asked.scope.owner is not None  # an index of their own has them
        with suppress(EmptyResultSet):
            parts = [stood] if few else apart(stood, asked.between.since)
            sql, values = at_once(parts, ("deal", "worth", *holder))
            last, then = _last(asked)
            edges = [window.start, window.end] if window is not None else []
            due = _DUE if window is not None else "true"
            names = {"columns": ", ".join(("deal", "worth", *holder)), "stood": sql, "last": last, "due": due}
            told = (
                {"whose": f"{place}, stood.owner, stood.unit, ", "by": "2, 3, 4, 5"} if by_holder else _ALIKE
            )
            arms.append(_ENDS.format(**names, **told))
            params += [*edges, *values, late, *then]
    if not arms:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(arms), params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


_DUE = "coalesce(last.expected_on >= %s AND last.expected_on < %s, false)"
_ENDS = """(
SELECT {whose}last.outcome, {due} AS due, count(*), sum(stood.worth), sum(last.base_amount)
FROM (SELECT * FROM ({stood}) AS told ({columns}) WHERE deal <> ALL(%s::bigint[])) AS stood {last} GROUP BY {by}
)"""
_ALIKE = {"whose": "", "by": "1, 2"}
# How each of a few deals stood at the second instant; or how all did, of whom those of the start are taken.
_LAST_OF_EACH = """CROSS JOIN LATERAL (
  SELECT outcome, expected_on, base_amount FROM pipeline_state
  WHERE deal_id = stood.deal AND since < %s ORDER BY seq DESC LIMIT 1
) AS last"""
_LAST_OF_ALL = "JOIN ({last}) AS last (deal, outcome, expected_on, base_amount) ON last.deal = stood.deal"


def _last(asked: Asked) -> tuple[str, list[Any]]:
    """What leads from the start to how its deals stood at the second instant: whatever they had become by then."""
    if not asked.whole:
        return _LAST_OF_EACH, [asked.between.until]
    sql, values = at_once(at_the_end(asked), ("deal", "outcome", "expected_on", "base_amount"))
    return _LAST_OF_ALL.format(last=sql), values


def _ended(asked: Asked, late: list[int]) -> QuerySet[Any, Any]:
    """The start, each deal with how it stood at the second instant."""
    last = State.objects.filter(deal=OuterRef("deal"), since__lt=asked.between.until).order_by("-seq")
    return (
        _stood(asked, late)
        .order_by()
        .annotate(
            ended=Subquery(last.values("outcome")[:1]),
            due_on=Subquery(last.values("expected_on")[:1]),
            brought=Subquery(last.values("base_amount")[:1]),
        )
    )


def _valued(asked: Asked) -> Any:
    """An amount at the rate of the first instant, to the smallest unit of what it is turned into."""
    rates = asked.between.rates
    places = -int(rates.unit.as_tuple().exponent)
    turned = [
        When(currency=currency, then=Round(F("amount") * Value(rate), precision=places, output_field=_MONEY))
        for currency, rate in rates.start.items()
    ]
    own = Round(F("amount") * Value(Decimal(1)), precision=2, output_field=_MONEY)
    return Case(*turned, default=own, output_field=_MONEY)
