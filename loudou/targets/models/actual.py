"""Results that no room of the house records itself: invoices, receipts and margins, as other systems tell them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.targets.models.closing import Closing
from loudou.targets.models.target import Metric

# The rest is counted here and cannot be told twice.
TOLD = (Metric.INVOICED, Metric.CASH, Metric.GROSS_MARGIN)
Known = tuple[Any, ...]


class Actual(models.Model):
    """A result of a day: what was invoiced, received or earned, for whom and where it was told.

    Credit notes and returned money are negative. `base_amount` is in the base currency at the spot rate of the day.
    It counts as known from its own day on, as every imported history does (B0.11). What has an id in its own system is
    known by that, everything else by whose, what and when it is: one of them a day.

    Told of a day in closed books it counts on the first day of the open month and names the closing it relates to
    (C20); what turns out otherwise later is a posting of the difference, which `corrects` the result it is about.
    """

    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("person"),
    )
    metric = models.CharField(_("metric"), max_length=14, choices=Metric.choices)
    day = models.DateField(_("day"))
    counts_on = models.DateField(_("counts on"))  # the day itself, unless its books were closed
    at = models.DateTimeField()  # the midnight that day begins with
    relates_to = models.ForeignKey(
        Closing, null=True, on_delete=models.PROTECT, related_name="late", verbose_name=_("late for")
    )
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="postings")
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    base_amount = models.DecimalField(max_digits=18, decimal_places=2)
    source_system = models.CharField(_("system it comes from"), max_length=60, blank=True)
    source_id = models.CharField(_("its id there"), max_length=120, blank=True)
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Actual"].as_manager()
    access = Relation(see="targets.see", owner="person", unit="unit")

    class Meta:
        indexes = [
            models.Index(fields=["metric", "at"], include=["unit", "person"], name="actual_metric"),
            models.Index(fields=["-day", "-id"], name="actual_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "source_system", "source_id"],
                condition=~Q(source_id="") & Q(corrects=None),
                name="one_actual_a_source",
            ),
            models.UniqueConstraint(
                fields=["metric", "day", "unit", "person"],
                condition=Q(source_id="", corrects=None),
                nulls_distinct=False,
                name="one_actual_a_day",
            ),
            models.UniqueConstraint(fields=["corrects", "counts_on"], name="one_posting_a_month"),
            models.CheckConstraint(condition=~Q(unit=None) | ~Q(person=None), name="actual_has_an_owner"),
            models.CheckConstraint(condition=Q(counts_on__gte=F("day")), name="actual_counts_later"),
            models.CheckConstraint(condition=Q(metric__in=TOLD), name="actual_is_told"),
        ]

    @property
    def known_by(self) -> Known:
        """What no other result is known by: its id in its own system, else whose, what and when it is."""
        if self.source_id:
            return self.metric, self.source_system, self.source_id
        return self.metric, self.day, self.unit_id, self.person_id

    @property
    def as_told(self) -> Decimal:
        """What is told of it by now: its amount with the differences posted since."""
        return sum((posting.amount for posting in self.postings.all()), self.amount)

    def __str__(self) -> str:
        return f"{self.person or self.unit} {self.get_metric_display()} {self.day}"
