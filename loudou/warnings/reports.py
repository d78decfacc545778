"""The prevention ratio (M48) as one lens sees it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loudou.insight.lens import InsightLens
from loudou.insight.reports._plain import money, ratio, when
from loudou.people.models import User
from loudou.warnings.figures.prevention import Prevention
from loudou.warnings.figures.signs import ANNOUNCES, SIGNS
from loudou.warnings.queries.prevention import ended, standing


@dataclass(frozen=True)
class PreventionReport:
    """What became of the warnings of a period: in all, by sign, by who had the deal."""

    lens: InsightLens
    whole: Prevention
    by_sign: Mapping[str, Prevention]
    by_owner: Sequence[tuple[User, Prevention]]
    standing: int

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        span = self.lens.span
        return {
            "as_of": when(self.lens.instant),
            "from": when(span.since),
            "to": when(span.until or self.lens.instant),
            **_plain(self.whole),
            "standing": self.standing,
            "signs": [
                {"sign": sign, "announces": ANNOUNCES[sign], **_plain(told)}
                for sign, told in self.by_sign.items()
            ],
            "people": [
                {"who": user.username, "name": user.name, **_plain(told)} for user, told in self.by_owner
            ],
        }


def prevention(lens: InsightLens) -> PreventionReport:
    """The warnings that ended in a lens' period, and those that stand at its instant."""
    funnel = lens.funnel.pk if lens.funnel is not None else None
    by_sign: dict[str, Prevention] = defaultdict(Prevention)
    by_owner: dict[int, Prevention] = defaultdict(Prevention)
    for one in ended(lens.scope, lens.span, funnel):
        by_sign[one.sign] += one.prevention
        by_owner[one.owner] += one.prevention
    people = User.objects.select_related("unit").in_bulk(by_owner)
    return PreventionReport(
        lens,
        sum(by_sign.values(), Prevention()),
        {sign: by_sign[sign] for sign in SIGNS if sign in by_sign},
        sorted(((people[key], told) for key, told in by_owner.items()), key=_most_occurred),
        standing(lens.scope, lens.span, funnel),
    )


def _most_occurred(line: tuple[User, Prevention]) -> tuple[int, str, int]:
    user, told = line
    return -told.occurred, user.name_key, user.pk


def _plain(told: Prevention) -> dict[str, Any]:
    return {
        "prevented": told.prevented,
        "prevented_amount": money(told.prevented_amount),
        "occurred": told.occurred,
        "occurred_amount": money(told.occurred_amount),
        "unannounced": told.unannounced,
        "void": told.void,
        **ratio("ratio", told.ratio),
    }
