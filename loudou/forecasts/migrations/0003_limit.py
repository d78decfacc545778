"""A locked number keeps the limit it was locked under; those there are keep the one they were judged by until now."""

from typing import Any

from django.db import migrations, models

_LEVELS = ("rep", "manager", "director")


def keep_limits(apps: Any, schema_editor: Any) -> None:
    """Write the present limit of its level on every number that was ever locked."""
    terms = apps.get_model("forecasts", "Terms")
    rules = terms.objects.first() or terms()
    locked = apps.get_model("forecasts", "Submission").objects.exclude(locked_at=None)
    for level in _LEVELS:
        locked.filter(level=level).update(limit=getattr(rules, f"{level}_limit"))


class Migration(migrations.Migration):
    dependencies = [("forecasts", "0002_judgements")]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="limit",
            field=models.DecimalField(decimal_places=4, max_digits=5, null=True),
        ),
        migrations.RunPython(keep_limits, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(("locked_at", None), models.Q(("limit", None), _negated=True), _connector="OR"),
                name="locked_under_a_limit",
            ),
        ),
    ]
