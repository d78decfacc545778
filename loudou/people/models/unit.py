"""Units of the organisation: a tree whose history is kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Unit(models.Model):
    """A company, region, department or team.

    `path` lists the ids from the root to itself (`/1/5/12/`), so that everything below is a prefix.
    """

    class Kind(models.TextChoices):
        COMPANY = "company", _("company")
        REGION = "region", _("region")
        DEPARTMENT = "department", _("department")
        TEAM = "team", _("team")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("above it"),
    )
    path = models.CharField(max_length=400, db_index=True)
    position = models.PositiveIntegerField(_("order"), default=0)
    retired_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        """0 for a root."""
        return self.path.count("/") - 2

    def ancestor_ids(self) -> list[int]:
        """Ids from the root down to itself."""
        return [int(part) for part in self.path.split("/") if part]


class Placing(models.Model):
    """Where a unit stood in the tree from one day to another: `[since, until)`, open-ended while current."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="placings")
    parent = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit"], condition=models.Q(until=None), name="one_place_now"),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gt=models.F("since")), name="placing_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} under {self.parent_id} from {self.since}"
