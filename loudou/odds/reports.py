"""What was learned from a funnel's closed deals, and what it says of an open one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from loudou.insight.lens import InsightLens
from loudou.insight.queries.calibration import rates_in_force
from loudou.insight.queries.foretold import chances
from loudou.odds.figures.features import rate_told
from loudou.odds.figures.logistic import Model, Reason
from loudou.odds.figures.scores import ENOUGH, Bin, Trial
from loudou.odds.models import Lesson
from loudou.odds.queries import countable, in_force, known_now, newest
from loudou.people.models import Organisation
from loudou.pipeline.models import Deal

REASONS = 5
_SCORES = ("auc", "auc_low", "auc_high", "brier", "brier_stage", "brier_base", "lift")


@dataclass(frozen=True)
class LessonReport:
    """The lesson in force of the funnel a lens looks at; `closed` deals could teach now, `running` is being learned."""

    lens: InsightLens
    lesson: Lesson | None
    closed: int
    running: Lesson | None
    failed: Lesson | None = None  # the one asked for last, where nothing came of it

    @property
    def too_few(self) -> bool:
        """Whether too few deals are closed to learn anything."""
        return self.closed < ENOUGH

    @property
    def told(self) -> dict[str, Any]:
        """What was learned, as it was kept."""
        return (self.lesson.told if self.lesson is not None else None) or {}

    @cached_property
    def trial(self) -> Trial | None:
        """How well it foretold later deals."""
        return self.lesson.trial if self.lesson is not None else None

    @cached_property
    def model(self) -> Model | None:
        """What it learned."""
        return self.lesson.model if self.lesson is not None else None

    @property
    def counts(self) -> bool:
        """Whether open deals count in forecasts with what was learned of each."""
        return self.lens.shown_funnel.pk in self.lens.rates_chosen.learned

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        trial, model = self.trial, self.model
        scores = {name: f"{getattr(trial, name):.6f}" if trial else None for name in _SCORES}
        if trial is None:
            scores["auc_reason"] = "small_n" if self.too_few else "not_learned"
        return {
            "funnel": self.lens.shown_funnel.code,
            "as_of": self.lens.instant.isoformat(),
            # How many could teach at a past instant is not kept: the lesson that was in force then says what taught it.
            "closed": self.closed if self.lens.known is None else None,
            **({} if self.lens.known is None else {"closed_reason": "not_kept"}),
            "enough": ENOUGH,
            "running": self.running.progress if self.running is not None else None,
            "trouble": (self.failed.trouble or "stopped") if self.failed is not None else None,
            "lesson": self.lesson.number if self.lesson is not None else None,
            "learned_at": _instant(self.lesson.learned_at) if self.lesson is not None else None,
            **{name: self.told.get(name) for name in ("n", "won", "first", "cut", "last")},
            "tested": trial.n if trial else None,
            **scores,
            "teaches": trial.teaches if trial else False,
            "counts": self.counts,
            "left_out": self.told.get("given_away", []),
            "calibration": [_plain(one) for one in trial.bins] if trial else [],
            "weights": [
                {"feature": one.name, "weight": f"{one.weight:.6f}"}
                for one in (model.weights if model else ())
            ],
        }


def win_probability(lens: InsightLens) -> LessonReport:
    """What is learned of the funnel a lens looks at."""
    funnel = lens.shown_funnel
    last = newest(funnel)
    running = last if last is not None and last.state == Lesson.State.WAITING else None
    failed = last if last is not None and last.state == Lesson.State.FAILED and lens.known is None else None
    return LessonReport(lens, in_force(funnel.pk, lens.known), countable(funnel), running, failed)


@dataclass(frozen=True)
class Odds:
    """What was learned says of one live deal: its chance, the strongest reasons, the configured rate beside it.

    `counts` is the chance forecasts count with, where that was chosen and nobody approved another one.
    """

    trial: Trial
    chance: float
    rate: float
    reasons: Sequence[Reason]
    counts: Decimal | None


def odds_of(deal: Deal, company: Organisation, now: datetime) -> Odds | None:
    """The odds of a live deal; None where nothing was learned yet, or nothing is known of it."""
    lesson = in_force(deal.funnel_id) if deal.is_live else None
    model, trial = (lesson.model, lesson.trial) if lesson is not None else (None, None)
    if model is None or trial is None:
        return None
    values = known_now(deal, company, now)
    if values is None:
        return None
    reasons = [reason for reason in model.reasons(values) if abs(reason.lift) >= 0.05][:REASONS]
    counted = rates_in_force(now, None, company, [deal.funnel_id]).learned
    counts = chances([deal.pk], counted, None).get(deal.pk) if deal.probability is None else None
    return Odds(trial, model.chance(values), rate_told(values), reasons, counts)


def _plain(one: Bin) -> dict[str, Any]:
    return {"told": f"{one.told:.6f}", "won": f"{one.won:.6f}", "n": one.n}


def _instant(value: datetime | None) -> str | None:
    return value.isoformat() if value is not None else None
