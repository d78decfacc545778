"""The indexes of courses and of undone closes with what they say of wins; made after all courses were written once more,
so that they hold nothing of what these were before.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0042_won")]

    operations = [
        migrations.AddIndex(
            model_name="course",
            index=models.Index(
                fields=["stage", "reached_at"],
                include=(
                    *("unit", "owner", "amount", "entered_at", "passed_at", "backed_at", "lost_at"),
                    *("void_at", "is_odd", "deal", "won_at"),
                ),
                name="course_reached",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(
                    ("left_by__in", ("cancelled", "lost", "won")),
                    models.Q(("reopened_at", None), _negated=True),
                ),
                fields=["reopened_at"],
                include=("left_at", "deal", "left_by"),
                name="visit_undone",
            ),
        ),
        migrations.AddIndex(
            model_name="course",
            index=models.Index(
                condition=models.Q(("is_odd", True)),
                fields=["reached_at"],
                include=(
                    *("stage", "deal", "unit", "owner", "amount", "entered_at", "passed_at"),
                    *("backed_at", "lost_at", "void_at", "id", "won_at"),
                ),
                name="course_odd_reached",
            ),
        ),
        migrations.AddIndex(
            model_name="course",
            index=models.Index(
                fields=["unit", "stage", "reached_at"],
                include=(
                    *(
                        "owner",
                        "amount",
                        "entered_at",
                        "passed_at",
                        "backed_at",
                        "lost_at",
                        "void_at",
                        "is_odd",
                    ),
                    *("deal", "spent", "is_here", "since", "next_at", "ended_at", "id", "won_at"),
                ),
                name="course_unit",
            ),
        ),
    ]
