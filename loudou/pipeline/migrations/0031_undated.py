"""An index of the open deals whose dates are not known: what is added up of open deals leaves them out."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0030_tally_stands")]

    operations = [
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                fields=["id"],
                condition=models.Q(("legacy", True), ("outcome", "open")),
                name="deal_undated",
            ),
        ),
    ]
