"""As known then (B0.1, B0.11): a report asked as of a past instant is the one that was seen at that instant."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loudou.insight.figures.flow import LIVE
from loudou.insight.lens import InsightLens
from loudou.insight.reports import REPORTS, run
from loudou.kernel import clock
from loudou.pipeline.figures.history import Fact, unfold
from loudou.pipeline.models import Deal, Move
from loudou.pipeline.queries import funnels
from loudou.pipeline.verbs._history import rebuild
from tests.cast import Cast
from tests.doors import enter
from tests.histories import BEGIN, END, Histories

NOW = END + timedelta(days=3)
ASKED: tuple[dict[str, str], ...] = ({}, {"unit": "D1"}, {"owner": "chenan"})


def _seen(params: dict[str, str]) -> dict[str, Any]:
    seen = {name: run(name, params, None) for name in REPORTS}
    for plain in seen.values():  # lists of deals stand in the order of who has them now
        if plain.get("rows") and "code" in plain["rows"][0]:
            plain["rows"] = sorted(plain["rows"], key=lambda row: (row["code"], row.get("kind", "")))
        if "no_contact" in plain:
            plain["no_contact"] = sorted(plain["no_contact"])
    return seen


def _undo_what_came_later(world: Histories, instant: datetime) -> None:
    """Leave nothing in the database that was not known before the instant."""
    later = Move.objects.filter(at__gte=instant) | Move.objects.filter(known_at__gte=instant)
    later.delete()
    births = {key: facts[0] for key, facts in world.facts.items()}
    gone = [key for key, birth in births.items() if birth.at >= instant or birth.known_at >= instant]
    Deal.objects.filter(pk__in=gone).delete()
    left = [deal for key, deal in world.deals.items() if key not in gone]
    for deal in left:
        _jump_over_what_came_later(world, deal, instant)
    for deal, history in zip(left, rebuild(left).values(), strict=True):
        deal.skips = sum(stay.jumped > 0 for stay in history.stays)
        deal.save()
    funnels.forget()


def _jump_over_what_came_later(world: Histories, deal: Deal, instant: datetime) -> None:
    """A stage is jumped over by whoever writes a move down without knowing of it."""
    known: list[Fact] = []
    missed = False
    for fact in world.facts[deal.pk]:
        if fact.at < instant and fact.known_at < instant:
            if fact.kind == "enter" and missed:
                assert fact.stage is not None
                here = unfold(known, world.order).now.stage
                over = max(world.order[fact.stage] - world.order[here] - 1, 0)
                Move.objects.filter(deal=deal, at=fact.at, kind="enter", stage=fact.stage).update(
                    skipped=over
                )
            known.append(fact)
        if fact.kind == "enter":
            missed = fact not in known


def _differences(then: Any, told: Any, path: str = "") -> Iterator[str]:
    """Where what was seen then and what is told of it differ; what is not kept of the past is said to be missing."""
    if isinstance(then, dict) and isinstance(told, dict):
        for key in sorted({*then, *told}):
            not_kept = told.get(f"{key.removesuffix('_reason')}_reason") == "not_kept" or key not in told
            if not_kept or key == "differences":  # what was learned since nobody knew then
                continue
            yield from _differences(then.get(key), told[key], f"{path}.{key}")
    elif path == ".kinds":  # which of them a past can tell is said by their being there
        by_kind = {kind["kind"]: kind for kind in then}
        yield from _differences([by_kind[kind["kind"]] for kind in told], told, f"{path}s")
    elif isinstance(then, list) and isinstance(told, list) and len(then) == len(told):
        for place, pair in enumerate(zip(then, told, strict=True)):
            yield from _differences(*pair, f"{path}[{place}]")
    elif then != told:
        yield f"{path}: {then!r} was seen, {told!r} is told"


@pytest.mark.parametrize("seed", [0, 2])
def test_a_report_as_of_an_instant_is_the_one_seen_then(seed: int, cast: Cast) -> None:
    dice = random.Random(seed)
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(45, seed=100 + seed)
    for deal in world.deals.values():  # what is not kept as history is the same then and now
        deal.next_step, deal.next_on = "回访", date(2030, 1, 1)
        deal.save()
    instant = BEGIN + (END - BEGIN) * (0.4 + 0.5 * dice.random())
    with clock.at(NOW):
        told = [_seen({**asked, "as_of": instant.isoformat()}) for asked in ASKED]
    _undo_what_came_later(world, instant)
    with clock.at(instant):
        then = [_seen(asked) for asked in ASKED]
    found = [
        f"{name} {asked}{line}"
        for asked, before, now in zip(ASKED, then, told, strict=True)
        for name in REPORTS
        for line in _differences(before[name], now[name])
    ]
    assert not found, "\n".join(found[:40])


def test_what_was_learned_since_leads_from_what_was_known_to_what_was_true(cast: Cast) -> None:
    """Stocks as known, less the deals that are listed as they counted, with them as they are known now."""
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(120, seed=9)
    instant = BEGIN + (END - BEGIN) * 0.7
    with clock.at(NOW):
        plain = run("funnel", {"as_of": instant.isoformat()}, None)
    stock = {line["stage"]: [line["count"], Decimal(line["amount"])] for line in plain["stages"]}
    assert len(plain["differences"]) > 5
    for deal in plain["differences"]:
        for side, sign in (("told", -1), ("known", 1)):
            if deal[side] is not None:
                line = stock[deal[side]["stage"]]
                line[0] += sign
                line[1] += sign * Decimal(deal[side]["amount"])
    assert stock == _true_stock(world, instant)


def _true_stock(world: Histories, instant: datetime) -> dict[str, list[Any]]:
    """What stood at the instant by all that is known now."""
    names = {spec.stage_id: spec.names["zh-hans"] for spec in funnels.specs(world.funnel.current_id or 0)}
    stock: dict[str, list[Any]] = {name: [0, Decimal(0)] for name in names.values()}
    for facts in world.facts.values():
        history = (
            unfold([fact for fact in facts if fact.at < instant], world.order)
            if facts[0].at < instant
            else None
        )
        if history is not None and history.now.outcome in LIVE:
            stock[names[history.now.stage]][0] += 1
            stock[names[history.now.stage]][1] += history.now.base_amount
    return stock


def test_only_deals_that_somebody_ever_had_are_put_right_for_them(cast: Cast) -> None:
    world = Histories([cast.chenan, cast.sunqiang]).write(160, seed=4)
    with clock.at(NOW):
        asked = {"as_of": (BEGIN + (END - BEGIN) * 0.6).isoformat()}
        every = {one.deal.pk for one in InsightLens.read(asked, None).otherwise}
        theirs = {one.deal.pk for one in InsightLens.read({**asked, "owner": "chenan"}, None).otherwise}
    had = {key for key in every if any(fact.owner == cast.chenan.pk for fact in world.facts[key])}
    assert theirs == had and 3 < len(had) < len(every)


def test_page_command_and_api_tell_the_same_past(cast: Cast, client: Client) -> None:
    world = Histories([cast.chenan])
    stage = world.stages[0]
    begun = datetime(2026, 2, 2, 1, tzinfo=UTC)
    first = Fact(
        "enter",
        begun,
        begun,
        stage,
        Decimal(1000),
        "CNY",
        Decimal(1000),
        None,
        cast.chenan.pk,
        cast.chenan.unit_id,
    )
    late = Fact(
        "amount",
        begun + timedelta(days=1),
        begun + timedelta(days=20),
        amount=Decimal(700),
        base_amount=Decimal(700),
    )
    deal = world.of(first, late)
    asked = "2026-02-10T00:00:00+08:00"
    enter(client, cast.hezong)
    with clock.at(datetime(2026, 3, 1, tzinfo=UTC)):
        page = client.get("/analysis/funnel/", {"as_of": asked}).content.decode()
        told = client.get("/api/v1/reports/funnel", {"as_of": asked}).json()
        assert told == run("funnel", {"as-of": asked}, None)
    assert told["stages"][0]["amount"] == "1000.00"
    assert [line["code"] for line in told["differences"]] == [deal.code]
    assert told["differences"][0]["known"]["amount"] == "700.00"
    assert told["differences"][0]["told"]["amount"] == "1000.00"
    since = page[page.index('id="since"') :]
    assert deal.title in since
    assert since.index("1,000") < since.index("700")
