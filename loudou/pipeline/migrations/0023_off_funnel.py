"""The few deals that came past the funnel, by an index of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0022_past_covered"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                condition=models.Q(("off_funnel", True)), fields=["id"], name="deal_off_funnel"
            ),
        ),
    ]
