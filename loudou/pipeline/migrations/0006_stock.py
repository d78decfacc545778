"""What stands on the funnel, summed by the database as deals are written; indexes for the board and the list's orders."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


COLUMNS = "spec_id, unit_id, owner_id, outcome, base_amount, probability, stage_since, stage_limit_at"
SOURCES = {
    "INSERT": f"SELECT 1 AS sign, {COLUMNS} FROM fresh",
    "DELETE": f"SELECT -1 AS sign, {COLUMNS} FROM former",
    "UPDATE": f"SELECT 1 AS sign, {COLUMNS} FROM fresh UNION ALL SELECT -1, {COLUMNS} FROM former",
}
TABLES = {"INSERT": "NEW TABLE AS fresh", "DELETE": "OLD TABLE AS former", "UPDATE": "OLD TABLE AS former NEW TABLE AS fresh"}


def _count(source):
    return f"""INSERT INTO pipeline_stock
            (spec_id, unit_id, owner_id, resting, count, amount, own_weighted, plain, dated, began_seconds)
        SELECT * FROM (
            SELECT s.spec_id, s.unit_id, s.owner_id, s.outcome = 'on_hold' AS resting,
                   sum(s.sign) AS count,
                   sum(s.sign * s.base_amount) AS amount,
                   coalesce(sum(s.sign * s.base_amount * s.probability), 0) AS own_weighted,
                   coalesce(sum(s.sign * s.base_amount) FILTER (WHERE s.probability IS NULL), 0) AS plain,
                   coalesce(sum(s.sign) FILTER (WHERE s.stage_since IS NOT NULL), 0) AS dated,
                   coalesce(sum(s.sign * floor(extract(epoch FROM
                       coalesce(s.stage_limit_at - p.max_days * interval '1 day', s.stage_since)))), 0) AS began_seconds
            FROM ({source}) s LEFT JOIN pipeline_stagespec p ON p.id = s.spec_id
            WHERE s.outcome IN ('open', 'on_hold')
            GROUP BY 1, 2, 3, 4
        ) change
        WHERE (count, amount, own_weighted, plain, dated, began_seconds) <> (0, 0, 0, 0, 0, 0);"""


BRANCHES = "".join(f"""
    IF TG_OP = '{act}' THEN
        {_count(source)}
    END IF;""" for act, source in SOURCES.items())
FORWARD = f"""
CREATE FUNCTION pipeline_stock_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{BRANCHES}
    RETURN NULL;
END
$$;""" + "".join(f"""
CREATE TRIGGER stock_{act.lower()} AFTER {act} ON pipeline_deal REFERENCING {tables}
    FOR EACH STATEMENT EXECUTE FUNCTION pipeline_stock_count();""" for act, tables in TABLES.items())
WHAT_IS_THERE = _count(f"SELECT 1 AS sign, {COLUMNS} FROM pipeline_deal")
BACKWARD = "DROP FUNCTION pipeline_stock_count() CASCADE;"


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0002_merging'),
        ('people', '0002_mail_and_recovery'),
        ('pipeline', '0005_funnel_migration'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Stock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('resting', models.BooleanField()),
                ('count', models.IntegerField()),
                ('amount', models.DecimalField(decimal_places=2, max_digits=22)),
                ('own_weighted', models.DecimalField(decimal_places=6, max_digits=26)),
                ('plain', models.DecimalField(decimal_places=2, max_digits=22)),
                ('dated', models.IntegerField()),
                ('began_seconds', models.BigIntegerField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name='deal',
            name='deal_touched',
        ),
        migrations.RemoveIndex(
            model_name='deal',
            name='deal_board',
        ),
        migrations.RemoveIndex(
            model_name='deal',
            name='deal_board_owner',
        ),
        migrations.RemoveIndex(
            model_name='deal',
            name='deal_expected',
        ),
        migrations.AlterField(
            model_name='deal',
            name='customer',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deals', to='customers.customer', verbose_name='customer'),
        ),
        migrations.AlterField(
            model_name='deal',
            name='owner',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deals', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AlterField(
            model_name='deal',
            name='unit',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.unit', verbose_name='unit'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(fields=['-touched_at', '-id'], include=('unit', 'owner', 'outcome'), name='deal_touched'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('outcome', 'open')), fields=['spec', '-base_amount', '-id'], include=('unit', 'owner', 'expected_on', 'next_on', 'pushes', 'probability', 'stage_since', 'stage_warn_at', 'stage_limit_at'), name='deal_board'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('outcome', 'open')), fields=['unit', 'spec', '-base_amount', '-id'], include=('owner', 'expected_on', 'next_on', 'pushes', 'probability', 'stage_since', 'stage_warn_at', 'stage_limit_at'), name='deal_board_unit'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('outcome', 'open')), fields=['owner', 'spec', '-base_amount', '-id'], include=('expected_on', 'next_on', 'pushes', 'probability', 'stage_since', 'stage_warn_at', 'stage_limit_at'), name='deal_board_owner'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('outcome__in', ('open', 'on_hold'))), fields=['-base_amount', '-id'], include=('unit', 'owner'), name='deal_amount'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('outcome__in', ('open', 'on_hold'))), fields=['expected_on', 'id'], include=('unit', 'owner'), name='deal_expected'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('outcome__in', ('open', 'on_hold'))), fields=['next_on', 'id'], include=('unit', 'owner'), name='deal_next'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('outcome__in', ('open', 'on_hold'))), fields=['stage_since', 'id'], include=('unit', 'owner'), name='deal_age'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(models.OrderBy(models.F('created_at'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), include=('unit', 'owner', 'outcome'), name='deal_created'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(models.OrderBy(models.F('closed_at'), descending=True, nulls_last=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('closed_at', None), _negated=True), include=('unit', 'owner', 'outcome'), name='deal_closed_last'),
        ),
        migrations.AddField(
            model_name='stock',
            name='owner',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='stock',
            name='spec',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pipeline.stagespec'),
        ),
        migrations.AddField(
            model_name='stock',
            name='unit',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.unit'),
        ),
        migrations.AddIndex(
            model_name='stock',
            index=models.Index(fields=['spec', 'unit', 'owner'], name='stock_spec'),
        ),
        migrations.AddIndex(
            model_name='stock',
            index=models.Index(fields=['unit', 'spec'], name='stock_unit'),
        ),
        migrations.AddIndex(
            model_name='stock',
            index=models.Index(fields=['owner', 'spec'], name='stock_owner'),
        ),
        migrations.RunSQL(FORWARD + WHAT_IS_THERE, BACKWARD),
    ]
