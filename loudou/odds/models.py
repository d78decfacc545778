"""Models learned from closed deals, kept as plain numbers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from loudou.odds.figures.logistic import Model
from loudou.odds.figures.scores import Trial
from loudou.pipeline.models import Funnel


class Lesson(models.Model):
    """One time something was to be learned from a funnel's closed deals; the newest learned one is in force.

    `told` is what was learned (`figures.logistic.Model`, `figures.scores.Trial`) as plain numbers: weights, and how
    well they foretold deals that closed later. It is never changed.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        LEARNED = "learned"
        FAILED = "failed"

    funnel = models.ForeignKey(Funnel, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)  # per cent
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    learned_at = models.DateTimeField(null=True)
    told = models.JSONField(null=True)
    trouble = models.CharField(
        max_length=300, blank=True
    )  # why nothing came of it; empty where somebody stopped it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["funnel", "number"], name="one_lesson_a_number"),
            models.UniqueConstraint(
                fields=["funnel"], condition=Q(state="waiting"), name="one_lesson_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="learned") & ~Q(learned_at=None) & ~Q(told=None) | ~Q(state="learned"),
                name="learned_with_what_was_told",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.funnel} {self.number}"

    @property
    def model(self) -> Model | None:
        """What was learned."""
        return Model.read(self.told["model"]) if self.told is not None else None

    @property
    def judged(self) -> list[tuple[int, float]]:
        """The deals it was tried on, each with the chance told of it, the lowest first; none of one that kept no list."""
        return [(int(deal), float(chance)) for deal, chance in (self.told or {}).get("judged", [])]

    @property
    def trial(self) -> Trial | None:
        """How well it foretold later deals."""
        return Trial.read(self.told["trial"]) if self.told is not None else None
