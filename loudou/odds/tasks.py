"""The worker's part: learning from closed deals, telling the chances of open ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils.translation import gettext as _

from loudou.insight import verbs as rates
from loudou.insight.lens import InsightLens
from loudou.insight.models import Calibrated
from loudou.insight.queries.calibration import chosen
from loudou.journal.jobs import attended, job
from loudou.kernel import clock
from loudou.kernel.numbers import rounded
from loudou.odds import verbs
from loudou.odds.figures.scores import ENOUGH
from loudou.odds.learning import learn as learn_from
from loudou.odds.models import Lesson
from loudou.odds.outlooks import period_forecast
from loudou.odds.queries import Example, Past, counting, examples, known_of_live, pasts
from loudou.people.queries import organisation

EARLIER = 0.7  # the share of the closes that teaches; the later ones are what it is held against
_CHANCE = Decimal("0.0001")  # how finely a chance is told
_STEPS = 500  # deals after which the progress is told


class _Stopped(Exception):
    """Somebody stopped the learning meanwhile."""


@job()
def learn(pk: int) -> bool:
    """Learn a lesson that was asked for; whether something was kept."""
    lesson = Lesson.objects.select_related("funnel").filter(pk=pk, state=Lesson.State.WAITING).first()
    if lesson is None:
        return False
    every = pasts(lesson.funnel)
    cut = every[int(len(every) * EARLIER)].closed_at if every else None
    before = [past for past in every if cut is not None and past.closed_at < cut]
    after = [past for past in every if cut is not None and past.closed_at >= cut]
    whole = len(every) + len(after)
    done = count(1)
    try:
        all_told = list(_told(lesson, every, every, None, done, whole))
        earlier = [one for one in all_told[: len(before)] if one is not None]
        tried = list(zip(after, _told(lesson, after, every, cut, done, whole), strict=True))
    except _Stopped:
        return False
    later = [one for _past, one in tried if one is not None]
    known = [one for one in all_told if one is not None]
    outcomes = {one.won for one in earlier}
    if len(known) < ENOUGH or not later or len(outcomes) < 2:
        verbs.give_up(lesson, trouble=_("Too few deals were known before they closed."), by=None)
        return False
    found = learn_from(earlier, later, known)
    told: dict[str, Any] = {
        "n": len(known),
        "won": sum(one.won for one in known),
        "first": every[0].closed_at.isoformat(),
        "cut": cut.isoformat() if cut else None,
        "last": every[-1].closed_at.isoformat(),
        "model": found.model.plain(),
        "trial": {**vars(found.trial), "bins": [vars(one) for one in found.trial.bins]},
        "given_away": list(found.given_away),
        "judged": _judged([past.deal for past, one in tried if one is not None], found.chances),
    }
    return verbs.keep_lesson(lesson, told=told, by=None).state == Lesson.State.LEARNED


def _judged(deals: Sequence[int], chances: Sequence[float]) -> list[list[float]]:
    """The deals a lesson was tried on with the chance that was told of each, in the order of its tenths."""
    told = sorted(zip(deals, chances, strict=True), key=lambda one: one[1])
    return [[deal, round(chance, 6)] for deal, chance in told]


def _told(
    lesson: Lesson,
    some: list[Past],
    every: list[Past],
    since: datetime | None,
    done: Iterator[int],
    whole: int,
) -> Iterator[Example | None]:
    """The examples of these deals, telling the progress now and then."""
    for one in examples(lesson.funnel, some, every, organisation().zone, since=since):
        number = next(done)
        if number % _STEPS == 0 and not verbs.note_progress(lesson, percent=number * 95 // whole, by=None):
            raise _Stopped
        yield one


@job(cron="*/5 * * * *", alone=True)
def give_up_unattended(timestamp: int = 0) -> int:
    """End the lessons that no job learns any more, so that they can be asked for again; returns how many."""
    seen = list(Lesson.objects.select_related("funnel").filter(state=Lesson.State.WAITING))
    jobs = attended(verbs.LEARN)
    lost = [lesson for lesson in seen if lesson.pk not in jobs]
    for lesson in lost:
        trouble = _("It could not be finished, however often it was tried; let it be learned again.")
        verbs.give_up(lesson, trouble=trouble, by=None)
    return len(lost)


@job(cron="37 1 * * *")
def foretell(timestamp: int = 0) -> int:
    """Tell every open deal's chance anew where forecasts count with it, and end those that count no more; the night's
    part, and what follows a choice or a lesson. Returns how many chances changed."""
    return rates.stop_foretelling(by=None) + _foretell()


@job(cron="*/15 * * * *", alone=True)
def foretell_touched(timestamp: int = 0) -> int:
    """The same for deals something happened to since."""
    return _foretell(touched=True)


@job(cron="27 * * * *", alone=True)
def look_ahead(timestamp: int = 0) -> int:
    """Look at the whole company's forecast of this quarter, so that what closed deals teach is kept for everybody's of the
    day; returns how many periods before it was tried on."""
    return len(period_forecast(InsightLens.read({}, None)).tried)


def _foretell(*, touched: bool = False) -> int:
    changed, company = 0, organisation()
    for choice in chosen(None):
        lesson = counting(choice.funnel_id) if choice.rates == Calibrated.Rates.LEARNED else None
        model = lesson.model if lesson is not None else None
        if lesson is None or model is None:
            continue
        for known in known_of_live(choice.funnel, company, clock.now(), touched=touched):
            chances = {
                deal: rounded(Decimal(model.chance(values)), _CHANCE) for deal, values in known.items()
            }
            changed += rates.foretell(chances, lesson=lesson.number, by=None)
    return changed
