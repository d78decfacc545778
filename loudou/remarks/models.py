"""What a room inherits from for notes and files on its records."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

TOLD = 200  # so much of a note stands in history


class WrittenNote(models.Model):
    """Something somebody wrote about a record. Kept as written; a correction is a new note."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    text = models.TextField(_("note"))
    at = models.DateTimeField()
    mentioned = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.text[:60]


class StoredFile(models.Model):
    """A file that is kept. Its name on disk is ours; what the person called it is only shown."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=80, unique=True)
    added_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class AttachedFile(StoredFile):
    """A file that somebody put on a record, and may take off again."""

    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    removed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
