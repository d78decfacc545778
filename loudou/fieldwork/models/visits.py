"""Visits (C3): the plan that is signed first (F03), the record of what came of it (F04), where it was."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.customers.models import Customer
from loudou.fieldwork.figures.discipline import is_backed
from loudou.fieldwork.models.activities import Activity
from loudou.kernel import clock
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.pipeline.models import Deal, EvidenceKind
from loudou.remarks.models import StoredFile


class VisitPlans(Owned["VisitPlan"]):
    """Vocabulary of planned visits."""

    def known(self, instant: datetime | None = None) -> VisitPlans:
        """Those on record before an instant; without one, all."""
        return self if instant is None else self.filter(known_at__lt=instant)

    def executed(self, before: datetime | None = None) -> VisitPlans:
        """Those that were made: somebody checked in (before an instant)."""
        return self.filter(executed_at__lt=before) if before else self.exclude(executed_at=None)


class VisitPlan(models.Model):
    """A visit from its plan to its review: to whom, when, what for, and how far it has come.

    Every step has its instant, so that one can ask how things stood at any time. `emergency`: made without a signed
    plan on a superior's word (`consented_by`), to be signed within a day of the check-in. `executed_at` is when the
    person checked in, `received_at` when the house heard of it: without a connection that is later.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        RETURNED = "returned", _("returned")
        APPROVED = "approved", _("approved")
        EXECUTED = "executed", _("executed")
        RECORDED = "recorded", _("recorded")
        REVIEWED = "reviewed", _("reviewed")
        CANCELLED = "cancelled", _("called off")
        EXPIRED = "expired", _("expired")

    class Method(models.TextChoices):
        ON_SITE = "on_site", _("on site")
        PHONE = "phone", _("by phone")
        VIDEO = "video", _("by video")

    code = models.CharField(_("number"), max_length=60, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="visit_plans",
        db_index=False,
        verbose_name=_("done by"),
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        related_name="visit_plans",
        db_index=False,
        verbose_name=_("customer"),
    )
    deal = models.ForeignKey(
        Deal,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="visit_plans",
        db_index=False,
        verbose_name=_("deal"),
    )
    contact = models.CharField(_("with whom"), max_length=120, blank=True)
    starts_at = models.DateTimeField(_("planned for"))
    day = models.DateField()  # of `starts_at`, in the organisation's time zone
    place = models.CharField(_("place"), max_length=300, blank=True)
    method = models.CharField(_("method"), max_length=8, choices=Method.choices, default=Method.ON_SITE)
    background = models.TextField(_("background, situation"), blank=True)
    objectives = ArrayField(models.CharField(max_length=300), verbose_name=_("objectives"), default=list)
    strategy = models.TextField(_("strategy"), blank=True)
    questions = ArrayField(models.CharField(max_length=300), verbose_name=_("questions"), default=list)
    materials = models.CharField(_("materials"), max_length=300, blank=True)
    mark = models.ForeignKey(  # what the visit is to show for the deal's gate
        EvidenceKind,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("expected promotion mark"),
    )

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    emergency = models.BooleanField(default=False)
    emergency_reason = models.CharField(_("why it could not wait"), max_length=300, blank=True)
    consented_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    known_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    executed_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    distance = models.PositiveIntegerField(null=True)  # metres from the customer's place, in hundreds
    ended_at = models.DateTimeField(null=True)  # called off or expired
    cancelled_reason = models.CharField(max_length=300, blank=True)
    by_customer = models.BooleanField(default=False)  # the customer called it off: no failure of the plan's
    activity = models.OneToOneField(
        Activity, null=True, on_delete=models.PROTECT, related_name="plan", editable=False
    )
    version = models.PositiveIntegerField(default=1)

    objects = VisitPlans.as_manager()
    access = Relation(see="fieldwork.see", owner="owner", unit="unit")

    class Meta:
        indexes = [
            models.Index(fields=["-starts_at", "-id"], include=["unit", "owner", "state"], name="plan_at"),
            models.Index(fields=["owner", "-starts_at", "-id"], name="plan_owner"),
            models.Index(fields=["unit", "-starts_at", "-id"], name="plan_unit"),
            models.Index(fields=["customer", "-starts_at", "-id"], name="plan_customer"),
            models.Index(fields=["deal", "-starts_at", "-id"], condition=~Q(deal=None), name="plan_deal"),
            models.Index(
                fields=["executed_at"],
                include=["unit", "owner", "approved_at", "emergency", "recorded_at"],
                condition=~Q(executed_at=None),
                name="plan_executed",
            ),
            models.Index(
                fields=["day"],
                condition=Q(state__in=("draft", "submitted", "returned", "approved")),
                name="plan_to_come",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(emergency=False) | Q(approved_at=None) | Q(executed_at__lte=F("approved_at")),
                name="emergency_is_signed_after",
            ),
            models.CheckConstraint(
                condition=Q(emergency=True)
                | Q(executed_at=None)
                | Q(approved_at__isnull=False, approved_at__lte=F("executed_at")),
                name="no_visit_before_its_signature",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.customer.name}"

    @property
    def is_open(self) -> bool:
        """Whether it may still be changed by its owner: nobody has signed it."""
        return self.state in (self.State.DRAFT, self.State.RETURNED)

    @property
    def is_to_come(self) -> bool:
        """Whether it is still to be made."""
        return self.is_open or self.state in (self.State.SUBMITTED, self.State.APPROVED)

    @property
    def is_unbacked(self) -> bool:
        """Whether it was an emergency that nobody signed within a day: it does not count (C3)."""
        if not self.emergency or self.executed_at is None:
            return False
        signed = self.approved_at or clock.now()
        return not is_backed(emergency=True, executed=self.executed_at, approved=signed)


class VisitRecord(models.Model):
    """What came of a visit (F04), written once and never changed; its activity says what every record says.

    `people` are [name, title]; `answers` [question, answer]; `results` stand against the plan's objectives one by
    one. `key` is the writer's own mark of this writing: sent twice, it is recorded once.
    """

    plan = models.OneToOneField(VisitPlan, on_delete=models.PROTECT, related_name="record")
    people = models.JSONField(default=list)
    answers = models.JSONField(default=list)
    results = ArrayField(models.CharField(max_length=600), default=list)
    unresolved = ArrayField(models.CharField(max_length=300), default=list)
    concerns = models.TextField(_("what the customer cares about"), blank=True)
    ours = models.CharField(_("what we promised"), max_length=600, blank=True)
    theirs = models.CharField(_("what the customer promised"), max_length=600, blank=True)
    competitors = models.CharField(_("news of competitors"), max_length=600, blank=True)
    marks = models.ManyToManyField(EvidenceKind, related_name="+")
    key = models.CharField(max_length=64, blank=True)
    recorded_at = models.DateTimeField()
    late = models.BooleanField()  # more than a day after the visit
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opinion = models.TextField(blank=True)
    coaching = models.TextField(_("coaching note"), blank=True)
    agreed = models.BooleanField(null=True)  # whether what it shows for the gate holds

    def __str__(self) -> str:
        return f"record of {self.plan_id}"


class VisitFile(StoredFile):
    """A photo or a paper from a visit."""

    FOLDER = "visits"

    record = models.ForeignKey(VisitRecord, on_delete=models.PROTECT, related_name="files")


class Consent(models.Model):
    """A person's word that check-ins may take down where they are (PIPL 28–29); taken back as easily as given.

    `wording` is the number of the text they agreed to (`places.WORDING`).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    wording = models.PositiveSmallIntegerField()
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(withdrawn_at=None), name="one_consent_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.given_at:%Y-%m-%d}"


class Position(models.Model):
    """Where a check-in was, coarse (about 100 m), kept for ninety days and then forgotten."""

    plan = models.OneToOneField(VisitPlan, on_delete=models.CASCADE, related_name="position")
    latitude = models.DecimalField(max_digits=6, decimal_places=3)
    longitude = models.DecimalField(max_digits=6, decimal_places=3)
    taken_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.latitude}, {self.longitude}"


class CustomerPlace(models.Model):
    """Where a customer is, as the first check-in there told; what later ones are measured against."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="spot")
    latitude = models.DecimalField(max_digits=6, decimal_places=3)
    longitude = models.DecimalField(max_digits=6, decimal_places=3)
    learnt_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.customer_id} {self.latitude}, {self.longitude}"
