"""Funnels: data that an organisation changes without a programmer, version by version."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from loudou.people.models import Unit
from loudou.ui.format import in_words


class Category(models.TextChoices):
    """Forecast categories of `domain.md` M21 for open deals; what is won is `closed` by itself."""

    PIPELINE = "pipeline", _("pipeline")
    BEST_CASE = "best_case", _("best case")
    MOST_LIKELY = "most_likely", _("most likely")
    COMMIT = "commit", _("commit")
    OMITTED = "omitted", _("omitted")


# What the presets call the business they are for, by code; an organisation writes any other in its own words.
BUSINESSES = {
    "b2b": _("project sales to companies"),
    "real-estate": _("real estate"),
    "car": _("cars"),
    "channel": _("channel"),
    "general": _("general"),
    "internet": _("internet"),
    "presales": _("led by pre-sales"),
}


class Funnel(models.Model):
    """A way of selling: its versions hold what may change, its stages keep their identity across them."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    names = models.JSONField(_("name"))  # language → name
    business = models.CharField(_("business type"), max_length=80, blank=True)
    units = models.ManyToManyField(
        Unit, blank=True, related_name="+", verbose_name=_("used by")
    )  # none: everybody
    is_default = models.BooleanField(_("default"), default=False)
    current = models.ForeignKey(
        "FunnelVersion",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("version in force"),
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="one_default_funnel"
            )
        ]

    def __str__(self) -> str:
        return in_words(self.names)

    @property
    def business_name(self) -> str:
        """For what business, in the reader's language where a preset says it, else as it was written."""
        return str(BUSINESSES.get(self.business, self.business))


class FunnelVersion(models.Model):
    """A funnel as it stood from its publication on; deals stay on the version they began with until migrated."""

    funnel = models.ForeignKey(Funnel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    published_at = models.DateTimeField(null=True)  # None: the draft being edited
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["funnel", "number"], name="one_version_a_number"),
            models.UniqueConstraint(
                fields=["funnel"], condition=models.Q(published_at=None), name="one_draft_a_funnel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.funnel} v{self.number}"


class Stage(models.Model):
    """A stage's identity within its funnel: what history refers to, whatever versions call or place it."""

    funnel = models.ForeignKey(Funnel, on_delete=models.PROTECT, related_name="stages")
    code = models.SlugField(_("code"), max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["funnel", "code"], name="one_stage_a_code")]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """As the newest version that has it calls it."""
        return str(max(self.specs.all(), key=lambda spec: spec.version_id, default=self.code))


class StageSpec(models.Model):
    """A stage as one version of its funnel has it."""

    version = models.ForeignKey(FunnelVersion, on_delete=models.CASCADE, related_name="stages")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="specs")
    position = models.PositiveSmallIntegerField(_("order"))
    names = models.JSONField(_("name"))
    probability = models.DecimalField(_("success rate"), max_digits=6, decimal_places=4)
    category = models.CharField(
        _("forecast category"), max_length=12, choices=Category.choices, default=Category.PIPELINE
    )
    objective = models.JSONField(_("objective"), default=dict, blank=True)
    norm = models.JSONField(_("operating norm"), default=dict, blank=True)
    warn_days = models.PositiveSmallIntegerField(_("warn after days"), null=True, blank=True)
    max_days = models.PositiveSmallIntegerField(_("at most days"), null=True, blank=True)
    required_fields = ArrayField(
        models.CharField(max_length=30), verbose_name=_("required fields"), default=list, blank=True
    )
    confirm_entry = models.BooleanField(_("a manager confirms entry"), default=False)
    confirm_amount = models.DecimalField(
        _("a manager confirms entry from this amount"), max_digits=18, decimal_places=2, null=True, blank=True
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "position"],
                name="one_stage_a_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["version", "stage"], name="a_stage_once_a_version"),
            models.CheckConstraint(
                condition=models.Q(probability__gte=0, probability__lte=1), name="stage_probability_sane"
            ),
        ]

    def __str__(self) -> str:
        return in_words(self.names)


class EvidenceKind(models.Model):
    """A promotion mark (阶段升迁标志): what must be shown before a deal may leave the stage."""

    spec = models.ForeignKey(StageSpec, on_delete=models.CASCADE, related_name="evidence_kinds")
    code = models.SlugField(_("code"), max_length=40)
    names = models.JSONField(_("name"))
    hint = models.JSONField(_("how to get it"), default=dict, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    required = models.BooleanField(_("required"), default=True)
    needs_file = models.BooleanField(_("needs a file"), default=False)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["spec", "code"], name="an_evidence_once_a_stage")]

    def __str__(self) -> str:
        return in_words(self.names)


class StageTask(models.Model):
    """Something a stage asks to be done (阶段任务)."""

    spec = models.ForeignKey(StageSpec, on_delete=models.CASCADE, related_name="tasks")
    code = models.SlugField(_("code"), max_length=40)
    names = models.JSONField(_("name"))
    form = models.CharField(_("form"), max_length=10, blank=True)  # F01 … F30 of domain.md
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    required = models.BooleanField(_("required"), default=False)
    due_days = models.PositiveSmallIntegerField(_("within days of entry"), null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["spec", "code"], name="a_task_once_a_stage")]

    def __str__(self) -> str:
        return in_words(self.names)


class FunnelMigration(models.Model):
    """Running deals on their way to another version of their funnel: by which mapping, and how far it has come."""

    funnel = models.ForeignKey(Funnel, on_delete=models.PROTECT, related_name="migrations")
    target = models.ForeignKey(FunnelVersion, on_delete=models.PROTECT, related_name="+")
    mapping = models.JSONField()  # stage key (as text) → stage key
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    begun_at = models.DateTimeField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    reached = models.BigIntegerField(default=0)  # the key of the last deal that was moved
    ended_at = models.DateTimeField(null=True)
    stopped = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["funnel"], condition=models.Q(ended_at=None), name="one_migration_a_funnel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.funnel} {self.done}/{self.total}"
