"""The index of somebody's deals tells the live ones from those that are over."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_thresholds"),
        ("pipeline", "0024_stay_map"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="deal", name="deal_owner"),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(fields=["owner", "outcome", "-touched_at", "-id"], name="deal_owner"),
        ),
    ]
