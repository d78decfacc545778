"""History the database itself protects: it numbers and chains every entry, and refuses to change or delete one."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION journal_digest(entry journal_entry) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array(
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), entry.event, entry.actor_id,
        entry.subject_type, entry.subject_id, entry.subject_label, entry.particulars, entry.request_id, entry.channel
    )::text, 'UTF8'))
$$;

CREATE FUNCTION journal_link(previous bytea, id bigint, digest bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(coalesce(previous, ''::bytea) || convert_to(id::text, 'UTF8') || digest)
$$;

CREATE FUNCTION journal_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last_id bigint;
    last_hash bytea;
BEGIN
    -- One writer at a time, until its transaction ends: the chain has no forks and no gaps.
    PERFORM pg_advisory_xact_lock(7620001);
    SELECT e.id, e.hash INTO last_id, last_hash FROM journal_entry e ORDER BY e.id DESC LIMIT 1;
    NEW.id := coalesce(last_id, 0) + 1;
    NEW.digest := journal_digest(NEW);
    NEW.hash := journal_link(last_hash, NEW.id, NEW.digest);
    RETURN NEW;
END
$$;

CREATE TRIGGER journal_chain BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION journal_chain();

CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history cannot be changed' USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal_entry
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""

BACKWARD = """
DROP TRIGGER journal_no_truncate ON journal_entry;
DROP TRIGGER journal_append_only ON journal_entry;
DROP TRIGGER journal_chain ON journal_entry;
DROP FUNCTION journal_refuse();
DROP FUNCTION journal_chain();
DROP FUNCTION journal_link(bytea, bigint, bytea);
DROP FUNCTION journal_digest(journal_entry);
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
