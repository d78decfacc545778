"""Facts that came late are in the order of how late: those not known at an instant are a few short stretches."""

from django.db import migrations, models

import loudou.pipeline.models.lasting


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0032_closes_covered")]

    operations = [
        migrations.RemoveIndex(model_name="move", name="move_late"),
        migrations.AddIndex(
            model_name="move",
            index=models.Index(
                loudou.pipeline.models.lasting.Lasting("at", "known_at"),
                models.F("at"),
                condition=models.Q(("known_at__gt", models.F("at"))),
                include=("known_at", "deal"),
                name="move_late",
            ),
        ),
        # How many facts are of which step nobody knows before: of an expression only this tells.
        migrations.RunSQL("ANALYZE pipeline_move", migrations.RunSQL.noop),
    ]
