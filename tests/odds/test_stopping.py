"""A lesson under way is stopped, and one that came to nothing says so where it was asked for."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest
from click.testing import CliRunner
from django.test import Client

from loudou.insight.reports import run
from loudou.journal.models import Entry
from loudou.kernel import clock
from loudou.kernel.refusals import Forbidden, Refused
from loudou.odds import tasks, verbs
from loudou.odds.commands import learn
from loudou.odds.models import Lesson
from loudou.pipeline.models import Funnel
from tests import jobs
from tests.cast import Cast
from tests.doors import enter
from tests.exchange.calling import Calls
from tests.odds.test_learning import NOW, taught

__all__ = ["taught"]


def test_it_is_stopped_from_the_page(taught: Funnel, cast: Cast, client: Client) -> None:
    with clock.at(NOW):
        lesson = verbs.ask_lesson(taught, by=cast.linjing)
        enter(client, cast.heli)
        assert "/stop/" not in client.get("/analysis/win-probability/").content.decode()
        with pytest.raises(Forbidden):
            verbs.stop_lesson(lesson, by=cast.heli)
        enter(client, cast.linjing)
        assert (
            f"/analysis/win-probability/{lesson.pk}/stop/"
            in client.get("/analysis/win-probability/").content.decode()
        )
        assert client.post(f"/analysis/win-probability/{lesson.pk}/stop/").status_code == 302
        page = client.get("/analysis/win-probability/").content.decode()
        assert 'id="learning"' not in page and "已停止" in page and "现在学习" in page
        assert run("win-probability", {}, None)["trouble"] == "stopped"
        with pytest.raises(Refused):
            verbs.stop_lesson(lesson, by=cast.linjing)
        assert jobs.run(tasks.learn, lesson.pk) is False
        assert verbs.ask_lesson(taught, by=cast.linjing).number == 2
        assert run("win-probability", {}, None)["trouble"] is None
    assert Entry.objects.filter(event="odds.stopped").count() == 1


def test_it_is_stopped_from_the_command_line_and_by_the_api(
    taught: Funnel, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loudou.odds.commands.ready", nullcontext)
    words = ["b2b", "--stop", "--by", "linjing"]
    with clock.at(NOW):
        verbs.ask_lesson(taught, by=cast.linjing)
        assert json.loads(CliRunner().invoke(learn, words).output)["trouble"] == "stopped"
        again = CliRunner().invoke(learn, words)
        assert isinstance(again.exception, Refused)
        verbs.ask_lesson(taught, by=cast.linjing)
        calls = Calls(cast.linjing)
        answer = calls.post(f"/funnels/{taught.pk}/lessons/stop", {})
        assert (answer.status_code, answer.json()["number"], answer.json()["state"]) == (200, 2, "failed")
        refused = calls.post(f"/funnels/{taught.pk}/lessons/stop", {})
        assert refused.status_code == 422 and "学习已经结束" in refused.json()["message"]
        assert Calls(cast.heli).post(f"/funnels/{taught.pk}/lessons/stop", {}).status_code == 403
    assert Entry.objects.filter(event="odds.stopped").count() == 2


def test_a_job_under_way_ends_at_its_next_step(
    taught: Funnel, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []

    def stopped_meanwhile(lesson: Lesson, *, percent: int, by: None) -> bool:
        steps.append(percent)
        verbs.stop_lesson(lesson, by=cast.linjing)
        return progress(lesson, percent=percent, by=by)

    progress = verbs.note_progress
    monkeypatch.setattr(tasks, "_STEPS", 10)
    monkeypatch.setattr(verbs, "note_progress", stopped_meanwhile)
    with clock.at(NOW):
        lesson = verbs.ask_lesson(taught, by=None)
        assert jobs.run(tasks.learn, lesson.pk) is False
    lesson.refresh_from_db()
    assert len(steps) == 1 and (lesson.state, lesson.told) == ("failed", None)


def test_what_was_learned_after_it_was_stopped_is_not_kept(taught: Funnel, cast: Cast) -> None:
    with clock.at(NOW):
        lesson = verbs.ask_lesson(taught, by=None)
        verbs.stop_lesson(lesson, by=cast.linjing)
        assert verbs.keep_lesson(lesson, told={"n": 1}, by=None).state == "failed"
    assert not Entry.objects.filter(event="odds.learned").exists()


def test_why_nothing_came_of_it_stands_on_the_page(taught: Funnel, cast: Cast, client: Client) -> None:
    with clock.at(NOW):
        verbs.give_up(verbs.ask_lesson(taught, by=None), trouble="没有可学的", by=None)
        enter(client, cast.heli)
        assert "没有可学的" in client.get("/analysis/win-probability/").content.decode()
        assert run("win-probability", {"as-of": "2026-04-21T00:00:00+08:00"}, None)["trouble"] is None
