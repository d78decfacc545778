"""Silent leaks (M12): open deals that stay far too long in their stage, have no next step, or whose customer was not
spoken to for twice the cadence; now and as of a past instant, against a slow reference."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from loudou.fieldwork import verbs as fieldwork
from loudou.fieldwork.models import Activity
from loudou.insight.figures.flow import Span
from loudou.insight.figures.leakage import is_unheard, unheard_since
from loudou.insight.figures.scope import Scope, always
from loudou.insight.lens import InsightLens
from loudou.insight.queries.known import known_otherwise
from loudou.insight.queries.leaks import silent
from loudou.insight.queries.records import LEAKS
from loudou.insight.reports import run
from loudou.insight.reports.records import number_of
from loudou.kernel import clock
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal
from loudou.pipeline.verbs._history import derive
from tests import make
from tests.cast import Cast
from tests.doors import enter
from tests.histories import BEGIN, END, Histories
from tests.insight import reference
from tests.make import day, instant

BEGAN = instant("2026-03-02 09:00")
NOW = END + timedelta(days=3)
STEP: dict[str, Any] = {"next_step": "送样", "next_on": day("2026-06-01")}


def test_who_stands_for_weeks_where_others_left_within_days_leaks(cast: Cast) -> None:
    with clock.at(BEGAN):
        deals = [make.deal(cast.chenan, title=f"商机 {number}", **STEP) for number in range(3)]
        slow = make.deal(cast.chenan, title="慢", amount=700_000, **STEP)
    for number, deal in enumerate(deals, 1):
        with clock.at(BEGAN + timedelta(days=number)):
            make.advance(deal)
    told = {}
    for days in (4, 5):
        with clock.at(BEGAN + timedelta(days=days)):
            (first, *_rest) = run("leakage", {"period": "2026-Q1"}, cast.chenan)["stages"]
            told[days] = (first["p75_days"], first["stuck"], first["silent_amount"])
    assert told == {4: ("3.00", 0, "0.00"), 5: ("3.00", 1, "700000.00")}
    assert slow.spec.position == 0


def test_the_clock_of_contacts_begins_with_the_first() -> None:
    two_weeks = BEGAN + timedelta(days=14)
    assert unheard_since(two_weeks, 7) == BEGAN
    assert [is_unheard(last, two_weeks, 7) for last in (None, BEGAN, BEGAN - timedelta(microseconds=1))] == [
        False,
        False,
        True,
    ]


def _first(**params: str) -> dict[str, Any]:
    stage: dict[str, Any] = run("leakage", {"period": "2026-Q1", **params}, None)["stages"][0]
    return stage


def _leaks(**params: str) -> tuple[Any, ...]:
    stage = _first(**params)
    return stage["no_contact"], stage["no_contact_amount"], stage["silent"], stage["amount"]


@pytest.fixture
def spoken(cast: Cast) -> Activity:
    """A deal with a next step whose customer was called on the day after it began; one without any contact beside it."""
    with clock.at(BEGAN):
        deal = make.deal(cast.chenan, amount=300_000, **STEP)
        make.deal(cast.chenan, title="没联系过", amount=500_000, **STEP)
    with clock.at(BEGAN + timedelta(days=1)):
        return fieldwork.log_activity(
            kind="call", by=cast.chenan, deal=deal, contact="许明华", result="需求已确认"
        )


def test_a_deal_leaks_when_nobody_spoke_to_its_customer_for_twice_the_cadence(spoken: Activity) -> None:
    with clock.at(spoken.at + timedelta(days=14)):
        assert _leaks() == (0, "0.00", 0, "0.00")
    with clock.at(spoken.at + timedelta(days=14, seconds=1)):
        assert _leaks() == (1, "300000.00", 1, "300000.00")
        verbs.set_thresholds(contact_days=8, by=None)
        assert _leaks() == (0, "0.00", 0, "0.00")


def test_whose_dates_are_not_known_leaks_nowhere(cast: Cast, spoken: Activity) -> None:
    """Without a course it is behind no number of the page, and in none (C21)."""
    deal = spoken.deal
    assert deal is not None
    deal.legacy, deal.next_step, deal.next_on = True, "", None
    deal.save()
    derive(deal)
    with clock.at(spoken.at + timedelta(days=15)):
        assert _leaks() == (0, "0.00", 0, "0.00")
        lens = InsightLens.read({"period": "2026-Q1", "stage": deal.spec.stage.code}, None)
        assert [number_of(lens, what).counted().count for what in LEAKS] == [0] * len(LEAKS)


def test_of_a_past_instant_contacts_count_that_were_known_then(cast: Cast, spoken: Activity) -> None:
    told, later = spoken.at + timedelta(days=15), spoken.at + timedelta(days=17)
    with clock.at(later):
        past = {"as-of": told.isoformat()}
        assert _leaks(**past) == (1, "300000.00", 1, "300000.00")
        assert spoken.deal is not None
        fieldwork.log_activity(
            kind="call",
            by=cast.chenan,
            deal=spoken.deal,
            contact="许明华",
            result="补记",
            at=told - timedelta(hours=1),
        )
        assert _leaks(**past)[0] == 1  # it was written down only later
        assert _leaks()[0] == 0
    with clock.at(later + timedelta(days=15)):
        assert _leaks()[0] == 1
        fieldwork.annul_activity(spoken, reason="记错", by=cast.wumin)
        assert _leaks(**past)[0] == 1
        assert _leaks(**{"as-of": (spoken.at + timedelta(days=14)).isoformat()})[0] == 0


def _spoken_to(world: Histories, dice: random.Random, cast: Cast) -> dict[int, list[reference.Contact]]:
    """Contacts of most deals, some written down late, some annulled; and next steps of half of them."""
    contacts: dict[int, list[reference.Contact]] = {}
    rows = []
    for key, deal in world.deals.items():
        for number in range(dice.choice((0, 1, 1, 2, 4))):
            at = BEGIN + (END - BEGIN) * dice.random()
            known = at + timedelta(days=dice.choice((0, 0, 0, 20)))
            annulled = known + timedelta(days=dice.choice((1, 30))) if dice.random() < 0.2 else None
            contacts.setdefault(key, []).append((at, known, annulled))
            rows.append(_activity(f"{key}-{number}", deal, at, known, annulled))
        standing = [at for at, _known, annulled in contacts.get(key, []) if annulled is None]
        deal.last_contact_at = max(standing, default=None)
        deal.next_step, deal.next_on = ("回访", day("2030-01-01")) if dice.random() < 0.5 else ("", None)
        deal.save()
    rows.append(_activity("other", dice.choice(list(world.deals.values())), END, END, None, kind="other"))
    Activity.objects.bulk_create(rows)
    return contacts


def _activity(
    code: str, deal: Deal, at: datetime, known: datetime, annulled: datetime | None, kind: str = "call"
) -> Activity:
    return Activity(
        code=code,
        kind=kind,
        at=at,
        day=at.date(),
        owner=deal.owner,
        deal=deal,
        contact="许明华",
        result="谈了",
        channel="web",
        valid=True,
        counts=True,
        recorded_at=known,
        known_at=known,
        annulled_at=annulled,
        annulled_reason="记错" if annulled else "",
    )


@pytest.mark.parametrize("seed", range(4))
def test_random_pasts_leak_as_a_slow_reference_says(cast: Cast, seed: int) -> None:
    dice = random.Random(seed)
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(60, seed=500 + seed)
    contacts = _spoken_to(world, dice, cast)
    limits: dict[int, timedelta | None] = {
        stage: timedelta(days=9 * place) if place else None for place, stage in enumerate(world.stages)
    }
    told = {
        stage: int(limit / timedelta(microseconds=1)) if limit else None for stage, limit in limits.items()
    }
    seen = set()
    for known in (None, END, BEGIN + (END - BEGIN) * 0.6, BEGIN + (END - BEGIN) * 0.3):
        mine = always([cast.chenan.unit_id])
        for scope in (Scope(), Scope(cast.chenan.pk), Scope(units=mine), Scope(cast.lina.pk, mine)):
            span = Span(NOW, None, known, known)
            with clock.at(NOW):
                found = silent(told, scope, span, known_otherwise(known, scope))
            wanted = reference.silent(
                reference.known(world, known),
                limits,
                contacts,
                known,
                NOW,
                timedelta(days=14),
                scope.takes,
            )
            counted = {
                stage: {cause: (one.count, one.amount) for cause, one in causes.items() if one.count}
                for stage, causes in found.items()
            }
            assert counted == wanted, (known, scope)
            seen |= {cause for causes in wanted.values() for cause in causes}
    assert seen == {"stuck", "idle", "unheard", "silent"}


@pytest.mark.parametrize("past", [{}, {"as_of": "2026-02-20"}])
def test_each_cause_opens_to_its_deals_on_the_page(cast: Cast, client: Client, past: dict[str, str]) -> None:
    world = Histories([cast.chenan, cast.lina, cast.sunqiang]).write(80, seed=77)
    _spoken_to(world, random.Random(7), cast)
    params = {"period": "all", **past}
    with clock.at(NOW):
        report = run("leakage", params, None)
        for what in LEAKS:
            lens = InsightLens.read({**params, "funnel": "b2b", "what": what}, None)
            number = number_of(lens)
            name = {
                "leak": "silent",
                "leak_stuck": "stuck",
                "leak_idle": "no_next_step",
                "leak_unheard": "no_contact",
            }[what]
            wanted = sum(stage[name] or 0 for stage in report["stages"])
            assert number.counted().count == wanted == number.deals().count()
            each = number.of_each(list(number.deals().values_list("pk", flat=True)))
            assert sum(one.amount for one in each.values()) == number.counted().amount
        enter(client, cast.heli)
        page = client.get("/analysis/bottlenecks/", params).content.decode()
        for what in ("leak_unheard", "leaked"):
            assert f"what={what}" in page
        assert ("what=leak_idle" in page) == (not past)
        address = "/analysis/records/?funnel=b2b&what={}&period=all" + "".join(
            f"&{key}={value}" for key, value in past.items()
        )
        for what in ("leak_unheard", "leaked"):
            assert client.get(address.format(what)).status_code == 200


def test_what_is_odd_is_explained_by_the_thresholds_in_force(cast: Cast, client: Client) -> None:
    enter(client, cast.heli)
    said = "超过 {} 天没有联系"
    assert said.format(14) in client.get("/analysis/anomalies/").content.decode()
    verbs.set_thresholds(
        contact_days=10,
        pushes=3,
        stuck_times=Decimal("2.25"),
        off_funnel_days=5,
        amount_change=Decimal("0.4"),
        by=None,
    )
    page = client.get("/analysis/anomalies/").content.decode()
    for words in (said.format(20), "推迟 3 次以上", "变动超过 40%", "不足 5 天"):
        assert words in page
    page = client.get("/analysis/bottlenecks/").content.decode()
    assert "P75 的 2.25 倍" in page and "距上次联系超过 20 天" in page
    assert organisation().thresholds["contact_days"] == 10
