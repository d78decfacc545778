"""Taking a report out of the house; choosing the success rates that forecasts count with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from loudou.insight import events
from loudou.insight.models import Calibrated
from loudou.insight.queries.calibration import taught
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.numbers import MILLIONTH, rounded
from loudou.kernel.periods import midnight
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.models import Funnel


@verb
def take_out(report: str, *, form: str, count: int, asked: Mapping[str, str], by: User) -> None:
    """Put on record that a report left as a file: which, in what form, with how many rows, asked for how."""
    require(by, "insight.see")
    require(by, "exchange.export")
    record(events.TAKEN_OUT, by, by=by, report=report, form=form, count=count, asked=dict(asked))


@verb
def choose_rates(
    funnel: Funnel, *, calibrated: bool, reason: str, by: User | None, since: date | None = None
) -> None:
    """Let forecasts of a funnel count with calibrated success rates (M04), or with the configured ones again.

    From a day on, today or later; without one from now on. What was forecast before keeps the rates it was forecast
    with. The last word holds: a change that was announced gives way to the next one. Choosing what is chosen changes
    nothing.
    """
    require(by, "pipeline.set_up")
    fresh, why, company = lock(funnel), reason.strip(), organisation()
    if not why:
        raise Refused(_("Say why."), field="reason")
    if since is not None and since < company.today:
        raise Refused(_("The rates of days that are over stay as they are."), field="since")
    when = clock.now()
    if since is not None and since > company.today:
        when = midnight(since, company.zone)
    change = _begin if calibrated else _end
    if change(fresh, when, why, by):
        event = events.RATES_CALIBRATED if calibrated else events.RATES_CONFIGURED
        record(event, fresh, by=by, reason=why, since=when)


def _begin(funnel: Funnel, when: datetime, why: str, by: User | None) -> bool:
    """Let calibrated rates count from an instant on; False: they do already, for good."""
    last = _last(funnel)
    if last is not None and last.until is None and last.since <= when:
        return False
    if last is not None:
        _cut(last, min(last.until or when, when), why, by)
    Calibrated.objects.create(
        funnel=funnel, since=when, reason=why, chosen_at=clock.now(), chosen_by=by, seen=_taught(funnel)
    )
    return True


def _end(funnel: Funnel, when: datetime, why: str, by: User | None) -> bool:
    """Let configured rates count from an instant on; False: they do already."""
    last = _last(funnel)
    if last is None or (last.until is not None and last.until <= max(when, last.since)):
        return False
    _cut(last, when, why, by)
    return True


def _cut(last: Calibrated, when: datetime, why: str, by: User | None) -> None:
    """Let a choice end at an instant; where it ends already there, nothing is to be said."""
    until = max(when, last.since)
    if last.until == until:
        return
    last.until, last.ended_reason, last.ended_at, last.ended_by = until, why, clock.now(), by
    last.save(update_fields=["until", "ended_reason", "ended_at", "ended_by"])


def _last(funnel: Funnel) -> Calibrated | None:
    """The newest choice, without those that never began."""
    begun = ~Q(until=F("since"))
    return Calibrated.objects.filter(begun, funnel=funnel).order_by("-since").first()


def _taught(funnel: Funnel) -> list[dict[str, Any]]:
    """What is in front of whoever chooses: the rates of all closed deals of the organisation, stage by stage."""
    return [
        {
            "code": spec.stage.code,
            "configured": f"{one.configured:.6f}",
            "calibrated": f"{rounded(one.calibrated, MILLIONTH):.6f}",
            "n": one.closed.n,
        }
        for spec, one in taught(funnel, clock.now(), None, organisation())
    ]
