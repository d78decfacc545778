"""Deals (商机): what stands on the funnel."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import SOURCES, Contact, Customer
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.pipeline.models._deal_indexes import DEAL_INDEXES
from loudou.pipeline.models.funnel import Category, Funnel, FunnelVersion, StageSpec
from loudou.ui.format import in_words
from loudou.ui.search import SearchField, marks_of, matches


class Outcome(models.TextChoices):
    """How a deal stands. Winning is not a stage."""

    OPEN = "open", _("open")
    ON_HOLD = "on_hold", _("on hold")
    WON = "won", _("won")
    LOST = "lost", _("lost")
    CANCELLED = "cancelled", _("cancelled by the customer")
    INVALID = "invalid", _("invalid")


LIVE = (Outcome.OPEN, Outcome.ON_HOLD)
CLOSED = (Outcome.WON, Outcome.LOST, Outcome.CANCELLED, Outcome.INVALID)


class Reason(models.Model):
    """Why deals are lost, cancelled or invalid: data of the organisation."""

    class Kind(models.TextChoices):
        LOST = "lost", _("lost")
        CANCELLED = "cancelled", _("cancelled by the customer")
        INVALID = "invalid", _("invalid")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    code = models.SlugField(_("code"), max_length=40)
    names = models.JSONField(_("name"))
    asks_competitor = models.BooleanField(_("asks for the competitor"), default=False)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    retired_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["kind", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="one_reason_a_code")]

    def __str__(self) -> str:
        return in_words(self.names)


class Deals(Owned["Deal"]):
    """Vocabulary of deals."""

    def open(self) -> Deals:
        """Those that stand on the funnel, resting ones not counted."""
        return self.filter(outcome=Outcome.OPEN)

    def live(self) -> Deals:
        """Open or on hold."""
        return self.filter(outcome__in=LIVE)

    def found(self, text: str) -> Deals:
        """Those a typed text finds, by title, code or customer."""
        return self.filter(matches(text))


class Deal(models.Model):
    """A sales opportunity.

    Amounts are without VAT: `amount` in `currency`, `base_amount` at the plan rate of the fiscal year while open and
    at the rate of the day once won (`domain.md` B0.3). `customer`, `created_at` and `expected_on` may be unknown;
    the deal is then flagged for it. What analysis needs of the past stands in moves, states and visits.
    """

    code = models.CharField(_("number"), max_length=60)
    title = models.CharField(_("title"), max_length=200)
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deals",
        db_index=False,
        verbose_name=_("customer"),
    )
    customer_name = models.CharField(
        max_length=200, blank=True
    )  # kept with the deal so that lists need no join
    funnel = models.ForeignKey(
        Funnel, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("funnel")
    )
    funnel_version = models.ForeignKey(FunnelVersion, on_delete=models.PROTECT, related_name="+")
    spec = models.ForeignKey(StageSpec, on_delete=models.PROTECT, related_name="+", verbose_name=_("stage"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="deals",
        db_index=False,
        verbose_name=_("owner"),
    )
    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("unit")
    )

    amount = models.DecimalField(
        _("expected order amount"), max_digits=18, decimal_places=2, default=Decimal(0)
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    base_amount = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    erp_amount = models.DecimalField(
        max_digits=18, decimal_places=2, default=Decimal(0)
    )  # lines kept in the ERP (R096)
    expected_on = models.DateField(_("expected order date"), null=True, blank=True)
    probability = models.DecimalField(  # the person's own; None: the stage's (or its calibrated one)
        _("own success rate"), max_digits=6, decimal_places=4, null=True, blank=True
    )
    probability_reason = models.CharField(max_length=300, blank=True)
    category = models.CharField(_("forecast category"), max_length=12, choices=Category.choices, blank=True)
    category_reason = models.CharField(max_length=300, blank=True)
    next_step = models.CharField(_("next step"), max_length=300, blank=True)
    next_on = models.DateField(_("next step on"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=20, choices=list(SOURCES.items()), blank=True)
    note = models.TextField(_("background"), blank=True)

    created_at = models.DateTimeField(_("since"), null=True)  # business time of the first fact
    recorded_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    stage_since = models.DateTimeField(null=True)
    stage_warn_at = models.DateTimeField(null=True)  # stage_since and the stage's days, holds added
    stage_limit_at = models.DateTimeField(null=True)
    last_contact_at = models.DateTimeField(_("last contact"), null=True)
    closed_at = models.DateTimeField(null=True)
    reason = models.ForeignKey(
        Reason,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("reason"),
    )
    review = models.TextField(_("review"), blank=True)
    lost_to = models.CharField(_("lost to"), max_length=120, blank=True)
    close_verified_at = models.DateTimeField(null=True)  # 战败核实: a manager confirmed the loss
    held_at = models.DateTimeField(null=True)
    wake_on = models.DateField(_("wakes up on"), null=True)

    # What the past left behind for lists and anomalies, kept by the verbs.
    gate_done = models.PositiveSmallIntegerField(default=0)
    gate_total = models.PositiveSmallIntegerField(default=0)
    pushes = models.PositiveSmallIntegerField(default=0)  # times the expected date was moved later
    backs = models.PositiveSmallIntegerField(default=0)
    skips = models.PositiveSmallIntegerField(default=0)
    owed_evidence = models.PositiveSmallIntegerField(
        default=0
    )  # of gates that were skipped, still to be filled
    amount_jumps = models.PositiveSmallIntegerField(default=0)  # changes of more than half
    back_dated = models.PositiveSmallIntegerField(default=0)
    reopen_count = models.PositiveSmallIntegerField(default=0)
    off_funnel = models.BooleanField(
        default=False
    )  # won within 7 days, or first seen at the last stage (藏单嫌疑)
    known_late = models.BooleanField(
        default=False
    )  # some fact became known after it happened: see figures/history
    planned = models.BooleanField(default=False)  # some fact spoke of its deliveries: see `DeliveryPart`
    legacy = models.BooleanField(default=False)  # imported without dated stage history (C21)
    brought = models.JSONField(
        null=True
    )  # of an imported deal: the first values its row gave (verbs/importing)
    predecessor = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="successors", db_index=False
    )

    contacts = models.ManyToManyField(Contact, through="DealContact", related_name="deals")
    team = models.ManyToManyField(settings.AUTH_USER_MODEL, through="TeamMember", related_name="+")
    followers = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Follower", related_name="+")
    search = SearchField()
    extra = models.JSONField(default=dict)  # fields of the organisation's own
    version = models.PositiveIntegerField(default=1)

    objects = Deals.as_manager()
    access = Relation(
        see="pipeline.see",
        owner="owner",
        unit="unit",
        watchers="followers",
        helpers="team",
        marks=marks_of("owner", "unit"),
    )

    class Meta:
        indexes = [*DEAL_INDEXES]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="one_deal_a_code"),
            models.CheckConstraint(
                condition=Q(outcome__in=LIVE, closed_at=None) | Q(outcome__in=CLOSED) & ~Q(closed_at=None),
                name="closed_exactly_when_closed",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=("lost", "cancelled", "invalid")) | Q(reason=None),
                name="reason_only_when_not_won",
            ),
            models.CheckConstraint(
                condition=Q(outcome="on_hold") & ~Q(held_at=None) | ~Q(outcome="on_hold") & Q(held_at=None),
                name="held_exactly_when_on_hold",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="deal_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(probability=None) | Q(probability__gte=0, probability__lte=1),
                name="deal_probability_sane",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """On the funnel and not resting."""
        return self.outcome == Outcome.OPEN

    @property
    def is_live(self) -> bool:
        """Open or on hold."""
        return self.outcome in LIVE

    @property
    def chance(self) -> Decimal:
        """The success rate it counts with: the person's own, else the stage's (M20; needs `spec`)."""
        return self.probability if self.probability is not None else self.spec.probability

    @property
    def weighted(self) -> Decimal:
        """Base amount times success rate, unrounded."""
        return self.base_amount * self.chance
