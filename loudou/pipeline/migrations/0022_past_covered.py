"""Indexes that hold all that forecast sheets, conversions and leaks of a past day ask of states and losses."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_thresholds"),
        ("pipeline", "0021_closed_sums"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="state",
            name="state_live_until",
        ),
        migrations.RemoveIndex(
            model_name="visit",
            name="visit_lost",
        ),
        migrations.AddIndex(
            model_name="state",
            index=models.Index(
                condition=models.Q(("outcome__in", ("open", "on_hold"))),
                fields=["until"],
                include=(
                    "since",
                    "stage",
                    "unit",
                    "owner",
                    "base_amount",
                    "void_at",
                    "outcome",
                    "expected_on",
                    "probability",
                    "deal",
                    "id",
                ),
                name="state_live_until",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("left_by__in", ("cancelled", "lost"))),
                fields=["left_at"],
                include=(
                    "left_unit",
                    "left_owner",
                    "left_by",
                    "left_amount",
                    "stage",
                    "deal",
                    "void_at",
                    "returned_at",
                    "reopened_at",
                ),
                name="visit_lost",
            ),
        ),
    ]
