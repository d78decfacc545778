"""The parts in which deals are delivered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from loudou.pipeline.models.deal import Deal


class DeliveryPart(models.Model):
    """A part of a deal's amount that is delivered on a date of its own, planned so during `[since, until)` (M20).

    Derived from the deal's moves like its states (`figures/deliveries.py`); `until` is NULL for what is planned now.
    While a deal has parts they sum to its amount exactly. Forecasts count each part on its own date in place of the
    whole on the deal's.
    """

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    seq = models.PositiveIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    place = models.PositiveSmallIntegerField()  # among the parts planned together, by date
    due_on = models.DateField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)  # in the deal's currency
    base_amount = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "seq"], name="one_delivery_part_a_number")]
        indexes = [
            models.Index(
                fields=["deal", "place"],
                include=["due_on", "base_amount"],
                condition=Q(until=None),
                name="delivery_now",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.due_on} {self.amount}"
