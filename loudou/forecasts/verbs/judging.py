"""Counting deals in or out of one's own forecast."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from loudou.forecasts import events, queries
from loudou.forecasts.models import Judgement, Level, Verdict, level_of
from loudou.journal.record import lock, record, verb
from loudou.kernel import clock
from loudou.kernel.periods import Period
from loudou.kernel.refusals import Forbidden, Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline.models import Deal


@verb
def judge(
    deals: Sequence[Deal], *, period: Period, verdict: str, by: User, reason: str = ""
) -> list[Judgement]:
    """Count deals in or out of one's own forecast of a period, with the reason, or take that back (`open`).

    Managers and directors judge the open deals below them that are due in the period. What the level below said, the
    deal and its category stay as they are. Returns what was said anew.
    """
    require(by, "forecasts.submit")
    level = level_of(by)
    if level == Level.REP:
        raise Forbidden(_("Managers and directors judge the deals of those below them."))
    company, why = organisation(), reason.strip()[:300]
    if verdict not in Verdict.values:
        raise Refused(_("A deal is counted in or out, or not judged."), field="verdict")
    if clock.now() >= period.instants(company.zone)[1]:
        raise Refused(_("This period is over."), field="verdict")
    if verdict != Verdict.OPEN and not why:
        raise Refused(_("Say why."), field="reason")
    lock(by)
    due = queries.to_judge(by, period, company.today)
    known = {deal.pk: deal for deal in due.filter(pk__in=[deal.pk for deal in deals])}
    for deal in deals:
        if deal.pk not in known:
            raise Refused(
                _("{deal} is not open and due in this period below you.").format(deal=deal.code),
                field="deals",
            )
    said = [deal for deal in known.values() if (deal.verdict, deal.why) != (verdict, why)]
    return [_say(deal, period, verdict, why, level, by) for deal in said]


def _say(deal: Deal, period: Period, verdict: str, why: str, level: str, by: User) -> Judgement:
    made = Judgement.objects.create(
        user=by,
        unit=by.unit,
        level=level,
        deal=deal,
        first=period.start,
        end=period.end,
        verdict=verdict,
        reason="" if verdict == Verdict.OPEN else why,
        amount=vars(deal)["falls"],
        at=clock.now(),
    )
    event = events.UNJUDGED if verdict == Verdict.OPEN else events.JUDGED
    name = organisation().fiscal.name(period)
    record(event, deal, by=by, verdict=verdict, period=name, reason=made.reason)
    return made
