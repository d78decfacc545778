"""How a unit and the one above it come to terms about a target (`domain.md` C9)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.kernel.periods import Period
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.targets.models.target import IN_MONEY, Metric


class Negotiation(models.Model):
    """What is offered and asked of a unit for a period, until it is approved and becomes targets.

    The unit above sets the `envelope`; the unit proposes an amount with what its people shall carry (`parts`, amounts
    by user name); what was said is in its rounds. All amounts are in the base currency.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        NEGOTIATING = "negotiating", _("negotiating")
        SUBMITTED = "submitted", _("submitted")
        APPROVED = "approved", _("approved")
        DROPPED = "dropped", _("dropped")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit"))
    metric = models.CharField(_("metric"), max_length=14, choices=Metric.choices)
    starts_on = models.DateField(_("start"))
    ends_on = models.DateField(_("end"))
    envelope = models.DecimalField(_("envelope"), max_digits=18, decimal_places=2)
    proposed = models.DecimalField(_("proposed"), max_digits=18, decimal_places=2, null=True)
    parts = models.JSONField(default=dict)
    state = models.CharField(max_length=11, choices=State.choices, default=State.DRAFT)
    specific = models.CharField(_("what exactly"), max_length=300, blank=True)
    attainable = models.CharField(_("why it can be reached"), max_length=300, blank=True)
    relevant = models.CharField(_("strategic objective it serves"), max_length=300, blank=True)
    comment = models.CharField(max_length=300, blank=True)  # why so much more than history and funnel is real
    waiver = models.CharField(max_length=300, blank=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Negotiation"].as_manager()
    access = Relation(see="targets.see", unit="unit")

    class Meta:
        indexes = [models.Index(fields=["-opened_at", "-id"], name="negotiation_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "metric", "starts_on", "ends_on"],
                condition=Q(state__in=("draft", "negotiating", "submitted")),
                name="one_negotiation_at_a_time",
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="negotiation_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_metric_display()}"

    @property
    def period(self) -> Period:
        """What it is about."""
        return Period(self.starts_on, self.ends_on)

    @property
    def is_open(self) -> bool:
        """Whether there is still something to say."""
        return self.state in (self.State.DRAFT, self.State.NEGOTIATING)

    @property
    def in_money(self) -> bool:
        """Whether it counts money."""
        return self.metric in IN_MONEY


class Round(models.Model):
    """One turn in a negotiation: who said what, the amount they named (None: a word alone), the evidence beside it then."""

    negotiation = models.ForeignKey(Negotiation, on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    from_above = models.BooleanField()
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    text = models.CharField(max_length=1000, blank=True)
    evidence = models.JSONField(default=dict)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["negotiation", "number"], name="one_round_a_number")]

    def __str__(self) -> str:
        return f"{self.negotiation_id}#{self.number}"
