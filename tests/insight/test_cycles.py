"""How long closes take (`domain.md` M07): mean and median of wins and losses, told to the microsecond as the slow reference does."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from loudou.insight.figures.cycle import Closing, Cycle
from loudou.insight.figures.scope import Scope
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import win_rate
from loudou.insight.queries.cycles import closings
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.known_closes import Parts
from loudou.insight.reports import run
from loudou.kernel import clock
from loudou.pipeline import verbs
from loudou.pipeline.figures.courses import MICROSECOND
from loudou.pipeline.models import Competitor, Deal
from tests import make
from tests.cast import Cast
from tests.histories import Histories
from tests.insight import reference
from tests.insight.test_reference import NOW, _scopes, _spans, world

__all__ = ["world"]
SAME = (
    "won",
    "lost",
    "won_amount",
    "lost_amount",
    "cycle",
    "cycles",
    "created",
    "created_won",
    "created_open",
)


def agree(found: Cycle, slow: list[tuple[timedelta, bool]]) -> bool:
    """Whether cycles are those of these lengths."""
    lengths = [length // MICROSECOND for length, _quick in slow]
    half = Decimal(median(lengths)) if lengths else None
    told = (found.count, found.took, found.half, found.quick)
    return told == (len(lengths), sum(lengths), half, sum(quick for _length, quick in slow))


def test_cycles_are_those_of_the_reference(world: Histories, cast: Cast) -> None:
    """At every instant, for every kind of scope; and the rate beside them is the one of the win rate itself."""
    told = 0
    for span in _spans(random.Random(19)):
        for scope, takes, has in _scopes(cast):
            otherwise = known_otherwise(span.known, scope)
            found = closings(scope, span, otherwise=otherwise).get(None, Closing())
            deals = reference.known(world, span.known, lambda key, has=has: has(world, key))
            slow = reference.lengths(deals, span.since, span.until, takes)
            assert agree(found.won, slow["won"]), (span, scope)
            assert agree(found.lost, slow["lost"]), (span, scope)
            whole = win_rate(scope, span, otherwise=otherwise)
            assert [getattr(found.rate, name) for name in SAME] == [getattr(whole, name) for name in SAME]
            told += found.won.count
    assert told > 100


def test_each_part_is_what_its_own_scope_tells(world: Histories, cast: Cast) -> None:
    """Every owner, source, product and branch told at once is what it is told alone, at every instant."""
    with clock.at(NOW):
        lens = InsightLens.read({"by": "unit"}, None)
    for span in _spans(random.Random(43))[:8]:
        for by in ("owner", "source", "product", "unit"):
            scope = lens.split if by == "unit" else Scope()
            found = closings(scope, span, Parts(by), otherwise=known_otherwise(span.known, scope))
            for key in set(found) - {None, ""}:
                alone = _alone(scope, by, key)
                own = closings(alone, span, otherwise=known_otherwise(span.known, alone))
                assert found[key] == own[None], (span, by, key)


def test_each_stretch_of_time_is_what_its_own_period_tells(world: Histories, cast: Cast) -> None:
    dice = random.Random(44)
    for span in _spans(dice)[:8]:
        since, until = span.since or NOW - timedelta(days=200), span.until or NOW
        edges = [since, since + (until - since) / 3, since + (until - since) / 2]
        otherwise = known_otherwise(span.known, Scope())
        found = closings(Scope(), replace(span, since=since), Parts(edges=edges), otherwise=otherwise)
        assert set(found) <= {0, 1, 2}
        for place, (start, end) in enumerate(zip(edges, [*edges[1:], span.until], strict=True)):
            alone = closings(Scope(), replace(span, since=start, until=end), otherwise=otherwise)
            assert found.get(place, Closing()) == alone.get(None, Closing()), (span, place)


def _alone(scope: Scope, by: str, key: Any) -> Scope:
    if by == "unit":
        return replace(scope, units=tuple(one for one in scope.units or () if one.branch == key))
    return replace(scope, **{by: key})


def name_rivals(world: Histories, dice: random.Random) -> dict[int, tuple[str, set[str]]]:
    """Competitors on deals: to whom each was lost, and who is named on it at all, as names are told apart."""
    names, named = ("Dahua", "dahua", "海康", ""), {}
    lost = {one.deal.pk for one in reference.known(world, None) if one.history.now.outcome == "lost"}
    for key, deal in world.deals.items():
        there, lost_to = dice.choice(names), dice.choice(names) if key in lost else ""
        if there:
            Competitor.objects.create(deal=deal, name=there)
        Deal.objects.filter(pk=key).update(lost_to=lost_to)
        named[key] = lost_to.lower(), {there.lower(), lost_to.lower()} - {""}
    return named


def test_each_competitor_is_told_of_the_deals_it_is_named_on(world: Histories, cast: Cast) -> None:
    """Named as one who was there, or as the one who won it instead, in whatever spelling; at every instant."""
    dice = random.Random(45)
    rivals = name_rivals(world, dice)
    ends = {one.deal.pk: one.history.stays[-1].left_at for one in reference.known(world, None)}
    for span in _spans(dice)[:8]:
        found = closings(Scope(), span, Parts("competitor"), otherwise=known_otherwise(span.known, Scope()))
        deals = reference.known(world, span.known)
        for name in ("dahua", "海康"):
            own = [one for one in deals if name in rivals[one.deal.pk][1]]
            slow = reference.win_rate(own, span.since, span.until)
            lengths = reference.lengths(own, span.since, span.until)
            told = found.get(name, Closing())
            assert [getattr(told.rate, one) for one in SAME] == [slow[one] for one in SAME], (span, name)
            assert agree(told.won, lengths["won"]), (span, name)
            assert agree(told.lost, lengths["lost"]), (span, name)
            lost = [
                one.deal.pk
                for one, stay in reference.closes(own, span.since, span.until)
                if rivals[one.deal.pk][0] == name and ends.get(one.deal.pk) == stay.left_at
            ]
            assert told.rivals == len(lost), (span, name)


def _closed(cast: Cast, days: float, *, won: bool, lost_to: str = "") -> None:
    """A deal that began on 2 March and was closed so many days later."""
    began = make.instant("2026-03-02 09:00")
    with clock.at(began):
        deal = make.at_last_stage(cast.chenan, amount=100, title=f"周期 {days}")
    with clock.at(began + timedelta(days=days)):
        if won:
            verbs.win(deal, by=None)
        else:
            verbs.lose(deal, by=None, code=make.reason(), review="比价", lost_to=lost_to)


def test_within_a_day_counts_its_last_moment_and_is_told_beside(cast: Cast) -> None:
    """1.0, 1.25 and 10 days won, 4 and 7 lost: the one of exactly a day counts among the cycles and is flagged."""
    for days, won in ((1, True), (1.25, True), (10, True), (4, False), (7, False)):
        _closed(cast, days, won=won)
    with clock.at(make.instant("2026-04-02 10:00")):
        found = run("win-rate", {"period": "2026-Q1"}, None)
    assert (found["won"], found["cycles"], found["won_within_a_day"]) == (3, 3, 1)
    assert (found["cycle_mean_days"], found["cycle_median_days"]) == ("4.08", "1.25")
    assert (found["lost_cycles"], found["lost_within_a_day"]) == (2, 0)
    assert (found["lost_cycle_mean_days"], found["lost_cycle_median_days"]) == ("5.50", "5.50")


def test_the_competitive_rate_counts_losses_to_a_named_competitor_alone(cast: Cast) -> None:
    """Won 1, lost 1 to a rival and 2 to nobody: 25 % and 50 %; a loss that was undone was lost to nobody."""
    for days, won, rival in ((5, True, ""), (6, False, "大华"), (7, False, ""), (8, False, "")):
        _closed(cast, days, won=won, lost_to=rival)
    with clock.at(make.instant("2026-04-02 10:00")):
        found = run("win-rate", {"period": "2026-Q1"}, None)
        lost = Deal.objects.get(lost_to="大华")
        verbs.reopen(lost, by=None, reason="客户回头")
        then = run("win-rate", {"period": "2026-Q1", "as-of": "2026-03-31"}, None)
    assert (found["rate"], found["competitive_rate"], found["lost_to_competitors"]) == (
        *("0.250000", "0.500000"),
        1,
    )
    assert (then["rate"], then["competitive_rate"], then["lost_to_competitors"]) == (
        "0.250000",
        "1.000000",
        0,
    )


def test_without_closes_there_is_no_cycle(cast: Cast) -> None:
    found = run("win-rate", {"period": "2026-Q1", "by": "owner"}, None)
    for name in ("cycle_mean_days", "cycle_median_days", "lost_cycle_mean_days", "lost_cycle_median_days"):
        assert (found[name], found[f"{name}_reason"]) == (None, "no_base")
    assert (found["by"], found["parts"]) == ("owner", [])
    assert (found["competitive_rate"], found["competitive_rate_reason"]) == (None, "no_base")
