"""What was taken out of the house: by whom, what of, and the file that waits to be fetched."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from loudou.people.access import Relation
from loudou.people.models import Unit


class Export(models.Model):
    """A file made for one person, who alone may fetch it, until it expires; without an owner, for the command line.

    `filters` are the parameters of the list it was asked for with, `expected` how many rows that were then, `written`
    how far it is, `rows` how many it has, `persons` how many of them name people outside (what asks for an approval).
    """

    class State(models.TextChoices):
        ASKED = "asked", _("waits for a signature")
        REFUSED = "refused", _("was not approved")
        QUEUED = "queued", _("is being prepared")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        HANDED = "handed", _("handed out")

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    kind = models.CharField(_("what"), max_length=20)
    format = models.CharField(_("format"), max_length=4, choices=Format.choices, default=Format.XLSX)
    filters = models.JSONField(default=dict)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=8, choices=State.choices)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    expected = models.PositiveIntegerField(default=0)
    written = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    persons = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=200, blank=True)
    stored_as = models.CharField(max_length=80, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)

    access = Relation(see="exchange.export", owner="owner", unit="unit")

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-id"], name="export_mine"),
            models.Index(fields=["expires_at"], condition=models.Q(state="ready"), name="export_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}.{self.format}"
