"""Win rates read deals from their indexes alone; and deals whose first day is another say so to what is kept of closes."""

from django.db import migrations, models
from django.db.models import F, Q

# Whatever is kept may count with the first day of a deal, whose moves may have stayed as they were.
FORWARD = """
CREATE FUNCTION pipeline_begun_anew() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine CONSTANT bigint := pg_current_xact_id()::text::bigint;
    ever CONSTANT timestamptz := '1970-01-01T00:00:00Z';
BEGIN
    INSERT INTO pipeline_disturbance (xid, written_at, at, known_at)
    SELECT mine, now(), ever, ever
    WHERE NOT EXISTS (SELECT 1 FROM pipeline_disturbance d WHERE d.xid = mine AND d.known_at = ever AND d.at = ever);
    RETURN NULL;
END
$$;
CREATE TRIGGER begun_anew AFTER UPDATE OF created_at ON pipeline_deal
    FOR EACH ROW WHEN (OLD.created_at IS DISTINCT FROM NEW.created_at) EXECUTE FUNCTION pipeline_begun_anew();
"""


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0031_undated")]

    operations = [
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(fields=["id"], condition=~Q(lost_to=""), name="deal_rival"),
        ),
        migrations.RemoveIndex(model_name="deal", name="deal_created"),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                F("created_at").desc(nulls_last=True),
                F("id").desc(),
                include=("unit", "owner", "outcome", "closed_at", "reopen_count", "lost_to"),
                name="deal_created",
            ),
        ),
        migrations.RunSQL(FORWARD, "DROP FUNCTION pipeline_begun_anew() CASCADE;"),
    ]
