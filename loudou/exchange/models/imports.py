"""What was brought into the house: the file, how it was read, what became of its rows, and how to take it back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from loudou.people.access import Owned, Relation
from loudou.people.models import Unit


class Imports(Owned["Import"]):
    """Vocabulary of imports."""

    def under_way(self) -> Imports:
        """Those a worker is at, or will be."""
        return self.filter(state__in=UNDER_WAY)


class Import(models.Model):
    """One file on its way in: uploaded, mapped, looked at in a dry run, written, perhaps taken back.

    `request_id` is the one under which its acts stand in history. Counts are those of the dry run until it is written,
    then what was done. `total` is how many rows the file has once they were counted.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        WRITING = "writing", _("being written")
        DONE = "done", _("imported")
        STOPPED = "stopped", _("stopped")
        FAILED = "failed", _("failed")
        UNDOING = "undoing", _("being taken back")
        UNDONE = "undone", _("taken back")

    kind = models.CharField(_("what"), max_length=20)
    name = models.CharField(_("file"), max_length=200)
    stored_as = models.CharField(max_length=80, blank=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    sheet = models.CharField(_("sheet"), max_length=80, blank=True)
    sheets = models.JSONField(default=list)
    header = models.JSONField(default=list)
    header_line = models.PositiveIntegerField(default=1)
    samples = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    all_or_nothing = models.BooleanField(_("all rows or none"), default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # None: the system, by the command
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10, blank=True)
    request_id = models.UUIDField()
    asked_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    stop_asked = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    warned = models.PositiveIntegerField(default=0)
    refused_as = models.CharField(max_length=80, blank=True)  # the file of refused rows, where there are any
    fault = models.CharField(max_length=500, blank=True)  # why the file as a whole was not taken
    kept_back = models.JSONField(default=list)  # what could not be taken back: [label, reason, how many]
    version = models.PositiveIntegerField(default=1)

    objects = Imports.as_manager()
    access = Relation(see="exchange.import", owner="owner", unit="unit")

    class Meta:
        indexes = [
            models.Index(fields=["-id"], name="import_newest"),
            models.Index(fields=["owner", "-id"], name="import_mine"),
            models.Index(fields=["unit", "-id"], name="import_unit"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_under_way(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.state in UNDER_WAY

    @property
    def can_be_taken_back(self) -> bool:
        """Whether it wrote anything that is there still, however it ended: stopped and failed ones leave what they wrote."""
        return not self.is_under_way and self.state != self.State.UNDONE and self.batches.exists()


UNDER_WAY = (Import.State.CHECKING, Import.State.WRITING, Import.State.UNDOING)


class Problem(models.Model):
    """Something about one row of an import: a refusal, or a warning."""

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=500)
    is_warning = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["run", "is_warning", "line", "id"], name="problem_run")]

    def __str__(self) -> str:
        return f"{self.line} {self.column}: {self.reason}"


class Batch(models.Model):
    """What one chunk of an import wrote, in the transaction that wrote it: what taking it back needs to know.

    `made` maps a model's label to the keys of new rows; `changed` lists `{label, id, before}` of changed ones.
    """

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="batches")
    made = models.JSONField(default=dict)
    changed = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.run_id} #{self.pk}"


class ColumnChoice(models.Model):
    """A mapping that somebody saved, to be offered for the next file with such headers."""

    kind = models.CharField(max_length=20)
    name = models.CharField(_("name"), max_length=80)
    mapping = models.JSONField()
    header = models.JSONField(default=list)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    is_shared = models.BooleanField(_("for everybody"), default=False)
    saved_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "name"], name="one_mapping_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Origin(models.Model):
    """Which record a row of another system became, by the id it has there: the next time it is the same one."""

    kind = models.CharField(max_length=20)
    system = models.CharField(max_length=60, blank=True)
    source_id = models.CharField(max_length=120)
    object_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "system", "source_id"], include=["object_id"], name="one_origin_each"
            )
        ]
        indexes = [models.Index(fields=["kind", "object_id"], name="origin_of")]

    def __str__(self) -> str:
        return f"{self.system}:{self.source_id}"
