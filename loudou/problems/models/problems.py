"""The register of problems (F21): what went wrong, how far it is seen to, of which kind it is."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.daylog.models import Item
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.pipeline.models import Deal
from loudou.problems.models.rules import Rule
from loudou.warnings.models import EarlyWarning


class Cause(models.Model):
    """Why things go wrong, by a name of the house: what recurs is counted by it."""

    name = models.CharField(_("cause"), max_length=80)
    key = models.CharField(max_length=160, unique=True)  # the name folded, so that it is written one way

    def __str__(self) -> str:
        return self.name


class Problems(Owned["Problem"]):
    """Vocabulary of problems."""

    def open(self) -> Problems:
        """Those that are not closed."""
        return self.exclude(state=Problem.State.CLOSED)


class Problem(models.Model):
    """Something that went wrong (C18), from its registration until somebody else verified that it is solved.

    `kind` is 例外 (an exception) or 例常 (routine); a routine problem is closed under a rule only. `warning` is the
    early warning it grew out of. Who registered it keeps seeing it, whoever answers for it.
    """

    class State(models.TextChoices):
        REGISTERED = "registered", _("registered")
        CONTAINED = "contained", _("contained")
        CAUSE = "cause", _("cause found")
        CLASSIFIED = "classified", _("classed")
        RULED = "ruled", _("rule written")
        CLOSED = "closed", _("closed")

    class Kind(models.TextChoices):
        EXCEPTION = "exception", _("exception")
        ROUTINE = "routine", _("routine problem")

    class Area(models.TextChoices):
        PRODUCT = "product", _("product and quality")
        DELIVERY = "delivery", _("delivery")
        PRICE = "price", _("price and terms")
        RELATION = "relation", _("customer relation")
        SERVICE = "service", _("service")
        PROCESS = "process", _("our own process")
        CONDUCT = "conduct", _("conduct and truthfulness")
        OTHER = "other", _("other")

    code = models.CharField(_("number"), max_length=60, unique=True)
    title = models.CharField(_("problem"), max_length=120)
    what = models.TextField(_("what happened"))
    area = models.CharField(_("area"), max_length=10, choices=Area.choices)
    happened_on = models.DateField(_("happened on"))
    registered_at = models.DateTimeField()
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("registered by"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("responsible"),
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    followers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("customer")
    )
    deal = models.ForeignKey(
        Deal, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("deal")
    )
    item = models.ForeignKey(
        Item, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("item of a day")
    )
    warning = models.ForeignKey(
        EarlyWarning, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("early warning")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REGISTERED)
    containment = models.TextField(_("what was done at once"), blank=True)
    cause = models.ForeignKey(
        Cause, null=True, on_delete=models.PROTECT, related_name="problems", verbose_name=_("cause")
    )
    analysis = models.TextField(_("how the cause was found"), blank=True)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, blank=True)
    reason = models.CharField(_("why it is of this kind"), max_length=300, blank=True)
    rule = models.ForeignKey(
        Rule, null=True, on_delete=models.PROTECT, related_name="problems", verbose_name=_("rule")
    )
    finding = models.TextField(_("how it was verified"), blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    objects = Problems.as_manager()
    access = Relation(see="problems.see", owner="owner", unit="unit", watchers="followers")

    class Meta:
        indexes = [
            models.Index(fields=["-happened_on", "-id"], name="problem_day"),
            models.Index(fields=["unit", "-happened_on", "-id"], name="problem_unit"),
            models.Index(fields=["owner", "-happened_on", "-id"], name="problem_owner"),
            models.Index(fields=["cause", "happened_on"], name="problem_cause"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="closed") | ~Q(closed_at=None) & ~Q(finding="") & ~Q(kind=""),
                name="problem_closed_as_verified",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed", kind="routine") | ~Q(rule=None),
                name="routine_closed_under_a_rule",
            ),
            models.CheckConstraint(
                condition=Q(kind="") | ~Q(cause=None), name="problem_classed_by_its_cause"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
