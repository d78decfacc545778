import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("insight", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            "calibrated",
            "reason",
            models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            "calibrated",
            "ended_reason",
            models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
        migrations.AddField("calibrated", "seen", models.JSONField(default=list)),
        migrations.AddField("calibrated", "chosen_at", models.DateTimeField(null=True)),
        migrations.AddField("calibrated", "ended_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "calibrated",
            "chosen_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            "calibrated",
            "ended_by",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(
            "UPDATE insight_calibrated SET chosen_at = since, ended_at = until;"
            " SET CONSTRAINTS ALL IMMEDIATE",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField("calibrated", "chosen_at", models.DateTimeField()),
        migrations.AddConstraint(
            "calibrated",
            models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                name="calibrated_ends_after_it_began",
            ),
        ),
    ]
