"""What people of a world leave behind beside deals: targets, activities, signatures waited for. For the pages that show it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loudou.kernel.periods import Grain

SIGNER = "manager1"
WAITING = 5_000
EACH = 10_000  # activities a person, in a world that is not tiny
SEASON = Decimal(100_000)  # what everybody is to bring in a month

_ACTIVITIES = """
INSERT INTO fieldwork_activity (code, kind, at, day, owner_id, unit_id, customer_id, contact, result, next_step, channel,
                                valid, counts, recorded_at, known_at, annulled_reason, version)
SELECT 'M' || u.id || '-' || n, (ARRAY['visit', 'call', 'call', 'meeting', 'email'])[1 + n %% 5], made.at, made.at::date,
       u.id, u.unit_id, 1 + (u.id * 7919 + n) %% %(customers)s, '', '已谈', '', 'web', true, true, made.at, made.at, '', 1
FROM people_user u CROSS JOIN generate_series(0, %(each)s - 1) n
CROSS JOIN LATERAL (SELECT now() - (n * interval '3 years' / %(each)s) AS at) made
WHERE 'rep' = ANY(u.roles) AND u.unit_id IS NOT NULL
"""
_SIGNATURES = """
INSERT INTO signoff_request (act, needs, url, subject_type, subject_id, subject_label, payload, facts, starters, reason,
                             asker_id, owner_id, unit_id, signer_id, asked_at, due_at, state, opinion, content_hash, version)
SELECT r.act, r.needs, r.url, r.subject_type, d.id, d.title, r.payload, r.facts, r.starters, r.reason,
       d.owner_id, d.owner_id, d.unit_id, r.signer_id, now(), now() + interval '1 day', 'waiting', '', r.content_hash, 1
FROM (SELECT * FROM signoff_request WHERE state = 'waiting' AND signer_id = %(signer)s LIMIT 1) r
JOIN pipeline_deal d ON d.unit_id = r.unit_id
LIMIT %(most)s
ON CONFLICT DO NOTHING
"""


def fill() -> dict[str, int]:
    """Put in what is missing; the rows there are then."""
    from django.db import connection, transaction

    from loudou.customers.models import Customer
    from loudou.demo.world.copying import bare
    from loudou.fieldwork.models import Activity
    from loudou.people.models import User
    from loudou.signoff.models import Request
    from loudou.targets.models import Target

    customers = Customer.objects.count()
    if not Target.objects.exists():
        Target.objects.bulk_create(_targets(), batch_size=5_000)
    with transaction.atomic(), connection.cursor() as cursor:
        if not Activity.objects.exists():
            with bare([Activity]):
                each = EACH if customers > EACH else 20
                cursor.execute(_ACTIVITIES, {"customers": customers, "each": each})
        signer = User.objects.get(username=SIGNER)
        missing = WAITING - Request.objects.filter(signer=signer, state="waiting").count()
        cursor.execute(_SIGNATURES, {"signer": signer.pk, "most": max(missing, 0)})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) fieldwork_activity, targets_target, signoff_request")
    return {table._meta.label_lower: table._default_manager.count() for table in (Target, Activity, Request)}


def _targets() -> list[Any]:
    """This year's months, and the year, of everybody who sells."""
    from loudou.kernel import clock
    from loudou.people.models import User
    from loudou.people.queries import organisation
    from loudou.targets.models import Target

    company = organisation()
    year = company.fiscal.of(company.today, Grain.YEAR)
    months = company.fiscal.split(year, Grain.MONTH)
    amounts = [*((month, SEASON) for month in months), (year, SEASON * len(months))]
    said = {"metric": "bookings", "currency": company.base_currency, "set_at": clock.now()}
    return [
        Target(
            unit_id=person.unit_id,
            person=person,
            starts_on=period.start,
            ends_on=period.end,
            amount=amount,
            base_amount=amount,
            **said,
        )
        for person in User.objects.filter(roles__contains=["rep"]).exclude(unit=None)
        for period, amount in amounts
    ]
