"""Learning from a funnel's closed deals: what was known then, the job, the pages, and what Maven's files teach."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from loudou.insight.reports import run
from loudou.journal.jobs import later
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.odds import reports, tasks, verbs, views
from loudou.odds.figures.features import FEATURES, reading
from loudou.odds.figures.scores import tenths
from loudou.odds.models import Lesson
from loudou.odds.queries import examples, known_now, pasts
from loudou.people.queries import organisation
from loudou.pipeline.figures.history import Fact
from loudou.pipeline.models import Deal, Funnel
from loudou.ui.format import number
from tests import jobs, make
from tests.cast import Cast
from tests.doors import enter
from tests.histories import END, Histories
from tests.make import instant
from tests.opening import closed, numbers, read

NOW = END + timedelta(days=3)


def _read(facts: list[Fact], at: str) -> dict[str, float] | None:
    order = {1: 0, 2: 1}
    found = reading(
        facts,
        instant(at),
        order,
        lambda stage: Decimal("0.1") * stage,
        lambda owner: (owner, 0),
        organisation().zone,
    )
    return dict(zip(FEATURES, found, strict=True)) if found is not None else None


def test_later_facts_are_not_known_yet(cast: Cast) -> None:
    at = instant("2026-01-05 09:00")
    amount, more = Decimal(1_000), Decimal(5_000)
    facts = [
        Fact("enter", at, at, 1, amount, "CNY", amount, make.day("2026-02-01"), owner=7),
        Fact("expected_close", late := instant("2026-01-20"), late, expected_on=make.day("2026-03-01")),
        Fact("amount", instant("2026-01-22"), instant("2026-02-10"), amount=more, base_amount=more),
        Fact("enter", step := instant("2026-01-25"), step, 2),
        Fact("lost", gone := instant("2026-02-20"), gone),
    ]
    assert _read(facts, "2026-01-05 09:00") is None
    early, middle, end = _read(facts, "2026-01-10"), _read(facts, "2026-02-05"), _read(facts, "2026-02-15")
    assert early is not None and middle is not None and end is not None
    assert (early["pushes"], middle["pushes"]) == (0, 1)
    assert early["growth"] == middle["growth"] == 0 < end["growth"]  # the amount was told on 10 February
    assert early["stage"] < middle["stage"]
    assert early["overdue"] == 0 and early["due"] == pytest.approx(22 / 30)
    assert _read(facts, "2026-02-21") is None


FEW = 25


@pytest.fixture
def taught(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Funnel:
    """Random pasts of which some fifty are closed, in a house where twenty-five teach."""
    for module in (verbs, tasks, reports):
        monkeypatch.setattr(module, "ENOUGH", FEW)
    return Histories([cast.chenan, cast.lina, cast.sunqiang, cast.zhaomin]).write(200, seed=5).funnel


def test_too_few_deals_are_said_plainly(cast: Cast, client: Client) -> None:
    Histories([cast.chenan]).write(20, seed=1)
    with clock.at(NOW):
        with pytest.raises(Refused, match="200"):
            verbs.ask_lesson(make.funnel(), by=cast.linjing)
        enter(client, cast.linjing)
        page = client.get("/analysis/win-probability/").content.decode()
        assert "不足 200 个" in page and "现在学习" not in page
        found = run("win-probability", {}, cast.linjing)
        assert (found["auc"], found["auc_reason"], found["teaches"]) == (None, "small_n", False)


def test_a_lesson_is_asked_for_learned_and_shown(taught: Funnel, cast: Cast, client: Client) -> None:
    with clock.at(NOW):
        assert run("win-probability", {}, None)["auc_reason"] == "not_learned"
        with pytest.raises(Forbidden):
            verbs.ask_lesson(taught, by=cast.heli)
        enter(client, cast.linjing)
        assert client.post(f"/analysis/win-probability/{taught.pk}/").status_code == 302
        lesson = Lesson.objects.get()
        assert verbs.ask_lesson(taught, by=cast.linjing) == lesson
        running = client.get(
            f"/analysis/win-probability/{lesson.pk}/progress/", headers={"HX-Request": "true"}
        )
        assert 'id="learning"' in running.content.decode()
        assert 'id="learning"' in client.get("/analysis/win-probability/").content.decode()
        verbs.note_progress(lesson, percent=40, by=None)
        assert jobs.run(tasks.learn, lesson.pk) is True
        assert jobs.run(tasks.learn, lesson.pk) is False
    with clock.at(NOW + timedelta(minutes=5)):
        found = run("win-probability", {}, None)
        assert found["lesson"] == 1 and found["n"] >= FEW
        assert 0 <= float(found["auc_low"]) <= float(found["auc"]) <= float(found["auc_high"]) <= 1
        assert sum(one["n"] for one in found["calibration"]) == found["tested"]
        assert {one["feature"] for one in found["weights"]} | set(found["left_out"]) == set(FEATURES)
        page = client.get("/analysis/win-probability/").content.decode()
        assert number(Decimal(found["auc"]), 3) in page and "重新学习" in page
        answer = client.get(
            f"/analysis/win-probability/{lesson.pk}/progress/", headers={"HX-Request": "true"}
        )
        assert answer.headers["HX-Redirect"].startswith("/analysis/win-probability/")
        deal = Deal.objects.filter(outcome="open").first()
        assert deal is not None and known_now(deal, organisation(), clock.now()) is not None
        panel = client.get(f"/deals/{deal.pk}/odds/", headers={"HX-Request": "true"}).content.decode()
        assert 'id="odds-head"' in panel
        whole = client.get(f"/deals/{deal.pk}/odds/").content.decode()
        assert "回到商机" in whole
        shut = Deal.objects.filter(outcome="won").first()
        assert shut is not None
        assert "odds-head" not in client.get(f"/deals/{shut.pk}/odds/").content.decode()
    then = run("win-probability", {"as-of": "2026-04-21T00:00:00+08:00"}, None)
    assert then["lesson"] is None
    told = Entry.objects.filter(event__startswith="odds.").order_by("id")
    assert list(told.values_list("event", flat=True)) == ["odds.asked", "odds.learned"]


def test_what_a_lesson_was_tried_on_opens_tenth_by_tenth(
    taught: Funnel, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many deals as its line says, with the mean chance and the share won that stand there."""
    with clock.at(NOW):
        lesson = verbs.ask_lesson(taught, by=cast.linjing)
        jobs.run(tasks.learn, lesson.pk)
    with clock.at(NOW + timedelta(minutes=5)):
        lesson.refresh_from_db()
        assert lesson.trial is not None
        for one, part in zip(lesson.trial.bins, tenths(lesson.judged), strict=True):
            outcomes = Deal.objects.filter(pk__in=[deal for deal, _chance in part])
            won = outcomes.filter(outcome="won").count()
            assert (one.n, round(one.won * one.n)) == (len(part), won)
            assert one.told == pytest.approx(sum(chance for _deal, chance in part) / len(part), abs=1e-5)
        enter(client, cast.linjing)
        page = client.get("/analysis/win-probability/").content.decode()
        assert closed(page) == [] and list(numbers(read(page)))
        last = client.get("/analysis/win-probability/deals/?tenth=10").content.decode()
        assert last.count("data-walk") == lesson.trial.bins[-1].n
        monkeypatch.setattr(views, "SHOWN", 5)
        with CaptureQueriesContext(connection) as queries:
            first = client.get("/analysis/win-probability/deals/").content.decode()
        assert first.count("data-walk") == 5 and "after=5" in first and len(queries) <= 20
        enter(client, cast.chenan)
        assert "另有" in client.get("/analysis/win-probability/deals/").content.decode()
        del lesson.told["judged"]
        lesson.save(update_fields=["told"])
        assert "what=closed_deals" in client.get("/analysis/win-probability/deals/").content.decode()


