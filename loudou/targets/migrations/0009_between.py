"""What stands between an approved target and its months comes to those months, where it was set before and left behind.

Until it did so by itself when a year was agreed or adjusted, such quarters kept the numbers they had. What lies in
closed books stays (C20), and so does a rate, which is no sum.
"""

import json
import uuid
from decimal import Decimal
from typing import Any

from django.db import migrations
from django.utils import timezone

_REASON = "各月合计"
_LEFT_BEHIND = """
SELECT t.id, t.starts_on, t.amount, sum(m.amount), sum(m.base_amount), min(w.approved_by_id), coalesce(p.name, u.name)
FROM targets_target t
LEFT JOIN people_user p ON p.id = t.person_id
LEFT JOIN people_unit u ON u.id = t.unit_id
CROSS JOIN LATERAL (
    SELECT approved_by_id FROM targets_target w
    WHERE {like_w} AND w.starts_on <= t.starts_on AND w.ends_on >= t.ends_on AND w.id <> t.id
        AND w.approved_by_id IS NOT NULL
    ORDER BY w.starts_on, w.ends_on DESC LIMIT 1
) w
JOIN targets_target m ON {like_m} AND m.starts_on >= t.starts_on AND m.ends_on <= t.ends_on
    AND m.ends_on = (m.starts_on + interval '1 month')::date AND extract(day FROM m.starts_on) = 1
    AND m.approved_by_id IS NOT NULL AND m.currency = t.currency
WHERE t.metric <> 'conversion' AND t.ends_on > (t.starts_on + interval '1 month')::date
    AND NOT EXISTS (SELECT FROM people_organisation o WHERE o.closed_through >= t.ends_on - 1)
GROUP BY t.id, p.name, u.name
HAVING sum(m.ends_on - m.starts_on) = t.ends_on - t.starts_on AND sum(m.amount) <> t.amount
ORDER BY t.id
"""
_LIKE = """({other}.person_id = t.person_id OR {other}.person_id IS NULL AND t.person_id IS NULL
        AND {other}.unit_id = t.unit_id)
    AND {other}.metric = t.metric AND {other}.family = t.family AND {other}.segment = t.segment
    AND {other}.stage_id IS NOT DISTINCT FROM t.stage_id"""
_TARGET = """
UPDATE targets_target SET amount = %s, base_amount = %s, approved_by_id = %s, set_at = %s, version = version + 1
WHERE id = %s
"""
_EDITION = """
INSERT INTO targets_edition (target_id, number, amount, currency, cause, reason, set_at)
SELECT t.id, coalesce((SELECT max(number) FROM targets_edition WHERE target_id = t.id), 0) + 1, t.amount, t.currency,
    'error', %s, t.set_at
FROM targets_target t WHERE t.id = %s
"""
_ENTRY = """
INSERT INTO journal_entry
    (at, event, subject_type, subject_id, subject_label, particulars, request_id, channel)
VALUES (%s, 'target.adjusted', 'targets.target', %s, %s, %s, %s, 'job')
"""


def come_to_their_months(apps: Any, schema_editor: Any) -> None:
    """Each with its edition and its entry in the journal, whose trigger chains it."""
    like = {f"like_{other}": _LIKE.format(other=other) for other in "wm"}
    now, act = timezone.now(), uuid.uuid4()
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_LEFT_BEHIND.format(**like))
        for key, start, before, amount, base, signer, owner in cursor.fetchall():
            cursor.execute(_TARGET, [amount, base, signer, now, key])
            cursor.execute(_EDITION, [_REASON, key])
            told = {"changes": {"amount": _plain(before, amount)}, "cause": "error", "reason": _REASON}
            label = f"{owner} {start:%Y-%m}"
            cursor.execute(_ENTRY, [now, key, label, json.dumps(told, ensure_ascii=False), act])


def _plain(*amounts: Decimal) -> list[str]:
    return [str(amount) for amount in amounts]


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0006_delivery_enclosed"),
        ("targets", "0008_families_frozen"),
    ]
    operations = [migrations.RunPython(come_to_their_months, migrations.RunPython.noop)]
