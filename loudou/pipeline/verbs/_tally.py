"""Keeping the counts by month and part of a month small and true: the database writes them, these fold, rebuild and
prove them.
"""

from __future__ import annotations

from django.db import connection, transaction

from loudou.pipeline.verbs._sums import one_at_a_time, rows_apart, tried_again

_LOCK = 7620002

_AT_MONTH = "date_trunc('month', {at} AT TIME ZONE 'UTC')::date"
# The first day of the part of a month (`figures.months`).
_AT_PART = _AT_MONTH + " + (least(date_part('day', {at} AT TIME ZONE 'UTC')::int, 30) - 1) / 5 * 5"
# What the counts must be, from the rows they count: the same sentence as in the triggers (migration `part_tally`).
_COUNTED = f"""
SELECT {_AT_PART.format(at="entered_at")} AS since, stage_id, unit_id,
       'in:' || CASE WHEN entered_by = 'forward' AND jumped > 0 THEN 'skip' ELSE entered_by END AS kind,
       1 AS count, amount
FROM pipeline_visit WHERE NOT again AND void_at IS NULL
UNION ALL
SELECT {_AT_PART.format(at="left_at")}, stage_id, left_unit_id, 'out:' || left_by, 1, left_amount
FROM pipeline_visit WHERE NOT again AND void_at IS NULL AND left_at IS NOT NULL
UNION ALL
SELECT {_AT_PART.format(at="since")}, stage_id, unit_id, 'stands', 1, base_amount
FROM pipeline_state WHERE outcome IN ('open', 'on_hold') AND void_at IS NULL AND stage_id IS NOT NULL
UNION ALL
SELECT {_AT_PART.format(at="until")}, stage_id, unit_id, 'stands', -1, -base_amount
FROM pipeline_state WHERE outcome IN ('open', 'on_hold') AND void_at IS NULL AND stage_id IS NOT NULL
                      AND until IS NOT NULL
"""  # noqa: S608 - sentences of this file
_BY_MONTH = "SELECT date_trunc('month', since)::date AS month, stage_id, unit_id, kind, count, amount FROM ({rows}) of_part"
_SUMMED = """
SELECT {day}, stage_id, unit_id, kind, sum(count)::int AS count, sum(amount) AS amount FROM ({rows}) each_row
GROUP BY {day}, stage_id, unit_id, kind HAVING sum(count) <> 0 OR sum(amount) <> 0
"""
_FOLD = """
WITH many AS (
    SELECT {day}, stage_id, unit_id, kind FROM {table} GROUP BY {day}, stage_id, unit_id, kind
    HAVING count(*) > 1 OR (sum(count) = 0 AND sum(amount) = 0)
), gone AS (
    DELETE FROM {table} t USING many m
    WHERE t.{day} = m.{day} AND t.stage_id = m.stage_id AND t.unit_id IS NOT DISTINCT FROM m.unit_id
      AND t.kind = m.kind
    RETURNING t.{day}, t.stage_id, t.unit_id, t.kind, t.count, t.amount
), kept AS (
    INSERT INTO {table} ({day}, stage_id, unit_id, kind, count, amount)
    SELECT {day}, stage_id, unit_id, kind, sum(count), sum(amount) FROM gone
    GROUP BY {day}, stage_id, unit_id, kind HAVING sum(count) <> 0 OR sum(amount) <> 0 RETURNING 1
)
SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept)
"""
# The tables of counts, the day each of their rows begins with, and the rows they count.
_TABLES = (
    ("pipeline_parttally", "since", _COUNTED),
    ("pipeline_tally", "month", _BY_MONTH.format(rows=_COUNTED)),
)


@tried_again
def fold_tallies() -> int:
    """Make one row of all rows with one key; returns how many rows fewer there are. Sums stay the same throughout."""
    fewer = 0
    with transaction.atomic(), connection.cursor() as cursor:
        one_at_a_time(_LOCK)
        for table, day, _rows in _TABLES:
            cursor.execute(_FOLD.format(table=table, day=day))
            fewer += int(cursor.fetchone()[0])
    return fewer


@tried_again
def recount_tallies() -> int:
    """Count everything anew; returns how many rows that makes. Writers wait meanwhile."""
    written = 0
    with transaction.atomic(), connection.cursor() as cursor:
        one_at_a_time(_LOCK)
        # Who writes a visit or a state waits until the new counts stand, so that none is missed or counted twice. States
        # first, as acts and imports write them (`_history.rebuild`): the other way round both would wait for each other.
        cursor.execute("LOCK TABLE pipeline_state, pipeline_visit IN SHARE ROW EXCLUSIVE MODE")
        for table, day, rows in _TABLES:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of this file
            summed = _SUMMED.format(day=day, rows=rows)
            cursor.execute(f"INSERT INTO {table} ({day}, stage_id, unit_id, kind, count, amount) {summed}")
            written += int(cursor.rowcount)
    return written


def tally_faults() -> int:
    """How many counts differ from the rows they count; 0 unless something is badly wrong."""
    faults = 0
    for table, day, rows in _TABLES:
        counts = f"SELECT {day}, stage_id, unit_id, kind, count, amount FROM {table}"  # noqa: S608 - names of this file
        kept = _SUMMED.format(day=day, rows=counts)
        faults += rows_apart(kept, _SUMMED.format(day=day, rows=rows))
    return faults
