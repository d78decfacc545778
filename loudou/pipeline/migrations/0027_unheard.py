"""An index of open deals by their last contact: who was not spoken to for long leaks in silence (M12)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0026_lasting")]

    operations = [
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                fields=["last_contact_at"],
                include=["id"],
                condition=models.Q(("outcome", "open"), models.Q(("last_contact_at", None), _negated=True)),
                name="deal_unheard",
            ),
        ),
    ]
