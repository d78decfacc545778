"""What stands on the funnel now, summed by the database as it is written."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from loudou.people.models import Unit
from loudou.pipeline.models.funnel import StageSpec


class Stock(models.Model):
    """How many live deals stand in a stage, of which unit and owner, with what amount.

    Triggers on deals keep it, whoever writes those: rows of one key add up, negative ones take back, and
    `verbs.fold_stock` makes one of them. `resting` tells deals on hold from open ones. Weighted is `own_weighted`
    (amounts times the person's own success rate) plus `plain` (amounts without one) times the stage's rate.
    `began_seconds` sums over `dated` deals the Unix time since when they count in their stage, holds taken out.
    """

    spec = models.ForeignKey(
        StageSpec, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    resting = models.BooleanField()
    count = models.IntegerField()
    amount = models.DecimalField(max_digits=22, decimal_places=2)
    own_weighted = models.DecimalField(max_digits=26, decimal_places=6)
    plain = models.DecimalField(max_digits=22, decimal_places=2)
    dated = models.IntegerField()
    began_seconds = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["spec", "unit", "owner"], name="stock_spec"),
            models.Index(fields=["unit", "spec"], name="stock_unit"),
            models.Index(fields=["owner", "spec"], name="stock_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.count} deals, {self.amount}"
