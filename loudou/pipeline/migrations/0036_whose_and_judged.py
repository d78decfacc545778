"""Who ever had a deal is told by an index of the facts that say so; live deals by one with all that is odd about them."""

from django.db import migrations, models

_ON_BOARD = (
    "expected_on",
    "next_on",
    "pushes",
    "probability",
    "stage_since",
    "stage_warn_at",
    "stage_limit_at",
)
_JUDGED = (
    *("next_step", "gate_done", "gate_total", "last_contact_at", "created_at"),
    *("backs", "skips", "amount_jumps", "owed_evidence"),
)


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0035_void_lasting")]

    operations = [
        migrations.AddIndex(
            model_name="move",
            index=models.Index(
                condition=models.Q(
                    models.Q(("owner", None), _negated=True),
                    models.Q(("unit", None), _negated=True),
                    _connector="OR",
                ),
                fields=["deal"],
                include=("owner", "unit"),
                name="move_whose",
            ),
        ),
        migrations.RemoveIndex(model_name="deal", name="deal_live"),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                condition=models.Q(("outcome__in", ("open", "on_hold"))),
                fields=["unit", "-touched_at", "-id"],
                include=(
                    "owner",
                    "outcome",
                    "spec",
                    "base_amount",
                    "category",
                    "source",
                    *_ON_BOARD,
                    *_JUDGED,
                ),
                name="deal_live",
            ),
        ),
    ]
