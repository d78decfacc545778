"""Courses say by themselves whether their deal stands won: who asked it of the wins read all that were won since."""

from django.db import migrations, models

WON = """
UPDATE pipeline_course course SET won_at = visit.left_at FROM pipeline_visit visit
WHERE visit.deal_id = course.deal_id AND visit.left_by = 'won' AND visit.reopened_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0041_closed_by_unit")]

    operations = [
        migrations.RemoveIndex(model_name="course", name="course_reached"),
        migrations.RemoveIndex(model_name="course", name="course_odd_reached"),
        migrations.RemoveIndex(model_name="course", name="course_unit"),
        migrations.RemoveIndex(model_name="visit", name="visit_undone"),
        migrations.AddField(model_name="course", name="won_at", field=models.DateTimeField(null=True)),
        migrations.RunSQL(WON, migrations.RunSQL.noop),
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
                    *("owner", "amount", "entered_at", "passed_at", "backed_at", "lost_at", "void_at", "is_odd"),
                    *("deal", "spent", "is_here", "since", "next_at", "ended_at", "id", "won_at"),
                ),
                name="course_unit",
            ),
        ),
    ]
