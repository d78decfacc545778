"""The figures once more, slow and obvious: every deal's facts as known, unfolded, and counted one by one.

Nothing here is shared with the figures themselves but `unfold`. Placings, not belongings, say where a unit stood.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from loudou.people.models import Placing, Unit
from loudou.pipeline.figures.history import CLOSING, History, Stand, Stay, as_known, unfold
from loudou.pipeline.models import Deal
from tests.histories import Histories

ZONE = ZoneInfo("Asia/Shanghai")
LIVE = ("open", "on_hold")
MOMENT = timedelta(microseconds=1)  # what stands at an instant is whose it was just before (B0.11)
Takes = Callable[[int, int | None, datetime], bool]


@dataclass
class Known:
    """A deal as it was known."""

    deal: Deal
    history: History


def everything(owner: int, unit: int | None, at: datetime) -> bool:
    return True


def known(
    world: Histories, instant: datetime | None, takes: Callable[[int], bool] = lambda key: True
) -> list[Known]:
    """Every deal that was known before `instant` (None: now) and not invalid then."""
    return [one for key, one in _known(world, instant).items() if takes(key)]


def _known(world: Histories, instant: datetime | None) -> dict[int, Known]:
    """The same by key, for everybody: unfolded once for all scopes that ask, as long as nothing is added."""
    told = tuple(len(facts) for facts in world.facts.values())
    kept: dict[Any, dict[int, Known]] = world.__dict__.setdefault("_known", {})
    if (instant, told) not in kept:
        kept.clear()  # scopes ask in turn: of the last instant alone
        found = {}
        for key, deal in world.deals.items():
            facts = world.facts[key] if instant is None else as_known(world.facts[key], instant)
            history = unfold(facts, world.order) if facts else None
            if history is not None and history.now.outcome != "invalid":
                found[key] = Known(deal, history)
        kept[instant, told] = found
    return kept[instant, told]


def below(top: Unit) -> Takes:
    """Whether a unit stood below `top` on the day of an instant, by walking up the placings of that day."""
    placings: dict[int, list[Placing]] = defaultdict(list)
    for placing in Placing.objects.order_by("since"):
        placings[placing.unit_id].append(placing)

    def parent(unit: int, day: date) -> int | None:
        for number, placing in enumerate(placings[unit]):
            begun = number == 0 or placing.since <= day
            if begun and (placing.until is None or day < placing.until):
                return placing.parent_id
        return None

    def takes(owner: int, unit: int | None, at: datetime) -> bool:
        day = at.astimezone(ZONE).date()
        while unit is not None:
            if unit == top.pk:
                return True
            unit = parent(unit, day)
        return False

    return takes


def standing(history: History, instant: datetime | None) -> Stand | None:
    """How it stood on the funnel just before an instant."""
    for stand in history.stands:
        begun = instant is None or stand.since < instant
        goes_on = stand.until is None or (instant is not None and stand.until >= instant)
        if begun and goes_on:
            return stand if stand.outcome in LIVE else None
    return None


def portions(stood_so: Stand) -> list[tuple[date | None, Decimal]]:
    """What of a deal is expected when: whole cents, what is left over to the largest remainders."""
    if not stood_so.plan:
        return [(stood_so.expected_on, stood_so.base_amount)]
    weights = [Fraction(part.amount) for part in stood_so.plan]
    cents = int(stood_so.base_amount * 100)
    exact = [cents * weight / sum(weights) for weight in weights]
    whole = [floor(one) for one in exact]
    order = sorted(range(len(exact)), key=lambda place: (whole[place] - exact[place], place))
    for place in order[: cents - sum(whole)]:
        whole[place] += 1
    return [(part.due_on, Decimal(each) / 100) for part, each in zip(stood_so.plan, whole, strict=True)]


def flow(
    deals: list[Known],
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    takes: Takes = everything,
) -> dict[int, dict[str, tuple[int, Decimal]]]:
    """M03 by stage and name: first arrival, last departure, start and stay, each as (deals, amount)."""
    sums: dict[int, dict[str, tuple[int, Decimal]]] = defaultdict(
        lambda: defaultdict(lambda: (0, Decimal(0)))
    )

    def add(stage: int, name: str, owner: int, unit: int | None, at: datetime, amount: Decimal) -> None:
        if takes(owner, unit, at):
            count, total = sums[stage][name]
            sums[stage][name] = (count + 1, total + amount)

    for one in deals:
        by_stage: dict[int, list[Stay]] = defaultdict(list)
        for stay in one.history.stays:
            late = until is not None and stay.entered_at >= until
            early = since is not None and stay.left_at is not None and stay.left_at < since
            if not late and not early:
                by_stage[stay.stage].append(stay)
        for stage, stays in by_stage.items():
            first, last = stays[0], stays[-1]
            if since is not None and first.entered_at < since:
                stand = standing(one.history, since)
                assert stand is not None
                assert stand.stage == stage
                add(stage, "start", stand.owner, stand.unit, since - MOMENT, stand.base_amount)
            else:
                name = "backflow_in" if first.entered_by == "back" else "inflow"
                add(stage, name, first.owner, first.unit, first.entered_at, first.amount)
            if last.left_at is None or (until is not None and last.left_at >= until):
                stand = standing(one.history, until)
                assert stand is not None
                assert stand.stage == stage
                add(stage, "stay", stand.owner, stand.unit, (until or now) - MOMENT, stand.base_amount)
            else:
                assert last.left_owner is not None
                assert last.left_amount is not None
                name = {"forward": "outflow", "won": "outflow", "back": "backflow_out"}.get(
                    last.left_by, "lost"
                )
                add(stage, name, last.left_owner, last.left_unit, last.left_at, last.left_amount)
    return sums


def inventory(
    deals: list[Known],
    instant: datetime | None,
    now: datetime,
    rate: Callable[[Deal, int], Decimal],
    takes: Takes = everything,
) -> dict[int, tuple[int, Decimal, Decimal]]:
    """M01 by stage: deals, amount, weighted amount."""
    sums: dict[int, tuple[int, Decimal, Decimal]] = defaultdict(lambda: (0, Decimal(0), Decimal(0)))
    for one in deals:
        stand = standing(one.history, instant)
        if stand is not None and takes(stand.owner, stand.unit, (instant or now) - MOMENT):
            own = stand.probability
            chance = own if own is not None else rate(one.deal, stand.stage)
            count, amount, weighted = sums[stand.stage]
            sums[stand.stage] = (
                count + 1,
                amount + stand.base_amount,
                weighted + stand.base_amount * chance,
            )
    return sums


def closes(
    deals: list[Known], since: datetime | None, until: datetime | None
) -> Iterator[tuple[Known, Stay]]:
    """Deals that are closed, and closed last in the period, with the stay that ended so."""
    for one in deals:
        last = one.history.stays[-1]
        if one.history.now.outcome in LIVE or last.left_at is None:
            continue
        if (since is None or last.left_at >= since) and (until is None or last.left_at < until):
            yield one, last


def win_rate(
    deals: list[Known], since: datetime | None, until: datetime | None, takes: Takes = everything
) -> dict[str, Any]:
    """M05 and M07 as exact sums."""
    found: dict[str, Any] = defaultdict(lambda: Decimal(0))
    found["cycle"] = timedelta(0)
    for one, stay in closes(deals, since, until):
        assert stay.left_owner is not None
        assert stay.left_at is not None
        assert stay.left_amount is not None
        if not takes(stay.left_owner, stay.left_unit, stay.left_at):
            continue
        name = "won" if one.history.now.outcome == "won" else "lost"
        found[name] += 1
        found[f"{name}_amount"] += stay.left_amount
        if name == "won" and one.deal.created_at is not None:
            shut = [after.entered_at - before.left_at for before, after in _closed_and_reopened(one.history)]
            found["cycle"] += stay.left_at - one.deal.created_at - sum(shut, timedelta(0))
            found["cycles"] += 1
    for one in deals:
        first, born = one.history.stays[0], one.deal.created_at
        if born is None or (since is not None and born < since) or (until is not None and born >= until):
            continue
        if takes(first.owner, first.unit, first.entered_at):
            found["created"] += 1
            found["created_won"] += one.history.now.outcome == "won"
            found["created_open"] += one.history.now.outcome in LIVE
    return found


def lengths(
    deals: list[Known], since: datetime | None, until: datetime | None, takes: Takes = everything
) -> dict[str, list[tuple[timedelta, bool]]]:
    """M07 deal by deal: how long wins and losses took, and whether they came within a day of the creation."""
    found: dict[str, list[tuple[timedelta, bool]]] = {"won": [], "lost": []}
    for one, stay in closes(deals, since, until):
        assert stay.left_owner is not None
        assert stay.left_at is not None
        born = one.deal.created_at
        if born is None or not takes(stay.left_owner, stay.left_unit, stay.left_at):
            continue
        shut = [after.entered_at - before.left_at for before, after in _closed_and_reopened(one.history)]
        name = "won" if one.history.now.outcome == "won" else "lost"
        whole = stay.left_at - born
        found[name].append((whole - sum(shut, timedelta(0)), whole <= timedelta(hours=24)))
    return found


def won_by(
    deals: list[Known], since: datetime | None, until: datetime | None, takes: Takes = everything
) -> dict[int, tuple[int, Decimal]]:
    """M49: how many deals, and what, each person won who had them when they were won."""
    found: dict[int, tuple[int, Decimal]] = {}
    for one, stay in closes(deals, since, until):
        assert stay.left_owner is not None
        assert stay.left_at is not None
        assert stay.left_amount is not None
        if one.history.now.outcome == "won" and takes(stay.left_owner, stay.left_unit, stay.left_at):
            count, amount = found.get(stay.left_owner, (0, Decimal(0)))
            found[stay.left_owner] = count + 1, amount + stay.left_amount
    return found


def _closed_and_reopened(history: History) -> Iterator[tuple[Any, Any]]:
    """The stays a deal was closed from and came back to."""
    return ((before, after) for before, after in pairwise(history.stays) if before.left_by in CLOSING)


def cohort(
    deals: list[Known],
    order: dict[int, int],
    since: datetime | None,
    until: datetime | None,
    takes: Takes = everything,
) -> dict[int, dict[str, Any]]:
    """M02 by stage: the cohort and what became of it, a deal at a time."""
    sums: dict[int, dict[str, Any]] = {stage: defaultdict(Decimal) for stage in order}
    for one in deals:
        stays = one.history.stays
        came = [(stay.entered_at, order[stay.stage], stay.owner, stay.unit, stay.amount) for stay in stays]
        for stay in stays:
            if stay.left_by == "won":
                assert stay.left_at is not None and stay.left_owner is not None
                assert stay.left_amount is not None
                came.append((stay.left_at, 99, stay.left_owner, stay.left_unit, stay.left_amount))
        came.sort(key=lambda each: each[0])
        for stage, place in order.items():
            there = [each for each in came if each[1] >= place]
            if (
                not there
                or not _in(there[0][0], since, until)
                or not takes(there[0][2], there[0][3], there[0][0])
            ):
                continue
            found, here = sums[stage], [stay for stay in stays if stay.stage == stage]
            advanced = any(each[1] > place for each in came)
            exited = not advanced and one.history.now.outcome in ("lost", "cancelled")
            found["cohort"] += 1
            found["advanced"] += advanced
            found["exited"] += exited
            found["been"] += bool(here)
            found["backed"] += any(stay.left_by == "back" for stay in here)
            found["advanced_amount"] += there[0][4] * advanced
            found["exited_amount"] += there[0][4] * exited
    return sums


def times(
    deals: list[Known],
    order: dict[int, int],
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    takes: Takes = everything,
) -> dict[int, dict[str, Any]]:
    """M06 and M08 by stage: how long each deal was in it, without holds, and whether it has left."""
    sums: dict[int, dict[str, Any]] = {stage: defaultdict(list) for stage in order}
    for one in deals:
        stays = one.history.stays
        for stage, place in order.items():
            here = [stay for stay in stays if stay.stage == stage]
            if not here or not _in(here[0].entered_at, since, until):
                continue
            reached = next(stay for stay in stays if order[stay.stage] >= place)
            won = [stay for stay in stays if stay.left_by == "won" and stay.left_at]
            if won and won[0].left_at < reached.entered_at:  # type: ignore[operator]
                last = won[0]
                mine = takes(last.left_owner or 0, last.left_unit, last.left_at or now)
            else:
                mine = takes(reached.owner, reached.unit, reached.entered_at)
            if not mine:
                continue
            spent = timedelta(0)
            for stand in one.history.stands:
                if stand.stage == stage and stand.outcome == "open":
                    spent += min(stand.until or now, now) - stand.since
            stands = one.history.now.stage == stage and one.history.now.outcome in LIVE
            sums[stage]["waiting" if stands else "ended"].append(spent)
            beyond = any(order[stay.stage] > place for stay in stays) or bool(won)
            if beyond and not stands:
                sums[stage]["advanced"].append(spent)
            after = [stay.entered_at for stay in stays if order[stay.stage] == place + 1]
            if place == max(order.values()):
                after = [stay.left_at for stay in won if stay.left_at]
            if after and after[0] >= here[0].entered_at:
                sums[stage]["promoted"].append(after[0] - here[0].entered_at)
    return sums


Contact = tuple[
    datetime, datetime, datetime | None
]  # when it was, when it became known, when it was annulled


def silent(
    deals: list[Known],
    limits: dict[int, timedelta | None],
    contacts: dict[int, list[Contact]],
    known: datetime | None,
    now: datetime,
    patience: timedelta,
    takes: Takes = everything,
) -> dict[int, dict[str, tuple[int, Decimal]]]:
    """M12 by stage and cause: open deals that nobody moves, a deal at a time; next steps stand with the deals."""
    found: dict[int, dict[str, tuple[int, Decimal]]] = {stage: {} for stage in limits}
    for one in deals:
        stood = standing(one.history, known)
        if (
            stood is None
            or stood.outcome != "open"
            or not takes(stood.owner, stood.unit, (known or now) - MOMENT)
        ):
            continue
        spent = sum(
            (
                min(stand.until or now, known or now) - stand.since
                for stand in one.history.stands
                if stand.stage == stood.stage and stand.outcome == "open"
            ),
            timedelta(0),
        )
        heard = [
            at
            for at, told, annulled in contacts.get(one.deal.pk, [])
            if (annulled is None if known is None else max(at, told) < known <= (annulled or known))
        ]
        limit = limits[stood.stage]
        causes = {
            "stuck": limit is not None and spent > limit,
            "idle": known is None and not (one.deal.next_step and one.deal.next_on),
            "unheard": bool(heard) and (known or now) - max(heard) > patience,
        }
        causes["silent"] = any(causes.values())
        for cause in (cause for cause, leaks in causes.items() if leaks):
            count, amount = found[stood.stage].get(cause, (0, Decimal(0)))
            found[stood.stage][cause] = count + 1, amount + stood.base_amount
    return found


def survival(ended: list[timedelta], waiting: list[timedelta], share: Fraction) -> timedelta | None:
    """Kaplan and Meier by the book: at each length the share of those at risk that ended there."""
    left = Fraction(1)
    for length in sorted(set(ended)):
        at_risk = sum(each >= length for each in ended) + sum(each >= length for each in waiting)
        left *= 1 - Fraction(sum(each == length for each in ended), at_risk)
        if left <= share:
            return length
    return None


def _in(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)
