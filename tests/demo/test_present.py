"""What jobs do by today's clock waits until the demo company is told: else it stands in the way of the story."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import loudou.fieldwork.tasks
import loudou.forecasts.tasks
import loudou.forms.tasks
import loudou.people.tasks
import loudou.pipeline.tasks
import loudou.problems.tasks
import loudou.signoff.tasks
import loudou.steering.tasks
import loudou.warnings.tasks
from loudou.kernel import clock
from loudou.people.models import Organisation
from loudou.people.queries import organisation
from loudou.pipeline import verbs
from loudou.pipeline.models import Deal
from tests import make
from tests.cast import Cast
from tests.jobs import run

OF_TODAY = (
    loudou.fieldwork.tasks.expire_visits,
    loudou.forecasts.tasks.lock_due,
    loudou.forecasts.tasks.remind,
    loudou.forms.tasks.open_reviews,
    loudou.people.tasks.settle,
    loudou.pipeline.tasks.wake,
    loudou.problems.tasks.remind_of_reviews,
    loudou.signoff.tasks.escalate,
    loudou.signoff.tasks.remind,
    loudou.steering.tasks.ask_red,
    loudou.steering.tasks.remind_of_measures,
    loudou.steering.tasks.remind_of_notes,
    loudou.warnings.tasks.keep_watch,
)


@pytest.mark.parametrize("job", OF_TODAY, ids=lambda job: job.name)
def test_jobs_of_today_leave_a_story_alone(job: Any, cast: Cast) -> None:
    Organisation.objects.update(demo_progress={"told": 1, "percent": 1})
    assert run(job) is None
    Organisation.objects.update(demo_progress=None)
    assert run(job) is not None


def test_a_deal_held_in_the_story_is_taken_up_when_it_is_told(cast: Cast) -> None:
    began = clock.now() - timedelta(days=200)
    with clock.at(began):
        deal = make.deal(cast.chenan)
        wake_on = organisation().today + timedelta(days=30)
        verbs.hold(deal, by=cast.chenan, wake_on=wake_on, reason="客户搬厂")
    Organisation.objects.update(demo_progress={"told": 1, "percent": 1})
    run(loudou.pipeline.tasks.wake)
    assert Deal.objects.get(pk=deal.pk).outcome == "on_hold"
    Organisation.objects.update(demo_progress=None)
    assert run(loudou.pipeline.tasks.wake) == 1
    assert Deal.objects.get(pk=deal.pk).outcome == "open"
