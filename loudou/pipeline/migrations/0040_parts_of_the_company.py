"""What stood with a unit at an instant, and what it closed, is a few stretches of indexes of its own; so are handings over."""

from django.db import migrations, models

import loudou.pipeline.models.lasting


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0039_marks")]

    operations = [
        migrations.AddIndex(
            model_name="move",
            index=models.Index(
                condition=models.Q(
                    models.Q(("kind", "enter"), _negated=True),
                    models.Q(
                        models.Q(("owner", None), _negated=True),
                        models.Q(("unit", None), _negated=True),
                        _connector="OR",
                    ),
                ),
                fields=["at"],
                include=("deal",),
                name="move_handed",
            ),
        ),
        migrations.AddIndex(
            model_name="state",
            index=models.Index(
                loudou.pipeline.models.lasting.Place(),
                models.F("since"),
                condition=models.Q(("outcome__in", ("open", "on_hold"))),
                name="state_unit_live",
            ),
        ),
        migrations.AddIndex(
            model_name="state",
            index=models.Index(
                condition=models.Q(("outcome__in", ("open", "on_hold")), _negated=True),
                fields=["unit", "since"],
                name="state_unit_closed",
            ),
        ),
        # How many states are of which step nobody knows before: of an expression only this tells.
        migrations.RunSQL("ANALYZE pipeline_state", migrations.RunSQL.noop),
    ]
