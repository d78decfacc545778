"""On which days a unit sells, or what a funnel sells."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.kernel.workdays import WorkCalendar
from loudou.people.models import Unit
from loudou.pipeline.models import Funnel
from loudou.targets.figures.selling import WEEK, SellingDays


class SellingCalendar(models.Model):
    """What the days of the week and official holidays weigh for a unit with all below it, or for a funnel (M62)."""

    unit = models.OneToOneField(
        Unit, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )
    funnel = models.OneToOneField(
        Funnel, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("funnel")
    )
    weekdays = ArrayField(models.DecimalField(max_digits=6, decimal_places=2), size=WEEK)
    holiday = models.DecimalField(
        _("official holiday"), max_digits=6, decimal_places=2, null=True, validators=[MinValueValidator(0)]
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit=None, funnel__isnull=False) | Q(unit__isnull=False, funnel=None),
                name="selling_of_one",
            ),
            models.CheckConstraint(condition=Q(weekdays__len=WEEK), name="selling_of_a_week"),
        ]

    def __str__(self) -> str:
        return str(self.unit or self.funnel)

    def days(self, official: WorkCalendar) -> SellingDays:
        """Its days, with the official holidays there."""
        return SellingDays(official, tuple(self.weekdays), self.holiday)
