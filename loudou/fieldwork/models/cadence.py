"""How often customers of a grade are to be contacted while a deal stands in a stage."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loudou.pipeline.models import Stage


class ContactRule(models.Model):
    """At most so many days between two contacts: of customers of a grade, or of their deals in one stage."""

    grade = models.CharField(_("grade"), max_length=12, blank=True)
    stage = models.ForeignKey(Stage, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    days = models.PositiveSmallIntegerField(
        _("days"), validators=[MinValueValidator(1), MaxValueValidator(365)]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grade", "stage"], nulls_distinct=False, name="one_contact_rule_a_grade_and_stage"
            ),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=365), name="contact_rule_days_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.grade or '—'} {self.stage or ''}".strip()

    @classmethod
    def kept(cls) -> dict[tuple[str, int | None], int]:
        """All rules, as `figures.cadence` takes them."""
        return {
            (grade, stage): days for grade, stage, days in cls.objects.values_list("grade", "stage", "days")
        }
