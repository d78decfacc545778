from django.conf import settings
from django.db import migrations, models

# Books that were closed before families were frozen: what they hold of each family is frozen as it stands now.
_FAMILIES = """
UPDATE targets_closing SET families = coalesce(
    (SELECT jsonb_object_agg(id::text, family) FROM catalog_product WHERE family > ''), '{}'
)
"""
_FACTS = """
INSERT INTO targets_fact (closing_id, metric, day, person_id, unit_id, family, amount)
SELECT closing, metric, day, left_owner_id, left_unit_id, family, sum(amount)
FROM (
    SELECT c.id AS closing, (v.left_at AT TIME ZONE o.time_zone)::date AS day, v.left_owner_id, v.left_unit_id, p.family,
        coalesce(
            l.quantity * l.price * v.left_amount / nullif(w.price, 0), l.quantity * v.left_amount / w.pieces
        ) AS bookings,
        l.quantity,
        CASE row_number() OVER (PARTITION BY c.id, v.id, p.family ORDER BY l.id) WHEN 1 THEN 1 ELSE 0 END AS deals
    FROM targets_closing c
    CROSS JOIN people_organisation o
    JOIN pipeline_visit v ON v.left_by = 'won' AND v.void_at IS NULL AND v.reopened_at IS NULL
        AND v.left_at >= c.starts_on::timestamp AT TIME ZONE o.time_zone
        AND v.left_at < c.ends_on::timestamp AT TIME ZONE o.time_zone
    JOIN pipeline_line l ON l.deal_id = v.deal_id AND l.system_of_record = 'funnel'
    JOIN catalog_product p ON p.id = l.product_id AND p.family > ''
    JOIN LATERAL (
        SELECT sum(quantity * price) AS price, sum(quantity) AS pieces
        FROM pipeline_line WHERE deal_id = v.deal_id AND system_of_record = 'funnel'
    ) w ON true
    WHERE NOT EXISTS (
        SELECT FROM pipeline_move m
        WHERE m.deal_id = v.deal_id AND m.kind = 'won' AND m.at = v.left_at AND m.recorded_at > c.closed_at
    )
) each
CROSS JOIN LATERAL (VALUES ('bookings', bookings), ('quantity', quantity), ('deals', deals)) told (metric, amount)
GROUP BY closing, metric, day, left_owner_id, left_unit_id, family
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_product_number"),
        ("people", "0004_thresholds"),
        ("pipeline", "0021_closed_sums"),
        ("targets", "0007_selling_days"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="fact", name="fact_of_closing"),
        migrations.AddField(model_name="closing", name="families", field=models.JSONField(default=dict)),
        migrations.AddField(
            model_name="fact", name="family", field=models.CharField(default="", max_length=80)
        ),
        migrations.AlterField(
            model_name="fact",
            name="amount",
            field=models.DecimalField(decimal_places=12, max_digits=32),
        ),
        migrations.AddIndex(
            model_name="fact",
            index=models.Index(
                fields=["closing", "metric", "family", "day"],
                include=("person", "unit", "amount"),
                name="fact_of_closing",
            ),
        ),
        migrations.RunSQL([_FAMILIES, _FACTS], migrations.RunSQL.noop),
    ]
