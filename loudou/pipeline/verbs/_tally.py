"""Keeping the counts by month small and true: the database writes them, these fold, rebuild and prove them."""

from __future__ import annotations

from django.db import connection, transaction

from loudou.pipeline.verbs._sums import one_at_a_time, rows_apart

_LOCK = 7620002

# What the counts must be, from the rows they count: the same sentence as in the triggers (migration `tally`).
_COUNTED = """
SELECT date_trunc('month', entered_at AT TIME ZONE 'UTC')::date AS month, stage_id, unit_id,
       'in:' || CASE WHEN entered_by = 'forward' AND jumped > 0 THEN 'skip' ELSE entered_by END AS kind,
       1 AS count, amount
FROM pipeline_visit WHERE NOT again AND void_at IS NULL
UNION ALL
SELECT date_trunc('month', left_at AT TIME ZONE 'UTC')::date, stage_id, left_unit_id, 'out:' || left_by, 1, left_amount
FROM pipeline_visit WHERE NOT again AND void_at IS NULL AND left_at IS NOT NULL
UNION ALL
SELECT date_trunc('month', since AT TIME ZONE 'UTC')::date, stage_id, unit_id, 'stands', 1, base_amount
FROM pipeline_state WHERE outcome IN ('open', 'on_hold') AND void_at IS NULL AND stage_id IS NOT NULL
UNION ALL
SELECT date_trunc('month', until AT TIME ZONE 'UTC')::date, stage_id, unit_id, 'stands', -1, -base_amount
FROM pipeline_state WHERE outcome IN ('open', 'on_hold') AND void_at IS NULL AND stage_id IS NOT NULL
                      AND until IS NOT NULL
"""
_SUMMED = """
SELECT month, stage_id, unit_id, kind, sum(count)::int AS count, sum(amount) AS amount FROM ({rows}) each_row
GROUP BY month, stage_id, unit_id, kind HAVING sum(count) <> 0 OR sum(amount) <> 0
"""
_WRITE = "INSERT INTO pipeline_tally (month, stage_id, unit_id, kind, count, amount) "
_FOLD = """
WITH many AS (
    SELECT month, stage_id, unit_id, kind FROM pipeline_tally GROUP BY month, stage_id, unit_id, kind
    HAVING count(*) > 1 OR (sum(count) = 0 AND sum(amount) = 0)
), gone AS (
    DELETE FROM pipeline_tally t USING many m
    WHERE t.month = m.month AND t.stage_id = m.stage_id AND t.unit_id IS NOT DISTINCT FROM m.unit_id
      AND t.kind = m.kind
    RETURNING t.month, t.stage_id, t.unit_id, t.kind, t.count, t.amount
), kept AS (
    INSERT INTO pipeline_tally (month, stage_id, unit_id, kind, count, amount)
    SELECT month, stage_id, unit_id, kind, sum(count), sum(amount) FROM gone
    GROUP BY month, stage_id, unit_id, kind HAVING sum(count) <> 0 OR sum(amount) <> 0 RETURNING 1
)
SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept)
"""


def fold_tallies() -> int:
    """Make one row of all rows with one key; returns how many rows fewer there are. Sums stay the same throughout."""
    with transaction.atomic(), connection.cursor() as cursor:
        one_at_a_time(_LOCK)
        cursor.execute(_FOLD)
        return int(cursor.fetchone()[0])


def recount_tallies() -> int:
    """Count everything anew; returns how many rows that makes. Writers wait meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        one_at_a_time(_LOCK)
        # Who writes a visit or a state waits until the new counts stand, so that none is missed or counted twice.
        cursor.execute("LOCK TABLE pipeline_visit, pipeline_state IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM pipeline_tally")
        cursor.execute(_WRITE + _SUMMED.format(rows=_COUNTED))
        return int(cursor.rowcount)


def tally_faults() -> int:
    """How many counts differ from the rows they count; 0 unless something is badly wrong."""
    kept = _SUMMED.format(rows="SELECT month, stage_id, unit_id, kind, count, amount FROM pipeline_tally")
    true = _SUMMED.format(rows=_COUNTED)
    return rows_apart(kept, true)
