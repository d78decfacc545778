"""Taking a report out of the house; choosing the success rates that forecasts count with."""

from __future__ import annotations

from collections.abc import Mapping

from loudou.insight import events
from loudou.insight.models import Calibrated
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.people.access import require
from loudou.people.models import User
from loudou.pipeline.models import Funnel


@verb
def take_out(report: str, *, form: str, count: int, asked: Mapping[str, str], by: User) -> None:
    """Put on record that a report left as a file: which, in what form, with how many rows, asked for how."""
    require(by, "insight.see")
    require(by, "exchange.export")
    record(events.TAKEN_OUT, by, by=by, report=report, form=form, count=count, asked=dict(asked))


@verb
def choose_rates(funnel: Funnel, *, calibrated: bool, by: User | None) -> None:
    """Let forecasts of a funnel count with calibrated success rates (M04), or with the configured ones again.

    What was forecast before keeps the rates it was forecast with. Choosing what is chosen changes nothing.
    """
    require(by, "pipeline.set_up")
    fresh, now = lock(funnel), clock.now()
    running = Calibrated.objects.filter(funnel=fresh, until=None).first()
    if calibrated and running is None:
        Calibrated.objects.create(funnel=fresh, since=now)
        record(events.RATES_CALIBRATED, fresh, by=by)
    elif not calibrated and running is not None:
        running.until = now
        running.save(update_fields=["until"])
        record(events.RATES_CONFIGURED, fresh, by=by)
