"""Sets of filters that people keep under a name."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from loudou.people.models.unit import Unit
from loudou.people.models.user import User


class SavedView(models.Model):
    """A list or board as somebody likes to see it: the page's URL name and its query string, under a name.

    One that is shared with a unit is there for everybody in it and below it; access is still each reader's own.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    shared_with = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("shared with")
    )
    made_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="one_view_a_name")]
        indexes = [
            models.Index(
                fields=["shared_with", "page"], condition=~models.Q(shared_with=None), name="view_shared"
            )
        ]

    def __str__(self) -> str:
        return self.name
