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
    ]
