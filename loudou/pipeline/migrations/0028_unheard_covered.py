"""The index of open deals by their last contact has what is added up of them: no deal is looked up for its amount."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0027_unheard")]

    operations = [
        migrations.RemoveIndex(model_name="deal", name="deal_unheard"),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                fields=["last_contact_at"],
                include=("id", "unit", "owner", "spec", "base_amount"),
                condition=models.Q(("outcome", "open"), models.Q(("last_contact_at", None), _negated=True)),
                name="deal_unheard",
            ),
        ),
    ]
