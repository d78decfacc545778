"""In which parts a deal is delivered, each with a date and an amount of its own (M20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from loudou.journal.record import record, verb
from loudou.kernel.numbers import ZERO
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation
from loudou.pipeline import events
from loudou.pipeline.figures.deliveries import Part, Plan, in_order, said
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.deliveries import planned
from loudou.pipeline.verbs._history import add_move, business_time, sane_amount
from loudou.pipeline.verbs._taking import refuse_overtaken, take

MOST = 60
YEARS_AHEAD = 20


@verb
def set_deliveries(
    deal: Deal,
    *,
    parts: Sequence[Part],
    by: User | None,
    version: int | None = None,
    reason: str = "",
    history: bool = False,
) -> Deal:
    """Say in which parts a deal is delivered, in place of what was said before; without parts it has no plan.

    Parts sum to the deal's amount. Dates are days to come, but for those the plan has already; a plan that is changed or
    taken away asks for a reason. Who may import `history` brings days that are over. What becomes of the parts when the amount changes says `figures/deliveries.py`.
    """
    fresh = take(deal, "pipeline.edit", by=by)
    if not fresh.is_live:
        raise Refused(_("A closed deal's amount and dates stay as they are; reopen it first."))
    former = tuple(Part(part.due_on, part.amount) for part in planned(fresh))
    wanted = in_order(Part(part.due_on, sane_amount(part.amount, field="deliveries")) for part in parts)
    refuse_overtaken(fresh, version, deliveries=(" ".join(said(former)), " ".join(said(wanted))))
    if wanted == former:
        return fresh
    if history:
        require(by, "exchange.import_history")
    if wanted:
        _check(fresh, wanted)
        _check_days([part.due_on for part in wanted], None if history else {part.due_on for part in former})
    if former and not reason.strip():
        raise Refused(_("Say why this changes; others will read it."), field="reason")
    when = business_time(fresh, None, by)
    kept = [[part.due_on.isoformat(), str(part.amount)] for part in wanted]
    add_move(fresh, "deliveries", by=by, when=when, plan=kept, reason=reason.strip()[:500])
    record(
        events.DELIVERIES_SET if wanted else events.DELIVERIES_REMOVED,
        fresh,
        by=by,
        before=said(former),
        after=said(wanted),
        reason=reason.strip(),
    )
    return fresh


def _check(deal: Deal, wanted: Plan) -> None:
    if len(wanted) < 2:
        raise Refused(
            _("A plan has two deliveries or more; a single one is the deal's own date."), field="deliveries"
        )
    if len(wanted) > MOST:
        raise Refused(_("A plan has at most {n} deliveries.").format(n=MOST), field="deliveries")
    if any(part.amount <= 0 for part in wanted):
        raise Refused(_("Every delivery has an amount above nought."), field="deliveries")
    whole = sum((part.amount for part in wanted), ZERO)
    if whole != deal.amount:
        sentence = _("The deliveries come to {sum}, the deal to {amount}: they must be the same.")
        raise Refused(sentence.format(sum=_plain(whole), amount=_plain(deal.amount)), field="deliveries")


def _check_days(days: Sequence[date], known: set[date] | None) -> None:
    """`known` are the days over that may stand; None: any."""
    today = organisation().today
    if len(set(days)) < len(days):
        raise Refused(_("Two deliveries have the same date; put them together."), field="deliveries")
    late = next((day for day in days if known is not None and day < today and day not in known), None)
    if late is not None:
        raise Refused(_("{day} lies in the past.").format(day=late), field="deliveries")
    far = next((day for day in days if day.year > today.year + YEARS_AHEAD), None)
    if far is not None:
        sentence = _("{day} is more than {years} years ahead.")
        raise Refused(sentence.format(day=far, years=YEARS_AHEAD), field="deliveries")


def _plain(amount: Decimal) -> str:
    return f"{amount:,.2f}"
