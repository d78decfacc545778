"""Targets, and how they came to stand as they do."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.kernel.periods import Period
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.pipeline.models import Stage
from loudou.targets.figures.goals import rate_of


class Metric(models.TextChoices):
    """What a target counts. Bookings, invoiced and cash are never mixed (`domain.md` B0.4)."""

    BOOKINGS = "bookings", _("bookings")
    INVOICED = "invoiced", _("invoiced")
    CASH = "cash", _("cash received")
    GROSS_MARGIN = "gross_margin", _("gross margin")
    QUANTITY = "quantity", _("quantity")
    NEW_CUSTOMERS = "new_customers", _("new customers")
    DEALS = "deals", _("deals won")
    CONVERSION = "conversion", _("conversion")
    VISITS = "visits", _("visits")


IN_MONEY = frozenset({Metric.BOOKINGS, Metric.INVOICED, Metric.CASH, Metric.GROSS_MARGIN})


# What a target of a single stage counts (R010): deals that reach it, their amount then, customers new to it.
AT_STAGE = {
    Metric.BOOKINGS: _("amount reached"),
    Metric.DEALS: _("deals reached"),
    Metric.NEW_CUSTOMERS: _("new prospects"),
}


# What each metric counts (B0.4): every number of a target names it.
COUNTED = {
    Metric.BOOKINGS: _(
        "What was signed: the amount of a won deal on the day it was won, without tax, in the base currency at that"
        " day's rate; neither invoiced nor paid."
    ),
    Metric.INVOICED: _(
        "What was invoiced, as other systems tell it, on the day of the invoice; credit notes are taken off."
    ),
    Metric.CASH: _(
        "What was received, as other systems tell it, on the day of the receipt; what was paid back is taken off."
    ),
    Metric.GROSS_MARGIN: _("Revenue less cost, without tax, as other systems tell it, on its day."),
    Metric.QUANTITY: _(
        "Pieces in the lines of deals won, on the day they were won; without what the ERP keeps."
    ),
    Metric.NEW_CUSTOMERS: _("Customers on the day their first deal was won; each is new once."),
    Metric.DEALS: _("Deals won, on the day they were won."),
    Metric.CONVERSION: _("Deals won ÷ deals won, lost or cancelled, by the day they were closed."),
    Metric.VISITS: _("Visits with a record that holds what it must (M40), on their day."),
}
COUNTED_AT_STAGE = {
    Metric.BOOKINGS: _(
        "The amounts of deals that came to the stage or beyond it for the first time, on that day."
    ),
    Metric.DEALS: _("Deals that came to the stage or beyond it for the first time, on that day."),
    Metric.NEW_CUSTOMERS: _("Customers none of whose deals had come to the stage before, on that day."),
}


def how_counted(metric: str, *, at_stage: bool) -> str:
    """What the numbers of a metric count, on which day and by which amount (B0.4)."""
    return str((COUNTED_AT_STAGE if at_stage else COUNTED)[Metric(metric)])


# The letters of SMART that need words; number, measure, owner and time speak for themselves.
WORDS = ("specific", "attainable", "relevant")


class Kind(models.TextChoices):
    """How a target's number is meant (R002)."""

    ABSOLUTE = "absolute", _("absolute number")
    GROWTH = "growth", _("growth over a base")
    SHARE = "share", _("share of a whole")


class Cause(models.TextChoices):
    """Why a target was changed (C9)."""

    MARKET = "market", _("market")
    STAFFING = "staffing", _("staffing")
    TERRITORY = "territory", _("territory move")
    ERROR = "error", _("error")
    IMPORT = "import", _("import")


class Targets(Owned["Target"]):
    """Vocabulary of targets."""

    def touching(self, period: Period) -> Targets:
        """Those whose period shares a day with this one."""
        return self.filter(starts_on__lt=period.end, ends_on__gt=period.start)

    def whole(self) -> Targets:
        """Those of all products and all customers, of results and of single stages."""
        return self.filter(family="", segment="")

    def for_products(self, *, divided: bool) -> Targets:
        """Those of results for single product families, or those of all products; of all customers."""
        return self.filter(segment="", stage=None).exclude(family="") if divided else self.whole()

    def undivided(self) -> Targets:
        """Those of results, of all products and all customers."""
        return self.whole().filter(stage=None)


