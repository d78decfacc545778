"""The seasons of the year."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SeasonalIndex(models.Model):
    """Sales per working day of a month ÷ those of the mean month (M62); of every year, or of one."""

    month = models.PositiveSmallIntegerField(
        _("month"), validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    year = models.PositiveSmallIntegerField(_("year"), default=0)  # 0: every year
    index = models.DecimalField(_("seasonal index"), max_digits=9, decimal_places=6)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "month"], name="one_index_a_month"),
            models.CheckConstraint(condition=Q(month__gte=1, month__lte=12), name="index_of_a_month"),
            models.CheckConstraint(condition=Q(index__gte=0), name="index_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """As files name it: `4`, or `2026-04` of one year."""
        return f"{self.year}-{self.month:02}" if self.year else str(self.month)
