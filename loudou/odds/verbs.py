"""Letting something be learned from a funnel's closed deals, keeping what was learned, letting forecasts count with it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from loudou.insight.models import Calibrated
from loudou.insight.verbs import choose_learned, choose_rates
from loudou.journal.jobs import later
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.refusals import Refused
from loudou.odds import events
from loudou.odds.figures.scores import ENOUGH
from loudou.odds.models import Lesson
from loudou.odds.queries import countable, in_force, waiting
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline.models import Funnel

LEARN = "loudou.odds.tasks.learn"
FORETELL = "loudou.odds.tasks.foretell"


@verb
def ask_lesson(funnel: Funnel, *, by: User | None) -> Lesson:
    """Let the win probability of a funnel's deals be learned by a job; the lesson before stays in force until then."""
    require(by, "pipeline.set_up")
    fresh = lock(funnel)
    running = waiting(fresh)
    if running is not None:
        return running
    closed = countable(fresh)
    if closed < ENOUGH:
        raise Refused(
            _("Only {count} deals are closed; fewer than {enough} teach nothing.").format(
                count=closed, enough=ENOUGH
            )
        )
    last = Lesson.objects.filter(funnel=fresh).aggregate(n=Max("number"))["n"] or 0
    made = Lesson.objects.create(funnel=fresh, number=last + 1, asked_by=by, asked_at=clock.now())
    record(events.ASKED, fresh, by=by)
    later(LEARN, pk=made.pk)
    return made


@verb
def note_progress(lesson: Lesson, *, percent: int, by: User | None) -> bool:
    """Say how far the job has come; whether it is to go on, or was stopped meanwhile."""
    require(by, "pipeline.set_up")
    still = Lesson.objects.filter(pk=lesson.pk, state=Lesson.State.WAITING)
    return still.update(progress=percent) > 0


@verb
def stop_lesson(lesson: Lesson, *, by: User | None) -> Lesson:
    """Stop the learning that is under way: nothing is kept of it, the lesson before stays in force."""
    require(by, "pipeline.set_up")
    fresh = lock(lesson)
    if fresh.state != Lesson.State.WAITING:
        raise Refused(_("Nothing is being learned any more."))
    fresh.state = Lesson.State.FAILED
    fresh.save(update_fields=["state"])
    record(events.STOPPED, fresh.funnel, by=by)
    return fresh


@verb
def stop_learning(funnel: Funnel, *, by: User | None) -> Lesson:
    """Stop what is being learned of a funnel's deals, as `stop_lesson` does."""
    require(by, "pipeline.set_up")
    running = waiting(funnel)
    if running is None:
        raise Refused(_("Nothing is being learned any more."))
    return stop_lesson(running, by=by)


@verb
def keep_lesson(lesson: Lesson, *, told: dict[str, Any], by: User | None) -> Lesson:
    """Keep what was learned: from now on it is what open deals are held against. One that was stopped stays so."""
    require(by, "pipeline.set_up")
    fresh = lock(lesson)
    if fresh.state != Lesson.State.WAITING:
        return fresh
    fresh.state, fresh.progress = Lesson.State.LEARNED, 100
    fresh.told, fresh.learned_at = told, clock.now()
    fresh.save(update_fields=["state", "progress", "told", "learned_at"])
    record(events.LEARNED, fresh.funnel, by=by, deals=told["n"])
    later(FORETELL)
    return fresh


@verb
def give_up(lesson: Lesson, *, trouble: str, by: User | None) -> Lesson:
    """Say why nothing could be learned; of a lesson that is over by now nothing is said."""
    require(by, "pipeline.set_up")
    fresh = lock(lesson)
    if fresh.state != Lesson.State.WAITING:
        return fresh
    fresh.state, fresh.trouble = Lesson.State.FAILED, trouble[:300]
    fresh.save(update_fields=["state", "trouble"])
    record(events.FAILED, fresh.funnel, by=by, trouble=fresh.trouble)
    return fresh


@verb
def choose(funnel: Funnel, rates: str, *, reason: str, by: User | None, since: date | None = None) -> None:
    """Let forecasts of a funnel count with `configured`, `calibrated` or `learned` rates, from now or from a day on.

    What was learned counts only where it foretold later deals better than the stage table did.
    """
    require(by, "pipeline.set_up")
    if rates == Calibrated.Rates.LEARNED:
        choose_learned(funnel, reason=reason, scores=_scores(funnel), by=by, since=since)
    else:
        calibrated = rates == Calibrated.Rates.CALIBRATED
        choose_rates(funnel, calibrated=calibrated, reason=reason, by=by, since=since)
    later(FORETELL)


def _scores(funnel: Funnel) -> dict[str, Any]:
    """How well what was learned foretells, beside the stage table; refused where it foretells no better."""
    lesson = in_force(funnel.pk)
    trial = lesson.trial if lesson is not None else None
    if lesson is None or trial is None or not trial.teaches:
        raise Refused(
            _(
                "Nothing was learned of this funnel that foretells better than the stage table; nothing was changed."
            )
        )
    return {
        "lesson": lesson.number,
        "brier": f"{trial.brier:.6f}",
        "brier_stage": f"{trial.brier_stage:.6f}",
    }
