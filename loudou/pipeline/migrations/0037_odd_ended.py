"""Odd courses say when they ended, from when on they tell their times themselves; losses that were undone are told by an
index of their own, and one of units' courses holds all that is asked of them.
"""

from django.db import migrations, models

# Those whose deal stands in the stage, or never lived in it, have none.
ENDED = """
UPDATE pipeline_course course SET ended_at = told.ended_at FROM (
    SELECT one.id, max(until) AS ended_at FROM pipeline_course one
    JOIN pipeline_state state ON state.deal_id = one.deal_id AND state.stage_id = one.stage_id
        AND outcome IN ('open', 'on_hold')
    WHERE is_odd GROUP BY one.id HAVING bool_and(until IS NOT NULL)
) told WHERE course.id = told.id
"""


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0036_whose_and_judged")]

    operations = [
        migrations.RemoveIndex(model_name="course", name="course_odd"),
        migrations.RemoveIndex(model_name="course", name="course_unit"),
        migrations.AddField(
            model_name="course", name="ended_at", field=models.DateTimeField(null=True)
        ),
        migrations.RunSQL(ENDED, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="course",
            index=models.Index(
                condition=models.Q(("is_odd", True), models.Q(("entered_at", None), _negated=True)),
                fields=["entered_at"],
                include=(
                    *("stage", "deal", "unit", "owner", "reached_at", "passed_at"),
                    *("backed_at", "lost_at", "next_at", "void_at", "id", "spent", "ended_at"),
                ),
                name="course_odd",
            ),
        ),
        migrations.AddIndex(
            model_name="course",
            index=models.Index(
                condition=models.Q(("is_odd", True)),
                fields=["reached_at"],
                include=(
                    *("stage", "deal", "unit", "owner", "amount", "entered_at", "passed_at"),
                    *("backed_at", "lost_at", "void_at", "id"),
                ),
                name="course_odd_reached",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(
                    ("left_by__in", ("cancelled", "lost")), models.Q(("reopened_at", None), _negated=True)
                ),
                fields=["reopened_at"],
                include=("left_at", "deal"),
                name="visit_undone",
            ),
        ),
        migrations.AddIndex(
            model_name="course",
            index=models.Index(
                fields=["unit", "stage", "reached_at"],
                include=(
                    *("owner", "amount", "entered_at", "passed_at", "backed_at", "lost_at", "void_at", "is_odd"),
                    *("deal", "spent", "is_here", "since", "next_at", "ended_at", "id"),
                ),
                name="course_unit",
            ),
        ),
    ]
