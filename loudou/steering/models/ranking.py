"""Whether people are ranked beside each other: a choice of the organisation, and of each unit."""

from __future__ import annotations

from django.db import models

from loudou.people.access import Owned, Relation
from loudou.people.models import Unit


class Leaderboard(models.Model):
    """Whether the people of a unit and of all below it stand on leaderboards; without a unit everybody.

    Shown unless it is off somewhere from the unit up to the organisation.
    """

    unit = models.OneToOneField(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    shown = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Leaderboard"].as_manager()
    access = Relation(see="targets.see", unit="unit")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit"], nulls_distinct=False, name="one_leaderboard_a_unit")
        ]

    def __str__(self) -> str:
        return str(self.unit or "")
