"""Taking a deal in hand: the row locked, the right asked of it as it now is, and what every act on it checks first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loudou.journal.record import lock, refuse_stale
from loudou.kernel.refusals import Refused, Stale
from loudou.people.access import may, require
from loudou.people.models import User
from loudou.pipeline.models import Deal
from loudou.pipeline.models.deal import Outcome
from loudou.pipeline.queries.funnels import spec_by_key
from loudou.signoff.models import Request
from loudou.signoff.verbs import withdraw
from loudou.ui.prepared import ANY, Shapes

# What belongs to a deal without being one of its fields, and what acts name by what it is called.
_BESIDE = {
    "stage": gettext_lazy("Stage"),
    "outcome": gettext_lazy("Outcome"),
    "owner": gettext_lazy("Owner"),
    "contacts": gettext_lazy("Decision chain"),
    "team": gettext_lazy("Team"),
    "lines": gettext_lazy("Products"),
    "competitor": gettext_lazy("Competitor"),
    "deliveries": gettext_lazy("Delivery plan"),
}


def take(
    deal: Deal,
    right: str,
    *,
    by: User | None,
    version: int | None = None,
    sent: dict[str, Any] | None = None,
) -> Deal:
    """The deal, locked until the act ends. The right is asked of the row as it is then: it may have changed hands."""
    fresh = lock(deal)
    for name in ("owner", "funnel"):
        _keep(fresh, deal, name)
    fresh.spec = spec_by_key(fresh.funnel_version_id, fresh.spec_id) or fresh.spec
    require(by, right, fresh)
    refuse_stale(fresh, version, sent)
    return fresh


def _keep(fresh: Deal, seen: Deal, name: str) -> None:
    """What was read with the row that was asked for need not be read again where it still holds."""
    field: Any = Deal._meta.get_field(name)
    if field.is_cached(seen) and getattr(seen, f"{name}_id") == getattr(fresh, f"{name}_id"):
        setattr(fresh, name, getattr(seen, name))


def refuse_overtaken(deal: Deal, version: int | None, **both: tuple[str, str]) -> None:
    """Raise `Stale` when the deal moved on since the person saw it; `both` is what is stored and what they sent.

    Where nothing of it differs, somebody did the same before them, and that is what it shows.
    """
    try:
        refuse_stale(deal, version)
    except Stale as problem:
        differ = {name: pair for name, pair in both.items() if pair[0] != pair[1]} or both
        told = {str(_BESIDE[name]): pair for name, pair in differ.items()}
        raise Stale(problem.sentence, version=problem.version, differences=differ, told=told) from None


def refuse_ended(deal: Deal, version: int | None, meant: Outcome) -> None:
    """Raise `Stale` when the deal moved on since the person saw it; where it ended, with how and how they meant it to."""
    if deal.outcome == Outcome.OPEN != meant:
        refuse_stale(deal, version)
    refuse_overtaken(deal, version, outcome=(deal.get_outcome_display(), str(meant.label)))


def listed(names: Iterable[str]) -> str:
    """Several of something in one line, as `refuse_overtaken` sets them against each other: in the same order always."""
    return "、".join(sorted(names)) or "—"


def refuse_unless_open(deal: Deal) -> None:
    """Refuse what only a deal that stands on the funnel can do."""
    if deal.outcome == Outcome.ON_HOLD:
        raise Refused(_("The deal rests; take it up again first."))
    refuse_unless_live(deal)


def refuse_unless_live(deal: Deal) -> None:
    """Refuse what no closed deal can do."""
    if not deal.is_live:
        raise Refused(_("The deal is closed; reopen it first."))


def refuse_owner(owner: User, by: User | None) -> None:
    """Refuse an owner who has left, or who could do nothing with a deal (the system takes history as it was)."""
    if not owner.is_active:
        raise Refused(_("{name} has left.").format(name=owner.name), field="owner")
    if by is not None and not may(owner, "pipeline.move"):
        raise Refused(
            _("{name} does not sell; choose somebody who does.").format(name=owner.name), field="owner"
        )


def withdraw_moot(deal: Deal, *acts: str, keep: Request | None = None) -> None:
    """Take back the open requests about a deal that an act made pointless: for these acts, or all of them."""
    for request in _MOOT.of(acts).rows(deal.pk, keep.pk if keep else 0):
        withdraw(request, by=None)


def _moot(acts: tuple[str, ...], key: int, keep: int) -> QuerySet[Request]:
    waiting = Request.objects.waiting().filter(subject_type="pipeline.deal", subject_id=key).exclude(pk=keep)
    return waiting.filter(act__in=acts) if acts else waiting


_MOOT = Shapes(_moot, ANY, ANY - 1)
