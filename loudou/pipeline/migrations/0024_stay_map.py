"""The index of live deals by age has all that the map of what stands still asks of them."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_thresholds"),
        ("pipeline", "0023_off_funnel"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="deal", name="deal_age"),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                fields=["stage_since", "id"],
                include=("unit", "owner", "funnel", "spec", "outcome", "base_amount", "stage_limit_at"),
                condition=models.Q(("outcome__in", ("open", "on_hold"))),
                name="deal_age",
            ),
        ),
    ]
