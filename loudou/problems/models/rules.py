"""Rules written against causes that come again and again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.people.access import Owned, Relation


class Rules(Owned["Rule"]):
    """Vocabulary of rules."""

    def current(self) -> Rules:
        """The last edition of each, unless it was retired."""
        return self.filter(replaced=False, retired_on=None)


class Rule(models.Model):
    """A rule of the house (C14): what it is about, what it says, how it is done, who answers for it, from when.

    Never changed: a correction is a further edition. `review_on` is the day on which it has to be looked at again.
    """

    code = models.CharField(_("number"), max_length=60)
    edition = models.PositiveSmallIntegerField(default=1)
    replaced = models.BooleanField(default=False)
    cause = models.ForeignKey(
        "problems.Cause", on_delete=models.PROTECT, related_name="rules", verbose_name=_("cause")
    )
    title = models.CharField(_("title"), max_length=120)
    applies_to = models.CharField(_("what it applies to"), max_length=300)
    content = models.TextField(_("what it says"))
    procedure = models.TextField(_("how it is done"), blank=True)
    evidence = models.CharField(_("what shows that it is kept"), max_length=300, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("responsible")
    )
    effective_on = models.DateField(_("in force from"))
    review_on = models.DateField(_("to be reviewed on"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    finding = models.CharField(_("what the review found"), max_length=600, blank=True)
    reminded_on = models.DateField(null=True)
    retired_on = models.DateField(null=True)
    retired_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = Rules.as_manager()
    access = Relation(see="problems.see_rules", owner="owner")

    class Meta:
        indexes = [models.Index(fields=["review_on"], condition=Q(replaced=False), name="rule_review")]
        constraints = [
            models.UniqueConstraint(fields=["code", "edition"], name="rule_editions_counted"),
            models.UniqueConstraint(
                fields=["cause"],
                condition=Q(replaced=False, retired_on=None),
                name="one_rule_in_force_a_cause",
            ),
            models.CheckConstraint(
                condition=Q(review_on__gt=models.F("effective_on")), name="rule_reviewed_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(retired_on=None) | ~Q(retired_reason=""), name="rule_retired_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def is_current(self) -> bool:
        """Whether it is the last edition and not retired."""
        return not self.replaced and self.retired_on is None
