"""From when on something is odd: the defaults of the domain, what the organisation sets itself, and what follows."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from loudou.insight.reports import run
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused, Stale
from loudou.people.models import Organisation
from loudou.people.queries import organisation
from loudou.pipeline import tasks, verbs
from loudou.pipeline.figures.thresholds import BOUNDS, STANDARD, Thresholds
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.flags import flags_of, thresholds, where
from loudou.pipeline.verbs import set_thresholds
from loudou.warnings import verbs as warnings
from loudou.warnings.models import EarlyWarning
from tests import jobs, make
from tests.cast import Cast
from tests.doors import enter
from tests.make import day, instant

NOON = instant("2026-05-11 12:00")


def codes(deal: Deal) -> set[str]:
    deal.refresh_from_db()
    now = clock.now()
    return {flag.code for flag in flags_of(deal, now, organisation().today)}


def found(code: str) -> int:
    return Deal.objects.filter(where(code, clock.now(), organisation().today)).count()


def test_the_defaults_are_those_of_the_domain() -> None:
    assert asdict(STANDARD) == {
        "pushes": 2,
        "amount_change": Decimal("0.5"),
        "soon_days": 14,
        "bare_days": 7,
        "contact_days": 7,
        "stuck_times": Decimal("1.5"),
        "off_funnel_days": 7,
        "off_funnel_amount": Decimal(0),
        "answer_days": 2,
        "again_days": 7,
    }
    assert all(least <= getattr(STANDARD, name) <= most for name, (least, most) in BOUNDS.items())
    own = Thresholds(pushes=3, stuck_times=Decimal("2.25"))
    assert own.kept() == {"pushes": 3, "stuck_times": "2.25"}
    assert Thresholds.read({**own.kept(), "gone": 1}) == own


def test_flags_and_filters_go_by_what_was_set(cast: Cast) -> None:
    with clock.at(NOON):
        deal = make.deal(cast.chenan, expected_on=day("2026-06-01"))
        for later in ("2026-06-10", "2026-06-20"):
            verbs.edit(deal, by=cast.chenan, expected_on=day(later), reason="客户推迟")
        assert "pushed" in codes(deal) and found("pushed") == 1 and "due_soon" not in codes(deal)
        set_thresholds(pushes=3, soon_days=60, by=cast.linjing)
        assert "pushed" not in codes(deal) and found("pushed") == 0
        assert "due_soon" in codes(deal) and found("due_soon") == 1
    with clock.at(NOON + timedelta(days=3)):
        assert "no_evidence" not in codes(deal)
        set_thresholds(bare_days=3, by=cast.linjing)
        assert "no_evidence" in codes(deal) and found("no_evidence") == 1
    events = Entry.objects.filter(event="thresholds.set").order_by("pk")
    assert [one.particulars["changes"] for one in events] == [
        {"pushes": ["2", "3"], "soon_days": ["14", "60"]},
        {"bare_days": ["7", "3"]},
    ]


def test_the_watch_goes_by_them(cast: Cast) -> None:
    with clock.at(NOON):
        deal = make.deal(
            cast.chenan, next_step="送样", next_on=day("2026-09-01"), expected_on=day("2026-06-30")
        )
        kind = make.specs_of(deal)[0].evidence_kinds.all()[0]
        verbs.give_evidence(deal, kind=kind, by=cast.chenan, note="客户已书面确认")
        Deal.objects.filter(pk=deal.pk).update(last_contact_at=NOON)

    def signs(at: timedelta) -> set[str]:
        with clock.at(NOON + at):
            warnings.watch([deal.pk], allowed={}, by=None)
        return set(EarlyWarning.objects.standing().values_list("sign", flat=True))

    assert signs(timedelta(days=8)) == set()
    with clock.at(NOON + timedelta(days=8)):
        set_thresholds(contact_days=4, by=cast.linjing)
    assert signs(timedelta(days=8, minutes=1)) == {"silent"}
    asked = EarlyWarning.objects.get()
    with clock.at(NOON + timedelta(days=9)):
        warnings.finish(asked, by=cast.chenan)
        set_thresholds(again_days=1, by=cast.linjing)
    with clock.at(NOON + timedelta(days=9, hours=23)):
        assert warnings.ask_again(by=None) == 0
    with clock.at(NOON + timedelta(days=10)):
        assert warnings.ask_again(by=None) == 1


def test_what_stands_in_the_rows_of_deals_is_judged_anew(cast: Cast) -> None:
    """An amount that went up by 40 %, and a win after eight days: odd only when the organisation says so."""
    with clock.at(NOON):
        deal = make.deal(cast.chenan, amount=Decimal(100_000))
        verbs.edit(deal, by=cast.chenan, amount=Decimal(140_000), reason="加项")
        won = make.at_last_stage(cast.lina)
    with clock.at(NOON + timedelta(days=8)):
        verbs.win(won, by=None)
        assert jobs.run(tasks.judge_deals) == 0 and codes(deal).isdisjoint({"amount_jump"})
        set_thresholds(amount_change=Decimal("0.40"), by=cast.linjing)
        assert jobs.run(tasks.judge_deals) == 0  # by exactly two fifths is not by more
        set_thresholds(amount_change=Decimal("0.39"), off_funnel_days=9, by=cast.linjing)
        assert jobs.run(tasks.judge_deals) == 2
        assert "amount_jump" in codes(deal) and found("amount_jump") == 1
        assert "off_funnel" in codes(won) and found("off_funnel") == 1
        assert jobs.run(tasks.judge_deals) == 0
        set_thresholds(off_funnel_amount=Decimal("100000.01"), by=cast.linjing)
        assert jobs.run(tasks.judge_deals) == 1
        assert "off_funnel" not in codes(won) and found("off_funnel") == 0
        set_thresholds(off_funnel_amount=Decimal(100_000), by=cast.linjing)
        assert jobs.run(tasks.judge_deals) == 1 and "off_funnel" in codes(won)
        edited = verbs.edit(deal, by=cast.chenan, amount=Decimal(200_000), reason="再加")
        assert len(edited.requests) == 1  # by 43 %: a manager decides now


def test_only_who_sets_up_funnels_sets_them(cast: Cast, client: Client) -> None:
    with pytest.raises(Forbidden):
        set_thresholds(pushes=3, by=cast.heli)
    for name, value in (
        ("pushes", 0),
        ("amount_change", Decimal(11)),
        ("stuck_times", Decimal("0.5")),
        ("off_funnel_amount", Decimal(-1)),
    ):
        with pytest.raises(Refused) as refusal:
            set_thresholds(**{name: value}, by=cast.linjing)
        assert refusal.value.field == name
    seen = organisation().version
    set_thresholds(pushes=3, by=cast.linjing, version=seen)
    set_thresholds(pushes=3, by=cast.linjing)
    assert Organisation.objects.get().version == seen + 1
    with pytest.raises(Stale):
        set_thresholds(pushes=4, by=cast.linjing, version=seen)
    enter(client, cast.linjing)
    page = client.get("/settings/thresholds/").content.decode()
    assert 'name="pushes" value="3"' in page and 'name="amount_change" value="50"' in page
    asked = {name: str(getattr(STANDARD, name)) for name in BOUNDS}
    asked |= {"amount_change": "30", "off_funnel_amount": "5万"}
    assert client.post("/settings/thresholds/", {**asked, "pushes": "0"}).status_code == 422
    assert client.post("/settings/thresholds/", asked).url == "/settings/thresholds/"
    assert thresholds() == Thresholds(amount_change=Decimal("0.30"), off_funnel_amount=Decimal(50_000))


def test_reports_go_by_them_too(cast: Cast) -> None:
    with clock.at(NOON):
        deal = make.deal(cast.chenan, expected_on=day("2026-06-01"))
        verbs.edit(deal, by=cast.chenan, expected_on=day("2026-06-10"), reason="客户推迟")
    with clock.at(NOON + timedelta(hours=1)):
        assert "pushed" not in str(run("anomalies", {"kind": "pushed"}, None)["rows"])
        set_thresholds(pushes=1, contact_days=5, by=cast.linjing)
        assert "pushed" in str(run("anomalies", {"kind": "pushed"}, None)["rows"])
        then = {"kind": "pushed", "as-of": "2026-05-11T12:30:00+08:00"}
        assert "pushed" in str(run("anomalies", then, None)["rows"])
        assert run("contact-table", {}, None)["cadence_days"] == "5.00"
