"""What a unit won and lost is read from an index of its own, and no longer where all its stays and all closes of the company meet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0040_parts_of_the_company")]

    operations = [
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("left_by__in", ("cancelled", "lost", "won"))),
                fields=["left_unit", "left_at"],
                include=(
                    "left_by",
                    "left_owner",
                    "left_amount",
                    "stage",
                    "deal",
                    "funnel",
                    "void_at",
                    "returned_at",
                    "reopened_at",
                ),
                name="visit_closed_unit",
            ),
        ),
    ]
