"""What this room keeps: by which success rates an organisation chose to forecast, and what was learned of each deal."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from loudou.pipeline.models import Deal, Funnel


class Calibrated(models.Model):
    """From when to when (None: still) forecasts of a funnel count with calibrated success rates (`domain.md` M04).

    With `learned` `rates` an open deal counts with what was learned of it (`Foretold`) before its stage's calibrated
    rate. Both ends may be announced before they come; one that never began has an end that is its beginning. `seen` is
    what was in front of whoever chose: a stage's configured and calibrated rate and how many closed deals taught it;
    `scores` how well what was learned foretold later deals, beside the stage table.
    """

    class Rates(models.TextChoices):
        CALIBRATED = "calibrated"
        LEARNED = "learned"

    funnel = models.ForeignKey(Funnel, on_delete=models.PROTECT, related_name="+")
    rates = models.CharField(max_length=10, choices=Rates.choices, default=Rates.CALIBRATED)
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
    scores = models.JSONField(default=dict)

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


class Foretold(models.Model):
    """The chance an open deal counts with in forecasts while those of its funnel count with what was learned of each.

    It is the organisation's opinion from one instant to another (None: still), told by the `lesson` of that number; no
    fact of the deal's life, so that nothing else about the deal depends on it.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="foretold", db_index=False)
    chance = models.DecimalField(max_digits=5, decimal_places=4)
    lesson = models.PositiveSmallIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deal"], condition=Q(until=None), name="foretold_once_a_deal"),
            models.CheckConstraint(condition=Q(chance__gte=0, chance__lte=1), name="foretold_sane"),
        ]
        indexes = [models.Index(fields=["deal", "since"], include=["until", "chance"], name="foretold_then")]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.chance} {self.since:%Y-%m-%d}"
