"""Keeping what stands on the funnel small and true: the database writes it, these fold, rebuild and prove it."""

from __future__ import annotations

from django.db import connection, transaction

from loudou.pipeline.verbs._sums import one_at_a_time, rows_apart, tried_again

_LOCK = 7620003
_KEY = "spec_id, unit_id, owner_id, resting"
_SUMS = "count, amount, own_weighted, plain, dated, began_seconds"
_SUMMED = ", ".join(f"sum({name}) AS {name}" for name in _SUMS.split(", "))
_WRITE = f"INSERT INTO pipeline_stock ({_KEY}, {_SUMS}) "

# What the sums must be, from the deals themselves: the same sentence as in the triggers (migration `stock`).
_COUNTED = """
SELECT d.spec_id, d.unit_id, d.owner_id, d.outcome = 'on_hold' AS resting, count(*) AS count,
       sum(d.base_amount) AS amount,
       coalesce(sum(d.base_amount * d.probability), 0) AS own_weighted,
       coalesce(sum(d.base_amount) FILTER (WHERE d.probability IS NULL), 0) AS plain,
       count(d.stage_since) AS dated,
       coalesce(sum(floor(extract(epoch FROM
           coalesce(d.stage_limit_at - p.max_days * interval '1 day', d.stage_since)))), 0) AS began_seconds
FROM pipeline_deal d LEFT JOIN pipeline_stagespec p ON p.id = d.spec_id
WHERE d.outcome IN ('open', 'on_hold') GROUP BY 1, 2, 3, 4
"""


@tried_again
def fold_stock() -> int:
    """Make one row of all rows with one key, none where nothing is left; returns how many rows fewer there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        one_at_a_time(_LOCK)
        cursor.execute(
            f"WITH many AS (SELECT {_KEY} FROM pipeline_stock GROUP BY {_KEY}"  # noqa: S608 - constants of this module
            " HAVING count(*) > 1 OR sum(count) = 0),"
            " gone AS (DELETE FROM pipeline_stock t USING many m WHERE t.spec_id = m.spec_id"
            " AND t.unit_id IS NOT DISTINCT FROM m.unit_id AND t.owner_id = m.owner_id AND t.resting = m.resting"
            f" RETURNING t.spec_id, t.unit_id, t.owner_id, t.resting, {', '.join(f't.{n}' for n in _SUMS.split(', '))}),"
            f" kept AS ({_WRITE} SELECT {_KEY}, {_SUMMED} FROM gone GROUP BY {_KEY}"
            " HAVING sum(count) <> 0 OR sum(amount) <> 0 RETURNING 1)"
            " SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept)"
        )
        return int(cursor.fetchone()[0])


@tried_again
def recount_stock() -> int:
    """Count everything anew; returns how many rows that makes. Writers of deals wait meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        one_at_a_time(_LOCK)
        cursor.execute("LOCK TABLE pipeline_deal IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM pipeline_stock")
        cursor.execute(f"{_WRITE} SELECT {_KEY}, {_SUMS} FROM ({_COUNTED}) counted")  # noqa: S608 - sentences of this file
        return int(cursor.rowcount)


def stock_faults() -> int:
    """How many sums differ from the deals they sum; 0 unless something is badly wrong."""
    kept = (
        f"SELECT {_KEY}, {_SUMMED} FROM pipeline_stock GROUP BY {_KEY}"  # noqa: S608 - sentences of this file
        " HAVING sum(count) <> 0 OR sum(amount) <> 0"
    )
    true = f"SELECT {_KEY}, {_SUMS} FROM ({_COUNTED}) counted"  # noqa: S608 - sentences of this file
    return rows_apart(kept, true)
