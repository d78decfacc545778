"""Who was in a stage at an instant is read by how long that lasted: the stuck of a past day no longer among all that stood."""

from django.db import migrations, models

import loudou.pipeline.models.lasting


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0037_odd_ended")]

    operations = [
        migrations.AddIndex(
            model_name="course",
            index=models.Index(
                loudou.pipeline.models.lasting.Stayed(),
                "entered_at",
                condition=models.Q(("entered_at", None), _negated=True),
                include=("stage", "deal", "spent", "is_here", "is_odd", "ended_at"),
                name="course_stayed",
            ),
        ),
        # How many courses are of which step nobody knows before: of an expression only this tells.
        migrations.RunSQL("ANALYZE pipeline_course", migrations.RunSQL.noop),
    ]
