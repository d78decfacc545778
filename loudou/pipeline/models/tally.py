"""Counts that the database keeps of visits and states, by month and by parts of months."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from loudou.people.models import Unit
from loudou.pipeline.models.funnel import Stage


class _Counted(models.Model):
    """How many deals came, went or stood, with what amount, by stage and unit.

    The database's own triggers on visits and states keep it, whoever writes those: rows of one key add up, negative
    ones take back, `verbs.fold_tallies` makes one of them. `kind` is `in:` and how a deal came, `out:` and how it
    went (`Visit.entered_by`, `left_by`; a jump is `in:skip`), or `stands`, whose sum over all time before an
    instant is what stood then. Days are of UTC; what a figure's edges cut off is read from the rows themselves.
    Left out are stays that are `ODD`, and the states of deals that turned out invalid.
    """

    stage = models.ForeignKey(
        Stage, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=14)
    count = models.IntegerField()
    amount = models.DecimalField(max_digits=22, decimal_places=2)

    class Meta:
        abstract = True


class Tally(_Counted):
    """Of whole months."""

    month = models.DateField()  # its first day

    class Meta:
        indexes = [
            models.Index(
                fields=["stage", "month"], include=["unit", "kind", "count", "amount"], name="tally_month"
            ),
            models.Index(
                fields=["unit", "stage", "month"], include=["kind", "count", "amount"], name="tally_unit"
            ),
            # What stood at an instant is the sum over all months before it: of one kind in six.
            models.Index(
                fields=["stage", "month"],
                include=["unit", "count", "amount"],
                condition=Q(kind="stands"),
                name="tally_stands",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.kind} {self.count}"


class PartTally(_Counted):
    """Of the parts of months (`figures.months`), for the months that a figure's edges lie in."""

    since = models.DateField()  # its first day

    class Meta:
        indexes = [
            models.Index(
                fields=["stage", "since"], include=["unit", "kind", "count", "amount"], name="tally_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d} {self.kind} {self.count}"
