"""What is said in a negotiation is on record, and told to whoever offered it."""

from __future__ import annotations

from decimal import Decimal

from loudou.journal.models import Notice
from loudou.kernel import clock
from loudou.kernel.periods import Fiscal
from loudou.people.models import Unit
from loudou.targets import verbs
from tests.cast import Cast
from tests.make import instant


def test_a_proposal_is_told_to_who_offered(cast: Cast) -> None:
    unit = Unit.objects.get(pk=cast.wumin.unit_id)
    with clock.at(instant("2025-12-10 10:00")):
        talk = verbs.open_negotiation(
            unit=unit,
            metric="bookings",
            period=Fiscal().parse("2026"),
            envelope=Decimal(27_000_000),
            by=cast.heli,
            text="先谈谈",
        )
        verbs.propose_target(talk, amount=Decimal(26_000_000), by=cast.wumin, text="按在手商机")
    told = Notice.objects.filter(entry__event="negotiation.proposed", entry__subject_id=talk.pk)
    assert [(one.recipient, one.entry.actor) for one in told] == [(cast.heli, cast.wumin)]
