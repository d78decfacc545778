"""What this room keeps: by which success rates an organisation chose to forecast."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from loudou.pipeline.models import Funnel


class Calibrated(models.Model):
    """From when to when (None: still) forecasts of a funnel count with calibrated success rates (`domain.md` M04)."""

    funnel = models.ForeignKey(Funnel, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["funnel"], condition=Q(until=None), name="calibrated_once_a_funnel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.funnel_id} {self.since:%Y-%m-%d}"
