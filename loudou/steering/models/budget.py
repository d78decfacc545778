"""Budgets of units, their lines, what was spent, and how the lines were adjusted."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.kernel.periods import Fiscal, Period
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.targets.models import Closing


class Category(models.TextChoices):
    """What selling costs."""

    TRAVEL = "travel", _("travel")
    ENTERTAINMENT = "entertainment", _("entertainment")
    PROMOTION = "promotion", _("promotion")
    EXHIBITION = "exhibition", _("exhibitions")
    CHANNEL = "channel", _("channel")
    SAMPLES = "samples", _("samples")
    TRAINING = "training", _("training")
    LABOUR = "labour", _("labour")
    OTHER = "other", _("other")


class Budget(models.Model):
    """What a unit may spend in a period, with the thoughts that led to it (R015): demand, resources, strategy."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    starts_on = models.DateField(_("start"))
    ends_on = models.DateField(_("end"))
    demand = models.CharField(_("demand analysis"), max_length=1000, blank=True)
    resources = models.CharField(_("resources and cost"), max_length=1000, blank=True)
    strategy = models.CharField(_("sales strategy"), max_length=1000, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Budget"].as_manager()
    access = Relation(see="steering.budget_see", unit="unit")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "starts_on", "ends_on"], name="one_budget_a_unit"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="budget_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {Fiscal().name(self.period)}"

    @property
    def period(self) -> Period:
        """When it may be spent."""
        return Period(self.starts_on, self.ends_on)


class BudgetLine(models.Model):
    """What may be spent of a category in a month, in the base currency."""

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="lines")
    category = models.CharField(_("category"), max_length=13, choices=Category.choices)
    month = models.DateField(_("month"))  # its first day
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["budget", "category", "month"], name="one_line_a_month"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="budget_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.month:%Y-%m}"


class Adjustment(models.Model):
    """How a line was changed after it was set; never changed itself."""

    line = models.ForeignKey(BudgetLine, on_delete=models.CASCADE, related_name="adjustments")
    before = models.DecimalField(max_digits=18, decimal_places=2)
    after = models.DecimalField(max_digits=18, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.line} {self.before} → {self.after}"


class Cost(models.Model):
    """What was spent, or is committed to be, in the base currency. What was paid back is negative.

    Told of a day in closed books it counts on the first day of the open month and names the closing it relates to
    (C20); what turns out otherwise later is a posting of the difference, which `corrects` the cost it is about.
    """

    class State(models.TextChoices):
        COMMITTED = "committed", _("committed")
        APPROVED = "approved", _("approved")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    category = models.CharField(_("category"), max_length=13, choices=Category.choices)
    day = models.DateField(_("day"))
    counts_on = models.DateField(_("counts on"))  # the day itself, unless its books were closed
    relates_to = models.ForeignKey(
        Closing, null=True, on_delete=models.PROTECT, related_name="late_costs", verbose_name=_("late for")
    )
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="postings")
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.APPROVED)
    note = models.CharField(_("note"), max_length=300, blank=True)
    source_system = models.CharField(_("system it comes from"), max_length=60, blank=True)
    source_id = models.CharField(_("its id there"), max_length=120, blank=True)
    recorded_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Cost"].as_manager()
    access = Relation(see="steering.budget_see", unit="unit")

    class Meta:
        indexes = [
            models.Index(
                fields=["unit", "counts_on"], include=["category", "amount", "state"], name="cost_unit"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source_system", "source_id"],
                condition=~Q(source_id="") & Q(corrects=None),
                name="one_cost_a_source",
            ),
            models.UniqueConstraint(fields=["corrects", "counts_on"], name="one_cost_posting_a_month"),
            models.CheckConstraint(condition=Q(counts_on__gte=F("day")), name="cost_counts_later"),
        ]

    @property
    def as_told(self) -> Decimal:
        """What is told of it by now: its amount with the differences posted since."""
        return sum((posting.amount for posting in self.postings.all()), self.amount)

    def __str__(self) -> str:
        return f"{self.unit} {self.get_category_display()} {self.day}"
