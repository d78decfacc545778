"""Closed books (`domain.md` C20): what was achieved up to a month's end, frozen for all that targets are held against."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.kernel.periods import Period
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit


class Closing(models.Model):
    """Months whose books are closed: they begin where the closing before ended, the first one with everything.

    What was achieved in them stands in its facts and never changes. A reopened closing stays with its facts, for
    reports as of an instant at which it stood. `employed` is who had joined or left when, as known at the closing:
    two days by user id; `families` is in which product family each product stood, by its id.
    """

    starts_on = models.DateField(_("start"))
    ends_on = models.DateField(_("end"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    employed = models.JSONField(default=dict)
    families = models.JSONField(default=dict)
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reopened_at = models.DateTimeField(null=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(_("reason of the reopening"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Closing"].as_manager()
    access = Relation(see="targets.see")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["starts_on"], condition=Q(reopened_at=None), name="one_closing_from_a_month"
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="closing_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.last_day:%Y-%m}"

    @property
    def period(self) -> Period:
        """Its months."""
        return Period(self.starts_on, self.ends_on)

    @property
    def last_day(self) -> date:
        """The day through which the books are closed."""
        return self.ends_on - timedelta(days=1)


class Fact(models.Model):
    """What somebody achieved of a metric on a day of closed months, by whom and in which unit it counted then.

    With a `family` it is the part of those products, as they were sorted when the books were closed; without one all.
    """

    closing = models.ForeignKey(Closing, on_delete=models.CASCADE, related_name="facts", db_index=False)
    # As `figures.goals.counted_as` names it; `closes`: what conversions share.
    metric = models.CharField(max_length=30)
    day = models.DateField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    family = models.CharField(max_length=80, default="")
    # A family's part is rounded when it is told.
    amount = models.DecimalField(max_digits=32, decimal_places=12)

    class Meta:
        indexes = [
            models.Index(
                fields=["closing", "metric", "family", "day"],
                include=["person", "unit", "amount"],
                name="fact_of_closing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.day}"
