"""Sums of what is over, kept, and a trigger on moves that says what may have changed them."""

from django.db import migrations, models

SOURCES = {
    "INSERT": "SELECT at, known_at FROM fresh",
    "DELETE": "SELECT at, known_at FROM former",
    "UPDATE": "SELECT at, known_at FROM fresh UNION ALL SELECT at, known_at FROM former",
}
TABLES = {"INSERT": "NEW TABLE AS fresh", "DELETE": "OLD TABLE AS former", "UPDATE": "OLD TABLE AS former NEW TABLE AS fresh"}
BRANCHES = "".join(
    f"""
    IF TG_OP = '{act}' THEN
        INSERT INTO pipeline_disturbance (xid, written_at, at, known_at)
        SELECT pg_current_xact_id()::text::bigint, now(), min(m.at), min(m.known_at) FROM ({source}) m
        HAVING count(*) > 0;
    END IF;"""
    for act, source in SOURCES.items()
)
FORWARD = f"""
CREATE FUNCTION pipeline_disturbed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{BRANCHES}
    RETURN NULL;
END
$$;""" + "".join(
    f"""
CREATE TRIGGER disturbed_{act.lower()} AFTER {act} ON pipeline_move REFERENCING {tables}
    FOR EACH STATEMENT EXECUTE FUNCTION pipeline_disturbed();"""
    for act, tables in TABLES.items()
)


class Migration(migrations.Migration):

    dependencies = [
        ('pipeline', '0014_covering'),
    ]

    operations = [
        migrations.CreateModel(
            name='Disturbance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('xid', models.BigIntegerField(db_index=True)),
                ('written_at', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('known_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Kept',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('until', models.DateTimeField()),
                ('sums', models.JSONField()),
                ('seen', models.TextField()),
                ('server', models.CharField(max_length=80)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name='move',
            index=models.Index(fields=['known_at'], include=('deal',), name='move_known'),
        ),
        migrations.RunSQL(FORWARD, "DROP FUNCTION pipeline_disturbed() CASCADE;"),
    ]
