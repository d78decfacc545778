"""Reports of a period (F14) and packs for 述职 (F15), kept as they were handed in."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loudou.journal.titles import title
from loudou.kernel.periods import Period
from loudou.people.access import Owned, Relation
from loudou.people.models import Unit
from loudou.people.queries import organisation


class Pack(models.Model):
    """What somebody accounts for over a month, quarter or year: figures out of the records, causes and a plan of their own.

    With `about` it is of a unit, else of its owner. `content` are the figures as they were assembled last (see
    `assembling`); once it is handed in, neither they nor the texts change, and `content_hash` says what was signed.
    """

    class Kind(models.TextChoices):
        REPORT = "report", _("period report")
        DUTY = "duty", _("debrief")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        HANDED_IN = "handed_in", _("handed in")
        READ = "read", _("has been read")
        RETURNED = "returned", _("returned")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("written by"),
    )
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    about = models.ForeignKey(
        Unit, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("about")
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    content = models.JSONField(default=list)
    assembled_at = models.DateTimeField()
    causes = models.TextField(_("causes"), blank=True)
    lessons = models.TextField(_("lessons"), blank=True)
    help_needed = models.TextField(_("help needed"), blank=True)
    plan = models.TextField(_("plan for the next period"), blank=True)
    handed_in_at = models.DateTimeField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    opinion = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = Owned["Pack"].as_manager()
    access = Relation(see="reviews.see", owner="owner", unit="unit")

    class Meta:
        indexes = [
            models.Index(fields=["-starts_on", "-id"], name="pack_period"),
            models.Index(fields=["unit", "-starts_on", "-id"], name="pack_unit"),
            models.Index(fields=["owner", "-starts_on", "-id"], name="pack_owner"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner", "about", "starts_on", "ends_on"],
                nulls_distinct=False,
                name="one_pack_a_period",
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("starts_on")), name="pack_forward"),
            models.CheckConstraint(
                condition=Q(state__in=("draft", "returned")) | ~Q(handed_in_at=None) & ~Q(content_hash=""),
                name="pack_frozen_as_handed_in",
            ),
        ]

    def __str__(self) -> str:
        whom = self.about.name if self.about is not None else self.owner.name
        return f"{self.get_kind_display()} {whom} {organisation().fiscal.name(self.period)}"

    @property
    def title(self) -> str:
        """What it is, whose and of when, in the reader's language."""
        return title(self._meta.label_lower, str(self))

    @property
    def period(self) -> Period:
        """What it accounts for."""
        return Period(self.starts_on, self.ends_on)

    @property
    def last_on(self) -> date:
        """The last day of it; `ends_on` is the day after."""
        return self.ends_on - timedelta(days=1)

    @property
    def is_open(self) -> bool:
        """Whether its owner still writes it."""
        return self.state in (self.State.DRAFT, self.State.RETURNED)
