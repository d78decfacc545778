"""What stood at an instant is read by how long it lasted: a short stretch of an index instead of all that ended since."""

from django.conf import settings
from django.db import migrations, models

import loudou.pipeline.models.lasting


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_thresholds"),
        ("pipeline", "0025_owner_outcome"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="state", name="state_live_since"),
        migrations.RemoveIndex(model_name="state", name="state_live_until"),
        migrations.AddIndex(
            model_name="state",
            index=models.Index(
                loudou.pipeline.models.lasting.Lasting(),
                models.F("since"),
                condition=models.Q(("outcome__in", ("open", "on_hold"))),
                include=(
                    "until",
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
                    "amount",
                    "currency",
                    "funnel",
                ),
                name="state_live_lasting",
            ),
        ),
        migrations.AddIndex(
            model_name="state",
            index=models.Index(
                condition=models.Q(("outcome__in", ("open", "on_hold")), _negated=True),
                fields=["since"],
                include=(
                    "until",
                    "deal",
                    "funnel",
                    "outcome",
                    "amount",
                    "currency",
                    "base_amount",
                    "expected_on",
                ),
                name="state_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="state",
            index=models.Index(
                condition=models.Q(
                    models.Q(("outcome__in", ("open", "on_hold")), _negated=True),
                    models.Q(("until", None), _negated=True),
                ),
                fields=["until"],
                include=(
                    "since",
                    "deal",
                    "funnel",
                    "outcome",
                    "amount",
                    "currency",
                    "base_amount",
                    "expected_on",
                ),
                name="state_undone",
            ),
        ),
        migrations.AddIndex(
            model_name="state",
            index=models.Index(
                condition=models.Q(("outcome__in", ("open", "on_hold"))),
                fields=["until"],
                include=("stage", "unit", "base_amount", "void_at"),
                name="state_live_until",
            ),
        ),
        migrations.AddIndex(
            model_name="course",
            index=models.Index(
                condition=models.Q(("is_odd", True), models.Q(("entered_at", None), _negated=True)),
                fields=["entered_at"],
                include=(
                    "stage",
                    "deal",
                    "unit",
                    "owner",
                    "reached_at",
                    "passed_at",
                    "backed_at",
                    "lost_at",
                    "next_at",
                    "void_at",
                    "id",
                ),
                name="course_odd",
            ),
        ),
        # How many states are of which step nobody knows before: of an expression only this tells.
        migrations.RunSQL("ANALYZE pipeline_state", migrations.RunSQL.noop),
    ]