class Target(models.Model):
    """What a unit or a person is to reach in a period: a number, its measure, its owner, its start and its end.

    `ends_on` is the day after the last. `base_amount` is the amount in the base currency at the plan rate of the
    period's first day, frozen with the target. A person's target keeps the unit it was set for. With a `family` or a
    `segment` it is the part of those products or customers in the owner's target, not another one; with a
    `stage` it counts what reaches that stage (R010). What was approved (`approved_by`) changes only by an adjustment
    that is signed one level above. The words of SMART stand in `specific`, `attainable` and `relevant`; number and time
    speak for themselves.

    A growth or a share (`kind`) is a `rate` of a `base_value` that is frozen with the target: what its owner reached in
    the base period, or the whole that a share is of.
    """

    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("unit")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="targets",
        verbose_name=_("person"),
    )
    metric = models.CharField(_("metric"), max_length=14, choices=Metric.choices)
    starts_on = models.DateField(_("start"))
    ends_on = models.DateField(_("end"))
    family = models.CharField(_("product family"), max_length=80, blank=True)
    segment = models.CharField(_("customer segment"), max_length=80, blank=True)
    stage = models.ForeignKey(
        Stage, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("stage")
    )
    kind = models.CharField(_("kind of target"), max_length=8, choices=Kind.choices, default=Kind.ABSOLUTE)
    rate = models.DecimalField(_("growth or share"), max_digits=12, decimal_places=6, null=True)
    base_value = models.DecimalField(_("base"), max_digits=20, decimal_places=6, null=True)
    base_starts_on = models.DateField(null=True)
    base_ends_on = models.DateField(null=True)
    amount = models.DecimalField(_("target"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    base_amount = models.DecimalField(max_digits=18, decimal_places=2)
    specific = models.CharField(_("what exactly"), max_length=300, blank=True)
    attainable = models.CharField(_("why it can be reached"), max_length=300, blank=True)
    relevant = models.CharField(_("strategic objective it serves"), max_length=300, blank=True)
    locked = models.BooleanField(default=False)  # stays as it is when the rest is spread anew
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    set_at = models.DateTimeField(_("set at"))
    version = models.PositiveIntegerField(default=1)

    objects = Targets.as_manager()
    access = Relation(see="targets.see", owner="person", unit="unit")

    class Meta:
        indexes = [
            models.Index(fields=["starts_on", "ends_on"], name="target_period"),
            models.Index(fields=["unit", "starts_on"], name="target_unit"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "metric", "starts_on", "ends_on", "family", "segment", "stage"],
                condition=~Q(person=None),
                nulls_distinct=False,
                name="one_target_a_person",
            ),
            models.UniqueConstraint(
                fields=["unit", "metric", "starts_on", "ends_on", "family", "segment", "stage"],
                condition=Q(person=None),
                nulls_distinct=False,
                name="one_target_a_unit",
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="target_forward"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="target_not_negative"),
            models.CheckConstraint(condition=~Q(unit=None) | ~Q(person=None), name="target_has_an_owner"),
            models.CheckConstraint(
                condition=Q(stage=None) | Q(metric__in=list(AT_STAGE)), name="target_at_a_stage"
            ),
            models.CheckConstraint(
                condition=Q(kind="absolute", rate=None, base_value=None)
                | (~Q(kind="absolute") & Q(rate__isnull=False, base_value__gt=0)),
                name="target_of_a_base",
            ),
        ]

    def __str__(self) -> str:
        of_stage = f" · {self.stage.name}" if self.stage is not None else ""
        return f"{self.person or self.unit} {self.label}{of_stage}"

    @property
    def label(self) -> str:
        """What it counts, as people call it."""
        return str(AT_STAGE[Metric(self.metric)] if self.stage_id is not None else Metric(self.metric).label)

    @property
    def counted_how(self) -> str:
        """What its number counts, on which day and by which amount (B0.4)."""
        return how_counted(self.metric, at_stage=self.stage_id is not None)

    @property
    def period(self) -> Period:
        """When it is to be reached."""
        return Period(self.starts_on, self.ends_on)

    @property
    def in_money(self) -> bool:
        """Whether it counts money."""
        return self.metric in IN_MONEY

    @property
    def asked_rate(self) -> Decimal | None:
        """The growth or the share that its number comes to; as it was asked while it is still that number."""
        if self.rate is None or self.base_value is None:
            return None
        return rate_of(self.kind, self.base_value, self.base_amount, self.rate)

    @property
    def base_period(self) -> Period | None:
        """When its base was reached."""
        if self.base_starts_on is None or self.base_ends_on is None:
            return None
        return Period(self.base_starts_on, self.base_ends_on)


class Edition(models.Model):
    """What a target was, from when it was set so; never changed, so that every adjustment can be followed (C9)."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveSmallIntegerField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3, blank=True)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    effective_on = models.DateField(_("effective from"), null=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["target", "number"], name="one_edition_a_number")]

    def __str__(self) -> str:
        return f"{self.target_id}#{self.number}"
