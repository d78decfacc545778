from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """What waits for a person is read from its index alone."""

    dependencies = [("signoff", "0004_delegation")]

    operations = [
        migrations.RemoveIndex(model_name="request", name="request_inbox"),
        migrations.AddIndex(
            model_name="request",
            index=models.Index(
                fields=["signer", "due_at", "id"],
                include=["asker", "owner"],
                condition=models.Q(state="waiting"),
                name="request_inbox",
            ),
        ),
    ]
