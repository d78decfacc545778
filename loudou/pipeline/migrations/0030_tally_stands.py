"""An index of the tallies that tell what stood: it is their sum over all months, and they are one kind in six."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0029_came_later")]

    operations = [
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(
                fields=["stage", "month"],
                include=("unit", "count", "amount"),
                condition=models.Q(("kind", "stands")),
                name="tally_stands",
            ),
        ),
    ]
