"""Taking a report out of the house; choosing the success rates that forecasts count with; telling deals' chances."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _

from loudou.insight import events
from loudou.insight.models import Calibrated, Foretold
from loudou.insight.queries.calibration import chosen, taught
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.numbers import MILLIONTH, rounded
from loudou.kernel.periods import midnight
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.models import Funnel

Rates = Calibrated.Rates
STEP = Decimal(
    "0.005"
)  # a chance that moved by less is the same: otherwise every day would tell every deal anew


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
    _choose(funnel, Rates.CALIBRATED if calibrated else None, reason, by, since)


@verb
def choose_learned(
    funnel: Funnel,
    *,
    reason: str,
    scores: Mapping[str, Any],
    by: User | None,
    since: date | None = None,
) -> None:
    """Let open deals of a funnel count in forecasts with what was learned of each, as `choose_rates` does with others.

    `scores` are what was in front of whoever chose: how well it foretold later deals, beside the stage table.
    """
    _choose(funnel, Rates.LEARNED, reason, by, since, scores)


@verb
def foretell(chances: Mapping[int, Decimal], *, lesson: int, by: User | None) -> int:
    """Let these deals count with these chances from now on; what they counted with before stays on record.

    Returns of how many that is another chance than before.
    """
    require(by, "pipeline.set_up")
    now = clock.now()
    standing = Foretold.objects.select_for_update().filter(deal__in=chances, until=None)
    before = {one.deal_id: one for one in standing.order_by("deal")}
    fresh = {
        deal: chance
        for deal, chance in chances.items()
        if deal not in before or abs(before[deal].chance - chance) >= STEP
    }
    Foretold.objects.filter(pk__in=[before[deal].pk for deal in fresh if deal in before]).update(until=now)
    Foretold.objects.bulk_create(
        Foretold(deal_id=deal, chance=chance, lesson=lesson, since=now) for deal, chance in fresh.items()
    )
    return len(fresh)


@verb
def stop_foretelling(*, by: User | None) -> int:
    """End the chances of deals whose funnels count with other rates; returns how many that were."""
    require(by, "pipeline.set_up")
    counting = [one.funnel_id for one in chosen(None) if one.rates == Rates.LEARNED]
    return Foretold.objects.filter(until=None).exclude(deal__funnel__in=counting).update(until=clock.now())


def _choose(
    funnel: Funnel,
    rates: Rates | None,
    reason: str,
    by: User | None,
    since: date | None,
    scores: Mapping[str, Any] | None = None,
) -> None:
    """Let these rates count from a day on, today or later, or from now on; None: the configured ones."""
    require(by, "pipeline.set_up")
    fresh, why, company = lock(funnel), reason.strip(), organisation()
    if not why:
        raise Refused(_("Say why."), field="reason")
    if since is not None and since < company.today:
        raise Refused(_("The rates of days that are over stay as they are."), field="since")
    when = clock.now()
    if since is not None and since > company.today:
        when = midnight(since, company.zone)
    last = _last(fresh)
    changed = _end(last, when, why, by) if rates is None else _begins(last, rates, when)
    if changed and rates is not None:
        if last is not None:
            _cut(last, min(last.until or when, when), why, by)
        Calibrated.objects.create(
            funnel=fresh,
            rates=rates,
            since=when,
            reason=why,
            chosen_at=clock.now(),
            chosen_by=by,
            seen=_taught(fresh),
            scores=dict(scores or {}),
        )
    if changed:
        record(_EVENTS[rates], fresh, by=by, reason=why, since=when)


_EVENTS = {
    None: events.RATES_CONFIGURED,
    Rates.CALIBRATED: events.RATES_CALIBRATED,
    Rates.LEARNED: events.RATES_LEARNED,
}


def _begins(last: Calibrated | None, rates: Rates, when: datetime) -> bool:
    """Whether something changes when these rates count from an instant on; not, where they do already, for good."""
    return last is None or last.rates != rates or last.until is not None or last.since > when


def _end(last: Calibrated | None, when: datetime, why: str, by: User | None) -> bool:
    """Let configured rates count from an instant on; False: they do already."""
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
