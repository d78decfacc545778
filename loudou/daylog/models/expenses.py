"""What a day cost, as its person's log tells it (F08)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.daylog.models.logs import DayLog


class Expense(models.Model):
    """One thing a day cost: for what, how much, a note. No claim: what a claim is later held against (C5).

    Kept in the currency the organisation reckoned in that day.
    """

    class Kind(models.TextChoices):
        TRAVEL = "travel", _("long-distance travel")
        LOCAL = "local", _("local transport")
        LODGING = "lodging", _("accommodation")
        MEALS = "meals", _("meals")
        HOSPITALITY = "hospitality", _("hospitality and gifts")
        OTHER = "other", _("other")

    log = models.ForeignKey(DayLog, on_delete=models.CASCADE, related_name="expenses")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    amount = models.DecimalField(_("amount"), max_digits=15, decimal_places=2)
    currency = models.CharField(max_length=3)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["log", "position"], name="expenses_counted"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="expense_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.currency}"
