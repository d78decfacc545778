"""What came, went and stood is counted by parts of months too: what a figure's edges cut off is a few rows.

The months follow from their parts: each statement on visits and states is summed once.
"""

import importlib

import django.db.models.deletion
from django.db import migrations, models

ORIGIN = importlib.import_module("loudou.pipeline.migrations.0003_tally")

MONTH = "date_trunc('month', {at} AT TIME ZONE 'UTC')::date"
# Days 1, 6, 11, 16, 21 and 26.
PART = MONTH + " + (least(date_part('day', {at} AT TIME ZONE 'UTC')::int, 30) - 1) / 5 * 5"
TIMES = {"visit": ("s.entered_at", "s.left_at"), "state": ("s.since", "s.until")}


def events(table):
    """What the rows of a table tell, as the counts by month tell it, by part."""
    told = ORIGIN.EVENTS[table]
    for at in TIMES[table]:
        month = MONTH.format(at=at)
        assert month in told
        told = told.replace(month, PART.format(at=at))
    return told.replace(" AS month,", " AS part,", 1)


def parts(table, source):
    return f"""INSERT INTO pipeline_parttally (since, stage_id, unit_id, kind, count, amount)
        SELECT e.part, s.stage_id, e.unit_id, e.kind, sum(e.sign), sum(e.amount)
        FROM ({source}) s CROSS JOIN LATERAL ({events(table)}) e
        GROUP BY e.part, s.stage_id, e.unit_id, e.kind HAVING sum(e.sign) <> 0 OR sum(e.amount) <> 0"""


def count(table, source):
    return f"""WITH parts AS (
            {parts(table, source)}
            RETURNING since, stage_id, unit_id, kind, count, amount
        )
        INSERT INTO pipeline_tally (month, stage_id, unit_id, kind, count, amount)
        SELECT date_trunc('month', since)::date, stage_id, unit_id, kind, sum(count), sum(amount) FROM parts
        GROUP BY 1, 2, 3, 4 HAVING sum(count) <> 0 OR sum(amount) <> 0;"""


def function(table, counted):
    branches = "".join(
        f"""
    IF TG_OP = '{act}' THEN
        {counted(table, source)}
    END IF;"""
        for act, source in ORIGIN.SOURCES.items()
    )
    return f"""
CREATE OR REPLACE FUNCTION pipeline_tally_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{branches}
    RETURN NULL;
END
$$;"""


# Who writes a visit or a state waits until what is there has been counted, so that none is missed or counted twice.
WAIT = "LOCK TABLE pipeline_visit, pipeline_state IN SHARE ROW EXCLUSIVE MODE;"
FORWARD = WAIT + "".join(
    f"{function(table, count)} {parts(table, f'SELECT 1 AS sign, t.* FROM pipeline_{table} t')};" for table in TIMES
)
BACKWARD = "".join(function(table, ORIGIN._count) for table in TIMES)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("pipeline", "0033_late_steps")]

    operations = [
        migrations.CreateModel(
            name="PartTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=14)),
                ("count", models.IntegerField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=22)),
                ("since", models.DateField()),
                (
                    "stage",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pipeline.stage",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.unit",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddIndex(
            model_name="parttally",
            index=models.Index(
                fields=["stage", "since"], include=("unit", "kind", "count", "amount"), name="tally_part"
            ),
        ),
        migrations.RunSQL("ANALYZE pipeline_parttally", migrations.RunSQL.noop),
    ]