def test_the_same_instant_whenever_it_is_asked(taught: Funnel) -> None:
    every = pasts(taught)
    zone = organisation().zone
    once, again = (list(examples(taught, every, every, zone)) for _ in range(2))
    assert once == again and sum(one is not None for one in once) >= FEW
    cut = every[len(every) // 2].closed_at
    later = [past for past in every if past.closed_at >= cut]
    assert len(list(examples(taught, later, every, zone, since=cut))) == len(later)


def test_a_lesson_that_no_job_learns_any_more_ends_and_can_be_asked_for_again(cast: Cast) -> None:
    """Its job was tried too often, or killed with what it was queued in."""
    lost = Lesson.objects.create(funnel=make.funnel(), number=1, asked_at=clock.now())
    assert jobs.run(tasks.give_up_unattended) == 1
    lost.refresh_from_db()
    again = Lesson.objects.create(funnel=make.funnel(), number=2, asked_at=clock.now())
    later(verbs.LEARN, pk=again.pk)
    assert jobs.run(tasks.give_up_unattended) == 0
    assert lost.state == Lesson.State.FAILED and "重新学习" in lost.trouble
    assert verbs.give_up(lost, trouble="zu spät", by=None).trouble == lost.trouble
    assert Entry.objects.filter(event="odds.failed").count() == 1


def test_deals_that_nobody_knew_before_they_closed_teach_nothing(taught: Funnel, cast: Cast) -> None:
    from loudou.pipeline.models import Move

    Move.objects.update(known_at=NOW)
    with clock.at(NOW):
        lesson = verbs.ask_lesson(taught, by=None)
        assert jobs.run(tasks.learn, lesson.pk) is False
        lesson.refresh_from_db()
        assert lesson.state == "failed" and lesson.trouble
        assert run("win-probability", {}, None)["lesson"] is None
        assert verbs.ask_lesson(taught, by=None).number == 2


def test_a_web_process_does_not_load_what_learning_takes() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); import loudou.urls, loudou.odds.tasks, sys;"
            "print([name for name in ('sklearn', 'numpy', 'scipy') if name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout.strip() == "[]", said.stderr
