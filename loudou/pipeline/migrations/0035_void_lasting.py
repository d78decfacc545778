"""States of deals that turned out invalid are in the order of how long they lasted: those that stood are a few short
stretches, and no longer all that turned out so since.
"""

from django.db import migrations, models

import loudou.pipeline.models.lasting


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0034_part_tally")]

    operations = [
        migrations.RemoveIndex(model_name="state", name="state_void"),
        migrations.AddIndex(
            model_name="state",
            index=models.Index(
                loudou.pipeline.models.lasting.Lasting(),
                models.F("since"),
                condition=models.Q(("outcome__in", ("open", "on_hold")), ("void_at__isnull", False)),
                include=("void_at", "until", "stage", "unit", "owner", "base_amount"),
                name="state_void",
            ),
        ),
        # How many states are of which step nobody knows before: of an expression only this tells.
        migrations.RunSQL("ANALYZE pipeline_state", migrations.RunSQL.noop),
    ]
