"""On whom results depend (M49): who won what share of a period, and whether that is a risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loudou.insight.figures.flow import Amounts
from loudou.insight.figures.key_person import KeyPerson
from loudou.insight.lens import InsightLens
from loudou.insight.queries.closes import wins_by_owner
from loudou.insight.reports._plain import money, ratio, when
from loudou.kernel.numbers import Ratio
from loudou.people.models import User


@dataclass(frozen=True)
class Person:
    """Somebody with what they won and their share."""

    user: User
    won: Amounts
    share: Ratio


@dataclass(frozen=True)
class KeyPersonReport:
    """The wins of a lens by person, the most first."""

    lens: InsightLens
    risk: KeyPerson
    rows: Sequence[Person]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        span = self.lens.span
        return {
            "as_of": when(self.lens.instant),
            "from": when(span.since),
            "to": when(span.until or self.lens.instant),
            "won_amount": money(self.risk.total),
            **ratio("top_share", self.risk.top),
            **ratio("hhi", self.risk.hhi),
            "risk": self.risk.is_risk,
            "rows": [
                {
                    "who": one.user.username,
                    "name": one.user.name,
                    "won": one.won.count,
                    "won_amount": money(one.won.amount),
                    **ratio("share", one.share),
                }
                for one in self.rows
            ],
        }


def key_person(lens: InsightLens) -> KeyPersonReport:
    """Whom the wins of a period hang on, by who had each deal when it was won."""
    risk = KeyPerson(wins_by_owner(lens.scope, lens.span, funnels=lens.funnels, otherwise=lens.otherwise))
    people = {user.pk: user for user in User.objects.filter(pk__in=risk.won).select_related("unit")}
    rows = [Person(people[key], risk.won[key], risk.share(key)) for key in risk.ranked]
    return KeyPersonReport(lens, risk, rows)
