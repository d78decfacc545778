"""From when on something is odd: the organisation's thresholds, and judging the deals it has by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loudou.journal.jobs import later
from loudou.journal.record import changes, lock, record, verb
from loudou.kernel.numbers import CENT, rounded
from loudou.kernel.refusals import Refused
from loudou.people.access import require
from loudou.people.models import User
from loudou.people.queries import organisation, read_organisation_again
from loudou.pipeline import events
from loudou.pipeline.figures.history import amount_jumps, off_funnel, unfold
from loudou.pipeline.figures.thresholds import BOUNDS, KEPT_WITH_DEALS, NAMES, Thresholds
from loudou.pipeline.models import Deal
from loudou.pipeline.queries.flags import thresholds
from loudou.pipeline.queries.funnels import stage_order
from loudou.pipeline.queries.history import facts_of

JUDGE_DEALS = "loudou.pipeline.tasks.judge_deals"


@verb
def set_thresholds(*, by: User | None, version: int | None = None, **values: Any) -> Thresholds:
    """Change thresholds (`figures.thresholds.NAMES`): days and times as whole numbers, shares as ratios.

    Deals are judged by them from now on, what is over too; what a past instant shows is judged by them as well.
    """
    require(by, "pipeline.set_up")
    fresh = lock(organisation(), version=version)
    before = Thresholds.read(fresh.thresholds)
    wanted = replace(before, **{name: _within(name, values[name]) for name in NAMES if name in values})
    changed = {
        name: [str(value), str(getattr(wanted, name))]
        for name, value in asdict(before).items()
        if value != getattr(wanted, name)
    }
    if not changed:
        return before
    fresh.thresholds = wanted.kept()
    fresh.version += 1
    fresh.save(update_fields=["thresholds", "version"])
    read_organisation_again()
    record(events.THRESHOLDS_SET, fresh, by=by, changes=changed)
    if any(name in changed for name in KEPT_WITH_DEALS):
        later(JUDGE_DEALS)
    return wanted


@verb
def judge(keys: Sequence[int], *, by: None) -> int:
    """Set what thresholds say in the rows of these deals: jumps of the amount, off the funnel. Returns how many changed."""
    limits, facts = thresholds(), facts_of(keys)
    changed = []
    for deal in Deal.objects.filter(pk__in=keys).select_for_update(no_key=True).order_by("pk"):
        order = stage_order(deal.funnel_id)
        history = unfold(facts[deal.pk], order)
        told = {
            "amount_jumps": amount_jumps(facts[deal.pk], limits),
            "off_funnel": off_funnel(history, deal.created_at, order, limits),
        }
        if changes(deal, told):
            deal.amount_jumps, deal.off_funnel = told["amount_jumps"], bool(told["off_funnel"])
            changed.append(deal)
    Deal.objects.bulk_update(changed, ["amount_jumps", "off_funnel"], batch_size=500)
    if changed:
        record(events.THRESHOLDS_FOLLOWED, organisation(), by=by, count=len(changed))
    return len(changed)


def _within(name: str, value: Any) -> Any:
    least, most = BOUNDS[name]
    if not least <= value <= most:
        raise Refused(
            _("This lies between {least} and {most}.").format(least=f"{least:f}", most=f"{most:f}"),
            field=name,
        )
    return rounded(value, CENT) if isinstance(value, Decimal) else value
