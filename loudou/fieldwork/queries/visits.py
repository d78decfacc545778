"""Reading planned visits: for lists, for one page, for what a visit can show."""

from __future__ import annotations

from collections.abc import Sequence

from loudou.fieldwork.figures.places import WORDING
from loudou.fieldwork.models import Consent, VisitPlan, VisitRecord
from loudou.people.access import may
from loudou.people.models import User
from loudou.people.queries import chain_above
from loudou.pipeline.models import Deal, Evidence, EvidenceKind

_HEAVY = (
    "customer__search",
    "customer__extra",
    "deal__search",
    "deal__extra",
    "deal__note",
    "activity__result",
)


def rows(keys: Sequence[int]) -> list[VisitPlan]:
    """The rows of a list, with what it shows of them."""
    found = VisitPlan.objects.filter(pk__in=keys).select_related("owner", "customer", "deal", "activity")
    return list(found.defer(*_HEAVY))


def record_of(plan: VisitPlan) -> VisitRecord | None:
    """What came of a visit, with its files and marks."""
    found = VisitRecord.objects.filter(plan=plan).select_related("reviewed_by")
    return found.prefetch_related("files", "marks").first()


def marks_of(deal: Deal | None) -> list[EvidenceKind]:
    """What a visit could show for the gate of the deal's stage: what nobody has shown yet."""
    if deal is None or not deal.is_live:
        return []
    shown = Evidence.objects.filter(deal=deal, withdrawn_at=None).values("kind")
    return list(EvidenceKind.objects.filter(spec=deal.spec_id).exclude(pk__in=shown))


def superiors(user: User) -> list[User]:
    """Who above a person can agree to a visit without a plan, the nearest first."""
    return [above for above in chain_above(user) if above.is_active and may(above, "fieldwork.confirm_visit")]


def consent_of(user: User) -> Consent | None:
    """A person's standing word on positions, to the text as it is now."""
    return Consent.objects.filter(user=user, withdrawn_at=None, wording=WORDING).first()
