"""Counts by month that the database keeps itself: whoever writes visits and states, these stay true.

Statement by statement: what a statement wrote is summed, and only what changed becomes a row. Nobody waits for
anybody: rows of one key add up, and are folded into one by night.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


SOURCES = {
    "INSERT": "SELECT 1 AS sign, fresh.* FROM fresh",
    "DELETE": "SELECT -1 AS sign, former.* FROM former",
    "UPDATE": "SELECT 1 AS sign, fresh.* FROM fresh UNION ALL SELECT -1, former.* FROM former",
}
TABLES = {"INSERT": "NEW TABLE AS fresh", "DELETE": "OLD TABLE AS former", "UPDATE": "OLD TABLE AS former NEW TABLE AS fresh"}
EVENTS = {
    "visit": """
        SELECT date_trunc('month', s.entered_at AT TIME ZONE 'UTC')::date AS month, s.unit_id,
               'in:' || CASE WHEN s.entered_by = 'forward' AND s.jumped > 0 THEN 'skip' ELSE s.entered_by END AS kind,
               s.sign, s.sign * s.amount AS amount
        WHERE NOT s.again AND s.void_at IS NULL
        UNION ALL
        SELECT date_trunc('month', s.left_at AT TIME ZONE 'UTC')::date, s.left_unit_id, 'out:' || s.left_by,
               s.sign, s.sign * s.left_amount
        WHERE NOT s.again AND s.void_at IS NULL AND s.left_at IS NOT NULL
    """,
    "state": """
        SELECT date_trunc('month', s.since AT TIME ZONE 'UTC')::date AS month, s.unit_id, 'stands' AS kind,
               s.sign, s.sign * s.base_amount AS amount
        WHERE s.outcome IN ('open', 'on_hold') AND s.void_at IS NULL AND s.stage_id IS NOT NULL
        UNION ALL
        SELECT date_trunc('month', s.until AT TIME ZONE 'UTC')::date, s.unit_id, 'stands',
               -s.sign, -s.sign * s.base_amount
        WHERE s.outcome IN ('open', 'on_hold') AND s.void_at IS NULL AND s.stage_id IS NOT NULL AND s.until IS NOT NULL
    """,
}


def _count(table, source):
    return f"""INSERT INTO pipeline_tally (month, stage_id, unit_id, kind, count, amount)
        SELECT e.month, s.stage_id, e.unit_id, e.kind, sum(e.sign), sum(e.amount)
        FROM ({source}) s CROSS JOIN LATERAL ({EVENTS[table]}) e
        GROUP BY e.month, s.stage_id, e.unit_id, e.kind HAVING sum(e.sign) <> 0 OR sum(e.amount) <> 0;"""


def _forward(table):
    branches = "".join(
        f"""
    IF TG_OP = '{act}' THEN
        {_count(table, source)}
    END IF;"""
        for act, source in SOURCES.items()
    )
    yield f"""
CREATE FUNCTION pipeline_tally_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{branches}
    RETURN NULL;
END
$$;"""
    for act, tables in TABLES.items():
        yield f"""
CREATE TRIGGER tally_{act.lower()} AFTER {act} ON pipeline_{table} REFERENCING {tables}
    FOR EACH STATEMENT EXECUTE FUNCTION pipeline_tally_{table}();"""


FORWARD = "".join(part for table in EVENTS for part in _forward(table))
WHAT_IS_THERE = "".join(_count(table, f"SELECT 1 AS sign, t.* FROM pipeline_{table} t") for table in EVENTS)
BACKWARD = "".join(f"DROP FUNCTION pipeline_tally_{table}() CASCADE;" for table in EVENTS)


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0001_initial'),
        ('pipeline', '0002_deal_number'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('kind', models.CharField(max_length=14)),
                ('count', models.IntegerField()),
                ('amount', models.DecimalField(decimal_places=2, max_digits=22)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='state',
            name='state_live',
        ),
        migrations.RemoveIndex(
            model_name='visit',
            name='visit_entered',
        ),
        migrations.RemoveIndex(
            model_name='visit',
            name='visit_left',
        ),
        migrations.RemoveIndex(
            model_name='visit',
            name='visit_again',
        ),
        migrations.AddField(
            model_name='state',
            name='void_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='visit',
            name='jumped',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='visit',
            name='left_before_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='visit',
            name='reopened_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='visit',
            name='returned_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='visit',
            name='void_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='move',
            index=models.Index(condition=models.Q(('known_at__gt', models.F('at'))), fields=['known_at'], include=('at', 'deal'), name='move_late'),
        ),
        migrations.AddIndex(
            model_name='move',
            index=models.Index(condition=models.Q(('kind', 'migrate')), fields=['at'], include=('deal',), name='move_migrate'),
        ),
        migrations.AddIndex(
            model_name='state',
            index=models.Index(condition=models.Q(('outcome__in', ('open', 'on_hold'))), fields=['since'], include=('until', 'stage', 'unit', 'owner', 'base_amount', 'void_at'), name='state_live_since'),
        ),
        migrations.AddIndex(
            model_name='state',
            index=models.Index(condition=models.Q(('outcome__in', ('open', 'on_hold'))), fields=['until'], include=('since', 'stage', 'unit', 'owner', 'base_amount', 'void_at'), name='state_live_until'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(fields=['entered_at', 'stage'], include=('unit', 'owner', 'entered_by', 'jumped', 'amount', 'again', 'void_at'), name='visit_entered'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(condition=models.Q(('left_at', None), _negated=True), fields=['left_at', 'stage'], include=('left_unit', 'left_owner', 'left_by', 'left_amount', 'again', 'void_at', 'reopened_at'), name='visit_left'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(condition=models.Q(('again', True), models.Q(('void_at', None), _negated=True), _connector='OR'), fields=['entered_at'], name='visit_odd_entered'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(condition=models.Q(models.Q(('again', True), models.Q(('void_at', None), _negated=True), _connector='OR'), models.Q(('left_at', None), _negated=True)), fields=['left_at'], name='visit_odd_left'),
        ),
        migrations.AddField(
            model_name='tally',
            name='stage',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pipeline.stage'),
        ),
        migrations.AddField(
            model_name='tally',
            name='unit',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.unit'),
        ),
        migrations.AddIndex(
            model_name='tally',
            index=models.Index(fields=['stage', 'month'], include=('unit', 'kind', 'count', 'amount'), name='tally_month'),
        ),
        migrations.AddIndex(
            model_name='tally',
            index=models.Index(fields=['unit', 'stage', 'month'], include=('kind', 'count', 'amount'), name='tally_unit'),
        ),
        migrations.RunSQL(FORWARD + WHAT_IS_THERE, BACKWARD),
    ]
