"""What this room keeps: by which success rates an organisation chose to forecast."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from loudou.pipeline.models import Funnel


class Calibrated(models.Model):
    """From when to when (None: still) forecasts of a funnel count with calibrated success rates (`domain.md` M04).

    Both ends may be announced before they come; one that never began has an end that is its beginning. `seen` is what
    was in front of whoever chose: a stage's configured and calibrated rate and how many closed deals taught it.
    """

    funnel = models.ForeignKey(Funnel, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    chosen_at = models.DateTimeField()
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_reason = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    seen = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["funnel"], condition=Q(until=None), name="calibrated_once_a_funnel"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="calibrated_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.funnel_id} {self.since:%Y-%m-%d}"
