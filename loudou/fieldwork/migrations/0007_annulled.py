from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fieldwork", "0006_written")]

    operations = [
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(
                condition=models.Q(("annulled_at", None), _negated=True),
                fields=["annulled_at"],
                name="activity_annulled",
            ),
        ),
    ]
